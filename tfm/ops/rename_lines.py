"""Names as lines of a text that an editor changes: one a line, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from tfm.model.text import plural


class LinesFault(ValueError):
    """Why the text cannot be read as names, in words for the person who wrote it."""


def as_lines(names: Sequence[str]) -> bytes:
    """One name a line, verbatim. Raises LinesFault for a name that is no line."""
    if any("\n" in name or "\r" in name for name in names):
        raise LinesFault("A name that holds a line break cannot be one line. Rename it by itself.")
    return "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")


def from_lines(data: bytes, count: int) -> list[str]:
    """The names that are there now. Raises LinesFault unless there are as many as before."""
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    lines = text.removesuffix("\n").split("\n")
    while len(lines) > count and not lines[-1]:
        lines.pop()
    if len(lines) != count:
        told = f"{plural(len(lines), 'line')} for {plural(count, 'name')}"
        raise LinesFault(f"{told}: nothing was renamed.")
    return lines
