"""`mem://`: scratch space that lives as long as the program."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, around, beneath
from tfm.model.columns import Column
from tfm.model.entry import Entry, same_content
from tfm.model.errors import NotFound, SameObject, StorageError, TooLate
from tfm.model.location import Location, Root, Style
from tfm.model.order import SortKey
from tfm.model.text import local_time, short_size
from tfm.storage.base import (
    Evidence,
    Features,
    Hints,
    Page,
    Reader,
    Removal,
    Storage,
    Work,
    Writer,
    Written,
)
from tfm.storage.facets import Facets, Fate
from tfm.storage.memory import flat, tree
from tfm.storage.memory.containers import MemoryContainers
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.locks import MemoryLocks
from tfm.storage.memory.reports import MemoryReports
from tfm.storage.memory.settings import MemorySettings
from tfm.storage.memory.shelf import Clock, Shelf, refusal
from tfm.storage.memory.streams import MemoryReader, MemoryWriter
from tfm.storage.memory.tree import TreeShelf
from tfm.storage.memory.uploads import MemoryUploads

COLUMNS = (
    Column("size", "Size", 5, lambda entry: short_size(entry.size), SortKey.SIZE, right=True),
    Column("time", "Modified", 16, lambda e: local_time(e.source_mtime_ns), SortKey.TIME),
)


class MemoryStorage(Storage):
    """One store of its own per instance. The style of the root decides how it keeps names.

    Options: `real_directories` (bool; must agree with the style), `page_size` (rows), `cache_ttl`
    (seconds), `clock` (a callable giving nanoseconds since 1970), and `server_copy`, `delete_many`,
    `rename`, `walk`, `containers` (bool) to switch an ability off. Raises ValueError for an option it cannot take.
    """

    columns = COLUMNS

    def __init__(self, root: Root, options: Mapping[str, object]) -> None:
        self.root = root
        real = root.style is Style.PATH
        if options.get("real_directories", real) is not real:
            raise ValueError(f"real_directories does not agree with names in {root.style} style")
        clock = cast("Clock", options.get("clock", time.time_ns))
        self.page_size = int(cast("int", options.get("page_size", 1000)))
        self.shelf: Shelf = TreeShelf(clock) if real else FlatShelf(clock)
        self.features = Features(
            "memory",
            real_directories=real,
            cache_ttl=float(cast("float", options.get("cache_ttl", 60.0))),
            free_names=not real,
            refuses=tree.refuses if real else flat.refuses,
        )
        self.facets = self._abilities(lambda name: bool(options.get(name, True)))

    def _abilities(self, wanted: Callable[[str], bool]) -> Facets:
        shelf = self.shelf
        grown = shelf if isinstance(shelf, TreeShelf) else None
        flat_one = shelf if isinstance(shelf, FlatShelf) else None
        return Facets(
            rename=_Rename(grown) if grown and wanted("rename") else None,
            attributes=_Attributes(grown) if grown else None,
            server_copy=_ServerCopy(shelf) if wanted("server_copy") else None,
            delete_many=_DeleteMany(shelf) if wanted("delete_many") else None,
            walk=_Walk(flat_one, self.page_size) if flat_one and wanted("walk") else None,
            retention=_Retention(),
            containers=MemoryContainers(flat_one) if flat_one and wanted("containers") else None,
            settings=MemorySettings(flat_one) if flat_one else None,
            uploads=MemoryUploads(flat_one, self.page_size) if flat_one else None,
            locks=MemoryLocks(flat_one) if flat_one else None,
            reports=MemoryReports() if flat_one else None,
        )

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """The entries, `page_size` at a time, all as they were at the first page."""
        cancel.check()
        return _pages(self.shelf.rows(directory), self.page_size, cancel)

    def stat(self, location: Location) -> Entry:
        """The facts of one thing."""
        return self.shelf.stat(location)

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        """Open a file; what is read is what stood there now."""
        with self.shelf.lock:
            content = self.shelf.content(location)
            entry = self.shelf.stat(location)
        _check_source(location, "read", expected, entry)
        data = content.data if length is None else content.data[: offset + length]
        return MemoryReader(entry, data, offset)

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        """Begin to write; a refusal that is already certain comes at once."""
        self.shelf.check_place(location, hints)
        return MemoryWriter(self.shelf, location, hints, work)

    def mkdir(self, location: Location) -> Change:
        """Make one directory; at the top of a key store, a container."""
        self.shelf.mkdir(location)
        return beneath(location)

    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
        """Remove one file or empty directory."""
        self.shelf.remove(location, expected)
        return beneath(location)

    def close(self) -> None:
        """Nothing is held."""


def _pages(rows: Sequence[Entry], size: int, cancel: CancelToken) -> Iterator[Page]:
    for start in range(0, len(rows), size):
        cancel.check()
        yield rows[start : start + size]


def _check_source(location: Location, verb: str, expected: Entry | None, now: Entry) -> None:
    if expected is not None and not same_content(expected, now):
        raise refusal(TooLate, location, verb, "it changed meanwhile.", "Refresh and look again.")


class _Rename:
    """Gives a file or a directory of a tree another name."""

    def __init__(self, shelf: TreeShelf) -> None:
        self._shelf = shelf

    def rename(
        self, source: Location, destination: Location, *, replaces: Entry | None = None
    ) -> Change:
        """Move within this storage."""
        self._shelf.rename(source, destination, replaces)
        return beneath(source, destination)


class _Attributes:
    """Sets time and permission bits in a tree."""

    def __init__(self, shelf: TreeShelf) -> None:
        self._shelf = shelf

    def set_attributes(
        self, location: Location, *, mtime_ns: int | None = None, mode: int | None = None
    ) -> Change:
        """Set what is given."""
        self._shelf.set_attributes(location, mtime_ns, mode)
        return around(location)


class _ServerCopy:
    """Copies by sharing the bytes, which never change."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def copy(
        self, source: Location, entry: Entry, destination: Location, hints: Hints, work: Work
    ) -> Written:
        """Copy one file; time and mode come along unless the hints say others."""
        work.cancel.check()
        shelf = self._shelf
        if source == destination and hints.replaces is not None:
            raise refusal(SameObject, source, "copy", "it cannot be copied onto itself.")
        with shelf.lock:
            held = shelf.content(source, "copy")
            _check_source(source, "copy", entry, shelf.stat(source, "copy"))
            told = Hints(
                mtime_ns=held.mtime_ns if hints.mtime_ns is None else hints.mtime_ns,
                mode=held.mode if hints.mode is None else hints.mode,
                content_type=hints.content_type or held.content_type,
                metadata=hints.metadata or held.metadata,
            )
            written = shelf.put(destination, shelf.stored(held.data, told), hints, "copy")
        work.progress(len(held.data))
        return Written(around(destination), written, Evidence.CHECKSUM)


class _DeleteMany:
    """Removes by name; what is already gone counts as removed."""

    batch = 1000
    conditional = True

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def delete_many(
        self,
        items: Sequence[tuple[Location, Entry | None]],
        cancel: CancelToken = NEVER,  # noqa: ARG002 - nothing here waits
    ) -> Sequence[Removal]:
        """Remove each of the items that is still what it was expected to be."""
        return [Removal(location, self._remove(location, expected)) for location, expected in items]

    def _remove(self, location: Location, expected: Entry | None) -> StorageError | None:
        try:
            self._shelf.remove_key(location, expected)
        except NotFound:
            return None
        except StorageError as error:
            return error
        return None


class _Walk:
    """Lists all keys beneath a directory from one look."""

    def __init__(self, shelf: FlatShelf, page_size: int) -> None:
        self._shelf = shelf
        self._page_size = page_size

    def walk(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """Entries named by their relative key."""
        cancel.check()
        return _pages(self._shelf.walk(directory), self._page_size, cancel)


class _Retention:
    """Knows that memory keeps nothing."""

    def fate(self, location: Location) -> Fate:  # noqa: ARG002 - the same everywhere
        """Always permanent."""
        return Fate.PERMANENT
