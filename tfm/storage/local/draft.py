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
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tfm.model.change import around
from tfm.model.entry import Entry
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    Corrupt,
    InvalidName,
    IsDirectory,
    NotDirectory,
    NotFound,
    StorageError,
)
from tfm.model.location import Location
from tfm.model.text import exact_size, safe_text
from tfm.storage.base import Evidence, Extent, Hints, Leftover, Written
from tfm.storage.guard import guarded
from tfm.storage.local.places import (
    TEMP_NAMES,
    entry_of,
    is_same,
    lstat_in,
    must_be_shown,
    name_fault,
    open_directory,
    parent_of,
    path_of,
    too_late,
)
from tfm.storage.local.publish import publish_new, publish_over
from tfm.storage.local.syscalls import System, has_default_acl, is_same_file, umask

RESERVE_FROM = 8 * 1024 * 1024  # bytes; below, asking costs more than it tells
_BLOCK = 1024 * 1024
_TIME_GRAIN = 2_000_000_000  # ns; FAT keeps even seconds


class Drafts:
    """Begins drafts and knows those that are open: the `unfinished` facet of the disk."""

    def __init__(self, system: System, sync: Sync) -> None:
        self.system = system
        self.always_sync = sync.always
        self._lock = threading.Lock()
        self._open: set[Draft] = set()
        self._closing = False

    def begin(self, location: Location, hints: Hints) -> Draft:
        """A draft beside `location`. Raises Cancelled once the program leaves."""
        return Draft(self, location, hints)

    def add(self, draft: Draft) -> None:
        """Remember one before its file exists, so that none is missed."""
        with self._lock:
            if self._closing:
                raise Cancelled
            self._open.add(draft)

    def forget(self, draft: Draft) -> None:
        """It was published, or its file is gone."""
        with self._lock:
            self._open.discard(draft)

    def abort_unfinished(self, seconds: float, /) -> list[str]:
        """As the protocol; a thread that hangs inside a write keeps only its descriptor."""
        deadline = time.monotonic() + seconds
        with self._lock:
            self._closing = True
            drafts = list(self._open)
        left = [
            draft.temporary_path
            for draft in drafts
            if not draft.give_up(max(0.0, deadline - time.monotonic()))
        ]
        return sorted(safe_text(path) for path in left)

    def remove_leftover(self, leftover: Leftover, replaced: Entry | None) -> None:
        """As the protocol: our file, or what it was swapped with. Where nothing could be replaced, its
        name alone tells, which nobody guesses.
        """
        place = Location(leftover.place.root, leftover.name)
        with guarded(place, "remove"):
            if not TEMP_NAMES.looks_like(place.name):
                raise StorageError(f"{safe_text(leftover.name)} is no temporary file of tfm.")
            with parent_of(place) as (directory, name):
                try:
                    facts = lstat_in(directory, name)
                except FileNotFoundError:
                    return
                if leftover.identity:
                    ours = identity_of(facts) == leftover.identity
                else:
                    ours = replaced is None or (stat.S_ISREG(facts.st_mode) and not facts.st_size)
                swapped = replaced is not None and is_same(replaced, entry_of(replaced.name, facts))
                if stat.S_ISDIR(facts.st_mode) or not (ours or swapped):
                    raise StorageError(
                        f"{safe_text(leftover.name)} is not what tfm wrote.",
                        place=place,
                        verb="remove",
                        hint="Look at it, then rename or delete it yourself.",
                    )
                os.unlink(name, dir_fd=directory)


