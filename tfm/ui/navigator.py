"""Where the panes are: enters places, brings rows into the session, keeps both panes true."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from textual.timer import Timer

from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.errors import Denied, NotFound, StorageError
from tfm.model.location import LOCAL, Location
from tfm.model.order import SortKey
from tfm.session.pane import Loading, PaneState
from tfm.session.recall import Recall
from tfm.session.refresh import Refresher
from tfm.session.rows import Identity, Rows
from tfm.session.session import Session, Side
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Pending, Request
from tfm.ui.earlier import EarlierRows
from tfm.ui.hunt import Hunt
from tfm.ui.messages import (
    CountGrew,
    LoadEnded,
    PlaceOpened,
    RowsArranged,
    RowsArrived,
    RowsRecalled,
)
from tfm.ui.pane.pane import PaneView

LOADING_AFTER = 0.12
_SORTED_AT_ONCE = 2000


class Timers(Protocol):
    """Calls back on the event loop after a while."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Once, after `delay` seconds."""
        ...


class Stoppable(Protocol):
    """Something under way."""

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        ...


@dataclass
class _Load:
    """What belongs to one pane: its load, what it watches, the listing it pins in the cache."""

    pending: Stoppable | None = None
    watched: Location | None = None
    watching: Pending | None = None
    pinned: Location | None = None
    remote: bool = False
    timers: list[Timer] = field(default_factory=list)


