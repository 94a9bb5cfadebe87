"""A job: identity, state, and the frozen picture that others draw."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tfm.model.conflict import Conflict
from tfm.model.location import Location
from tfm.ops.context import ItemResult, Report


class JobState(enum.Enum):
    """Where a job is; the last three are ends. One that is `WAITING` looks again hours later, and takes nobody's place."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    ASKING = "asking"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """True once nothing more will happen."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class JobSnapshot:
    """What a job looked like at one moment.

    `speed` in bytes a second; `seconds_left` None while it cannot be told. `counting` is true while
    the totals still grow. `waiting` says why a job stands still and when it tries again, empty if it
    does not. `error` is what ended the job as a whole, `failures` are single items.
    """

    id: int
    title: str
    state: JobState
    items_done: int
    items_total: int
    bytes_done: int
    bytes_total: int
    counting: bool
    current: Location | None
    speed: float
    seconds_left: float | None
    failures: tuple[ItemResult, ...]
    question: Conflict | None
    waiting: str
    error: str
    report: Report | None


class JobEvent(enum.Enum):
    """Transitions; everything between is sampled."""

    QUEUED = "queued"
    STARTED = "started"
    ASKING = "asking"
    WAITING = "waiting"
    ANSWERED = "answered"
    ITEM_FAILED = "item failed"
    FINISHED = "finished"
