"""What the rules share: choosing among what exists, and doing an act that may be disturbed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import TypeVar

from hypothesis import strategies as st

from tests.model_machine.carry import ANY, Ended
from tests.model_machine.coverage import Cell, Coverage
from tests.model_machine.model import File, Keys, Kind, Link, Model, Object
from tests.model_machine.stores import THRESHOLD, DiskStore, Store
from tests.model_machine.trip import fail
from tests.model_machine.world import World
from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer, Policy
from tfm.model.entry import Entry, LocalDetails
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.patience import Patience
from tfm.ops.context import OpContext, Report
from tfm.ops.plan import Picked
from tfm.session.session import Side

T = TypeVar("T")

BOTH = ("a", "b.txt", "-n\n\u202e", "e\u0301")
ON_DISK = (*BOTH, "\udcff", "␦0")
IN_KEYS = (*BOTH, "", "..")
SIZES = (0, 1, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1)
LARGEST_TREE = 8
FULL = 30
"""Entries above which a store gets no more, so that copies of copies do not grow without end."""

ANSWERS = (
    Answer.OVERWRITE,
    Answer.OVERWRITE,
    Answer.OVERWRITE,
    Answer.SKIP,
    Answer.KEEP_BOTH,
    Answer.KEEP_BOTH,
    Answer.NEWER,
    Answer.NEWER,
    Answer.DIFFERENT,
    Answer.DIFFERENT,
    Answer.FAIL,
    Answer.CANCEL,
)

numbers = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Trouble:
    """What happens below, and at which call."""

    kind: str
    at: int


TROUBLES: Mapping[str, str] = MappingProxyType(
    {each: each for each in ("fault", "cancelled", "lost answer")} | {"outlasted": "fault"}
)
"""What must happen so that a cell can be reached, by its end."""


def trouble_of(luck: Random, kind: str = "") -> Trouble | None:
    """Of that kind, else of any, and then none for most acts."""
    if not kind and luck.randrange(3):
        return None
    kind = kind or luck.choice(("fault", "cancelled", "lost answer"))
    return Trouble(kind, luck.choice((1, 1, 1, 2, 2, 3, 4, 6)))


@dataclass(frozen=True)
class Done:
    """How an act ended: its report or its error, and whether the trouble came to pass.

    `outlasted` is a trouble that came to pass and must have changed nothing.
    """

    report: Report | None
    error: StorageError | None
    disturbed: str
    outlasted: bool = False

    @property
    def met(self) -> str:
        """The cell of the trouble, empty if there was none."""
        return "outlasted" if self.outlasted else self.disturbed


class Acting:
    """The mixin below all rules."""

    world: World
    coverage: Coverage
    wanted: Sequence[Cell] = ()

    def luck(self, number: int) -> Random:
        """What an act is about is drawn from this.

        Hypothesis likes small and repeated numbers; the step makes of them what is evenly spread.
        """
        return Random(f"{number} {self.world.step}")

    # -- choosing --------------------------------------------------------------------------------

    def store(self, luck: Random, verb: str = "") -> Store:
        """One of the two stores; half of the time one where the verb has something to reach."""
        wanted = [where for where, _end in self._wanted(verb) if where in self.world.stores]
        names = wanted if wanted and luck.randrange(2) else self.world.names
        return self.world.stores[luck.choice(names)]

    def trouble(self, luck: Random, verb: str) -> Trouble | None:
        """None for most acts; half of the time one by which the verb has something to reach."""
        kinds = [TROUBLES[end] for _where, end in self._wanted(verb) if end in TROUBLES]
        return trouble_of(luck, luck.choice(kinds) if kinds and luck.randrange(2) else "")

    def _wanted(self, verb: str) -> list[tuple[str, str]]:
        """Places and ends that were not reached before this round."""
        return [(where, end) for each, where, end in self.wanted if verb and each.startswith(verb)]

    def disk(self) -> DiskStore | None:
        """The disk, if this world has one."""
        found = [store for store in self.world.stores.values() if isinstance(store, DiskStore)]
        return found[0] if found else None

    def model(self, store: Store) -> Model:
        """Its model."""
        return self.world.models[store.name]

    def name_for(self, store: Store, luck: Random) -> str:
        """A name of the alphabet of that store."""
        return luck.choice(IN_KEYS if store.top.root.style is Style.KEY else ON_DISK)

    def directory(self, store: Store, luck: Random) -> str:
        """One of the directories that exist, not too deep."""
        return luck.choice([d for d in self.model(store).directories() if d.count("/") < 3])

    def siblings(
        self, store: Store, luck: Random, *, several: bool = False
    ) -> list[tuple[str, Kind]]:
        """One thing that exists, or two of one directory; trees only if they are small."""
        model = self.model(store)
        small = self._small(model)
        if not small:
            self.fill(store)
            small = self._small(model)
        trees = [one for one in small if one[1] is Kind.DIRECTORY]
        first = luck.choice(trees if trees and luck.randrange(2) else small)
        beside = [
            one for one in small if one != first and model.parent(one[0]) == model.parent(first[0])
        ]
        return [first, luck.choice(beside)] if several and beside else [first]

    @staticmethod
    def _small(model: Model) -> list[tuple[str, Kind]]:
        return [
            (place, kind)
            for place, kind in model.entries()
            if kind is not Kind.DIRECTORY or len(model.beneath(place)) <= LARGEST_TREE
        ]

    def picked_in_pane(self, luck: Random) -> tuple[Store, list[Picked]]:
        """What a user marks in a pane: the rows as they are shown, which may be old."""
        side = luck.choice((Side.LEFT, Side.RIGHT))
        rows = self._rows(side)
        if not rows:
            store = self.world.store_of(self.world.panes[side].place)
            if not self._small(self.model(store)):
                self.fill(store)
            place = self.siblings(store, luck)[0][0]
            self.enter(side, store, self.model(store).parent(place))
            self.world.load(side, fresh=True)
            rows = self._rows(side)
        picked = luck.sample(rows, min(len(rows), luck.choice((1, 1, 2))))
        return self.world.store_of(self.world.panes[side].place), picked

    def _rows(self, side: Side) -> list[Picked]:
        """The rows of a pane that are no large trees."""
        pane = self.world.panes[side]
        store = self.world.store_of(pane.place)
        model = self.model(store)
        return [
            (pane.location(entry), entry)
            for entry in pane.rows.entries
            if not entry.is_directory
            or len(model.beneath(store.place(pane.location(entry)))) <= LARGEST_TREE
        ]

    def enter(self, side: Side, store: Store, directory: str) -> None:
        """Bring a pane to a directory, as the UI does."""
        self.world.panes[side].enter(store.at(directory), self.world.now)
        self.world.refresher.moved(side)
        self.world.load(side)

    def picked_afresh(self, store: Store, places: Sequence[tuple[str, Kind]]) -> list[Picked]:
        """What a verb of the command line does with names: look now."""
        found = []
        for place, _kind in places:
            location = store.at(place)
            found.append((location, self.world.vfs.stat(location, fresh=True)))
        return found

    def is_stale(self, store: Store, picked: Sequence[Picked]) -> bool:
        """True if one of the rows is not what stands there now."""
        return any(self.is_other(store, location, entry) for location, entry in picked)

    def is_other(self, store: Store, location: Location, entry: Entry) -> bool:
        """True if the row does not show what stands there now."""
        model, place = self.model(store), store.place(location)
        kind, node = model.kind(place), model.nodes.get(place)
        if kind is None or kind.value != entry.kind.value:
            return True
        if kind is Kind.FILE and isinstance(node, Object):
            return entry.etag not in _etags(node.data)
        if isinstance(node, File | Link) and isinstance(entry.details, LocalDetails):
            inode = entry.details.ino if isinstance(node, File) else ANY
            data = node.data if isinstance(node, File) else b""
            mine = (node.inode if isinstance(node, File) else ANY, node.mtime, len(data))
            return mine != (inode, entry.mtime_ns, entry.size or 0)
        return False

    # -- keeping it going ------------------------------------------------------------------------

    def content(self, size: int) -> bytes:
        """Bytes that are seldom written twice."""
        return (self.world.tick() // 10**9 % 251).to_bytes(1, "big") * size

    def fill(self, store: Store) -> None:
        """Somebody else puts a file into a store that has become empty."""
        self.behind(store, "a", self.content(THRESHOLD), plain=False)

    def behind(self, store: Store, place: str, data: bytes, *, plain: bool) -> None:
        """Somebody else writes a file; with `plain` no time is stored beside an object."""
        mtime = None if plain and isinstance(self.model(store), Keys) else self.world.tick()

        def act(there: Store, model: Model) -> None:
            there.put(place, data, mtime)
            model.nodes[place] = there.truth().nodes[place]

        self.world.somebody_else(store.name, act)

    def make_room(self, store: Store) -> None:
        """Somebody else empties a store that is full: copies of copies must not grow without end."""
        model = self.model(store)
        if len(model.nodes) <= FULL:
            return

        def act(there: Store, told: Model) -> None:
            for place in sorted(told.nodes, reverse=True)[: FULL // 2]:
                if isinstance(told, Keys) or not told.beneath(place):
                    there.drop(place)
                    del told.nodes[place]

        self.world.somebody_else(store.name, act)

    # -- doing -----------------------------------------------------------------------------------

    def do(
        self,
        act: Callable[[OpContext], Report],
        trouble: Trouble | None,
        answer: Answer = Answer.FAIL,
    ) -> Done:
        """Run an operation of the engine; whatever is no StorageError is a failure of the test."""
        self.begin()
        cancel = CancelToken()
        patience = Patience(retries=2 * self.world.patient, delay=0.0, outage=0.0)
        ctx = OpContext(self.world.vfs, cancel=cancel, resolver=Policy(answer), patience=patience)
        trip = self.world.trip
        if trouble is not None:
            act_of_trouble = fail if trouble.kind != "cancelled" else lambda _e: cancel.cancel()
            trip.arm(trouble.at, act_of_trouble, answers=trouble.kind == "lost answer")
        report, error = None, None
        try:
            report = act(ctx)
        except StorageError as raised:
            error = raised
        finally:
            sprung = trip.disarm()
        if trouble is None or not sprung:
            return Done(report, error, "")
        if self.world.patient and sprung == "s3" and trouble.kind != "cancelled":
            return Done(report, error, "", outlasted=True)
        return Done(report, error, trouble.kind)

    def begin(self) -> None:
        """One more operation."""
        self.world.step += 1
        self.coverage.operations += 1

    def lines(self, report: Report, source: Store, target: Store | None = None) -> list[Ended]:
        """A report in places."""
        return [
            Ended(
                source.place(item.source),
                target.place(item.destination) if target and item.destination else "",
                item.outcome,
                item.note,
                item.reason,
            )
            for item in report.items
        ]


def _etags(data: bytes) -> tuple[str, str]:
    """The ETag of an object put at once, and of one uploaded in one part."""
    plain = hashlib.md5(data, usedforsecurity=False)
    parts = hashlib.md5(plain.digest(), usedforsecurity=False)
    return plain.hexdigest(), f"{parts.hexdigest()}-1"
