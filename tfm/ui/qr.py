"""QR codes in cells of a terminal: two modules in one cell, or one in two where there are no half blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tfm.model.errors import MissingExtra

QUIET = 2
"""Light modules around a code. The standard wants four; cameras do with two, and terminals are small."""
LONGEST = 2953
"""Bytes that the largest code holds."""
_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}

Row = Sequence[bool]


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its quiet zone; True is a dark module."""

    rows: tuple[tuple[bool, ...], ...]

    def size(self, *, plain: bool) -> tuple[int, int]:
        """Columns and lines that it takes; `plain` is without half blocks."""
        side = len(self.rows)
        return (2 * side, side) if plain else (side, (side + 1) // 2)

    def lines(self) -> list[str]:
        """Two rows of modules in each line, dark on light."""
        light = (False,) * len(self.rows)
        upper, lower = self.rows[::2], [*self.rows[1::2], light]
        return [
            "".join(_BLOCKS[pair] for pair in zip(*rows, strict=True))
            for rows in zip(upper, lower, strict=False)
        ]

    def plain_lines(self) -> list[str]:
        """One row of modules in each line: `##` is dark."""
        return ["".join("##" if dark else "  " for dark in row) for row in self.rows]


def code_of(text: str) -> Code:
    """The smallest code of a text. Raises ValueError if it is longer than any holds, MissingExtra."""
    if len(text.encode()) > LONGEST:
        raise ValueError(f"The link is too long: a QR code holds {LONGEST:,} bytes.")
    try:
        import segno  # deferred: few ever want one
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "QR codes need the package segno.", hint="Install it with: pip install segno"
        ) from error

    made = segno.make(text, error="l", boost_error=False, micro=False)
    side = len(made.matrix) + 2 * QUIET
    margin = (False,) * QUIET
    light = ((False,) * side,) * QUIET
    rows = tuple((*margin, *(bool(module) for module in row), *margin) for row in made.matrix)
    return Code((*light, *rows, *light))
