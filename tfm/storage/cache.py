"""What the last listings said, for a while.

One entry is one listing of one directory, not an answer of an API; beside them stand single facts
("this key exists", "that one does not"). Bounded in number and in estimated bytes, least recently
used first; listings on screen are pinned. Thread-safe; never does I/O.

Epochs: whoever lists takes a ticket first. A drop that covers the directory spoils the ticket, so a
listing that began before a change can never be stored after it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.listing import Listing
from tfm.model.location import Location, Root

DEFAULT_TTL = 60.0
DEFAULT_MAX_ENTRIES = 1000
DEFAULT_MAX_BYTES = 64 * 1024 * 1024

# measured with tracemalloc: an object's row is about 400 bytes and its name
_BYTES_PER_ROW = 400
# how often the share of expired entries is counted while as many are stored as are held
_LOOKS = 16


@dataclass(frozen=True, slots=True)
class CacheStats:
    """Counters since the start; sizes now. `bytes` is an estimate."""

    total_entries: int
    expired_entries: int
    max_entries: int
    default_ttl: float
    hits: int
    misses: int
    bytes: int
    ahead: AheadRecord


@dataclass(slots=True)
class AheadRecord:
    """What was read before anybody asked: requests, listings, and how many of those were opened then.

    `useful` are the requests of those; the rest was in vain, or still waits for somebody.
    """

    requests: int = 0
    listings: int = 0
    hits: int = 0
    useful: int = 0

    @property
    def wasted(self) -> int:
        """Requests that have been of no use so far."""
        return self.requests - self.useful


def size_of(entries: Sequence[Entry]) -> int:
    """Bytes of memory that rows take, by estimate."""
    return sum(_BYTES_PER_ROW + len(entry.name) for entry in entries)


class Ticket:
    """Permission to store what was read since it was issued; spoilt by a drop in between."""

    __slots__ = ("directory", "spoilt")

    def __init__(self, directory: Location) -> None:
        self.directory = directory
        self.spoilt = False


@dataclass(slots=True)
class _Held:
    listing: Listing | None
    fact: Entry | None
    expires: float
    size: int


class ListingCache:
    """Listings and facts by place. `ttl` in seconds; `clock` is monotonic seconds.

    `chosen_ttl` is None until `configure` was given one, which then goes before that of a storage.
    With `deep` a listing is of everything beneath its place, and any change beneath spoils it.
    """

    def __init__(
        self,
        *,
        ttl: float = DEFAULT_TTL,
        max_entries: int = DEFAULT_MAX_ENTRIES,
        max_bytes: int = DEFAULT_MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
        deep: bool = False,
    ) -> None:
        self._deep = deep
        self._spoils = Change.reaches if deep else Change.covers
        self.ttl = ttl
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.chosen_ttl: float | None = None
        self._clock = clock
        self._lock = threading.RLock()
        self._listings: OrderedDict[Location, _Held] = OrderedDict()
        self._facts: OrderedDict[Location, _Held] = OrderedDict()
        self._pins: Counter[Location] = Counter()
        self._tickets: set[Ticket] = set()
        self._bytes = 0
        self._hits: Counter[Root] = Counter()
        self._misses: Counter[Root] = Counter()
        self._stored = 0
        self.ahead = AheadRecord()

    # -- reading ---------------------------------------------------------------------------------

    def get(self, directory: Location, *, counted: bool = True) -> Listing | None:
        """The listing, if it is known and not expired. Without `counted` a miss is no miss."""
        with self._lock:
            held = self._live(self._listings, directory)
            self._count(directory, held is not None, counted)
            return held.listing if held else None

    def peek(self, directory: Location) -> Listing | None:
        """The same without counting, and without making it more recent."""
        with self._lock:
            held = self._listings.get(directory)
            return held.listing if held and held.expires > self._clock() else None

    def fact(self, location: Location, *, counted: bool = True) -> tuple[bool, Entry | None]:
        """(known, entry): the entry is None where the thing is known to be missing."""
        with self._lock:
            held = self._live(self._facts, location)
            self._count(location, held is not None, counted)
            return (held is not None, held.fact if held else None)

    def _live(self, table: OrderedDict[Location, _Held], place: Location) -> _Held | None:
        held = table.get(place)
        if held is None:
            return None
        if held.expires <= self._clock():
            self._remove(table, place)
            return None
        table.move_to_end(place)
        return held

    def _count(self, place: Location, hit: bool, counted: bool) -> None:
        if hit:
            self._hits[place.root] += 1
        elif counted:
            self._misses[place.root] += 1

    # -- writing ---------------------------------------------------------------------------------

    def ticket(self, directory: Location) -> Ticket:
        """Take this before asking the storage; give it to `put`, `put_fact` or `discard`."""
        ticket = Ticket(directory)
        with self._lock:
            self._tickets.add(ticket)
        return ticket

    def discard(self, ticket: Ticket) -> None:
        """Give a ticket back unused; idempotent."""
        with self._lock:
            self._tickets.discard(ticket)

    def put(self, ticket: Ticket, listing: Listing, ttl: float | None = None) -> bool:
        """Store a complete listing for `ttl` seconds; False if the ticket was spoilt meanwhile."""
        size = size_of(listing.entries) + _BYTES_PER_ROW
        return self._store(ticket, self._listings, listing.where, listing, None, ttl, size)

    def put_fact(
        self, ticket: Ticket, location: Location, entry: Entry | None, ttl: float | None = None
    ) -> bool:
        """Store that `location` is `entry`, or that nothing is there."""
        return self._store(ticket, self._facts, location, None, entry, ttl, _BYTES_PER_ROW)

    def _store(
        self,
        ticket: Ticket,
        table: OrderedDict[Location, _Held],
        place: Location,
        listing: Listing | None,
        fact: Entry | None,
        ttl: float | None,
        size: int,
    ) -> bool:
        ttl = self.ttl if ttl is None else ttl
        with self._lock:
            self._tickets.discard(ticket)
            if ticket.spoilt or ttl <= 0 or (listing is not None and not listing.complete):
                return False
            self._remove(table, place)
            table[place] = _Held(listing, fact, self._clock() + ttl, size)
            self._bytes += size
            self._make_room()
            self._tidy()
            return True

    def _tidy(self) -> None:
        """Sweep when more than half is expired; looked at once in a while, as looking takes time."""
        total = len(self._listings) + len(self._facts)
        self._stored += 1
        if self._stored * _LOOKS < total:
            return
        self._stored = 0
        now = self._clock()
        expired = sum(h.expires <= now for t in (self._listings, self._facts) for h in t.values())
        if expired * 2 > total:
            self.sweep()

    def _make_room(self) -> None:
        if (
            len(self._listings) + len(self._facts) > self.max_entries
            or self._bytes > self.max_bytes
        ):
            self.sweep()
        for table in (self._facts, self._listings):
            while self._bytes > self.max_bytes or (
                len(self._listings) + len(self._facts) > self.max_entries
            ):
                oldest = next((place for place in table if not self._pins[place]), None)
                if oldest is None:
                    break
                self._remove(table, oldest)

    def _remove(self, table: OrderedDict[Location, _Held], place: Location) -> None:
        held = table.pop(place, None)
        if held is not None:
            self._bytes -= held.size

    def sweep(self) -> int:
        """Forget what has expired; how many that were."""
        with self._lock:
            now = self._clock()
            gone = 0
            for table in (self._listings, self._facts):
                for place in [p for p, held in table.items() if held.expires <= now]:
                    self._remove(table, place)
                    gone += 1
            return gone

    # -- forgetting ------------------------------------------------------------------------------

    def drop(self, change: Change) -> None:
        """Forget everything the change may have made wrong, and spoil the tickets it covers."""
        if not change:
            return
        with self._lock:
            for ticket in self._tickets:
                if self._spoils(change, ticket.directory):
                    ticket.spoilt = True
            if change.subtrees or self._deep:
                stale = [place for place in self._listings if self._spoils(change, place)]
            else:
                stale = [place for place in change.directories if place in self._listings]
            for place in stale:
                self._remove(self._listings, place)
            for place in [
                p for p in self._facts if change.covers(p.parent) or change.covers(p.as_directory())
            ]:
                self._remove(self._facts, place)

    def clear(self) -> None:
        """Forget everything; listings that are on their way are not stored either."""
        with self._lock:
            self._listings.clear()
            self._facts.clear()
            self._bytes = 0
            for ticket in self._tickets:
                ticket.spoilt = True

    # -- pins and figures ------------------------------------------------------------------------

    def pin(self, directory: Location) -> None:
        """Keep a listing that is on screen from being pushed out; counts."""
        with self._lock:
            self._pins[directory] += 1

    def unpin(self, directory: Location) -> None:
        """Undo one `pin`."""
        with self._lock:
            self._pins[directory] -= 1
            if self._pins[directory] <= 0:
                del self._pins[directory]

    def configure(self, *, ttl: float | None = None, max_entries: int | None = None) -> None:
        """Change the limits; what no longer fits goes at once."""
        with self._lock:
            if ttl is not None:
                self.ttl = self.chosen_ttl = ttl
            self.max_entries = self.max_entries if max_entries is None else max_entries
            self._make_room()

    def places(self) -> tuple[Location, ...]:
        """The directories whose listings are held, expired ones included."""
        with self._lock:
            return tuple(self._listings)

    def used(self, root: Root) -> tuple[int, int]:
        """Hits and misses for the places of one root, since the start."""
        with self._lock:
            return self._hits[root], self._misses[root]

    def stats(self) -> CacheStats:
        """The figures now."""
        with self._lock:
            now = self._clock()
            everything = [*self._listings.values(), *self._facts.values()]
            return CacheStats(
                total_entries=len(everything),
                expired_entries=sum(held.expires <= now for held in everything),
                max_entries=self.max_entries,
                default_ttl=self.ttl,
                hits=self._hits.total(),
                misses=self._misses.total(),
                bytes=self._bytes,
                ahead=replace(self.ahead),
            )
