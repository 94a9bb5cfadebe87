"""How panes show their rows: what the view menu and the settings choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from rich.style import Style

from tfm.model.columns import Column, ColumnChoice
from tfm.model.entry import Entry, Kind
from tfm.model.order import SortKey, extension
from tfm.model.text import SafeText, safe_text
from tfm.ui.pane.columns import with_dates

EXACT_WIDTH = 15
"""Cells of a size in bytes: up to 99 TB with its commas."""


@dataclass(frozen=True, slots=True)
class PaneLook:
    """What rows tell, and how.

    Times are strftime patterns with a zone (None: local); in narrow panes the name needs the room
    more than the time of day does. `extension_width` is the longest extension, in characters, that gets a column of its own; 0:
    it stays at the name. `colours` are the user's own for kinds and extensions.
    """

    date_pattern: str
    zone: tzinfo | None = None
    narrow_pattern: str = "%y-%m-%d"
    exact_sizes: bool = False
    extension_width: int = 0
    icons: bool = False
    colours: FileColours | None = None


@dataclass(frozen=True, slots=True)
class FileColours:
    """Styles by kind of entry and by the end of a name."""

    by_kind: Mapping[str, Style] = field(default_factory=dict)
    by_ending: Mapping[str, Style] = field(default_factory=dict)

    def style(self, entry: Entry) -> Style | None:
        """The style of a row; None where the theme decides."""
        found = self.by_kind.get(_kind(entry))
        if found is not None or entry.kind is not Kind.FILE:
            return found
        name, dot = entry.name.casefold(), 0
        while (dot := name.find(".", dot)) >= 0:  # the longest ending first: .tar.gz before .gz
            if (found := self.by_ending.get(name[dot:])) is not None:
                return found
            dot += 1
        return None


_KINDS = {
    Kind.DIRECTORY: "di",
    Kind.LINK: "ln",
    Kind.FIFO: "pi",
    Kind.SOCKET: "so",
    Kind.DEVICE: "bd",
}


def _kind(entry: Entry) -> str:
    if entry.kind is Kind.FILE:
        return "ex" if is_executable(entry) else ""
    return _KINDS.get(entry.kind, "")


def is_executable(entry: Entry) -> bool:
    """True for a file that somebody may run."""
    return entry.kind is Kind.FILE and bool((entry.mode or 0) & 0o111)


def own_extension(entry: Entry, longest: int) -> str:
    """What stands in the column of extensions: nothing for directories and long ones."""
    if not longest or entry.kind is not Kind.FILE:
        return ""
    found = extension(entry.name)
    return entry.name[-len(found) :] if 0 < len(found) <= longest else ""


def without_extension(entry: Entry, longest: int) -> str:
    """The name in front of the column of extensions."""
    found = own_extension(entry, longest)
    return entry.name[: -len(found) - 1] if found else entry.name


def columns_of(
    told: Sequence[Column], look: PaneLook, choice: ColumnChoice, *, narrow: bool
) -> tuple[Column, ...]:
    """The columns of a storage as the user wants them."""
    columns = [each for each in told if each.id not in choice.without]
    if look.exact_sizes:
        columns = [
            Column(each.id, each.title, EXACT_WIDTH, _exact, each.sort, right=True)
            if each.sort is SortKey.SIZE
            else each
            for each in columns
        ]
    if longest := look.extension_width:
        ending = Column("extension", "Ext", max(4, longest), _ending(longest), SortKey.EXTENSION)
        columns.insert(0, ending)
    return tuple(_sized(_timed(each, look, choice, narrow), choice) for each in columns)


def _timed(column: Column, look: PaneLook, choice: ColumnChoice, narrow: bool) -> Column:
    """Times as long as there is room for them."""
    full = with_dates([column], look.date_pattern, look.zone)[0]
    chosen = choice.width(column.id)
    if narrow if chosen is None else chosen < full.width:
        return with_dates([column], look.narrow_pattern, look.zone)[0]
    return full


def _sized(column: Column, choice: ColumnChoice) -> Column:
    width = choice.width(column.id)
    return column if width is None else replace(column, width=width)


def _exact(entry: Entry) -> SafeText:
    return SafeText("" if entry.size is None else f"{entry.size:,}")


def _ending(longest: int) -> Callable[[Entry], SafeText]:
    return lambda entry: safe_text(own_extension(entry, longest))
