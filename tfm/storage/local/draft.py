"""A file that grows beside its name and is published whole.

Order of things: directory opened once → temporary name, exclusively → contents (whoever owns the
draft) → metadata by descriptor → fsync → close → publish → fsync of the directory. Whatever fails,
the temporary file goes and what stood at the destination still stands.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from dataclasses import dataclass

from tfm.model.change import around
from tfm.model.errors import (
    AlreadyExists,
    Corrupt,
    InvalidName,
    IsDirectory,
    NotDirectory,
    StorageError,
)
from tfm.model.location import Location
from tfm.model.text import exact_size, safe_text
from tfm.storage.base import Evidence, Hints, Written
from tfm.storage.local.places import (
    TEMP_NAMES,
    entry_of,
    is_same,
    lstat_in,
    name_fault,
    open_directory,
    path_of,
    too_late,
)
from tfm.storage.local.publish import publish_new, publish_over
from tfm.storage.local.syscalls import System, has_default_acl, is_same_file, umask

RESERVE_FROM = 8 * 1024 * 1024  # bytes; below, asking costs more than it tells
_TIME_GRAIN = 2_000_000_000  # ns; FAT keeps even seconds


class Draft:
    """One unfinished file: descriptor, directory, temporary name. `abort` is idempotent.

    `always_sync`: None for "as the hints say", else True or False.
    """

    def __init__(
        self, system: System, location: Location, hints: Hints, always_sync: bool | None
    ) -> None:
        self.system = system
        self.location = location
        self.hints = hints
        self.fd = -1
        self._always_sync = always_sync
        self._lock = threading.Lock()
        self._name = location.name
        self._temp = ""
        self._facts: os.stat_result | None = None
        path_of(location)
        fault = name_fault(self._name)
        if fault:
            raise InvalidName(fault, place=location, hint="Choose another name.")
        self._directory = _open_parent(location)
        try:
            self.replaced = self._look_at_destination()
            self._inherits = has_default_acl(location.parent.key)
            self._create()
        except BaseException:
            self.abort()
            raise

    def _look_at_destination(self) -> os.stat_result | None:
        """Say early what the publish would say after all bytes were written."""
        shown = self.hints.replaces
        try:
            facts = lstat_in(self._directory, self._name)
        except FileNotFoundError:
            if shown is not None:
                raise too_late(self.location, "replace", "it is not there any more") from None
            return None
        if shown is None:
            raise already_exists(self.location)
        if shown.is_directory:
            raise IsDirectory(
                f"Cannot replace {safe_text(self.location.key)}: it is a directory.",
                place=self.location,
            )
        if not is_same(shown, entry_of(self._name, facts)):
            raise too_late(self.location, "replace")
        return facts

    def _create(self) -> None:
        temp = TEMP_NAMES.take()
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        # where the directory dictates permissions, only the kernel can work them out, at creation
        mode = 0o666 if self._inherits and self.replaced is None else 0o600
        try:
            self.fd = os.open(temp, flags, mode, dir_fd=self._directory)
        except BaseException:
            TEMP_NAMES.release(temp)
            raise
        self._temp, self._facts = temp, os.fstat(self.fd)

    def reserve(self) -> None:
        """Take the room for the announced size where that is cheap. Raises NoSpace by errno."""
        if self.hints.size and self.hints.size >= RESERVE_FROM:
            self.system.reserve(self.fd, self.hints.size)

    def check_size(self, count: int) -> None:
        """Raise Corrupt unless `count` bytes were announced, written, and are stored."""
        stored = self.system.fstat(self.fd).st_size
        announced = self.hints.size
        if (announced is not None and count != announced) or stored != count:
            raise Corrupt(
                f"Cannot write {safe_text(self.location.key)}: {exact_size(stored)} arrived"
                + (f" instead of {exact_size(announced)}." if announced is not None else "."),
                place=self.location,
                verb="write",
                hint="Nothing was changed there. Try again.",
            )

    def apply_hints(self) -> tuple[str, ...]:
        """Mode and times as the hints or the replaced file say; returns what was not kept."""
        notes: list[str] = []
        mode = self.hints.mode
        if self.replaced is not None and stat.S_ISREG(self.replaced.st_mode):
            self._keep_owner_and_acl(self.replaced)
            if mode is None:
                mode = stat.S_IMODE(self.replaced.st_mode)
        if mode is None and not self._inherits:
            mode = 0o666 & ~umask()
        if mode is not None:
            try:
                # set-id bits belong to the old contents and the old owner, never to these
                self.system.set_mode(self.fd, mode & 0o1777)
            except OSError:
                notes.append("Permissions were not kept.")
        if self.hints.mtime_ns is not None:
            try:
                self.system.set_times(self.fd, time.time_ns(), self.hints.mtime_ns)
                kept = self.system.fstat(self.fd).st_mtime_ns
                if abs(kept - self.hints.mtime_ns) > _TIME_GRAIN:
                    notes.append("Modification time was not kept.")
            except (OSError, OverflowError):
                notes.append("Modification time was not kept.")
        return tuple(notes)

    def _keep_owner_and_acl(self, old: os.stat_result) -> None:
        """Whoever could use the replaced file can use the new one, as far as we may decide that."""
        now = self.system.fstat(self.fd)
        if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid):
            with contextlib.suppress(OSError):
                self.system.set_owner(self.fd, old.st_uid, old.st_gid)
        name = "system.posix_acl_access"
        if hasattr(os, "getxattr"):
            with contextlib.suppress(OSError):
                path = f"/proc/self/fd/{self._directory}/{self._name}"
                acl = os.getxattr(path, name, follow_symlinks=False)
                self.system.set_attribute(self.fd, name, acl)

    @property
    def _syncs(self) -> bool:
        if self._always_sync is not None:
            return self._always_sync
        return self.hints.durable or self.hints.replaces is not None

    def publish(self, notes: tuple[str, ...], evidence: Evidence) -> Written:
        """fsync, close, put under its name. Raises AlreadyExists or TooLate, then nothing changed.

        An error of the last step, the fsync of the directory, comes after the file is in place.
        """
        syncs = self._syncs
        if syncs:
            self.system.fsync(self.fd)
        fd, self.fd = self.fd, -1
        self.system.close(fd)
        facts = lstat_in(self._directory, self._temp)
        if self._facts is None or not is_same_file(self._facts, facts):
            raise too_late(self.location, "write", "its temporary file was taken away")
        notes += self._put()
        try:
            with contextlib.suppress(OSError):
                now = lstat_in(self._directory, self._name)  # the publish moved ctime
                facts = now if is_same_file(now, facts) else facts
            entry = entry_of(self._name, facts)
            if syncs:
                self.system.fsync_directory(self._directory)
        finally:
            self.abort()
        return Written(around(self.location), entry, evidence, notes)

    def _put(self) -> tuple[str, ...]:
        shown = self.hints.replaces
        if shown is None:
            try:
                publish_new(self.system, self._directory, self._temp, self._directory, self._name)
            except FileExistsError as error:
                raise already_exists(self.location) from error
            notes: tuple[str, ...] = ()
        else:
            notes = publish_over(
                self.system, self._directory, self._temp, self._name, self.location, shown
            )
        self._forget_temp()
        return notes

    def _forget_temp(self) -> None:
        temp, self._temp = self._temp, ""
        if temp:
            TEMP_NAMES.release(temp)

    def close_file(self) -> None:
        """Give the file's descriptor back, without asking how that went."""
        with self._lock:
            if self.fd >= 0:
                fd, self.fd = self.fd, -1
                with contextlib.suppress(OSError):
                    os.close(fd)

    def abort(self, *, in_use: bool = False) -> None:
        """Remove what is unfinished and give the descriptors back.

        While a thread is still writing (`in_use`) the file stays open until `close_file`: its
        number must not become another file's under that thread's hands.
        """
        if not in_use:
            self.close_file()
        with self._lock:
            if self._directory >= 0:
                directory, self._directory = self._directory, -1
                if self._temp and self._facts is not None:
                    with contextlib.suppress(OSError):
                        # only what is ours: a swap of names may have put something else there
                        if is_same_file(self._facts, lstat_in(directory, self._temp)):
                            os.unlink(self._temp, dir_fd=directory)
                os.close(directory)
            self._forget_temp()


def already_exists(location: Location) -> AlreadyExists:
    """The error for a name that is taken."""
    return AlreadyExists(f"{safe_text(location.key)} already exists.", place=location)


def _open_parent(location: Location) -> int:
    try:
        return open_directory(location.parent.key)
    except NotADirectoryError as error:
        raise NotDirectory(
            f"Cannot write into {safe_text(location.parent.key)}: it is not a directory.",
            place=location,
        ) from error


@dataclass(frozen=True, slots=True)
class Sync:
    """The option `fsync`: auto (replacements and whatever is asked to be durable), always, off."""

    always: bool | None

    @classmethod
    def parse(cls, value: object) -> Sync:
        """Raises StorageError for another word."""
        words = {"auto": None, "always": True, "off": False}
        if value not in words:
            raise StorageError(f"The option fsync is {value!r}; it can be auto, always or off.")
        return cls(words[str(value)])
