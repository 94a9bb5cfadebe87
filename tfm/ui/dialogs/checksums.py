"""Checksums as they become known: to read, to copy, to save as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult

from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label

_TAKES_LINES = 9
_MOST_LINES = 24


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one file: a heading, and a line that can be chosen, such as its digest."""

    heading: str
    line: str = ""


class ChecksumsDialog(Dialog[str]):
    """Gives `copy` or `save`, None if the user left. Rows come while it is open."""

    def __init__(self, title: str, *, keeps: bool) -> None:
        buttons = [Button("copy", "Copy", "c"), Button("save", "Save", "s")] if keeps else []
        super().__init__(title, (*buttons, Button("close", "Close", "l")), classes="wide")
        self.rows: list[Choice[str]] = []
        self.ended = False
        self.list = ChoiceList()
        self._told = Label("Working …", classes="muted slot")

    def body(self) -> ComposeResult:
        """The rows, and how far it is."""
        room = self.app.size.height - _TAKES_LINES
        self.list.styles.height = max(1, min(_MOST_LINES, room))
        yield self.list
        yield self._told

    def add(self, rows: Sequence[Told]) -> None:
        """More files are known."""
        for row in rows:
            self.rows.append(Choice(None, row.heading))
            if row.line:
                self.rows.append(Choice(row.line, row.line))
        self.list.show(self.rows, self.list.cursor)

    def say(self, text: str, *, ended: bool) -> None:
        """How far it is, or what came of it."""
        self.ended = ended
        self._told.say(text)

    @property
    def current(self) -> str:
        """The line under the cursor."""
        row = self.list.current
        return "" if row is None else str(row.value)

    def take_key(self, event: events.Key) -> None:
        """Up and down walk the rows, left and right the buttons."""
        if self.list.walk(event.key):
            return
        if event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def pressed(self, button: str) -> None:
        """Nothing is copied or saved before all is known."""
        if button == "close":
            self.dismiss(None)
        elif self.ended:
            self.dismiss(button)
        else:
            self._told.say("Not all of them are known yet. Esc stops it.")
