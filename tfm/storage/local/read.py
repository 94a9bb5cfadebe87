"""Reads files, and notices when they change under the reader."""

from __future__ import annotations

import errno
import os
import stat

from tfm.model.entry import Entry, Kind
from tfm.model.errors import IsDirectory, NotFound, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Reader
from tfm.storage.guard import guarded
from tfm.storage.local.places import (
    entry_of,
    facts_of,
    is_same,
    lstat_in,
    open_directory,
    path_of,
    too_late,
)
from tfm.storage.local.syscalls import System, is_same_file

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def look(location: Location) -> os.stat_result:
    """`lstat`, at any length of path. What lies beneath a file does not exist."""
    try:
        return facts_of(location, follow=False)
    except NotADirectoryError as error:
        raise nothing_there(location) from error


def nothing_there(location: Location) -> NotFound:
    """The error for a path that leads through a file."""
    return NotFound(
        f"{safe_text(location.key)} does not exist: a part of its path is a file.", place=location
    )


def open_regular(location: Location, expected: Entry | None) -> tuple[int, os.stat_result]:
    """A descriptor of a regular file and its facts.

    Without `expected` (or if a link was expected) links are followed. FIFOs and devices are not even
    opened, for that alone may block or act.
    """
    path_of(location)
    if location.is_top:
        _must_be_regular(location, stat.S_IFDIR)
    follow = expected is None or expected.kind is Kind.LINK
    try:
        directory = open_directory(location.parent.key)
    except NotADirectoryError as error:
        raise nothing_there(location) from error
    try:
        if expected is not None:
            shown = lstat_in(directory, location.name)
            if not is_same(expected, entry_of(location.name, shown)):
                raise too_late(location, "read")
        before = os.stat(location.name, dir_fd=directory, follow_symlinks=follow)
        _must_be_regular(location, before.st_mode)
        flags = _FLAGS if follow else _FLAGS | os.O_NOFOLLOW
        fd = os.open(location.name, flags, dir_fd=directory)
    except OSError as error:
        if error.errno == errno.ELOOP and not follow:
            raise too_late(location, "read") from error
        raise
    finally:
        os.close(directory)
    try:
        facts = os.fstat(fd)
        _must_be_regular(location, facts.st_mode)
        if not follow and not is_same_file(before, facts):
            raise too_late(location, "read")
        os.set_blocking(fd, True)
    except BaseException:
        os.close(fd)
        raise
    return fd, facts


def _must_be_regular(location: Location, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsDirectory(
            f"Cannot read {safe_text(location.key)}: it is a directory.", place=location
        )
    if not stat.S_ISREG(mode):
        raise Unsupported(
            f"Cannot read {safe_text(location.key)}: it is a pipe, socket or device.",
            place=location,
            hint="Only regular files have contents to read.",
        )


def unchanged(before: os.stat_result, now: os.stat_result) -> bool:
    """True if size, time and identity are those of before (ctime is not: a chmod changes it)."""
    return (before.st_dev, before.st_ino, before.st_size, before.st_mtime_ns) == (
        now.st_dev,
        now.st_ino,
        now.st_size,
        now.st_mtime_ns,
    )


class LocalReader(Reader):
    """Reads from an offset to the end. Used by one thread."""

    def __init__(
        self,
        system: System,
        location: Location,
        offset: int,
        expected: Entry | None,
        length: int | None = None,
    ) -> None:
        self._system = system
        self._look = length
        self._location = location
        with guarded(location, "read"):
            self._fd, self._facts = open_regular(location, expected)
            try:
                if offset:
                    os.lseek(self._fd, offset, os.SEEK_SET)
            except BaseException:
                self.close()
                raise
        self.entry = entry_of(location.name, self._facts)
        self._expected = max(0, self._facts.st_size - offset)
        self._count = 0

    def read(self, size: int) -> bytes:
        """As the base; the end is only believed when the file is still what it was."""
        with guarded(self._location, "read"):
            if self._look is not None:  # a look at the file as it happens to be
                size = min(size, self._look - self._count)
            if size <= 0:
                return b""
            data = self._system.read(self._fd, size)
            self._count += len(data)
            if self._look is not None:
                return data
            if self._count > self._expected and not self._tells_no_size:
                raise self._changed()
            if not data and not self._is_whole():
                raise self._changed()
            return data

    def verify(self) -> Evidence:
        """As the base. Unsupported for what tells no size (`/proc`): nothing proves it whole."""
        with guarded(self._location, "read"):
            if self._count and self._tells_no_size:
                raise Unsupported(
                    f"{safe_text(self._location.key)} does not tell its size, so a copy of it "
                    "cannot be checked.",
                    place=self._location,
                )
            if self._look is None and not self._is_whole():
                raise self._changed()
            return Evidence.SIZE

    @property
    def _tells_no_size(self) -> bool:
        return self._facts.st_size == 0 and self._system.fstat(self._fd).st_size == 0

    def _is_whole(self) -> bool:
        if self._tells_no_size:
            return True
        now = self._system.fstat(self._fd)
        return self._count == self._expected and unchanged(self._facts, now)

    def _changed(self) -> Exception:
        return too_late(self._location, "read", "it changed while it was read")

    def close(self) -> None:
        """As the base."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
