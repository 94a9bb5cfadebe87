"""The beginning of a file as lines that may be shown."""

from __future__ import annotations

from dataclasses import dataclass

from tfm.model.text import SafeText, safe_text

_TAB = 8
_HEX_ROW = 16
_LONGEST_LINE = 4096
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Shown:
    """Lines and what was made of the bytes: `UTF-8`, `Latin-1`, `binary` …"""

    lines: tuple[SafeText, ...]
    encoding: str


def decode(data: bytes, *, cut: bool) -> Shown:
    """Text if it is text, else a dump; `cut` says that the file goes on behind `data`."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return Shown(_lines(text), encoding.removesuffix("-le").removesuffix("-be").upper())
    if _is_binary(data):
        return Shown(_dump(data), "binary")
    try:
        return Shown(_lines(_utf8(data, cut=cut)), "UTF-8")
    except UnicodeDecodeError:
        return Shown(_lines(data.decode("latin-1")), "Latin-1 (not UTF-8)")


def _utf8(data: bytes, *, cut: bool) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        # the cut may have gone through a character
        if cut and error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8")
        raise


def _is_binary(data: bytes) -> bool:
    sample = data[:8192]
    if b"\0" in sample:
        return True
    odd = sum(byte < 32 and byte not in (7, 8, 9, 10, 12, 13, 27) for byte in sample)
    return odd * 20 > len(sample)


def _lines(text: str) -> tuple[SafeText, ...]:
    rows = text.replace("\r\n", "\n").split("\n")
    if rows and not rows[-1]:
        rows.pop()
    return tuple(safe_text(row.expandtabs(_TAB)[:_LONGEST_LINE]) for row in rows)


def _dump(data: bytes) -> tuple[SafeText, ...]:
    rows: list[SafeText] = []
    for at in range(0, len(data), _HEX_ROW):
        row = data[at : at + _HEX_ROW]
        codes = f"{row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}"
        signs = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        rows.append(safe_text(f"{at:08x}  {codes}  {signs}"))
    return tuple(rows)
