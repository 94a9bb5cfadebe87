"""A link that was made: to read, and to copy again."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tfm.model.text import safe_text
from tfm.ui.dialogs.frame import Button, Dialog, Label
from tfm.ui.viewers.rows import wrapped

_TAKES_LINES = 8


class LinkDialog(Dialog[str]):
    """Gives `copy` if the link is wanted once more, None if the user left."""

    def __init__(self, title: str, url: str, told: Sequence[str]) -> None:
        buttons = (Button("close", "Close", "l"), Button("copy", "Copy again", "c"))
        super().__init__(title, buttons, classes="wide")
        self._url = url
        self._told = told
        self._shown = Label("", classes="lines")

    def body(self) -> ComposeResult:
        """The link, as much of it as there is room for, and how long it lives."""
        yield self._shown
        for line in self._told:
            yield Label(line, classes="muted")

    def on_resize(self) -> None:
        """It breaks elsewhere."""
        width = max(1, self.app.size.width * 9 // 10 - 4)
        lines = list(wrapped(safe_text(self._url), width))
        room = max(1, self.app.size.height - _TAKES_LINES - len(self._told))
        if len(lines) > room:
            lines = [*lines[: room - 1], safe_text("…")] if room > 1 else lines[:1]
        self._shown.styles.height = len(lines)
        self._shown.show_lines(lines)

    def pressed(self, button: str) -> None:
        """Copy, or leave."""
        self.dismiss("copy" if button == "copy" else None)
