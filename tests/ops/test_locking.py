"""Until when something is locked, as people write it."""

from __future__ import annotations

import pytest

from tests.ui.rig import write
from tfm.model.errors import Denied, Unsupported
from tfm.model.location import Root, local, parse
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.locking import locks_in, locks_of, parse_until, set_lock
from tfm.ops.plan import pick
from tfm.ops.remove import remove
from tfm.storage.base import Hints
from tfm.storage.memory.locks import MemoryLocks
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.object_locks import Lock, LockEdit, Retention
from tfm.storage.vfs import Vfs

NOW = 1_795_176_000 * 10**9 + 5  # 2026-11-20 12:00 UTC
DAY = 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 1_795_176_000 + 30 * DAY),
        (" 2W ", 1_795_176_000 + 14 * DAY),
        ("7 y", 1_795_176_000 + 7 * 365 * DAY),
        ("2026-11-21", 1_795_219_200),
        ("2026-11-20 12:01", 1_795_176_060),
    ],
)
def test_a_moment(text: str, seconds: int) -> None:
    assert parse_until(text, NOW) == seconds * 10**9


@pytest.mark.parametrize(
    "text", ["", "soon", "30", "3h", "2026-13-01", "9999-01-01", "-1d", "9999y"]
)
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="Write 30d"):
        parse_until(text, NOW)


@pytest.mark.parametrize("text", ["0d", "2026-11-20", "2001-01-01"])
def test_what_is_past(text: str) -> None:
    with pytest.raises(ValueError, match="not in the future"):
        parse_until(text, NOW)


class Box:
    """A container in memory whose objects can be locked."""

    def __init__(self) -> None:
        self.storage = MemoryStorage(Root("mem"), {"clock": lambda: NOW})
        self.vfs = Vfs(storages={self.storage.root: self.storage})
        self.top = parse("mem://box/")
        self.vfs.mkdir(self.top)
        locks = self.storage.facets.locks
        assert isinstance(locks, MemoryLocks)
        locks.allow(self.top)
        for name in ("d/a", "d/b"):
            write(self.vfs, f"{self.top}{name}", b"kept")
        self.ctx = OpContext(self.vfs)

    def set(self, edit: LockEdit, name: str = "d") -> Report:
        return set_lock(self.ctx, pick(self.ctx, [self.top.child(name, directory=True)]), edit)


@pytest.fixture
def box() -> Box:
    return Box()


def test_all_in_a_directory_are_locked_and_what_is_so_already_is_skipped(box: Box) -> None:
    held = LockEdit(hold=True)
    assert set_lock(box.ctx, pick(box.ctx, [box.top.child("d/a")]), held).all_done
    outcomes = {item.source.name: item.outcome for item in box.set(held).items}
    assert outcomes == {"a": Outcome.SKIPPED, "b": Outcome.DONE}
    told = dict(locks_in(box.ctx, pick(box.ctx, [box.top])))
    assert told == {box.top.child(f"d/{name}"): Lock(hold=True) for name in "ab"}


def test_what_is_locked_in_memory_stays_until_it_is_let_go(box: Box) -> None:
    place = box.top.child("d/a")
    box.set(LockEdit(Retention("GOVERNANCE", NOW + 1)))
    with pytest.raises(Denied, match="locked"):
        box.vfs.delete(place)
    with pytest.raises(Denied, match="locked"):
        box.vfs.open_write(place, Hints(replaces=box.vfs.stat(place)))
    [failed] = remove(box.ctx, pick(box.ctx, [place])).failures
    assert "locked" in failed.reason
    assert all("only bypassing" in item.reason for item in box.set(LockEdit(Retention())).failures)
    assert box.set(LockEdit(Retention(), bypass=True)).all_done
    box.vfs.delete(place)
    write(box.vfs, str(place), b"another")
    assert dict(locks_in(box.ctx, pick(box.ctx, [place]))) == {place: Lock()}


def test_a_lock_that_cannot_be_looked_at_is_told(box: Box) -> None:
    box.vfs.mkdir(parse("mem://other/"))
    write(box.vfs, "mem://other/c", b"x")
    place = parse("mem://other/c")
    [(told, error)] = locks_in(box.ctx, pick(box.ctx, [place]))
    assert told == place
    assert isinstance(error, Unsupported)


def test_where_there_are_none() -> None:
    with pytest.raises(Unsupported, match="no locks"):
        locks_of(Vfs(), local("/"))
