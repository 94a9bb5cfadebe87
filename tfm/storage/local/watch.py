"""Tells when a directory changes behind our back."""

from __future__ import annotations

import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable

from tfm.model.location import Location
from tfm.storage.guard import guarded
from tfm.storage.local.places import TEMP_NAMES, path_of
from tfm.storage.local.syscalls import is_shared

_log = logging.getLogger("tfm.storage.local")

_GATHER_MS = 500  # at most so long until a burst of changes is told
_QUIET_MS = 100  # so long without a change ends a burst; also how fast a stop is noticed
_FIRST_TURN_MS = 200
_FIRST_IMPORT_LATER = 0.3  # seconds
_GONE = -1
_LOOKED_AT_EVERY = 2.0  # seconds, where the system has no watch to give


class LocalWatch:
    """The facet: one thread per watched directory, asleep in the notification library."""

    def watch(self, directory: Location, changed: Callable[[], None]) -> Callable[[], None]:
        """As the protocol; not recursive. Raises NotFound if it is not there.

        A directory that vanishes is told once and then silent. Where the system has no free watch, or
        learns nothing of others on a shared disk, the directory's time is looked at now and then. The stop returns at once; afterwards `changed` is not begun any more.
        """
        with guarded(directory, "watch"):
            before = os.stat(path_of(directory)).st_mtime_ns
        watcher = _Watcher(directory.key, changed, before)
        threading.Thread(target=watcher.run, name="tfm-watch", daemon=True).start()
        return watcher.stop


class _Watcher:
    def __init__(self, path: str, changed: Callable[[], None], before: int) -> None:
        self._path = path
        self._changed = changed
        self._before = before
        self._stopped = threading.Event()
        self._lock = threading.RLock()

    def stop(self) -> None:
        """Idempotent. Waits for a `changed` that runs, unless called from inside it."""
        self._stopped.set()
        with self._lock:
            pass

    def run(self) -> None:
        """The thread."""
        # importing the package takes tens of milliseconds, which the first paint would feel
        if "watchfiles" not in sys.modules and self._stopped.wait(_FIRST_IMPORT_LATER):
            return
        import watchfiles

        try:
            turns = watchfiles.watch(
                self._path,
                watch_filter=lambda _change, path: not self._is_ours(path),
                debounce=_GATHER_MS,
                step=_QUIET_MS,
                stop_event=self._stopped,
                rust_timeout=_FIRST_TURN_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                recursive=False,
            )
            # between the caller's look and the start of the watch something may have come
            look_at, before = 0.0, self._before
            shared = is_shared(self._path)
            for changes in turns:
                changed = bool(changes)
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + _LOOKED_AT_EVERY if shared else math.inf
                    now = self._time()
                    changed, before = changed or now != before, now
                if changed:
                    self._tell()
        except (OSError, RuntimeError) as error:
            _log.info("No watch for %r, it is looked at instead: %s", self._path, error)
            self._look_now_and_then()

    def _look_now_and_then(self) -> None:
        """Tells names that come and go, and costs one look each time; until the directory is gone."""
        before = self._before
        while True:
            now = self._time()
            if now != before:
                self._tell()
            before = now
            if now == _GONE or self._stopped.wait(_LOOKED_AT_EVERY):
                return

    def _is_ours(self, path: str) -> bool:
        return TEMP_NAMES.looks_like(os.path.basename(path))

    def _time(self) -> int:
        try:
            return os.stat(self._path).st_mtime_ns
        except OSError:
            return _GONE

    def _tell(self) -> None:
        with self._lock:
            if not self._stopped.is_set():
                self._changed()
