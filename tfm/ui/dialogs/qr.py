"""A QR code, black on white in every theme: a camera reads it from the screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.strip import Strip
from textual.widget import Widget

from tfm.ui.dialogs.frame import Button, Dialog, Label
from tfm.ui.qr import Code

_INK = Style(color="#000000", bgcolor="#ffffff")
_SOLID = Style(color="#000000", bgcolor="#000000")
AROUND = (4, 5)
"""Columns and lines of a dialog around what it shows, the edge of the screen included."""


class CodeView(Widget, can_focus=False):
    """The code itself."""

    def __init__(self, code: Code, *, plain: bool) -> None:
        super().__init__()
        self._plain = plain
        self._lines = code.plain_lines() if plain else code.lines()
        self.styles.width, self.styles.height = code.size(plain=plain)

    def render_line(self, y: int) -> Strip:
        """One line of it."""
        line = self._lines[y] if y < len(self._lines) else ""
        if not self._plain:
            return Strip([Segment(line, _INK)], len(line))
        pairs = [line[at : at + 2] for at in range(0, len(line), 2)]
        return Strip([Segment(pair, _SOLID if pair == "##" else _INK) for pair in pairs], len(line))


class QrDialog(Dialog[None]):
    """Shows a code for which there is room; every way out is the same."""

    def __init__(self, title: str, code: Code, told: Sequence[str], *, plain: bool) -> None:
        super().__init__(title, (Button("ok", "Close", "c"),), classes="code")
        self._code = code
        self._told = told
        self._plain = plain

    def body(self) -> ComposeResult:
        """The code, and what it is for."""
        yield CodeView(self._code, plain=self._plain)
        for line in self._told:
            yield Label(line, classes="muted")
