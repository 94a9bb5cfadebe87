"""A link that was made: to read, and to copy again."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tfm.ui.dialogs.frame import Button, Dialog, Label
from tfm.ui.dialogs.long_text import LongText


class LinkDialog(Dialog[str]):
    """Gives `copy` if the link is wanted once more, None if the user left."""

    def __init__(self, title: str, url: str, told: Sequence[str]) -> None:
        buttons = (Button("close", "Close", "l"), Button("copy", "Copy again", "c"))
        super().__init__(title, buttons, classes="wide")
        self._told = told
        self._shown = LongText(url, beside=len(told))

    def body(self) -> ComposeResult:
        """The link, as much of it as there is room for, and how long it lives."""
        yield self._shown
        for line in self._told:
            yield Label(line, classes="muted")

    def on_resize(self) -> None:
        """It breaks elsewhere."""
        self._shown.fit()

    def pressed(self, button: str) -> None:
        """Copy, or leave."""
        self.dismiss("copy" if button == "copy" else None)
