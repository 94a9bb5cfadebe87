"""Gives things other names, atomically."""

from __future__ import annotations

import contextlib
import errno
import os

from tfm.model.change import Change, around, beneath
from tfm.model.entry import Entry
from tfm.model.errors import SameObject
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.guard import guarded
from tfm.storage.local.draft import already_exists
from tfm.storage.local.places import TEMP_NAMES, entry_of, is_same, lstat_in, parent_of, too_late
from tfm.storage.local.publish import publish_new
from tfm.storage.local.syscalls import System, is_directory, is_same_file


class LocalRename:
    """The facet."""

    def __init__(self, system: System) -> None:
        self._system = system

    def rename(
        self, source: Location, destination: Location, *, replaces: Entry | None = None
    ) -> Change:
        """As the protocol; a directory never replaces anything. SameObject for into itself.

        With `replaces` a moment stays open between the look at the destination and the rename: a
        swap of names would close it, but a crash in its middle would leave the old file under the
        name of the source.
        """
        if source == destination or source.holds(destination):
            raise into_itself(source)
        with (
            guarded(source, "rename"),
            parent_of(source) as (source_dir, name),
            parent_of(destination) as (target_dir, new_name),
        ):
            facts = lstat_in(source_dir, name)
            try:
                there = lstat_in(target_dir, new_name)
            except FileNotFoundError:
                there = None
            if there is not None and is_same_file(facts, there):
                self._same(source_dir, name, target_dir, new_name, destination, replaces)
            elif replaces is None:
                try:
                    publish_new(self._system, source_dir, name, target_dir, new_name)
                except FileExistsError as error:
                    raise already_exists(destination) from error
                except OSError as error:
                    if error.errno == errno.EINVAL and is_directory(facts):
                        raise into_itself(source) from error  # by way of a link
                    raise
            else:
                if there is None or not is_same(replaces, entry_of(new_name, there)):
                    raise too_late(destination, "replace")
                if is_directory(there) or is_directory(facts):
                    raise already_exists(destination)
                self._system.rename(source_dir, name, target_dir, new_name)
        return (beneath if is_directory(facts) else around)(source, destination)

    def _same(
        self,
        source_dir: int,
        name: str,
        target_dir: int,
        new_name: str,
        destination: Location,
        replaces: Entry | None,
    ) -> None:
        """Both names are one file: one name in two spellings, or two names (hard links)."""
        if _is_one_name(source_dir, name, target_dir, new_name):
            self._respell(source_dir, name, new_name)
        elif replaces is None:
            raise already_exists(destination)
        else:
            # rename(2) would do nothing here; the other name keeps the file
            self._system.unlink(source_dir, name)

    def _respell(self, directory: int, name: str, new_name: str) -> None:
        """Change only the spelling on a disk that folds case: by way of a third name."""
        temp = TEMP_NAMES.take()
        try:
            publish_new(self._system, directory, name, directory, temp)
            try:
                publish_new(self._system, directory, temp, directory, new_name)
            except BaseException:
                with contextlib.suppress(OSError):
                    publish_new(self._system, directory, temp, directory, name)
                raise
        finally:
            TEMP_NAMES.release(temp)


def into_itself(location: Location) -> SameObject:
    """The error for a thing that would become its own parent or successor."""
    return SameObject(
        f"{safe_text(location.key)} cannot be moved onto or into itself.",
        place=location,
        hint="Choose another destination.",
    )


def _is_one_name(source_dir: int, name: str, target_dir: int, new_name: str) -> bool:
    """True if the directory has only one entry for both names."""
    if not is_same_file(os.fstat(source_dir), os.fstat(target_dir)):
        return False
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=source_dir)
    try:
        names = frozenset(os.listdir(fd))
    finally:
        os.close(fd)
    return not (name in names and new_name in names)
