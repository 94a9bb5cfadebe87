"""One pane: a place, its rows, a cursor and marks that stay on their entries."""

from __future__ import annotations

import copy
import enum
import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace

from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.order import SortKey, SortSpec
from tfm.ops.plan import Picked
from tfm.session.results import Results, outermost, path_below
from tfm.session.rows import NO_ROWS, Identity, Rows, identity
from tfm.session.trail import Trail

_REMEMBERED = 500

# Numbers of loads. Two panes never share one: a tab may take the place of another, and an answer that
# was meant for the one must not be taken for an answer to the other.
_loads = itertools.count(1)


class Loading(enum.Enum):
    """What a pane waits for: nothing, the rows of a new place, or newer rows of the same."""

    NO = "no"
    ENTERING = "entering"
    AGAIN = "again"


class PaneState:
    """Where a pane is and what it shows; UI thread only, never any I/O.

    `generation` grows with every load; whoever brings rows hands it back, and late answers of a
    place that was left are refused. `started` is in monotonic seconds, `taken_at` in seconds since
    1970. `top` is the first row on the screen. With `results` the rows are those of a search below
    `place`. `own_order` is the order chosen for this very place; other places are shown in
    the `usual` one, which is what was chosen last. `as_of` is set while the rows are those that an
    earlier run read, at that time: they are only looked at, nothing is decided by them.
    """

    def __init__(
        self, place: Location, *, order: SortSpec | None = None, hidden: bool = False
    ) -> None:
        self.place = place.as_directory()
        self.order = self.usual = order or SortSpec()
        self.own_order: SortSpec | None = None
        self.hidden = hidden
        self.filter = ""
        self.results: Results | None = None
        self.trail = Trail()
        self.rows: Rows = NO_ROWS
        self.cursor = 0
        self.top = 0
        self.loading = Loading.NO
        self.count = 0
        self.started = 0.0
        self.taken_at: float | None = None
        self.as_of: float | None = None
        self.error: StorageError | None = None
        self.free: int | None = None
        self.generation = 0
        self._marks: dict[Identity, int] = {}
        self._marks_aside: dict[Identity, int] = {}
        self._dropped: dict[Identity, Entry] = {}
        self._wanted: Identity | None = None
        self._memory: OrderedDict[Location, Identity] = OrderedDict()
        self._filters: dict[Location, str] = {}

    # -- going somewhere -------------------------------------------------------------------------

    def enter(
        self,
        place: Location,
        now: float,
        *,
        land_on: Identity | None = None,
        cursor: Identity | None = None,
        order: SortSpec | None = None,
        filter: str = "",  # noqa: A002 - the word of the trade
        by_trail: bool = False,
    ) -> int:
        """Leave for another place; rows and marks go, the cursor and the filter there are remembered.

        The cursor will land on `land_on`, else where it stood at the last visit, else on `cursor`.
        `order` and `filter` are those of the new place, if it has some of its own. `by_trail` says that
        the trail has made this step itself.
        """
        self._remember()
        self.results = None
        if not by_trail and place.as_directory() != self.place:
            self.trail.leave(self.place)
        if place.root != self.place.root:
            self.free = None
        self.place = place.as_directory()
        self.remind(order)
        self._wanted = land_on or self._memory.get(self.place) or cursor
        self.filter = self._filters.get(self.place, filter)
        self.rows = NO_ROWS
        self.cursor = self.top = 0
        self.clear_marks()
        self.taken_at = self.as_of = None
        return self._begin(Loading.ENTERING, now)

    def show_results(self, results: Results, now: float) -> int:
        """Show what a search below this place finds; `enter` leads back to the place itself."""
        self._remember()
        self.results = results
        self._dropped = {}
        self.filter = ""
        self._wanted = None
        self.rows = NO_ROWS
        self.cursor = self.top = 0
        self.clear_marks()
        self.taken_at = self.as_of = None
        return self._begin(Loading.ENTERING, now)

    def reload(self, now: float) -> int:
        """Ask for newer rows of the same place; what is shown stays until they are all there."""
        nothing_shown = self.taken_at is None and self.as_of is None
        entering = nothing_shown or self.error is not None
        return self._begin(Loading.ENTERING if entering else Loading.AGAIN, now)

    def _begin(self, loading: Loading, now: float) -> int:
        self.generation = next(_loads)
        self.loading, self.started, self.count = loading, now, 0
        self.error = None
        return self.generation

    def remind(self, order: SortSpec | None) -> None:
        """The order chosen for this place, if there is one."""
        self.own_order = order
        self.order = self.usual
        if order is not None:
            self.order = replace(self.usual, key=order.key, reverse=order.reverse)

    def twin(self) -> PaneState:
        """Another pane that shows the same, without marks; nothing is on its way to it."""
        other = copy.copy(self)
        other.trail = self.trail.copy()
        other._marks, other._marks_aside = {}, {}
        other._dropped = dict(self._dropped)
        other._memory, other._filters = OrderedDict(self._memory), dict(self._filters)
        other.loading = Loading.NO
        other.generation = next(_loads)
        return other

    def _remember(self) -> None:
        if self.results is not None:
            return
        if self.filter:
            self._filters[self.place] = self.filter
        else:
            self._filters.pop(self.place, None)
        current = self.current
        if current is None:
            return
        self._memory[self.place] = identity(current)
        self._memory.move_to_end(self.place)
        while len(self._memory) > _REMEMBERED:
            self._memory.popitem(last=False)

    # -- rows ------------------------------------------------------------------------------------

    def arrive(self, generation: int, rows: Rows, count: int) -> bool:
        """Show what came so far of `count` entries; False if nothing on the screen changes."""
        if generation != self.generation or self.loading is Loading.NO:
            return False
        self.count = count
        if self.loading is Loading.AGAIN:
            if self.as_of is None or count <= len(self.rows.source):
                return False
            # more has come than an earlier run had: from here on the true rows are the better ones
            self._wanted = self._wanted or (identity(self.current) if self.current else None)
            self.as_of, self.loading = None, Loading.ENTERING
        self._put(rows)
        return True

    def show_earlier(self, generation: int, rows: Rows, as_of: float) -> bool:
        """Show what an earlier run read here until the storage has told; False if that is too late."""
        untold = self.taken_at is None and self.results is None and self.error is None
        if generation != self.generation or not untold or self.rows.source or self.count:
            return False
        self.as_of = as_of
        self._put(rows)
        if self.loading is Loading.ENTERING:
            self.loading = Loading.AGAIN
        return True

    def finish(self, generation: int, rows: Rows, taken_at: float) -> bool:
        """Show the whole listing; False if it is no longer wanted."""
        if generation != self.generation:
            return False
        if self.results is not None:
            kept = {identity(entry) for entry in rows.source}
            gone = (entry for entry in self.rows.source if identity(entry) not in kept)
            self._dropped |= {identity(entry): entry for entry in gone}
        self.loading = Loading.NO
        self.taken_at, self.as_of = taken_at, None
        self._put(rows)
        self._wanted = None
        marks = self._marks | self._marks_aside
        if marks:
            sizes = {identity(entry): entry.size or 0 for entry in rows.source}
            self._share_marks({mark: sizes[mark] for mark in marks if mark in sizes})
        return True

    def fail(self, generation: int, error: StorageError | None) -> bool:
        """The load ended early; without an error it was stopped by hand, and the rows stay."""
        if generation != self.generation:
            return False
        if error is not None:
            self.error = error
            self.rows = NO_ROWS
            self.clear_marks()
            self.cursor = self.top = 0
            self.taken_at = self.as_of = None
        if not len(self.rows):
            self.cursor = self.top = 0
        self.loading = Loading.NO
        return True

    def as_wanted(self, rows: Rows) -> bool:
        """True if these rows were chosen and sorted as the pane shows them now."""
        how = (rows.order, rows.hidden, rows.filter)
        return how == (self.order, self.hidden, self.filter)

    def arrange(self, rows: Rows) -> None:
        """Show the same entries in another order or choice.

        Marks of rows that are left out wait until those are shown again: nothing acts on what nobody
        sees.
        """
        self._put(rows)
        self._share_marks(self._marks | self._marks_aside)

    def _share_marks(self, marks: dict[Identity, int]) -> None:
        shown = self.rows.index
        self._marks = {mark: size for mark, size in marks.items() if mark in shown}
        self._marks_aside = {mark: size for mark, size in marks.items() if mark not in shown}

    def tell_more(self, entries: Iterable[Entry]) -> list[int]:
        """More is known of these rows: show them so; which rows they are.

        What they were chosen from stays as it came, so that nothing that is being sorted is lost.
        """
        index = self.rows.index
        found = {index[identity(each)]: each for each in entries if identity(each) in index}
        if found:
            shown = list(self.rows.entries)
            for row, entry in found.items():
                shown[row] = entry
            self.rows = replace(self.rows, entries=tuple(shown))
        return list(found)

    def _put(self, rows: Rows) -> None:
        """Replace the rows; the cursor stays on its entry, and that on its line of the screen."""
        held = self._wanted
        if held is not None and held not in rows.index and self.place.root.style is Style.PATH:
            held = (held[0], not held[1])  # a link to a directory was entered, and is no directory
            self._wanted = held if held in rows.index else self._wanted
        if held is None or held not in rows.index:
            current = self.current
            held = identity(current) if current is not None else held
        line = self.cursor - self.top
        self.rows = rows
        at = rows.index.get(held) if held is not None else None
        self.cursor = at if at is not None else max(0, min(self.cursor, len(rows) - 1))
        self.top = max(0, self.cursor - line)
        if at is not None and held == self._wanted:
            self._wanted = None

    # -- cursor ----------------------------------------------------------------------------------

    @property
    def current(self) -> Entry | None:
        """The entry under the cursor."""
        return self.rows.entries[self.cursor] if self.cursor < len(self.rows) else None

    def location(self, entry: Entry) -> Location:
        """The place of one of the rows, also of a search's result."""
        return self.place.child(entry.name, directory=entry.is_directory)

    def row_of(self, place: Location, *, directory: bool) -> Identity | None:
        """What tells the row of a place, whether it is shown or not; None if it belongs elsewhere."""
        if self.results is not None:
            path = path_below(self.place, place)
            return None if path is None else (path, directory)
        return (place.name, directory) if place.parent == self.place else None

    def touched_by(self, change: Change) -> bool:
        """True if what is shown may no longer be right."""
        return change.covers(self.place) if self.results is None else change.reaches(self.place)

    def renamed(self, pairs: Iterable[tuple[Location, Location]]) -> bool:
        """Things have other names now: those that were results stay results, with what lies in them.

        A directory's listing tells by itself. True if the rows are to be read again.
        """
        if self.results is None:
            return False
        # an old name may be gone from the rows by now: a change is heard before whoever made it
        known = self._dropped | {identity(entry): entry for entry in self.rows.source}
        names: dict[str, str] = {}
        for old, new in pairs:
            before, after = path_below(self.place, old), path_below(self.place, new)
            if before is not None and after is not None:
                names[before] = after
        moved: dict[Identity, Entry] = {}
        for mark, entry in known.items():
            before = mark[0]
            while before and before not in names:
                before = before.rpartition("/")[0]
            if before:
                moved[mark] = replace(entry, name=names[before] + mark[0][len(before) :])
        for mark in moved:
            self._dropped.pop(mark, None)
        if moved:
            gone = {*moved, *(identity(entry) for entry in moved.values())}
            stay = (each for each in self.rows.source if identity(each) not in gone)
            self.rows = replace(self.rows, source=(*stay, *moved.values()))
        return bool(moved)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row; beyond the ends means the end, which may be yet to come."""
        if self.loading is Loading.ENTERING and not len(self.rows):
            if self._wanted is None:
                self.cursor = max(0, row)
            return
        self._wanted = None
        self.cursor = max(0, min(row, len(self.rows) - 1))

    def land_on(self, wanted: Identity) -> None:
        """Put the cursor on an entry now, or when it arrives."""
        at = self.rows.index.get(wanted)
        if at is None:
            self._wanted = wanted
        else:
            self.move_to(at)

    def follow(self, height: int) -> bool:
        """Scroll just far enough that the cursor is visible on `height` lines; True if it did."""
        before = self.top
        last_top = max(0, len(self.rows) - height)
        self.top = max(self.cursor - height + 1, min(self.top, self.cursor, last_top), 0)
        return self.top != before

    # -- marks -----------------------------------------------------------------------------------

    @property
    def marked_count(self) -> int:
        """How many rows are marked."""
        return len(self._marks)

    @property
    def marked_size(self) -> int:
        """Bytes of the marked rows, as far as the listing tells sizes."""
        return sum(self._marks.values())

    def is_marked(self, entry: Entry) -> bool:
        """True if this row is marked."""
        return (entry.name, entry.is_directory) in self._marks

    def mark(self, entry: Entry, on: bool | None = None) -> None:
        """Mark, unmark, or (None) turn it round."""
        key = identity(entry)
        if on is None:
            on = key not in self._marks
        if on:
            self._marks[key] = 0 if entry.is_directory else entry.size or 0
        else:
            self._marks.pop(key, None)

    def mark_where(self, fits: Callable[[Entry], bool], *, on: bool) -> int:
        """Mark or unmark every shown row that fits; returns how many changed."""
        before = len(self._marks)
        if on:
            self._marks |= {
                (entry.name, entry.is_directory): 0 if entry.is_directory else entry.size or 0
                for entry in self.rows.entries
                if fits(entry)
            }
        elif before:
            for entry in self.rows.entries:
                if fits(entry):
                    self._marks.pop((entry.name, entry.is_directory), None)
        return abs(len(self._marks) - before)

    def mark_all_or_none(self, fits: Callable[[Entry], bool]) -> None:
        """Mark every row that fits; if all of them are marked already, unmark them."""
        if not self.mark_where(fits, on=True):
            self.mark_where(fits, on=False)

    def invert_marks(self) -> None:
        """Mark what is not, unmark what is."""
        for entry in self.rows.entries:
            self.mark(entry)

    def mark_from(self, step: int) -> int | None:
        """The nearest marked row after the cursor (`step` 1) or before it (-1), round the ends.

        The row at the cursor comes last; None if no row is marked.
        """
        count = len(self.rows)
        if not self._marks:
            return None
        rows = ((self.cursor + step * far) % count for far in range(1, count + 1))
        return next((row for row in rows if self.is_marked(self.rows.entries[row])), None)

    def unmark(self, done: Iterable[Location]) -> bool:
        """Take the marks off what a job has finished; True if any was ours."""
        before = len(self._marks)
        for place in done:
            # a key store's directory ends with a slash; on a disk the place does not tell
            kinds = {place.looks_like_directory, place.as_directory() == place}
            for mark in (self.row_of(place, directory=kind) for kind in kinds):
                if mark is not None:
                    self._marks.pop(mark, None)
        return len(self._marks) != before

    def clear_marks(self) -> None:
        """No row is marked any more."""
        self._marks.clear()
        self._marks_aside.clear()

    def targets(self) -> tuple[Entry, ...]:
        """What an action works on: the marked rows in their order, else the one at the cursor."""
        if self._marks:
            return tuple(entry for entry in self.rows.entries if self.is_marked(entry))
        return () if self.current is None else (self.current,)

    def picked(self) -> tuple[Picked, ...]:
        """The targets as operations want them: where each is, and its entry under its own name."""
        found = ((self.location(entry), entry) for entry in self.targets())
        return tuple(found) if self.results is None else outermost(found)

    def group(self, *, directories_first: bool, natural: bool) -> None:
        """Change how names compare, and leave the key and its direction alone."""
        for_names = replace(self.order, directories_first=directories_first, natural=natural)
        self.order = for_names
        self.usual = replace(for_names, key=self.usual.key, reverse=self.usual.reverse)

    # -- order -----------------------------------------------------------------------------------

    def sort_by(self, key: SortKey) -> SortSpec:
        """Choose a sort key; the same once more turns the order round."""
        same = self.order.key is key
        self.order = replace(self.order, key=key, reverse=not self.order.reverse if same else False)
        self.own_order = self.usual = self.order
        return self.order
