"""Two stores behind one `Vfs`, their models, two panes, and what the panes may still show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.model_machine.check import disagreement
from tests.model_machine.model import Keys, Kind, Link, Model, Row
from tests.model_machine.stores import BucketStore, Store
from tests.model_machine.trip import Trip
from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.entry import Kind as EntryKind
from tfm.model.errors import NotDirectory, NotFound
from tfm.model.location import Location
from tfm.model.order import SortSpec
from tfm.session.pane import PaneState
from tfm.session.refresh import Refresher
from tfm.session.rows import plan_rows
from tfm.session.session import Session, Side
from tfm.storage.cache import ListingCache
from tfm.storage.vfs import Vfs

Shown = frozenset[Row] | None


@dataclass(frozen=True)
class Snapshot:
    """What was true until somebody else changed it: up to which step, and when that was."""

    step: int
    time: float
    models: dict[str, Model]


@dataclass
class World:
    """`openers` make the stores of one example. A `patient` engine repeats what a server failed at."""

    openers: tuple[Callable[[Trip, Callable[[], int]], Store], ...]
    patient: bool = False
    stores: dict[str, Store] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.trip = Trip()
        self.now = 1000.0
        self.step = 0
        self._ticks = 1_600_000_000
        for opener in self.openers:
            store = opener(self.trip, self.tick)
            if self.patient and isinstance(store, BucketStore):
                store.storage = store.patient
            self.stores[store.name] = store
        self.names = list(self.stores)
        self.models = {name: store.truth() for name, store in self.stores.items()}
        self.vfs = Vfs(
            cache=ListingCache(clock=lambda: self.now),
            storages={store.top.root: store.storage for store in self.stores.values()},
            clock=lambda: self.now,
        )
        self.panes = {
            side: PaneState(self.stores[name].top, hidden=True)
            for side, name in zip(Side, [self.names[0], self.names[-1]], strict=True)
        }
        session = Session(self.panes[Side.LEFT], self.panes[Side.RIGHT])
        self.refresher = Refresher(session)
        self.vfs.subscribe(self._published)
        self._history: list[Snapshot] = []
        self._own: dict[tuple[str, str], int] = defaultdict(lambda: -1)
        for side in Side:
            self.load(side)

    def close(self) -> None:
        """Take the stores away."""
        for store in self.stores.values():
            store.close()

    def tick(self) -> int:
        """A time in nanoseconds that nobody had before."""
        self._ticks += 1
        return self._ticks * 10**9 + 7

    def _published(self, change: Change) -> None:
        self.refresher.note(change)

    def store_of(self, location: Location) -> Store:
        """The store a location belongs to."""
        return next(s for s in self.stores.values() if s.top.root == location.root)

    # -- what changed ------------------------------------------------------------------------------

    def somebody_else(self, name: str, act: Callable[[Store, Model], None]) -> None:
        """A change behind the cache, on the store and on its model."""
        before = {other: model.copy() for other, model in self.models.items()}
        act(self.stores[name], self.models[name])
        self._history.append(Snapshot(self.step, self.now, before))

    def settle(self, expected: dict[str, Model] | None) -> dict[str, Model]:
        """After an act of ours: hold the truth against `expected` and make it the model.

        None if the act was disturbed; then the caller judges the models of before and after.
        """
        before = self.models
        truth = {
            name: store.truth() if store.changed() else before[name].copy()
            for name, store in self.stores.items()
        }
        for name in self.names:
            if expected is not None:
                wrong = disagreement(expected[name], truth[name])
                assert not wrong, f"{name}: {wrong}"
            self._touched(name, before[name], truth[name])
        self.models = truth
        return before

    def _touched(self, name: str, before: Model, now: Model) -> None:
        for place in {*before.nodes, *now.nodes}:
            if before.nodes.get(place) == now.nodes.get(place):
                continue
            directories = [*now.above(place)] if isinstance(now, Keys) else [now.parent(place)]
            if Kind.DIRECTORY in (before.kind(place), now.kind(place)):
                directories.append(place)
            for directory in directories:
                self._own[name, directory] = self.step

    def no_debris(self) -> None:
        """Nothing unfinished is left anywhere, and nothing beside the trees was touched."""
        for name, store in self.stores.items():
            assert not store.debris(), f"{name}: left behind: {store.debris()}"

    # -- what may be shown -------------------------------------------------------------------------

    def may_show(
        self, name: str, directory: str, shown: Shown, *, ttl: float | None = None
    ) -> bool:
        """True if `shown` is the listing now, or was before somebody else's change we may not know.

        Never older than our own last change to it; with `ttl` never older than that in seconds.
        """
        if self.models[name].rows(directory) == shown:
            return True
        own = self._own[name, directory]
        for snapshot in reversed(self._history):
            if snapshot.step < own or (ttl is not None and snapshot.time <= self.now - ttl):
                return False
            if snapshot.models[name].rows(directory) == shown:
                return True
        return False

    def may_say(self, name: str, place: str, *, there: bool) -> bool:
        """The same for the question whether a thing exists."""
        if (self.models[name].kind(place) is not None) == there:
            return True
        directory = place if place.endswith("/") else self.models[name].parent(place)
        own, ttl = self._own[name, directory], self.stores[name].ttl
        for snapshot in reversed(self._history):
            if snapshot.step < own or snapshot.time <= self.now - ttl:
                return False
            if (snapshot.models[name].kind(place) is not None) == there:
                return True
        return False

    def listed(self, location: Location, *, fresh: bool = False) -> Shown:
        """What the Vfs says a directory holds."""
        try:
            return rows_of(self.vfs.scan(location, fresh=fresh).entries)
        except (NotFound, NotDirectory):
            return None

    # -- panes -------------------------------------------------------------------------------------

    def load(self, side: Side, *, fresh: bool = False) -> None:
        """Read a pane anew, as the UI does after a change, on entering, and on Ctrl-R."""
        pane = self.panes[side]
        generation = pane.reload(self.now)
        try:
            listing = self.vfs.scan(pane.place, fresh=fresh)
        except (NotFound, NotDirectory) as error:
            pane.fail(generation, error)
        else:
            rows = plan_rows(listing.entries, SortSpec(), hidden=True)
            pane.finish(generation, rows, listing.taken_at)
        self.refresher.done(side, self.now, 0.0, remote=False)

    def shown(self, side: Side) -> Shown:
        """The rows a pane shows; None where it shows that nothing is there."""
        pane = self.panes[side]
        return None if pane.error is not None else rows_of(pane.rows.entries)

    def _leave_links(self) -> None:
        """A pane whose directory gave way to a link would show what that leads to, which no model has."""
        for side, pane in self.panes.items():
            store = self.store_of(pane.place)
            if isinstance(self.models[store.name].nodes.get(store.place(pane.place)), Link):
                pane.enter(store.top, self.now)
                self.refresher.moved(side)
                self.load(side)

    def panes_are_right(self) -> None:
        """Read what a change made stale, then hold both panes against the truth."""
        self._leave_links()
        self.refresher.hurry(self.now)
        for side in self.refresher.due(self.now):
            self.load(side)
        for side, pane in self.panes.items():
            store = self.store_of(pane.place)
            directory = store.place(pane.place)
            shown = self.shown(side)
            assert self.may_show(store.name, directory, shown), (
                f"the {side.value} pane at {directory!r} of {store.name} shows {shown},"
                f" but there is {self.models[store.name].rows(directory)}"
            )
            known = self.listed(pane.place)
            assert self.may_show(store.name, directory, known, ttl=store.ttl), (
                f"the cache tells {known} of {directory!r} on {store.name},"
                f" but there is {self.models[store.name].rows(directory)}"
            )


def rows_of(entries: tuple[Entry, ...]) -> frozenset[Row]:
    """Rows as the model has them; each may come once."""
    rows = [
        (entry.name, entry.is_directory, entry.size if entry.kind is EntryKind.FILE else None)
        for entry in entries
    ]
    assert len(rows) == len(set(rows)), f"a row comes twice: {rows}"
    return frozenset(rows)
