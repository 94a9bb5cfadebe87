"""Menus over the panes: pull-down menus for every group of actions, and the one of the right button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from tfm.model.text import safe_text
from tfm.ui.cells import pad, width_of
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import DRAWN_AFTER, LEAVING, palette_for
from tfm.ui.pane.lines import Line

Rows = Sequence[Choice[str]]

_FRAME = 2
_WIDEST = 72


class Popup(ModalScreen[str], inherit_bindings=False):
    """A list at a place of the screen; gives the value of a row, None if the user left.

    Letters go to the next row that begins with them, a click outside leaves.
    """

    AUTO_FOCUS = ""

    def __init__(self, rows: Rows, x: int, y: int) -> None:
        super().__init__()
        self.list = ChoiceList(widest_label=_WIDEST)
        self._rows = rows
        self._x, self._y = x, y
        self._box: Widget | None = None
        self._height = 1
        self._reason = Line(classes="slot")

    def compose(self) -> ComposeResult:
        """The box."""
        self.app.delay_update(DRAWN_AFTER)
        with Vertical(classes="popup") as box:
            self._box = box
            yield self.list
            yield self._reason
        self.put(self._rows, self._x, self._y)

    def put(self, rows: Rows, x: int, y: int, cursor: int = 0) -> None:
        """Show these rows at a place, moved so that all of the box is on the screen."""
        self._rows, self._x, self._y = rows, x, y
        if self._box is None:
            return
        wide, high = self.app.size.width, self.app.size.height
        label = max((width_of(safe_text(row.label)) for row in rows), default=1)
        note = max((width_of(safe_text(row.why_not or row.note)) for row in rows), default=0)
        width = max(12, min(label + note + 3 + _FRAME, wide))
        room = max(1, high - self.lowest_top() - _FRAME - 1)
        height = max(1, min(len(rows), room))
        self._box.styles.width = width
        self._box.styles.height = height + _FRAME + 1
        self.list.styles.height = height
        top = max(self.lowest_top(), min(y, high - height - _FRAME - 1))
        self._box.styles.offset = (max(0, min(x, wide - width)), top)
        self._height = height
        self.list.show(rows, cursor)
        self._tell_rest()

    def _tell_rest(self) -> None:
        """How many rows there was no room for."""
        below = len(self._rows) - self.list.top - self._height
        text = f" {below} more below" if below > 0 else ""
        self._reason.show((text, palette_for(self).panel_muted))

    def lowest_top(self) -> int:
        """The first line the box may stand on."""
        return 0

    def on_resize(self) -> None:
        """Fit it to the screen again."""
        self.put(self._rows, self._x, self._y, self.list.cursor)

    # -- keys and mouse ----------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """Move, choose, or leave."""
        moves = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}
        moves |= {"home": -len(self._rows), "end": len(self._rows)}
        if event.key in LEAVING:
            self.dismiss(None)
        elif event.key in moves:
            self._move(moves[event.key])
        elif event.key in ("enter", "space"):
            self._choose()
        elif event.character:
            self._jump(event.character.casefold())

    def take_paste(self, text: str) -> None:
        """There is nothing to paste into."""

    def _move(self, by: int) -> None:
        at, last = self.list.cursor, len(self._rows) - 1
        if by == 1 and at == last:
            by = -last
        elif by == -1 and at == 0:
            by = last
        self.list.move(by)
        self._tell_rest()

    def _jump(self, letter: str) -> None:
        count = len(self._rows)
        for step in range(1, count + 1):
            at = (self.list.cursor + step) % count
            row = self._rows[at]
            if row.value is not None and row.label.casefold().startswith(letter):
                self.list.move(at - self.list.cursor)
                self._tell_rest()
                return

    def _choose(self) -> None:
        row = self.list.current
        if row is not None and row.why_not:
            self._reason.show((f" {row.why_not}", palette_for(self).panel_accent))
        elif row is not None:
            self.dismiss(row.value)

    def on_choice_list_chosen(self) -> None:
        """A click chooses."""
        self._choose()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click outside leaves."""
        if self._box is not None and not self._box.region.contains(
            int(event.screen_x), int(event.screen_y)
        ):
            self.outside(int(event.screen_x), int(event.screen_y))

    def outside(self, x: int, y: int) -> None:  # noqa: ARG002 - for those who look
        """The mouse was pressed beside the box."""
        self.dismiss(None)


class MenuTitles(Widget, can_focus=False):
    """The names of the menus in one line; the open one is marked."""

    class Opened(Message):
        """A name was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, titles: Sequence[str], at: int) -> None:
        super().__init__(id="menu-titles")
        self._titles = titles
        self.at = at

    def open(self, at: int) -> None:
        """Mark another one."""
        self.at = at
        self.refresh()

    def places(self) -> list[tuple[int, int]]:
        """First cell and end of each name; they begin further left where the line is too short."""
        widths = [width_of(title) + 2 for title in self._titles]
        ends = [sum(widths[: number + 1]) for number in range(len(widths))]
        over = max(0, ends[self.at] - self.app.size.width) if ends else 0
        return [(end - width - over, end - over) for end, width in zip(ends, widths, strict=True)]

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """The names."""
        palette, width = palette_for(self), self.size.width
        segments, at = [], 0
        for number, (start, end) in enumerate(self.places()):
            if end <= 0:
                continue
            text = f" {self._titles[number]} "[max(0, -start) :]
            style = palette.cursor if number == self.at else palette.bar_text
            segments.append(Segment(pad(text, end - max(0, start)), style))
            at = end
        segments.append(Segment(" " * max(0, width - at), palette.bar_text))
        return Strip(segments).adjust_cell_length(width, palette.bar_text)

    def on_click(self, event: events.Click) -> None:
        """Open the menu under the pointer."""
        for number, (start, end) in enumerate(self.places()):
            if start <= event.x < end:
                self.post_message(self.Opened(number))


class MenuBar(Popup):
    """Pull-down menus: Left and Right go from one to the next."""

    def __init__(self, titles: Sequence[str], rows: Callable[[int], Rows], at: int = 0) -> None:
        super().__init__(rows(at), 0, 1)
        self._titles = MenuTitles(titles, at)
        self._count = len(titles)
        self._rows_of = rows

    def compose(self) -> ComposeResult:
        """The names over the box."""
        yield self._titles
        yield from super().compose()
        self._open(self._titles.at)

    def lowest_top(self) -> int:
        """Beneath the names."""
        return 1

    def _open(self, at: int) -> None:
        self._titles.open(at)
        self.put(self._rows_of(at), max(0, self._titles.places()[at][0]), 1)

    def take_key(self, event: events.Key) -> None:
        """To the next menu, else as in every list."""
        steps = {"right": 1, "tab": 1, "left": -1, "shift+tab": -1}
        if event.key in steps:
            self._open((self._titles.at + steps[event.key]) % self._count)
        elif event.key == "f9":
            self.dismiss(None)
        else:
            super().take_key(event)

    def on_menu_titles_opened(self, message: MenuTitles.Opened) -> None:
        """The mouse opened another menu."""
        self._open(message.number)

    def outside(self, x: int, y: int) -> None:
        """The names are a part of the menu."""
        if y > 0:
            super().outside(x, y)


def is_menu(screen: Any) -> bool:
    """Whether a menu is open, so that its key closes it."""
    return isinstance(screen, Popup)
