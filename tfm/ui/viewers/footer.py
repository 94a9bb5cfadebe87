"""What the line beneath a viewed file says, and the question it sometimes asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from textual import events

from tfm.model.text import exact_size, safe_text, short_size
from tfm.ui.cells import width_of
from tfm.ui.pane.lines import ends, first_that_fits
from tfm.ui.viewers.file_view import FileView

_EXACT_BELOW = 10_000


def left_texts(view: FileView) -> list[str]:
    """What was made of the bytes, from the longest wording to the shortest."""
    if view.error is not None:
        return ["cannot be shown"]
    if view.window is None:
        return ["Loading…"]
    if view.busy and view.busy != "Loading…":
        return [view.busy]
    size = view.content.size if view.content is not None else 0
    told = exact_size(size) if size < _EXACT_BELOW else short_size(size)
    kind = "binary" if view.dump and view.detected is None else "hex" if view.dump else ""
    if not kind and view.encoding is not None:
        kind = view.encoding.value
    flags = [
        word
        for word, on in (
            ("wrap", view.look.wrap and not view.dump),
            ("following", view.following),
            (f"tab {view.look.tab}", view.look.tab != 8 and not view.dump),
        )
        if on
    ]
    plain = ", ".join([kind, told, *flags])
    if view.note:
        return [f"{safe_text(view.note)}  {plain}", safe_text(view.note)]
    return [plain, ", ".join([kind, told]), kind]


def right_texts(view: FileView) -> list[str]:
    """Where in the file the screen is, from the longest wording to the shortest."""
    top, bottom = view.top_line, view.bottom_line
    if view.window is None or top is None or bottom is None:
        return [""]
    size = max(1, view.window.size)
    share = f"{min(100, bottom.end * 100 // size)} %"
    if view.dump:
        place = f"0x{top.start:x}"
    elif top.number is not None and bottom.number is not None:
        place = f"lines {top.number:,}–{bottom.number:,}"
        if top.number == bottom.number:
            place = f"line {top.number:,}"
    else:
        place = f"byte {top.start:,}"
    column = f"column {view.left + 1}  " if view.left else ""
    if view.remote and view.content is not None:
        fetched = f"  {short_size(view.content.fetched)} fetched"
        return [f"{column}{place}  {share}{fetched}", f"{share}{fetched}", share]
    return [f"{column}{place}  {share}", f"{place}  {share}", share]


def footer_text(view: FileView, width: int) -> str:
    """Both, in `width` cells."""
    right = first_that_fits(right_texts(view), max(5, width // 2 + 4))
    left = first_that_fits(left_texts(view), max(4, width - width_of(right) - 2))
    return ends(left.rstrip(), right, width)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go: a line from 1, a byte, a share of the file from 0 to 1, or the end."""

    kind: Literal["line", "byte", "share", "end"]
    value: float = 0


def target_of(text: str, *, dump: bool) -> Target | None:
    """What somebody typed means; None if it means nothing. In a dump a number is a byte."""
    text = text.strip().lower().replace(",", "").replace("_", "")
    if text in ("$", "end"):
        return Target("end")
    if found := re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%", text):
        return Target("share", min(1.0, float(found[1]) / 100))
    if found := re.fullmatch(r"0x([0-9a-f]{1,16})", text):
        return Target("byte", int(found[1], 16))
    if found := re.fullmatch(r"@(\d{1,18})", text):
        return Target("byte", int(found[1]))
    if re.fullmatch(r"\d{1,18}", text):
        return Target("byte" if dump else "line", int(text))
    return None


class Question:
    """A line of text that is typed into the footer. `edited` hears of every change."""

    def __init__(
        self,
        label: str,
        accept: Callable[[str], None],
        *,
        edited: Callable[[str], None] = lambda _text: None,
        earlier: list[str] | None = None,
    ) -> None:
        self.label = label
        self.text = ""
        self.hint = ""
        self._accept = accept
        self._edited = edited
        self._earlier = earlier if earlier is not None else []
        self._at = len(self._earlier)

    def accept(self) -> None:
        """Enter."""
        if self.text and self.text not in self._earlier[-1:]:
            self._earlier.append(self.text)
        self._accept(self.text)

    def insert(self, text: str) -> None:
        """Type or paste."""
        self._set(self.text + text)

    def key(self, event: events.Key) -> bool:
        """One key; False if it is not the question's."""
        edits: Mapping[str, Callable[[], str]] = {
            "backspace": lambda: self.text[:-1],
            "ctrl+h": lambda: self.text[:-1],
            "ctrl+u": lambda: "",
            "ctrl+w": lambda: self.text.rstrip().rpartition(" ")[0],
            "up": lambda: self._recall(-1),
            "down": lambda: self._recall(1),
        }
        if event.key in edits:
            self._set(edits[event.key]())
        elif event.character and event.character.isprintable():
            self.insert(event.character)
        else:
            return False
        return True

    def _recall(self, step: int) -> str:
        self._at = max(0, min(self._at + step, len(self._earlier)))
        return self._earlier[self._at] if self._at < len(self._earlier) else ""

    def _set(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self._edited(text)
