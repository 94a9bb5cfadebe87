"""Encryption from the screen."""

from __future__ import annotations

import pytest

from tests.servers.server import Server
from tests.storage.s3.test_kms import kms_of
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


def test_a_key_from_the_list(on_s3: OnS3, moto_server: Server) -> None:
    kms = kms_of(moto_server)
    name = kms.create_key(Description="for the maps")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/maps", TargetKeyId=name)

    async def scenario(it: Driven) -> None:
        await it.press("comma", "k")
        await it.until(lambda: "as the bucket does" in it.screen())
        await it.press("a", "a", "down")
        await it.until(lambda: "F2 lists the keys" in it.screen())
        await it.press("f2")
        await it.until(lambda: "Reading" not in it.screen() and "maps" in it.screen())
        await it.press(*"maps")
        await it.until(lambda: "for the maps" in it.screen(), "it is asked about")
        await it.press("enter")
        await it.until(lambda: name[:30] in it.screen() or name[-30:] in it.screen())
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: "Changed 1 item" in it.status)

    on_s3.rig.drive(scenario, (80, 24))
    head = on_s3.head("d/a.txt")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", name)
    kms.delete_alias(AliasName="alias/maps")


def test_without_a_list_the_id_is_typed(on_s3: OnS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")

    async def scenario(it: Driven) -> None:
        await it.press("comma", "k")
        await it.until(lambda: "as the bucket does" in it.screen())
        await it.press("down", "f2")
        await it.until(lambda: "tells no keys" in it.screen() and "can be typed" in it.screen())
        await it.press("escape", *"typed")
        await it.until(lambda: "typed" in it.screen() and "KMS keys" not in it.screen())

    on_s3.rig.drive(scenario, (80, 24))


def test_where_there_is_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "not encrypted" in why_not(it.app, ACTIONS["encryption"])
        await it.press("comma", "k")
        await it.until(lambda: "not encrypted" in it.status)

    rig.drive(scenario)
