"""What this process has asked of its storages, in figures: requests, faults, bytes, latency, use of caches.

Bounded, however long it runs: latency is kept as a histogram of fixed size, and of error codes, which servers
choose, only so many are told apart. Nothing here asks a storage for anything.
"""

from __future__ import annotations

import enum
import math
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfm.model.change import Change
from tfm.model.location import Location
from tfm.storage.cache import AheadRecord
from tfm.storage.prices import GIB, PriceList

if TYPE_CHECKING:
    from tfm.storage.vfs import Vfs

_FASTEST = 0.001
_STEPS = 4
# 1 ms to two minutes, four steps for each doubling: a figure is at most a fifth too large
_BOUNDS = tuple(_FASTEST * 2 ** (step / _STEPS) for step in range(17 * _STEPS + 1))
_MOST_CODES = 50
OTHER_CODES = "other codes"


class Charge(enum.Enum):
    """The classes of requests in price lists."""

    LIST = "list"
    PUT = "put"
    GET = "get"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took: how many in each step of a fixed scale, and the slowest in seconds."""

    counts: tuple[int, ...] = (0,) * (len(_BOUNDS) + 1)
    slowest: float = 0.0

    def quantile(self, share: float) -> float:
        """Seconds within which that share of the answers came, at most a fifth too large; 0 if none came."""
        wanted = max(1, math.ceil(sum(self.counts) * share))
        seen = 0
        for step, count in enumerate(self.counts):
            seen += count
            if seen >= wanted:
                return min(_BOUNDS[step] if step < len(_BOUNDS) else self.slowest, self.slowest)
        return 0.0

    def since(self, earlier: Latency) -> tuple[tuple[float, int], ...]:
        """The answers that came after `earlier` was told: seconds, at most a fifth too large, with their counts."""
        return tuple(
            (min(_BOUNDS[step] if step < len(_BOUNDS) else self.slowest, self.slowest), count - old)
            for step, (count, old) in enumerate(zip(self.counts, earlier.counts, strict=True))
            if count > old
        )

    def __add__(self, other: Latency) -> Latency:
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return Latency(counts, max(self.slowest, other.slowest))


@dataclass(frozen=True, slots=True)
class RequestFigures:
    """One kind of request.

    `sent` counts every attempt, `charged` those that a provider bills: not what a fault of the server ended.
    `errors` are codes with their counts, the most frequent first. `repeated` counts attempts that were
    made because one before failed, `throttled` answers that asked to slow down. Bytes are those of bodies.
    """

    kind: str
    charge: Charge
    sent: int = 0
    charged: int = 0
    errors: tuple[tuple[str, int], ...] = ()
    repeated: int = 0
    throttled: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    latency: Latency = field(default_factory=Latency)

    @property
    def failed(self) -> int:
        """How many ended with an error."""
        return sum(count for _, count in self.errors)


def added(kind: str, figures: Sequence[RequestFigures]) -> RequestFigures:
    """Several kinds as one, under another name."""
    errors: Counter[str] = Counter()
    latency = Latency()
    for each in figures:
        errors.update(dict(each.errors))
        latency += each.latency
    return RequestFigures(
        kind,
        Charge.FREE,
        sum(each.sent for each in figures),
        sum(each.charged for each in figures),
        tuple(errors.most_common()),
        sum(each.repeated for each in figures),
        sum(each.throttled for each in figures),
        sum(each.bytes_up for each in figures),
        sum(each.bytes_down for each in figures),
        latency,
    )


class _Kind:
    """The counters of one kind."""

    def __init__(self) -> None:
        self.sent = self.charged = self.repeated = self.throttled = 0
        self.bytes_up = self.bytes_down = 0
        self.errors: Counter[str] = Counter()
        self.steps = [0] * (len(_BOUNDS) + 1)
        self.slowest = 0.0


class Tally:
    """Counts the requests of one storage; any thread. `charge_of` tells how a kind is charged."""

    def __init__(self, charge_of: Callable[[str], Charge] = lambda _kind: Charge.GET) -> None:
        self._charge_of = charge_of
        self._lock = threading.Lock()
        self._kinds: dict[str, _Kind] = {}
        self._heard: Callable[[], None] = lambda: None

    def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever something is counted, on the thread that counts: it does not wait for anything."""
        self._heard = heard

    def note(
        self,
        kind: str,
        seconds: float,
        *,
        attempts: int = 1,
        bytes_up: int = 0,
        bytes_down: int = 0,
        error: str = "",
        throttled: bool = False,
        charged: bool = True,
    ) -> None:
        """One request was answered, or failed with a code. Of several `attempts` the last one took so long."""
        with self._lock:
            row = self._row(kind)
            row.sent += attempts
            row.repeated += attempts - 1
            row.charged += attempts if charged else attempts - 1
            row.bytes_up += bytes_up * attempts
            row.bytes_down += bytes_down
            row.throttled += throttled
            row.steps[bisect_left(_BOUNDS, seconds)] += 1
            row.slowest = max(row.slowest, seconds)
            if error:
                known = error in row.errors or len(row.errors) < _MOST_CODES
                row.errors[error if known else OTHER_CODES] += 1

    def repeat(self, kind: str) -> None:
        """The next one of this kind is sent because one before failed."""
        with self._lock:
            self._row(kind).repeated += 1

    def arrived(self, kind: str, size: int) -> None:
        """So many bytes of a body came later than the answer."""
        with self._lock:
            self._row(kind).bytes_down += size

    def _row(self, kind: str) -> _Kind:
        self._heard()
        return self._kinds.setdefault(kind, _Kind())

    def figures(self) -> tuple[RequestFigures, ...]:
        """All kinds, the most frequent first."""
        with self._lock:
            rows = [
                RequestFigures(
                    kind,
                    self._charge_of(kind),
                    row.sent,
                    row.charged,
                    tuple(row.errors.most_common()),
                    row.repeated,
                    row.throttled,
                    row.bytes_up,
                    row.bytes_down,
                    Latency(tuple(row.steps), row.slowest),
                )
                for kind, row in self._kinds.items()
            ]
        return tuple(sorted(rows, key=lambda row: (-row.sent, row.kind)))


