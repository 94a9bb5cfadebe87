"""One line on standard error: how far a verb is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from tfm.cli.console import Console
from tfm.jobs.meter import Speedometer
from tfm.model.cancel import NEVER, CancelToken, Waiting
from tfm.model.text import duration, safe_text, short_size
from tfm.ops.context import Meter, Totals

_QUIET_SECONDS = 0.5
_LONG_WAIT = 5.0


class Progress:
    """Drawn by `tick`, at most ten times a second, only on a terminal, not in the first moment."""

    def __init__(
        self,
        console: Console,
        meter: Meter,
        cancel: CancelToken = NEVER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._meter = meter
        self._cancel = cancel
        self._said = False
        self._clock = clock
        self._start = clock()
        self._speed = Speedometer()
        self._shown = console.shows_progress

    def tick(self) -> None:
        """Sample and draw."""
        waiting = self._cancel.waiting
        if not self._shown:
            if waiting is not None:
                self._say_once(waiting)
            return
        now = self._clock()
        totals = self._meter.totals()
        speed = self._speed.sample(now, totals.bytes_done)
        if now - self._start < _QUIET_SECONDS or totals == _NOTHING_YET:
            return
        told = "" if waiting is None else safe_text(waiting.told())
        self._console.draw(_fitted(told or _text(totals, speed)))

    def _say_once(self, waiting: Waiting) -> None:
        """Without a terminal: one line about a long wait, so that a log shows why nothing moves."""
        if not self._said and waiting.until - time.monotonic() > _LONG_WAIT:
            self._said = True
            self._console.say(f"waiting: {waiting.error.reason} {waiting.error.hint}")


_NOTHING_YET = Meter().totals()


def _text(totals: Totals, speed: float) -> str:
    parts = [f"{totals.items_done}/{totals.items_total}{'+' if totals.counting else ''}"]
    if totals.bytes_done or totals.bytes_total:
        parts.append(f"{short_size(totals.bytes_done)} of {short_size(totals.bytes_total)}")
    if speed > 0:
        parts.append(f"{short_size(int(speed))}/s")
        left = totals.bytes_total - totals.bytes_done
        if not totals.counting and left > 0:
            parts.append(f"{duration(left / speed)} left")
    if totals.current is not None:
        parts.append(safe_text(totals.current.name or str(totals.current)))
    return "  ".join(parts)


def _fitted(text: str) -> str:
    """Cut to the width of the terminal, counted in cells, one cell short of the edge."""
    from rich.cells import cell_len, set_cell_size

    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):
        width = 80
    width = max(10, width - 1)
    return text if cell_len(text) <= width else set_cell_size(text, width)
