"""Puts a finished file under its name: atomically, and never over something nobody agreed to lose."""

from __future__ import annotations

import contextlib
import errno
import os

from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.storage.local.places import entry_of, is_same, lstat_in, too_late
from tfm.storage.local.syscalls import NOT_ABLE, Lacking, System, is_directory

NO_LINKS = NOT_ABLE | {errno.EPERM, errno.EMLINK}


def publish_new(system: System, source_dir: int, source: str, target_dir: int, target: str) -> None:
    """Rename to a name that must be free. Raises FileExistsError if it is not."""
    try:
        system.rename_new(source_dir, source, target_dir, target)
        return
    except Lacking:
        pass
    if os.fstat(source_dir).st_dev != os.fstat(target_dir).st_dev:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    if is_directory(lstat_in(source_dir, source)):
        # rename replaces an empty directory, so ours takes the name first
        os.mkdir(target, 0o700, dir_fd=target_dir)
        try:
            system.rename(source_dir, source, target_dir, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.rmdir(target, dir_fd=target_dir)
            raise
        return
    try:
        system.link(source_dir, source, target_dir, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        _publish_over_own(system, source_dir, source, target_dir, target)
        return
    system.unlink(source_dir, source)


def _publish_over_own(
    system: System, source_dir: int, source: str, target_dir: int, target: str
) -> None:
    """For disks without hard links (FAT): take the name with an empty file, then rename over it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(target, flags, 0o600, dir_fd=target_dir))
    try:
        system.rename(source_dir, source, target_dir, target)
    except BaseException:
        with contextlib.suppress(OSError):
            system.unlink(target_dir, target)
        raise


def publish_over(
    system: System, directory: int, temp: str, name: str, location: Location, shown: Entry
) -> tuple[str, ...]:
    """Replace the thing that was shown, and nothing else. Raises TooLate.

    Where the kernel can swap two names, the old file is looked at once more after it left its name
    and is put back if it is not the one: between look and swap nobody can slip a file in that is
    then lost. Elsewhere a moment stays open between look and rename.
    """
    _must_be_shown(directory, name, location, shown)
    try:
        system.exchange(directory, temp, name)
    except Lacking:
        system.rename(directory, temp, directory, name)
        return ()
    except FileNotFoundError as error:
        raise too_late(location, "replace", "it is not there any more") from error
    try:
        _must_be_shown(directory, temp, location, shown)
    except BaseException:
        system.exchange(directory, temp, name)
        raise
    try:
        system.unlink(directory, temp)
    except OSError:
        return (f"The replaced file could not be removed; it is now called {temp}.",)
    return ()


def _must_be_shown(directory: int, name: str, location: Location, shown: Entry) -> None:
    try:
        facts = lstat_in(directory, name)
    except FileNotFoundError as error:
        raise too_late(location, "replace", "it is not there any more") from error
    if not is_same(shown, entry_of(name, facts)):
        raise too_late(location, "replace")