class Draft:
    """One unfinished file: descriptor, directory, temporary name. `abort` is idempotent."""

    def __init__(self, drafts: Drafts, location: Location, hints: Hints) -> None:
        self.system = drafts.system
        self.location = location
        self.hints = hints
        self.fd = -1
        self._drafts = drafts
        # held while the file gets its name, so that giving up never touches what it just replaced
        self._lock = threading.RLock()
        self._name = location.name
        self._temp = ""
        self._given_up = False
        self.held: tuple[Extent, ...] = ()
        self._worth_keeping = False
        self._facts: os.stat_result | None = None
        path_of(location)
        fault = name_fault(self._name)
        if fault:
            raise InvalidName(fault, place=location, hint="Choose another name.")
        drafts.add(self)
        self._directory = -1
        try:
            self._directory = _open_parent(location)
            must_be_shown(self._directory, location.parent, hints.within, "write into")
            self.replaced = self._look_at_destination()
            self._inherits = has_default_acl(location.parent.key)
            if not self._take_up():
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
        dictated = self._inherits and self.replaced is None and self.hints.mode is None
        mode = 0o666 if dictated else 0o600
        with self._lock:
            self._temp = temp
            try:
                if self._given_up:
                    raise Cancelled
                self.hints.trail.leave(self._leftover())
                self.fd = os.open(temp, flags, mode, dir_fd=self._directory)
            except BaseException:
                self._forget_temp()
                raise
            self._facts = os.fstat(self.fd)
            if self.hints.replaces is not None or (self.hints.size or 0) >= RESERVE_FROM:
                # where names may be swapped, or a later run may go on, it must be told from others
                self.hints.trail.leave(self._leftover())

    def _take_up(self) -> bool:
        """Go on with the file of an interrupted run, if it is still that one and nobody else's."""
        for leftover in self.hints.trail.earlier():
            directory, _, name = leftover.name.rpartition("/")
            if not leftover.extents or directory != self.location.parent.key.rstrip("/"):
                continue
            fd = self._open_again(name, leftover)
            if fd is None:
                continue
            with self._lock:
                self.fd, self._temp, self._facts = fd, name, os.fstat(fd)
            self.held = leftover.extents
            return True
        return False

    def _open_again(self, name: str, leftover: Leftover) -> int | None:
        if not TEMP_NAMES.take_again(name):
            return None
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        fd = -1
        try:
            fd = os.open(name, flags, dir_fd=self._directory)
            facts = os.fstat(fd)
            if (
                identity_of(facts) == leftover.identity
                and stat.S_ISREG(facts.st_mode)
                and facts.st_nlink == 1
                and facts.st_uid == os.geteuid()
                and facts.st_size <= (self.hints.size or 0)
            ):
                return fd
        except OSError:
            pass  # whatever keeps us from it: then it is made anew, and that one is cleared up
        if fd >= 0:
            os.close(fd)
        TEMP_NAMES.release(name)
        return None

    def arrived(self, extent: Extent) -> None:
        """These bytes are in the file: worth keeping, if the program is cut off."""
        self._worth_keeping = True
        self.hints.trail.arrived(self._leftover(), extent)

    @property
    def _stays(self) -> bool:
        return self.hints.trail.stays and (self._worth_keeping or bool(self.held))

    def _leftover(self) -> Leftover:
        return Leftover(self.location, self.temporary_path, identity_of(self._facts))

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

    def read_back(self, expected: Iterable[Extent], size: int) -> None:
        """Compare what the medium holds with what was written: extents that make up all `size` bytes.

        Raises Corrupt.
        """
        self.system.fsync(self.fd)
        self.system.drop_cache(self.fd)
        end, same = 0, True
        for extent in sorted(expected):
            same = same and extent.offset == end
            same = same and extent.crc == crc_of(self.system, self.fd, extent.offset, extent.size)
            end += extent.size
        if not same or end != size:
            raise Corrupt(
                f"Cannot write {safe_text(self.location.key)}: the disk gives back other bytes "
                "than were written.",
                place=self.location,
                verb="write",
                hint="Nothing was changed there. The disk, its cable or the memory is failing.",
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
        if self.hints.read_back:
            return True
        if self._drafts.always_sync is not None:
            return self._drafts.always_sync
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
        with self._lock:
            if self._given_up:
                raise Cancelled
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
        if not notes:
            self.hints.trail.gone(self._leftover())
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
                if self._temp and not self._stays and self._unlink():
                    self.hints.trail.gone(self._leftover())
                directory, self._directory = self._directory, -1
                os.close(directory)
            self._forget_temp()
        self._drafts.forget(self)

    def _unlink(self) -> bool:
        """Remove the temporary file; True if none of ours is left."""
        if not self._temp or self._facts is None:
            return True
        try:
            # only what is ours: a swap of names may have put something else there
            if is_same_file(self._facts, lstat_in(self._directory, self._temp)):
                os.unlink(self._temp, dir_fd=self._directory)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    @property
    def temporary_path(self) -> str:
        """Where the unfinished file is now."""
        return f"{self.location.parent.key.rstrip('/')}/{self._temp}"

    def give_up(self, seconds: float) -> bool:
        """Remove the unfinished file although a thread may still be at work on it; never publish it.
        One that a journal keeps for a later run stays.

        False if that did not succeed within `seconds`. The descriptors stay open: the process ends.
        """
        if not self._lock.acquire(timeout=seconds):
            return False
        try:
            self._given_up = True
            return self._directory < 0 or self._stays or self._unlink()
        finally:
            self._lock.release()


def blocks_of(system: System, fd: int, offset: int, size: int) -> Iterator[bytes]:
    """These bytes of a file as they are now, in blocks; fewer where it ends before."""
    end = offset + size
    while offset < end and (block := system.pread(fd, min(_BLOCK, end - offset), offset)):
        yield block
        offset += len(block)


def crc_of(system: System, fd: int, offset: int, size: int) -> int:
    """CRC-32 of these bytes of a file as they are now."""
    crc = 0
    for block in blocks_of(system, fd, offset, size):
        crc = zlib.crc32(block, crc)
    return crc


def identity_of(facts: os.stat_result | None) -> str:
    """The inode: with a name that nobody guesses it is enough, and devices change with every boot."""
    return "" if facts is None else str(facts.st_ino)


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
            hint="Choose another destination.",
        ) from error
    except FileNotFoundError as error:
        raise NotFound(
            f"Cannot write {safe_text(location.key)}: its directory does not exist.",
            place=location,
            hint="It may have been removed or renamed. Refresh, or choose another one.",
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
