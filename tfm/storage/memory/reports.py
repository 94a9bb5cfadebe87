"""The double of a service that is told figures: it keeps what it was told last."""

from __future__ import annotations

from collections.abc import Callable


class MemoryReports:
    """The `Reports` facet of the memory backend; `told` are hits and misses as they were at the end."""

    def __init__(self) -> None:
        self._used: Callable[[], tuple[int, int]] = lambda: (0, 0)
        self.told: tuple[int, int] | None = None

    def use_cache(self, used: Callable[[], tuple[int, int]]) -> None:
        """As the protocol."""
        self._used = used

    def end(self) -> None:
        """As the protocol."""
        if self.told is None:
            self.told = self._used()

    def ended(self, seconds: float) -> bool:
        """As the protocol; there is never anything to wait for."""
        del seconds
        return self.told is not None
