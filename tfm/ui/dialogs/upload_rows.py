"""The rows of many uploads: only those on the screen are ever built."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tfm.model.text import safe_text
from tfm.storage.open_uploads import OpenUpload
from tfm.ui.cells import cut_start, pad, width_of
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.dialogs.scrolling import WHEEL_ROWS, rows_moved

Draw = Callable[[OpenUpload], tuple[str, str]]
"""The columns of an upload, and its key, of which the end is kept where there is no room."""


class UploadRows(Widget, can_focus=False):
    """Draws uploads with a cursor. `uploads` is the list of whoever owns it, which says when it changed."""

    class Moved(Message):
        """The mouse moved the cursor."""

    def __init__(self, uploads: Sequence[OpenUpload], draw: Draw) -> None:
        super().__init__()
        self.cursor = 0
        self.top = 0
        self._uploads = uploads
        self._draw = draw

    @property
    def current(self) -> OpenUpload | None:
        """The one under the cursor."""
        return self._uploads[self.cursor] if self.cursor < len(self._uploads) else None

    def move(self, by: int) -> None:
        """Step down or up, and show where that is; 0 after the rows became others."""
        self.cursor = max(0, min(self.cursor + by, len(self._uploads) - 1))
        height = max(1, self.size.height)
        lowest = max(0, len(self._uploads) - height)
        self.top = min(max(self.top, self.cursor - height + 1), self.cursor, lowest)
        self.refresh()

    def walk(self, key: str) -> bool:
        """Step, if the key says so."""
        rows = rows_moved(key, self.size.height)
        if rows is not None:
            self.move(rows)
        return rows is not None

    def on_resize(self, _event: events.Resize) -> None:
        """The size is known now."""
        self.move(0)

    def render_line(self, y: int) -> Strip:
        """One upload."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        if at >= len(self._uploads):
            return Strip([Segment(" " * width, palette.panel)], width)
        columns, key = self._draw(self._uploads[at])
        front = f" {columns} "
        back = cut_start(safe_text(key), max(0, width - width_of(front)))
        if at == self.cursor:
            return Strip([Segment(pad(front + back, width), palette.cursor)], width)
        back = pad(back, max(0, width - width_of(front)))
        return Strip(
            [Segment(pad(front, min(width, width_of(front))), palette.panel),
             Segment(back, palette.panel_muted)], width,
        )  # fmt: skip

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor there."""
        self._step(self.top + event.y - self.cursor)

    def on_mouse_scroll_down(self) -> None:
        """Move on."""
        self._step(WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        """Move back."""
        self._step(-WHEEL_ROWS)

    def _step(self, by: int) -> None:
        self.move(by)
        self.post_message(self.Moved())
