"""Text that may be shown: no byte of a name ever acts on the terminal."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, tzinfo
from typing import NewType

SafeText = NewType("SafeText", str)
"""A string every character of which the terminal only draws. Only `safe_text` makes one."""

# Printable by category, yet invisible, or counted differently by every terminal: combining grapheme
# joiner, Hangul fillers, variation selectors, skin tones, regional indicators.
_MISLEADING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u3164\ufe00-\ufe0f\uffa0\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff"
    "\U000e0100-\U000e01ef]"
)
_MAX_COMBINING = 8
_KEPT_SPACES = frozenset(" \u3000")


def safe_text(text: str) -> SafeText:
    r"""`text` with everything that is not plainly drawable replaced by a visible picture.

    Control bytes become control pictures (`␛`, `␊`), a byte that was not UTF-8 becomes `\xNN`,
    bidi controls, joiners, separators and selectors become `\uNNNN`.
    """
    if text.isascii() and text.isprintable():
        return SafeText(text)
    pieces: list[str] = []
    combining = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
            combining += 1
            # a mark at the start, or one too many, would hang on a foreign cell
            drawn = not (_MISLEADING.match(character) or combining > _MAX_COMBINING or not pieces)
            pieces.append(character if drawn else _picture(character))
            continue
        combining = 0
        shown = character.isprintable() or character in _KEPT_SPACES
        if shown and not _MISLEADING.match(character):
            pieces.append(character)
        else:
            pieces.append(_picture(character))
    return SafeText("".join(pieces))


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: a byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


_UNITS = "KMGTPE"


def short_size(size: int | None) -> SafeText:
    """A size in at most five cells: `999`, `1.2K`, `345M`; 1 K is 1,024 bytes."""
    if size is None:
        return SafeText("")
    if size < 1000:
        return SafeText(str(size))
    value = float(size)
    for unit in _UNITS:
        value /= 1024
        if value < 9.95:
            return SafeText(f"{value:.1f}{unit}")
        if value < 999.5:
            return SafeText(f"{value:.0f}{unit}")
    return SafeText(f"{value:.0f}{_UNITS[-1]}")


def exact_size(size: int) -> SafeText:
    """A size with all its digits: `1,234,567 bytes`."""
    return SafeText("1 byte" if size == 1 else f"{size:,} bytes")


def plural(count: int, noun: str) -> SafeText:
    """`1 file`, `2 files`, `1,234 directories`."""
    if count == 1:
        return SafeText(f"1 {noun}")
    ending = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return SafeText(f"{count:,} {ending}")


def shortened(text: str, most: int) -> str:
    """At most so many characters; the last one tells that there were more."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def sentence(reason: str) -> str:
    """A reason as it stands behind a colon, by itself: `there is none` as `There is none.`"""
    return f"{reason[:1].upper()}{reason[1:]}."


def local_time(mtime_ns: int | None, zone: tzinfo | None = None, *, full: bool = False) -> SafeText:
    """`2026-11-20 14:05` in local time (or `zone`), with seconds when `full`; empty if unknown."""
    if mtime_ns is None:
        return SafeText("")
    try:
        moment = datetime.fromtimestamp(mtime_ns / 1e9, zone)
    except (OverflowError, OSError, ValueError):
        return SafeText("?")
    return SafeText(moment.strftime("%Y-%m-%d %H:%M:%S" if full else "%Y-%m-%d %H:%M"))


def duration(seconds: float) -> SafeText:
    """`12 s`, `3:04`, `1:02:03`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return SafeText(f"{whole} s")
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return SafeText(f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}")
