"""Fitting text into a number of terminal cells."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
_LONGEST_EXTENSION = 12


def width_of(text: str) -> int:
    """Cells that `text` takes on the screen."""
    return len(text) if text.isascii() else cell_len(text)


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` cells: padded with spaces, or cut at the end with an ellipsis."""
    cells = width_of(text)
    if cells == width:
        return text
    if cells < width:
        space = " " * (width - cells)
        return space + text if right else text + space
    return cut_end(text, width)


def head(text: str, width: int) -> str:
    """The first `width` cells exactly; half of a wide character becomes a space."""
    if text.isascii():
        return text[:width].ljust(width)
    return set_cell_size(text, width)


def tail(text: str, width: int) -> str:
    """At most the last `width` cells; never begins with a mark that belongs to what was cut off."""
    if width <= 0:
        return ""
    if text.isascii():
        return text[-width:]
    start, cells = len(text), 0
    while start > 0:
        step = cell_len(text[start - 1])
        if cells + step > width:
            break
        start, cells = start - 1, cells + step
    while start < len(text) and cell_len(text[start]) == 0:
        start += 1
    return text[start:]


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells, broken between words; a longer word is cut in pieces."""
    width = max(1, width)
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if width_of(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        while width_of(word) > width:
            piece = head(word, width).rstrip()
            lines.append(piece)
            word = word[len(piece) :] if piece else word[1:]
        line = word
    return [*lines, line] if line or not lines else lines


def cut_end(text: str, width: int) -> str:
    """Exactly `width` cells of a text that is longer, an ellipsis last."""
    return head(text, width - 1) + ELLIPSIS if width > 0 else ""


def cut_start(text: str, width: int) -> str:
    """At most `width` cells; of a longer text the end, with an ellipsis first."""
    if width_of(text) <= width:
        return text
    return ELLIPSIS + tail(text, width - 1) if width > 0 else ""


def cut_name(name: str, width: int) -> str:
    """Exactly `width` cells; a longer name loses its middle and keeps its extension."""
    cells = width_of(name)
    if cells <= width:
        return name + " " * (width - cells)
    stem, dot, extension = name.rpartition(".")
    end = dot + extension if stem and len(extension) <= _LONGEST_EXTENSION else ""
    keep = max(width_of(end), (width - 1) // 3)
    if width < 8 or keep > width - 4:
        return cut_end(name, width)
    kept = tail(name, keep)
    return head(name, width - 1 - width_of(kept)) + ELLIPSIS + kept
