"""Making, writing and linking; what somebody else does behind the cache; time that passes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.model_machine.acting import SIZES, Acting, numbers
from tests.model_machine.carry import ANY
from tests.model_machine.model import Dir, Disk, File, Kind, Leaf, Link, Model, Object
from tests.model_machine.stores import DiskStore, Store
from tfm.model.change import Change
from tfm.model.errors import AlreadyExists, InvalidName, NotFound
from tfm.ops.context import OpContext, Report
from tfm.ops.make import make_directory
from tfm.storage.base import Hints

MODES = (0o644, 0o600, 0o755)


class ChangeRules(Acting):
    """Rules over `tfm.ops.make`, writers and links, and over the bare stores."""

    @rule(number=numbers)
    def make_a_directory(self, number: int) -> None:
        luck = self.luck(number)
        store = self.store(luck, "make directory")
        self.make_room(store)
        model = self.model(store)
        parent = self.directory(store, luck)
        if not luck.randrange(6):
            parent = model.child(parent, "absent", is_directory=True)
        wanted = self.name_for(store, luck)
        place = model.child(parent, wanted, is_directory=True)

        def act(ctx: OpContext) -> Report:
            make_directory(ctx, store.at(place))
            return Report("make directory")

        done = self.do(act, self.trouble(luck, "make directory"))
        if done.met:
            self.coverage.note("make directory", store.name, done.met)
        if done.disturbed:
            before = self.world.settle(None)[store.name]
            assert set(self.model(store).nodes) - set(before.nodes) <= {place}
            assert set(before.nodes) <= set(self.model(store).nodes)
            return
        models = {other: one.copy() for other, one in self.world.models.items()}
        if not wanted:
            assert isinstance(done.error, InvalidName)
        elif isinstance(model, Disk) and model.kind(parent) is None:
            assert isinstance(done.error, NotFound)
            self.coverage.note("make directory", store.name, "no parent")
        elif model.kind(place) is not None:
            assert isinstance(done.error, AlreadyExists)
            self.coverage.note("make directory", store.name, "already there")
        else:
            assert done.error is None, done.error
            made = Dir() if isinstance(model, Disk) else Object(b"", None, None, ANY)
            models[store.name].nodes[place] = made
            self.coverage.note("make directory", store.name, "done")
        self.world.settle(models)

    @rule(number=numbers)
    def write_a_file(self, number: int) -> None:
        """Write, replacing what a fresh look showed."""
        luck = self.luck(number)
        store = self.store(luck, "write")
        self.make_room(store)
        model = self.model(store)
        size, mode = luck.choice(SIZES), luck.choice(MODES)
        place = self._place(store, luck)
        kind = model.kind(place) if place and not place.endswith("/") else Kind.DIRECTORY
        if kind not in (None, Kind.FILE):
            return
        data, mtime = self.content(size), self.world.tick()

        def act(ctx: OpContext) -> Report:
            location = store.at(place)
            shown = ctx.vfs.stat(location, fresh=True) if kind else None
            hints = Hints(size=size, mtime_ns=mtime, mode=mode, replaces=shown)
            with ctx.vfs.open_write(location, hints) as writer:
                writer.write(data)
                writer.commit()
            return Report("write")

        done = self.do(act, self.trouble(luck, "write"))
        if done.met:
            self.coverage.note("write", store.name, done.met)
        if done.disturbed:
            before = self.world.settle(None)[store.name]
            now = self.model(store)
            for other in {*before.nodes, *now.nodes} - {place}:
                assert before.nodes.get(other) == now.nodes.get(other) or ".tfm-" in other
            node = now.nodes.get(place)
            whole = isinstance(node, File | Object) and node.data == data
            assert whole or node == before.nodes.get(place), f"torn: {node}"
            return
        assert done.error is None, done.error
        models = {other: one.copy() for other, one in self.world.models.items()}
        disk = isinstance(model, Disk)
        models[store.name].nodes[place] = (
            File(data, mode, mtime, ANY) if disk else Object(data, mtime, mode, ANY)
        )
        self.coverage.note("write", store.name, "overwritten" if kind else "done")
        self.world.settle(models)

    @rule(number=numbers)
    def make_a_link(self, number: int) -> None:
        """A symbolic link to nowhere, to a file, or to a directory beside our tree."""
        luck = self.luck(number)
        disk = self.disk()
        if disk is None:
            return
        place = self._place(disk, luck)
        target = ("nowhere", str(disk.canary / "yellow"), str(disk.canary / "sub"))[
            luck.randrange(3)
        ]
        links = disk.storage.facets.links
        assert links is not None
        self._link(
            disk, place, "link", lambda: links.make_link(disk.at(place), target), Link(target, ANY)
        )

    @rule(number=numbers)
    def make_a_hard_link(self, number: int) -> None:
        luck = self.luck(number)
        disk = self.disk()
        if disk is None:
            return
        files = [place for place, kind in self.model(disk).entries() if kind is Kind.FILE]
        if not files:
            return
        old, place = luck.choice(files), self._place(disk, luck)
        links = disk.storage.facets.links
        assert links is not None
        self._link(
            disk,
            place,
            "hard link",
            lambda: links.make_hard_link(disk.at(place), disk.at(old)),
            self.model(disk).leaf(old),
        )

    def _place(self, store: Store, luck: Random) -> str:
        """A name in some directory, free or not."""
        directory, name = self.directory(store, luck), self.name_for(store, luck)
        return self.model(store).child(directory, name, is_directory=False)

    def _link(
        self, disk: Store, place: str, verb: str, act: Callable[[], Change], node: Leaf
    ) -> None:
        self.begin()
        models = {other: one.copy() for other, one in self.world.models.items()}
        taken = self.model(disk).kind(place) is not None
        try:
            self.world.vfs.apply(lambda _s: act(), disk.at(place), verb=verb)
            assert not taken, f"{place!r} was replaced by a link"
            models[disk.name].nodes[place] = node
        except AlreadyExists:
            assert taken
        self.coverage.note(verb, disk.name, "already there" if taken else "done")
        self.world.settle(models)

    # -- the beginning ---------------------------------------------------------------------------

    @initialize(number=numbers)
    def something_is_there(self, number: int) -> None:
        """Both stores begin with a small tree, so that no act is in vain for want of a source."""
        luck = self.luck(number)
        for store in self.world.stores.values():
            model = self.model(store)
            for _ in range(3):
                self._directory_behind(store, luck)
            for _ in range(6):
                place = self._place(store, luck)
                if place and not place.endswith("/") and model.kind(place) is None:
                    data = self.content(luck.choice(SIZES))
                    self.behind(store, place, data, plain=bool(luck.randrange(2)))

    def _directory_behind(self, store: Store, luck: Random) -> None:
        model = self.model(store)
        directory, name = self.directory(store, luck), self.name_for(store, luck)
        place = model.child(directory, name, is_directory=True)
        if model.kind(place) is None and isinstance(store, DiskStore):
            self.world.somebody_else(store.name, lambda _s, _m: store.make(place))
            model.nodes[place] = Dir()
        elif model.kind(place) is None:
            self.behind(store, place, b"", plain=True)

    # -- somebody else ---------------------------------------------------------------------------

    @rule(number=numbers)
    def somebody_writes(self, number: int) -> None:
        """A second client, behind the cache; now and then it stores no time beside the object."""
        luck = self.luck(number)
        store = self.store(luck)
        self.make_room(store)
        model = self.model(store)
        size, place = luck.choice(SIZES), self._place(store, luck)
        kind = model.kind(place) if place else Kind.DIRECTORY
        if not place or (isinstance(model, Disk) and kind is Kind.DIRECTORY):
            return
        if place.endswith("/"):
            size = luck.randrange(5) // 4  # a marker, seldom one that holds a byte
        self.begin()
        self.behind(store, place, self.content(size), plain=bool(luck.randrange(2)))
        self.coverage.note("somebody writes", store.name, "replaced" if kind else "new")

    @rule(number=numbers)
    def somebody_deletes(self, number: int) -> None:
        luck = self.luck(number)
        store = self.store(luck)
        model = self.model(store)
        single = [place for place in model.nodes if model.beneath(place) in ([], [place])]
        if not single:
            self.fill(store)
            single = ["a"]
        place = luck.choice(sorted(single))

        def act(there: Store, told: Model) -> None:
            there.drop(place)
            del told.nodes[place]

        self.begin()
        self.world.somebody_else(store.name, act)
        self.coverage.note("somebody deletes", store.name, "done")

    @rule(seconds=st.sampled_from((1.0, 59.0, 61.0)))
    def time_passes(self, seconds: float) -> None:
        self.begin()
        self.world.now += seconds
