"""Directories, links and further names: made where they were meant, whole, or not at all."""

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.fakes.machine import open_directory, plain_user
from tests.storage.local.asking import at, entries, leftovers, put
from tests.storage.local.test_delete_faults import descriptors, room_for
from tfm.model.entry import Entry
from tfm.model.errors import AlreadyExists, StorageError, TooLate, Unsupported
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Extent, Hints, Leftover
from tfm.storage.facets import TreeCopy
from tfm.storage.local import tree_copy
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import REAL, Lacking, System


def way_of(disk: LocalStorage) -> TreeCopy:
    assert disk.facets.tree_copy is not None
    return disk.facets.tree_copy


@pytest.fixture
def way(disk: LocalStorage) -> TreeCopy:
    return way_of(disk)


@pytest.fixture
def open_place() -> Iterator[Path]:
    with open_directory() as path:
        yield path


class Told:
    """A trail: what may be left, by its name."""

    stays = False

    def __init__(self) -> None:
        self.left: list[str] = []

    def cut_off(self) -> None:
        raise AssertionError

    def earlier(self) -> Sequence[Leftover]:
        return ()

    def leave(self, leftover: Leftover) -> None:
        self.left.append(leftover.name)

    def arrived(self, leftover: Leftover, extent: Extent) -> None:
        raise AssertionError

    def gone(self, leftover: Leftover) -> None:
        self.left.remove(leftover.name)


# -- directories ----------------------------------------------------------------------------------------


def test_a_directory_is_made_or_found_and_pinned(
    way: TreeCopy, top: Location, tmp_path: Path
) -> None:
    made = way.make_directory(top.child("d"), Hints(mode=0o755))
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700, "nobody else, before its own mode"
    found = way.make_directory(top.child("d"), Hints(mode=0o755))
    assert made.entry == found.entry == way.pin(top.child("d"))
    (tmp_path / "link").symlink_to("d")
    assert way.pin(top.child("link")).details == made.entry.details


