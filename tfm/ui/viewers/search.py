"""Finding text, bytes and lines in files of any size, block by block; for worker threads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tfm.model.cancel import CancelToken
from tfm.ops.expression import AT_ONCE, expression
from tfm.storage.blocks import BLOCK, Content
from tfm.ui.viewers.encodings import Encoding

# small enough that the interpreter lets the screen in between two steps
_CHUNK = 256 * 1024
_REMOTE_CHUNK = 1024 * 1024
_LONGEST_MATCH = 4096

Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; upper-case letters make it exact. `0x` and digits mean bytes in a dump."""

    text: str
    regex: bool = False

    def in_text(self) -> re.Pattern[str]:
        """For text. Raises re.error."""
        flags = self._flags | re.MULTILINE
        return expression(self.text, flags) if self.regex else re.compile(self._literal, flags)

    def on_screen(self) -> re.Pattern[str]:
        """For the lines on the screen, which wait for no expression. Raises re.error."""
        flags = self._flags | re.MULTILINE
        if self.regex:
            return expression(self.text, flags, seconds=AT_ONCE, gives_up=True)
        return re.compile(self._literal, flags)

    def in_bytes(self, encoding: Encoding) -> re.Pattern[bytes]:
        """For a dump. Raises re.error."""
        if self.regex:
            return expression(encoding.encode(self.text), self._flags | re.DOTALL)
        digits = self.text[2:].replace(" ", "")
        if self.text[:2] == "0x" and re.fullmatch(r"([0-9A-Fa-f]{2})+", digits):
            return re.compile(re.escape(bytes.fromhex(digits)), re.DOTALL)
        return re.compile(re.escape(encoding.encode(self.text)), self._flags | re.DOTALL)

    @property
    def _literal(self) -> str:
        return re.escape(self.text)

    @property
    def _flags(self) -> re.RegexFlag:
        return re.IGNORECASE if self.text == self.text.lower() else re.NOFLAG


@dataclass(frozen=True, slots=True)
class Match:
    """The bytes found; `wrapped` if the search went past the end of the file and on."""

    start: int
    end: int
    wrapped: bool = False


