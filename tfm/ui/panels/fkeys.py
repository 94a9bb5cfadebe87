"""The bar of function keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tfm.config.actions import Action
from tfm.config.keymap import Keymap
from tfm.ui.cells import pad
from tfm.ui.theming import Palette

_KEYS = range(1, 11)


@dataclass(frozen=True, slots=True)
class _Field:
    """One key: its word, and whether it can do anything now."""

    word: str
    usable: bool = True


class FKeyBar(Widget, can_focus=False):
    """`1Help 2Progs …`, made from the key map; a click presses the key.

    Keys that can do nothing are muted. Only fields that change are painted.
    """

    class Pressed(Message):
        """A word was clicked; `key` is the name of its key."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, keymap: Keymap, palette: Palette) -> None:
        super().__init__(id="fkeys")
        self._palette = palette
        self.keymap = keymap
        self._fields = self._made(lambda _action: True, marked=False)

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette

    def follow(self, usable: Callable[[Action], bool], *, marked: bool) -> None:
        """Show what the keys do now: some only do it while rows are marked, or none is."""
        before, self._fields = self._fields, self._made(usable, marked=marked)
        edges = self._edges()
        for at, field in enumerate(self._fields):
            if field != before[at]:
                self.refresh(Region(edges[at], 0, edges[at + 1] - edges[at], 1))

    def _made(self, usable: Callable[[Action], bool], *, marked: bool) -> list[_Field]:
        fields = []
        for number in _KEYS:
            action = self.keymap.action_for(f"f{number}", marked=marked)
            if action is None:
                fields.append(_Field("", usable=False))
            else:
                fields.append(_Field(action.fkey_label or action.title, usable(action)))
        return fields

    def _edges(self) -> list[int]:
        width, count = self.size.width, len(self._fields)
        return [width * n // count for n in range(count + 1)]

    def _placed(self) -> Iterator[tuple[int, _Field, int, int]]:
        """The number of each key, its field, where that begins and ends."""
        edges = self._edges()
        return zip(_KEYS, self._fields, edges, edges[1:], strict=False)

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is one line
        """Ten fields of equal width."""
        palette = self._palette
        segments: list[Segment] = []
        for number, field, start, end in self._placed():
            key, label = str(number), field.word
            room = end - start - len(key)
            word = label if len(label) < room else label[: max(0, room - 1)]
            styles = palette.bar_key, palette.bar_text
            if not field.usable:
                styles = palette.bar_muted, palette.bar_muted
            segments.append(Segment(key[: end - start], styles[0]))
            segments.append(Segment(pad(word, max(0, room)), styles[1]))
        return Strip(segments, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Find the field under the pointer."""
        for number, field, start, end in self._placed():
            if start <= event.x < end and field.word:
                self.post_message(self.Pressed(f"f{number}"))
