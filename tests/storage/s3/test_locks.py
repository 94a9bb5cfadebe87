"""Object Lock: set as wanted, never less than somebody was promised, on the very version that was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders
from tests.servers.server import Server
from tfm.model.errors import Denied, NotFound, StorageError, Unsupported
from tfm.model.location import S3, Location
from tfm.ops.context import OpContext, Outcome
from tfm.ops.locking import set_lock
from tfm.ops.plan import pick
from tfm.storage.object_locks import Lock, LockEdit, Locks, Retention
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

NOW = int(time.time()) * 10**9
DAY = 86400 * 10**9
SOON, LATER = NOW + 30 * DAY, NOW + 60 * DAY
GOVERNANCE, COMPLIANCE = "GOVERNANCE", "COMPLIANCE"


class Kept:
    """A bucket with object lock on a server, and one object in it."""

    def __init__(self, server: Server, endpoint_url: str = "") -> None:
        self.client: Any = server.client()
        self.bucket = f"locks-{time.time_ns()}"
        self.client.create_bucket(Bucket=self.bucket, ObjectLockEnabledForBucket=True)
        self.storage = S3Storage(S3, {"endpoint_url": endpoint_url or server.endpoint_url})
        facet = self.storage.facets.locks
        assert facet is not None
        self.facet: Locks = facet
        self.place = self.put("d/a")

    def put(self, key: str) -> Location:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=b"kept")
        return Location(S3, f"{self.bucket}/{key}")

    def head(self, version: str = "") -> dict[str, Any]:
        """As a plain client sees it."""
        named = {"VersionId": version} if version else {}
        found: dict[str, Any] = self.client.head_object(Bucket=self.bucket, Key="d/a", **named)
        return found

    def retention(self, version: str = "") -> tuple[str, int] | None:
        head = self.head(version)
        if "ObjectLockMode" not in head:
            return None
        return head["ObjectLockMode"], int(head["ObjectLockRetainUntilDate"].timestamp())

    def hold(self) -> str:
        return str(self.head().get("ObjectLockLegalHoldStatus", "OFF"))


@pytest.fixture
def kept(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    made = Kept(s3_server)
    yield made
    made.storage.close()


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_with_a_bypass_it_is_taken_away(kept: Kept) -> None:
    """MiniStack takes no empty retention, as Amazon does."""
    kept.facet.set_lock(kept.place, LockEdit(Retention(GOVERNANCE, SOON)))
    kept.facet.set_lock(kept.place, LockEdit(Retention(), bypass=True))
    assert kept.facet.lock(kept.place) == Lock()
    assert kept.retention() is None


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_the_version_that_was_seen_is_locked(kept: Kept) -> None:
    """What somebody stores between the look and the lock is not locked instead."""
    seen = kept.head()["VersionId"]

    def store(**_more: Any) -> None:
        kept.put("d/a")

    def look(client: Any) -> None:
        client.meta.events.register("before-call.s3.PutObjectRetention", store)

    kept.storage.on_new_client(look)
    kept.facet.set_lock(kept.place, LockEdit(Retention(GOVERNANCE, SOON)))
    assert kept.head()["VersionId"] != seen
    assert kept.retention(seen) == (GOVERNANCE, SOON // 10**9)
    assert kept.retention() is None


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_of_a_selection_each_is_told(kept: Kept) -> None:
    kept.put("d/b")
    kept.facet.set_lock(kept.place, LockEdit(Retention(COMPLIANCE, LATER)))
    ctx = OpContext(Vfs(storages={S3: kept.storage}))
    top = pick(ctx, [kept.place.parent])
    report = set_lock(ctx, top, LockEdit(Retention(COMPLIANCE, SOON)))
    assert {item.source.name: item.outcome for item in report.items} == {
        "a": Outcome.FAILED,
        "b": Outcome.DONE,
    }
    assert "nobody can shorten" in report.failures[0].reason


@pytest.mark.parametrize("s3_server", ["moto", "ministack", "rclone"], indirect=True)
def test_a_bucket_without_locks_gets_none(
    s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not know the word might take the lock for the object itself."""
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    s3_server.client().put_object(Bucket=bucket, Key="a", Body=b"x")
    storage, place = (
        S3Storage(S3, {"endpoint_url": s3_server.endpoint_url}),
        Location(S3, f"{bucket}/a"),
    )
    facet = storage.facets.locks
    assert facet is not None
    assert facet.refusal(place) == "", "nobody has asked yet"
    for act in (lambda: facet.lock(place), lambda: facet.set_lock(place, LockEdit(hold=True))):
        with pytest.raises(Unsupported, match="no object lock"):
            act()
    assert "no object lock" in facet.refusal(place)
    assert s3_server.client().get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
    storage.close()


@pytest.fixture
def watched(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Kept, Proxy]]:
    proxy = proxy_for(ministack_server)
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    made = Kept(ministack_server, proxy.endpoint_url)
    yield made, proxy
    made.storage.close()


def test_a_yes_that_does_not_hold_is_an_error(watched: tuple[Kept, Proxy]) -> None:
    kept, proxy = watched
    proxy.rule("PutObjectRetention", Answer(200, body=b""))
    with pytest.raises(StorageError, match="not as wanted"):
        kept.facet.set_lock(kept.place, LockEdit(Retention(GOVERNANCE, SOON)))
    proxy.rule("PutObjectLegalHold", Answer(200, body=b""))
    with pytest.raises(StorageError, match="not as wanted"):
        kept.facet.set_lock(kept.place, LockEdit(hold=True))


def test_who_may_not_look_is_believed_and_who_may_not_lock_is_told(
    watched: tuple[Kept, Proxy],
) -> None:
    kept, proxy = watched
    proxy.rule("GetObjectRetention", Answer(403, "AccessDenied"))
    hidden = {"x-amz-object-lock-mode": None, "x-amz-object-lock-retain-until-date": None}
    proxy.rule("HeadObject", EditHeaders(response=hidden))
    kept.facet.set_lock(kept.place, LockEdit(Retention(GOVERNANCE, SOON)))
    assert proxy.count("GetObjectRetention") == 1
    assert kept.retention() == (GOVERNANCE, SOON // 10**9)
    proxy.rule("PutObjectLegalHold", Answer(403, "AccessDenied"))
    with pytest.raises(Denied):
        kept.facet.set_lock(kept.place, LockEdit(hold=True))
    with pytest.raises(NotFound):
        kept.facet.lock(Location(S3, f"{kept.bucket}/absent"))


def test_what_a_lock_can_become() -> None:
    facet = S3Storage(S3, {}).facets.locks
    assert facet is not None
    past = Lock(Retention(COMPLIANCE, NOW - DAY))
    assert facet.fault(past, LockEdit(Retention()), NOW) == "", "its time is over"
    assert "in the future" in facet.fault(Lock(), LockEdit(Retention(GOVERNANCE, NOW)), NOW)
    mild = Lock(Retention(GOVERNANCE, SOON))
    assert facet.fault(mild, LockEdit(Retention(GOVERNANCE, LATER)), NOW) == ""
    assert facet.fault(mild, LockEdit(Retention(COMPLIANCE, LATER)), NOW)
    assert facet.fault(mild, LockEdit(Retention(COMPLIANCE, LATER), bypass=True), NOW) == ""
    assert facet.fault(mild, LockEdit(hold=True), NOW) == ""
