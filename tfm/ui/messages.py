"""Messages that cross from worker threads to the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.message import Message

from tfm.jobs.job import JobEvent
from tfm.model.columns import Column
from tfm.model.errors import StorageError
from tfm.session.rows import Rows
from tfm.session.session import Side
from tfm.storage.base import Features


@dataclass
class PlaceOpened(Message):
    """The storage of a pane's place is open: what stands beside names, and what it is called."""

    side: Side
    generation: int
    columns: Sequence[Column]
    features: Features


@dataclass
class RowsArrived(Message):
    """Rows of a listing under way, or (`taken_at` is set) all of them.

    `count` is how many entries the storage has told so far; `taken_at` in seconds since 1970.
    """

    side: Side
    generation: int
    rows: Rows
    count: int
    taken_at: float | None = None


@dataclass
class RowsRecalled(Message):
    """Rows that an earlier run read at `as_of` (seconds since 1970), to look at until newer ones come."""

    side: Side
    generation: int
    rows: Rows
    as_of: float


@dataclass
class CountGrew(Message):
    """More entries are known, but they are not sorted in yet."""

    side: Side
    generation: int
    count: int


@dataclass
class LoadEnded(Message):
    """A listing ended without being whole; `error` is None if it was stopped on purpose."""

    side: Side
    generation: int
    error: StorageError | None


@dataclass
class RowsArranged(Message):
    """The same entries in another order."""

    side: Side
    generation: int
    rows: Rows


@dataclass
class Answered(Message):
    """What a worker was asked for is ready; `deliver` hands it over on the event loop."""

    deliver: Callable[[], None]


class PlacesChanged(Message):
    """Directories may no longer be what the panes show; `Bridge.take_change` tells which."""


@dataclass
class JobMoved(Message):
    """A job made a transition."""

    job: int
    event: JobEvent
