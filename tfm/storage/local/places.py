"""From a place to a directory descriptor and a name, and from `lstat` to an `Entry`.

Every act opens the parent directory once and works on the name inside it, so that a parent that is
swapped meanwhile cannot lead it elsewhere. Paths longer than the system takes in one call are
walked in stretches.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tfm.model.entry import Entry, Kind, LocalDetails, same_content
from tfm.model.errors import Denied, InvalidName, TooLate
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.local.syscalls import PASS_DIRECTORY

_STRETCH = 1000  # bytes that fit into one call: PATH_MAX is 1,024 on macOS
_LONGEST_NAME = 255

_KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFLNK: Kind.LINK,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
}


def name_fault(name: str) -> str:
    """Why `name` cannot be a name on a local disk, as a sentence; empty if it can."""
    if name in ("", ".", ".."):
        return f"{name!r} is not a name for a file." if name else "The name is empty."
    if "\0" in name:
        return "A name cannot contain a NUL byte."
    if "/" in name:
        return "A name cannot contain a slash."
    try:
        length = len(os.fsencode(name))
    except UnicodeEncodeError:
        return "The name has characters that a local disk cannot hold."
    if length > _LONGEST_NAME:
        return f"The name has {length} bytes; a local disk holds at most {_LONGEST_NAME}."
    return ""


def refuses(location: Location, size: int | None) -> str:  # noqa: ARG001 - the disk judges sizes
    """Why a place cannot be stored here; empty if it can."""
    return name_fault(location.name)


def path_of(location: Location) -> str:
    """The absolute path. Raises InvalidName for a text the system would not take as a path."""
    key = location.key
    if not key.startswith("/") or "\0" in key:
        raise InvalidName(
            f"{safe_text(key)} is not an absolute path.", place=location, hint="Check the name."
        )
    try:
        os.fsencode(key)
    except UnicodeEncodeError as error:
        raise InvalidName(
            f"{safe_text(key)} has characters that a local disk cannot hold.", place=location
        ) from error
    return key


def open_directory(path: str, flags: int = PASS_DIRECTORY) -> int:
    """A descriptor of the directory at an absolute path of any length; links are followed."""
    try:
        return os.open(path, flags)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
    fd = os.open("/", PASS_DIRECTORY)
    try:
        rest = os.fsencode(path).strip(b"/")
        while rest:
            # a single name may be longer than a stretch: the system itself says what it thinks of it
            cut = rest.rfind(b"/", 0, _STRETCH) if len(rest) > _STRETCH else len(rest)
            stretch, rest = (rest, b"") if cut < 0 else (rest[:cut], rest[cut:].lstrip(b"/"))
            deeper = os.open(stretch, PASS_DIRECTORY if rest else flags, dir_fd=fd)
            os.close(fd)
            fd = deeper
    except BaseException:
        os.close(fd)
        raise
    return fd


@contextmanager
def parent_of(location: Location, within: Entry | None = None) -> Iterator[tuple[int, str]]:
    """The parent's descriptor and the name inside it. Raises InvalidName for what has no name.

    With `within`, TooLate if the parent is another directory than that.
    """
    path_of(location)
    if location.is_top:
        raise Denied("The root directory itself cannot be changed.", place=location)
    fault = name_fault(location.name)
    if fault:
        raise InvalidName(fault, place=location, hint="Choose another name.")
    fd = open_directory(location.parent.key)
    try:
        must_be_shown(fd, location.parent, within, "write into")
        yield fd, location.name
    finally:
        os.close(fd)


def lstat_in(directory: int, name: str) -> os.stat_result:
    """Facts of a name itself."""
    return os.stat(name, dir_fd=directory, follow_symlinks=False)


def facts_of(location: Location, *, follow: bool) -> os.stat_result:
    """`stat` or `lstat` of a place, at any length of path."""
    path = path_of(location)
    try:
        return os.stat(path, follow_symlinks=follow)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
    fd = open_directory(location.parent.key)
    try:
        return os.stat(location.name, dir_fd=fd, follow_symlinks=follow)
    finally:
        os.close(fd)


def kind_of(mode: int) -> Kind:
    """The kind by the type bits."""
    return _KINDS.get(stat.S_IFMT(mode), Kind.DEVICE)


def entry_of(
    name: str, facts: os.stat_result, target: str = "", *, to_directory: bool = False
) -> Entry:
    """The entry for what `lstat` said; only files have a size."""
    kind = kind_of(facts.st_mode)
    return Entry(
        name,
        kind,
        facts.st_size if kind is Kind.FILE else None,
        facts.st_mtime_ns,
        LocalDetails(
            facts.st_mode,
            facts.st_uid,
            facts.st_gid,
            facts.st_dev,
            facts.st_ino,
            facts.st_nlink,
            facts.st_ctime_ns,
            target,
            to_directory,
        ),
    )


def entry_in(directory: int, name: str, facts: os.stat_result) -> Entry:
    """As `entry_of`, with the target of a link."""
    if not stat.S_ISLNK(facts.st_mode):
        return entry_of(name, facts)
    try:
        target = os.readlink(name, dir_fd=directory)
    except OSError:
        target = ""
    try:
        leads_to = os.stat(name, dir_fd=directory)
        to_directory = stat.S_ISDIR(leads_to.st_mode)
    except OSError:  # dangling, circular, or not ours to look at
        to_directory = False
    return entry_of(name, facts, target, to_directory=to_directory)


def is_same(shown: Entry, now: Entry) -> bool:
    """True if `now` is the thing that was shown.

    A directory's time changes with everything inside it, so it is the same while its inode is.
    """
    if shown.is_directory and now.is_directory:
        one, other = shown.details, now.details
        if isinstance(one, LocalDetails) and isinstance(other, LocalDetails):
            return (one.dev, one.ino) == (other.dev, other.ino)
    return same_content(shown, now)


def must_be_shown(fd: int, directory: Location, shown: Entry | None, verb: str) -> None:
    """Raise TooLate unless an open directory is the one that was shown; None is any directory.

    A name on the way may have become a link, or a name of something else, since it was looked at.
    """
    if shown is None:
        return
    facts = os.fstat(fd)
    details = shown.details
    if not isinstance(details, LocalDetails) or (details.dev, details.ino) != (
        facts.st_dev,
        facts.st_ino,
    ):
        raise too_late(directory, verb, "another directory has taken its place")


def too_late(location: Location, verb: str, what: str = "it changed since it was shown") -> TooLate:
    """The error for something that is no longer what it was."""
    return TooLate(
        f"Cannot {verb} {safe_text(location.key)}: {what}.",
        place=location,
        verb=verb,
        hint="Refresh and try again.",
    )


class TempNames:
    """The temporary names this process is using right now; scans leave them out.

    Those of another process, or of one that was killed, are shown like any file.
    """

    PREFIX, SUFFIX = ".tfm-", ".part"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: set[str] = set()

    def take(self) -> str:
        """A fresh name: short and independent of the final one, so that it fits wherever that fits."""
        name = f"{self.PREFIX}{os.urandom(6).hex()}{self.SUFFIX}"
        with self._lock:
            self._names.add(name)
        return name

    def take_again(self, name: str) -> bool:
        """Use a name that a run before this one took; False if it is in use, or none of ours."""
        with self._lock:
            if name in self._names or not self.looks_like(name):
                return False
            self._names.add(name)
            return True

    def release(self, name: str) -> None:
        """The name is not ours any more."""
        with self._lock:
            self._names.discard(name)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def looks_like(self, name: str) -> bool:
        """True for any name of this form, whoever made it."""
        return (
            name.startswith(self.PREFIX)
            and name.endswith(self.SUFFIX)
            and len(name) == len(self.PREFIX) + 12 + len(self.SUFFIX)
        )


# One for the process: two storages of one process look into the same directories.
TEMP_NAMES = TempNames()
