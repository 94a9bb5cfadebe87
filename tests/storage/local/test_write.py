"""A file appears whole under its name, or not at all, and never over something nobody agreed to lose."""

import os
import stat
import struct
import threading
from pathlib import Path

import pytest

from tests.fakes.worn_disk import WornDisk
from tests.storage.local.asking import copy, leftovers, put, read
from tfm.model.cancel import CancelToken
from tfm.model.change import around
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    Corrupt,
    IsDirectory,
    NotDirectory,
    NotFound,
    StorageError,
    TooLate,
)
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Evidence, Hints, Work
from tfm.storage.local import syscalls
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import REAL, Lacking, System, umask


def test_a_file_is_there_after_the_commit_and_not_before(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    place = top.child("new")
    with disk.open_write(place, Hints(size=6), Work()) as writer:
        writer.write(b"abc")
        assert not (tmp_path / "new").exists()
        writer.write(b"def")
        assert stat.S_IMODE((tmp_path / leftovers(tmp_path)[0]).stat().st_mode) == 0o600
        written = writer.commit()
    assert (tmp_path / "new").read_bytes() == b"abcdef"
    assert written.entry == disk.stat(place)
    assert written.change == around(place)
    assert written.evidence is Evidence.SIZE
    assert written.notes == ()
    assert leftovers(tmp_path) == []


def test_leaving_without_a_commit_leaves_nothing(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "old").write_bytes(b"old")
    shown = disk.stat(top.child("old"))
    for name, hints in (("new", Hints()), ("old", Hints(replaces=shown))):
        with disk.open_write(top.child(name), hints, Work()) as writer:
            writer.write(b"half")
        writer.abort()
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize("data", [b"abc", b"abcdef"])
def test_a_wrong_count_is_never_published(
    disk: LocalStorage, top: Location, tmp_path: Path, data: bytes
) -> None:
    with disk.open_write(top.child("new"), Hints(size=5), Work()) as writer:
        writer.write(data)
        with pytest.raises(Corrupt, match="instead of 5 bytes"):
            writer.commit()
    assert list(tmp_path.iterdir()) == []


def test_mode_and_time_are_those_of_the_hints_without_set_id_bits(
    disk: LocalStorage, top: Location
) -> None:
    hints = Hints(mode=0o6751, mtime_ns=1_234_567_890_123_456_789)
    entry = put(disk, top.child("new"), b"x", hints).entry
    assert entry.mode == 0o751
    assert entry.mtime_ns == 1_234_567_890_123_456_789
    assert put(disk, top.child("plain"), b"x").entry.mode == 0o666 & ~umask()


@pytest.mark.parametrize("mtime_ns", [0, -1_500_000_000, 4_000_000_000_000_000_000, 2**70])
def test_odd_times_are_kept_or_reported(disk: LocalStorage, top: Location, mtime_ns: int) -> None:
    written = put(disk, top.child("new"), b"x", Hints(mtime_ns=mtime_ns))
    kept = written.entry.mtime_ns == mtime_ns
    assert kept == (written.notes == ())


def test_a_replacement_keeps_mode_and_owner(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    path, place = tmp_path / "old", top.child("old")
    path.write_bytes(b"old")
    if os.geteuid() == 0:
        os.chown(path, 4321, 8765)
    path.chmod(0o4604)
    before = path.stat()
    put(disk, place, b"newer", Hints(replaces=disk.stat(place)))
    after = path.stat()
    assert path.read_bytes() == b"newer"
    assert stat.S_IMODE(after.st_mode) == 0o604  # set-id bits belonged to the old contents
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_the_umask_is_read_without_changing_it() -> None:
    before = os.umask(0)
    os.umask(before)
    assert umask() == before


@pytest.mark.parametrize("told", [None, b"Name:\ttfm\n", b"Umask:\n", b"Umask:\tmany\n"])
def test_where_the_system_does_not_tell_the_umask_it_is_set_and_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: bytes | None
) -> None:
    if told is not None:
        (tmp_path / "status").write_bytes(told)
    monkeypatch.setattr(syscalls, "_STATUS", tmp_path / "status")
    before = os.umask(0o027)
    try:
        assert umask.__wrapped__() == 0o027
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_mode_that_is_asked_for_counts_more_than_that_of_the_replaced_file(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "old").chmod(0o644)
    shown = disk.stat(top.child("old"))
    assert (
        put(disk, top.child("old"), b"new", Hints(replaces=shown, mode=0o600)).entry.mode == 0o600
    )


def test_nothing_is_replaced_unasked(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("old", "dir", "dangling"):
        with pytest.raises(AlreadyExists):
            disk.open_write(top.child(name), Hints(), Work())
    writer = disk.open_write(top.child("new"), Hints(), Work())
    writer.write(b"mine")
    (tmp_path / "new").write_bytes(b"theirs")
    with pytest.raises(AlreadyExists):
        writer.commit()
    assert (tmp_path / "new").read_bytes() == b"theirs"
    assert leftovers(tmp_path) == []


def test_only_what_was_shown_is_replaced(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    path, place = tmp_path / "old", top.child("old")
    path.write_bytes(b"old")
    shown = disk.stat(place)
    writer = disk.open_write(place, Hints(replaces=shown), Work())
    writer.write(b"mine")
    path.write_bytes(b"theirs")
    with pytest.raises(TooLate):
        writer.commit()
    assert path.read_bytes() == b"theirs"
    with pytest.raises(TooLate):
        disk.open_write(place, Hints(replaces=shown), Work())
    writer = disk.open_write(place, Hints(replaces=disk.stat(place)), Work())
    path.unlink()
    with pytest.raises(TooLate, match="not there any more"):
        writer.commit()
    with pytest.raises(TooLate, match="not there any more"):
        disk.open_write(place, Hints(replaces=shown), Work())
    (tmp_path / "dir").mkdir()
    with pytest.raises(IsDirectory):
        disk.open_write(top.child("dir"), Hints(replaces=disk.stat(top.child("dir"))), Work())
    assert [p.name for p in tmp_path.iterdir()] == ["dir"]


def test_a_link_is_replaced_itself_and_a_parent_link_is_followed(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / "link").symlink_to("target")
    put(disk, top.child("link"), b"new", Hints(replaces=disk.stat(top.child("link"))))
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "link").read_bytes() == b"new"
    assert (tmp_path / "target").read_bytes() == b"kept"
    (tmp_path / "dir").mkdir()
    (tmp_path / "to-dir").symlink_to("dir")
    put(disk, top.child("to-dir").child("f"), b"x")
    assert (tmp_path / "dir" / "f").read_bytes() == b"x"


class Intruder(System):
    """Puts another file at the destination after the last look at it, before the publish."""

    def __init__(self, path: Path, *, can_swap: bool) -> None:
        self.path = path
        self.can_swap = can_swap

    def exchange(self, directory: int, one: str, other: str) -> None:
        if self.path.read_bytes() == b"old":
            self.path.unlink()
            self.path.write_bytes(b"theirs")
        if not self.can_swap:
            raise Lacking
        super().exchange(directory, one, other)


def test_a_file_that_appears_between_look_and_publish_is_put_back(
    top: Location, tmp_path: Path
) -> None:
    path, place = tmp_path / "old", top.child("old")
    path.write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=Intruder(path, can_swap=True))
    with pytest.raises(TooLate):
        put(disk, place, b"mine", Hints(replaces=disk.stat(place)))
    assert path.read_bytes() == b"theirs"
    assert leftovers(tmp_path) == []


class Stubborn(System):
    """Swaps once and then refuses to swap back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.swaps = 0

    def exchange(self, directory: int, one: str, other: str) -> None:
        self.swaps += 1
        if self.swaps > 1:
            raise OSError(5, "Input/output error")
        self.path.unlink()
        self.path.write_bytes(b"theirs")
        super().exchange(directory, one, other)


def test_a_foreign_file_under_our_temporary_name_is_never_removed(
    top: Location, tmp_path: Path
) -> None:
    path, place = tmp_path / "old", top.child("old")
    path.write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=Stubborn(path))
    with pytest.raises(StorageError):
        put(disk, place, b"mine", Hints(replaces=disk.stat(place)))
    assert [(tmp_path / name).read_bytes() for name in leftovers(tmp_path)] == [b"theirs"]


class Plain(System):
    """A disk that knows neither exclusive renames nor swaps, and perhaps no hard links."""

    def __init__(self, *, links: bool) -> None:
        self.links = links

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        raise Lacking

    def exchange(self, directory: int, one: str, other: str) -> None:
        raise Lacking

    def link(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        if not self.links:
            raise PermissionError(1, "Operation not permitted")
        super().link(source_dir, source, target_dir, target)


@pytest.mark.parametrize("links", [True, False])
def test_old_kernels_and_plain_disks_keep_the_same_promises(
    top: Location, tmp_path: Path, links: bool
) -> None:
    disk, place = LocalStorage(LOCAL, {}, system=Plain(links=links)), top.child("new")
    put(disk, place, b"one")
    assert (tmp_path / "new").stat().st_nlink == 1
    put(disk, place, b"two", Hints(replaces=disk.stat(place)))
    assert read(disk, place) == b"two"
    writer = disk.open_write(top.child("race"), Hints(), Work())
    writer.write(b"mine")
    (tmp_path / "race").write_bytes(b"theirs")
    with pytest.raises(AlreadyExists):
        writer.commit()
    assert (tmp_path / "race").read_bytes() == b"theirs"
    writer = disk.open_write(place, Hints(replaces=disk.stat(place)), Work())
    writer.write(b"mine")
    (tmp_path / "new").write_bytes(b"theirs too")
    with pytest.raises(TooLate):
        writer.commit()
    assert (tmp_path / "new").read_bytes() == b"theirs too"
    rename = disk.facets.rename
    assert rename is not None
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "x").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("dir")
    with pytest.raises(AlreadyExists):
        rename.rename(top.child("dir"), top.child("empty"))
    with pytest.raises(AlreadyExists):
        rename.rename(top.child("new"), top.child("race"))
    rename.rename(top.child("dir"), top.child("moved"))
    rename.rename(top.child("link"), top.child("link2"))
    assert (tmp_path / "moved" / "x").exists()
    assert (tmp_path / "link2").readlink() == Path("dir")
    assert sorted(os.listdir(tmp_path)) == ["empty", "link2", "moved", "new", "race"]


def test_a_missing_parent_and_a_parent_that_is_a_file(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotFound):
        disk.open_write(top.child("missing").child("x"), Hints(), Work())
    with pytest.raises(NotDirectory):
        disk.open_write(top.child("file").child("x"), Hints(), Work())
    with pytest.raises(NotFound):
        disk.mkdir(top.child("missing").child("x"))
    with pytest.raises(AlreadyExists):
        disk.mkdir(top.child("file"))


def test_a_directory_that_goes_away_takes_the_write_with_it(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "dir").mkdir()
    writer = disk.open_write(top.child("dir").child("x"), Hints(), Work())
    writer.write(b"abc")
    (tmp_path / "dir").rename(tmp_path / "elsewhere")
    (tmp_path / "dir").symlink_to("/")
    writer.commit()
    assert (tmp_path / "elsewhere" / "x").read_bytes() == b"abc"


def test_cancel_stops_a_write(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    cancel = CancelToken()
    with disk.open_write(top.child("x"), Hints(), Work(cancel=cancel)) as writer:
        writer.write(b"abc")
        cancel.cancel()
        with pytest.raises(Cancelled):
            writer.write(b"def")
        with pytest.raises(Cancelled):
            writer.commit()
    assert list(tmp_path.iterdir()) == []


class Leaving(System):
    """The program leaves while another thread is just swapping the two files."""

    def __init__(self) -> None:
        self.disk: LocalStorage | None = None
        self.left: list[str] = []

    def exchange(self, directory: int, one: str, other: str) -> None:
        super().exchange(directory, one, other)
        assert self.disk is not None and self.disk.facets.unfinished is not None
        unfinished = self.disk.facets.unfinished
        leaving = threading.Thread(target=lambda: self.left.extend(unfinished.abort_unfinished(0)))
        leaving.start()
        leaving.join()


def test_giving_up_never_touches_a_file_that_was_just_replaced(
    top: Location, tmp_path: Path
) -> None:
    path, place = tmp_path / "old", top.child("old")
    path.write_bytes(b"old")
    system = Leaving()
    disk = system.disk = LocalStorage(LOCAL, {}, system=system)
    put(disk, place, b"mine", Hints(replaces=disk.stat(place)))
    assert path.read_bytes() == b"mine"
    (told,) = system.left
    assert told.startswith(f"{tmp_path}/.tfm-")
    with pytest.raises(Cancelled):  # and nothing new begins
        put(disk, top.child("other"), b"x")
    assert leftovers(tmp_path) == []


class Counting(System):
    def __init__(self) -> None:
        self.calls: list[str] = []

    def fsync(self, fd: int) -> None:
        self.calls.append("file")
        super().fsync(fd)

    def fsync_directory(self, directory: int) -> None:
        self.calls.append("directory")
        super().fsync_directory(directory)


@pytest.mark.parametrize(
    ("word", "plain", "durable"),
    [
        ("auto", [], ["file", "directory"]),
        ("off", [], []),
        ("always", ["file", "directory"], ["file", "directory"]),
    ],
)
def test_what_is_brought_to_the_medium(
    top: Location, word: str, plain: list[str], durable: list[str]
) -> None:
    system = Counting()
    disk = LocalStorage(LOCAL, {"fsync": word}, system=system)
    place = top.child("x")
    for hints, calls in ((Hints(), plain), (Hints(durable=True), durable)):
        system.calls.clear()
        put(disk, place, b"x", hints)
        assert system.calls == calls
        disk.delete(place)
    put(disk, place, b"x")
    system.calls.clear()
    put(disk, place, b"y", Hints(replaces=disk.stat(place)))
    assert system.calls == durable


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_a_disk_that_cannot_sync_directories_is_let_off() -> None:
    fd = os.open("/proc", os.O_RDONLY)
    try:
        with pytest.raises(OSError):
            os.fsync(fd)
        REAL.fsync_directory(fd)
    finally:
        os.close(fd)


@pytest.mark.parametrize("turned", [False, True])
def test_what_the_medium_gives_back_is_compared_on_request(
    top: Location, tmp_path: Path, turned: bool
) -> None:
    (tmp_path / "old").write_bytes(b"old")
    system = WornDisk(1)
    system.on = turned
    disk = LocalStorage(LOCAL, {"fsync": "off"}, system=system)
    hints = Hints(replaces=disk.stat(top.child("old")), read_back=True)
    if turned:
        with pytest.raises(Corrupt, match="gives back other bytes"):
            put(disk, top.child("old"), b"new" * 1000, hints)
        assert (tmp_path / "old").read_bytes() == b"old"
    else:
        assert put(disk, top.child("old"), b"new" * 1000, hints).evidence is Evidence.READBACK
        assert (tmp_path / "old").read_bytes() == b"new" * 1000
    assert leftovers(tmp_path) == []


def test_an_unknown_word_for_fsync_is_refused() -> None:
    with pytest.raises(StorageError, match="auto, always or off"):
        LocalStorage(LOCAL, {"fsync": "sometimes"})


class Failing(System):
    def __init__(self, step: str) -> None:
        self.step = step

    def fsync(self, fd: int) -> None:
        if self.step == "fsync":
            raise OSError(5, "Input/output error")
        super().fsync(fd)

    def close(self, fd: int) -> None:
        super().close(fd)
        if self.step == "close":
            raise OSError(122, "Disk quota exceeded")

    def write(self, fd: int, data: bytes | memoryview) -> int:
        if self.step == "write":
            return 0
        return super().write(fd, data)

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        if self.step == "publish":
            raise OSError(28, "No space left on device")
        super().rename_new(source_dir, source, target_dir, target)

    def exchange(self, directory: int, one: str, other: str) -> None:
        if self.step == "publish":
            raise OSError(28, "No space left on device")
        super().exchange(directory, one, other)


@pytest.mark.parametrize("step", ["write", "fsync", "close", "publish"])
def test_an_error_at_any_step_leaves_the_old_file(top: Location, tmp_path: Path, step: str) -> None:
    disk = LocalStorage(LOCAL, {"fsync": "always"}, system=Failing(step))
    (tmp_path / "old").write_bytes(b"old")
    for name in ("old", "new"):
        shown = disk.stat(top.child("old")) if name == "old" else None
        with pytest.raises(StorageError):
            put(disk, top.child(name), b"mine", Hints(replaces=shown))
    assert os.listdir(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def _acl(*entries: tuple[int, int, int]) -> bytes:
    """The kernel's binary form: version 2, then tag, permissions and id of each entry."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs Linux")
def test_access_lists_are_inherited_and_kept(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    nobody = 0xFFFFFFFF
    entries = ((1, 6, nobody), (2, 6, 1234), (4, 4, nobody), (16, 7, nobody), (32, 0, nobody))
    try:
        os.setxattr(tmp_path, "system.posix_acl_default", _acl(*entries))
    except OSError:
        pytest.skip("needs a disk with access lists")
    name = "system.posix_acl_access"
    (tmp_path / "plain").write_bytes(b"x")
    put(disk, top.child("ours"), b"x")
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    assert os.getxattr(ours, name) == os.getxattr(plain, name)
    assert ours.stat().st_mode == plain.stat().st_mode
    only_read = _acl((1, 6, nobody), (2, 4, 77), (4, 0, nobody), (16, 4, nobody), (32, 0, nobody))
    os.setxattr(ours, name, only_read)
    mode = ours.stat().st_mode
    put(disk, top.child("ours"), b"new", Hints(replaces=disk.stat(top.child("ours"))))
    assert os.getxattr(ours, name) == only_read
    assert ours.stat().st_mode == mode
    copied = copy(disk, top.child("ours"), top.child("copy"))
    assert copied.notes == ()
    assert os.getxattr(tmp_path / "copy", name) == only_read
