"""A list to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tfm.model.text import safe_text
from tfm.ui.cells import pad, width_of
from tfm.ui.dialogs.frame import Dialog, palette_for, text_field

T = TypeVar("T")

_WHEEL_ROWS = 3
_WIDEST_LABEL = 48


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """A row: what it stands for, its text, a note at the right, the key that chooses it at once.

    A row with `value` None cannot be chosen: it is a heading or a notice.
    """

    value: T | None
    label: str
    note: str = ""
    hot: str = ""


class ChoiceList(Widget, can_focus=False):
    """Draws choices; only visible lines are ever built."""

    class Chosen(Message):
        """A row was clicked twice or Enter was pressed on it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Choice[Any]] = ()
        self.cursor = 0
        self.top = 0
        self._label_width = 0

    def show(self, rows: Sequence[Choice[Any]], cursor: int = 0) -> None:
        """Replace the rows."""
        self.rows = rows
        longest = max((width_of(row.label) for row in rows if row.value is not None), default=0)
        self._label_width = min(longest, _WIDEST_LABEL)
        self.cursor = self._near(cursor, 1)
        self._follow()
        self.refresh()

    def _near(self, row: int, step: int) -> int:
        """The next row in direction `step` that can be chosen, else the nearest the other way."""
        row = max(0, min(row, len(self.rows) - 1))
        for way in (step, -step):
            at = row
            while 0 <= at < len(self.rows):
                if self.rows[at].value is not None:
                    return at
                at += way
        return row

    def _follow(self) -> None:
        height = max(1, self.size.height)
        self.top = max(0, self.cursor - height + 1, min(self.top, self.cursor))
        if self.cursor and all(row.value is None for row in self.rows[: self.cursor]):
            self.top = 0 if self.cursor < height else self.top  # show the heading above it

    def on_resize(self, _event: events.Resize) -> None:
        """The height is known now."""
        self._follow()

    def move(self, by: int) -> None:
        """Step over headings."""
        if self.rows:
            self.cursor = self._near(self.cursor + by, 1 if by > 0 else -1)
            self._follow()
            self.refresh()

    @property
    def current(self) -> Choice[Any] | None:
        """The row under the cursor, if it can be chosen."""
        if self.cursor < len(self.rows) and self.rows[self.cursor].value is not None:
            return self.rows[self.cursor]
        return None

    def render_line(self, y: int) -> Strip:
        """One row: hot key, label, note."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        if at >= len(self.rows):
            return Strip([Segment(" " * width, palette.panel)], width)
        row = self.rows[at]
        label, note = safe_text(row.label), safe_text(row.note)
        if row.value is None:
            return Strip([Segment(pad(f" {label}", width), palette.panel_accent)], width)
        hot = f"{row.hot:<2}" if any(each.hot for each in self.rows) else ""
        room = width - width_of(hot) - 2
        label_width = min(self._label_width, room) if note else room
        front = f" {hot}{pad(label, max(1, label_width))} "
        back = pad(note, max(0, width - width_of(front)))
        if at == self.cursor:
            return Strip([Segment(pad(front + back, width), palette.cursor)], width)
        return Strip([Segment(front, palette.panel), Segment(back, palette.panel_muted)], width)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor there."""
        at = self.top + event.y
        if at < len(self.rows) and self.rows[at].value is not None:
            self.cursor = at
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose what is under the pointer."""
        if self.top + event.y == self.cursor:
            self.post_message(self.Chosen())

    def on_mouse_scroll_down(self) -> None:
        """Move on."""
        self.move(_WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        """Move back."""
        self.move(-_WHEEL_ROWS)


class Choose(Dialog[T]):
    """Gives the value of a row, None if the user left.

    With `typing`, letters narrow the list down; without, the hot key of a row chooses it.
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[T]],
        *,
        at: int = 0,
        typing: bool = False,
        lines: int | None = None,
    ) -> None:
        super().__init__(title, (), classes="wide", field=text_field("") if typing else None)
        self._all = list(choices)
        self._lines = lines
        self.list = ChoiceList()
        self._show(at)

    def body(self) -> ComposeResult:
        """The field, if letters narrow the list down, and the list."""
        if self.field is not None:
            yield self.field
        lines = self._lines or len(self._all)
        self.list.styles.height = max(1, min(lines, self.app.size.height - 8))
        yield self.list

    def add(self, choices: Sequence[Choice[T]], *, instead_of: int = 0) -> None:
        """More rows came; they replace the last `instead_of` ones."""
        keep = self._all[: len(self._all) - instead_of]
        self._all = [*keep, *choices]
        self._show(self.list.cursor)

    def _show(self, at: int) -> None:
        wanted = self.field.value.casefold().split() if self.field is not None else []
        shown = [choice for choice in self._all if _fits(choice, wanted)]
        self.list.show(shown, at)

    def edited(self) -> None:
        """Narrow the list down."""
        self._show(0)

    def on_choice_list_chosen(self) -> None:
        """A click chooses."""
        self._choose()

    def _choose(self) -> None:
        row = self.list.current
        if row is not None:
            self.dismiss(row.value)

    def take_key(self, event: events.Key) -> None:
        """Move, choose, or leave."""
        moves = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}
        if self.field is None:
            moves |= {"home": -len(self._all), "end": len(self._all)}
        if event.key in moves:
            self.list.move(moves[event.key])
        elif event.key == "enter":
            self._choose()
        elif self.field is not None or not self._choose_hot(event.character or ""):
            super().take_key(event)

    def _choose_hot(self, letter: str) -> bool:
        for choice in self._all:
            if choice.hot and choice.hot == letter:
                self.dismiss(choice.value)
                return True
        if letter == "q":
            self.leave()
            return True
        return False


def _fits(choice: Choice[T], words: Sequence[str]) -> bool:
    if not words:
        return True
    text = f"{choice.label} {choice.note}".casefold()
    return choice.value is not None and all(word in text for word in words)
