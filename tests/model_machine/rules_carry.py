"""Copy, move and rename, in every direction, with every answer to a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from hypothesis import note
from hypothesis.stateful import rule

from tests.model_machine import carry
from tests.model_machine.acting import ANSWERS, TROUBLES, Acting, Done, Trouble, numbers, trouble_of
from tests.model_machine.carry import Act, Ended, Expected
from tests.model_machine.check import Before, losses
from tests.model_machine.model import Disk, Kind, Model
from tests.model_machine.stores import Store
from tfm.model.conflict import Answer
from tfm.ops import tree
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.make import rename
from tfm.ops.plan import Picked

ANSWER_OF = {
    "overwritten": Answer.OVERWRITE,
    "kept both": Answer.KEEP_BOTH,
    "skipped": Answer.SKIP,
    "newer": Answer.NEWER,
    "not newer": Answer.NEWER,
    "different": Answer.DIFFERENT,
    "not different": Answer.DIFFERENT,
    "in the way": Answer.FAIL,
    "cancelled by an answer": Answer.CANCEL,
}
"""What must be answered so that a cell can be reached."""


@dataclass(frozen=True)
class Wish:
    """From where to where, what is answered, whether it is a move, and which trouble is to come."""

    source: Store
    target: Store
    answer: Answer
    move: bool
    trouble: str = ""


class CarryRules(Acting):
    """Rules over `tfm.ops.tree`."""

    _last: tuple[Act, Store, Store] | None = None

    @rule(number=numbers)
    def carry_into_a_directory(self, number: int) -> None:
        luck = self.luck(number)
        wish = self._wish(luck)
        places = self.siblings(wish.source, luck, several=luck.randrange(3) == 0)
        act, source, target = self._act(luck, places, wish), wish.source, wish.target
        self._carry(
            act, source, target, self.picked_afresh(source, places), trouble_of(luck, wish.trouble)
        )

    @rule(number=numbers)
    def carry_to_a_name(self, number: int) -> None:
        luck = self.luck(number)
        wish = self._wish(luck)
        places = self.siblings(wish.source, luck)
        act, source, target = self._act(luck, places, wish), wish.source, wish.target
        name = self._goal(target, act.destination, luck, places[0][1])
        goal = self.model(target).child(act.destination, name, is_directory=False)
        act = replace(act, destination=goal, into=False)
        self._carry(
            act, source, target, self.picked_afresh(source, places), trouble_of(luck, wish.trouble)
        )

    @rule(number=numbers)
    def carry_what_a_pane_shows(self, number: int) -> None:
        luck = self.luck(number)
        source, picked = self.picked_in_pane(luck)
        target = self.store(luck)
        self.make_room(target)
        places = [(source.place(location), Kind(entry.kind.value)) for location, entry in picked]
        wish = replace(self._wish(luck), source=source, target=target)
        act = self._act(luck, places, wish)
        self._carry(act, source, target, picked, trouble_of(luck, wish.trouble))

    @rule(number=numbers)
    def carry_the_same_again(self, number: int) -> None:
        """What was carried is carried once more, so that it meets itself at the destination."""
        luck = self.luck(number)
        if self._last is None:
            self.carry_into_a_directory(number)
            return
        act, source, target = self._last
        wish = self._wish(luck)
        self.make_room(target)
        here, there = self.model(source), self.model(target)
        if any(here.kind(place) is not kind for place, kind in act.sources) or (
            act.into and there.kind(act.destination) is not Kind.DIRECTORY
        ):
            self._last = None
            self.carry_into_a_directory(number)
            return
        act = replace(act, answer=wish.answer, move=wish.move)
        self._carry(act, source, target, self.picked_afresh(source, act.sources), None)

    @rule(number=numbers)
    def carry_names_of_one_file(self, number: int) -> None:
        """Two names of one file go together; somebody else has given it the second."""
        luck = self.luck(number)
        disk = self.disk()
        if disk is None:
            self.carry_into_a_directory(number)
            return
        self.make_room(disk)
        wish = replace(self._wish(luck), source=disk, target=disk)
        model = self.model(disk)
        files = [place for place, kind in model.entries() if kind is Kind.FILE]
        if not files:
            self.carry_into_a_directory(number)
            return
        first = luck.choice(files)
        second = model.child(model.parent(first), self.name_for(disk, luck), is_directory=False)
        if model.kind(second) is None:

            def name_again(_there: Store, told: Model) -> None:
                disk.link(first, second)
                told.nodes[second] = told.nodes[first]

            self.world.somebody_else(disk.name, name_again)
        names = [place for place in {first: 0, second: 0} if model.kind(place) is Kind.FILE]
        act = self._act(luck, [(place, Kind.FILE) for place in names], wish)
        self._carry(
            act, disk, disk, self.picked_afresh(disk, act.sources), trouble_of(luck, wish.trouble)
        )

    # rules are chosen about evenly, and these have the most cells to reach
    carry_more = carry_into_a_directory
    carry_to_more_names = carry_to_a_name
    carry_once_more = carry_the_same_again

    @rule(number=numbers)
    def give_another_name(self, number: int) -> None:
        luck = self.luck(number)
        store = self.store(luck)
        places = self.siblings(store, luck)
        wanted = self.name_for(store, luck)
        picked = self.picked_afresh(store, places)
        model = self.model(store)
        goal = model.child(model.parent(places[0][0]), wanted, is_directory=False)
        act = Act(tuple(places), goal, False, Answer.FAIL, True, True, store.name == "memory")
        done = self.do(lambda ctx: rename(ctx, picked[0], wanted), self.trouble(luck, "rename"))
        if not wanted or carry.refused(act, model, model):
            assert done.error is not None, "a rename onto itself was not refused"
            self.world.settle(self.world.models)
            return
        top = carry.tops(act, model, model)[0]
        if top.kind is Kind.DIRECTORY and model.kind(top.target) is not None:
            self._keeps_its_name(store, done)
            return
        if done.met:
            self.coverage.note("rename", store.name, done.met)
        elif done.report and done.report.failures:
            self.coverage.note("rename", store.name, "in the way")
        else:
            self.coverage.note("rename", store.name, "done")
        self._judge(act, store, store, done)

    # -- what to do --------------------------------------------------------------------------------

    def _wish(self, luck: Random) -> Wish:
        """From where to where, and how; half of the time what was not reached before this round.

        Comes first in a rule: somebody else may make room, and take what was chosen before.
        """
        cells = [cell for cell in self.wanted if " to " in cell[1]]
        wish = Wish(
            self.store(luck), self.store(luck), luck.choice(ANSWERS), bool(luck.randrange(2))
        )
        if cells and luck.randrange(2):
            verb, pair, end = luck.choice(cells)
            here, _, there = pair.partition(" to ")
            wish = Wish(
                self.world.stores[here],
                self.world.stores[there],
                ANSWER_OF.get(end, wish.answer),
                verb.startswith("move"),
                TROUBLES.get(end, ""),
            )
        self.make_room(wish.target)
        return wish

    def _act(self, luck: Random, places: Sequence[tuple[str, Kind]], wish: Wish) -> Act:
        """Into one of the directories; sometimes into one that is not there."""
        target = wish.target
        directory = self.directory(target, luck)
        if not luck.randrange(16):
            directory = self.model(target).child(directory, "absent", is_directory=True)
        return Act(
            tuple(places),
            directory,
            True,
            wish.answer,
            wish.move,
            wish.source is target,
            target.name == "memory",
        )

    def _goal(self, target: Store, directory: str, luck: Random, kind: Kind) -> str:
        """A name to copy to; often that of something that is there."""
        rows = sorted(self.model(target).rows(directory) or (), key=lambda row: row[:2])
        alike = [row[0] for row in rows if row[1] == (kind is Kind.DIRECTORY)]
        names = [row[0] for row in rows] if not luck.randrange(5) else alike
        usable = [name for name in names if name]
        if luck.randrange(3) and usable:
            return luck.choice(usable)
        # an empty name would name the directory itself
        return self.name_for(target, luck) or "a"

    # -- doing and judging -------------------------------------------------------------------------

    def _carry(
        self,
        act: Act,
        source: Store,
        target: Store,
        picked: Sequence[Picked],
        trouble: Trouble | None,
    ) -> None:
        compares = act.answer in (Answer.NEWER, Answer.DIFFERENT)
        if compares and carry.by_the_clock(act, self.model(source), self.model(target)):
            act = replace(act, answer=Answer.OVERWRITE)
        note(str(act))
        self._last = act, source, target
        stale = self.is_stale(source, picked)
        destination = target.at(act.destination)

        def run(ctx: OpContext) -> Report:
            verb = tree.move if act.move else tree.copy
            return verb(ctx, picked, destination, into=act.into)

        done = self.do(run, trouble, act.answer)
        what = "tree" if any(kind is Kind.DIRECTORY for _, kind in act.sources) else "file"
        verb = f"{'move' if act.move else 'copy'} {what}"
        pair = f"{source.name} to {target.name}"
        if done.met:
            self.coverage.note(verb, pair, done.met)
        here, there = self.model(source), self.model(target)
        refused = carry.refused(act, here, there)
        if stale or done.disturbed or (not refused and carry.meets_itself(act, here, there)):
            self._judge_disturbed(act, source, target, done)
            return
        if refused:
            assert done.error is not None, "what can never be right was not refused"
            self.coverage.note(verb, pair, "refused")
            self.world.settle(self.world.models)
            return
        self._judge(act, source, target, done, verb)

    def _judge(self, act: Act, source: Store, target: Store, done: Done, verb: str = "") -> None:
        """Undisturbed: every item ended as the rules say, and the stores are what that makes them."""
        if done.disturbed:
            self._judge_disturbed(act, source, target, done)
            return
        assert done.report is not None, f"refused without a reason: {done.error}"
        here, there = self.model(source), self.model(target)
        expected = carry.expect(act, here, there)
        report = self.lines(done.report, source, target)
        _ends_once(report, expected, f"{act}\n{here}\n{there}")
        if verb:
            self._count(act, verb, source, target, expected, report)
        models = {name: model.copy() for name, model in self.world.models.items()}
        carry.replay(act, expected, report, models[source.name], models[target.name])
        self.world.settle(models)
        now = self.model(target)
        if isinstance(here, Disk) and isinstance(now, Disk):
            kept, wrong = carry.wrong_names(act, expected, report, here, now)
            assert not wrong, wrong
            if kept:
                self.coverage.note("hard link", source.name, "names kept together")

    def _keeps_its_name(self, store: Store, done: Done) -> None:
        """A directory in the way of a directory: a rename merges nothing, and says so once."""
        if not done.disturbed:
            assert done.report is not None, f"refused without a report: {done.error}"
            ended = [item.outcome for item in done.report.items]
            assert ended == [Outcome.FAILED], done.report
        self.coverage.note("rename", store.name, done.met or "in the way")
        self.world.settle(self.world.models)

    def _judge_disturbed(self, act: Act, source: Store, target: Store, done: Done) -> None:
        """Disturbed: whatever the report says is so, and nothing is lost."""
        models = self.world.settle(None)
        before = Before(models[source.name], models[target.name], act.move)
        if done.report is None:
            for name, model in models.items():
                now = self.world.models[name]
                assert model.nodes == now.nodes, f"it raised, and changed {name}: {done.error}"
            return
        report = self.lines(done.report, source, target)
        found = losses(
            before,
            self.model(source),
            self.model(target),
            report,
            [place for place, _kind in act.sources],
            same_store=source is target,
        )
        assert not found, f"{found}\n{report}"

    def _count(
        self,
        act: Act,
        verb: str,
        source: Store,
        target: Store,
        expected: Expected,
        report: list[Ended],
    ) -> None:
        pair = f"{source.name} to {target.name}"
        model = self.model(target)
        if all(line.outcome is Outcome.DONE for line in report):
            self.coverage.note(verb, pair, "done")
        for line in report:
            item = expected.items[line.source]
            met = _conflict(act, item.target, item.kind, line, model)
            if met:
                self.coverage.note(verb.partition(" ")[0], pair, met)


def _conflict(act: Act, target: str, kind: Kind, line: Ended, model: Model) -> str:
    """The name of the cell this line belongs to, where something stood in its way."""
    if kind is Kind.DIRECTORY:
        return ""
    if kind is Kind.LINK and line.outcome is Outcome.SKIPPED and not isinstance(model, Disk):
        return "link left out"
    if model.kind(target) is None:
        return ""
    done = line.outcome is Outcome.DONE
    return {
        Answer.OVERWRITE: "overwritten" if done else "",
        Answer.KEEP_BOTH: "kept both",
        Answer.SKIP: "skipped",
        Answer.NEWER: "newer" if done else "not newer",
        Answer.DIFFERENT: "different" if done else "not different",
        Answer.FAIL: "in the way",
        Answer.CANCEL: "cancelled by an answer",
    }[act.answer]


def _ends_once(report: list[Ended], expected: Expected, told: str) -> None:
    """Every planned item stands in the report exactly once, ended as it may."""
    sources = [line.source for line in report]
    assert sorted(sources) == sorted(expected.items), (
        f"planned {sorted(expected.items)}, reported {sorted(sources)}: {told}"
    )
    taken: set[str] = set()
    for line in report:
        item, outcomes = expected.items[line.source], expected.outcomes[line.source]
        assert line.outcome in outcomes, f"{item} ended as {line}, not as {outcomes}: {told}"
        assert line.outcome is not Outcome.DONE or line.target not in taken, (
            f"two things went to {line.target!r}"
        )
        if line.outcome is Outcome.DONE:
            taken.add(line.target)