class Navigator:
    """Moves the panes about; event loop only."""

    def __init__(
        self,
        session: Session,
        vfs: Vfs,
        bridge: Bridge,
        timers: Timers,
        *,
        watch: bool,
        earlier: EarlierRows,
        recall: Recall | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = session
        self.recall = recall or Recall()
        self.views: dict[Side, PaneView] = {}
        self._vfs = vfs
        self._bridge = bridge
        self._timers = timers
        self._watch = watch
        self._earlier = earlier
        self._clock = clock
        self._refresher = Refresher(session)
        self._refresh_timer: Timer | None = None
        self._loads = {side: _Load() for side in Side}

    # -- going somewhere ---------------------------------------------------------------------------

    def enter(
        self,
        side: Side,
        place: Location,
        *,
        land_on: Identity | None = None,
        by_trail: bool = False,
    ) -> None:
        """Show another directory; what is known of it is drawn at once."""
        pane, recall = self.session[side], self.recall
        self._cancel(side)
        recall.leave(pane)
        pane.enter(
            place,
            self._clock(),
            land_on=land_on,
            cursor=recall.cursor_of(place),
            order=recall.order_of(place),
            filter=recall.filter_of(place),
            by_trail=by_trail,
        )
        self._refresher.moved(side)
        self._show_cached(side)
        self.views[side].repaint()
        self._load(side, fresh=False)

    def reload(self, side: Side, *, fresh: bool = False) -> None:
        """Read the same directory again; `fresh` asks the storage even if the listing is known."""
        self._cancel(side)
        self.session[side].reload(self._clock())
        self._load(side, fresh=fresh)

    def parent(self, side: Side) -> bool:
        """Go up and stand on what was left, or back from a search's results; False at the top."""
        place = self.session[side].place
        if self.session[side].results is not None:
            self.enter(side, place)
            return True
        features = self.views[side].features
        if place.is_top or (features is not None and features.begins == place):
            return False
        self.enter(side, place.parent, land_on=(place.name, True))
        return True

    def show_results(self, side: Side, hunt: Hunt) -> None:
        """Show in a pane what a search has found so far, and what it goes on to find."""
        pane = self.session[side]
        self._cancel(side)
        self.recall.leave(pane)
        generation = pane.show_results(hunt.results, self._clock())
        self._refresher.moved(side)
        self._loads[side].pending = hunt
        self.views[side].repaint()
        hunt.listen(lambda: self._hunted(side, generation, hunt))

    def _hunted(self, side: Side, generation: int, hunt: Hunt) -> None:
        pane = self.session[side]
        if generation != pane.generation:
            return
        entries, ended = hunt.entries(), hunt.ended
        request = self._request(side)

        def apply(rows: Rows) -> None:
            if ended and pane.results is not None:
                pane.results = hunt.results
            if not ended:
                shown = pane.arrive(generation, rows, len(entries))
            elif shown := pane.finish(generation, rows, time.time()):
                self._ended(side)
                self._arrange_if_stale(side)
            if shown:
                self.views[side].repaint()
                self._say_loading(side)

        if len(entries) <= _SORTED_AT_ONCE:
            apply(request.rows(entries))
        else:
            self._bridge.ask(lambda _cancel: request.rows(entries), apply)

    def renamed(self, pairs: Sequence[tuple[Location, Location]]) -> None:
        """Things have other names now: those that are results of a search stay results."""
        for side in Side:
            if self.session[side].renamed(pairs):
                self.reload(side)

    def along(self, side: Side, *, back: bool) -> bool:
        """One step back or forward on the trail of the pane; False at its end."""
        pane = self.session[side]
        place = pane.trail.back(pane.place) if back else pane.trail.forward(pane.place)
        if place is not None:
            self.enter(side, place, by_trail=True)
        return place is not None

    def leave_tab(self, side: Side) -> None:
        """Another tab is about to take the place of this one: nothing more comes for it."""
        self._cancel(side)
        self.session[side].fail(self.session[side].generation, None)
        self.recall.leave(self.session[side])

    def show_tab(self, side: Side) -> None:
        """The pane of this side is another one: what it knew is drawn, and then read again."""
        pane = self.session[side]
        self._refresher.moved(side)
        self.views[side].show_pane(pane)
        self.reload(side)

    def swap(self) -> None:
        """Exchange the sides, with all tabs, watches and what is stale."""
        left, right = Side.LEFT, Side.RIGHT
        waiting = [s.other for s in Side if self.session[s].loading is not Loading.NO]
        for side in Side:
            self._cancel(side)
        self.session.swap()
        self._loads[left], self._loads[right] = self._loads[right], self._loads[left]
        self._refresher.swap()
        self.views[left].trade(self.views[right])
        for side in Side:
            if side in waiting:
                self.reload(side)
            else:
                self._arrange_if_stale(side)  # what was being sorted was for the other side

    def stop(self, side: Side) -> bool:
        """Stop a listing under way; False if there is none."""
        pane = self.session[side]
        if pane.loading is Loading.NO:
            return False
        self._cancel(side)
        pane.fail(pane.generation, None)
        if pane.results is not None and pane.taken_at is None:
            pane.taken_at = time.time()  # what was found by then is what there is
        self.views[side].repaint()
        return True

    def open_text(
        self, side: Side, place: Location, failed: Callable[[StorageError], None]
    ) -> None:
        """Go to a place somebody typed: a directory, or the directory of a file."""

        def arrive(found: tuple[Location, Entry]) -> None:
            location, entry = found
            if entry.opens_as_directory:
                self.enter(side, location)
            else:
                self.enter(side, location.parent, land_on=(entry.name or location.name, False))

        self._bridge.ask(lambda _cancel: self._vfs.resolve(place), arrive, failed)

    def close(self) -> None:
        """Stop listing and watching."""
        for side in Side:
            self._cancel(side)
            if (watching := self._loads[side].watching) is not None:
                watching.cancel()

    # -- loads -------------------------------------------------------------------------------------

    def _cancel(self, side: Side) -> None:
        load = self._loads[side]
        if load.pending is not None:
            load.pending.cancel()
            load.pending = None
        for timer in load.timers:
            timer.stop()
        load.timers.clear()

    def _show_cached(self, side: Side) -> None:
        """Small known listings are on the screen before the key is let go."""
        pane = self.session[side]
        known = self._vfs.cached(pane.place)
        if known is not None and len(known.entries) <= _SORTED_AT_ONCE:
            rows = self._request(side).rows(known.entries)
            pane.arrive(pane.generation, rows, len(known.entries))

    def look_back(self, side: Side) -> None:
        """Draw what an earlier run read there, if it is kept; asks nobody."""
        pane = self.session[side]
        if pane.results is None and pane.taken_at is None and not pane.rows.source:
            self._earlier.look(self._request(side))

    def recalled(self, message: RowsRecalled) -> None:
        """The rows of an earlier run are there."""
        pane, side = self.session[message.side], message.side
        if pane.show_earlier(message.generation, message.rows, message.as_of):
            self._arrange_if_stale(side)
            self.views[side].repaint()

    def _load(self, side: Side, *, fresh: bool) -> None:
        pane, load = self.session[side], self._loads[side]
        request = self._request(side, fresh=fresh)
        load.pending = self._bridge.load(request)
        self.look_back(side)
        load.timers.append(self._timers.set_timer(LOADING_AFTER, lambda: self._say_loading(side)))
        if load.pinned != pane.place:
            if load.pinned is not None:
                self._vfs.cache.unpin(load.pinned)
            load.pinned = pane.place
            self._vfs.cache.pin(pane.place)
        if self._watch and load.watched != pane.place and pane.place.root == LOCAL:
            if load.watching is not None:
                load.watching.cancel()
            load.watched, load.watching = pane.place, self._bridge.watch(pane.place)

    def _request(self, side: Side, *, fresh: bool = False) -> Request:
        pane = self.session[side]
        return Request(
            side,
            pane.generation,
            pane.place,
            pane.order,
            pane.hidden,
            fresh,
            pane.filter,
            None if pane.results is None else pane.rows.source,
        )

    def _say_loading(self, side: Side) -> None:
        self.views[side].show_loading()

    def opened(self, message: PlaceOpened) -> None:
        """The storage is known: its columns may differ."""
        if self.session[message.side].generation == message.generation:
            self._loads[message.side].remote = message.features.remote
            self.views[message.side].set_columns(message.columns, message.features)

    def counted(self, message: CountGrew) -> None:
        """More entries are known."""
        pane = self.session[message.side]
        if pane.generation == message.generation:
            pane.count = message.count
            self._show_progress(message.side, pane)

    def _show_progress(self, side: Side, pane: PaneState) -> None:
        if self._clock() - pane.started >= LOADING_AFTER:
            self.views[side].show_loading()

    def arrived(self, message: RowsArrived) -> None:
        """Rows came: some, or all."""
        pane, side = self.session[message.side], message.side
        if message.taken_at is None:
            if pane.arrive(message.generation, message.rows, message.count):
                self.views[side].repaint()
                self._show_progress(side, pane)
            return
        before = self._visible(side)
        entering = pane.loading is Loading.ENTERING or pane.as_of is not None
        if not pane.finish(message.generation, message.rows, message.taken_at):
            return
        self._ended(side)
        if entering:
            self.recall.arrived(pane)
        if pane.results is None:
            self._earlier.keep(pane.place, pane.rows.source, message.taken_at)
        if before == self._visible(side):
            self.views[side].rows_confirmed()
        else:
            self.views[side].repaint()
        self._arrange_if_stale(side)

    def _visible(self, side: Side) -> tuple[object, ...]:
        """What of the rows can be seen; a refresh that changes none of it paints none of it."""
        pane, height = self.session[side], self.views[side].list.height
        shown = pane.rows.entries[pane.top : pane.top + height]
        return pane.top, pane.cursor, len(pane.rows), pane.marked_count, shown

    def ended(self, message: LoadEnded) -> None:
        """A load failed, or was stopped."""
        pane = self.session[message.side]
        if isinstance(message.error, NotFound | Denied) and pane.generation == message.generation:
            self._earlier.forget(Change(frozenset({pane.place})))
        if pane.loading is not Loading.NO and pane.fail(message.generation, message.error):
            self._ended(message.side)
            self.views[message.side].repaint()

    def _ended(self, side: Side) -> None:
        load, pane, now = self._loads[side], self.session[side], self._clock()
        for timer in load.timers:
            timer.stop()
        load.timers.clear()
        load.pending = None
        self._refresher.done(side, now, now - pane.started, remote=load.remote)

    # -- order -------------------------------------------------------------------------------------

    def sort_by(self, side: Side, key: SortKey) -> None:
        """Sort by a key, or turn the order round."""
        self.session[side].sort_by(key)
        self.recall.leave(self.session[side])
        self.arrange(side)

    def show_hidden(self, side: Side, hidden: bool) -> None:
        """Show names that begin with a dot, or not."""
        self.session[side].hidden = hidden
        self.arrange(side)

    def filter_by(self, side: Side, pattern: str) -> None:
        """Show only the files whose names a pattern means; empty: all again. Reads nothing."""
        self.session[side].filter = pattern
        self.arrange(side)

    def arrange(self, side: Side) -> None:
        """Put the rows in the order the pane asks for; many rows are sorted on a worker."""
        pane = self.session[side]
        if len(pane.rows.source) <= _SORTED_AT_ONCE:
            pane.arrange(self._request(side).rows(pane.rows.source))
        else:
            self._bridge.arrange(self._request(side), pane.rows.source)
        self.views[side].repaint()

    def _arrange_if_stale(self, side: Side) -> None:
        pane = self.session[side]
        if not pane.as_wanted(pane.rows):
            self.arrange(side)

    def arranged(self, message: RowsArranged) -> None:
        """A worker has sorted; what is asked for by now may be something else again."""
        pane, rows = self.session[message.side], message.rows
        wanted = pane.as_wanted(rows)
        if message.generation == pane.generation and wanted and rows.source is pane.rows.source:
            pane.arrange(rows)
            self.views[message.side].repaint()

    # -- changes -----------------------------------------------------------------------------------

    def changed(self, change: Change) -> None:
        """Something changed: read again what the panes show, not too often."""
        self._earlier.forget(change)
        self._refresher.note(change)
        self._refresh_due()

    def hurry(self) -> None:
        """What the user asked for is done: a pane that is stale is read now, rest or no rest."""
        self._refresher.hurry(self._clock())
        self._refresh_due()

    def _refresh_due(self) -> None:
        now = self._clock()
        for side in self._refresher.due(now):
            pane = self.session[side]
            if pane.results is not None and pane.loading is Loading.ENTERING:
                self._refresher.postpone(side, now + LOADING_AFTER)  # when the search has ended
            elif self.session[side].taken_at is not None or self.session[side].error is not None:
                self.reload(side)
            elif self.session[side].loading is not Loading.NO:
                self.reload(side)  # what is being read began before the change
        following = self._refresher.next_at()
        if following is not None and self._refresh_timer is None:
            self._refresh_timer = self._timers.set_timer(
                max(0.01, following - now), self._refresh_again
            )

    def _refresh_again(self) -> None:
        self._refresh_timer = None
        self._refresh_due()
