"""The screen of edited copies that never went home: write one back, go to it, discard it, or leave it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.app import ComposeResult

from tfm.jobs.loans import Stranded
from tfm.model.text import local_time, safe_text
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label

_ROWS = 8

What = Literal["back", "go", "discard"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of which copy."""

    what: What
    stranded: Stranded


class StrandedDialog(Dialog[Wish]):
    """Gives a wish; None leaves all for later. Under the list stands where the chosen one lies."""

    def __init__(self, copies: Sequence[Stranded]) -> None:
        buttons = (
            Button("back", "Write", "w"),
            Button("go", "Go to", "g"),
            Button("discard", "Discard", "d"),
            Button("later", "Later", "l"),
        )
        super().__init__("Edited copies", buttons, classes="wide")
        self._copies = list(copies)
        self.list = ChoiceList()
        rows = [
            Choice(each, str(each.borrowed.home), _since(each), keep_end=True) for each in copies
        ]
        self.list.show(rows)
        self._where = Label("", classes="muted slot")
        self._more = Label("", classes="muted slot")

    def body(self) -> ComposeResult:
        """The list, and what is known of the chosen copy."""
        yield Label("These were changed, and did not get back.")
        yield Label("", classes="gap")
        self.list.styles.height = min(_ROWS, len(self._copies))
        yield self.list
        yield Label("", classes="gap")
        yield self._where
        yield self._more

    def on_mount(self) -> None:
        """Tell of the first."""
        self._tell()

    def _tell(self) -> None:
        chosen = self._chosen
        if chosen is not None:
            self._where.say(str(chosen.borrowed.copy))
            self._more.say(more_of(chosen))

    @property
    def _chosen(self) -> Stranded | None:
        row = self.list.current
        return None if row is None else row.value

    def on_choice_list_chosen(self) -> None:
        """A click chooses the row; the buttons act."""
        self._tell()

    def take_key(self, event: events.Key) -> None:
        """Up and down choose a copy, left and right a button."""
        moves = {"up": -1, "down": 1, "pageup": -_ROWS, "pagedown": _ROWS}
        if event.key in moves:
            self.list.move(moves[event.key])
            self._tell()
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def pressed(self, button: str) -> None:
        """Done."""
        chosen = self._chosen
        if chosen is None:
            self.dismiss(None)
        elif button == "back":
            self.dismiss(Wish("back", chosen))
        elif button == "go":
            self.dismiss(Wish("go", chosen))
        else:
            self.dismiss(Wish("discard", chosen) if button == "discard" else None)


def more_of(stranded: Stranded) -> str:
    """What stands against writing it back, or lies beside it; empty if nothing does."""
    if stranded.refusal:
        return safe_text(stranded.refusal)
    if not stranded.others:
        return ""
    names = ", ".join(safe_text(name) for name in stranded.others)
    return f"Beside it lies: {names}"


def _since(stranded: Stranded) -> str:
    return local_time(int(stranded.since * 10**9), full=False)
