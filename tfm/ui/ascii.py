"""Terminals that have no other signs than those of ASCII: every sign of ours in one cell of it.

Done where bytes leave for the terminal, so that no widget can forget it. Letters of file names stay
as they are where the terminal's encoding has them; what it lacks becomes `?`, as wide as it was.
"""

from __future__ import annotations

import locale
import os
import unicodedata
from typing import Literal

from rich.cells import cell_len

from tfm.ui.driver import CalmDriver

Wish = Literal["auto", "always", "never"]

LACKING = "?"
_SIGNS = frozenset("PSZC")
_OURS = {
    "─╌┄┈╴╶–—―‐‑‒−‾▔": "-",
    "━═╍┅┉╸╺": "=",
    "│╎┆┊╵╷▏▎▍▌▋▊▐▕¦": "|",
    "┃║╏┇┋╹╻█▓▒■": "#",
    "▁▂▃▄_": "_",
    "▀": '"',
    "░·∙": ".",
    "•●◆✱": "*",
    "○◇": "o",
    "↑▲△⇧": "^",
    "↓▼▽⇩": "v",
    "→▶▷►⇒›»": ">",
    "←◀◁◄⇐‹«": "<",
    "…": "~",
    "“”„": '"',
    "‘’‚": "'",
    "×✗✘": "x",
    "✓✔": "+",
    "↻": "@",
    "\xa0": " ",
}
# what is left of the box drawing signs and quarter blocks are corners and crossings
_CORNERS = {chr(code): "+" for code in (*range(0x250C, 0x2574), *range(0x2596, 0x25A0))}
_SINGLE = {sign: plain for signs, plain in _OURS.items() for sign in signs}
_PLAIN = {ord(sign): plain for sign, plain in (_CORNERS | _SINGLE).items()}


class Spelling(dict[int, str]):
    """For `str.translate`: sign → what a terminal of that encoding shows in its place.

    Signs nobody thought of become `?`, and so do pictures of control characters, as `ls` has it.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__(_PLAIN)
        self._encoding = encoding

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        if code < 128 or (unicodedata.category(sign)[0] not in _SIGNS and self._has(sign)):
            plain = sign
        else:
            plain = LACKING * cell_len(sign)
        self[code] = plain
        return plain

    def _has(self, sign: str) -> bool:
        try:
            sign.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True


class AsciiDriver(CalmDriver):
    """The driver for a terminal whose encoding or fonts end early."""

    _spelling: Spelling | None = None

    def write(self, data: str) -> None:
        """Write to the terminal what it can show."""
        if not data.isascii():
            if self._spelling is None:
                self._spelling = Spelling(locale.getencoding())
            data = data.translate(self._spelling)
        super().write(data)


def driver_for(wish: Wish) -> type[CalmDriver]:
    """The driver for the terminal this program runs on."""
    # the encoding of the locale, not Python's own, which is UTF-8 also where LC_ALL=C
    plain = plain_signs(wish, locale.getencoding(), os.environ.get("TERM", ""))
    return AsciiDriver if plain else CalmDriver


def plain_signs(wish: Wish, encoding: str, term: str) -> bool:
    """Whether a terminal named `term`, of a locale with that encoding, should get nothing but ASCII."""
    if wish != "auto":
        return wish == "always"
    return not encoding.lower().startswith("utf") or _before_unicode(term)


def _before_unicode(term: str) -> bool:
    return term in ("dumb", "ansi") or (term[:2] == "vt" and term[2:3].isdigit())
