"""A finished file gets its name by the best way the disk has, and by none over what nobody gave up."""

import ctypes
import errno
import os
from pathlib import Path

import pytest

from tests.storage.local.asking import at, copy, leftovers, put, read
from tfm.model.errors import AlreadyExists, CrossDevice, NoSpace, StorageError, TooLate
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Hints, Work
from tfm.storage.local import rename as room
from tfm.storage.local import syscalls
from tfm.storage.local.places import lstat_in
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import Lacking, System


class Plain(System):
    """A kernel without renames that never replace, and, as it is told, a disk without hard links."""

    def __init__(self, *, links: bool = True, fails: str = "") -> None:
        self.links = links
        self.fails = fails

    def _at(self, step: str) -> None:
        if step == self.fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        raise Lacking

    def exchange(self, directory: int, one: str, other: str) -> None:
        raise Lacking

    def link(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        self._at("link")
        if not self.links:
            raise OSError(errno.EPERM, "Operation not permitted")  # what FAT says
        super().link(source_dir, source, target_dir, target)

    def rename(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        self._at("rename")
        super().rename(source_dir, source, target_dir, target)


def plain(*, links: bool = True, fails: str = "") -> LocalStorage:
    return LocalStorage(LOCAL, {}, system=Plain(links=links, fails=fails))


def rename(disk: LocalStorage, source: Location, target: Location) -> None:
    assert disk.facets.rename is not None
    disk.facets.rename.rename(source, target)


@pytest.mark.parametrize("links", [True, False], ids=["links", "FAT"])
def test_without_such_a_rename_nothing_is_replaced_either(
    top: Location, tmp_path: Path, links: bool
) -> None:
    disk = plain(links=links)
    put(disk, top.child("a"), b"a")
    with pytest.raises(AlreadyExists):
        put(disk, top.child("a"), b"b")
    put(disk, top.child("a"), b"c", Hints(replaces=disk.stat(top.child("a"))))
    put(disk, top.child("b"), b"b")
    with pytest.raises(AlreadyExists):
        rename(disk, top.child("b"), top.child("a"))
    rename(disk, top.child("b"), top.child("d"))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"c", "d": b"b"}
    assert (tmp_path / "a").stat().st_nlink == 1


def test_a_file_that_appears_while_ours_takes_its_name_stays(top: Location, tmp_path: Path) -> None:
    """On FAT the name is taken with an empty file first, which fails if somebody was faster."""
    disk = plain(links=False)
    with disk.open_write(top.child("x"), Hints(), Work()) as writer:
        writer.write(b"mine")
        (tmp_path / "x").write_bytes(b"theirs")
        with pytest.raises(AlreadyExists):
            writer.commit()
    assert os.listdir(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"theirs"


def test_a_name_that_was_taken_is_given_back_when_the_rename_fails(
    top: Location, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match="input/output"):
        put(plain(links=False, fails="rename"), top.child("x"), b"mine")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").touch()
    with pytest.raises(StorageError, match="input/output"):
        rename(plain(fails="rename"), top.child("d"), top.child("e"))
    assert os.listdir(tmp_path) == ["d"]
    assert os.listdir(tmp_path / "d") == ["f"]


def test_an_error_of_the_link_is_no_reason_to_try_another_way(
    top: Location, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match="input/output"):
        put(plain(fails="link"), top.child("x"), b"mine")
    assert os.listdir(tmp_path) == []


def test_another_device_says_so_without_such_a_rename_too(
    top: Location, tmp_path: Path, small_disk: Path
) -> None:
    (tmp_path / "f").write_bytes(b"f")
    (tmp_path / "d").mkdir()
    for name in ("f", "d"):
        with pytest.raises(CrossDevice):
            rename(plain(), top.child(name), at(small_disk).child(name))
    assert os.listdir(small_disk) == []
    assert (tmp_path / "f").read_bytes() == b"f"


class Takes(System):
    """Takes the old file away between the last look at it and the swap."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exchange(self, directory: int, one: str, other: str) -> None:
        self.path.unlink()
        super().exchange(directory, one, other)


def test_an_old_file_that_goes_at_the_last_moment_is_not_replaced_by_surprise(
    top: Location, tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=Takes(tmp_path / "x"))
    with pytest.raises(TooLate, match="not there any more"):
        put(disk, top.child("x"), b"mine", Hints(replaces=disk.stat(top.child("x"))))
    assert os.listdir(tmp_path) == []


class Keeps(System):
    """Cannot remove the old file after the swap, as NFS while somebody has it open."""

    def unlink(self, directory: int, name: str) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def test_an_old_file_that_cannot_be_removed_is_named(top: Location, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=Keeps())
    written = put(disk, top.child("x"), b"new", Hints(replaces=disk.stat(top.child("x"))))
    assert read(disk, top.child("x")) == b"new"
    (name,) = leftovers(tmp_path)
    assert (tmp_path / name).read_bytes() == b"old"
    assert written.notes == (f"The replaced file could not be removed; it is now called {name}.",)


# -- other spellings ----------------------------------------------------------------------------------


class Folding(System):
    """Refuses the second step of a change of spelling."""

    def __init__(self) -> None:
        self.calls = 0

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        self.calls += 1
        if self.calls == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().rename_new(source_dir, source, target_dir, target)


def test_a_change_of_spelling_that_fails_half_way_is_undone(
    top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "name").write_bytes(b"x")
    monkeypatch.setattr(room, "lstat_in", lambda fd, name: lstat_in(fd, name.lower()))
    with pytest.raises(StorageError, match="input/output"):
        rename(LocalStorage(LOCAL, {}, system=Folding()), top.child("name"), top.child("Name"))
    assert os.listdir(tmp_path) == ["name"]


def test_a_second_name_in_another_directory_is_a_name_of_its_own(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "d").mkdir()
    os.link(tmp_path / "a", tmp_path / "d" / "b")
    target = top.child("d").child("b")
    with pytest.raises(AlreadyExists):
        rename(disk, top.child("a"), target)
    assert (tmp_path / "a").samefile(tmp_path / "d" / "b")
    assert disk.facets.rename is not None
    disk.facets.rename.rename(top.child("a"), target, replaces=disk.stat(target))
    assert os.listdir(tmp_path) == ["d"]
    assert (tmp_path / "d" / "b").read_bytes() == b"x"


# -- what the C library lacks -------------------------------------------------------------------------


class OldLibrary:
    """A C library that knows the disk and neither renames with flags nor room in advance."""

    def fstatfs(self, _fd: int, facts: object) -> int:
        facts._obj[0] = 0xEF53  # type: ignore[attr-defined]
        return 0


def test_a_library_without_the_calls_is_no_obstacle(
    disk: LocalStorage, top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syscalls, "_libc", OldLibrary)
    size = 16 << 20
    put(disk, top.child("a"), bytes(size), Hints(size=size))
    with pytest.raises(AlreadyExists):
        put(disk, top.child("a"), b"b")
    put(disk, top.child("a"), b"c", Hints(replaces=disk.stat(top.child("a"))))
    copy(disk, top.child("a"), top.child("b"))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a": b"c", "b": b"c"}


class Reserving(OldLibrary):
    """Answers the wish for room with an error."""

    def __init__(self, code: int) -> None:
        self.code = code

    def fallocate64(self, _fd: int, _mode: int, _start: object, _size: object) -> int:
        ctypes.set_errno(self.code)
        return -1


@pytest.mark.skipif(not syscalls.IS_LINUX, reason="needs Linux")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_or_quota_is_said_before_the_first_byte(
    disk: LocalStorage, top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(syscalls, "_libc", lambda: Reserving(code))
    with pytest.raises(NoSpace):
        disk.open_write(top.child("x"), Hints(size=16 << 20), Work())
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not syscalls.IS_LINUX, reason="needs Linux")
def test_a_disk_that_cannot_reserve_is_written_to_all_the_same(
    disk: LocalStorage, top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syscalls, "_libc", lambda: Reserving(errno.EOPNOTSUPP))
    data = bytes(range(256)) * (16 << 12)
    put(disk, top.child("x"), data, Hints(size=len(data)))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"x": data}
