"""What stands beside a name in a pane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tfm.model.entry import Entry
from tfm.model.order import SortKey
from tfm.model.text import SafeText


@dataclass(frozen=True, slots=True)
class Column:
    """Title, width in cells, the text of a row, and what a click on the title sorts by."""

    id: str
    title: str
    width: int
    text: Callable[[Entry], SafeText]
    sort: SortKey | None = None
    right: bool = False


WIDEST = 200
"""Cells; a wider column serves nobody."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Ids of the columns that are left out, and the widths in cells of those that have not their own."""

    without: tuple[str, ...] = ()
    widths: tuple[tuple[str, int], ...] = ()

    def turned(self, column: str) -> ColumnChoice:
        """Leave it out, or show it again."""
        return replace(self, without=tuple(sorted({*self.without} ^ {column})))

    def width(self, column: str) -> int | None:
        """The chosen width; None if none was chosen."""
        return dict(self.widths).get(column)

    def wide(self, column: str, width: int) -> ColumnChoice:
        """Give it a width, at least one cell."""
        widths = dict(self.widths) | {column: max(1, min(width, WIDEST))}
        return replace(self, widths=tuple(sorted(widths.items())))
