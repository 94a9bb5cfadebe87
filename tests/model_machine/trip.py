"""Something that happens below the engine at the k-th call: a fault, a lost answer, or a cancel."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from tfm.storage.local.syscalls import System


class Trip:
    """Counts the calls that reach the stores; at the armed one it acts, once."""

    def __init__(self) -> None:
        self._left = 0
        self._act: Callable[[Callable[[], Exception]], None] | None = None
        self._answers = False
        self.sprung = ""

    def arm(
        self, at: int, act: Callable[[Callable[[], Exception]], None], *, answers: bool = False
    ) -> None:
        """At the `at`-th call from now on (from 1) do this; it is handed that store's own error.

        With `answers` it is the `at`-th answer to a request that changes something.
        """
        self._left, self._act, self._answers, self.sprung = at, act, answers, ""

    def disarm(self) -> str:
        """Do nothing any more; the name of the store where it happened, empty if it did not."""
        self._act = None
        return self.sprung

    def step(self, store: str, error: Callable[[], Exception], *, answered: bool = False) -> None:
        """One call of that store is about to be made, or was `answered`."""
        if self._act is None or self.sprung or answered is not self._answers:
            return
        self._left -= 1
        if self._left == 0:
            self.sprung = store
            self._act(error)


def fail(error: Callable[[], Exception]) -> None:
    """The act of a fault: the call is not made and fails, or its answer does not come."""
    raise error()


_COUNTED = frozenset(
    [
        "pread",
        "read",
        "write",
        "pwrite",
        "copy_range",
        "clone",
        "fstat",
        "fsync",
        "fsync_directory",
        "rename",
        "rename_new",
        "exchange",
        "link",
        "unlink",
        "set_mode",
        "set_times",
    ]
)


class TrippingSystem(System):
    """The real kernel, each call counted. Nothing here outlives a power cut, so nothing is synced."""

    def __init__(self, trip: Trip) -> None:
        self._trip = trip

    def __getattribute__(self, name: str) -> Any:
        if name in _COUNTED:
            self._trip.step("disk", lambda: OSError(errno.EIO, "injected"))
        return super().__getattribute__(name)

    def fsync(self, fd: int) -> None:
        """Only counted."""

    def fsync_directory(self, directory: int) -> None:
        """Only counted."""
