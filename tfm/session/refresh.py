"""Which panes a change makes stale, and when each is read again.

A job may touch a directory thousands of times. The first change is shown at once; after that a pane
rests between two reads, longer where a read costs a request, and it always reads once more after
the last change.
"""

from __future__ import annotations

from dataclasses import dataclass

from tfm.model.change import Change
from tfm.session.session import Session, Side

LOCAL_REST = 0.2
REMOTE_REST = 2.0
_REST_PER_READ = 3.0


@dataclass(slots=True)
class _Plan:
    stale: bool = False
    not_before: float = 0.0


class Refresher:
    """Times are in monotonic seconds, handed in by the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._plans = {side: _Plan() for side in Side}

    def note(self, change: Change) -> None:
        """Something changed: remember which panes show it."""
        for side in Side:
            if self._session[side].touched_by(change):
                self._plans[side].stale = True

    def due(self, now: float) -> tuple[Side, ...]:
        """The panes to read now; each is named once."""
        found = tuple(
            side for side, plan in self._plans.items() if plan.stale and plan.not_before <= now
        )
        for side in found:
            self._plans[side].stale = False
        return found

    def next_at(self) -> float | None:
        """When to ask again, None if no pane is stale."""
        waiting = [plan.not_before for plan in self._plans.values() if plan.stale]
        return min(waiting) if waiting else None

    def done(self, side: Side, now: float, took: float, *, remote: bool) -> None:
        """A read of a pane has ended: rest in proportion to what it cost."""
        rest = REMOTE_REST if remote else LOCAL_REST
        self._plans[side].not_before = now + max(rest, took * _REST_PER_READ)

    def hurry(self, now: float) -> None:
        """End every rest: the user waits for what has just been done."""
        for plan in self._plans.values():
            plan.not_before = min(plan.not_before, now)

    def postpone(self, side: Side, until: float) -> None:
        """The pane cannot be read now: it stays stale."""
        self._plans[side] = _Plan(True, until)

    def swap(self) -> None:
        """The panes changed sides, and what makes them stale went with them."""
        left, right = Side.LEFT, Side.RIGHT
        self._plans[left], self._plans[right] = self._plans[right], self._plans[left]

    def moved(self, side: Side) -> None:
        """The pane went elsewhere: what made it stale is forgotten."""
        self._plans[side] = _Plan()
