"""What a job will send and cost, reckoned while the things it works on are counted.

Sums of list prices: requests, transfer, retrieval, and what is charged for leaving a class before its least time. What is not
known is left out and said. Nothing here sends a request.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.model.past import now, present
from tfm.model.text import duration, plural, short_size
from tfm.ops.context import OpContext
from tfm.ops.usage import class_of
from tfm.storage.object_facets import Costs, Keeping, Tiers
from tfm.storage.prices import GIB, MONTH_DAYS, PriceList, amount_of, money

Work = Literal["copy", "move", "delete", "class", "restore", "tag"]

_DAY_NS = 86_400 * 10**9
_PAGE = 1000
_LOOKS_AT_A_CHANGE = 3
"""Requests beside the copy itself, when an object is changed in place: two looks and its access list."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was reckoned so far. `moved` bytes travel, `out` of them leave a seller; `charges` are what is paid and
    for what, as far as prices are known; `unknown` is what else is paid for. `archived` things cannot be read before they are restored,
    `early` ones leave their class before its least time. `warned` is what becoming another class means beside, or why
    it cannot be, with how many things each is said of.
    `seconds` is None where no speed is known.
    """

    requests: int = 0
    moved: int = 0
    out: int = 0
    charges: tuple[tuple[str, float], ...] = ()
    unknown: tuple[str, ...] = ()
    currency: str = ""
    archived: int = 0
    early: int = 0
    warned: tuple[tuple[str, int], ...] = ()
    seconds: float | None = None
    remark: str = ""
    complete: bool = False

    @property
    def total(self) -> float:
        """All charges that are known."""
        return sum(amount for _, amount in self.charges)

    def wordings(self) -> list[str]:
        """One line, the longest wording first; empty if nothing of it is charged or sent."""
        if not self.requests and not self.charges:
            return []
        start = "" if self.complete else "At least "
        sent = f"{start}{plural(self.requests, 'request')}"
        out = f", {short_size(self.out)} out" if self.out else ""
        time = "" if self.seconds is None else f"; {duration(self.seconds)}"
        if not self.currency:
            return [f"{sent}{out}{time}", f"{sent}{out}"]
        cost = f"{money(self.total, self.currency)}{' and more' if self.unknown else ''}"
        if self.unknown and not self.total:
            return [f"{sent}{out}, prices not known{time}", f"{sent}{out}{time}", f"{sent}"]
        worth = [(what, amount) for what, amount in self.charges if amount]
        worth.sort(key=lambda each: -each[1])
        parts = ", ".join(f"{what} {money(amount, '')}".rstrip() for what, amount in worth[:3])
        told = f" ({parts})" if len(worth) > 1 else f" ({worth[0][0]})" if worth else ""
        return [
            f"{sent}{out}: about {cost}{told}{time}",
            f"{sent}{out}: about {cost}{time}",
            f"{sent}: about {cost}",
            f"{start}{cost}",
        ]

    def lines(self) -> list[str]:
        """For a question: each charge on a line of its own."""
        told = [
            f"{what}: {money(amount, self.currency)}"
            for what, amount in self.charges
            if amount != 0
        ]
        start = "About" if self.complete else "Not all is counted yet, at least"
        return [
            f"{start} {money(self.total, self.currency)} in all, {plural(self.requests, 'request')}:",
            *told,
        ]


@dataclass(frozen=True, slots=True)
class End:
    """Where bytes come from or go to, as far as costs go."""

    place: Location
    costs: Costs | None
    prices: PriceList | None
    tiers: Tiers | None
    keeps: bool


def end_at(ctx: OpContext, place: Location) -> End:
    """What is known of a place; may read configuration, sends nothing."""
    today = now(place)  # what is read from the past is paid for as what is there now
    costs = ctx.vfs.facets(today).costs
    prices = None if costs is None else costs.prices(today)
    keeps = ctx.vfs.known_keeping(place) is Keeping.ON
    return End(place, costs, prices, ctx.vfs.facets(place).tiers, keeps)


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen while it is counted: the class that things get, how fast and for how many days they are
    restored.
    """

    tier: str = ""
    speed: str = ""
    days: int = 0


Reckoned = Callable[[Choices], Estimate]
"""What was counted so far, for any choices."""


