"""From bytes to lines on the screen, anywhere in a file of any size; for worker threads.

A row is a line of the file, or a piece of a very long one: pieces end at multiples of `PIECE` before
which no line has ended for as long. Whether a byte begins a row can therefore be told from the few
kilobytes before it, and the rows are the same whichever way one comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfm.model.cancel import CancelToken
from tfm.model.text import SafeText, safe_text
from tfm.storage.blocks import BLOCK, Content
from tfm.ui.cells import width_of
from tfm.ui.viewers.encodings import Encoding
from tfm.ui.viewers.look import Look

PIECE = 4096
_BACK = 2 * PIECE + 8
_MOST_BYTES = 4 * 1024 * 1024
_MOST_LINES = 1500


@dataclass(frozen=True, slots=True)
class Form:
    """How bytes are to be shown. `encoding` None is a dump; `width` in cells, 0 where not wrapped."""

    encoding: Encoding | None
    width: int = 0
    tab: int = 8
    hex_row: int = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the screen: the bytes it stands for, and what is drawn.

    `part` counts the lines that one row was wrapped into. `first` is true where a line of the file
    begins; `at` is how many characters of the row stand before this part. `number` is that of the
    line in the file, from 1, where it is known.
    """

    start: int
    end: int
    text: SafeText
    part: int = 0
    first: bool = True
    at: int = 0
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Lines around a point; `at` is the index of the line asked for, behind the last at the end."""

    form: Form
    lines: tuple[Line, ...]
    at: int
    begins: bool
    ends: bool
    size: int
    version: int


def load(
    content: Content,
    form: Form,
    offset: int,
    *,
    part: int = 0,
    before: int,
    after: int,
    known: tuple[int, int] | None = None,
    cancel: CancelToken,
) -> Window:
    """At least so many lines before and from the one that holds `offset`, where there are as many.

    `known` is the start of a row and its line number: if it is near, lines get their numbers.
    """
    if content.size == 0:
        content.read(0, 1, cancel)  # what tells no size may still hold something
    if form.encoding is None:
        return _load_dump(content, form, offset, before, after, cancel)
    loader = _Loader(content, form, cancel)
    spans, at = loader.around(max(0, min(offset, content.size)), before, after)
    lines: list[Line] = []
    found = None
    first_wanted = max(0, at - _MOST_LINES)
    numbers = loader.numbers(spans, known)
    for index in range(first_wanted, min(len(spans), at + _MOST_LINES)):
        if index == at:
            found = len(lines)
        lines.extend(loader.drawn(spans[index], numbers.get(spans[index].start)))
    at_line = len(lines) if found is None else found
    while part and at_line + 1 < len(lines) and lines[at_line + 1].start == lines[at_line].start:
        at_line, part = at_line + 1, part - 1
    return Window(
        form,
        tuple(lines),
        at_line,
        begins=not lines or lines[0].start == 0,
        ends=not lines or lines[-1].end >= content.size,
        size=content.size,
        version=content.version,
    )


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    first: bool


class _Loader:
    def __init__(self, content: Content, form: Form, cancel: CancelToken) -> None:
        assert form.encoding is not None
        self._content = content
        self._form = form
        self._encoding = form.encoding
        self._cancel = cancel
        self._low = 0
        self._data = b""

    def around(self, offset: int, before: int, after: int) -> tuple[list[_Span], int]:
        """Rows, and the index of the one that holds `offset`; at the very end one too many."""
        kept = self._content.is_kept
        # where every block costs a request, begin with the one that `offset` lies in
        back, ahead = (0, 1) if kept else (_step(before) + _BACK, _step(after))
        while True:
            size = self._content.size
            low, high = max(0, offset - back), min(size, offset + ahead)
            if kept:  # whole blocks are read anyway
                low, high = low // BLOCK * BLOCK, min(size, -(-high // BLOCK) * BLOCK)
            self._read(low, high)
            spans = list(self._spans(low, high, size))
            at = _index_of(spans, offset, size)
            missed = not spans or spans[0].start > offset
            short_before = (at < before or missed) and low > 0 and back < _MOST_BYTES
            short_after = len(spans) - at < after and high < size and ahead < _MOST_BYTES
            if not (short_before or short_after):
                return spans, at
            if short_before:
                back = max(BLOCK, back * 2)
            if short_after:
                ahead = max(BLOCK, ahead * 2)

    def _read(self, low: int, high: int) -> None:
        self._low, self._data = low, self._content.read(low, high - low, self._cancel)

    def _spans(self, low: int, high: int, size: int) -> Iterator[_Span]:
        """Whole rows of the bytes read; the last only if the file ends there."""
        start = self._first_start(low)
        first = start == 0 or self._ends_line(start)
        while start < low + len(self._data):
            end = self._row_end(start)
            if end is None:
                if high >= size:
                    yield _Span(start, low + len(self._data), first)
                return
            yield _Span(start, end, first)
            start, first = end, self._ends_line(end)

    def _first_start(self, low: int) -> int:
        if low == 0:
            return 0
        # a line end, or a border between pieces that has seen a whole piece without one
        border = -(-(low + PIECE) // PIECE) * PIECE
        newline = self._newline(low, border)
        return newline if newline is not None else self._whole_character(border)

    def _row_end(self, start: int) -> int | None:
        """Where the row ends, None if it goes on behind what was read."""
        # the first border a whole piece behind the last line end; a piece begins at a border, or a
        # few bytes behind it where that went through a character
        border = (start // PIECE + 1) * PIECE
        if start != 0 and start % PIECE and self._ends_line(start):
            border += PIECE
        newline = self._newline(start, border)
        if newline is not None:
            return newline
        if border >= self._low + len(self._data):
            return None
        return self._whole_character(border)

    def _newline(self, start: int, until: int) -> int | None:
        """The place behind the first line end that ends at or before `until`."""
        unit, mark = self._encoding.unit, self._encoding.newline
        at = start - self._low
        while True:
            at = self._data.find(mark, at, until - self._low)
            if at < 0:
                return None
            if unit == 1 or (self._low + at) % unit == 0:
                return self._low + at + unit
            at += 1

    def _ends_line(self, at: int) -> bool:
        mark = self._encoding.newline
        return self._data[at - self._low - len(mark) : at - self._low] == mark

    def _whole_character(self, border: int) -> int:
        """A border never goes through a character."""
        at = border - self._low
        if self._encoding is Encoding.UTF8:
            moved = 0
            while moved < 3 and at < len(self._data) and self._data[at] & 0xC0 == 0x80:
                at, moved = at + 1, moved + 1
        elif self._encoding.unit == 2 and at + 2 <= len(self._data):
            high_byte = self._data[at + 1 if self._encoding is Encoding.UTF16LE else at]
            if 0xDC <= high_byte <= 0xDF:
                at += 2
        return self._low + at

    def numbers(self, spans: list[_Span], known: tuple[int, int] | None) -> dict[int, int]:
        """Line numbers by the start of a row, if one of the starts is known."""
        if spans and spans[0].start == 0:
            known = (0, 1)
        if known is None:
            return {}
        anchor = next((i for i, span in enumerate(spans) if span.start == known[0]), None)
        if anchor is None:
            return {}
        numbers, number = {}, known[1]
        for span in spans[anchor:]:
            if span.first and span.start != known[0]:
                number += 1
            numbers[span.start] = number
        number = known[1]
        for index in range(anchor, 0, -1):
            if spans[index].first:
                number -= 1
            numbers[spans[index - 1].start] = number
        return numbers

    def drawn(self, span: _Span, number: int | None) -> Iterator[Line]:
        """One row as lines of the screen."""
        data = self._data[span.start - self._low : span.end - self._low]
        text = shown(self._encoding.decode(data), self._form.tab, begins=span.start == 0)
        width = self._form.width
        if not width or width_of(text) <= width:
            yield Line(span.start, span.end, text, 0, span.first, 0, number)
            return
        at = part = 0
        for piece in wrapped(text, width):
            first = span.first and part == 0
            yield Line(span.start, span.end, piece, part, first, at, number)
            at, part = at + len(piece), part + 1


def _step(lines: int) -> int:
    return max(PIECE, lines * 160)


def _index_of(spans: list[_Span], offset: int, size: int) -> int:
    if offset >= size:
        return len(spans)
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle].end <= offset:
            low = middle + 1
        else:
            high = middle
    return low


def shown(text: str, tab: int, *, begins: bool = False) -> SafeText:
    """A row as it is drawn: without its end, tabs as spaces, nothing that acts on a terminal."""
    if text.endswith("\n"):
        text = text[:-1]
        text = text.removesuffix("\r")
    if begins:
        text = text.removeprefix("\ufeff")
    if "\t" not in text:
        return safe_text(text)
    drawn = ""
    width = 0
    for number, piece in enumerate(text.split("\t")):
        if number:
            gap = tab - width % tab
            drawn, width = drawn + " " * gap, width + gap
        safe = safe_text(piece)
        drawn, width = drawn + safe, width + width_of(safe)
    return SafeText(drawn)


def wrapped(text: SafeText, width: int) -> Iterator[SafeText]:
    """Pieces of at most `width` cells, at least one character each; a mark stays with its letter."""
    if text.isascii():
        for at in range(0, len(text), width):
            yield SafeText(text[at : at + width])
        return
    piece, cells = "", 0
    for character in text:
        step = width_of(character)
        if piece and cells + step > width:
            yield SafeText(piece)
            piece, cells = "", 0
        piece, cells = piece + character, cells + step
    if piece:
        yield SafeText(piece)


def dump_width(hex_row: int, size: int) -> int:
    """Cells of a line of a dump."""
    return _digits(size) + 2 + hex_row * 3 - 1 + max(0, hex_row // 8 - 1) + 2 + hex_row


def _digits(size: int) -> int:
    return max(8, len(f"{size:x}"))


def _load_dump(
    content: Content, form: Form, offset: int, before: int, after: int, cancel: CancelToken
) -> Window:
    size, row = content.size, form.hex_row
    offset = max(0, min(offset, size)) // row * row
    low = max(0, offset - min(before, _MOST_LINES) * row)
    high = min(size, offset + min(after, _MOST_LINES) * row)
    if content.is_kept:
        # the rest of the blocks that are read anyway
        low = max(low // BLOCK * BLOCK, offset - _MOST_LINES * row, 0) // row * row
        high = min(-(-high // BLOCK) * BLOCK, offset + _MOST_LINES * row, size)
    data = content.read(low, high - low, cancel)
    digits = _digits(size)
    lines = [
        dump_line(data[at : at + row], low + at, row, digits) for at in range(0, len(data), row)
    ]
    ends = low + len(data) >= content.size
    at = (offset - low) // row
    return Window(form, tuple(lines), at, low == 0, ends, content.size, content.version)


def dump_line(data: bytes, offset: int, row: int, digits: int) -> Line:
    """`00000010  10 11 12 13 14 15 16 17  18 19 …  ····`."""
    groups = [f"{data[at : at + 8].hex(' '):<{min(8, row) * 3 - 1}}" for at in range(0, row, 8)]
    signs = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in data)
    text = SafeText(f"{offset:0{digits}x}  {'  '.join(groups)}  {signs}")
    return Line(offset, offset + len(data), text)


def form_for(encoding: Encoding | None, width: int, look: Look, size: int) -> Form:
    """How a file of `size` bytes is cut into rows of `width` cells; without an encoding as a dump."""
    if encoding is None:
        fits = [row for row in (16, 8, 4) if dump_width(row, size) <= width]
        return Form(None, hex_row=fits[0] if fits else 4)
    return Form(encoding, width=width if look.wrap else 0, tab=look.tab)
