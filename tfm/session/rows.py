"""The rows of a pane: chosen, sorted and counted away from the UI thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tfm.model.entry import Entry, Kind
from tfm.model.match import row_filter
from tfm.model.order import SortSpec, is_hidden, sort

_RUN = 8192

Identity = tuple[str, bool]
"""Name and "is a directory": in a key store `a` and `a/` are two rows."""


def identity(entry: Entry) -> Identity:
    """What a cursor or a mark holds on to while rows come and go."""
    return entry.name, entry.is_directory


@dataclass(frozen=True, slots=True)
class Rows:
    """What a pane shows, ready to draw: entries in order and where each one stands.

    `source` is what they were chosen from, `order`, `hidden` and `filter` say how. `size` is the sum
    of the known sizes in bytes; `concealed` counts the hidden files left out, `filtered` what the
    filter left out of the rest.
    """

    entries: tuple[Entry, ...] = ()
    source: tuple[Entry, ...] = field(default=(), compare=False, repr=False)
    order: SortSpec = field(default_factory=SortSpec)
    hidden: bool = False
    filter: str = ""
    index: Mapping[Identity, int] = field(default_factory=dict, compare=False, repr=False)
    files: int = 0
    directories: int = 0
    size: int = 0
    concealed: int = 0
    filtered: int = 0

    def __len__(self) -> int:
        return len(self.entries)


NO_ROWS = Rows()


def _in_runs(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Many entries as sorted runs.

    The interpreter lets no other thread in while it compares; merging runs takes it a quarter of
    the comparisons, so the screen does not stand still meanwhile.
    """
    if len(entries) <= 2 * _RUN:
        return entries
    starts = range(0, len(entries), _RUN)
    return [entry for start in starts for entry in sort(entries[start : start + _RUN], SortSpec())]


def plan_rows(
    entries: Iterable[Entry],
    order: SortSpec,
    *,
    hidden: bool,
    filter: str = "",  # noqa: A002 - the word of the trade
) -> Rows:
    """Choose and sort; about 3 µs an entry, so large directories call it on a worker thread."""
    known = tuple(entries)
    unhidden = known if hidden else [entry for entry in known if not is_hidden(entry)]
    fits = row_filter(filter) if filter else None
    chosen = unhidden if fits is None else [entry for entry in unhidden if fits(entry)]
    ordered = tuple(sort(_in_runs(chosen), order))
    index: dict[Identity, int] = {}
    directories = size = 0
    for at, entry in enumerate(ordered):
        inside = entry.kind is Kind.DIRECTORY  # as `identity` says it; a call less for every row
        index[entry.name, inside] = at
        if inside:
            directories += 1
        else:
            size += entry.size or 0
    return Rows(
        entries=ordered,
        source=known,
        order=order,
        hidden=hidden,
        filter=filter,
        index=index,
        files=len(ordered) - directories,
        directories=directories,
        size=size,
        concealed=len(known) - len(unhidden),
        filtered=len(unhidden) - len(chosen),
    )
