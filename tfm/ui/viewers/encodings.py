"""What the bytes of a file mean: found from its beginning, or chosen by hand."""

from __future__ import annotations

import enum

SAMPLE = 8192

_BOMS = ((b"\xef\xbb\xbf", "UTF8"), (b"\xff\xfe", "UTF16LE"), (b"\xfe\xff", "UTF16BE"))
_UNUSED_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")


class Encoding(enum.Enum):
    """How bytes become characters; the value is what the footer calls it."""

    UTF8 = "UTF-8"
    CP1252 = "CP1252"
    LATIN1 = "Latin-1"
    UTF16LE = "UTF-16LE"
    UTF16BE = "UTF-16BE"

    @property
    def codec(self) -> str:
        """Python's name."""
        return self.value.lower()

    @property
    def unit(self) -> int:
        """Bytes that belong together at least: characters begin at multiples of it."""
        return 2 if self in (Encoding.UTF16LE, Encoding.UTF16BE) else 1

    @property
    def newline(self) -> bytes:
        """The bytes that end a line."""
        return "\n".encode(self.codec)

    @property
    def next(self) -> Encoding:
        """The one after it, for a key that goes round."""
        every = list(Encoding)
        return every[(every.index(self) + 1) % len(every)]

    def decode(self, data: bytes) -> str:
        """Characters; what is no character stays there, and goes back to the same bytes."""
        if self.unit == 2:
            return data[: len(data) // 2 * 2].decode(self.codec, "surrogatepass")
        return data.decode(self.codec, "surrogateescape")

    def encode(self, text: str) -> bytes:
        """The way back: the bytes that `decode` made this text of."""
        return text.encode(self.codec, "surrogatepass" if self.unit == 2 else "surrogateescape")


def detect(beginning: bytes, *, whole: bool) -> Encoding | None:
    """The encoding of a text that begins so, None if it is no text; `whole` says that this is all."""
    for mark, name in _BOMS:
        if beginning.startswith(mark):
            return Encoding[name]
    sample = beginning[:SAMPLE]
    if b"\0" in sample:
        return _without_mark(sample)
    odd = sum(byte < 32 and byte not in (7, 8, 9, 10, 12, 13, 27) for byte in sample)
    if odd * 20 > len(sample):
        return None
    try:
        beginning.decode("utf-8")
    except UnicodeDecodeError as error:
        # the cut may have gone through a character
        if whole or error.start < len(beginning) - 3:
            middle = [byte for byte in beginning if 0x80 <= byte <= 0x9F]
            fits = middle and not _UNUSED_IN_CP1252.intersection(middle)
            return Encoding.CP1252 if fits else Encoding.LATIN1
    return Encoding.UTF8


def _without_mark(sample: bytes) -> Encoding | None:
    """UTF-16 of mostly Latin letters shows by its zeros: all in the odd bytes, or in the even."""
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if even == 0 and odd * 2 > half:
        return Encoding.UTF16LE
    return Encoding.UTF16BE if odd == 0 and even * 2 > half else None
