"""Locks of objects from the screen: what nobody can take back is typed."""

from __future__ import annotations

import time

import pytest

from tests.servers.server import Server
from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.model.location import parse
from tfm.storage.vfs import Vfs
from tfm.ui.actions.reasons import why_not


@pytest.fixture
def locked(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> OnS3:
    """The left pane shows `d/` of a bucket with object lock; in the right one none is known."""
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    bucket, client = f"locked-{time.time_ns()}", moto_server.client()
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    for key in ("d/a.txt", "d/b.txt"):
        client.put_object(Bucket=bucket, Key=key, Body=b"kept")
    vfs = Vfs({"s3": {"endpoint_url": moto_server.endpoint_url}})
    rig = Rig(parse(f"s3://{bucket}/d/"), parse(f"s3://{bucket}/"), vfs=vfs)
    return OnS3(rig, client, bucket)


def test_of_one_and_for_good(locked: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "L")
        await it.until(lambda: "Lock of a.txt" in it.screen())
        await it.press("enter")
        await it.until(lambda: "Nothing was changed." in it.status)
        await it.press("comma", "L")
        await it.until(lambda: "Lock of a.txt" in it.screen())
        await it.press("down", "down", "right", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Locked 1 item" in it.status)
        await it.press("comma", "L")
        await it.until(lambda: "Legal hold          on" in it.screen())
        await it.press("end", "enter")
        await it.until(lambda: "Write 30d" in it.screen())
        await it.press("down", *"2d", "enter")
        await it.until(lambda: "nobody can delete or unlock a.txt" in it.screen())
        await it.press(*"yes", "enter")
        await it.until(lambda: "Type COMPLIANCE" in it.screen())
        assert "ObjectLockMode" not in locked.head("d/a.txt")
        await it.press("ctrl+u", *"COMPLIANCE", "enter")
        await it.jobs_ended()
        await it.press("comma", "L")
        await it.until(lambda: "COMPLIANCE" in it.screen())
        await it.press("down", "ctrl+u", *"1d", "enter")
        await it.until(lambda: "nobody can shorten or change" in it.screen())

    locked.rig.drive(scenario, (80, 24))
    head = locked.head("d/a.txt")
    assert (head["ObjectLockMode"], head["ObjectLockLegalHoldStatus"]) == ("COMPLIANCE", "ON")
    assert abs(head["ObjectLockRetainUntilDate"].timestamp() - time.time() - 2 * 86400) < 600


def test_of_a_selection(locked: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("a", "comma", "L")
        await it.until(lambda: "Lock of 2 items" in it.screen())
        await it.press("enter")
        await it.until(lambda: "Choose what is to be another." in it.screen())
        await it.press("g", "down", *"30d", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Locked 2 items" in it.status)

    locked.rig.drive(scenario)
    assert {locked.head(f"d/{name}.txt")["ObjectLockMode"] for name in "ab"} == {"GOVERNANCE"}


def test_where_the_bucket_has_none(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        assert why_not(it.app, ACTIONS["lock"]) == "", "nobody has asked yet"
        await it.press("comma", "L")
        told = "This bucket has no object lock: it is chosen when a bucket is made."
        await it.until(lambda: it.status == told)
        assert told in it.screen(), "nothing of it is cut off"
        assert "has no object lock" in why_not(it.app, ACTIONS["lock"])

    on_s3.rig.drive(scenario, (80, 24))
    assert "ObjectLockMode" not in on_s3.head("d/a.txt")
