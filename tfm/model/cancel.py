"""How one thread asks another to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tfm.model.errors import Cancelled, StorageError
from tfm.model.text import duration


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody waits for after a failed attempt; `until` in monotonic seconds."""

    error: StorageError
    until: float

    def told(self) -> str:
        """`The server asks to slow down. Next try in 4 s.` The words are not safe for a terminal."""
        reason = self.error.reason[:1].upper() + self.error.reason[1:]
        hint = f" {self.error.hint}" if self.error.hint and not self.error.retryable else ""
        left = duration(self.until - time.monotonic())
        return f"{reason}{hint} Next try in {left}."


class CancelToken:
    """Set once by anybody, looked at between pages, blocks and items by whoever works.

    Also the switch for pause: `check` blocks while paused, and a cancel ends the pause.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._waiting: list[Waiting] = []

    @property
    def waiting(self) -> Waiting | None:
        """The next attempt after a failed one, if anybody waits for one now."""
        with self._lock:
            return min(self._waiting, key=lambda one: one.until, default=None)

    @property
    def cancelled(self) -> bool:
        """True once `cancel` was called."""
        return self._event.is_set()

    @property
    def paused(self) -> bool:
        """True between `pause` and `resume`."""
        return not self._running.is_set() and not self.cancelled

    def cancel(self) -> None:
        """Ask to stop; idempotent. Callbacks run in the calling thread."""
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        self._running.set()
        for callback in callbacks:
            callback()

    def pause(self) -> None:
        """Ask whoever checks next to wait."""
        if not self.cancelled:
            self._running.clear()

    def resume(self) -> None:
        """Let them go on."""
        self._running.set()

    def check(self) -> None:
        """Wait while paused; raise Cancelled if asked to stop."""
        self._running.wait()
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep at most `seconds`; True if cancelled meanwhile."""
        return self._event.wait(seconds)

    def wait_to_retry(self, seconds: float, error: StorageError) -> bool:
        """Wait before another attempt at what ended with `error`, for all to see; True if cancelled."""
        waiting = Waiting(error, time.monotonic() + seconds)
        with self._lock:
            self._waiting.append(waiting)
        try:
            return self.wait(seconds)
        finally:
            with self._lock:
                self._waiting.remove(waiting)

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back at cancel (at once if it is already so); returns a function that forgets it."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)


class _Never(CancelToken):
    def cancel(self) -> None:
        raise AssertionError("NEVER is shared by everybody and cannot be cancelled")


NEVER: CancelToken = _Never()
