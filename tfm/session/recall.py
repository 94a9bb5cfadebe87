"""What the panes learn of places and get back from the last time; edits wait here to be saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tfm.config.memory import Bookmark, Edit, Memory, View, Visit
from tfm.config.rules import Favorite
from tfm.model.columns import ColumnChoice
from tfm.model.location import BadPlace, Location, parse
from tfm.model.order import SortKey, SortSpec
from tfm.session.pane import PaneState
from tfm.session.rows import Identity

_ALL_COLUMNS = ColumnChoice()


class Recall:
    """UI thread only, no I/O: `changed` is called when there is something to save, `clock`
    gives seconds since 1970.

    A pane without a memory of its own for a place gets the cursor, order and filter with which any
    pane of any instance left it last.
    """

    def __init__(
        self,
        memory: Memory | None = None,
        *,
        most_visits: int = 100,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.memory = memory or Memory()
        self.changed = changed
        self._most_visits = most_visits
        self._clock = clock
        self._pending: list[Edit] = []

    # -- edits -------------------------------------------------------------------------------------

    def edit(self, edit: Edit) -> None:
        """Change the memory now, and the file soon."""
        self.memory = edit(self.memory)
        self._pending.append(edit)
        self.changed()

    def take_pending(self) -> tuple[Edit, ...]:
        """The edits that were not saved yet; whoever takes them saves them or gives them back."""
        taken, self._pending = tuple(self._pending), []
        return taken

    def give_back(self, edits: Sequence[Edit]) -> None:
        """They could not be saved: keep them for the next time."""
        self._pending[:0] = edits

    def saved(self, merged: Memory) -> None:
        """Go on with what is in the file, edits of other instances included."""
        for edit in self._pending:
            merged = edit(merged)
        self.memory = merged

    # -- panes -------------------------------------------------------------------------------------

    def arrived(self, pane: PaneState) -> None:
        """The rows of a place are there: it was visited."""
        if pane.results is not None:
            return
        visit, most = Visit(str(pane.place), self._clock()), self._most_visits
        latest = self.memory.visits[0] if self.memory.visits else None
        if latest is None or latest.place != visit.place:
            self.edit(lambda memory: memory.visited(visit, most))

    def leave(self, pane: PaneState) -> None:
        """Remember how a place is left; what was never read, or found, tells nothing."""
        if pane.taken_at is None or pane.results is not None:
            return
        place = str(pane.place)
        known = self.memory.views.get(place, View())
        view = replace(self._view_of(pane), columns=known.columns)
        if known != view:
            self.edit(lambda memory: memory.viewed(place, view))

    def _view_of(self, pane: PaneState) -> View:
        order = pane.own_order
        cursor = cursor_text(pane) if pane.cursor else ""  # the first row needs no memory
        if order is None:
            return View(cursor, filter=pane.filter)
        return View(cursor, order.key.value, order.reverse, pane.filter)

    def order_of(self, place: Location) -> SortSpec | None:
        """The order that was chosen for this very place."""
        view = self.memory.views.get(str(place.as_directory()))
        return None if view is None or view.sort is None else _order(view)

    def cursor_of(self, place: Location) -> Identity | None:
        """The row on which a place was left."""
        view = self.memory.views.get(str(place.as_directory()))
        return None if view is None else row_of(view.cursor)

    def filter_of(self, place: Location) -> str:
        """The filter with which a place was left."""
        view = self.memory.views.get(str(place.as_directory()))
        return "" if view is None else view.filter

    def columns_of(self, place: Location) -> ColumnChoice:
        """The columns chosen for this very place, else those chosen last in its storage."""
        view = self.memory.views.get(str(place.as_directory()))
        if view is not None and view.columns is not None:
            return view.columns
        return self.memory.columns.get(place.root.scheme, _ALL_COLUMNS)

    def choose_columns(self, place: Location, choice: ColumnChoice) -> None:
        """Columns were chosen for a place."""
        text, scheme = str(place.as_directory()), place.root.scheme
        self.edit(lambda memory: memory.with_columns(text, scheme, choice))

    def filtered(self, pattern: str) -> None:
        """A filter was used."""
        self.edit(lambda memory: memory.used_filter(pattern))

    # -- what the user keeps -----------------------------------------------------------------------

    def history(self) -> list[Location]:
        """Visited places, most recent first; texts that mean nothing here are passed over."""
        return [place for each in self.memory.visits if (place := place_of(each.place)) is not None]

    def forget(self, place: Location) -> None:
        """Take a place out of the history."""
        text = str(place)
        self.edit(lambda memory: memory.forgot_visit(text))

    def add_favorite(self, name: str, place: Location) -> None:
        """Keep a place under a name."""
        favorite = Favorite(name, str(place))
        self.edit(lambda memory: memory.with_favorite(favorite))

    def remove_favorite(self, path: str) -> None:
        """Keep it no longer."""
        self.edit(lambda memory: memory.without_favorite(path))

    def set_bookmark(self, letter: str, pane: PaneState) -> None:
        """Let a letter stand for where a pane is, with its row."""
        bookmark = Bookmark(str(pane.place), cursor_text(pane))
        self.edit(lambda memory: memory.with_bookmark(letter, bookmark))

    def remove_bookmark(self, letter: str) -> None:
        """The letter stands for nothing."""
        self.edit(lambda memory: memory.with_bookmark(letter, None))


def cursor_text(pane: PaneState) -> str:
    """The row at the cursor as a text; empty where there is none."""
    entry = pane.current
    if entry is None or pane.results is not None:
        return ""
    return f"{entry.name}/" if entry.is_directory else entry.name


def row_of(text: str) -> Identity | None:
    """The row that such a text means."""
    return (text.removesuffix("/"), text.endswith("/")) if text else None


def place_of(text: str) -> Location | None:
    """The place of a remembered text, None if it means none."""
    try:
        return parse(text)
    except BadPlace:
        return None


def _order(view: View) -> SortSpec:
    return SortSpec(SortKey(view.sort), view.reverse)
