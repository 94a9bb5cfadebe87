"""What this run has asked of servers, and what the caches hold; they can be emptied from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.strip import Strip

from tfm.session.statistics import TextLine
from tfm.ui.cells import pad
from tfm.ui.dialogs.frame import Button, Dialog, Label, palette_for
from tfm.ui.dialogs.scrolling import ScrollingLines

Act = Callable[[], str]
"""Does something and says what it did, or why it did not."""


class Sheet(ScrollingLines[TextLine]):
    """Lines of figures; scrolls."""

    def render_line(self, y: int) -> Strip:
        """One line."""
        palette, width, at = palette_for(self), self.size.width, self.top + y
        if at >= len(self._lines):
            return Strip([Segment(" " * width, palette.panel)], width)
        line = self._lines[at]
        style = palette.panel_accent if line.heading else palette.panel
        return Strip([Segment(pad(line.text, width), style)], width)


class StatisticsDialog(Dialog[None]):
    """The figures of the moment it was opened, or of when they were asked for again.

    `acts` are what the buttons do: `all`, `bucket` and `prefix` empty the caches.
    """

    def __init__(self, figures: Callable[[], Sequence[TextLine]], acts: Mapping[str, Act]) -> None:
        buttons = (
            Button("close", "Close", "c"),
            Button("again", "Refresh", "r"),
            Button("all", "Empty all caches", "a"),
            Button("bucket", "of bucket", "b"),
            Button("prefix", "of prefix", "p"),
        )
        super().__init__("Statistics of this run", buttons, classes="find")
        self._figures = figures
        self._acts = acts
        self.sheet = Sheet()
        self._told = Label("", classes="muted slot")

    def body(self) -> ComposeResult:
        """The figures, and a line for what was done."""
        self.sheet.styles.height = "1fr"
        yield self.sheet
        yield self._told

    def on_mount(self) -> None:
        """Show them."""
        self.sheet.show_lines(self._figures())

    def take_key(self, event: events.Key) -> None:
        """Scroll, press a button, or leave."""
        if self.sheet.walk(event.key):
            return
        if event.key == "ctrl+r":
            self.pressed("again")
        elif event.key == "q":
            self.leave()
        else:
            super().take_key(event)

    def pressed(self, button: str) -> None:
        """Empty what is meant, and show the figures of now."""
        if button == "close":
            self.leave()
            return
        act = self._acts.get(button)
        self._told.say("" if act is None else act())
        self.sheet.show_lines(self._figures())
