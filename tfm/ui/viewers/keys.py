"""The keys of the viewer: one table for pressing, for its help, and for the test of the guide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ViewKey:
    """What some keys do while a file is viewed; `shown` is how the help writes them."""

    act: str
    keys: tuple[str, ...]
    shown: str
    help: str


VIEW_KEYS = (
    ViewKey("close", ("q", "escape", "f3", "v", "f10", "ctrl+c", "ctrl+g", "enter"), "q Esc F3", "Close."),
    ViewKey("up", ("up", "k"), "Up k", "One line up."),
    ViewKey("down", ("down", "j"), "Down j", "One line down."),
    ViewKey("page_up", ("pageup", "b", "ctrl+b"), "PgUp b", "One page up."),
    ViewKey("page_down", ("pagedown", "space", "ctrl+f"), "PgDn Space", "One page down."),
    ViewKey("half_up", ("u", "ctrl+u"), "u", "Half a page up."),
    ViewKey("half_down", ("d", "ctrl+d"), "d", "Half a page down."),
    ViewKey("home", ("home", "g", "ctrl+home"), "Home g", "The beginning of the file."),
    ViewKey("end", ("end", "G", "ctrl+end"), "End G", "The end of the file."),
    ViewKey("left", ("left",), "Left", "Shift to the left."),
    ViewKey("right", ("right",), "Right", "Shift to the right."),
    ViewKey("go_to", ("colon", "f5"), ": F5", "Go to a line, a percentage (50%), a byte (0x1f00 or @4096), the end ($)."),
    ViewKey("search", ("slash", "f", "f7"), "/ f F7", "Search; Ctrl-R there switches to regular expressions."),
    ViewKey("next", ("n",), "n", "The next match."),
    ViewKey("previous", ("N",), "N", "The match before."),
    ViewKey("wrap", ("w", "f2"), "w F2", "Break long lines, or cut them."),
    ViewKey("numbers", ("number_sign", "l"), "# l", "Line numbers."),
    ViewKey("dump", ("h", "f4"), "h F4", "Bytes as hexadecimal numbers, or text."),
    ViewKey("encoding", ("e",), "e", "Another encoding."),
    ViewKey("tab", ("t",), "t", "Tabs of 2, 4 or 8 cells."),
    ViewKey("colours", ("s",), "s", "Colours by syntax."),
    ViewKey("follow", ("F",), "F", "Stay at the end of a file that grows."),
    ViewKey("reload", ("ctrl+r", "R"), "Ctrl-R R", "Read again."),
    ViewKey("help", ("question_mark", "f1"), "? F1", "This list."),
)  # fmt: skip


def by_key(table: Iterable[ViewKey]) -> Mapping[str, str]:
    """What each key of a table does."""
    return MappingProxyType({key: each.act for each in table for key in each.keys})


BY_KEY = by_key(VIEW_KEYS)
