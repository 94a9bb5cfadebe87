"""How one thread asks another to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tfm.model.errors import Cancelled


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
