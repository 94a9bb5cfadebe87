"""Files that a transfer reads or fills in pieces."""

import os
import threading
import zlib
from pathlib import Path

import pytest

from tests.fakes.worn_disk import WornDisk
from tfm.model.errors import AlreadyExists, Corrupt, NotFound, TooLate
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Evidence, Extent, Hints
from tfm.storage.facets import OpenPieces
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System


@pytest.fixture
def pieces(disk: LocalStorage) -> OpenPieces:
    assert disk.facets.pieces is not None
    return disk.facets.pieces


def test_a_source_is_read_anywhere_and_knows_when_it_changed(
    disk: LocalStorage, pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    source = pieces.open_source(top.child("a"), disk.stat(top.child("a")))
    try:
        assert source.size == 10
        assert source.entry == disk.stat(top.child("a"))
        assert source.read_at(7, 3) == b"789"
        assert source.read_at(0, 2) == b"01"
        source.check_unchanged()
        (tmp_path / "a").chmod(0o600)
        source.check_unchanged()
        os.truncate(tmp_path / "a", 9)
        with pytest.raises(TooLate, match="shorter"):
            source.read_at(7, 3)
        with pytest.raises(TooLate, match="changed"):
            source.check_unchanged()
    finally:
        source.close()
        source.close()


@pytest.mark.parametrize(
    "written", [[(0, 4), (5, 10)], [(0, 9)], [(1, 10)], [(0, 11)], [], [(0, 3), (3, 6), (7, 10)]]
)
def test_a_gap_or_a_surplus_is_never_published(
    pieces: OpenPieces, top: Location, tmp_path: Path, written: list[tuple[int, int]]
) -> None:
    sink = pieces.open_sink(top.child("x"), Hints(size=10))
    for start, end in written:
        sink.write_at(start, b"x" * (end - start))
    with pytest.raises(Corrupt):
        sink.commit(Hints(size=10), checked=True)
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_and_one_of_unknown_size(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    sink = pieces.open_sink(top.child("empty"), Hints(size=0))
    assert sink.commit(Hints(size=0), checked=False).evidence is Evidence.SIZE
    sink = pieces.open_sink(top.child("x"), Hints())
    sink.write_at(0, b"abc")
    assert sink.commit(Hints(), checked=False).entry.size == 3
    assert sorted(os.listdir(tmp_path)) == ["empty", "x"]


def test_what_may_be_replaced_was_said_at_opening(
    disk: LocalStorage, pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(AlreadyExists):
        pieces.open_sink(top.child("x"), Hints())
    with pytest.raises(NotFound):
        pieces.open_sink(top.child("missing").child("x"), Hints())
    sink = pieces.open_sink(top.child("x"), Hints(replaces=disk.stat(top.child("x"))))
    sink.write_at(0, b"new")
    sink.commit(Hints(size=3), checked=True)
    assert (tmp_path / "x").read_bytes() == b"new"
    sink = pieces.open_sink(top.child("x"), Hints(replaces=disk.stat(top.child("x"))))
    sink.write_at(0, b"mine")
    (tmp_path / "x").write_bytes(b"theirs")
    with pytest.raises(TooLate):
        sink.commit(Hints(size=4), checked=True)
    assert (tmp_path / "x").read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["x"]


def test_many_threads_fill_one_file(pieces: OpenPieces, top: Location, tmp_path: Path) -> None:
    data = os.urandom(1 << 20)
    sink = pieces.open_sink(top.child("x"), Hints(size=len(data)))
    step = 1 << 14

    def fill(first: int) -> None:
        for start in range(first * step, len(data), 4 * step):
            sink.write_at(start, data[start : start + step])

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    sink.commit(Hints(size=len(data)), checked=True)
    assert (tmp_path / "x").read_bytes() == data


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("turned", [False, True])
def test_pieces_are_compared_with_what_the_medium_gives_back(
    top: Location, tmp_path: Path, checked: bool, turned: bool
) -> None:
    system = WornDisk(1)
    system.on = turned
    pieces = LocalStorage(LOCAL, {}, system=system).facets.pieces
    assert pieces is not None
    hints = Hints(size=2000, read_back=True)
    sink = pieces.open_sink(top.child("x"), hints)
    for start in (1000, 0):
        sink.write_at(start, b"x" * 1000)
        sink.arrived(Extent(start, 1000, zlib.crc32(b"x" * 1000)))
    if turned:
        with pytest.raises(Corrupt, match="gives back other bytes"):
            sink.commit(hints, checked=checked)
        assert os.listdir(tmp_path) == []
    else:
        # without a digest of the source only the count of its bytes is proved
        evidence = Evidence.READBACK if checked else Evidence.SIZE
        assert sink.commit(hints, checked=checked).evidence is evidence
        assert (tmp_path / "x").read_bytes() == b"x" * 2000


def test_a_piece_that_nobody_vouched_for_is_no_proof(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    hints = Hints(size=2000, read_back=True)
    sink = pieces.open_sink(top.child("x"), hints)
    sink.write_at(0, b"x" * 2000)
    sink.arrived(Extent(0, 1000, zlib.crc32(b"x" * 1000)))
    with pytest.raises(Corrupt):
        sink.commit(hints, checked=True)
    assert os.listdir(tmp_path) == []


class Slow(System):
    """One write waits until the test lets it go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def pwrite(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        if not self.begun.is_set():
            self.begun.set()
            assert self.go_on.wait(20)
            return super().pwrite(fd, memoryview(data)[:1], offset)
        return super().pwrite(fd, data, offset)


@pytest.mark.parametrize("end", ["abort", "commit"])
def test_a_write_that_hangs_never_lands_in_another_file(
    top: Location, tmp_path: Path, end: str
) -> None:
    system = Slow()
    pieces = LocalStorage(LOCAL, {}, system=system).facets.pieces
    assert pieces is not None
    sink = pieces.open_sink(top.child("x"), Hints(size=3))
    thread = threading.Thread(target=sink.write_at, args=(0, b"abc"))
    thread.start()
    assert system.begun.wait(20)
    if end == "abort":
        sink.abort()
    else:
        with pytest.raises(Corrupt):
            sink.commit(Hints(size=3), checked=True)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TooLate):
        sink.write_at(0, b"abc")
    with (tmp_path / "other").open("wb") as other:  # would get the number of a closed file
        system.go_on.set()
        thread.join(20)
        other.flush()
    assert (tmp_path / "other").read_bytes() == b""


def test_a_large_file_takes_its_room_at_once(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    size = 16 << 20
    sink = pieces.open_sink(top.child("x"), Hints(size=size))
    try:
        facts = next(tmp_path.iterdir()).stat()
        assert facts.st_size == 0
        assert facts.st_blocks * 512 in (0, *range(size, size + (1 << 20)))
    finally:
        sink.abort()
    assert list(tmp_path.iterdir()) == []
