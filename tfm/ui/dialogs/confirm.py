"""A question with a few answers."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tfm.ui.dialogs.frame import Button, Dialog, Label


class Confirm(Dialog[bool]):
    """Gives True for `yes`; opens on Cancel unless `eager`."""

    def __init__(self, title: str, lines: Sequence[str], yes: str, *, eager: bool = False) -> None:
        buttons = (Button("no", "Cancel", "c"), Button("yes", yes, yes[0].lower()))
        super().__init__(title, buttons, selected=1 if eager else 0)
        self._lines = lines

    def body(self) -> ComposeResult:
        """The question."""
        for line in self._lines:
            yield Label(line)

    def pressed(self, button: str) -> None:
        """Done."""
        self.dismiss(button == "yes")


class Notice(Dialog[None]):
    """Something to read; every way out is the same."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title, (Button("ok", "Close", "c"),))
        self._lines = lines

    def body(self) -> ComposeResult:
        """The text."""
        for line in self._lines:
            yield Label(line)
