"""All that an operation may touch, and what it leaves behind: the report."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer, Policy, Resolver
from tfm.model.errors import Cancelled, NeedsLogin, Stopped, StorageError
from tfm.model.location import Location
from tfm.model.patience import Patience, Trial
from tfm.model.verify import Level
from tfm.ops.age import Cipher
from tfm.ops.record import FORGETS, Recorder
from tfm.storage.base import Evidence, FanOut, Work, one_by_one
from tfm.storage.vfs import Vfs

R = TypeVar("R")


class Outcome(enum.Enum):
    """How an item ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


def outcome_of(error: StorageError | None) -> Outcome:
    """How one thing among many ended."""
    if error is None:
        return Outcome.DONE
    return Outcome.CANCELLED if isinstance(error, Stopped) else Outcome.FAILED


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of the report. `reason` says why it was skipped or failed, `note` what to know."""

    source: Location
    destination: Location | None
    outcome: Outcome
    size: int = 0
    reason: str = ""
    note: str = ""
    error: StorageError | None = None
    evidence: Evidence | None = None


@dataclass(slots=True)
class Report:
    """What became of every item; `verb` is copy, move, delete …"""

    verb: str
    items: list[ItemResult] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """How many items ended that way."""
        return sum(item.outcome is outcome for item in self.items)

    @property
    def failures(self) -> list[ItemResult]:
        """The items that failed."""
        return [item for item in self.items if item.outcome is Outcome.FAILED]

    @property
    def was_cut_off(self) -> bool:
        """True if something failed that may well succeed later: a server that was away, a login."""
        return any(
            item.error is not None and (item.error.passing or isinstance(item.error, NeedsLogin))
            for item in self.failures
        )

    @property
    def all_done(self) -> bool:
        """True if nothing failed, was skipped or cancelled."""
        return all(item.outcome is Outcome.DONE for item in self.items)


@dataclass(frozen=True, slots=True)
class Totals:
    """A picture of a meter: items and bytes, done and planned; what is worked on."""

    items_done: int
    items_total: int
    bytes_done: int
    bytes_total: int
    current: Location | None
    counting: bool


class Meter:
    """Counters written by workers and sampled by whoever draws; safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items_done = 0
        self._items_total = 0
        self._bytes_done = 0
        self._bytes_total = 0
        self._current: Location | None = None
        self._counting = True

    def plan(self, items: int, size: int) -> None:
        """More is to be done."""
        with self._lock:
            self._items_total += items
            self._bytes_total += size

    def planned(self) -> None:
        """The totals are final."""
        self._counting = False

    def start(self, location: Location) -> None:
        """This item is worked on now."""
        self._current = location

    def advance(self, size: int) -> None:
        """Bytes moved; negative where a piece is repeated."""
        with self._lock:
            self._bytes_done += size

    def finish(self, items: int = 1) -> None:
        """Items ended, one way or another."""
        with self._lock:
            self._items_done += items

    def totals(self) -> Totals:
        """The figures now."""
        with self._lock:
            return Totals(
                self._items_done,
                self._items_total,
                self._bytes_done,
                self._bytes_total,
                self._current,
                self._counting,
            )


_NEVER_OVERWRITE = Policy(Answer.FAIL)
_AT_ONCE = Patience(retries=0, outage=0.0)


@dataclass(frozen=True, slots=True)
class OpContext:
    """Everything an operation may touch.

    `fan_out` lends hands for many small items or for the pieces of a large one. `recorder` is told
    each step of an item before the next begins. `on_item` sees each result as it comes, on the
    operation's own thread. `patience` is for storages that stop answering while it runs. `level` says
    how much copies are checked, `tier` which class of storage they get, if not the usual one. With a `cipher` what
    is copied is encrypted or decrypted on the way.
    """

    vfs: Vfs
    cancel: CancelToken = field(default_factory=CancelToken)
    meter: Meter = field(default_factory=Meter)
    resolver: Resolver = field(default=_NEVER_OVERWRITE)
    fan_out: FanOut = field(default=one_by_one)
    recorder: Recorder = FORGETS
    on_item: Callable[[ItemResult], None] = lambda _item: None
    patience: Patience = _AT_ONCE
    level: Level = Level.CHECKSUM
    tier: str = ""
    cipher: Cipher | None = None

    def outlast(self, act: Callable[[], R]) -> R:
        """Do something small that may be repeated, until a storage that is away is there again.

        For looks, makes and removals; what moves bytes is repeated piece by piece where it is done.
        """
        trial = Trial(self.patience)
        while True:
            try:
                return act()
            except StorageError as error:
                if not error.passing or not trial.again(error, self.cancel):
                    raise

    def work(self, *, alone: bool) -> Work:
        """What a single transfer may use: spare hands only if it runs alone."""
        hands: FanOut = self.fan_out if alone else one_by_one
        return Work(self.cancel, self.meter.advance, hands)

    def attempt(
        self, report: Report, source: Location, target: Location, act: Callable[[], object]
    ) -> None:
        """Do one item whole and enter how it ended; nothing more is done after a cancel."""
        outcome, reason, error = Outcome.DONE, "", None
        try:
            self.cancel.check()
            act()
        except Cancelled:
            outcome = Outcome.CANCELLED
        except StorageError as problem:
            outcome, reason, error = Outcome.FAILED, str(problem), problem
        self.end(report, ItemResult(source, target, outcome, reason=reason, error=error))

    def end(self, report: Report, item: ItemResult) -> None:
        """Enter one result."""
        self.recorder.ended(item)
        report.items.append(item)
        self.meter.finish()
        self.on_item(item)