class Search:
    """One search. `encoding` None looks at bytes; `tell` hears how many bytes were looked at."""

    def __init__(
        self,
        content: Content,
        wanted: Wanted,
        encoding: Encoding | None,
        cancel: CancelToken,
        tell: Tell = lambda _bytes: None,
    ) -> None:
        self._content = content
        self._encoding = encoding
        self._text = wanted.in_text() if encoding is not None else None
        self._bytes = wanted.in_bytes(Encoding.UTF8) if encoding is None else None
        self._cancel = cancel
        self._tell = tell
        self._done = 0

    def forwards(self, start: int) -> Match | None:
        """The first match from a byte on; behind the end it goes on from the beginning."""
        found = self._ahead(start, self._content.size)
        if found is None and start > 0:
            again = self._ahead(0, min(start + _LONGEST_MATCH, self._content.size))
            found = again and Match(again.start, again.end, wrapped=True)
        return found

    def backwards(self, start: int) -> Match | None:
        """The last match that begins before a byte; before the beginning it goes on from the end."""
        found = self._back(0, start)
        if found is None and start < self._content.size:
            again = self._back(max(0, start - _LONGEST_MATCH), self._content.size)
            found = again and Match(again.start, again.end, wrapped=True)
        return found

    # -- inside ------------------------------------------------------------------------------------

    def _ahead(self, start: int, until: int) -> Match | None:
        base = self._line_start(start)
        size = BLOCK
        while base < until:
            data = self._read(base, min(size, until + _LONGEST_MATCH - base))
            whole = len(data) < size
            cut = len(data) if whole else self._cut(data)
            # what begins behind the cut is found, whole, in the next block
            found = self._first(data, base, start)
            if found is not None and found.start < min(base + cut, until):
                return found
            if whole:
                return None
            base += cut
            size = min(size * 2, self._chunk)
        return None

    def _back(self, low: int, start: int) -> Match | None:
        high, size = start, BLOCK
        while high > low:
            base = max(low, high - size)
            if base > 0:
                base = self._line_start(base)
            # a match may begin before `high` and end behind it
            data = self._read(base, high + _LONGEST_MATCH - base)
            found = self._last(data, base, min(high, start))
            if found is not None:
                return found
            high = base
            size = min(size * 2, self._chunk)
        return None

    @property
    def _chunk(self) -> int:
        return _REMOTE_CHUNK if self._content.is_kept else _CHUNK

    def _read(self, offset: int, length: int) -> bytes:
        data = self._content.read(offset, length, self._cancel)
        self._done += len(data)
        self._tell(self._done)
        return data

    def _unit(self) -> int:
        return self._encoding.unit if self._encoding is not None else 1

    def _line_start(self, offset: int) -> int:
        """Where to begin so that `^` means the beginning of a line; near, if the line is long."""
        offset -= offset % self._unit()
        low = max(0, offset - _LONGEST_MATCH)
        before = self._content.read(low, offset - low, self._cancel)
        if self._encoding is None:
            return offset
        at = before.rfind(self._encoding.newline)
        while at >= 0 and (low + at) % self._unit():
            at = before.rfind(self._encoding.newline, 0, at + len(self._encoding.newline) - 1)
        return low + at + self._unit() if at >= 0 else low

    def _cut(self, data: bytes) -> int:
        """How much of a block to look at: whole lines; of a long line all but the last bytes."""
        if self._encoding is not None:
            at = data.rfind(self._encoding.newline)
            if at >= 0 and at % self._unit() == 0 and at > len(data) // 2:
                return at + self._unit()
        return max(self._unit(), len(data) - _LONGEST_MATCH)

    def _first(self, data: bytes, base: int, start: int) -> Match | None:
        if self._bytes is not None:
            found = self._bytes.search(data, max(0, start - base))
            return found and Match(base + found.start(), base + found.end())
        assert self._text is not None
        assert self._encoding is not None
        text = self._encoding.decode(data)
        skipped = len(self._encoding.decode(data[: max(0, start - base)]))
        match = self._text.search(text, skipped)
        return match and self._match(text, match, base)

    def _last(self, data: bytes, base: int, start: int) -> Match | None:
        if self._bytes is not None:
            last = None
            for found in self._bytes.finditer(data):
                if base + found.start() >= start:
                    break
                last = found
            return last and Match(base + last.start(), base + last.end())
        assert self._text is not None
        assert self._encoding is not None
        text = self._encoding.decode(data)
        limit = len(self._encoding.decode(data[: max(0, start - base)]))
        latest = None
        for match in self._text.finditer(text):
            if match.start() >= limit:
                break
            latest = match
        return latest and self._match(text, latest, base)

    def _match(self, text: str, match: re.Match[str], base: int) -> Match:
        assert self._encoding is not None
        start = base + len(self._encoding.encode(text[: match.start()]))
        return Match(start, start + len(self._encoding.encode(match.group())))


def count_lines(
    content: Content,
    encoding: Encoding,
    known: tuple[int, int],
    offset: int,
    cancel: CancelToken,
    tell: Tell = lambda _bytes: None,
) -> int:
    """The number of the line that begins at `offset`, from a line before it whose number is known."""
    at, number = known
    while at < offset:
        data = content.read(at, min(_REMOTE_CHUNK, offset - at), cancel)
        if not data:
            break
        number += _count(data, encoding)
        at += len(data)
        tell(at)
    return number


def find_line(
    content: Content,
    encoding: Encoding,
    known: tuple[int, int],
    wanted: int,
    cancel: CancelToken,
    tell: Tell = lambda _bytes: None,
) -> tuple[int, int]:
    """Start and number of a line, counted from one before it; of the last one if there are fewer."""
    at, number = known
    last = known
    while number < wanted:
        data = content.read(at, _REMOTE_CHUNK, cancel)
        if not data:
            return last
        ends = _count(data, encoding)
        if number + ends < wanted:
            for back in range(min(2, ends)):  # behind the last line end there may be nothing
                start = at + _end_of(data, encoding, ends - back)
                if start < content.size:
                    last = (start, number + ends - back)
                    break
            number += ends
            at += len(data)
            tell(at)
            continue
        start = at + _end_of(data, encoding, wanted - number)
        return (start, wanted) if start < content.size else last
    return known


def _count(data: bytes, encoding: Encoding) -> int:
    if encoding.unit == 1:
        return data.count(b"\n")
    return encoding.decode(data).count("\n")


def _end_of(data: bytes, encoding: Encoding, line: int) -> int:
    """The place behind the so-manieth line end."""
    mark, unit, at = encoding.newline, encoding.unit, 0
    while line:
        at = data.index(mark, at)
        if at % unit:
            at += 1
            continue
        at, line = at + unit, line - 1
    return at
