"""Speed and time left, from samples of a job's counters."""

from __future__ import annotations

from collections import deque

_WINDOW = 5.0


class Speedometer:
    """Bytes a second over the last five seconds; samples are (seconds, bytes)."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self, now: float, done: int) -> float:
        """Take a sample and say the speed; 0 until there are two."""
        self._samples.append((now, done))
        while len(self._samples) > 2 and now - self._samples[0][0] > _WINDOW:
            self._samples.popleft()
        (first, start), (last, end) = self._samples[0], self._samples[-1]
        if last - first < 0.2:
            return 0.0
        return max(0.0, (end - start) / (last - first))
