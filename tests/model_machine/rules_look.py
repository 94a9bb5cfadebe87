"""Entering directories, refreshing panes, and asking what is there."""

from __future__ import annotations

from hypothesis.stateful import rule

from tests.model_machine.acting import Acting, numbers
from tfm.model.errors import NotDirectory, NotFound
from tfm.session.session import Side


class LookRules(Acting):
    """Rules over the `Vfs` and the panes that change nothing."""

    @rule(number=numbers)
    def enter_a_directory(self, number: int) -> None:
        luck = self.luck(number)
        store = self.store(luck)
        side = luck.choice((Side.LEFT, Side.RIGHT))
        directory = self.directory(store, luck)
        if not luck.randrange(6):
            directory = self.model(store).child(directory, "absent", is_directory=True)
        self.begin()
        self.enter(side, store, directory)
        state = self.world.panes[side]
        self.coverage.note("enter", store.name, "not there" if state.error else "there")

    @rule(number=numbers)
    def refresh(self, number: int) -> None:
        luck = self.luck(number)
        side = luck.choice((Side.LEFT, Side.RIGHT))
        self.begin()
        self.world.load(side, fresh=True)
        state = self.world.panes[side]
        store = self.world.store_of(state.place)
        true = self.world.models[store.name].rows(store.place(state.place))
        assert self.world.shown(side) == true, "a refresh shows something else than is there"
        self.coverage.note("refresh", store.name, "not there" if state.error else "there")

    @rule(number=numbers)
    def look(self, number: int) -> None:
        """List a directory and ask for a thing in it, from the cache where it knows."""
        luck = self.luck(number)
        store = self.store(luck)
        model = self.model(store)
        inside = self.directory(store, luck)
        rows = sorted((name, is_directory) for name, is_directory, _ in model.rows(inside) or ())
        name, is_directory = (self.name_for(store, luck), bool(luck.randrange(2)))
        if rows and luck.randrange(2):
            name, is_directory = luck.choice(rows)
        place = model.child(inside, name, is_directory=is_directory)
        self.begin()
        shown = self.world.listed(store.at(inside))
        assert self.world.may_show(store.name, inside, shown, ttl=store.ttl), (
            f"{inside!r} on {store.name} is told as {shown}"
        )
        there = True
        try:
            self.world.vfs.stat(store.at(place))
        except (NotFound, NotDirectory):
            there = False
        assert self.world.may_say(store.name, place, there=there), (
            f"{place!r} on {store.name} is told as {'there' if there else 'not there'}"
        )
        self.coverage.note("look", store.name, "there" if there else "not there")
