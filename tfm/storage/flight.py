"""A listing under way: two askers of one directory share one request."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.listing import Listing


class Flight:
    """One listing under way, with everybody who waits for it."""

    def __init__(self) -> None:
        self.token = CancelToken()
        self.condition = threading.Condition()
        self.entries: list[Entry] = []
        self.outcome: Listing | None = None
        self.error: BaseException | None = None
        self._watchers = 0
        self._abandoned = False

    def join(self) -> bool:
        """False if the last asker has left: it is being stopped, and will bring nothing."""
        with self.condition:
            if not self._abandoned:
                self._watchers += 1
            return not self._abandoned

    def leave(self) -> None:
        """One asker lost interest; the last one out stops the paging."""
        with self.condition:
            self._watchers -= 1
            last = self._abandoned = self._watchers <= 0
            self.condition.notify_all()
        if last:
            self.token.cancel()

    def add(self, page: Sequence[Entry]) -> None:
        """More rows came."""
        with self.condition:
            self.entries.extend(page)
            self.condition.notify_all()

    def end(self, outcome: Listing | None, error: BaseException | None) -> None:
        """All came, or it failed."""
        with self.condition:
            self.outcome, self.error = outcome, error
            self.condition.notify_all()
