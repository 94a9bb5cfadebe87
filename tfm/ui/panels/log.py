"""The log: a few lines beneath the panes, and a screen to read it in."""

from __future__ import annotations

import logging
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, cast

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from tfm.model.text import plural, safe_text
from tfm.session.logbook import LogBook, LogLine
from tfm.ui.cells import pad, tail, width_of
from tfm.ui.dialogs.frame import palette_for
from tfm.ui.pane.lines import ends
from tfm.ui.theming import Palette
from tfm.ui.viewers.screen import ReadingScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

LOOKED_AT_EVERY = 0.2
"""Seconds. A burst of lines costs five pictures a second, and an idle log costs none."""

SMALLEST_SHARE, LARGEST_SHARE = 0.1, 0.8
_WHEEL_ROWS = 3
_SIDE_STEP = 16
_LEVELS = {
    "d": (logging.DEBUG, "everything"),
    "i": (logging.INFO, "what was done"),
    "w": (logging.WARNING, "warnings and errors"),
    "e": (logging.ERROR, "errors"),
}


class LogLines(Widget, can_focus=False):
    """The lines of a book that are wanted; stays at the end until somebody scrolls."""

    def __init__(self, book: LogBook, zone: tzinfo | None = None) -> None:
        super().__init__()
        self.book = book
        self.level = logging.INFO
        self.words: tuple[str, ...] = ()
        self.top: int | None = None
        self.left = 0
        self.zone = zone
        self._seen = -1
        self._lines: list[LogLine] = []
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Look at the book now and then."""
        self._timer = self.set_interval(LOOKED_AT_EVERY, self.look)
        self.look()

    def look(self) -> None:
        """Draw again if something was written."""
        if self.display and self.book.count != self._seen:
            self.again()

    def again(self) -> None:
        """Choose the lines anew."""
        self._seen = self.book.count
        first = self._lines[self.top].number if self.top is not None and self._lines else None
        self._lines = list(self.book.lines(self.level, self._fits))
        if first is not None:  # who reads keeps the place, also when old lines leave the book
            at = next((at for at, line in enumerate(self._lines) if line.number >= first), 0)
            self.top = min(at, self._last_top)
        self.refresh()

    def _fits(self, line: LogLine) -> bool:
        text = line.text.casefold()
        return all(word in text for word in self.words)

    @property
    def _last_top(self) -> int:
        return max(0, len(self._lines) - self.size.height)

    @property
    def first(self) -> int:
        """The line at the top of the window."""
        return self._last_top if self.top is None else min(self.top, self._last_top)

    @property
    def lines(self) -> list[LogLine]:
        """The lines that are wanted."""
        return self._lines

    def scroll(self, rows: int) -> None:
        """Move through the log; at its end it follows again."""
        top = max(0, self.first + rows)
        self.top = None if top >= self._last_top else top
        self.refresh()

    def aside(self, cells: int) -> None:
        """Shift sideways."""
        self.left = max(0, self.left + cells)
        self.refresh()

    def dress(self, _palette: Palette) -> None:
        """Other colours."""
        self.refresh()

    def text_of(self, line: LogLine) -> str:
        """A line as it is shown and copied: time of day and what happened."""
        return f"{datetime.fromtimestamp(line.when, self.zone):%H:%M:%S} {line.text}"

    def render_line(self, y: int) -> Strip:
        """One line of the log."""
        palette, width, at = palette_for(self), self.size.width, self.first + y
        if at >= len(self._lines):
            nothing = " Nothing was logged yet." if y == 0 and not self._lines else ""
            return Strip([Segment(pad(nothing, width), palette.panel_muted)], width)
        line = self._lines[at]
        text = " " + self.text_of(line)
        if self.left:
            text = tail(text, max(0, width_of(text) - self.left))
        return Strip([Segment(pad(text, width), _style(palette, line.level))], width)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move on."""
        event.stop()
        self.scroll(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move back."""
        event.stop()
        self.scroll(-_WHEEL_ROWS)


def _style(palette: Palette, level: int) -> Style:
    if level >= logging.ERROR:
        return palette.panel_error
    if level >= logging.WARNING:
        return palette.panel_warning
    return palette.panel if level >= logging.INFO else palette.panel_muted


class LogPane(LogLines):
    """The lines beneath the panes: a share of the height of the screen, hidden at first."""

    def __init__(self, book: LogBook, share: float, zone: tzinfo | None = None) -> None:
        super().__init__(book, zone)
        self.id = "log"
        self.share = share
        self.display = False

    def on_mount(self) -> None:
        """Look at the book now and then, while there is somebody to see it."""
        super().on_mount()
        self._rest()

    def _rest(self) -> None:
        if self._timer is None:
            return
        if self.display:
            self._timer.resume()
        else:
            self._timer.pause()

    def show(self, on: bool) -> None:
        """Show the lines, or give the room back to the panes."""
        self.display = on
        self._rest()
        self.top = None
        self.apply_share()
        self.again()

    def grow(self, share: float) -> None:
        """Take more or less of the height."""
        self.share = round(max(SMALLEST_SHARE, min(self.share + share, LARGEST_SHARE)), 2)
        self.apply_share()

    def apply_share(self) -> None:
        """Turn the share into lines; the panes keep five of them."""
        height = self.app.size.height
        self.styles.height = max(1, min(round(height * self.share), height - 9))


class LogReader(ReadingScreen):
    """The whole log, with levels, a filter and copying."""

    def __init__(self, book: LogBook, zone: tzinfo | None = None) -> None:
        self.body = LogLines(book, zone)
        super().__init__(self.body)
        self._said = ""

    def on_mount(self) -> None:
        """Paint what is known."""
        self.set_interval(LOOKED_AT_EVERY, self._paint)
        self.call_after_refresh(self._paint)

    def on_resize(self) -> None:
        """The lines have another width."""
        self.call_after_refresh(self._paint)

    def _paint(self) -> None:
        palette = palette_for(self)
        width = max(0, self._header.size.width - 2)
        shown = next(text for level, text in _LEVELS.values() if level == self.body.level)
        words = f", with: {' '.join(self.body.words)}" if self.body.words else ""
        title = f"Log: {shown}{safe_text(words)}"
        count = plural(len(self.body.lines), "line")
        self._header.show((f" {ends(title, count, width)} ", palette.header_active))
        keys = "d i w e: levels  /: filter  y: copy  ?: help on errors  q: close"
        self._footer.show((f" {pad(self._said or keys, width)} ", palette.muted))

    def take_key(self, event: events.Key) -> None:
        """Scroll, choose, copy or leave."""
        self._said = ""
        page = max(1, self.body.size.height - 1)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "space": page}
        far = len(self.body.lines)
        steps |= {"home": -far, "end": far, "k": -1, "j": 1}
        key = event.key
        if key in steps:
            self.body.scroll(steps[key])
        elif key in ("left", "right"):
            self.body.aside(_SIDE_STEP if key == "right" else -_SIDE_STEP)
        elif key in _LEVELS:
            self._take_level(_LEVELS[key][0])
        elif key in ("slash", "f", "semicolon"):
            self._ask_words()
        elif key in ("y", "ctrl+c"):
            self._copy()
        elif key == "question_mark":
            self._help()
        elif key in ("q", "l", "L", "escape", "f10", "ctrl+g", "f3"):
            self.dismiss(None)
            return
        self._paint()

    def _take_level(self, level: int) -> None:
        ours = logging.getLogger("tfm")
        if level < ours.level:
            ours.setLevel(level)
            self._said = "From now on every request and its cost is logged as well."
        self.body.level = level
        self.body.top = None
        self.body.again()

    def _ask_words(self) -> None:
        from tfm.ui.dialogs.prompt import Prompt

        def apply(text: str | None) -> None:
            if text is not None:
                self.body.words = tuple(text.casefold().split())
                self.body.top = None
                self.body.again()
                self._paint()

        now = " ".join(self.body.words)
        self.app.push_screen(Prompt("Filter the log", "Lines with all of these words:", now), apply)

    def _help(self) -> None:
        from tfm.ui.actions.log import help_on, last_error

        help_on(cast("TfmApp", self.app), last_error(self.body.lines))

    def _copy(self) -> None:
        from tfm.ui.clipboard import send

        lines = self.body.lines
        count = plural(len(lines), "line")
        if send(cast("TfmApp", self.app), "\n".join(self.body.text_of(line) for line in lines)):
            self._said = f"To the clipboard, if the terminal takes it (OSC 52): {count}."
        else:
            self._said = f"{count} are more than terminals take: filter them first."
