"""The seam for a journal: who is told of each step of an item, before the next one begins.

`opened` (the source as it was seen, where it goes, what it may replace there), then what the writer
leaves about (`Trail`), `published`, for a move `source removed`, and at last how it ended. After a
kill the same record says what had been reached; a report holds nothing that it was not told first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.storage.base import NO_TRAIL, Leftover, Trail

if TYPE_CHECKING:
    from tfm.ops.context import ItemResult


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier, interrupted run of the same job had reached with one source.

    `entry` is the source as that run saw it, None where it only told the end of it. `done`: a copy
    of it stands for certain, or it was deleted; `removed`: the source is gone. `skipped` is the reason why it was
    left out, as somebody had decided.
    """

    target: Location | None
    entry: Entry | None = None
    replaces: Entry | None = None
    done: bool = False
    removed: bool = False
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """Something that may be left, by which source, and what that item may replace."""

    leftover: Leftover
    source: Location
    replaced: Entry | None


class Recorder(Protocol):
    """Keeps the steps of one job; called from any thread."""

    def decided(self, *, into: bool) -> None:
        """Whether the destination receives what was picked, or is its new name."""
        ...

    def opened(
        self, source: Location, entry: Entry, target: Location, replaces: Entry | None
    ) -> Trail:
        """Work on this item begins; returns where its writer tells of what it leaves about."""
        ...

    def published(self, source: Location) -> None:
        """Its copy stands, verified, under its name."""
        ...

    def source_removed(self, source: Location) -> None:
        """The source of a move is gone, against the proof of its copy; or all beneath a directory that was deleted."""
        ...

    def ended(self, result: ItemResult) -> None:
        """How it ended."""
        ...

    def before(self, source: Location) -> Before | None:
        """What an earlier run had reached with this source; None for a job that begins."""
        ...

    def ended_before(self) -> Sequence[ItemResult]:
        """What an earlier run had done or left out."""
        ...

    def opened_before(self) -> Sequence[Location]:
        """What an earlier run had begun without telling how it ended."""
        ...

    def gone(self, leftover: Leftover) -> None:
        """Something that was left is cleared up."""
        ...

    def left(self) -> Sequence[Left]:
        """What is still left, by an earlier run too."""
        ...


class _Forgets:
    def decided(self, *, into: bool) -> None:
        pass

    def opened(
        self, source: Location, entry: Entry, target: Location, replaces: Entry | None
    ) -> Trail:
        del source, entry, target, replaces
        return NO_TRAIL

    def published(self, source: Location) -> None:
        pass

    def source_removed(self, source: Location) -> None:
        pass

    def ended(self, result: ItemResult) -> None:
        pass

    def before(self, source: Location) -> Before | None:
        del source
        return None

    def ended_before(self) -> Sequence[ItemResult]:
        return ()

    def opened_before(self) -> Sequence[Location]:
        return ()

    def gone(self, leftover: Leftover) -> None:
        pass

    def left(self) -> Sequence[Left]:
        return ()


FORGETS: Recorder = _Forgets()
"""For operations that nobody would take up again."""
