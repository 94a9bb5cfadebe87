"""The user's own colours for files, as `ls` has them: the variable `LS_COLORS`."""

from __future__ import annotations

import re

from rich.ansi import AnsiDecoder
from rich.style import Style

from tfm.ui.pane.look import FileColours

_CODES = re.compile(r"[0-9;]{1,40}")
_MOST = 2000


def file_colours(variable: str) -> FileColours | None:
    """What the variable says (see dircolors(5)); None if it says nothing.

    Only plain numbers of colours are taken: whatever else stands there never reaches a terminal.
    """
    kinds: dict[str, Style] = {}
    endings: dict[str, Style] = {}
    for rule in variable.split(":")[:_MOST]:
        what, equals, codes = rule.partition("=")
        if not equals or not _CODES.fullmatch(codes):
            continue
        style = _style(codes)
        if what.startswith("*."):
            endings[what[1:].casefold()] = style
        elif re.fullmatch("[a-z]{2}", what):
            kinds[what] = style
    return FileColours(kinds, endings) if kinds or endings else None


def _style(codes: str) -> Style:
    text = AnsiDecoder().decode_line(f"\x1b[{codes}m.")
    return text.spans[0].style if text.spans and isinstance(text.spans[0].style, Style) else Style()
