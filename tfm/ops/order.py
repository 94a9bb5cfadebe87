"""What a job was asked to do, as a value: it can be kept, and carried out again after a kill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tfm.model.conflict import Answer, Policy
from tfm.model.errors import NotFound, StorageError
from tfm.model.location import Location
from tfm.model.verify import Level
from tfm.ops.age import Age
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.make import rename
from tfm.ops.plan import Picked
from tfm.ops.reached import DONE_BEFORE
from tfm.ops.record import Before
from tfm.ops.remove import remove
from tfm.ops.rename_many import rename_many
from tfm.ops.thaw import Thaw, Thawing
from tfm.ops.tree import copy, move

Verb = Literal["copy", "move", "delete", "rename"]


@dataclass(frozen=True, slots=True)
class Order:
    """One job. `picked` is what was seen when it was given.

    `into` says whether `destination` receives the picked things or is the new name; None leaves it
    to what stands there, as `cp` does. `name` is for a rename; `names` are one for each that was picked:
    those of a rename of many, where `spare` begins the names in between, or those that a copy or move
    gives them in `destination`. `answer` is the standing answer to conflicts of
    a job that cannot ask; `level` how much is checked, and `tier` the class of storage, where
    those are not as usual. `age` is what a copy does to the bytes on the way.
    """

    verb: Verb
    picked: tuple[Picked, ...]
    destination: Location | None = None
    into: bool | None = None
    name: str = ""
    names: tuple[str, ...] = ()
    spare: str = ""
    answer: Answer | None = None
    level: Level | None = None
    tier: str = ""
    thaw: Thaw | None = None
    age: Age | None = None

    @property
    def _renames_many(self) -> bool:
        return self.verb == "rename" and bool(self.names)

    @property
    def places(self) -> tuple[Location, ...]:
        """What it reads and writes."""
        sources = tuple(place for place, _ in self.picked)
        if self._renames_many:  # the names that are free decide: nobody else may take or leave one
            return tuple(dict.fromkeys(place.parent for place in sources))
        return sources if self.destination is None else (*sources, self.destination)

    def runner(self, *, again: bool = False) -> Callable[[OpContext], Report]:
        """What carries it out, from the beginning or `again`; it may raise NotYet, and is then called once more."""
        then = self.run_again if again else self.run
        return then if self.thaw is None else Thawing(self.picked, self.thaw, then)

    def run(self, ctx: OpContext) -> Report:
        """Carry it out. Raises StorageError if it is refused as a whole."""
        if self.destination is not None and self.into is None:
            # the first look decides: once it was made, the new name is a directory as well
            into = len(self.picked) > 1 or _is_directory(ctx, self.destination)
            ctx.recorder.decided(into=into)
            return replace(self, into=into).run(ctx)
        return self._act(ctx, self.picked)

    def run_again(self, ctx: OpContext) -> Report:
        """Take up what an interrupted run left undone; the report tells of both runs.

        The sources are looked at afresh. One that is gone was carried by that run, or is missed. What
        that run left and nobody could build on is cleared up at the end. Raises ReadOnly, with all of
        that untouched.
        """
        if self.picked:
            ctx.vfs.check_writable(self.destination or self.picked[0][0], self.verb)
        if self.destination is not None and self.into is None:
            return self.run(ctx)  # it was cut off before the first look
        if self._renames_many:
            report = rename_many(ctx, self.picked, self.names, self.spare, again=True)
            clear_up(ctx)
            return report
        if self.verb == "delete":  # what is gone is gone; the rest must still be what was confirmed
            report = remove(ctx, self.picked, again=True)
        else:
            there, missing = self._look(ctx)
            report = self._act(ctx, there) if there else Report(self.verb)
            told = {item.source for item in report.items}
            for place in dict.fromkeys((*missing, *ctx.recorder.opened_before())):
                if place not in told and not ctx.cancel.cancelled:
                    self._miss(ctx, report, place)
        told = {item.source for item in report.items}
        for item in ctx.recorder.ended_before():
            if item.source not in told:
                _tell(ctx, report, item)
        if not ctx.cancel.cancelled:
            clear_up(ctx)
        return report

    def _act(self, ctx: OpContext, picked: Sequence[Picked]) -> Report:
        if self.answer is not None:
            ctx = replace(ctx, resolver=Policy(self.answer))
        if self.level is not None:
            ctx = replace(ctx, level=self.level)
        if self.tier:
            ctx = replace(ctx, tier=self.tier)
        if self.age is not None:
            ctx = replace(ctx, cipher=self.age.cipher())
        if self.verb == "delete":
            return remove(ctx, picked)
        if self._renames_many:
            return rename_many(ctx, picked, self.names, self.spare, again=False)
        if self.verb == "rename":
            return rename(ctx, picked[0], self.name)
        assert self.destination is not None
        place = self.destination.as_directory() if self.into else self.destination
        act = move if self.verb == "move" else copy
        # by place: of what an interrupted run left, each still gets its own
        named = {place: name for (place, _), name in zip(self.picked, self.names, strict=False)}
        return act(ctx, picked, place, into=bool(self.into), names=named)

    def _look(self, ctx: OpContext) -> tuple[list[Picked], list[Location]]:
        there: list[Picked] = []
        missing: list[Location] = []
        for place, _entry in self.picked:
            try:
                entry = ctx.outlast(lambda place=place: ctx.vfs.stat(place, fresh=True))  # type: ignore[misc]
            except NotFound:
                missing.append(place)
            else:
                there.append((place, entry))
        return there, missing

    def _miss(self, ctx: OpContext, report: Report, place: Location) -> None:
        """A source that is not there any more: moved by the earlier run, if what it left stands."""
        before = ctx.recorder.before(place)
        if before is not None and self.verb != "copy" and _stands(ctx, before):
            _tell(ctx, report, ItemResult(place, before.target, Outcome.DONE, note=DONE_BEFORE))
            return
        error = NotFound("It is not there any more.", place=place, verb=self.verb)
        _tell(ctx, report, ItemResult(place, None, Outcome.FAILED, reason=str(error), error=error))


def _tell(ctx: OpContext, report: Report, item: ItemResult) -> None:
    """Enter an item that this run did not plan."""
    ctx.meter.plan(1, 0)
    ctx.end(report, item)


def clear_up(ctx: OpContext) -> list[str]:
    """Remove what interrupted runs left; a text for each thing that is still there."""
    problems: list[str] = []
    for left in ctx.recorder.left():
        facet = ctx.vfs.facets(left.leftover.place).unfinished
        if facet is None:
            continue
        try:
            facet.remove_leftover(left.leftover, left.replaced)
        except StorageError as error:
            problems.append(str(error))
        else:
            ctx.recorder.gone(left.leftover)
    return problems


def _stands(ctx: OpContext, before: Before) -> bool:
    """True if what a move made is there: the source went only after it was proved."""
    if before.removed:
        return True
    target = before.target
    if target is None:
        return False
    try:
        found = ctx.outlast(lambda: ctx.vfs.stat(target, fresh=True))
    except NotFound:
        # a key store has no directory without something in it
        real = ctx.vfs.features(target).real_directories
        return before.entry is not None and before.entry.is_directory and not real
    if before.entry is None or before.entry.is_directory:
        return before.entry is None or found.is_directory
    return before.done or found.size == before.entry.size


def _is_directory(ctx: OpContext, place: Location) -> bool:
    try:
        _, entry = ctx.vfs.resolve(place, fresh=True)
    except StorageError:
        return False
    return entry.opens_as_directory
