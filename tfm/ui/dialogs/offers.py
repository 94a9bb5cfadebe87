"""A list of what an earlier run left behind, what is known of the chosen one, and what may become of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

from textual import events
from textual.app import ComposeResult

from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label

_ROWS = 8

W = TypeVar("W")
R = TypeVar("R")


class Offers(Dialog[W], Generic[W, R]):
    """Gives a wish; None leaves all for later. At most `details` lines stand under the list."""

    def __init__(
        self,
        title: str,
        about: str,
        rows: Sequence[Choice[R]],
        buttons: Sequence[Button],
        details: int,
    ) -> None:
        super().__init__(title, buttons, classes="wide")
        self._about = about
        self._count = len(rows)
        self.list: ChoiceList = ChoiceList()
        self.list.show(rows)
        self._details = [Label("", classes="muted slot") for _ in range(details)]

    def body(self) -> ComposeResult:
        """The list, and what is known of the chosen one."""
        yield Label(self._about)
        yield Label("", classes="gap")
        self.list.styles.height = min(_ROWS, self._count)
        yield self.list
        yield Label("", classes="gap")
        yield from self._details

    def on_mount(self) -> None:
        """Tell of the first."""
        self._tell()

    def _tell(self) -> None:
        chosen = self._chosen
        lines = [] if chosen is None else self.details_of(chosen)
        for at, label in enumerate(self._details):
            label.say(lines[at] if at < len(lines) else "")

    @property
    def _chosen(self) -> R | None:
        row = self.list.current
        return None if row is None else row.value

    def on_choice_list_chosen(self) -> None:
        """A click chooses the row; the buttons act."""
        self._tell()

    def take_key(self, event: events.Key) -> None:
        """Up and down choose a row, left and right a button."""
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
        self.dismiss(None if chosen is None else self.wish(button, chosen))

    @abstractmethod
    def details_of(self, chosen: R) -> Sequence[str]:
        """What a person wants to know before the choice."""

    @abstractmethod
    def wish(self, button: str, chosen: R) -> W | None:
        """What a button means for the chosen one; None for later."""
