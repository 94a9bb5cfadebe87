"""What a disk or its owner refuses to keep of a file is told in a sentence, and opens it to nobody."""

import errno
import os
import stat
from pathlib import Path

import pytest

from tests.fakes.rich_tree import access_list
from tests.storage.local.asking import copy, put, read
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Hints
from tfm.storage.local import metadata
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System

NEEDS_LINUX = pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs Linux")
ACCESS = "system.posix_acl_access"


class Refuses(System):
    """A disk that does not let some steps be done; which, and with what error, tells the test."""

    def __init__(self, **steps: int) -> None:
        self._steps = steps

    def _at(self, step: str) -> None:
        if step in self._steps:
            raise OSError(self._steps[step], os.strerror(self._steps[step]))

    def set_mode(self, fd: int, mode: int) -> None:
        self._at("mode")
        super().set_mode(fd, mode)

    def set_times(self, fd: int, atime_ns: int, mtime_ns: int) -> None:
        self._at("times")
        super().set_times(fd, atime_ns, mtime_ns)

    def list_attributes(self, fd: int) -> list[str]:
        self._at("list")
        return super().list_attributes(fd)

    def copy_mac_attributes(self, source: int, target: int) -> None:
        self._at("mac")
        super().copy_mac_attributes(source, target)


REFUSED = [
    ("mode", "Permissions were not kept."),
    ("times", "Modification time was not kept."),
]


@pytest.mark.parametrize(("step", "sentence"), REFUSED)
def test_mode_and_time_that_a_disk_refuses_are_told(
    top: Location, tmp_path: Path, step: str, sentence: str
) -> None:
    """As FAT does, and disks of other systems mounted here."""
    disk = LocalStorage(LOCAL, {}, system=Refuses(**{step: errno.EPERM}))
    (tmp_path / "a").write_bytes(b"a")
    written = put(disk, top.child("new"), b"new", Hints(mode=0o640, mtime_ns=5))
    copied = copy(disk, top.child("a"), top.child("b"))
    assert written.notes == copied.notes == (sentence,)
    assert read(disk, top.child("new")) == b"new"
    assert read(disk, top.child("b")) == b"a"
    if step == "mode":
        assert written.entry.mode == copied.entry.mode == 0o600, "never more open than asked"


