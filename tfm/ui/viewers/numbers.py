"""Which line numbers are known of a file, so that nothing is counted twice."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from tfm.ui.viewers.rows import Line

_MOST = 10_000
_APART = 256 * 1024


class LineNumbers:
    """Starts of lines and their numbers, from 1, in order; at most a few per megabyte are kept."""

    def __init__(self) -> None:
        self._known: list[tuple[int, int]] = [(0, 1)]

    def before(self, offset: int) -> tuple[int, int]:
        """The last known line that begins at or before a byte."""
        return self._known[bisect.bisect_right(self._known, (offset, 2**62)) - 1]

    def before_line(self, number: int) -> tuple[int, int]:
        """The last known line with at most this number."""
        index = bisect.bisect_right(self._known, max(1, number), key=lambda each: each[1])
        return self._known[index - 1]

    def remember(self, offset: int, number: int) -> None:
        """The line that begins at a byte has this number."""
        if len(self._known) < _MOST and self.before(offset)[0] != offset:
            bisect.insort(self._known, (offset, number))

    def learn(self, lines: Sequence[Line]) -> None:
        """Keep the number of one of these lines, unless a near one is known."""
        first = next((line for line in lines if line.first and line.number is not None), None)
        if first is not None and first.start - self.before(first.start)[0] > _APART:
            self.remember(first.start, first.number or 1)
