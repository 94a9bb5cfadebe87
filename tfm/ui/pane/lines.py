"""Lines that are painted whole: the header, the titles and the footer of a pane."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tfm.ui.cells import cut_start, pad, width_of

Piece = tuple[str, Style]


class Line(Widget, can_focus=False):
    """One line of styled pieces; `show` repaints it only if it changed, and never lays out."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._pieces: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        """What the line says."""
        return "".join(piece for piece, _ in self._pieces)

    def show(self, *pieces: Piece) -> None:
        """Replace the content; the last piece fills the rest of the line."""
        if pieces != self._pieces:
            self._pieces = pieces
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """The pieces, cut or filled to the width."""
        left = width = self.size.width
        segments: list[Segment] = []
        last = len(self._pieces) - 1
        for number, (text, style) in enumerate(self._pieces):
            cells = left if number == last else min(left, width_of(text))
            if cells > 0:
                segments.append(Segment(pad(text, cells), style))
                left -= cells
        if left > 0:
            segments.append(Segment(" " * left, Style.null()))
        return Strip(segments, width)


def ends(left: str, right: str, width: int) -> str:
    """Two texts at both ends of `width` cells; the left one gives way at its beginning."""
    room = width - width_of(right) - (1 if right else 0)
    if room < 4:
        return pad(cut_start(left, width), width)
    return pad(cut_start(left, room), room) + (f" {right}" if right else "")


def first_that_fits(texts: Sequence[str], width: int) -> str:
    """The first text that fits, else the last one cut; order them from long to short."""
    for text in texts:
        if width_of(text) <= width:
            return text
    return pad(texts[-1], width) if texts else ""
