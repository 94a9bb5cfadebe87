"""What a run that was cut off leaves: taken up if it is surely ours, cleared up, and never guessed."""

import os
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.machine import open_directory, plain_user
from tests.storage.local.asking import at, leftovers, names, put, read
from tfm.model.errors import Cancelled, StorageError, TooLate
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Extent, Hints, Leftover, Work
from tfm.storage.facets import OpenPieces, Unfinished
from tfm.storage.local.draft import RESERVE_FROM
from tfm.storage.local.places import TEMP_NAMES
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System

SIZE = RESERVE_FROM  # below it nobody keeps a journal of pieces
HALF = SIZE // 2
DATA = os.urandom(1 << 16) * (SIZE >> 16)
FIRST = Extent(0, HALF, zlib.crc32(DATA[:HALF]))


class Told:
    """A trail that keeps what it is told, and knows what an earlier run left."""

    def __init__(self, *earlier: Leftover) -> None:
        self.stays = False
        self.left = {leftover.name: leftover for leftover in earlier}
        self._earlier = earlier

    def cut_off(self) -> None:
        self.stays = True

    def earlier(self) -> Sequence[Leftover]:
        return self._earlier

    def leave(self, leftover: Leftover) -> None:
        self.left[leftover.name] = leftover

    def arrived(self, leftover: Leftover, extent: Extent) -> None:
        known = self.left[leftover.name]
        self.left[leftover.name] = replace(known, extents=(*known.extents, extent))

    def gone(self, leftover: Leftover) -> None:
        del self.left[leftover.name]


@pytest.fixture
def pieces(disk: LocalStorage) -> OpenPieces:
    assert disk.facets.pieces is not None
    return disk.facets.pieces


@pytest.fixture
def unfinished(disk: LocalStorage) -> Unfinished:
    assert disk.facets.unfinished is not None
    return disk.facets.unfinished


def half_done(pieces: OpenPieces, place: Location) -> Leftover:
    """A file of which the first half arrived before the job was cut off, as a journal knows it."""
    trail = Told()
    sink = pieces.open_sink(place, Hints(size=SIZE, trail=trail))
    sink.write_at(0, DATA[:HALF])
    sink.arrived(FIRST)
    trail.cut_off()
    sink.abort()
    (left,) = trail.left.values()
    assert left.extents == (FIRST,)
    assert os.stat(left.name).st_ino == int(left.identity)
    return left


def finish(pieces: OpenPieces, place: Location, trail: Told) -> bool:
    """Transfer the whole; True if the first half did not have to be fetched again."""
    sink = pieces.open_sink(place, Hints(size=SIZE, trail=trail))
    kept = sink.kept(0, HALF)
    if kept is not None:
        assert b"".join(kept) == DATA[:HALF]
    assert sink.kept(HALF, HALF) is None
    sink.write_at(0 if kept is None else HALF, DATA if kept is None else DATA[HALF:])
    sink.commit(Hints(size=SIZE, trail=trail), checked=True)
    assert read(LocalStorage(LOCAL), place) == DATA
    return kept is not None


