"""What stands beside a name in a pane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
