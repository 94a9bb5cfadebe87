"""The last lines of the log, kept in memory for the screen and for `tfm log`."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tfm.model.text import safe_text


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event; `number` counts from 1, `when` is in seconds since 1970, `level` one of `logging`."""

    number: int
    when: float
    level: int
    source: str
    text: str


class LogBook:
    """At most `most` lines, the oldest leave first. Any thread may write, any may read."""

    def __init__(self, most: int) -> None:
        self._lines: deque[LogLine] = deque(maxlen=most)
        self._changed = threading.Condition()
        self._closed = False
        self._count = 0

    @property
    def count(self) -> int:
        """How many lines were ever written; it only grows."""
        return self._count

    def write(self, when: float, level: int, source: str, text: str) -> None:
        """Add one line."""
        with self._changed:
            self._count += 1
            self._lines.append(LogLine(self._count, when, level, source, text))
            self._changed.notify_all()

    def lines(
        self, level: int = logging.NOTSET, fits: Callable[[LogLine], bool] = lambda _line: True
    ) -> Sequence[LogLine]:
        """The lines of at least this level that fit, oldest first."""
        with self._changed:
            every = tuple(self._lines)
        return [line for line in every if line.level >= level and fits(line)]

    def wait(self, after: int, seconds: float) -> Sequence[LogLine]:
        """The lines behind number `after`; waits for the first one, but not longer than told."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > after or self._closed, seconds)
            return [line for line in self._lines if line.number > after]

    @property
    def closed(self) -> bool:
        """True once nothing more will be written."""
        return self._closed

    def close(self) -> None:
        """Let go who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class BookHandler(logging.Handler):
    """Writes log records into a book; of a fault only its last line, the rest is for the file."""

    def __init__(self, book: LogBook) -> None:
        super().__init__()
        self._book = book

    def emit(self, record: logging.LogRecord) -> None:
        """Add the record; one that cannot be put into words is reported as `logging` does."""
        try:
            text = record.getMessage()
            if record.exc_info and record.exc_info[1] is not None:
                fault = record.exc_info[1]
                text = f"{text}: {type(fault).__name__}: {fault}"
            self._book.write(record.created, record.levelno, record.name, safe_text(text))
        except (TypeError, ValueError):
            self.handleError(record)
