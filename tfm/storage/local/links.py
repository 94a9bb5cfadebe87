"""Symbolic and hard links."""

from __future__ import annotations

import errno
import os

from tfm.model.change import Change, around
from tfm.model.errors import InvalidName, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.guard import guarded
from tfm.storage.local.places import parent_of
from tfm.storage.local.syscalls import System


class LocalLinks:
    """The facet."""

    def __init__(self, system: System) -> None:
        self._system = system

    def read_link(self, location: Location) -> str:
        """As the protocol. Unsupported for what is not a link."""
        with guarded(location, "read"), parent_of(location) as (directory, name):
            try:
                return os.readlink(name, dir_fd=directory)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                raise Unsupported(
                    f"{safe_text(location.key)} is not a symbolic link.", place=location
                ) from error

    def make_link(self, location: Location, target: str) -> Change:
        """As the protocol. The target need not exist."""
        if not target or "\0" in target:
            raise InvalidName("A link cannot point to that text.", place=location, verb="link")
        with guarded(location, "link"), parent_of(location) as (directory, name):
            os.symlink(target, name, dir_fd=directory)
        return around(location)

    def make_hard_link(self, location: Location, existing: Location) -> Change:
        """As the protocol; AlreadyExists if something is there. A link is linked itself."""
        with (
            guarded(location, "link"),
            parent_of(existing) as (source_dir, source),
            parent_of(location) as (directory, name),
        ):
            self._system.link(source_dir, source, directory, name)
        return around(location, existing)
