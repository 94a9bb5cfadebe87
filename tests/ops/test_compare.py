"""Whether what stands there is the copy: by its bytes, and never by a guess."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ops.conftest import BUCKETS, DISK, World, disk, key
from tests.ops.local_disk import context
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.errors import Cancelled, StorageError, TooLate
from tfm.model.location import Location, local
from tfm.ops.compare import is_copy
from tfm.ops.context import OpContext
from tfm.storage.base import Reader
from tfm.storage.memory.storage import MemoryStorage


def compared(world: World, source: Location, target: Location) -> bool:
    stat = world.vfs.stat
    return is_copy(
        world.context(), source, stat(source, fresh=True), target, stat(target, fresh=True)
    )


@pytest.mark.parametrize(
    ("data", "same"),
    [(b"x" * 3_000_000, True), (b"x" * 2_999_999 + b"y", False), (b"x" * 2_999_999, False)],
    ids=["same", "last byte", "shorter"],
)
def test_every_byte_counts(world: World, data: bytes, same: bool) -> None:
    """Across two places, in more than one block; time and name do not count."""
    world.write(disk("/a"), b"x" * 3_000_000, mtime_ns=5)
    world.write(key("bucket/b"), data)
    assert compared(world, disk("/a"), key("bucket/b")) is same
    assert compared(world, key("bucket/b"), disk("/a")) is same


def test_two_empty_files_are_copies(world: World) -> None:
    world.write(disk("/a"), b"")
    world.write(key("bucket/b"), b"")
    assert compared(world, disk("/a"), key("bucket/b"))


class Unread(MemoryStorage):
    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        raise AssertionError("not a byte must be fetched to know that")


def test_what_differs_at_first_sight_is_not_read() -> None:
    world = World({BUCKETS: Unread(BUCKETS, {}), DISK: Unread(DISK, {})})
    world.write(key("bucket/a"), b"12")
    world.write(key("bucket/b"), b"123")
    world.directory(disk("/d"))
    world.directory(disk("/e"))
    assert not compared(world, key("bucket/a"), key("bucket/b"))
    assert not compared(world, key("bucket/a"), disk("/d"))
    assert not compared(world, disk("/d"), disk("/e")), "a directory is no copy of another"


def test_a_link_is_a_copy_if_it_leads_to_the_same_text(tmp_path: Path) -> None:
    for name, target in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).symlink_to(target)
    (tmp_path / "x").write_bytes(b"behind the link")
    ctx, (a, b, c, x) = context(), (local(tmp_path / name) for name in "abcx")

    def told(one: Location, other: Location) -> bool:
        return is_copy(ctx, one, ctx.vfs.stat(one), other, ctx.vfs.stat(other))

    assert told(a, b)
    assert not told(a, c)
    assert not told(a, x)
    assert os.path.lexists(tmp_path / "a")


@pytest.mark.parametrize("side", [0, 1])
def test_a_link_whose_text_is_not_known_is_no_copy(tmp_path: Path, side: int) -> None:
    (tmp_path / "a").symlink_to("x")
    ctx = context()
    place = local(tmp_path / "a")
    seen = ctx.vfs.stat(place)
    entries = [seen, seen]
    entries[side] = Entry("a", Kind.LINK, details=ObjectDetails(etag="1"))
    assert not is_copy(ctx, place, entries[0], place, entries[1])


def test_a_side_that_changed_since_it_was_seen_is_an_error_and_no_answer(world: World) -> None:
    for name in ("/a", "/b"):
        world.write(disk(name), b"same")
    (a, seen_a), (b, seen_b) = world.pick(disk("/a"), disk("/b"))
    world.write(disk("/b"), b"else")
    with pytest.raises(TooLate):
        is_copy(world.context(), a, seen_a, b, seen_b)


def test_a_side_that_cannot_be_read_is_an_error_and_no_answer(world: World) -> None:
    for name in ("/a", "/b"):
        world.write(disk(name), b"same")
    (a, seen_a), (b, seen_b) = world.pick(disk("/a"), disk("/b"))
    world.storages[DISK].delete(a)
    with pytest.raises(StorageError):
        is_copy(world.context(), a, seen_a, b, seen_b)


def test_a_cancel_ends_the_reading(world: World) -> None:
    for name in ("/a", "/b"):
        world.write(disk(name), b"x" * 3_000_000)
    (a, seen_a), (b, seen_b) = world.pick(disk("/a"), disk("/b"))
    cancel = CancelToken()
    cancel.cancel()
    base: OpContext = replace(world.context(), cancel=cancel)
    with pytest.raises(Cancelled):
        is_copy(base, a, seen_a, b, seen_b)
