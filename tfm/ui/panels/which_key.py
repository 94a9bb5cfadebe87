"""What may follow the keys pressed so far; shown when the next one does not come at once."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tfm.config.keymap import Keymap
from tfm.config.keys import key_label
from tfm.ui.cells import pad, width_of
from tfm.ui.theming import Palette

SHOWN_AFTER = 0.3
"""Seconds. Who knows the chord has typed it by then, and nothing is sent to the terminal."""

_GAP = 2


class WhichKey(Widget, can_focus=False):
    """A few lines over the bottom of the panes: the next keys and what they do."""

    def __init__(self, palette: Palette, after: float = SHOWN_AFTER) -> None:
        super().__init__(id="which-key")
        self._palette = palette
        self._after = after
        self._title = ""
        self._rows: Sequence[tuple[str, str]] = ()
        self._timer: Timer | None = None

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette
        self.refresh()

    def follow(self, keymap: Keymap, prefix: str) -> None:
        """A key was pressed: `prefix` is what waits for more keys now, empty when nothing does."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not prefix:
            self.display = False
            return
        self._title = key_label(prefix)
        self._rows = keymap.after(prefix)
        if self.display:
            self._open()
        else:
            self._timer = self.set_timer(self._after, self._open)

    def _open(self) -> None:
        self._timer = None
        columns, _ = self._grid(self.app.size.width)
        lines = -(-len(self._rows) // columns)
        self.styles.height = 1 + min(lines, max(1, self.app.size.height - 4))
        self.display = True
        self.refresh()

    def _grid(self, width: int) -> tuple[int, int]:
        """Columns, and cells of the labels."""
        label = max((width_of(key) for key, _ in self._rows), default=1)
        widest = max((width_of(title) for _, title in self._rows), default=1)
        return max(1, width // (label + widest + _GAP + 1)), label

    def render_line(self, y: int) -> Strip:
        """The keys pressed, then columns of key and meaning, read downwards."""
        palette, width = self._palette, self.size.width
        columns, label = self._grid(width)
        lines = self.size.height - 1
        if y == 0:
            hidden = len(self._rows) - columns * lines
            more = f"; {hidden} more: F1" if hidden > 0 else ""
            title = f" {self._title} … (Esc: nothing{more})"
            return Strip([Segment(pad(title, width), palette.panel_accent)], width)
        room = width // columns
        segments: list[Segment] = []
        for row in self._rows[y - 1 : columns * lines : lines]:
            key, title = row
            segments.append(Segment(f" {pad(key, label)} ", palette.panel_accent))
            segments.append(Segment(pad(title, max(0, room - label - _GAP)), palette.panel))
        return Strip(segments).adjust_cell_length(width, palette.panel)
