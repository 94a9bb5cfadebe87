"""Encryption from the screen."""

from __future__ import annotations

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.ui.actions.reasons import why_not


def test_another_key(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "k")
        await it.until(lambda: "as the bucket does" in it.screen())
        await it.press("end", "enter")
        await it.until(lambda: "names no key" in it.screen())
        await it.press("home", "right", "down", *"alias/mine", "enter")
        await it.until(lambda: "takes a KMS key" in it.screen())
        await it.press("up", "right", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Changed 1 item" in it.status)
        await it.press("a", "comma", "k")
        await it.until(lambda: "Encryption of 2 items" in it.screen())
        await it.press("right", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Changed 2 items" in it.status)

    on_s3.rig.drive(scenario, (80, 24))
    head = on_s3.head("d/a.txt")
    assert head["ServerSideEncryption"] == "AES256"
    assert (head["ContentType"], head["Metadata"]) == ("text/plain", {"colour": "green"})
    assert on_s3.tags("d/a.txt") == {"team": "maps"}


def test_where_there_is_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "not encrypted" in why_not(it.app, ACTIONS["encryption"])
        await it.press("comma", "k")
        await it.until(lambda: "not encrypted" in it.status)

    rig.drive(scenario)
