"""One line of a file as a strip: colours by syntax, what was searched for, cut to the width."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tfm.model.text import safe_text
from tfm.ui.cells import ELLIPSIS, wrapped
from tfm.ui.theming import Palette
from tfm.ui.viewers.colours import Meaning, Spans
from tfm.ui.viewers.rows import Line
from tfm.ui.viewers.search import Match

NUMBER_WIDTH = 7

Mark = tuple[int, int, Style]


def styles_of(palette: Palette) -> Mapping[Meaning, Style]:
    """How each meaning of a syntax is drawn, in the colours of the theme."""
    return {
        "comment": palette.muted,
        "keyword": palette.accent,
        "text": palette.success,
        "number": palette.warning,
        "name": palette.directory,
        "tag": palette.accent,
        "added": palette.success,
        "removed": palette.error,
    }


def segments_of(
    text: str, spans: Spans, marks: Sequence[Mark], meanings: Mapping[Meaning, Style], plain: Style
) -> list[Segment]:
    """The text in as few pieces as its styles allow; marks lie above colours."""
    if not spans and not marks:
        return [Segment(text, plain)]
    styles = [plain] * len(text)
    for start, end, meaning in spans:
        end = min(end, len(text))
        styles[start:end] = [meanings[meaning]] * (end - start)
    for start, end, style in marks:
        end = min(end, len(text))
        styles[start:end] = [style] * (end - start)
    segments, at = [], 0
    for index in range(1, len(text) + 1):
        if index == len(text) or styles[index] is not styles[at]:
            segments.append(Segment(text[at:index], styles[at]))
            at = index
    return segments


def marks_in_text(
    line: Line, pattern: re.Pattern[str], match: Match | None, palette: Palette
) -> list[Mark]:
    """Every match on the line; the one that was found last looks like the cursor."""
    spots = [found.span() for found in pattern.finditer(line.text) if found.group()]
    current = spot_of(line, match, spots)
    return [
        (start, end, palette.cursor if index == current else palette.cursor_inactive)
        for index, (start, end) in enumerate(spots)
    ]


def spot_of(line: Line, match: Match | None, spots: Sequence[tuple[int, int]]) -> int:
    """Which of the matches on a line is `match`; -1 if none. The drawn text is not the bytes."""
    if match is None or not spots or not line.start <= match.start < line.end:
        return -1
    expected = (match.start - line.start) / max(1, line.end - line.start) * len(line.text)
    return min(range(len(spots)), key=lambda index: abs(spots[index][0] - expected))


def marks_in_dump(line: Line, match: Match | None, palette: Palette) -> list[Mark]:
    """The digits of the bytes that were found."""
    if match is None or match.end <= line.start or match.start >= line.end:
        return []
    digits = line.text.index(" ") + 2
    marks = []
    for byte in range(max(match.start, line.start), min(match.end, line.end)):
        column = byte - line.start
        cell = digits + column * 3 + (1 if column >= 8 else 0)
        marks.append((cell, cell + 2, palette.cursor))
    return marks


def fitted(segments: list[Segment], left: int, width: int, palette: Palette) -> Strip:
    """Exactly `width` cells from cell `left` on; an ellipsis where the line goes on."""
    strip = Strip(segments)
    more = strip.cell_length > left + width
    if left or more:
        strip = strip.crop(left, left + width - (1 if more else 0))
        if more:
            strip = strip.adjust_cell_length(width - 1, palette.text)
            strip = Strip([*strip, Segment(ELLIPSIS, palette.muted)])
    return strip.adjust_cell_length(width, palette.text)


def notice(texts: Sequence[str], y: int, width: int, palette: Palette, *, bad: bool) -> Strip:
    """Line `y` of what stands instead of a file, broken between words; the first text is the error, if `bad`."""
    lines = [
        (at, line) for at, text in enumerate(texts) for line in wrapped(safe_text(text), width)
    ]
    at, line = lines[y] if y < len(lines) else (1, "")
    style = palette.error if bad and at == 0 else palette.muted
    return fitted([Segment(line, style)], 0, width, palette)


def number_segment(line: Line, palette: Palette) -> Segment:
    """The line number in front of a line; nothing before the later parts of a long one."""
    number = f"{line.number}" if line.number is not None and line.first else ""
    return Segment(f"{number[-NUMBER_WIDTH:]:>{NUMBER_WIDTH}} ", palette.muted)