@dataclass(frozen=True, slots=True)
class StorageFigures:
    """What was asked of one storage, and the prices that hold there, if they are known."""

    title: str
    requests: tuple[RequestFigures, ...]
    prices: PriceList | None = None

    @property
    def cost(self) -> tuple[float, float] | None:
        """About what the requests cost, and what came down if it left for the internet; None if a price is not known."""
        if self.prices is None:
            return None
        prices, counts = self.prices, dict.fromkeys(Charge, 0)
        for each in self.requests:
            counts[each.charge] += each.charged
        each_1000 = {
            Charge.LIST: prices.price("list"),
            Charge.PUT: prices.of(prices.uploads, "put"),
            Charge.GET: prices.of("", "get"),
            Charge.FREE: 0.0,
        }
        asked, down = 0.0, sum(each.bytes_down for each in self.requests)
        for charge, count in counts.items():
            price = each_1000[charge]
            if count and price is None:
                return None
            asked += count / 1000 * (price or 0.0)
        egress = prices.price("egress")
        return None if egress is None and down else (asked, down / GIB * (egress or 0.0))


@dataclass(frozen=True, slots=True)
class CacheFigures:
    """One cache. `bytes` is an estimate of the memory it holds, `hits` and `misses` count since the start."""

    name: str
    entries: int
    expired: int
    bytes: int
    hits: int
    misses: int

    @property
    def hit_rate(self) -> float | None:
        """The share of the questions that it could answer; None if nobody asked."""
        asked = self.hits + self.misses
        return self.hits / asked if asked else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything, of one moment."""

    storages: tuple[StorageFigures, ...]
    caches: tuple[CacheFigures, ...]
    ahead: AheadRecord = field(default_factory=AheadRecord)


def statistics(vfs: Vfs) -> Statistics:
    """What was asked of every storage that is open, and what the caches hold; any thread, no I/O."""
    storages = []
    for storage in vfs.opened():
        facet = storage.facets.counts
        if facet is not None:
            words = (storage.features.title, storage.features.label)
            title = " · ".join(word for word in words if word)
            requests = tuple(facet.requests())
            # whoever was asked is known by now: nothing is read for it
            costs = storage.facets.costs if requests else None
            prices = None if costs is None else costs.prices(Location(storage.root, ""))
            storages.append(StorageFigures(title, requests, prices))
    return Statistics(tuple(storages), _caches(vfs), vfs.cache.stats().ahead)


def _caches(vfs: Vfs) -> tuple[CacheFigures, ...]:
    rows = []
    for name, listings in (("listings and facts", vfs.cache), ("flat listings", vfs.flat)):
        told = listings.stats()
        rows.append(
            CacheFigures(
                name, told.total_entries, told.expired_entries, told.bytes, told.hits, told.misses
            )
        )
    rows += [vfs.blocks.figures("contents"), vfs.described.figures("details")]
    return tuple(rows)


def forget_cached(vfs: Vfs, change: Change | None = None) -> None:
    """Drop what the caches hold of these places, or all of it. Nobody is told: nothing has changed."""
    caches = (vfs.cache, vfs.flat, vfs.blocks, vfs.described)
    for cache in caches:
        if change is None:
            cache.clear()
        else:
            cache.drop(change)
