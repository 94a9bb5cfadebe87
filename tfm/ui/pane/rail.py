"""One cell beside the list: the line between the panes, and how far the list is scrolled."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tfm.ui.theming import Palette

LINE, THUMB = "│", "┃"


class Rail(Widget, can_focus=False):
    """Repaints only the cells that change; a step of the cursor changes none."""

    class Dragged(Message):
        """The line was drawn to a column of the screen."""

        def __init__(self, rail: Rail, column: int) -> None:
            super().__init__()
            self.rail = rail
            self.column = column

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._thumb = range(0)
        self._held = False

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One cell."""
        if y in self._thumb:
            return Strip([Segment(THUMB, self._palette.thumb)], 1)
        return Strip([Segment(LINE, self._palette.rail)], 1)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the line."""
        if event.button == 1:
            event.stop()
            self.capture_mouse()
            self._held = True

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw it along."""
        if self._held:
            event.stop()
            self.post_message(self.Dragged(self, int(event.screen_x)))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        if self._held:
            event.stop()
            self._held = False
            self.release_mouse()

    def show(self, top: int, height: int, rows: int) -> None:
        """`height` lines are visible of `rows`, from `top` on."""
        thumb = range(0)
        if rows > height > 0:
            length = max(1, height * height // rows)
            start = round(top * (height - length) / (rows - height))
            thumb = range(start, start + length)
        changed = set(thumb) ^ set(self._thumb)
        self._thumb = thumb
        for y in changed:
            self.refresh(Region(0, y, 1, 1))
