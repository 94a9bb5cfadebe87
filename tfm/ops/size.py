"""How much is there: counts for dialogs, asked of the storage, told as it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.ops.context import OpContext
from tfm.ops.plan import Picked, can_walk_flat


@dataclass(frozen=True, slots=True)
class Count:
    """Files, directories and bytes found so far; `unreadable` directories are not in it."""

    files: int = 0
    directories: int = 0
    bytes: int = 0
    unreadable: int = 0
    complete: bool = False


class _Counter:
    def __init__(self, seen: Callable[[Entry], None] | None) -> None:
        self.files = self.directories = self.bytes = self.unreadable = 0
        self._seen = seen

    def add(self, entry: Entry) -> None:
        if entry.is_directory:
            self.directories += 1
            return
        self.files += 1
        self.bytes += entry.size or 0
        if self._seen is not None:
            self._seen(entry)

    def picture(self, *, complete: bool = False) -> Count:
        return Count(self.files, self.directories, self.bytes, self.unreadable, complete)


def count(
    ctx: OpContext,
    picked: Sequence[Picked],
    tell: Callable[[Count], None] = lambda _c: None,
    *,
    seen: Callable[[Entry], None] | None = None,
) -> Count:
    """Count what was picked with all beneath it; `tell` is called about once a page, `seen` with each file.

    Listings that are cached are used: this only informs, it decides nothing.
    """
    counter = _Counter(seen)
    waiting: list[Location] = []
    for location, entry in picked:
        counter.add(entry)
        if entry.is_directory:
            waiting.append(location)
    tell(counter.picture())
    while waiting:
        here = waiting.pop()
        facet = ctx.vfs.facets(here).walk
        try:
            if facet is not None and can_walk_flat(here) and ctx.vfs.cached(here) is None:
                _count_flat(ctx, here, counter, tell)
                continue
            listing = ctx.vfs.scan(here, cancel=ctx.cancel)
        except StorageError:
            counter.unreadable += 1
            continue
        for entry in listing.entries:
            counter.add(entry)
            if entry.is_directory:
                waiting.append(listing.location(entry))
        tell(counter.picture())
    done = counter.picture(complete=True)
    tell(done)
    return done


def _count_flat(
    ctx: OpContext, top: Location, counter: _Counter, tell: Callable[[Count], None]
) -> None:
    facet = ctx.vfs.facets(top).walk
    assert facet is not None
    seen: set[str] = set()
    for page in facet.walk(top.as_directory(), ctx.cancel):
        for entry in page:
            head = entry.name.rpartition("/")[0]
            while head and head not in seen:
                seen.add(head)
                counter.directories += 1
                head = head.rpartition("/")[0]
            if not entry.name.endswith("/") and entry.name:
                counter.add(entry)
        tell(counter.picture())