@NEEDS_LINUX
def test_attributes_that_cannot_even_be_listed_are_told(top: Location, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    os.setxattr(tmp_path / "a", "user.colour", b"blue")
    disk = LocalStorage(LOCAL, {}, system=Refuses(list=errno.EIO))
    assert copy(disk, top.child("a"), top.child("b")).notes == (
        "Extended attributes were not kept.",
    )


@NEEDS_LINUX
@pytest.mark.parametrize("code", [errno.ENOTSUP, errno.ENOSYS])
def test_a_disk_without_attributes_is_nothing_to_tell(
    top: Location, tmp_path: Path, code: int
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    disk = LocalStorage(LOCAL, {}, system=Refuses(list=code))
    assert copy(disk, top.child("a"), top.child("b")).notes == ()


def test_elsewhere_the_system_copies_attributes_and_its_refusal_is_told(
    top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "IS_LINUX", False)
    (tmp_path / "a").write_bytes(b"a")
    disk = LocalStorage(LOCAL, {}, system=Refuses(mac=errno.EPERM))
    assert copy(disk, top.child("a"), top.child("b")).notes == (
        "Extended attributes were not kept.",
    )


class Labels(System):
    """The kernel gives each file a label of its own, which nobody may set."""

    def list_attributes(self, fd: int) -> list[str]:
        return ["security.selinux"]

    def get_attribute(self, fd: int, name: str) -> bytes:
        if name != "security.selinux":
            raise OSError(errno.ENODATA, "")
        return b"label"

    def set_attribute(self, fd: int, name: str, value: bytes) -> None:
        raise OSError(errno.EPERM, "")


@NEEDS_LINUX
def test_a_label_of_the_system_is_nothing_to_tell(top: Location, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    disk = LocalStorage(LOCAL, {}, system=Labels())
    assert copy(disk, top.child("a"), top.child("b")).notes == ()


class Vanishes(System):
    """Somebody takes an attribute away between the listing of the names and the look at it."""

    def list_attributes(self, fd: int) -> list[str]:
        return ["user.gone", "user.colour"]

    def get_attribute(self, fd: int, name: str) -> bytes:
        if name != "user.colour":
            raise OSError(errno.ENODATA, "")
        return b"blue"


@NEEDS_LINUX
def test_an_attribute_that_is_gone_by_then_is_nothing_to_tell(
    top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    disk = LocalStorage(LOCAL, {}, system=Vanishes())
    assert copy(disk, top.child("a"), top.child("b")).notes == ()
    assert os.listxattr(tmp_path / "b") == ["user.colour"]


class Unreadable(System):
    """A file whose access list is there and cannot be read."""

    def __init__(self, code: int) -> None:
        self.code = code

    def get_attribute(self, fd: int, name: str) -> bytes:
        raise OSError(self.code if name == ACCESS else errno.ENODATA, "")


@NEEDS_LINUX
def test_an_access_list_that_cannot_be_read_opens_to_nobody_else(
    top: Location, tmp_path: Path
) -> None:
    """The bits of the group may be the mask of that list, and more than the group ever had."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "a").chmod(0o674)
    disk = LocalStorage(LOCAL, {}, system=Unreadable(errno.EIO))
    copied = copy(disk, top.child("a"), top.child("b"))
    assert copied.entry.mode == 0o604
    assert copied.notes == ("Access list (ACL) was not kept.",)


@NEEDS_LINUX
@pytest.mark.parametrize("code", [errno.ENODATA, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL])
def test_a_file_without_an_access_list_keeps_its_mode(
    top: Location, tmp_path: Path, code: int
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "a").chmod(0o674)
    copied = copy(LocalStorage(LOCAL, {}, system=Unreadable(code)), top.child("a"), top.child("b"))
    assert copied.entry.mode == 0o674
    assert copied.notes == ()


class Inherits(System):
    """The directory above gives each file a list, and the disk lets nobody take it away."""

    def __init__(self, code: int) -> None:
        self.code = code

    def remove_attribute(self, fd: int, name: str) -> None:
        raise OSError(self.code, "")


@NEEDS_LINUX
@pytest.mark.parametrize(
    ("code", "notes"),
    [(errno.EPERM, ("Access list (ACL) was not kept.",)), (errno.ENODATA, ())],
)
def test_a_list_that_the_directory_gave_and_that_stays_is_told(
    top: Location, tmp_path: Path, code: int, notes: tuple[str, ...]
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    copied = copy(LocalStorage(LOCAL, {}, system=Inherits(code)), top.child("a"), top.child("b"))
    assert copied.notes == notes


class OnlyGroup(System):
    """A plain user: may give a file to a group of his own (or not even that), never to another user."""

    def __init__(self, *, group: bool) -> None:
        self.group = group
        self.asked: list[tuple[int, int]] = []

    def set_owner(self, fd: int, uid: int, gid: int) -> None:
        self.asked.append((uid, gid))
        if uid != -1 or not self.group:
            raise PermissionError(errno.EPERM, "Operation not permitted")

    def fstat(self, fd: int) -> os.stat_result:
        facts = super().fstat(fd)
        if stat.S_IMODE(facts.st_mode) != 0o600:
            return facts
        return os.stat_result((*facts[:4], 99_998, 99_999, *facts[6:10]))  # the draft is another's


@pytest.mark.parametrize("group", [True, False])
def test_without_the_owner_at_least_the_group_is_kept(
    top: Location, tmp_path: Path, group: bool
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a")
    path.chmod(0o6755)
    facts = path.stat()
    system = OnlyGroup(group=group)
    copied = copy(LocalStorage(LOCAL, {}, system=system), top.child("a"), top.child("b"))
    assert system.asked == [(facts.st_uid, facts.st_gid), (-1, facts.st_gid)]
    assert copied.entry.mode == 0o755, "a set-id bit would lend the rights of somebody else"
    assert copied.notes == ("Owner or group was not kept.",)


class NoOwner(System):
    def set_owner(self, fd: int, uid: int, gid: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_replacement_by_who_may_not_give_files_away_keeps_the_mode(
    top: Location, tmp_path: Path
) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    if os.geteuid() == 0:
        os.chown(path, 1234, 5678)
    path.chmod(0o640)
    disk = LocalStorage(LOCAL, {}, system=NoOwner())
    put(disk, top.child("old"), b"new", Hints(replaces=disk.stat(top.child("old"))))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert read(disk, top.child("old")) == b"new"


@NEEDS_LINUX
def test_the_list_that_is_lost_takes_the_rights_of_the_group_along(
    top: Location, tmp_path: Path
) -> None:
    """A directory keeps no more open than a file does, by the same rule."""
    value = access_list(user=7, group=0, mask=7, named=(1234, 7))

    class NoLists(System):
        def get_attribute(self, fd: int, name: str) -> bytes:
            if name != ACCESS:
                raise OSError(errno.ENODATA, "")
            return value

        def set_attribute(self, fd: int, name: str, value: bytes) -> None:
            raise OSError(errno.EOPNOTSUPP, "")

    (tmp_path / "a").mkdir(mode=0o770)
    (tmp_path / "a").chmod(0o770)
    (tmp_path / "b").mkdir(mode=0o700)
    disk = LocalStorage(LOCAL, {}, system=NoLists())
    facet = disk.facets.tree_copy
    assert facet is not None
    a, b = top.child("a"), top.child("b")
    made = facet.copy_attributes(a, facet.pin(a), b, facet.pin(b), Hints())
    assert made.notes == ("Access list (ACL) was not kept.",)
    assert made.entry.mode == 0o700
