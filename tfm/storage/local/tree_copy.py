"""Carries what surrounds the files of a tree: directories, links, further names of one file.

Every directory on the way is opened once and compared with the one that was seen or made; what is done
there is done by descriptor. A parent that is swapped for a link leads to an error, never elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from tfm.model.cancel import CancelToken
from tfm.model.change import around, beneath
from tfm.model.entry import Entry, Kind, LocalDetails
from tfm.model.errors import AlreadyExists, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints, Leftover, Page
from tfm.storage.facets import Made
from tfm.storage.guard import guarded
from tfm.storage.local.draft import Drafts, already_exists
from tfm.storage.local.metadata import LABELS, copy_metadata
from tfm.storage.local.places import (
    TEMP_NAMES,
    entry_in,
    entry_of,
    is_same,
    kind_of,
    lstat_in,
    must_be_shown,
    open_directory,
    parent_of,
    path_of,
    too_late,
)
from tfm.storage.local.publish import NO_LINKS, publish_new, publish_over
from tfm.storage.local.scan import scan
from tfm.storage.local.syscalls import IS_LINUX, PASS_DIRECTORY, READ_DIRECTORY, is_same_file

_PRIVATE = 0o700


class LocalTreeCopy:
    """The facet."""

    def __init__(self, drafts: Drafts) -> None:
        self._system = drafts.system
        self._always_sync = drafts.always_sync

    def pin(self, directory: Location) -> Entry:
        """As the protocol."""
        with guarded(directory, "open"):
            fd = open_directory(path_of(directory))
            try:
                return entry_of(directory.name, os.fstat(fd))
            finally:
                os.close(fd)

    def scan(self, directory: Location, expected: Entry, cancel: CancelToken) -> Iterator[Page]:
        """As the protocol."""
        return scan(directory, cancel, expected)

    def make_directory(self, location: Location, hints: Hints) -> Made:
        """As the protocol. Without a `mode` it gets 0777 without the mask."""
        mode = 0o777 if hints.mode is None else _PRIVATE
        with guarded(location, "make"), parent_of(location, hints.within) as (directory, name):
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, mode, dir_fd=directory)
            try:
                fd = os.open(name, PASS_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
            except OSError as error:
                if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                    raise
                kind = kind_of(lstat_in(directory, name).st_mode)
                raise AlreadyExists(
                    f"A {'symbolic link' if kind is Kind.LINK else kind.value} named {safe_text(name)} is in the way.",
                    place=location,
                    verb="make directory",
                    hint="Rename one of the two.",
                ) from error
            try:
                entry = entry_of(name, os.fstat(fd))
            finally:
                os.close(fd)
            self._sync(directory, hints)
        return Made(beneath(location), entry)

    def copy_link(self, source: Location, entry: Entry, target: Location, hints: Hints) -> Made:
        """As the protocol. It appears under its name with all its attributes."""
        with (
            guarded(source, "copy"),
            parent_of(source) as (source_dir, source_name),
            guarded(target, "link"),
            parent_of(target, hints.within) as (directory, name),
        ):
            facts = lstat_in(source_dir, source_name)
            if not stat.S_ISLNK(facts.st_mode) or not is_same(entry, entry_of(source_name, facts)):
                raise too_late(source, "copy")
            text = os.readlink(source_name, dir_fd=source_dir)
            with _Beside(directory, target, hints) as temp:
                os.symlink(text, temp.name, dir_fd=directory)
                temp.made = lstat_in(directory, temp.name)
                link = directory, temp.name
                notes = _copy_link_attributes((source_dir, source_name), facts, link)
                self._publish(directory, temp.name, target, hints)
            made = entry_in(directory, name, lstat_in(directory, name))
            self._sync(directory, hints)
        return Made(around(target), made, notes)

    def hard_link(self, first: Location, entry: Entry, target: Location, hints: Hints) -> Made:
        """As the protocol."""
        with (
            guarded(first, "link"),
            parent_of(first) as (first_dir, first_name),
            guarded(target, "link"),
            parent_of(target, hints.within) as (directory, name),
            _Beside(directory, target, hints, _inode_of(entry)) as temp,
        ):
            try:
                self._system.link(first_dir, first_name, directory, temp.name)
            except OSError as error:
                if error.errno not in NO_LINKS:
                    raise
                raise _no_link(first, "this disk makes no further name for it") from error
            # looked at under the new name: the old one may be another file's by now
            temp.made = lstat_in(directory, temp.name)
            if not is_same(entry, entry_of(first_name, temp.made)):
                raise _no_link(first, "it is no longer the copy that was made")
            notes = self._publish(directory, temp.name, target, hints)
            made = entry_in(directory, name, lstat_in(directory, name))
            self._sync(directory, hints)
        return Made(around(target), made, notes)

    def copy_attributes(
        self, source: Location, entry: Entry, target: Location, made: Entry, hints: Hints
    ) -> Made:
        """As the protocol."""
        with guarded(source, "read"), _opened(source, entry, "read") as source_fd:
            facts = os.fstat(source_fd)
            with guarded(target, "change"), _opened(target, made, "change") as fd:
                notes = copy_metadata(self._system, source_fd, facts, fd, mtime_ns=entry.mtime_ns)
                now = entry_of(target.name, os.fstat(fd))
                self._sync(fd, hints)
        return Made(around(target), now, notes)

    def _sync(self, directory: int, hints: Hints) -> None:
        """Make names durable before anybody removes what they stand for."""
        wanted = hints.durable if self._always_sync is None else self._always_sync
        if wanted:
            self._system.fsync_directory(directory)

    def _publish(
        self, directory: int, temp: str, target: Location, hints: Hints
    ) -> tuple[str, ...]:
        if hints.replaces is not None:
            return publish_over(self._system, directory, temp, target.name, target, hints.replaces)
        try:
            publish_new(self._system, directory, temp, directory, target.name)
        except FileExistsError as error:
            raise already_exists(target) from error
        return ()


class _Beside:
    """A temporary name. What was `made` there goes again unless it got its own name; nothing else
    does, for a swap of names may have left somebody's file there.
    """

    def __init__(self, directory: int, target: Location, hints: Hints, identity: str = "") -> None:
        self._directory = directory
        self.name = TEMP_NAMES.take()
        self.made: os.stat_result | None = None
        path = f"{target.parent.key.rstrip('/')}/{self.name}"
        self._leftover = Leftover(target, path, identity)
        self._trail = hints.trail

    def __enter__(self) -> Self:
        self._trail.leave(self._leftover)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self.made is not None:
            with contextlib.suppress(OSError):
                if is_same_file(self.made, lstat_in(self._directory, self.name)):
                    os.unlink(self.name, dir_fd=self._directory)
        with contextlib.suppress(OSError):
            if not self._is_there():
                self._trail.gone(self._leftover)
        TEMP_NAMES.release(self.name)

    def _is_there(self) -> bool:
        try:
            lstat_in(self._directory, self.name)
        except FileNotFoundError:
            return False
        return True


@contextlib.contextmanager
def _opened(location: Location, shown: Entry, verb: str) -> Iterator[int]:
    fd = open_directory(path_of(location), READ_DIRECTORY)
    try:
        must_be_shown(fd, location, shown, verb)
        yield fd
    finally:
        os.close(fd)


def _inode_of(entry: Entry) -> str:
    """The identity of a leftover that is one more name for a known file."""
    return str(entry.details.ino) if isinstance(entry.details, LocalDetails) else ""


def _no_link(first: Location, why: str) -> StorageError:
    return Unsupported(f"No hard link to {safe_text(first.name)}: {why}.", place=first, verb="link")


def _copy_link_attributes(
    source: tuple[int, str], facts: os.stat_result, target: tuple[int, str]
) -> tuple[str, ...]:
    """Owner, attributes and times of the link itself; it has no permissions of its own."""
    directory, name = target
    notes: list[str] = []
    now = lstat_in(directory, name)
    if (now.st_uid, now.st_gid) != (facts.st_uid, facts.st_gid):
        try:
            os.chown(name, facts.st_uid, facts.st_gid, dir_fd=directory, follow_symlinks=False)
        except OSError:
            notes.append("Owner or group was not kept.")
    lost = _copy_link_xattrs(source, target)
    if lost:
        notes.append(f"Extended attributes were not kept: {safe_text(', '.join(lost))}.")
    try:
        times = (facts.st_atime_ns, facts.st_mtime_ns)
        os.utime(name, ns=times, dir_fd=directory, follow_symlinks=False)
    except (OSError, OverflowError):
        notes.append("Modification time was not kept.")
    return tuple(notes)


def _copy_link_xattrs(source: tuple[int, str], target: tuple[int, str]) -> list[str]:
    """Returns the names of those that were not kept. There is no descriptor of a link to set them on."""
    if not IS_LINUX:
        return []
    here, there = (f"/proc/self/fd/{directory}/{name}" for directory, name in (source, target))
    lost: list[str] = []
    try:
        names = os.listxattr(here, follow_symlinks=False)
    except OSError:
        return lost
    for name in names:
        try:
            value = os.getxattr(here, name, follow_symlinks=False)
        except OSError:
            continue  # gone, or not ours to read
        try:
            os.setxattr(there, name, value, follow_symlinks=False)
        except OSError:
            if name not in LABELS:
                lost.append(name)
    return lost
