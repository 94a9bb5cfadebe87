"""What is longer than its room: how far a key goes in it, and lines that scroll."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.widget import Widget

WHEEL_ROWS = 3
_ALL = 10**9
_LETTERS = {"k": "up", "j": "down", "space": "pagedown"}

Line = TypeVar("Line")


def rows_moved(key: str, height: int) -> int | None:
    """Rows that a key goes on, below 0 back, where `height` are seen; None if it does not move."""
    page = max(1, height - 1)
    moves = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -_ALL, "end": _ALL}
    return moves.get(key)


class ScrollingLines(Widget, Generic[Line], can_focus=False):
    """Lines without a cursor; what one of them looks like is for those who build on it."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Line] = ()
        self.top = 0

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Other lines; where it is scrolled to stays."""
        self._lines = lines
        self.scroll_rows(0)
        self.refresh()

    def scroll_rows(self, rows: int) -> None:
        """Move on or back."""
        top = max(0, min(self.top + rows, len(self._lines) - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()

    def walk(self, key: str, *, letters: bool = True) -> bool:
        """Scroll, if the key says so; with `letters` j, k and Space do."""
        rows = rows_moved(_LETTERS.get(key, key) if letters else key, self.size.height)
        if rows is not None:
            self.scroll_rows(rows)
        return rows is not None

    def on_resize(self) -> None:
        """There may be room for more."""
        self.scroll_rows(0)

    def on_mouse_scroll_down(self) -> None:
        """Move on."""
        self.scroll_rows(WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        """Move back."""
        self.scroll_rows(-WHEEL_ROWS)
