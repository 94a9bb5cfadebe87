"""Runs a verb on a thread of its own while the main thread draws progress and takes signals.

A signal handler only notes the number: everything that takes a lock happens outside it. The first
signal cancels cooperatively, so that temporary files and unfinished uploads go; a second one, or
patience running out, gives up what is unfinished and leaves at once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Self

from tfm.cli.console import Console
from tfm.model.cancel import CancelToken
from tfm.model.errors import Cancelled
from tfm.storage.vfs import Vfs

_log = logging.getLogger("tfm.cli")

_TICK = 0.1
_ASKED_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PATIENCE = 2.5
_PATIENCE_OF_READERS = 0.3
_FOR_UPLOADS = 1.5


def attend(
    act: Callable[[], int],
    *,
    vfs: Vfs,
    cancel: CancelToken,
    console: Console,
    arrived: list[int],
    tick: Callable[[], None],
    changes: bool,
    stopping: Callable[[int], None] = lambda _number: None,
) -> int:
    """The exit status of `act`, or 128+n after signal n; what `act` raises is raised here.

    Signals are entered in `arrived`; `stopping` is told of the first one before the work is cancelled.
    `changes` is false for verbs that only read: nothing is lost when they are left at once.
    """
    outcome: list[int] = []
    failure: list[BaseException] = []

    with _Bell() as bell, _noted_signals(bell, arrived):

        def work() -> None:
            try:
                outcome.append(act())
            except BaseException as error:  # noqa: BLE001 - raised again on the main thread
                failure.append(error)
            finally:
                bell.ended = True
                bell.ring()

        threading.Thread(target=work, name="tfm-verb", daemon=True).start()
        while not bell.ended and not arrived:
            bell.wait(_TICK)
            tick()
        if arrived:
            stopping(arrived[0])
            _stop(bell, arrived, vfs, cancel, console, changes=changes)
    console.clear()
    if arrived:
        if failure and not isinstance(failure[0], Cancelled):
            _log.error("It ended with a fault, too", exc_info=failure[0])
        return 128 + arrived[0]
    if failure:
        raise failure[0]
    return outcome[0]


class _Bell:
    """Wakes the main thread at once, for a signal as for the end of the work."""

    def __init__(self) -> None:
        self.ended = False
        self._lock = threading.Lock()
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    @property
    def descriptor(self) -> int:
        """Where a byte rings."""
        return self._write

    def ring(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            os.write(self._write, b"\0")

    def wait(self, seconds: float) -> None:
        if select.select([self._read], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._read, 4096)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            os.close(self._read)
            os.close(self._write)
            self._write = -1


@contextlib.contextmanager
def _noted_signals(bell: _Bell, arrived: list[int]) -> Iterator[None]:
    """Enter signals as they arrive; those ignored from outside (nohup) stay ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def note(number: int, _frame: FrameType | None) -> None:
        arrived.append(number)

    before = {number: signal.getsignal(number) for number in _ASKED_TO_END}
    woken = signal.set_wakeup_fd(bell.descriptor, warn_on_full_buffer=False)
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, note)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(
    bell: _Bell,
    arrived: list[int],
    vfs: Vfs,
    cancel: CancelToken,
    console: Console,
    *,
    changes: bool,
) -> None:
    """Wait for a clean end; without one, give up what is unfinished and leave the process."""
    number = arrived[0]
    cancel.cancel()
    _log.info("Signal %d: stopping", number)
    patience = _PATIENCE if changes else _PATIENCE_OF_READERS
    deadline = time.monotonic() + patience
    said = False
    while len(arrived) == 1 and time.monotonic() < deadline:
        bell.wait(_TICK)
        if bell.ended:
            return
        if changes and console.shows_progress and not said:
            said = True
            console.say("stopping, and clearing up what is unfinished … (again to leave at once)")
    if bell.ended:
        return
    for name in give_up(vfs, _FOR_UPLOADS):
        console.say(f"left unfinished: {name}")
        _log.warning("Left unfinished: %s", name)
    console.clear()
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    # The thread still hangs in a call, perhaps holding the lock of standard output: the normal
    # way out would wait for it.
    os._exit(128 + number)


def give_up(vfs: Vfs, seconds: float) -> list[str]:
    """Abort everything unfinished in all storages; the names of what could not be."""
    deadline = time.monotonic() + seconds
    left: list[str] = []
    for storage in vfs.opened():
        facet = storage.facets.unfinished
        if facet is not None:
            left += facet.abort_unfinished(max(0.1, deadline - time.monotonic()))
    return left
