"""Lists a directory."""

from __future__ import annotations

import os
from collections.abc import Iterator

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind
from tfm.model.location import Location
from tfm.storage.base import Page
from tfm.storage.guard import guarded
from tfm.storage.local.places import (
    TEMP_NAMES,
    entry_in,
    entry_of,
    must_be_shown,
    open_directory,
    path_of,
)
from tfm.storage.local.syscalls import READ_DIRECTORY

PAGE = 1000
_CHECK_EVERY = 100  # entries; on a network disk each of them may be a round trip


def scan(directory: Location, cancel: CancelToken, expected: Entry | None = None) -> Iterator[Page]:
    """The entries in pages of 1,000, in the order of the disk; TooLate if it is not `expected`.

    A link is asked where it leads, so a link to a network disk that hangs makes the listing hang.
    """
    with guarded(directory, "list"):
        cancel.check()
        fd = open_directory(path_of(directory), READ_DIRECTORY)
        try:
            must_be_shown(fd, directory, expected, "list")
            page: list[Entry] = []
            with os.scandir(fd) as items:
                for item in items:
                    if item.name in TEMP_NAMES:
                        continue
                    entry = _entry(fd, item)
                    if entry is None:
                        continue
                    page.append(entry)
                    if len(page) % _CHECK_EVERY == 0:
                        cancel.check()
                    if len(page) >= PAGE:
                        yield page
                        cancel.check()
                        page = []
            if page:
                yield page
        finally:
            os.close(fd)


def _entry(directory: int, item: os.DirEntry[str]) -> Entry | None:
    """The entry; None if it vanished; without facts if it cannot be looked at."""
    try:
        facts = item.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError:
        return Entry(item.name, _kind_told(item))
    if item.is_symlink():
        return entry_in(directory, item.name, facts)
    return entry_of(item.name, facts)


def _kind_told(item: os.DirEntry[str]) -> Kind:
    """The kind as far as the directory itself tells it."""
    try:
        if item.is_dir(follow_symlinks=False):
            return Kind.DIRECTORY
        if item.is_symlink():
            return Kind.LINK
        return Kind.FILE if item.is_file(follow_symlinks=False) else Kind.DEVICE
    except OSError:
        return Kind.FILE
