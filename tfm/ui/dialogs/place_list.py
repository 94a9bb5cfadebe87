"""Lists of places: chosen by typing or by letter, and shortened by Delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from textual import events
from textual.app import ComposeResult

from tfm.ui.dialogs.choose import Choice, Choose
from tfm.ui.dialogs.frame import LEAVING, Label

T = TypeVar("T")

LINES = 16

Remove = Callable[[T], tuple[Sequence[Choice[T]], str]]
"""Takes a row out; gives the rows that are left and what to say about it."""


class PlaceList(Choose[T]):
    """Gives the value of a row; Delete or F8 takes a row out, and the list stays open."""

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[T]],
        *,
        remove: Remove[T] | None = None,
        hint: str = "",
        typing: bool = True,
    ) -> None:
        super().__init__(title, choices, typing=typing, lines=LINES)
        self._remove = remove
        self.hint = Label(hint, classes="muted slot")

    def body(self) -> ComposeResult:
        """The list, and what else can be done with it."""
        yield from super().body()
        yield self.hint

    def take_key(self, event: events.Key) -> None:
        """Delete removes where it has nothing to delete in the field."""
        field = self.field
        idle = field is None or field.cursor_position >= len(field.value)
        row: Choice[T] | None = self.list.current
        value = None if row is None else row.value
        if self._remove is not None and value is not None and self._removes(event.key, idle):
            choices, said = self._remove(value)
            self.replace(choices)
            self.hint.say(said)
        else:
            super().take_key(event)

    def edited(self) -> None:
        """Narrow the list down; what begins with the text is meant rather than what holds it."""
        super().edited()
        typed = self.field.value.strip().casefold() if self.field is not None else ""
        begin = (
            at
            for at, row in enumerate(self.list.rows)
            if row.value is not None and row.label.strip().casefold().startswith(typed)
        )
        self.list.show(self.list.rows, next(begin, 0))

    @staticmethod
    def _removes(key: str, idle: bool) -> bool:
        return key == "f8" or (key == "delete" and idle)


class Letters(PlaceList[str]):
    """Gives a letter: that of a row, or with `free` any letter or digit."""

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[str]],
        *,
        free: bool,
        remove: Remove[str] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(title, choices, remove=remove, hint=hint, typing=False)
        self._free = free

    def take_key(self, event: events.Key) -> None:
        """A letter is an answer, `q` too."""
        letter = event.character or ""
        known = any(choice.hot == letter for choice in self.choices)
        if event.key not in LEAVING and len(letter) == 1 and letter.isalnum():
            if self._free or known:
                self.dismiss(letter)
                return
            if letter != "q":
                self.hint.say(f"Nothing is kept under {letter}.")
                return
        super().take_key(event)
