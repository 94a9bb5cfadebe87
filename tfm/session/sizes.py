"""What directories hold, as far as somebody asked: remembered until something in them changes."""

from __future__ import annotations

from collections import OrderedDict

from tfm.model.change import Change
from tfm.model.location import Location
from tfm.model.text import SafeText, short_size
from tfm.ops.size import Count

_MOST = 5000


class DirectorySizes:
    """Counts by directory; event loop only. A few thousand are kept, the oldest leave first."""

    def __init__(self) -> None:
        self._counts: OrderedDict[Location, Count] = OrderedDict()

    def begin(self, directory: Location) -> None:
        """It is going to be counted."""
        directory = directory.as_directory()
        self._counts[directory] = Count()
        self._counts.move_to_end(directory)
        while len(self._counts) > _MOST:
            self._counts.popitem(last=False)

    def put(self, directory: Location, count: Count) -> None:
        """So much was found so far, or in all; not kept if something changed since the beginning."""
        directory = directory.as_directory()
        if directory in self._counts:
            self._counts[directory] = count

    def get(self, directory: Location) -> Count | None:
        """What is known, None if nobody asked or it may have changed."""
        return self._counts.get(directory.as_directory()) if self._counts else None

    def text(self, directory: Location) -> SafeText:
        """At most six cells: `1.2M`, with `…` while it is counted, `+` where not all could be read."""
        count = self.get(directory)
        if count is None:
            return SafeText("")
        if not count.complete:
            return SafeText("…" if not count.bytes else f"{short_size(count.bytes)}…")
        return SafeText(f"{short_size(count.bytes)}{'+' if count.unreadable else ''}")

    def forget_unfinished(self) -> None:
        """Counting was given up."""
        for directory in [d for d, count in self._counts.items() if not count.complete]:
            del self._counts[directory]

    def drop(self, change: Change) -> bool:
        """Forget every directory in or above which something changed; True if there was one."""
        if not self._counts or not change:
            return False
        before = len(self._counts)
        for directory in list(self._counts):
            inside = any(
                place == directory or directory.holds(place)
                for place in (*change.directories, *change.subtrees)
            )
            if inside or any(top.holds(directory) for top in change.subtrees):
                del self._counts[directory]
        return len(self._counts) != before
