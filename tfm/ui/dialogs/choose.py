"""A list to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tfm.model.text import safe_text
from tfm.ui.cells import cut_start, pad, width_of, wrapped
from tfm.ui.dialogs.frame import Dialog, Label, palette_for, text_field
from tfm.ui.dialogs.scrolling import WHEEL_ROWS, rows_moved

T = TypeVar("T")

_WIDEST_LABEL = 48


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """A row: what it stands for, its text, a note at the right, the key that chooses it at once.

    A row with `value` None cannot be chosen: it is a heading or a notice. `why_not` greys a row and
    stands in the place of the note; `also` are further words by which it is found. `keep_end`
    is for places, of which the end tells more than the beginning.
    """

    value: T | None
    label: str
    note: str = ""
    hot: str = ""
    why_not: str = ""
    also: str = ""
    keep_end: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """What one line of the screen shows of a row."""

    row: int
    label: str
    note: str


class ChoiceList(Widget, can_focus=False):
    """Draws choices; only visible lines are ever built. With `wrap`, notes take several lines."""

    class Chosen(Message):
        """A row was clicked twice or Enter was pressed on it."""

    def __init__(self, *, wrap: bool = False, widest_label: int = _WIDEST_LABEL) -> None:
        super().__init__()
        self.rows: Sequence[Choice[Any]] = ()
        self.cursor = 0
        self.top = 0
        self._wrap = wrap
        self._widest_label = widest_label
        self._label_width = 0
        self._hot = 0
        self._lines: list[_Line] = []
        self._starts: list[int] = []

    def show(self, rows: Sequence[Choice[Any]], cursor: int = 0) -> None:
        """Replace the rows."""
        self.rows = rows
        labels = [row for row in rows if row.value is not None]
        longest = max((width_of(safe_text(row.label)) for row in labels), default=0)
        self._label_width = min(longest, self._widest_label)
        self._hot = 2 if any(row.hot for row in rows) else 0
        self.cursor = self._near(cursor, 1)
        self._divide()
        self._follow()
        self.refresh()

    def _divide(self) -> None:
        """Rows to lines, for the width there is."""
        width = self.size.width
        room = width - self._label_width - self._hot - 3
        self._lines, self._starts = [], []
        for at, row in enumerate(self.rows):
            self._starts.append(len(self._lines))
            note, label = safe_text(row.why_not or row.note), safe_text(row.label)
            whole = not self._wrap or not width or row.value is None
            notes = [note] if whole else wrapped(note, room)
            labels = [label] if whole else wrapped(label, self._label_width)
            for pair in zip_longest(labels, notes, fillvalue=""):
                self._lines.append(_Line(at, *pair))

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
        if not self._starts:
            self.top = 0
            return
        first = self._starts[self.cursor]
        following = self._starts[self.cursor + 1 :]
        last = (following[0] if following else len(self._lines)) - 1
        above = first
        while above and self.rows[self._lines[above - 1].row].value is None:
            above -= 1  # headings above the cursor come along
        if last - above < height:
            first = above
        bottom = len(self._lines) - height  # nothing is left empty below
        self.top = max(0, min(max(self.top, last - height + 1), first, bottom))

    def on_resize(self, _event: events.Resize) -> None:
        """The size is known now."""
        self._divide()
        self._follow()
        self.refresh()

    def move(self, by: int) -> None:
        """Step over headings."""
        if self.rows:
            self.cursor = self._near(self.cursor + by, 1 if by > 0 else -1)
            self._follow()
            self.refresh()

    def walk(self, key: str) -> bool:
        """Step, if the key says so; a page is what is seen of the list."""
        rows = rows_moved(key, self.size.height)
        if rows is not None:
            self.move(rows)
        return rows is not None

    @property
    def current(self) -> Choice[Any] | None:
        """The row under the cursor, if it can be chosen."""
        if self.cursor < len(self.rows) and self.rows[self.cursor].value is not None:
            return self.rows[self.cursor]
        return None

    def render_line(self, y: int) -> Strip:
        """One line: hot key, label, note."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        if at >= len(self._lines):
            return Strip([Segment(" " * width, palette.panel)], width)
        line = self._lines[at]
        row = self.rows[line.row]
        if row.value is None:
            heading = f" {line.label} {line.note}"
            return Strip([Segment(pad(heading, width), palette.panel_accent)], width)
        hot = f"{row.hot if at == self._starts[line.row] else '':<{self._hot}}"
        room = width - width_of(hot) - 2
        label_width = min(self._label_width, room) if line.note or self._wrap else room
        label, note = line.label, line.note
        if row.keep_end:
            label = cut_start(label, max(1, label_width))
            note = cut_start(note, max(0, room - label_width))
        front = f" {hot}{pad(label, max(1, label_width))} "
        back = pad(note, max(0, width - width_of(front)))
        if line.row == self.cursor:
            return Strip([Segment(pad(front + back, width), palette.cursor)], width)
        style = palette.panel_muted if row.why_not else palette.panel
        return Strip([Segment(front, style), Segment(back, palette.panel_muted)], width)

    def _row_at(self, y: int) -> int | None:
        at = self.top + y
        row = self._lines[at].row if 0 <= at < len(self._lines) else None
        return row if row is not None and self.rows[row].value is not None else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Put the cursor there."""
        row = self._row_at(event.y)
        if row is not None:
            self.cursor = row
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Choose what is under the pointer."""
        if self._row_at(event.y) == self.cursor:
            self.post_message(self.Chosen())

    def on_mouse_scroll_down(self) -> None:
        """Move on."""
        self.move(WHEEL_ROWS)

    def on_mouse_scroll_up(self) -> None:
        """Move back."""
        self.move(-WHEEL_ROWS)


