"""The bar of function keys."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tfm.config.actions import Action
from tfm.config.keymap import Keymap
from tfm.ui.cells import pad
from tfm.ui.theming import Palette

_KEYS = range(1, 11)


class FKeyBar(Horizontal, can_focus=False):
    """`1Help 2Progs …`, made from the key map; a click presses the key.

    Keys that can do nothing are muted.
    """

    class Pressed(Message):
        """A word was clicked; `key` is the name of its key."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, keymap: Keymap, palette: Palette) -> None:
        super().__init__(id="fkeys")
        self.keymap = keymap
        self.fields = [FKey(number, palette) for number in _KEYS]
        self.follow(lambda _action: True, marked=False)

    def compose(self) -> ComposeResult:
        """Ten fields of equal width."""
        yield from self.fields

    def follow(self, usable: Callable[[Action], bool], *, marked: bool) -> None:
        """Show what the keys do now: some only do it while rows are marked, or none is."""
        for field in self.fields:
            action = self.keymap.action_for(f"f{field.number}", marked=marked)
            if action is None:
                field.show("", usable=False)
            else:
                field.show(action.fkey_label or action.title, usable=usable(action))


class FKey(Widget, can_focus=False):
    """One key: its number and its word. A widget of its own, so that it is sent alone."""

    def __init__(self, number: int, palette: Palette) -> None:
        super().__init__()
        self.number = number
        self._palette = palette
        self.word, self.usable = "", True

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette
        self.refresh()

    def show(self, word: str, *, usable: bool) -> None:
        """Paint it if it changed."""
        if (word, usable) != (self.word, self.usable):
            self.word, self.usable = word, usable
            self.refresh()

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """The number in its colour, and the word; of a muted key both at once."""
        width, key = self.size.width, str(self.number)
        room = max(0, width - len(key))
        word = pad(self.word if len(self.word) < room else self.word[: max(0, room - 1)], room)
        if not self.usable:
            return Strip([Segment(f"{key}{word}"[:width], self._palette.bar_muted)], width)
        segments = [Segment(key[:width], self._palette.bar_key)]
        return Strip([*segments, Segment(word, self._palette.bar_text)], width)

    def on_click(self) -> None:
        """Press the key."""
        if self.word:
            self.post_message(FKeyBar.Pressed(f"f{self.number}"))