@pytest.mark.parametrize("kind", ["symbolic link", "file", "fifo"])
def test_what_is_in_the_way_of_a_directory_is_named(
    way: TreeCopy, top: Location, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    {
        "symbolic link": lambda path: path.symlink_to("elsewhere"),
        "file": Path.touch,
        "fifo": os.mkfifo,
    }[kind](tmp_path / "d")
    with pytest.raises(AlreadyExists, match=f"A {kind} named d is in the way"):
        way.make_directory(top.child("d"), Hints())
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_directory_that_cannot_be_opened_is_an_error_of_the_machine(
    way: TreeCopy, top: Location, tmp_path: Path
) -> None:
    before = descriptors()
    with room_for(1), pytest.raises(StorageError) as caught:
        way.make_directory(top.child("d"), Hints())
    assert caught.value.errno == errno.EMFILE
    assert descriptors() == before


def test_nothing_is_made_in_a_directory_that_was_swapped(
    way: TreeCopy, top: Location, tmp_path: Path
) -> None:
    parent = way.make_directory(top.child("d"), Hints()).entry
    (tmp_path / "l").symlink_to("nowhere")
    link = entries(LocalStorage(LOCAL), top)["l"]
    (tmp_path / "d").rename(tmp_path / "was")
    (tmp_path / "outside").mkdir()
    (tmp_path / "d").symlink_to("outside")
    within = Hints(within=parent)
    with pytest.raises(TooLate):
        way.make_directory(top.child("d").child("sub"), within)
    with pytest.raises(TooLate):
        way.copy_link(top.child("l"), link, top.child("d").child("l"), within)
    assert os.listdir(tmp_path / "outside") == []


def test_attributes_go_to_the_directory_that_was_made_and_to_no_other(
    way: TreeCopy, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir(mode=0o751)
    os.utime(tmp_path / "a", ns=(5, 6))
    source = way.pin(top.child("a"))
    made = way.make_directory(top.child("b"), Hints(mode=0o751)).entry
    done = way.copy_attributes(top.child("a"), source, top.child("b"), made, Hints(durable=True))
    assert done.entry.mode == 0o751
    assert done.entry.mtime_ns == 6
    (tmp_path / "b").rename(tmp_path / "was")
    (tmp_path / "b").mkdir(mode=0o700)
    with pytest.raises(TooLate, match="taken its place"):
        way.copy_attributes(top.child("a"), source, top.child("b"), made, Hints())
    assert (tmp_path / "b").stat().st_mode & 0o777 == 0o700


# -- links ----------------------------------------------------------------------------------------------


def link_in(top: Location, name: str = "l") -> Entry:
    return entries(LocalStorage(LOCAL), top)[name]


def test_a_link_is_copied_as_it_was_seen_or_not(
    way: TreeCopy, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "l").symlink_to("../odd name")
    os.utime(tmp_path / "l", ns=(5, 6), follow_symlinks=False)
    seen, trail = link_in(top), Told()
    made = way.copy_link(top.child("l"), seen, top.child("m"), Hints(trail=trail, durable=True))
    assert (tmp_path / "m").readlink() == Path("../odd name")
    assert (tmp_path / "m").lstat().st_mtime_ns == 6
    assert made.notes == ()
    assert made.entry == link_in(top, "m")
    with pytest.raises(AlreadyExists):
        way.copy_link(top.child("l"), seen, top.child("m"), Hints(trail=trail))
    (tmp_path / "l").unlink()
    (tmp_path / "l").symlink_to("elsewhere")
    with pytest.raises(TooLate):
        way.copy_link(top.child("l"), seen, top.child("n"), Hints(trail=trail))
    (tmp_path / "l").unlink()
    (tmp_path / "l").write_bytes(b"a file by now")
    with pytest.raises(TooLate):
        way.copy_link(top.child("l"), seen, top.child("n"), Hints(trail=trail))
    assert sorted(os.listdir(tmp_path)) == ["l", "m"]
    assert trail.left == []


def test_a_link_replaces_only_what_was_shown(
    disk: LocalStorage, way: TreeCopy, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "l").symlink_to("new")
    (tmp_path / "m").write_bytes(b"old")
    shown = disk.stat(top.child("m"))
    way.copy_link(top.child("l"), link_in(top), top.child("m"), Hints(replaces=shown))
    assert (tmp_path / "m").readlink() == Path("new")
    (tmp_path / "m").unlink()
    (tmp_path / "m").write_bytes(b"theirs")
    with pytest.raises(TooLate):
        way.copy_link(top.child("l"), link_in(top), top.child("m"), Hints(replaces=shown))
    assert (tmp_path / "m").read_bytes() == b"theirs"
    assert leftovers(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs Linux")
def test_what_a_link_may_not_keep_is_told(open_place: Path) -> None:
    """A plain user copies a link of somebody else, with an attribute that only root may set."""
    link = open_place / "l"
    link.symlink_to("nowhere")
    try:
        os.setxattr(link, "security.tfm", b"x", follow_symlinks=False)
        os.setxattr(link, "security.ima", b"x", follow_symlinks=False)  # a label: never told
    except OSError:
        pytest.skip("needs root to give files away")
    way, top = way_of(LocalStorage(LOCAL)), at(open_place)
    with plain_user():
        made = way.copy_link(top.child("l"), link_in(top), top.child("m"), Hints())
    assert made.notes == (
        "Owner or group was not kept.",
        "Extended attributes were not kept: security.tfm.",
    )
    way.copy_link(top.child("l"), link_in(top), top.child("n"), Hints())
    assert os.getxattr(open_place / "n", "security.tfm", follow_symlinks=False) == b"x"


class Swaps(System):
    """Puts somebody's file under our temporary name, and then cannot publish."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        (self.directory / source).rename(self.directory / "taken")
        (self.directory / source).write_bytes(b"theirs")
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_somebody_elses_file_under_our_temporary_name_stays(top: Location, tmp_path: Path) -> None:
    (tmp_path / "l").symlink_to("nowhere")
    trail = Told()
    with pytest.raises(StorageError, match="input/output"):
        way_of(LocalStorage(LOCAL, {}, system=Swaps(tmp_path))).copy_link(
            top.child("l"), link_in(top), top.child("m"), Hints(trail=trail)
        )
    (name,) = leftovers(tmp_path)
    assert (tmp_path / name).read_bytes() == b"theirs"
    assert trail.left == [str(tmp_path / name)], "the journal knows that something is there"


def test_without_linux_a_link_keeps_its_time(
    way: TreeCopy, top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_copy, "IS_LINUX", False)
    (tmp_path / "l").symlink_to("nowhere")
    os.utime(tmp_path / "l", ns=(5, 6), follow_symlinks=False)
    assert way.copy_link(top.child("l"), link_in(top), top.child("m"), Hints()).notes == ()
    assert (tmp_path / "m").lstat().st_mtime_ns == 6


# -- further names --------------------------------------------------------------------------------------


class NoLinks(System):
    def __init__(self, code: int) -> None:
        self.code = code

    def link(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        raise OSError(self.code, os.strerror(self.code))

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        raise Lacking


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EPERM, Unsupported),
        (errno.EMLINK, Unsupported),
        (errno.EXDEV, Unsupported),
        (errno.EIO, StorageError),
        (errno.EROFS, StorageError),
    ],
)
def test_a_disk_without_hard_links_says_so_and_a_fault_is_a_fault(
    top: Location, tmp_path: Path, code: int, kind: type[StorageError]
) -> None:
    """Only Unsupported lets the caller copy the bytes once more."""
    (tmp_path / "a").write_bytes(b"a")
    disk, trail = LocalStorage(LOCAL, {}, system=NoLinks(code)), Told()
    with pytest.raises(kind) as caught:
        way_of(disk).hard_link(
            top.child("a"), disk.stat(top.child("a")), top.child("b"), Hints(trail=trail)
        )
    assert isinstance(caught.value, Unsupported) == (kind is Unsupported)
    assert os.listdir(tmp_path) == ["a"]
    assert trail.left == []


def test_a_further_name_is_given_to_the_copy_that_was_made_and_to_no_other_file(
    disk: LocalStorage, way: TreeCopy, top: Location, tmp_path: Path
) -> None:
    copied = put(disk, top.child("a"), b"copy").entry
    made = way.hard_link(top.child("a"), copied, top.child("b"), Hints(durable=True))
    assert (tmp_path / "a").samefile(tmp_path / "b")
    assert made.entry == disk.stat(top.child("b"))
    with pytest.raises(AlreadyExists):
        way.hard_link(top.child("a"), copied, top.child("b"), Hints())
    (tmp_path / "c").write_bytes(b"old")
    shown = disk.stat(top.child("c"))
    way.hard_link(top.child("a"), copied, top.child("c"), Hints(replaces=shown))
    assert (tmp_path / "a").samefile(tmp_path / "c")
    (tmp_path / "a").unlink()
    (tmp_path / "a").write_bytes(b"theirs")
    with pytest.raises(Unsupported, match="no longer the copy"):
        way.hard_link(top.child("a"), copied, top.child("d"), Hints())
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "c"]


class Counting(System):
    def __init__(self) -> None:
        self.synced = 0

    def fsync_directory(self, directory: int) -> None:
        self.synced += 1
        super().fsync_directory(directory)


@pytest.mark.parametrize(
    ("word", "plain", "durable"), [("auto", 0, 1), ("always", 1, 1), ("off", 0, 0)]
)
def test_names_are_brought_to_the_medium_as_wished(
    top: Location, word: str, plain: int, durable: int
) -> None:
    system = Counting()
    way = way_of(LocalStorage(LOCAL, {"fsync": word}, system=system))
    way.make_directory(top.child("d"), Hints())
    assert system.synced == plain
    way.make_directory(top.child("e"), Hints(durable=True))
    assert system.synced == plain + durable


# -- fsync of directories -------------------------------------------------------------------------------


def test_a_directory_one_may_write_to_and_not_read_is_let_off(open_place: Path) -> None:
    (open_place / "box").mkdir()
    fd = os.open(open_place / "box", os.O_RDONLY)
    (open_place / "box").chmod(0o333)
    with plain_user():
        REAL.fsync_directory(fd)
    os.close(fd)