def test_the_half_that_arrived_is_not_fetched_again(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    left = half_done(pieces, top.child("x"))
    assert names(LocalStorage(LOCAL), top) == [Path(left.name).name]
    trail = Told(left)
    assert finish(pieces, top.child("x"), trail)
    assert (tmp_path / "x").stat().st_ino == int(left.identity)
    assert os.listdir(tmp_path) == ["x"]
    assert trail.left == {}, "nothing is left, and the journal knows it"


def test_a_file_that_is_cut_off_again_is_left_again(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    left = half_done(pieces, top.child("x"))
    again = Told(left)
    again.cut_off()
    pieces.open_sink(top.child("x"), Hints(size=SIZE, trail=again)).abort()
    assert leftovers(tmp_path) == [Path(left.name).name]
    assert finish(pieces, top.child("x"), Told(left))


def test_bytes_that_turned_meanwhile_are_fetched_again(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    left = half_done(pieces, top.child("x"))
    with Path(left.name).open("r+b") as file:
        file.seek(HALF // 2)
        byte = file.read(1)
        file.seek(HALF // 2)
        file.write(bytes([byte[0] ^ 1]))
    assert not finish(pieces, top.child("x"), Told(left))
    assert os.listdir(tmp_path) == ["x"]


def test_only_pieces_of_the_same_cut_are_kept(pieces: OpenPieces, top: Location) -> None:
    left = half_done(pieces, top.child("x"))
    sink = pieces.open_sink(top.child("x"), Hints(size=SIZE, trail=Told(left)))
    assert sink.kept(0, HALF - 1) is None
    assert sink.kept(1, HALF) is None
    sink.abort()


def gone(path: Path) -> None:
    path.unlink()


def another(path: Path) -> None:
    path.rename(path.with_name("was"))
    path.write_bytes(b"theirs")


def second_name(path: Path) -> None:
    os.link(path, path.with_name("second"))


def longer(path: Path) -> None:
    os.truncate(path, SIZE + 1)


def a_link(path: Path) -> None:
    path.rename(path.with_name("was"))
    path.symlink_to("was")


def a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def of_somebody_else(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to give files away")
    os.chown(path, 1234, -1)


@pytest.mark.parametrize(
    "meddle", [gone, another, second_name, longer, a_link, a_fifo, of_somebody_else]
)
def test_what_is_not_surely_ours_is_never_written_into(
    pieces: OpenPieces, top: Location, tmp_path: Path, meddle: Callable[[Path], None]
) -> None:
    left = half_done(pieces, top.child("x"))
    meddle(Path(left.name))
    there = {p.name: os.lstat(p) for p in tmp_path.iterdir()}
    assert not finish(pieces, top.child("x"), Told(left))
    for name, facts in there.items():
        now = os.lstat(tmp_path / name)
        assert (now.st_ino, now.st_size, now.st_mtime_ns) == (
            facts.st_ino,
            facts.st_size,
            facts.st_mtime_ns,
        )
    assert set(os.listdir(tmp_path)) == {"x", *there}
    assert Path(left.name).name not in TEMP_NAMES, "its name is not held for ever"


def test_a_word_that_does_not_fit_is_passed_over(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    """Nothing is known to be in it; it lies elsewhere; the name is none of ours."""
    left = half_done(pieces, top.child("x"))
    (tmp_path / "sub").mkdir()
    empty = replace(left, extents=())
    elsewhere = replace(left, name=str(tmp_path / "sub" / Path(left.name).name))
    foreign = replace(left, name=str(tmp_path / "precious"))
    assert not finish(pieces, top.child("x"), Told(empty, elsewhere, foreign))
    assert (tmp_path / "x").stat().st_ino != int(left.identity)


def test_one_leftover_is_never_taken_up_twice(pieces: OpenPieces, top: Location) -> None:
    left = half_done(pieces, top.child("x"))
    first = pieces.open_sink(top.child("x"), Hints(size=SIZE, trail=Told(left)))
    second = pieces.open_sink(top.child("x"), Hints(size=SIZE, trail=Told(left)))
    assert second.kept(0, HALF) is None
    assert first.kept(0, HALF) is not None
    first.abort()
    second.abort()


# -- clearing up --------------------------------------------------------------------------------------

TEMP = ".tfm-0123456789ab.part"


def inode(path: Path) -> str:
    return str(path.stat().st_ino)


def test_our_file_goes_by_its_inode_and_one_that_is_gone_is_no_error(
    unfinished: Unfinished, top: Location, tmp_path: Path
) -> None:
    path = tmp_path / TEMP
    path.write_bytes(b"half")
    left = Leftover(top.child("x"), str(path), inode(path))
    unfinished.remove_leftover(left, None)
    assert os.listdir(tmp_path) == []
    unfinished.remove_leftover(left, None)


def test_the_old_file_under_our_name_goes_after_the_swap(
    disk: LocalStorage, unfinished: Unfinished, top: Location, tmp_path: Path
) -> None:
    """Killed between the swap of the names and the removal: the new file stands already."""
    (tmp_path / "x").write_bytes(b"old")
    replaced = disk.stat(top.child("x"))
    (tmp_path / "x").rename(tmp_path / TEMP)
    (tmp_path / "x").write_bytes(b"new")
    left = Leftover(top.child("x"), str(tmp_path / TEMP), inode(tmp_path / "x"))
    unfinished.remove_leftover(left, replaced)
    assert os.listdir(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"new"


@pytest.mark.parametrize("contents", [b"", b"somebody's"])
def test_without_an_inode_only_the_empty_file_goes_where_names_may_be_swapped(
    disk: LocalStorage, unfinished: Unfinished, top: Location, tmp_path: Path, contents: bytes
) -> None:
    (tmp_path / "x").write_bytes(b"old")
    (tmp_path / TEMP).write_bytes(contents)
    left = Leftover(top.child("x"), str(tmp_path / TEMP))
    if contents:
        with pytest.raises(StorageError, match="not what tfm wrote"):
            unfinished.remove_leftover(left, disk.stat(top.child("x")))
        assert (tmp_path / TEMP).read_bytes() == contents
        unfinished.remove_leftover(left, None)  # nothing could be swapped: the name tells
    else:
        unfinished.remove_leftover(left, disk.stat(top.child("x")))
    assert os.listdir(tmp_path) == ["x"]


def test_another_file_a_directory_and_a_name_of_somebody_else_stay(
    unfinished: Unfinished, top: Location, tmp_path: Path
) -> None:
    (tmp_path / TEMP).write_bytes(b"theirs")
    with pytest.raises(StorageError, match="not what tfm wrote"):
        unfinished.remove_leftover(Leftover(top.child("x"), str(tmp_path / TEMP), "1"), None)
    (tmp_path / TEMP).unlink()
    (tmp_path / TEMP).mkdir()
    with pytest.raises(StorageError, match="not what tfm wrote") as caught:
        unfinished.remove_leftover(
            Leftover(top.child("x"), str(tmp_path / TEMP), inode(tmp_path / TEMP)), None
        )
    assert "yourself" in caught.value.hint
    (tmp_path / "precious").touch()
    with pytest.raises(StorageError, match="no temporary file of tfm"):
        unfinished.remove_leftover(Leftover(top.child("x"), str(tmp_path / "precious")), None)
    assert sorted(os.listdir(tmp_path)) == [TEMP, "precious"]


# -- the program leaves, or the file goes, while it is written ----------------------------------------


def test_giving_up_removes_what_is_open_and_lets_nothing_be_published(
    disk: LocalStorage, unfinished: Unfinished, top: Location, tmp_path: Path
) -> None:
    writer = disk.open_write(top.child("x"), Hints(), Work())
    writer.write(b"half")
    assert unfinished.abort_unfinished(1) == []
    assert os.listdir(tmp_path) == []
    writer.write(b"more")  # the descriptor is still there: a thread may be at it
    with pytest.raises(Cancelled):
        writer.commit()
    with pytest.raises(Cancelled):
        put(disk, top.child("y"), b"y")
    assert os.listdir(tmp_path) == []


def test_giving_up_leaves_what_a_journal_keeps(
    pieces: OpenPieces, unfinished: Unfinished, top: Location, tmp_path: Path
) -> None:
    trail = Told()
    sink = pieces.open_sink(top.child("x"), Hints(size=SIZE, trail=trail))
    sink.write_at(0, DATA[:HALF])
    sink.arrived(FIRST)
    trail.cut_off()
    assert unfinished.abort_unfinished(1) == []
    assert [str(tmp_path / name) for name in leftovers(tmp_path)] == list(trail.left)
    sink.abort()
    assert len(leftovers(tmp_path)) == 1


def test_a_small_file_is_begun_again_as_a_whole(
    pieces: OpenPieces, top: Location, tmp_path: Path
) -> None:
    trail = Told()
    sink = pieces.open_sink(top.child("x"), Hints(size=4, trail=trail))
    sink.write_at(0, b"ab")
    sink.write_at(2, b"")
    sink.arrived(Extent(0, 2, zlib.crc32(b"ab")))
    trail.cut_off()
    sink.abort()
    assert os.listdir(tmp_path) == []
    assert trail.left == {}


class LeavesAsked(Told):
    """The program leaves just when the writer asks for what an earlier run left."""

    def __init__(self, unfinished: Unfinished) -> None:
        super().__init__()
        self.unfinished = unfinished
        self.told: list[str] = []

    def earlier(self) -> Sequence[Leftover]:
        self.told += self.unfinished.abort_unfinished(1)
        return ()


def test_a_file_that_has_no_name_yet_is_not_made_any_more(
    disk: LocalStorage, unfinished: Unfinished, top: Location, tmp_path: Path
) -> None:
    trail = LeavesAsked(unfinished)
    with pytest.raises(Cancelled):
        disk.open_write(top.child("x"), Hints(trail=trail), Work())
    assert trail.told == []
    assert trail.left == {}
    assert os.listdir(tmp_path) == []


class AtFsync(System):
    """Somebody acts in the last moment before a file gets its name."""

    def __init__(self) -> None:
        self.act: Callable[[], object] = lambda: None

    def fsync(self, fd: int) -> None:
        super().fsync(fd)
        self.act()


def test_the_program_that_leaves_at_the_last_moment_publishes_nothing(
    top: Location, tmp_path: Path
) -> None:
    system = AtFsync()
    disk = LocalStorage(LOCAL, {"fsync": "always"}, system=system)
    unfinished = disk.facets.unfinished
    assert unfinished is not None

    def leave() -> None:
        thread = threading.Thread(target=unfinished.abort_unfinished, args=(5,))
        thread.start()
        thread.join(20)

    system.act = leave
    (tmp_path / "old").write_bytes(b"old")
    with pytest.raises(Cancelled):
        put(disk, top.child("old"), b"mine", Hints(replaces=disk.stat(top.child("old"))))
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize("planted", [False, True])
def test_a_temporary_file_that_was_taken_away_is_never_published(
    top: Location, tmp_path: Path, planted: bool
) -> None:
    system = AtFsync()

    def take() -> None:
        (name,) = leftovers(tmp_path)
        (tmp_path / name).rename(tmp_path / "taken")
        if planted:
            (tmp_path / name).write_bytes(b"theirs")

    system.act = take
    disk = LocalStorage(LOCAL, {"fsync": "always"}, system=system)
    trail = Told()
    with pytest.raises(StorageError) as caught:
        put(disk, top.child("x"), b"mine", Hints(trail=trail))
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "taken").read_bytes() == b"mine"
    assert [(tmp_path / name).read_bytes() for name in leftovers(tmp_path)] == [b"theirs"] * planted
    if planted:
        assert isinstance(caught.value, TooLate)
        assert "temporary file was taken away" in str(caught.value)


@pytest.fixture
def open_place() -> Iterator[Path]:
    with open_directory() as path:
        yield path


def test_what_cannot_be_removed_stays_in_the_journal(open_place: Path) -> None:
    """Somebody took the right to write away meanwhile, so that the unfinished file cannot go."""
    trail = Told()
    disk = LocalStorage(LOCAL)
    with plain_user():
        (open_place / "d").mkdir()
        with disk.open_write(at(open_place / "d" / "x"), Hints(trail=trail), Work()) as writer:
            writer.write(b"half")
            (open_place / "d").chmod(0o500)
    assert [str(open_place / "d" / name) for name in leftovers(open_place / "d")] == list(
        trail.left
    )


def test_giving_up_names_what_it_could_not_remove(open_place: Path) -> None:
    disk = LocalStorage(LOCAL)
    assert disk.facets.unfinished is not None
    with plain_user():
        (open_place / "d").mkdir()
        writer = disk.open_write(at(open_place / "d" / "x"), Hints(), Work())
        (open_place / "d").chmod(0o500)
        (told,) = disk.facets.unfinished.abort_unfinished(1)
        writer.abort()
    assert told == str(open_place / "d" / leftovers(open_place / "d")[0])
