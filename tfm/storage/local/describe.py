"""Everything `lstat` and the extended attributes say about a thing, in words."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence
from datetime import UTC

from tfm.model.location import Location
from tfm.model.text import local_time
from tfm.storage.facets import Fact
from tfm.storage.guard import guarded
from tfm.storage.local.places import facts_of, path_of

_LONGEST_VALUE = 200
_NO_ATTRIBUTES = (errno.ENOTSUP, errno.ENODATA, errno.EPERM, errno.EACCES, errno.ENAMETOOLONG)


class LocalDescriptions:
    """The facet. Links are described themselves, never what they point to."""

    def describe(self, location: Location) -> Sequence[Fact]:
        """As the protocol."""
        with guarded(location, "look at"):
            facts = facts_of(location, follow=False)
            found = [
                Fact("Changed", _utc(facts.st_ctime_ns)),
                Fact("Accessed", _utc(facts.st_atime_ns)),
            ]
            if born := getattr(facts, "st_birthtime", None):
                found.insert(0, Fact("Created", _utc(round(born * 1e9))))
            mode = facts.st_mode
            found += [
                Fact("Permissions", f"{stat.filemode(mode)} ({stat.S_IMODE(mode):04o})"),
                Fact("Owner", f"{_named(_user, facts.st_uid)} ({facts.st_uid})"),
                Fact("Group", f"{_named(_group, facts.st_gid)} ({facts.st_gid})"),
                Fact("Hard links", f"{facts.st_nlink:,}"),
                Fact("Inode", f"{facts.st_ino} on device {_device(facts.st_dev)}"),
            ]
            if stat.S_ISREG(mode):
                found.append(Fact("On the disk", f"{facts.st_blocks * 512:,} bytes"))
            if stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
                found.append(Fact("Device", _device(facts.st_rdev)))
            if stat.S_ISLNK(mode):
                found.append(Fact("Leads to", os.readlink(path_of(location))))
            return [*found, *_attributes(path_of(location))]


def _utc(moment_ns: int) -> str:
    return f"{local_time(moment_ns, UTC, full=True)} UTC"


def _device(number: int) -> str:
    return f"{os.major(number)}:{os.minor(number)}"


def _named(lookup: Callable[[int], str], number: int) -> str:
    try:
        return lookup(number)
    except KeyError:
        return "unknown"


def _user(number: int) -> str:
    import pwd

    return pwd.getpwuid(number).pw_name


def _group(number: int) -> str:
    import grp

    return grp.getgrgid(number).gr_name


def _attributes(path: str) -> list[Fact]:
    """Extended attributes, where the system has them and lets us look."""
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_ATTRIBUTES:
            return []
        raise
    found = []
    for name in sorted(names):
        try:
            value = os.getxattr(path, name, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_ATTRIBUTES:
                raise
            found.append(Fact(f"Attribute {name}", "not readable"))
            continue
        found.append(Fact(f"Attribute {name}", _value(value)))
    return found


def _value(value: bytes) -> str:
    try:
        text = value.decode("utf-8").rstrip("\0")
    except UnicodeDecodeError:
        text = ""
    if not text.isprintable() or (value and not text):
        text = f"0x{value[: _LONGEST_VALUE // 2].hex()}"
    more = f" … ({len(value):,} bytes)" if len(text) > _LONGEST_VALUE else ""
    return (text[:_LONGEST_VALUE] + more) or "empty"
