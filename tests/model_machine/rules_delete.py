"""Deleting files, trees, prefixes and markers, by names and by rows that may be old."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis.stateful import rule

from tests.model_machine import carry
from tests.model_machine.acting import Acting, Trouble, numbers
from tests.model_machine.check import Before, losses
from tests.model_machine.model import Disk, Kind
from tests.model_machine.stores import Store
from tfm.model.entry import Kind as EntryKind
from tfm.ops.context import Outcome
from tfm.ops.plan import Picked
from tfm.ops.remove import remove


class DeleteRules(Acting):
    """Rules over `tfm.ops.remove`."""

    @rule(number=numbers)
    def delete_by_name(self, number: int) -> None:
        luck = self.luck(number)
        store = self.store(luck, "delete")
        places = self.siblings(store, luck, several=luck.randrange(3) == 0)
        self._delete(store, self.picked_afresh(store, places), self.trouble(luck, "delete"))

    @rule(number=numbers)
    def delete_what_a_pane_shows(self, number: int) -> None:
        luck = self.luck(number)
        store, picked = self.picked_in_pane(luck)
        self._delete(store, picked, self.trouble(luck, "delete"))

    @rule(number=numbers)
    def delete_what_somebody_replaced(self, number: int) -> None:
        """A pane shows a file; somebody writes another one there; then it is deleted."""
        luck = self.luck(number)
        store, picked = self.picked_in_pane(luck)
        location, entry = picked[0]
        place = store.place(location)
        if entry.kind is EntryKind.FILE and self.model(store).kind(place) is Kind.FILE:
            self.behind(store, place, self.content(5), plain=False)
        self._delete(store, picked[:1], None)

    def _delete(self, store: Store, picked: Sequence[Picked], trouble: Trouble | None) -> None:
        model = self.model(store)
        others = [
            store.place(location)
            for location, entry in picked
            if self.is_other(store, location, entry)
        ]
        done = self.do(lambda ctx: remove(ctx, picked), trouble)
        assert done.report is not None, f"a delete raised: {done.error}"
        tree = any(entry.is_directory for _location, entry in picked)
        marker = tree and all(
            model.beneath(store.place(where)) == [store.place(where)] for where, _e in picked
        )
        verb = "delete tree" if tree else "delete file"
        report = self.lines(done.report, store)
        tops = [store.place(location) for location, _entry in picked]
        if done.met:
            self.coverage.note(verb, store.name, done.met)
        if others and not done.disturbed and store.name != "s3":
            # what stands there now was never shown: it must not go
            for line in report:
                node = model.nodes.get(line.source)
                if line.source in others and node is not None and not tree:
                    self.coverage.note(verb, store.name, "stale")
                    assert line.outcome is Outcome.FAILED, f"{line} was not what the pane showed"
        if done.disturbed or others:
            before = self.world.settle(None)[store.name]
            found = losses(
                Before(
                    before, before, move=False, delete=True, lost=done.disturbed == "lost answer"
                ),
                self.model(store),
                self.model(store),
                report,
                tops,
                same_store=True,
            )
            assert not found, f"{found}\n{report}"
            return
        self.coverage.note(verb, store.name, "done")
        if marker and not isinstance(model, Disk):
            self.coverage.note("delete marker", store.name, "done")
        expected = {
            place
            for top in tops
            for place in (model.beneath(top) if model.kind(top) is Kind.DIRECTORY else [])
        }
        if isinstance(model, Disk):
            expected |= set(tops)
        else:
            expected |= {top for top in tops if model.kind(top) is not Kind.DIRECTORY}
        assert sorted(line.source for line in report) == sorted(expected)
        assert all(line.outcome is Outcome.DONE for line in report), report
        models = {name: one.copy() for name, one in self.world.models.items()}
        for place in expected:
            del models[store.name].nodes[place]
        for top in tops:
            carry.keep_visible(models[store.name], model.parent(top))
        self.world.settle(models)