Finder = Callable[[str], Sequence[Choice[T]]]


class Choose(Dialog[T]):
    """Gives the value of a row, None if the user left.

    With `typing`, letters narrow the list down; without, the hot key of a row chooses it. `find`
    gives the rows for what was typed, best first, where finding words is not enough. A row with a
    reason against it says the reason when it is chosen. `hint` stands below the rows.
    """

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice[T]],
        *,
        at: int = 0,
        typing: bool = False,
        lines: int | None = None,
        wrap: bool = False,
        find: Finder[T] | None = None,
        widest_label: int = _WIDEST_LABEL,
        hint: str = "",
    ) -> None:
        super().__init__(title, (), classes="wide", field=text_field("") if typing else None)
        self._hint = hint
        self._all = list(choices)
        self._lines = lines
        self._find = find
        self._refused = Label("", classes="warning slot")
        self.list = ChoiceList(wrap=wrap, widest_label=widest_label)
        self._show(at)

    def body(self) -> ComposeResult:
        """The field, if letters narrow the list down, and the list."""
        if self.field is not None:
            yield self.field
        lines = self._lines or len(self._all)
        self.list.styles.height = max(1, min(lines, self.app.size.height - 8))
        yield self.list
        if any(choice.why_not for choice in self._all):
            yield self._refused
        if self._hint:
            yield Label(self._hint, classes="muted slot")

    def add(self, choices: Sequence[Choice[T]], *, instead_of: int = 0) -> None:
        """More rows came; they replace the last `instead_of` ones."""
        keep = self._all[: len(self._all) - instead_of]
        self._all = [*keep, *choices]
        self._show(self.list.cursor)

    @property
    def choices(self) -> Sequence[Choice[T]]:
        """All rows, also those that the typed letters hide."""
        return tuple(self._all)

    def replace(self, choices: Sequence[Choice[T]]) -> None:
        """Other rows; the cursor stays on its row, else on its line."""
        held = self.list.current
        self._all = list(choices)
        self._show(self.list.cursor)
        if held is not None:
            found = (at for at, row in enumerate(self.list.rows) if row.value == held.value)
            self.list.show(self.list.rows, next(found, self.list.cursor))

    def _show(self, at: int) -> None:
        typed = self.field.value if self.field is not None else ""
        if self._find is not None:
            self.list.show(self._find(typed), at)
            return
        wanted = typed.casefold().split()
        self.list.show([choice for choice in self._all if _fits(choice, wanted)], at)

    def edited(self) -> None:
        """Narrow the list down."""
        self._show(0)

    def on_choice_list_chosen(self) -> None:
        """A click chooses."""
        self._choose()

    def _choose(self) -> None:
        row = self.list.current
        if row is not None and row.why_not:
            self._refused.say(f"{row.label.strip()}: {row.why_not}")
        elif row is not None:
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
    text = f"{choice.label} {choice.note} {choice.also}".casefold()
    return choice.value is not None and all(word in text for word in words)
