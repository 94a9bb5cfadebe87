"""Time, permissions, room, identity: small questions and changes about one place."""

from __future__ import annotations

import os
import stat
from collections.abc import Hashable, Sequence

from tfm.model.change import Change, around
from tfm.model.errors import Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.facets import Fate
from tfm.storage.guard import guarded
from tfm.storage.local.places import facts_of, lstat_in, open_directory, parent_of, path_of
from tfm.storage.local.syscalls import PASS_DIRECTORY


class LocalAttributes:
    """The facet."""

    def set_attributes(
        self, location: Location, *, mtime_ns: int | None = None, mode: int | None = None
    ) -> Change:
        """As the protocol. Unsupported for permissions of a link, which Linux does not have."""
        with guarded(location, "change"), parent_of(location) as (directory, name):
            facts = lstat_in(directory, name)
            if mode is not None:
                _set_mode(location, directory, name, facts, mode & 0o7777)
            if mtime_ns is not None:
                times = (facts.st_atime_ns, mtime_ns)
                os.utime(name, ns=times, dir_fd=directory, follow_symlinks=False)
        return around(location)


def _set_mode(
    location: Location, directory: int, name: str, facts: os.stat_result, mode: int
) -> None:
    if os.chmod in os.supports_follow_symlinks:  # pragma: no cover - macOS alone
        os.chmod(name, mode, dir_fd=directory, follow_symlinks=False)
        return
    if stat.S_ISLNK(facts.st_mode):
        raise Unsupported(
            f"{safe_text(location.key)} is a symbolic link, which has no permissions of its own.",
            place=location,
            hint="Change the thing it points to.",
        )
    # by descriptor: a link put there since must not lead the change elsewhere
    fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        os.chmod(f"/proc/self/fd/{fd}", mode)
    finally:
        os.close(fd)


class LocalFreeSpace:
    """The facet."""

    def free_bytes(self, location: Location) -> int:
        """As the protocol."""
        with guarded(location, "measure"):
            facts = os.statvfs(path_of(location))
            return facts.f_bavail * (facts.f_frsize or facts.f_bsize)


class LocalPaths:
    """The facets that need nothing but the path: the path itself, identity, retention."""

    def local_path(self, location: Location) -> str:
        """As the protocol."""
        return path_of(location)

    def identity(self, location: Location) -> Hashable:
        """As the protocol: device and inode behind all links."""
        with guarded(location, "look at"):
            facts = facts_of(location, follow=True)
        return _known_by(facts)

    def lineage(self, directory: Location) -> Sequence[Hashable]:
        """As the protocol: up by `..`, as far as one may look."""
        found: list[Hashable] = []
        with guarded(directory, "look at"):
            fd = open_directory(path_of(directory))
            try:
                while (known := _known_by(os.fstat(fd))) not in found:
                    found.append(known)
                    above = os.open("..", PASS_DIRECTORY, dir_fd=fd)
                    os.close(fd)
                    fd = above
            except PermissionError:
                pass
            finally:
                os.close(fd)
        return found

    def fate(self, location: Location) -> Fate:  # noqa: ARG002 - the same everywhere
        """As the protocol: what a disk deletes is gone."""
        return Fate.PERMANENT


def _known_by(facts: os.stat_result) -> Hashable:
    return "local", facts.st_dev, facts.st_ino
