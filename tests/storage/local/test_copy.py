"""The kernel's copy: all that `cp -a` keeps, and no short cut believed."""

import errno
import itertools
import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.rich_tree import access_list
from tests.fakes.worn_disk import WornDisk
from tests.storage.local.asking import copy, leftovers
from tfm.model.cancel import CancelToken
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    Corrupt,
    IsDirectory,
    NoSpace,
    SameObject,
    TooLate,
    Unsupported,
)
from tfm.model.location import LOCAL, Location, local
from tfm.storage.base import Evidence, Hints, Work
from tfm.storage.local.copy import STEP
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import Lacking, System

MIB = 1024 * 1024


def test_contents_mode_times_and_attributes_arrive(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(os.urandom(3 * MIB + 17))
    if os.geteuid() == 0:
        os.chown(path, 1234, 5678)
    path.chmod(0o4750)
    os.utime(path, ns=(1_111_111_111_222_222_222, 1_222_222_222_333_333_333))
    if hasattr(os, "setxattr"):
        os.setxattr(path, "user.colour", b"blue")
    moved: list[int] = []
    written = copy(disk, top.child("a"), top.child("b"), work=Work(progress=moved.append))
    one, other = path.stat(), (tmp_path / "b").stat()
    assert (tmp_path / "b").read_bytes() == path.read_bytes()
    assert (one.st_mode, one.st_uid, one.st_gid) == (other.st_mode, other.st_uid, other.st_gid)
    assert (other.st_atime_ns, other.st_mtime_ns) == (
        1_111_111_111_222_222_222,
        1_222_222_222_333_333_333,
    )
    if hasattr(os, "getxattr"):
        assert os.getxattr(tmp_path / "b", "user.colour") == b"blue"
    assert sum(moved) == 3 * MIB + 17
    assert written.evidence is Evidence.SIZE
    assert written.notes == ()
    assert written.entry == disk.stat(top.child("b"))


def test_holes_stay_holes(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    size = 1 << 40
    with (tmp_path / "a").open("wb") as file:
        for offset in (4096, 1 << 30, (1 << 39) + 5):
            file.seek(offset)
            file.write(b"island")
        file.truncate(size)
    moved: list[int] = []
    copy(disk, top.child("a"), top.child("b"), work=Work(progress=moved.append))
    facts = (tmp_path / "b").stat()
    assert facts.st_size == size
    assert facts.st_blocks * 512 < MIB
    assert sum(moved) == size
    with (tmp_path / "b").open("rb") as file:
        for offset in (4096, 1 << 30, (1 << 39) + 5):
            file.seek(offset)
            assert file.read(7) == b"island\0"


class Odd(System):
    """A kernel whose short cuts lie or fail."""

    def __init__(self, *, moved: int | None = None, code: int = 0, seek: int | None = None) -> None:
        self.moved = moved
        self.code = code
        self.seek_answer = seek
        self.turns = 0

    def clone(self, source: int, target: int) -> None:
        raise OSError(self.code, "") if self.code else Lacking

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        self.turns += 1
        if self.turns == 1:
            return super().copy_range(source, target, min(count, 1000), offset)
        if self.code:
            raise OSError(self.code, os.strerror(self.code))
        if self.moved is None:
            raise Lacking
        return self.moved

    def seek(self, fd: int, offset: int, whence: int) -> int:
        if self.seek_answer is None:
            return super().seek(fd, offset, whence)
        if self.seek_answer < 0:
            raise OSError(-self.seek_answer, "")
        return self.seek_answer


ODD: list[Callable[[], Odd]] = [
    Odd,
    lambda: Odd(moved=0),
    *[
        lambda code=code: Odd(code=code)
        for code in (errno.EINVAL, errno.EXDEV, errno.EOPNOTSUPP, errno.EIO, errno.EPERM)
    ],
    lambda: Odd(seek=0),
    lambda: Odd(seek=-errno.EINVAL),
]


@pytest.mark.parametrize("number", range(len(ODD)))
@pytest.mark.parametrize("sparse", [False, True])
def test_a_short_cut_that_fails_is_never_the_end(
    top: Location, tmp_path: Path, number: int, sparse: bool
) -> None:
    disk = LocalStorage(LOCAL, {}, system=ODD[number]())
    data = os.urandom(2 * MIB) + (bytes(2 * MIB) + b"end" if sparse else b"")
    with (tmp_path / "a").open("wb") as file:
        file.write(data[: 2 * MIB])
        file.seek(max(0, len(data) - 3))
        file.write(data[-3:])
    copy(disk, top.child("a"), top.child("b"))
    assert (tmp_path / "b").read_bytes() == data


def test_a_full_disk_is_no_reason_to_try_another_way(top: Location, tmp_path: Path) -> None:
    disk = LocalStorage(LOCAL, {}, system=Odd(code=errno.ENOSPC))
    (tmp_path / "a").write_bytes(b"x" * 5000)
    with pytest.raises(NoSpace):
        copy(disk, top.child("a"), top.child("b"))
    assert os.listdir(tmp_path) == ["a"]


class Meddler(System):
    """Lets somebody act on the source in the middle of a copy."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act: Callable[[], object] | None = act

    def clone(self, source: int, target: int) -> None:
        raise Lacking

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        if self.act and offset:
            self.act()
            self.act = None
        return super().copy_range(source, target, min(count, 4096), offset)


@pytest.mark.parametrize(
    "act",
    [
        lambda path: os.truncate(path, 5000),
        lambda path: os.truncate(path, 50_000),
        lambda path: path.write_bytes(b"z" * 10_000),
        lambda path: os.utime(path, ns=(7, 7)),
    ],
    ids=["shrinks", "grows", "rewritten", "time"],
)
def test_a_source_that_changes_is_not_copied(
    top: Location, tmp_path: Path, act: Callable[[Path], object]
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10_000)
    (tmp_path / "b").write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=Meddler(lambda: act(path)))
    shown = disk.stat(top.child("b"))
    with pytest.raises(TooLate):
        copy(disk, top.child("a"), top.child("b"), Hints(replaces=shown))
    assert (tmp_path / "b").read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_a_source_replaced_by_rename_is_copied_as_it_was(top: Location, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10_000)
    (tmp_path / "other").write_bytes(b"y" * 10_000)
    disk = LocalStorage(
        LOCAL, {}, system=Meddler(lambda: (tmp_path / "other").rename(tmp_path / "a"))
    )
    copy(disk, top.child("a"), top.child("b"))
    assert (tmp_path / "b").read_bytes() == b"x" * 10_000


def test_only_the_entry_that_was_shown_is_copied(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x")
    shown = disk.stat(top.child("a"))
    (tmp_path / "real").write_bytes(b"y")
    way = disk.facets.server_copy
    assert way is not None

    def replaced_by(make: Callable[[], object]) -> None:
        path.unlink()
        make()
        with pytest.raises(TooLate):
            way.copy(top.child("a"), shown, top.child("b"), Hints(), Work())

    replaced_by(lambda: path.write_bytes(b"other"))
    replaced_by(lambda: path.symlink_to("real"))
    replaced_by(lambda: os.mkfifo(path))
    assert sorted(os.listdir(tmp_path)) == ["a", "real"]


def test_what_cannot_be_copied_says_so(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "f").touch()
    with pytest.raises(Unsupported):
        copy(disk, top.child("fifo"), top.child("b"))
    with pytest.raises(Unsupported):
        copy(disk, local("/dev/zero"), top.child("b"))
    with pytest.raises(IsDirectory):
        copy(disk, top, top.child("b"))
    with pytest.raises(AlreadyExists):
        copy(disk, top.child("f"), top.child("fifo"))


def test_a_copy_onto_itself_or_its_own_hard_link_is_refused(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    os.link(tmp_path / "a", tmp_path / "b")
    for name in ("a", "b"):
        with pytest.raises(SameObject):
            copy(disk, top.child("a"), top.child(name), Hints(replaces=disk.stat(top.child(name))))
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert (tmp_path / "a").stat().st_nlink == 2


def test_cancel_comes_within_one_step(top: Location, tmp_path: Path) -> None:
    cancel = CancelToken()
    moved: list[int] = []

    def progress(count: int) -> None:
        moved.append(count)
        cancel.cancel()

    disk = LocalStorage(LOCAL, {}, system=Odd(moved=None))
    with (tmp_path / "a").open("wb") as file:
        for _ in range(3):
            file.write(b"x" * STEP)
    with pytest.raises(Cancelled):
        copy(disk, top.child("a"), top.child("b"), work=Work(cancel, progress))
    assert sum(moved) <= STEP
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_a_file_without_a_size_is_copied_to_its_end(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    written = copy(disk, local("/proc/self/cmdline"), top.child("b"))
    assert (tmp_path / "b").read_bytes() == Path("/proc/self/cmdline").read_bytes()
    assert written.entry.size


class NoOwner(System):
    def set_owner(self, fd: int, uid: int, gid: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    def fstat(self, fd: int) -> os.stat_result:
        facts = super().fstat(fd)
        if stat.S_IMODE(facts.st_mode) != 0o600:
            return facts
        return os.stat_result((*facts[:4], 99_999, *facts[5:10]))  # the draft has another owner


def test_without_its_owner_a_copy_has_no_set_id_bits(top: Location, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(0o6755)
    written = copy(LocalStorage(LOCAL, {}, system=NoOwner()), top.child("a"), top.child("b"))
    assert written.entry.mode == 0o755
    assert written.notes == ("Owner or group was not kept.",)


class NoAttributes(System):
    def __init__(self, code: int) -> None:
        self.code = code

    def list_attributes(self, fd: int) -> list[str]:
        return ["user.colour"]

    def get_attribute(self, fd: int, name: str) -> bytes:
        if name != "user.colour":
            raise OSError(errno.ENODATA, "")
        return b"blue"

    def set_attribute(self, fd: int, name: str, value: bytes) -> None:
        raise OSError(self.code, "")


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs Linux")
@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.ENOSPC, errno.EPERM])
def test_attributes_that_a_disk_lacks_or_refuses_are_named(
    top: Location, tmp_path: Path, code: int
) -> None:
    (tmp_path / "a").touch()
    disk = LocalStorage(LOCAL, {}, system=NoAttributes(code))
    assert copy(disk, top.child("a"), top.child("b")).notes == (
        "Extended attributes were not kept: user.colour.",
    )


class NoLists(System):
    """A disk without access lists, on one side of the copy."""

    def __init__(self, value: bytes) -> None:
        self.value = value

    def get_attribute(self, fd: int, name: str) -> bytes:
        return self.value

    def set_attribute(self, fd: int, name: str, value: bytes) -> None:
        raise OSError(errno.EOPNOTSUPP, "")


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs Linux")
@pytest.mark.parametrize(
    ("group", "mask", "mode"), [(0, 6, 0o600), (4, 6, 0o640), (6, 4, 0o640), (7, 6, 0o660)]
)
def test_without_its_access_list_a_copy_opens_to_nobody_else(
    top: Location, tmp_path: Path, group: int, mask: int, mode: int
) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(0o600 | mask << 3)  # with a list, the bits of the group are its mask
    value = access_list(user=6, group=group, mask=mask, named=(1234, 6))
    written = copy(LocalStorage(LOCAL, {}, system=NoLists(value)), top.child("a"), top.child("b"))
    assert oct(written.entry.mode or 0) == oct(mode)
    assert written.notes == ("Access list (ACL) was not kept.",)


@given(
    data=st.binary(min_size=1, max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=6),
    chance=st.randoms(use_true_random=False),
)
def test_pieces_in_any_order_and_repeated_make_the_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int], chance: random.Random
) -> None:
    path = tmp_path_factory.mktemp("pieces")
    disk, place = LocalStorage(LOCAL, {}), local(path / "x")
    marks = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = list(itertools.pairwise(marks))
    order = pieces + pieces[:2]
    chance.shuffle(order)
    assert disk.facets.pieces is not None
    sink = disk.facets.pieces.open_sink(place, Hints(size=len(data)))
    for start, end in order:
        sink.write_at(start, data[start:end])
    written = sink.commit(Hints(size=len(data), mtime_ns=5), checked=True)
    sink.abort()
    assert (path / "x").read_bytes() == data
    assert written.evidence is Evidence.CHECKSUM
    assert written.entry.mtime_ns == 5
    assert os.listdir(path) == ["x"]


class Clones(System):
    """A disk that shares blocks, as btrfs and xfs do; or one that is full just then."""

    def __init__(self, code: int = 0) -> None:
        self.code = code

    def clone(self, source: int, target: int) -> None:
        if self.code:
            raise OSError(self.code, os.strerror(self.code))
        os.pwrite(target, os.pread(source, os.fstat(source).st_size, 0), 0)

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        raise AssertionError("not a byte is copied where blocks can be shared")


def test_a_disk_that_shares_blocks_copies_no_byte(top: Location, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 5000)
    moved: list[int] = []
    disk = LocalStorage(LOCAL, {}, system=Clones())
    copy(disk, top.child("a"), top.child("b"), work=Work(progress=moved.append))
    assert (tmp_path / "b").read_bytes() == b"x" * 5000
    assert moved == [5000]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_quota_met_while_sharing_blocks_is_the_end(
    top: Location, tmp_path: Path, code: int
) -> None:
    (tmp_path / "a").write_bytes(b"new" * 1000)
    (tmp_path / "b").write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=Clones(code))
    with pytest.raises(NoSpace):
        copy(disk, top.child("a"), top.child("b"), Hints(replaces=disk.stat(top.child("b"))))
    assert (tmp_path / "b").read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


class Appends(System):
    """Somebody appends to a file that is one hole, just before it is asked where its data are."""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path

    def clone(self, source: int, target: int) -> None:
        raise Lacking

    def seek(self, fd: int, offset: int, whence: int) -> int:
        if self.path:
            with self.path.open("ab") as file:
                file.write(b"x" * 100_000)
            self.path = None
        return super().seek(fd, offset, whence)


def test_data_behind_the_end_that_was_seen_are_no_part_of_a_copy(
    top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").touch()
    os.truncate(tmp_path / "a", MIB)
    disk = LocalStorage(LOCAL, {}, system=Appends(tmp_path / "a"))
    with pytest.raises(TooLate, match="changed while it was copied"):
        copy(disk, top.child("a"), top.child("b"))
    assert os.listdir(tmp_path) == ["a"]


class EndsEarly(System):
    """A disk (a network one that lost its server) whose file ends before the size it tells."""

    def clone(self, source: int, target: int) -> None:
        raise Lacking

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        return 0

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        return super().pread(fd, size, offset)[: max(0, 3000 - offset)]


def test_a_file_that_ends_before_its_size_is_no_copy(top: Location, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 5000)
    (tmp_path / "b").write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=EndsEarly())
    with pytest.raises(TooLate, match="ended early"):
        copy(disk, top.child("a"), top.child("b"), Hints(replaces=disk.stat(top.child("b"))))
    assert (tmp_path / "b").read_bytes() == b"old"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("reads_back", [True, False])
def test_a_copy_that_is_read_back_from_the_medium_says_so(
    disk: LocalStorage, top: Location, tmp_path: Path, reads_back: bool
) -> None:
    (tmp_path / "a").write_bytes(os.urandom(5000))
    written = copy(disk, top.child("a"), top.child("b"), Hints(read_back=reads_back))
    assert written.evidence is (Evidence.READBACK if reads_back else Evidence.SIZE)


def test_a_medium_that_turns_bits_is_found_out_by_reading_back(
    top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(os.urandom(5000))
    (tmp_path / "b").write_bytes(b"old")
    disk = LocalStorage(LOCAL, {}, system=WornDisk(1))
    hints = Hints(replaces=disk.stat(top.child("b")), read_back=True)
    with pytest.raises(Corrupt, match="gives back other bytes"):
        copy(disk, top.child("a"), top.child("b"), hints)
    assert (tmp_path / "b").read_bytes() == b"old"
    assert leftovers(tmp_path) == []
