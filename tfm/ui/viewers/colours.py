"""Colours by syntax for the lines on the screen; for worker threads, where Pygments is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tfm.ui.viewers.rows import Line

Meaning = Literal["comment", "keyword", "text", "number", "name", "tag", "added", "removed"]
Spans = Sequence[tuple[int, int, Meaning]]
"""From and to (exclusive) in characters of a line, and what stands there."""

_MOST_CHARACTERS = 200_000
_LONGEST_LINE = 2_000

_MEANINGS: tuple[tuple[str, Meaning], ...] = (
    ("Token.Comment", "comment"),
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Literal.String", "text"),
    ("Token.Literal", "number"),
    ("Token.Name.Tag", "tag"),
    ("Token.Name.Attribute", "name"),
    ("Token.Name.Function", "name"),
    ("Token.Name.Class", "name"),
    ("Token.Name.Decorator", "name"),
    ("Token.Name.Builtin", "name"),
    ("Token.Generic.Heading", "keyword"),
    ("Token.Generic.Subheading", "keyword"),
    ("Token.Generic.Strong", "name"),
    ("Token.Generic.Inserted", "added"),
    ("Token.Generic.Deleted", "removed"),
)


def lexer_for(name: str) -> Any | None:
    """The lexer for a file of that name, None if there is none; imports Pygments at the first call."""
    from pygments.lexers import get_lexer_for_filename
    from pygments.lexers.special import TextLexer
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return None if isinstance(lexer, TextLexer) else lexer


def colour(lines: Sequence[Line], lexer: Any) -> Mapping[tuple[int, int], Spans]:
    """Spans of the lines by their start and part.

    The lexer begins at the first of these lines: what a comment further up began is not known.
    """
    rows: list[str] = []
    parts: list[list[Line]] = []
    for line in lines:
        if line.part and parts:
            rows[-1] += line.text
            parts[-1].append(line)
        else:
            rows.append(line.text)
            parts.append([line])
    text = "\n".join(row if len(row) <= _LONGEST_LINE else "" for row in rows)
    if len(text) > _MOST_CHARACTERS:
        return {}
    found: dict[int, list[tuple[int, int, Meaning]]] = {}
    row = column = 0
    for kind, value in lexer.get_tokens(text):
        meaning = _meaning(str(kind))
        for number, piece in enumerate(value.split("\n")):
            if number:
                row, column = row + 1, 0
            if piece and meaning:
                found.setdefault(row, []).append((column, column + len(piece), meaning))
            column += len(piece)
    return {
        (line.start, line.part): cut
        for index, spans in found.items()
        if index < len(parts)
        for line in parts[index]
        if (cut := _within(spans, line.at, line.at + len(line.text)))
    }


def _within(spans: Spans, start: int, end: int) -> Spans:
    return [
        (max(a, start) - start, min(b, end) - start, meaning)
        for a, b, meaning in spans
        if a < end and b > start
    ]


def _meaning(kind: str) -> Meaning | None:
    for prefix, meaning in _MEANINGS:
        if kind.startswith(prefix):
            return meaning
    return None