class Estimator:
    """Adds things up on one thread, and shows the sums on any. `pace` is in bytes a second, None where it is not
    known; with `walks` the things are listed first.
    """

    def __init__(
        self,
        work: Work,
        source: End,
        target: End | None = None,
        *,
        now_ns: int,
        tier: str = "",
        pace: float | None = None,
        walks: bool = False,
    ) -> None:
        self._work, self._source, self._target = work, source, target
        self._tier = tier
        self._now_ns = now_ns
        self._pace = pace
        self._walks = walks
        self._lock = threading.Lock()
        self._things = 0
        self._requests = 0
        self._moved = self._out = self._archived = self._early = 0
        self._charges = _Charges()
        self._warned: Counter[str] = Counter()
        self._stored: dict[str, tuple[int, int]] = {}
        self._cold: dict[str, tuple[int, int, Entry]] = {}
        self._add = self._adders()[work]

    def add(self, entry: Entry) -> None:
        """One more thing is worked on; directories are not things."""
        with self._lock:
            self._things += 1
            tiers = self._source.tiers
            if tiers is not None and tiers.archived(entry):
                self._archived += 1
            self._add(entry)

    def reckoned(self, *, complete: bool) -> Reckoned:
        """What tells the estimate for any choices, without counting again."""
        return lambda choices: self.picture(choices, complete=complete)

    def picture(self, choices: Choices = Choices(), *, complete: bool) -> Estimate:
        """What is reckoned so far."""
        with self._lock:
            return self._picture(choices, complete)

    def _picture(self, choices: Choices, complete: bool) -> Estimate:
        requests, charges = self._requests, self._charges.copied()
        ends = [end for end in (self._source, self._target) if end is not None]
        prices = next((end.prices for end in ends if end.prices is not None), None)
        if self._walks and self._source.costs is not None:
            pages = -(-self._things // _PAGE) or 1
            requests += pages
            if self._source.prices is not None:
                charges.add("requests", self._source.prices, "list", pages / 1000)
        if self._target is not None:
            self._store(charges, self._target, choices.tier)
        requests += self._thaw(charges, choices)
        return Estimate(
            requests=requests,
            moved=self._moved,
            out=self._out,
            charges=tuple(charges.sums.items()) if prices is not None else (),
            unknown=tuple(sorted(charges.unknown)),
            currency="" if prices is None else prices.currency,
            archived=self._archived,
            early=self._early,
            warned=tuple(self._warned.most_common()),
            seconds=None if not self._pace or not self._moved else self._moved / self._pace,
            remark="" if prices is None else prices.told(),
            complete=complete,
        )

    def _store(self, charges: _Charges, end: End, tier: str) -> None:
        if end.prices is None:
            return
        for kept, (count, size) in self._stored.items():
            name = tier or kept or _usual(end)
            charges.add("requests", end.prices, f"{name}.put", count / 1000)
            if end.prices.of(name, "upload"):
                charges.add("transfer", end.prices, f"{name}.upload", size / GIB)

    def _thaw(self, charges: _Charges, choices: Choices) -> int:
        """What bringing back costs; the number of requests."""
        source, asked = self._source, 0
        if not choices.speed:
            return 0
        for kept, (count, size, sample) in self._cold.items():
            if source.tiers is None or source.tiers.restorable(sample, choices.speed):
                continue
            asked += count
            if (prices := source.prices) is None:
                continue
            restore = f"{kept}.restore.{choices.speed}"
            charges.add("restore", prices, restore, size / GIB)
            charges.add("requests", prices, f"{restore}.requests", count / 1000)
            days = size / GIB * choices.days / MONTH_DAYS
            charges.add("copies kept", prices, f"{_usual(source)}.storage", days)
        return asked

    def _adders(self) -> dict[Work, Callable[[Entry], None]]:
        return {
            "copy": self._carry,
            "move": self._carry_off,
            "delete": self._delete,
            "class": self._change,
            "restore": self._restore,
            "tag": self._tag,
        }

    # -- each kind of work -------------------------------------------------------------------------

    def _carry(self, entry: Entry) -> None:
        source, target = self._source, self._target
        if target is None:
            return
        size, kept = entry.size or 0, class_of(entry)
        self._moved += size
        self._restore(entry)
        if present(source.place.root) == target.place.root and target.costs is not None:
            self._keep(kept, target.costs.pieces(size, inside=True), 0)
            self._charge("retrieval", source, f"{kept}.retrieve", size / GIB)
            if _region(source) != _region(target):
                self._charge("transfer", source, "between_regions", size / GIB)
            return
        if source.costs is not None:
            self._send(source, "get", kept, source.costs.pieces(size))
            self._charge("retrieval", source, f"{kept}.retrieve", size / GIB)
            self._charge("transfer", source, "egress", size / GIB)
            self._out += size
        if target.costs is not None:
            uploads = "" if target.prices is None else target.prices.uploads
            self._keep(uploads, target.costs.pieces(size), size)

    def _keep(self, kept: str, pieces: int, size: int) -> None:
        """Something is stored, in so many pieces, in that class unless another one is chosen."""
        count = pieces if pieces == 1 else pieces + 2
        self._requests += count
        before = self._stored.get(kept, (0, 0))
        self._stored[kept] = before[0] + count, before[1] + size

    def _carry_off(self, entry: Entry) -> None:
        self._carry(entry)
        self._leave(entry)

    def _delete(self, entry: Entry) -> None:
        if self._things % _PAGE == 1:
            self._requests += 1  # in batches, for nothing
        self._leave(entry)

    def _change(self, entry: Entry) -> None:
        source, size, kept = self._source, entry.size or 0, class_of(entry)
        if source.costs is None:
            return
        if source.tiers is not None and self._tier:
            if fault := source.tiers.fault(source.place, entry, self._tier):
                self._warned[f"not changed, {fault}"] += 1
                return
            told = source.tiers.warning(entry, self._tier, self._now_ns)
            self._warned.update(filter(None, told.split("; ")))
        pieces = source.costs.pieces(size, inside=True)
        self._send(source, "put", self._tier or kept, pieces if pieces == 1 else pieces + 2)
        self._send(source, "get", kept, _LOOKS_AT_A_CHANGE)
        self._charge("retrieval", source, f"{kept}.retrieve", size / GIB)
        if self._tier and self._tier != (kept or _usual(source)):
            self._leave(entry)
            if source.keeps:
                self._warned["stays as a version in its class too, and is paid for"] += 1

    def _restore(self, entry: Entry) -> None:
        tiers, kept = self._source.tiers, class_of(entry)
        if tiers is None or not tiers.archived(entry):
            return
        count, size, sample = self._cold.get(kept, (0, 0, entry))
        self._cold[kept] = count + 1, size + (entry.size or 0), sample

    def _tag(self, entry: Entry) -> None:
        kept = class_of(entry)
        self._send(self._source, "get", kept, 1)
        self._send(self._source, "put", kept, 1)

    # -- sums --------------------------------------------------------------------------------------

    def _leave(self, entry: Entry) -> None:
        """It goes out of its class: what is left of the least time is billed, unless it stays as a version."""
        prices, tiers = self._source.prices, self._source.tiers
        if self._source.keeps or entry.mtime_ns is None:
            return
        if tiers is not None and tiers.warning(entry, "", self._now_ns):
            self._early += 1
        if prices is None:
            return
        kept = class_of(entry)
        terms = prices.terms_of(kept)
        left = terms.days - (self._now_ns - entry.mtime_ns) / _DAY_NS
        if terms.days and left > 0:
            billed = amount_of(entry.size or 0, terms).billed
            part = min(left, terms.days) / MONTH_DAYS
            self._charge("early deletion", self._source, f"{kept}.storage", billed / GIB * part)

    def _send(self, end: End, kind: str, kept: str, count: int) -> None:
        self._requests += count
        self._charge("requests", end, f"{kept}.{kind}", count / 1000)

    def _charge(self, what: str, end: End, price: str, times: float) -> None:
        """`price` begins with a class, or with a point for the usual one."""
        if end.prices is None:
            return
        kept, dot, _kind = price.partition(".")
        self._charges.add(
            what, end.prices, f"{_usual(end)}{price}" if dot and not kept else price, times
        )


class _Charges:
    """Sums by what is paid for, and what is paid for at prices that are not known."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}
        self.unknown: set[str] = set()

    def copied(self) -> _Charges:
        """Another one to go on with."""
        made = _Charges()
        made.sums, made.unknown = dict(self.sums), set(self.unknown)
        return made

    def add(self, what: str, prices: PriceList, name: str, times: float) -> None:
        """So many times a price."""
        price = prices.price(name)
        if price is None:
            self.unknown.add(what)
        else:
            self.sums[what] = self.sums.get(what, 0.0) + price * times


def _usual(end: End) -> str:
    return end.prices.usual if end.prices is not None else ""


def _region(end: End) -> str:
    return end.prices.region if end.prices is not None else ""
