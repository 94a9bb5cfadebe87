"""Reading notices every change under the reader."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.storage.local.asking import read
from tfm.model.entry import Entry
from tfm.model.errors import IsDirectory, NotFound, TooLate, Unsupported
from tfm.model.location import LOCAL, Location, local
from tfm.storage.base import Evidence
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System


def test_reads_from_an_offset_to_the_end(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"0123456789")
    for offset in (0, 4, 10, 99):
        with disk.open_read(top.child("f"), offset) as reader:
            assert b"".join(iter(lambda: reader.read(3), b"")) == b"0123456789"[offset:]
            assert reader.verify() is Evidence.SIZE
            assert reader.entry == disk.stat(top.child("f"))


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"x" * 5),
        lambda path: path.write_bytes(b"x" * 500_000),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: os.truncate(path, 0),
    ],
    ids=["shorter", "longer", "rewritten", "emptied"],
)
def test_a_change_while_it_is_read_is_noticed(
    disk: LocalStorage, top: Location, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"y" * 200_000)
    with disk.open_read(top.child("f")) as reader:
        assert len(reader.read(1000)) == 1000
        change(path)
        with pytest.raises(TooLate, match="changed while it was read"):
            while reader.read(100_000):
                pass
        with pytest.raises(TooLate):
            reader.verify()


def test_a_reader_that_stops_early_proves_nothing(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    with disk.open_read(top.child("f")) as reader:
        reader.read(2)
        with pytest.raises(TooLate):
            reader.verify()


def _expect(disk: LocalStorage, place: Location, expected: Entry) -> None:
    with pytest.raises(TooLate):
        disk.open_read(place, expected=expected)
    assert disk.facets.pieces is not None
    with pytest.raises(TooLate):
        disk.facets.pieces.open_source(place, expected)


def test_only_the_file_that_was_shown_is_opened(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    path, place = tmp_path / "f", top.child("f")
    path.write_bytes(b"old")
    shown = disk.stat(place)
    with disk.open_read(place, expected=shown) as reader:
        assert reader.read(9) == b"old"
    (tmp_path / "g").write_bytes(b"new")
    os.utime(tmp_path / "g", ns=(0, shown.mtime_ns or 0))
    (tmp_path / "g").rename(path)  # same size, same time, another file
    _expect(disk, place, shown)
    path.rename(tmp_path / "g")
    path.symlink_to("g")
    _expect(disk, place, shown)
    path.unlink()
    os.mkfifo(path)
    _expect(disk, place, shown)


def test_a_link_is_followed_and_what_has_no_contents_is_not_opened(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("f")
    (tmp_path / "to-fifo").symlink_to("fifo")
    os.mkfifo(tmp_path / "fifo")
    assert read(disk, top.child("link")) == b"abc"
    with disk.open_read(top.child("link"), expected=disk.stat(top.child("link"))) as reader:
        assert reader.read(3) == b"abc"
    for place in (top.child("fifo"), top.child("to-fifo"), local("/dev/null"), local("/dev/zero")):
        with pytest.raises(Unsupported):
            disk.open_read(place)
    for place in (top, local("/")):
        with pytest.raises(IsDirectory):
            disk.open_read(place)
    with pytest.raises(NotFound):
        disk.open_read(top.child("missing"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_what_tells_no_size_can_be_read_but_is_never_proved(disk: LocalStorage) -> None:
    with disk.open_read(local("/proc/self/status")) as reader:
        assert b"Name:" in b"".join(iter(lambda: reader.read(4096), b""))
        with pytest.raises(Unsupported, match="does not tell its size"):
            reader.verify()


class Dribble(System):
    """Gives and takes as few bytes as the test says, over and over."""

    def __init__(self, counts: list[int]) -> None:
        self.counts = counts
        self.turn = 0

    def _few(self, size: int) -> int:
        self.turn += 1
        return min(size, self.counts[self.turn % len(self.counts)])

    def read(self, fd: int, size: int) -> bytes:
        return super().read(fd, self._few(size))

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        return super().pread(fd, self._few(size), offset)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        return super().write(fd, memoryview(data)[: self._few(len(data))])

    def pwrite(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        return super().pwrite(fd, memoryview(data)[: self._few(len(data))], offset)

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        return super().copy_range(source, target, self._few(count), offset)


@given(data=st.binary(max_size=400), counts=st.lists(st.integers(1, 90), min_size=1, max_size=5))
def test_short_counts_lose_no_byte(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, counts: list[int]
) -> None:
    from tests.storage.local.asking import copy, put

    path = tmp_path_factory.mktemp("dribble")
    disk = LocalStorage(LOCAL, {}, system=Dribble(counts))
    top = local(path)
    put(disk, top.child("a"), data)
    assert (path / "a").read_bytes() == data
    assert read(disk, top.child("a"), block=100) == data
    copy(disk, top.child("a"), top.child("b"))
    assert (path / "b").read_bytes() == data
    assert disk.facets.pieces is not None
    source = disk.facets.pieces.open_source(top.child("a"), None)
    try:
        assert source.read_at(0, len(data)) == data
        with pytest.raises(TooLate):
            source.read_at(0, len(data) + 1)
    finally:
        source.close()
