"""Looking into one file: the first line that fits, binaries left alone."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.ops.context import OpContext
from tfm.ops.expression import TooSlow
from tfm.storage.base import Reader

LONGEST_TEXT = 200
"""Characters of a line that are told."""

_BLOCK = 1024 * 1024
_SNIFF = 8192
# a line may be as long as a file: what is kept of it for the next block is bounded
_LONGEST_LINE = 4 * _BLOCK
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one file: bytes read, and the first line that fits (from 1; 0: none)."""

    path: str
    entry: Entry
    size: int = 0
    line: int = 0
    text: str = ""
    binary: bool = False
    failed: bool = False


class Grep:
    """Looks for a pattern; `at_most` bounds the bytes that are read of one file."""

    def __init__(self, ctx: OpContext, pattern: re.Pattern[str], at_most: int | None) -> None:
        self._ctx = ctx
        self._pattern = pattern
        self._at_most = at_most

    def look(self, item: tuple[str, Location, Entry]) -> Looked:
        """Read one file until its first hit; a file that cannot be read is told as failed."""
        path, place, entry = item
        self._ctx.cancel.check()
        length = self._at_most if self._at_most and (entry.size or 0) > self._at_most else None
        try:
            with self._ctx.vfs.open_read(place, expected=entry, length=length) as reader:
                return self._scan(path, entry, _Blocks(reader))
        except TooSlow:
            raise
        except StorageError:
            return Looked(path, entry, failed=True)

    def _scan(self, path: str, entry: Entry, blocks: _Blocks) -> Looked:
        if blocks.is_binary:
            return Looked(path, entry, blocks.size, binary=True)
        number = 1
        for text in blocks.texts():
            self._ctx.cancel.check()
            at = self._find(text)
            if at is not None:
                start = text.rfind("\n", 0, at) + 1
                end = text.find("\n", start)
                line = text[start : len(text) if end < 0 else end]
                number += text.count("\n", 0, at)
                return Looked(path, entry, blocks.size, number, _around(line, at - start))
            number += text.count("\n")
        return Looked(path, entry, blocks.size)

    def _find(self, text: str) -> int | None:
        """Where a line fits; what reaches over the end of a line is looked at line by line."""
        found = self._pattern.search(text)
        if found is None or "\n" not in found[0]:
            return None if found is None else found.start()
        at = 0
        for line in text.splitlines(keepends=True):
            one = self._pattern.search(line.rstrip("\n"))
            if one is not None:
                return at + one.start()
            at += len(line)
        return None


class _Blocks:
    """Text of a file in pieces that end with a line, or where a line is too long to wait for."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.size = 0
        self._first = self._read(_SNIFF)
        mark = next((name for mark, name in _MARKS if self._first.startswith(mark)), "")
        self.is_binary = not mark and b"\0" in self._first
        self._decode = codecs.getincrementaldecoder(mark or "utf-8")("replace").decode

    def _read(self, size: int) -> bytes:
        data = self._reader.read(size)
        self.size += len(data)
        return data

    def texts(self) -> Iterator[str]:
        """Piece by piece; bytes that are no text become U+FFFD."""
        kept, data = "", self._first
        while data:
            kept += self._decode(data)
            end = kept.rfind("\n") + 1
            if end == 0 and len(kept) > _LONGEST_LINE:
                end = len(kept)
            if end:
                yield kept[:end].replace("\r\n", "\n")
                kept = kept[end:]
            data = self._read(_BLOCK)
        kept += self._decode(b"", True)
        if kept:
            yield kept.replace("\r\n", "\n")


def _around(line: str, at: int) -> str:
    """At most `LONGEST_TEXT` characters of a line, the match among them."""
    start = 0 if at < LONGEST_TEXT // 2 else at - LONGEST_TEXT // 4
    return line[start : start + LONGEST_TEXT].strip()
