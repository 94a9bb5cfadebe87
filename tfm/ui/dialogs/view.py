"""The view menu: switches that act at once and stay open, so that one can look at the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult

from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label

_LINES = 14


@dataclass(frozen=True, slots=True)
class Switch:
    """One line of the menu: `now` tells its state, `flip` changes it, `step` makes it more or less."""

    hot: str
    title: str
    now: Callable[[], str]
    flip: Callable[[], None]
    step: Callable[[int], None] = lambda _by: None


class ViewMenu(Dialog[None]):
    """Space, Enter or a letter flips a switch; Esc leaves everything as it is shown."""

    def __init__(self, switches: Sequence[Switch]) -> None:
        super().__init__("View", (Button("close", "Close"),), classes="wide")
        self._switches = switches
        self.list = ChoiceList()
        self._show(0)

    def body(self) -> ComposeResult:
        """The switches."""
        self.list.styles.height = max(1, min(len(self._switches), _LINES, self.app.size.height - 8))
        yield self.list
        yield Label("", classes="gap")
        yield Label("A letter or Space switches; what differs from config.py is kept.")

    def _show(self, at: int) -> None:
        rows = [Choice(each, each.title, each.now(), each.hot) for each in self._switches]
        self.list.show(rows, at)

    def _flip(self, at: int) -> None:
        self._switches[at].flip()
        self._show(at)

    def on_choice_list_chosen(self) -> None:
        """A click on the row under the cursor flips it."""
        self._flip(self.list.cursor)

    def take_key(self, event: events.Key) -> None:
        """Move, flip or leave."""
        moves = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10, "home": -99, "end": 99}
        if event.key in moves:
            self.list.move(moves[event.key])
        elif event.key in ("left", "right"):
            self._switches[self.list.cursor].step(1 if event.key == "right" else -1)
            self._show(self.list.cursor)
        elif event.key in ("space", "enter"):
            self._flip(self.list.cursor)
        else:
            for at, each in enumerate(self._switches):
                if event.character == each.hot:
                    self._flip(at)
                    return
            if event.key == "q":
                self.leave()
            else:
                super().take_key(event)
