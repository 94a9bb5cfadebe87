"""Access lists from the screen."""

from __future__ import annotations

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.ui.actions.reasons import why_not
from tfm.ui.screen import PanesScreen


def grants(on_s3: OnS3, key: str) -> set[str]:
    rows = on_s3.client.get_object_acl(Bucket=on_s3.bucket, Key=key)["Grants"]
    return {row["Permission"] for row in rows}


def test_public_is_asked_about(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "y")
        await it.until(lambda: "now its owner: FULL_CONTROL" in it.screen())
        await it.press("enter")  # it opens on leaving it as it is
        assert isinstance(it.app.screen, PanesScreen)
        assert not it.rig.jobs.snapshot()
        await it.press("comma", "y")
        await it.until(lambda: "now its owner: FULL_CONTROL" in it.screen())
        await it.press("end", "enter")
        await it.until(lambda: "everybody reads, whoever has the address" in it.screen())
        await it.press("enter")
        await it.pilot.pause()
        assert grants(on_s3, "d/a.txt") == {"FULL_CONTROL"}
        await it.press("a", "comma", "y")
        await it.until(lambda: "Access to 2 items" in it.screen())
        await it.press("end", "enter")
        await it.until(lambda: "whoever has the address" in it.screen())
        await it.press("right", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Set access to 2 items" in it.status)

    on_s3.rig.drive(scenario, (80, 24))
    assert grants(on_s3, "d/b.txt") == {"FULL_CONTROL", "READ"}


def test_where_there_are_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "no access lists" in why_not(it.app, ACTIONS["access"])
        await it.press("comma", "y")
        await it.until(lambda: "no access lists" in it.status)

    rig.drive(scenario)
