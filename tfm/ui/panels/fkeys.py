"""The bar of function keys."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tfm.config.keymap import Keymap
from tfm.ui.cells import pad
from tfm.ui.theming import Palette


class FKeyBar(Widget, can_focus=False):
    """`1Help 2Progs …`, made from the key map; a click presses the key."""

    class Pressed(Message):
        """A word was clicked; `key` is the name of its key."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, keymap: Keymap, palette: Palette) -> None:
        super().__init__(id="fkeys")
        self._palette = palette
        self._labels = [(n, _label(keymap, f"f{n}")) for n in range(1, 11)]

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette

    def take_keymap(self, keymap: Keymap) -> None:
        """Other keys from now on."""
        self._labels = [(n, _label(keymap, f"f{n}")) for n in range(1, 11)]
        self.refresh()

    def _edges(self) -> list[int]:
        width, count = self.size.width, len(self._labels)
        return [width * n // count for n in range(count + 1)]

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """Ten fields of equal width."""
        edges = self._edges()
        segments: list[Segment] = []
        for (number, label), start, end in zip(self._labels, edges, edges[1:], strict=False):
            key = str(number)
            room = end - start - len(key)
            word = label if len(label) < room else label[: max(0, room - 1)]
            segments.append(Segment(key[: end - start], self._palette.bar_key))
            segments.append(Segment(pad(word, max(0, room)), self._palette.bar_text))
        return Strip(segments, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Find the field under the pointer."""
        edges = self._edges()
        for (number, label), start, end in zip(self._labels, edges, edges[1:], strict=False):
            if start <= event.x < end and label:
                self.post_message(self.Pressed(f"f{number}"))


def _label(keymap: Keymap, key: str) -> str:
    action = keymap.action_for(key)
    return (action.fkey_label or action.title) if action is not None else ""
