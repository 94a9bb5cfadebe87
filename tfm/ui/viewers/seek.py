"""One thing that is being looked for in a file, how far it came, and the way to give it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.ui.bridge import Bridge, Pending

T = TypeVar("T")


class Progress:
    """Written by a worker, read when the footer is painted."""

    def __init__(self, total: int) -> None:
        self.total = max(1, total)
        self.done = 0

    def tell(self, done: int) -> None:
        """So many bytes were looked at."""
        self.done = done


class Seek:
    """At most one at a time; the next one ends the one before. Event loop only."""

    def __init__(self, bridge: Bridge, changed: Callable[[], None]) -> None:
        self._bridge = bridge
        self._changed = changed
        self._pending: Pending | None = None
        self._progress = Progress(0)
        self._verb = ""

    @property
    def text(self) -> str:
        """What is going on, empty if nothing is."""
        if self._pending is None:
            return ""
        progress = self._progress
        share = min(99, progress.done * 100 // progress.total)
        return f"{self._verb}… {share} %, Esc stops" if progress.done else f"{self._verb}…"

    def start(
        self,
        verb: str,
        total: int,
        act: Callable[[CancelToken, Callable[[int], None]], T],
        then: Callable[[T], None],
        failed: Callable[[StorageError], None],
    ) -> None:
        """Do `act` on a worker; it tells the bytes it looked at, of `total`."""
        self.stop()
        progress = self._progress = Progress(total)
        self._verb = verb

        def done(found: T) -> None:
            self._pending = None
            then(found)
            self._changed()

        def fault(error: StorageError) -> None:
            self._pending = None
            failed(error)
            self._changed()

        self._pending = self._bridge.ask(lambda cancel: act(cancel, progress.tell), done, fault)
        self._changed()

    def stop(self) -> bool:
        """Give it up; False if nothing was going on."""
        if self._pending is None:
            return False
        self._pending.cancel()
        self._pending = None
        self._changed()
        return True
