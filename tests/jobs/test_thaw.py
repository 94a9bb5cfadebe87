"""Copies that bring their sources back from the archive first: asked once, looked at rarely, never lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.server import Server
from tfm.jobs.codec import from_order, to_order
from tfm.jobs.job import JobSnapshot, JobState
from tfm.jobs.manager import JobManager
from tfm.jobs.recovery import Journals
from tfm.model.location import S3, Location, local
from tfm.ops.context import OpContext, Outcome
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.ops.thaw import NotYet, Thaw
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

WAIT = 10.0


class Alarms:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.set: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, act: Callable[[], None]) -> Callable[[], None]:
        alarm = (seconds, act)
        self.set.append(alarm)
        return lambda: self.set.remove(alarm) if alarm in self.set else None

    def ring(self) -> None:
        _seconds, act = self.set.pop()
        act()


class Frozen:
    """A bucket of a server where restores are asked for and never come by themselves."""

    def __init__(self, server: Server, bucket: str, vfs: Vfs, there: Path) -> None:
        self.client, self.bucket, self.vfs = server.client(), bucket, vfs
        self.top, self.there = Location(S3, f"{bucket}/"), there
        self.sent: list[str] = []
        for key, kept in (("d/cold", "GLACIER"), ("d/warm", "STANDARD")):
            self.client.put_object(Bucket=bucket, Key=key, Body=b"bytes", StorageClass=kept)
        storage = vfs._storage(self.top)
        assert isinstance(storage, S3Storage)
        storage.on_new_client(self._watch)

    def _watch(self, client: Any) -> None:
        client.meta.events.register(
            "before-call.s3", lambda model, **_: self.sent.append(model.name)
        )

    def order(self) -> Order:
        picked = tuple(pick(OpContext(self.vfs), [self.top.child("d", directory=True)]))
        return Order("copy", picked, local(self.there), True, thaw=Thaw("Bulk", 3))

    def comes_back(self) -> None:
        """What the hours would do."""
        self.client.put_object(Bucket=self.bucket, Key="d/cold", Body=b"bytes")

    @property
    def copied(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.there.rglob("*") if path.is_file()}


@pytest.fixture
def frozen(
    ministack_server: Server,
    new_bucket: Callable[[Server], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Frozen]:
    for name, value in ministack_server.environment().items():
        monkeypatch.setenv(name, value)
    vfs = Vfs({"s3": {"endpoint_url": ministack_server.endpoint_url}})
    (tmp_path / "there").mkdir()
    yield Frozen(ministack_server, new_bucket(ministack_server), vfs, tmp_path / "there")
    vfs.close()


def picture(jobs: JobManager) -> JobSnapshot:
    [job] = jobs.snapshot()
    return job


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def test_it_asks_once_and_looks_at_one_object_each_time(frozen: Frozen) -> None:
    run = frozen.order().runner()
    ctx = OpContext(frozen.vfs)
    with pytest.raises(NotYet, match="1 object from the archive") as first:
        run(ctx)
    assert frozen.client.head_object(Bucket=frozen.bucket, Key="d/cold")["Restore"] == (
        'ongoing-request="true"'
    )
    frozen.sent.clear()
    with pytest.raises(NotYet):
        run(ctx)
    assert frozen.sent == ["HeadObject"]
    assert frozen.copied == {}
    pauses = [first.value.seconds(looks) for looks in range(30)]
    assert pauses[0] == 1800
    assert pauses == sorted(pauses)
    assert pauses[-1] == 7200
    frozen.comes_back()
    assert run(ctx).all_done
    assert frozen.copied == {"cold": b"bytes", "warm": b"bytes"}


def test_a_job_that_waits_takes_nobodys_place(frozen: Frozen) -> None:
    alarms = Alarms()
    jobs = JobManager(frozen.vfs, max_jobs=1, alarm=alarms)
    waiting = jobs.order("Copy d", frozen.order())
    until(lambda: alarms.set)
    shown = picture(jobs)
    assert shown.state is JobState.WAITING
    assert "Waits for 1 object from the archive. Next look at " in shown.waiting
    assert (jobs.active(), jobs.moving()) == (1, 0)
    warm = pick(OpContext(frozen.vfs), [frozen.top.child("d/warm")])
    other = jobs.order("Copy warm", Order("copy", tuple(warm), local(frozen.there), True))
    assert jobs.wait(other, WAIT)
    assert list(frozen.copied) == ["warm"]
    (frozen.there / "warm").unlink()
    alarms.ring()
    until(lambda: alarms.set)  # it has looked, and waits again
    frozen.comes_back()
    jobs.resume(waiting)  # without the alarm
    assert jobs.wait(waiting, WAIT)
    assert alarms.set == []
    assert set(frozen.copied) == {"cold", "warm"}
    jobs.shutdown(WAIT)


def test_one_that_is_cancelled_is_gone_and_its_alarm_with_it(
    frozen: Frozen, tmp_path: Path
) -> None:
    alarms, journals = Alarms(), Journals(tmp_path / "journals")
    jobs = JobManager(frozen.vfs, alarm=alarms, journals=journals)
    job = jobs.order("Copy d", frozen.order())
    until(lambda: alarms.set)
    jobs.cancel(job)
    assert jobs.wait(job, WAIT)
    assert alarms.set == []
    jobs.shutdown(WAIT)
    assert journals.interrupted() == []


def test_leaving_keeps_it_for_the_next_start(frozen: Frozen, tmp_path: Path) -> None:
    alarms, journals = Alarms(), Journals(tmp_path / "journals")
    jobs = JobManager(frozen.vfs, alarm=alarms, journals=journals)
    jobs.order("Copy d", frozen.order())
    until(lambda: alarms.set)
    assert jobs.shutdown(WAIT) == []
    assert alarms.set == []
    [left] = journals.interrupted()
    assert left.order.thaw == Thaw("Bulk", 3)
    frozen.comes_back()
    again = JobManager(frozen.vfs, alarm=alarms, journals=journals)
    job = again.take_up(*journals.take_up(left.id))
    assert again.wait(job, WAIT)
    assert set(frozen.copied) == {"cold", "warm"}
    again.shutdown(WAIT)
    assert journals.interrupted() == []


def test_what_may_not_be_asked_for_fails_with_the_reason_and_holds_nothing_up(
    frozen: Frozen, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfm.model.errors import Denied
    from tfm.storage.s3.tiers import StorageTiers

    def refuse(_self: object, place: Location, *_more: object) -> None:
        raise Denied("You may not restore it.", place=place, verb="restore")

    monkeypatch.setattr(StorageTiers, "restore", refuse)
    report = frozen.order().runner()(OpContext(frozen.vfs))
    told = {item.source.name: (item.outcome, item.reason) for item in report.items}
    assert told["warm"][0] is Outcome.DONE
    assert told["cold"][0] is Outcome.FAILED
    assert "could not be restored: You may not restore it." in told["cold"][1]


def test_an_order_keeps_what_it_thaws_in_the_journal(frozen: Frozen) -> None:
    order = frozen.order()
    kept = json.loads(json.dumps(from_order(order)))
    assert to_order(kept, order.picked) == order
    del kept["thaw"]
    assert to_order(kept, order.picked).thaw is None
