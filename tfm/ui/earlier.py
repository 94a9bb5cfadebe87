"""Rows that an earlier run has read: drawn until the storage has told, and kept for the next run.

Only what a pane shows is kept, only once it was whole, some seconds later and on a thread of its
own, which also reads: a home that hangs holds up neither the screen nor a listing. All names of a
listing go to the disk, of nothing else than its rows; see `storage/listing_store.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

from textual.timer import Timer

from tfm.jobs.lane import Lane, Task
from tfm.model.change import NOTHING, Change
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.listing import Listing
from tfm.model.location import Location, Style
from tfm.model.past import is_past
from tfm.storage.listing_store import ListingStore
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Post, Request
from tfm.ui.messages import PlaceOpened, RowsRecalled

KEEP_AFTER = 3.0
"""Seconds; a pane that is read again and again under a job is written so often at most."""

AT_THE_END = 1.0
"""Seconds that leaving waits for the last writes."""


_REMEMBERED = 1000
"""Places of which it is known that what is shown is on the disk already."""


class Timers(Protocol):
    """Calls back on the event loop after a while."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Once, after `delay` seconds."""
        ...


class EarlierRows:
    """`store` is None where nothing is kept. Event loop only; what runs on workers is marked."""

    def __init__(self, store: ListingStore | None, vfs: Vfs, post: Post, timers: Timers) -> None:
        self._store = store
        self._vfs = vfs
        self._post = post
        self._timers = timers
        self._read = Lane("recall", 2, newest_first=True)
        self._write = Lane("keep-rows", 1)
        self._waiting: dict[Location, Listing] = {}
        self._kept: OrderedDict[Location, float] = OrderedDict()
        self._gone: Change = NOTHING
        self._timer: Timer | None = None

    def look(self, request: Request) -> None:
        """Send the rows that are kept of a place, if there are any: `RowsRecalled`."""
        store = self._store
        if store is None or not _worth(request.place) or self._gone.covers(request.place):
            return
        if self._vfs.cached(request.place) is None:
            self._read.submit(lambda: self._look(store, request))

    def keep(self, place: Location, entries: Sequence[Entry], taken_at: float) -> None:
        """A pane shows the whole of a directory."""
        if self._store is None or not _worth(place) or self._kept.get(place) == taken_at:
            return
        self._waiting[place] = Listing(place, tuple(entries), taken_at)
        self._kept[place] = taken_at
        self._kept.move_to_end(place)
        if len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        self._later()

    def forget(self, change: Change) -> None:
        """Something changed: what was kept of it is not drawn again."""
        if self._store is None:
            return
        change = Change(_remote(change.directories), _remote(change.subtrees))
        if not change:
            return
        self._gone |= change
        for place in [place for place in self._waiting if change.covers(place)]:
            del self._waiting[place]
            self._kept.pop(place, None)
        self._later()

    def clear(self) -> Task | None:
        """Forget all that is kept, of all accounts."""
        self._waiting.clear()
        self._kept.clear()
        store = self._store
        return None if store is None else self._write.submit(store.clear)

    def flush(self) -> Task | None:
        """Write now what waits."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        listings, self._waiting = tuple(self._waiting.values()), {}
        gone, self._gone = self._gone, NOTHING
        store = self._store
        if store is None or not (listings or gone):
            return None
        return self._write.submit(lambda: self._flush(store, gone, listings))

    def close(self) -> None:
        """Write the rest, and wait a moment for it."""
        task = self.flush()
        if task is not None:
            task.ended.wait(AT_THE_END)
        self._read.close()
        self._write.close()
        self._store = None

    def _later(self) -> None:
        if self._timer is None:
            self._timer = self._timers.set_timer(KEEP_AFTER, self.flush_now)

    def flush_now(self) -> None:
        """The timer has ended."""
        self._timer = None
        self.flush()

    # -- on worker threads -------------------------------------------------------------------------

    def _look(self, store: ListingStore, request: Request) -> None:
        account = self._account(request.place)
        earlier = store.load(account, request.place) if account else None
        if earlier is None:
            return
        side, generation = request.side, request.generation
        try:
            columns, features = self._vfs.columns(request.place), self._vfs.features(request.place)
        except StorageError:
            return
        self._post(PlaceOpened(side, generation, columns, features))
        rows = request.rows(earlier.entries)
        self._post(RowsRecalled(side, generation, rows, earlier.taken_at))

    def _flush(self, store: ListingStore, gone: Change, listings: Sequence[Listing]) -> None:
        roots = {place.root for place in (*gone.directories, *gone.subtrees)}
        for root in roots:
            if account := self._account(Location(root, "")):
                store.drop(account, gone)
        for listing in listings:
            known = self._vfs.cached(listing.where)
            if known is None or known.taken_at != listing.taken_at:
                continue  # it changed since, or is not to be shown again at all
            if account := self._account(listing.where):
                store.store(account, listing)

    def _account(self, place: Location) -> str:
        """Whose listings these are; empty where that is not known, or nothing is to be kept."""
        try:
            facet = self._vfs.facets(place).fingerprint
            remote = self._vfs.features(place).remote
        except StorageError:
            return ""  # the listing itself says what is wrong
        return facet.fingerprint() if facet is not None and remote else ""


def _worth(place: Location) -> bool:
    """What was is read when it is asked for: it is looked at once, and may be of any moment."""
    return place.root.style is Style.KEY and not is_past(place.root)


def _remote(places: frozenset[Location]) -> frozenset[Location]:
    return frozenset(place for place in places if _worth(place))
