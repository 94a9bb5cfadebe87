"""Reading ahead: what it asks of a server, what it never asks, and what is counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.proxy import Proxy
from tests.servers.server import Server
from tests.ui.rig import Driven, Rig, write
from tfm.config.settings import Settings
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind
from tfm.model.errors import Denied
from tfm.model.location import Location, local, parse
from tfm.ops.context import OpContext, Report
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs
from tfm.ui import read_ahead
from tfm.ui.read_ahead import _Read

TOP = parse("mem://bucket/")


class Asked(MemoryStorage):
    """Remembers each page that it was asked for, can hold them up, and denies places called `no`."""

    def __init__(self) -> None:
        super().__init__(TOP.root, {})
        self.features = replace(self.features, remote=True)
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Sequence[Entry]]:
        cancel.check()
        if directory.name == "endless":
            for page in range(100):
                cancel.check()
                self.asked.append(directory.name)
                yield [Entry(f"{page:03}-{n:03}", Kind.FILE, 1, 1) for n in range(1000)]
            return
        self.asked.append(directory.name)
        assert self.gate.wait(20)
        cancel.check()
        if directory.name == "no":
            raise Denied("not for you", place=directory)
        yield from super().scan(directory, cancel)


@pytest.fixture
def storage() -> Asked:
    return Asked()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_ahead, "REST", 0.02)


def rig(storage: Asked, left: Path, per_minute: int = 60, most: int = 500) -> Rig:
    vfs = Vfs(storages={TOP.root: storage})
    vfs.mkdir(TOP)
    for name in ("a/x", "b/x", "c/x", "endless/x", "file"):
        write(vfs, f"mem://bucket/{name}")
    settings = replace(
        Settings(), confirm_quit=False, s3_read_ahead=per_minute, s3_read_ahead_most=most
    )
    return Rig(TOP, local(left), settings=settings, vfs=vfs)


async def rest(it: Driven) -> None:
    """Until nothing more is thought or read."""
    ahead = it.app.read_ahead
    await it.until(lambda: ahead._timer is None and ahead._reading is None, "it rests")


async def look_at(it: Driven, storage: Asked, name: str) -> None:
    """The cursor stays there until that was asked for: whatever somebody waits for meanwhile breaks it off."""
    it.pane.land_on((name, True))
    for _ in range(50):
        it.app.view.cursor_moved()
        await rest(it)
        if name in storage.asked:
            return
    raise AssertionError(f"{name} was never read ahead")


def test_what_is_under_the_cursor_is_there_when_it_is_opened(storage: Asked, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.until(lambda: storage.asked == ["bucket", "a"], "read ahead")
        await rest(it)
        await it.press("enter")
        assert it.rows() == ["x"], "as soon as the key is handled"
        await it.loaded()
        await rest(it)
        assert storage.asked == ["bucket", "a"]
        ahead = it.app.vfs.cache.stats().ahead
        assert (ahead.requests, ahead.listings, ahead.hits, ahead.wasted) == (1, 1, 1, 0)
        await it.press("backspace")
        await it.loaded()
        await it.press("down")
        await it.until(lambda: storage.asked[-1] == "b")
        await rest(it)
        await it.press("end")
        await rest(it)
        ahead = it.app.vfs.cache.stats().ahead
        assert (ahead.requests, ahead.hits, ahead.wasted) == (2, 1, 1)
        assert storage.asked == ["bucket", "a", "b"], "a file asks for nothing"

    rig(storage, left).drive(scenario)


def test_it_is_off_unless_it_is_wanted(storage: Asked, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("down", "up")
        await it.pilot.pause(0.1)
        await rest(it)
        assert storage.asked == ["bucket"]

    assert Settings().s3_read_ahead == 0
    rig(storage, left, per_minute=0).drive(scenario)


def test_a_directory_without_end_is_given_up_and_what_is_denied_not_tried_again(
    storage: Asked, left: Path
) -> None:
    """And when the requests of the session are used up, it ends."""

    async def scenario(it: Driven) -> None:
        await rest(it)
        await look_at(it, storage, "endless")
        assert storage.asked.count("endless") == 3
        assert it.app.vfs.cached(TOP.child("endless", directory=True)) is None
        await look_at(it, storage, "no")
        for key in ("up", "down", "enter"):
            await it.press(key)
            await it.loaded()
            await rest(it)
        assert storage.asked.count("no") == 2, "the second time somebody wanted it"
        assert it.pane.error is not None
        assert not it.app.read_ahead._worth(TOP.child("no", directory=True).child("x"))
        ahead = it.app.vfs.cache.stats().ahead
        assert ahead.requests == ahead.wasted == 6 - 1, (
            "the last one is not spent on half a listing"
        )
        await it.press("backspace")
        await it.loaded()
        await it.press("home", "down")
        await rest(it)
        assert "b" not in storage.asked

    one = rig(storage, left, most=6)
    write(one.vfs, "mem://bucket/no/x")
    one.drive(scenario)


def test_whatever_somebody_waits_for_breaks_it_off(storage: Asked, left: Path) -> None:
    go = threading.Event()

    def work(_ctx: OpContext) -> Report:
        assert go.wait(20)
        return Report("test")

    async def held(it: Driven, name: str) -> _Read:
        storage.gate.clear()
        await it.until(lambda: storage.asked[-1] == name, "held up")
        reading = it.app.read_ahead._reading
        assert reading is not None
        return reading

    async def scenario(it: Driven) -> None:
        await rest(it)
        # who enters what is being read waits for the same answer
        storage.gate.clear()
        await it.press("down")
        reading = await held(it, "b")
        await it.press("enter")
        assert not reading.token.cancelled
        storage.gate.set()
        await it.loaded()
        await rest(it)
        assert it.rows() == ["x"]
        assert storage.asked.count("b") == 1
        assert it.app.vfs.cache.stats().ahead.hits == 1
        await it.press("backspace")
        await it.loaded()
        await rest(it)
        # who enters something else does not
        storage.gate.clear()
        await it.press("down")
        reading = await held(it, "c")
        await it.press("down", "down", "up", "up", "up", "up", "enter")
        assert reading.token.cancelled
        storage.gate.set()
        await it.loaded()
        assert it.app.vfs.cached(TOP.child("c", directory=True)) is None
        await it.press("backspace")
        await it.loaded()
        await rest(it)
        # nor does a job, and while it is at work nothing is read ahead
        storage.gate.clear()
        await it.press("down", "down")
        reading = await held(it, "c")
        it.submit("work", work)
        await it.until(lambda: reading.token.cancelled, "the job breaks it off")
        storage.gate.set()
        await rest(it)
        before = list(storage.asked)
        await it.press("up", "down")
        await it.pilot.pause(0.05)
        await rest(it)
        assert storage.asked == before
        go.set()
        await it.jobs_ended()
        await it.press("up", "down")
        await it.until(lambda: it.app.vfs.cached(TOP.child("c", directory=True)), "again")

    rig(storage, left).drive(scenario)


def test_the_budget_of_the_minute() -> None:
    now = [0.0]
    budget = read_ahead.Budget(10, 15, lambda: now[0])
    budget.spend(8)
    assert budget.left == 2
    now[0] = 61.0
    assert budget.left == 7, "what is left of the session"
    budget.spend(7)
    assert (budget.left, budget.is_over) == (0, True)


def test_what_a_server_sees(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    monkeypatch: pytest.MonkeyPatch,
    left: Path,
) -> None:
    bucket, proxy = new_bucket(moto_server), proxy_for(moto_server)
    for key in ("a/1", "b/1", "c/1"):
        moto_server.client().put_object(Bucket=bucket, Key=key, Body=b"x")
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    settings = replace(Settings(), confirm_quit=False, s3_read_ahead=60)
    place = parse(f"s3://{bucket}/")
    one = Rig(place, local(left), settings=settings, vfs=Vfs({"s3": {}}))

    async def scenario(it: Driven) -> None:
        proxy.wait_for("ListObjectsV2", 2, done=True)
        await rest(it)
        proxy.expect({"ListObjectsV2": 2})
        await it.press("enter")
        assert it.rows() == ["1"]
        await it.loaded()
        await it.go("backspace", "down")
        proxy.wait_for("ListObjectsV2", 3, done=True)
        await rest(it)
        await it.press("enter")
        await it.loaded()
        # walking along: the next one is ready, too
        proxy.wait_for("ListObjectsV2", 4, done=True)
        await rest(it)
        proxy.expect({"ListObjectsV2": 4})
        assert one.vfs.cached(place.child("c", directory=True)) is not None

    one.drive(scenario)
