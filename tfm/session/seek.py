"""Incremental search: the cursor goes to the nearest row whose name has all the words typed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tfm.model.match import Words, folded
from tfm.session.pane import PaneState
from tfm.session.rows import NO_ROWS, Rows, identity

AT_ONCE = 20_000
"""Rows that are searched between two key strokes without anybody noticing."""


class Names:
    """The names of some rows, folded once for all letters that will be typed. Made on any thread."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._folded = [folded(entry.name) for entry in rows.entries]

    def hits(self, words: Words) -> list[int]:
        """The rows that have all the words; all of them while there is no word."""
        return words.among(self._folded)


class Seek:
    """One search in a pane, from its first letter to Enter or Esc; UI thread only, never any I/O."""

    def __init__(self, pane: PaneState) -> None:
        self._pane = pane
        current = pane.current
        self._origin = None if current is None else identity(current)
        self._origin_row, self._origin_top = pane.cursor, pane.top
        self._rows: Rows = NO_ROWS
        self._hits: Sequence[int] = ()
        self.words = Words("")

    @property
    def is_stale(self) -> bool:
        """True if the pane shows other rows than were searched."""
        return bool(self.words) and self._rows is not self._pane.rows

    def show(self, words: Words, rows: Rows, hits: Sequence[int]) -> None:
        """What was found among `rows`; the cursor goes to the nearest of it."""
        self.words, self._rows, self._hits = words, rows, hits
        if rows is not self._pane.rows:
            return  # the rows changed while they were searched; see `is_stale`
        if not words:
            self._to_origin()
        elif hits:
            self._pane.move_to(self._nearest(self._origin_row))

    def _nearest(self, row: int) -> int:
        after = bisect_left(self._hits, row)
        near = self._hits[max(0, after - 1) : after + 1]
        return min(near, key=lambda hit: (abs(hit - row), -hit))

    def step(self, by: int) -> None:
        """On to the next match, or back to the one before; round at the ends."""
        if not self._hits or self.is_stale:
            return
        row = self._pane.cursor
        if by > 0:
            at = bisect_right(self._hits, row) % len(self._hits)
        else:
            at = bisect_left(self._hits, row) - 1
        self._pane.move_to(self._hits[at])

    def to_end(self, *, last: bool) -> None:
        """The first match, or the last."""
        if self._hits and not self.is_stale:
            self._pane.move_to(self._hits[-1 if last else 0])

    @property
    def count(self) -> int:
        """How many rows match."""
        return len(self._hits) if self.words else 0

    @property
    def number(self) -> int:
        """Which of the matches the cursor is on, from 1; 0 if on none."""
        at = bisect_left(self._hits, self._pane.cursor)
        hit = at < len(self._hits) and self._hits[at] == self._pane.cursor
        return at + 1 if hit and self.words else 0

    def cancel(self) -> None:
        """Back to where it began."""
        self._to_origin()

    def _to_origin(self) -> None:
        pane = self._pane
        if self._origin is not None and self._origin in pane.rows.index:
            pane.land_on(self._origin)
        else:
            pane.move_to(self._origin_row)
        pane.top = self._origin_top
