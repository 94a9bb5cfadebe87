"""The levels of verification: what is read again, what that finds, and what a move then does."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.worn_disk import WornDisk
from tests.ops.conftest import BUCKETS, DISK, OTHER, World, key, other
from tfm.model.conflict import Answer, Policy
from tfm.model.entry import Entry
from tfm.model.errors import Corrupt
from tfm.model.location import LOCAL, Location, local
from tfm.model.verify import Level
from tfm.ops import tree
from tfm.ops.context import OpContext, Outcome
from tfm.ops.plan import pick
from tfm.storage.base import Evidence, Extent, Hints, Reader, Work, Writer, Written
from tfm.storage.local.storage import LocalStorage
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.memory.streams import MemoryReader, MemoryWriter
from tfm.storage.vfs import Vfs

FLIPS = 200


def by_kernel(disk: LocalStorage, source: Path, target: Path) -> None:
    place = local(source)
    facet = disk.facets.server_copy
    assert facet is not None
    facet.copy(place, disk.stat(place), local(target), Hints(read_back=True), Work())


def by_stream(disk: LocalStorage, source: Path, target: Path) -> None:
    data = source.read_bytes()
    with disk.open_write(local(target), Hints(size=len(data), read_back=True), Work()) as writer:
        for start in range(0, len(data), 777):
            writer.write(data[start : start + 777])
        writer.commit()


def by_pieces(disk: LocalStorage, source: Path, target: Path) -> None:
    import zlib

    data = source.read_bytes()
    hints = Hints(size=len(data), read_back=True)
    facet = disk.facets.pieces
    assert facet is not None
    sink = facet.open_sink(local(target), hints)
    try:
        for start in reversed(range(0, len(data), 1000)):
            piece = data[start : start + 1000]
            sink.write_at(start, piece)
            sink.arrived(Extent(start, len(piece), zlib.crc32(piece)))
        sink.commit(hints, checked=True)
    finally:
        sink.abort()


@pytest.mark.parametrize("way", [by_kernel, by_stream, by_pieces])
def test_every_bit_that_the_disk_turns_is_found(
    tmp_path: Path, way: Callable[[LocalStorage, Path, Path], None]
) -> None:
    worn, dice = WornDisk(7), random.Random(11)
    disk = LocalStorage(LOCAL, system=worn)
    source, target = tmp_path / "source", tmp_path / "target"
    for _ in range(FLIPS):
        source.write_bytes(dice.randbytes(dice.randrange(1, 5000)))
        with pytest.raises(Corrupt, match="the disk gives back other bytes"):
            way(disk, source, target)
    assert worn.turned == FLIPS
    assert [path.name for path in tmp_path.iterdir()] == ["source"]
    worn.on = False
    way(disk, source, target)
    assert target.read_bytes() == source.read_bytes()


def test_a_piece_that_nobody_told_of_is_not_believed(tmp_path: Path) -> None:
    disk = LocalStorage(LOCAL)
    hints = Hints(size=8, read_back=True)
    facet = disk.facets.pieces
    assert facet is not None
    sink = facet.open_sink(local(tmp_path / "target"), hints)
    sink.write_at(0, b"12345678")
    sink.arrived(Extent(0, 4, 0x9BE3E0A3))
    with pytest.raises(Corrupt):
        sink.commit(hints, checked=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("act", [tree.copy, tree.move])
@pytest.mark.parametrize("level", [Level.CHECKSUM, Level.READBACK])
def test_the_old_file_and_the_source_stay(
    tmp_path: Path, act: Callable[..., object], level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "to").mkdir()
    (tmp_path / "from/a").write_bytes(b"new" * 1000)
    (tmp_path / "to/a").write_bytes(b"old")
    worn = WornDisk(3)
    disk = LocalStorage(LOCAL, system=worn)
    # a move that must copy, as between two disks
    disk.facets = replace(disk.facets, rename=None)
    vfs = Vfs(storages={LOCAL: disk})
    ctx = OpContext(vfs, resolver=Policy(Answer.OVERWRITE), level=level)
    report = act(ctx, pick(ctx, [local(tmp_path / "from/a")]), local(tmp_path / "to"))
    (item,) = report.items  # type: ignore[attr-defined]
    if level is Level.READBACK:
        assert item.outcome is Outcome.FAILED and isinstance(item.error, Corrupt)
        assert (tmp_path / "from/a").read_bytes() == b"new" * 1000
        assert (tmp_path / "to/a").read_bytes() == b"old"
    else:
        assert item.outcome is Outcome.DONE and worn.turned == 0, "nothing was read back"


class Backwards(MemoryReader):
    """Gives the bytes in another order."""

    def read(self, size: int) -> bytes:
        return super().read(size)[::-1]


class Forgetful(MemoryStorage):
    """Stores well, and gives something else back."""

    bad = True

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        reader = super().open_read(location, offset, expected=expected, length=length)
        data = reader.read(100)
        return (Backwards if self.bad else MemoryReader)(reader.entry, data, 0)


def test_a_server_that_gives_back_other_bytes_is_found_and_its_object_removed() -> None:
    bad = Forgetful(OTHER, {})
    world = World({BUCKETS: MemoryStorage(BUCKETS, {}), OTHER: bad, DISK: MemoryStorage(DISK, {})})
    world.write(key("bucket/a"), b"0123456789")
    ctx = OpContext(world.vfs, level=Level.READBACK)
    report = tree.move(ctx, world.pick(key("bucket/a")), other("bucket/"))
    assert isinstance(report.items[0].error, Corrupt)
    assert "was removed" in report.items[0].reason
    assert world.read(key("bucket/a")) == b"0123456789"
    with pytest.raises(FileNotFoundError):
        world.vfs.stat(other("bucket/a"), fresh=True)
    bad.bad = False
    report = tree.move(ctx, world.pick(key("bucket/a")), other("bucket/"))
    assert [item.evidence for item in report.items] == [Evidence.READBACK]


class SizeOnly(MemoryWriter):
    """Has no digest to compare."""

    def commit(self) -> Written:
        return replace(super().commit(), evidence=Evidence.SIZE)


class Uncertain(MemoryStorage):
    """A server without digests."""

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        return SizeOnly(self.shelf, location, hints, work)


@pytest.mark.parametrize(
    ("level", "goes"), [(Level.SIZE, True), (Level.CHECKSUM, False), (Level.READBACK, True)]
)
def test_what_a_move_takes_for_a_proof(level: Level, goes: bool) -> None:
    storages = {root: Uncertain(root, {}) for root in (BUCKETS, OTHER, DISK)}
    world = World(dict(storages))
    world.write(key("bucket/a"), b"0123456789")
    ctx = OpContext(world.vfs, level=level)
    report = tree.move(ctx, world.pick(key("bucket/a")), other("bucket/"))
    assert report.all_done is goes
    assert world.read(other("bucket/a")) == b"0123456789"
    if not goes:
        assert world.read(key("bucket/a")) == b"0123456789"
