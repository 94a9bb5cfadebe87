"""How a row is divided: the name always, then as many columns as leave it room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tfm.model.columns import Column
from tfm.model.entry import Entry, Kind
from tfm.model.order import SortKey
from tfm.model.text import SafeText, safe_text
from tfm.ui.cells import cut_name, cut_start, pad, width_of

MARK = "*"
_SMALLEST_NAME = 16
_ROOMY_NAME = 20
_IMPORTANT = 2
_ICON = 2

_SUFFIXES = {
    Kind.DIRECTORY: "/",
    Kind.LINK: "@",
    Kind.FIFO: "|",
    Kind.SOCKET: "=",
    Kind.DEVICE: "%",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a title stands, for the mouse: from, to (exclusive), what it sorts by.

    The first cell of a column is its border; the name has none, and no `column`.
    """

    start: int
    end: int
    sort: SortKey | None
    column: str = ""


class RowFormat:
    """Turns entries into lines of exactly `width` cells.

    `columns` come most important first; those that do not fit beside a readable name are left out.
    `name` is what stands in front of them, `icon` one character before it.
    """

    def __init__(
        self,
        width: int,
        columns: Sequence[Column],
        name: Callable[[Entry], str] = lambda entry: entry.name,
        icon: Callable[[Entry], str] | None = None,
    ) -> None:
        self.width = width
        self._name, self._icon = name, icon
        self.columns: list[Column] = []
        left = width - 1
        for number, column in enumerate(columns):
            left -= column.width + 1
            if left < (_SMALLEST_NAME if number < _IMPORTANT else _ROOMY_NAME):
                break
            self.columns.append(column)
        taken = sum(column.width + 1 for column in self.columns)
        self.name_width = max(1, width - 1 - taken - (1 if self.columns else 0))
        self.tail = width - 1 - taken - self.name_width

    def width_of(self, column: str) -> int | None:
        """Cells of a column; None if it is not shown."""
        return next((each.width for each in self.columns if each.id == column), None)

    def widest(self, column: str) -> int:
        """The most cells a column can have without driving out another one or the name."""
        least = _SMALLEST_NAME if len(self.columns) <= _IMPORTANT else _ROOMY_NAME
        return (self.width_of(column) or 0) + max(0, self.name_width + 1 - least)

    def pieces(self, entry: Entry, *, marked: bool, size: str = "") -> tuple[str, str, str]:
        """One row in three pieces: mark, name, columns; `size` stands for what was counted."""
        name = safe_text(self._name(entry)) + _SUFFIXES.get(entry.kind, "")
        cells = [
            f" {pad(text, column.width, right=column.right)}"
            for column in self.columns
            for text in (size if size and column.sort is SortKey.SIZE else column.text(entry),)
        ]
        mark = MARK if marked else " "
        icon = f"{self._icon(entry)} " if self._icon is not None and self.name_width > _ICON else ""
        width = self.name_width - width_of(icon)
        if "/" in entry.name:  # the path of a result: its end tells more than its beginning
            shown = pad(cut_start(name, width), width)
        else:
            shown = cut_name(name, width)
        return f"{mark}{icon}", shown, f"{''.join(cells)}{' ' * self.tail}"

    def line(self, entry: Entry, *, marked: bool) -> str:
        """One row: mark, name, columns."""
        return "".join(self.pieces(entry, marked=marked))

    def titles(self, order_key: SortKey, arrow: str) -> tuple[str, list[Cell]]:
        """The line of titles, the sorted one with an arrow, and where each one stands."""
        name = f"Name{arrow if order_key is SortKey.NAME else ''}"
        if order_key is SortKey.EXTENSION and all(
            column.sort is not SortKey.EXTENSION for column in self.columns
        ):
            name = f"Name (extension{arrow})"
        pieces = [" ", pad(name, self.name_width)]
        at = 1 + self.name_width
        cells = [Cell(0, at, SortKey.NAME)]
        for column in self.columns:
            title = safe_text(column.title)
            if column.sort is not None and column.sort is order_key:
                title = SafeText(title + arrow)
            pieces.append(" " + pad(title, column.width, right=column.right))
            cells.append(Cell(at, at + 1 + column.width, column.sort, column.id))
            at += 1 + column.width
        pieces.append(" " * self.tail)
        return "".join(pieces), cells


def with_dates(
    columns: Sequence[Column], pattern: str, zone: tzinfo | None = None
) -> tuple[Column, ...]:
    """The same columns, times told as the user's settings say."""
    sample = datetime(2026, 12, 30, 23, 59, 59).strftime(pattern)
    width = width_of(safe_text(sample))
    text = _date_text(pattern, zone)
    return tuple(
        Column(column.id, column.title, width, text, column.sort, column.right)
        if column.sort is SortKey.TIME
        else column
        for column in columns
    )


def _date_text(pattern: str, zone: tzinfo | None) -> Callable[[Entry], SafeText]:
    def text(entry: Entry) -> SafeText:
        moment = entry.source_mtime_ns
        if moment is None:
            return SafeText("")
        try:
            return safe_text(datetime.fromtimestamp(moment / 1e9, zone).strftime(pattern))
        except (OverflowError, OSError, ValueError):  # a time no calendar has
            return SafeText("?")

    return text
