"""Text to read, in a box that scrolls; and the same as a question, when it shows what would be another."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.strip import Strip

from tfm.model.text import SafeText, safe_text
from tfm.ui.cells import pad, width_of, wrapped
from tfm.ui.dialogs.frame import Button, Dialog, Label, palette_for, text_width
from tfm.ui.dialogs.scrolling import ScrollingLines
from tfm.ui.viewers import rows

_TAKES_LINES = 8
_MOST_LINES = 20
_MOST_TOLD = 8


class LineList(ScrollingLines[tuple[str, SafeText]]):
    """Draws lines; with `signs` a + or - in front of one says that it comes or goes."""

    def __init__(self, lines: Sequence[str], *, signs: bool = False) -> None:
        super().__init__()
        self._given = lines
        self._signs = signs
        self.styles.width = "100%"

    def on_resize(self) -> None:
        """Long lines go on in the next one, with their sign."""
        width = max(1, self.size.width - (1 if self._signs else 0))
        lines: list[tuple[str, SafeText]] = []
        for given in self._given:
            sign, text = (given[:1], given[1:]) if self._signs else ("", given)
            pieces = list(rows.wrapped(safe_text(text), width)) or [SafeText("")]
            lines += [(sign, piece) for piece in pieces]
        self.show_lines(lines)

    def render_line(self, y: int) -> Strip:
        """One line."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        sign, text = self._lines[at] if at < len(self._lines) else ("", SafeText(""))
        styles = {"+": palette.panel_accent, "-": palette.panel_error, "…": palette.panel_muted}
        style = styles.get(sign, palette.panel)
        line = f"{sign if self._signs else ''}{text}"
        return Strip([Segment(pad(line, width), style)]).adjust_cell_length(width, palette.panel)


class LinesDialog(Dialog[bool]):
    """Gives True for `yes`. Without `yes` it is something to read. Opens on Cancel.

    `told` stands above the lines, and `warnings` in the colour of those.
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[str],
        *,
        told: str = "",
        warnings: Sequence[str] = (),
        yes: str = "",
        signs: bool = False,
    ) -> None:
        asks = (Button("no", "Cancel", "c"), Button("yes", yes, yes[:1].lower()))
        super().__init__(title, asks if yes else (Button("no", "Close", "c"),), classes="wide")
        self._lines = lines
        self._told = told
        self._warnings = warnings
        self.list = LineList(lines, signs=signs)

    def body(self) -> ComposeResult:
        """What it is about, what to fear, and the lines."""
        width = max(20, text_width(self.app.size.width))
        above = 0
        if self._told:
            yield Label(self._told)
            above += 1
        warned = [line for text in self._warnings for line in wrapped(safe_text(text), width)]
        for line in warned[:_MOST_TOLD]:
            yield Label(line, classes="warning")
        above += min(len(warned), _MOST_TOLD)
        room = self.app.size.height - _TAKES_LINES - above
        wanted = sum(1 + width_of(safe_text(line)) // width for line in self._lines)
        self.list.styles.height = max(1, min(_MOST_LINES, room, max(1, wanted)))
        yield self.list

    def take_key(self, event: events.Key) -> None:
        """Scroll, choose, or leave."""
        if self.list.walk(event.key, letters=False):
            return
        if event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def pressed(self, button: str) -> None:
        """Done."""
        self.dismiss(button == "yes")
