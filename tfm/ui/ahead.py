"""Keys typed faster than a directory opens: they wait for its first rows, a moment at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from textual import events
from textual.timer import Timer

from tfm.session.pane import Loading, PaneState
from tfm.ui.dialogs.frame import LEAVING

HOLD = 0.1
"""Seconds after entering. Longer than a disk takes; shorter than what feels like waiting."""


class Timers(Protocol):
    """Calls back on the event loop after a while."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Once, after `delay` seconds."""
        ...


class TypedAhead:
    """Hands keys on in the order they came.

    `pane` is the active pane while the panes have the floor, else None. A slow line delivers Enter
    and what follows in one piece: without this, what follows would act on a pane without rows.
    """

    def __init__(
        self,
        pane: Callable[[], PaneState | None],
        deliver: Callable[[events.Key], None],
        timers: Timers,
        clock: Callable[[], float],
    ) -> None:
        self._pane = pane
        self._deliver = deliver
        self._timers = timers
        self._clock = clock
        self._held: deque[events.Key] = deque()
        self._waited_for = 0
        self._timer: Timer | None = None

    def take(self, event: events.Key) -> None:
        """One key; those that stop things never wait, and what was typed before them is void."""
        if event.key in LEAVING:
            self._held.clear()
            self._deliver(event)
            return
        self._held.append(event)
        self.release()

    def release(self) -> None:
        """Rows came, or none will: hand on what was held back."""
        while self._held and not self._waits():
            self._deliver(self._held.popleft())
        if self._held and self._timer is None:
            self._timer = self._timers.set_timer(HOLD, self._overdue)

    def _waits(self) -> bool:
        pane = self._pane()
        if pane is None or pane.loading is not Loading.ENTERING or len(pane.rows):
            return False
        in_time = self._clock() - pane.started < HOLD
        return in_time and pane.generation != self._waited_for

    def _overdue(self) -> None:
        pane, self._timer = self._pane(), None
        if pane is not None:
            self._waited_for = pane.generation
        self.release()
