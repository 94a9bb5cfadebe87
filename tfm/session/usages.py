"""What was counted beneath directories, by class: kept until something beneath them changes."""

from __future__ import annotations

import threading
from collections import OrderedDict

from tfm.model.change import Change
from tfm.model.location import Location
from tfm.model.past import now
from tfm.ops.usage import Usage

_MOST = 8


class Usages:
    """The last few counts that were finished; each may hold thousands of directories."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Location, Usage] = OrderedDict()
        self._running: list[Usage] = []

    def begin(self, usage: Usage) -> None:
        """A count begins; from any thread. What changes from now on spoils it."""
        with self._lock:
            self._kept.pop(usage.top, None)
            self._running = [*self._running[1 - _MOST :], usage]

    def put(self, usage: Usage) -> None:
        """It has ended; kept unless something changed beneath meanwhile, or not all could be read."""
        with self._lock:
            if usage not in self._running:
                return
            self._running.remove(usage)
            if usage.complete and not usage.unreadable:
                self._kept[usage.top] = usage
                while len(self._kept) > _MOST:
                    self._kept.popitem(last=False)

    def get(self, directory: Location) -> Usage | None:
        """What was counted there, if it still holds."""
        with self._lock:
            found = self._kept.get(directory.as_directory())
            if found is not None:
                self._kept.move_to_end(directory.as_directory())
            return found

    def drop(self, change: Change) -> None:
        """Forget every count in or above which something changed."""
        with self._lock:
            self._running = [each for each in self._running if not _touches(change, each.top)]
            for top in [top for top in self._kept if _touches(change, top)]:
                del self._kept[top]


def _touches(change: Change, top: Location) -> bool:
    top = now(top)  # versions that go are missed in what was
    places = (*change.directories, *change.subtrees)
    return any(place == top or top.holds(place) for place in places) or any(
        subtree.holds(top) for subtree in change.subtrees
    )
