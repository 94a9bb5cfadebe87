"""Gives many things other names at once; names may be swapped and go round in circles.

Nothing is ever replaced: each step fails if its name is taken. A circle is walked whole or, if a
step fails, backwards again, so that no thing keeps its third name. What was reached when a run is
cut off can be told from which of the names are free, and the next run goes on from there.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer, Conflict, Decision, Policy
from tfm.model.entry import Entry, LocalDetails, same_content
from tfm.model.errors import AlreadyExists, Cancelled, NotFound, StorageError, TooLate
from tfm.model.location import Location, Style
from tfm.model.text import safe_text
from tfm.ops.compare import is_copy
from tfm.ops.context import ItemResult, Meter, OpContext, Outcome, Report
from tfm.ops.plan import Picked
from tfm.ops.record import FORGETS
from tfm.ops.remove import remove
from tfm.ops.rename_plan import Chain, Step, chains, renamed
from tfm.ops.tree import move

THIRD_NAME = ".tfm-swap-"
_NEVER_REPLACE = Policy(Answer.FAIL)


def new_spare() -> str:
    """How the third names of one bulk rename begin: nothing else is called so."""
    return f"{THIRD_NAME}{secrets.token_hex(6)}-"


def rename_many(
    ctx: OpContext, picked: Sequence[Picked], names: Sequence[str], spare: str, *, again: bool
) -> Report:
    """Give each thing its name, in one order or another; names that stay are to be left out.

    With `again` an earlier run of the same was cut off, and this one takes it up.
    """
    return _Renaming(ctx, picked, names, again=again).run(spare)


def taken_back(
    ctx: OpContext, picked: Sequence[Picked], report: Report
) -> tuple[list[Picked], list[str]]:
    """What undoes a bulk rename: the things under their new names, as they are now, and their old names.

    What is no longer the thing that was renamed is left out.
    """  # fmt: skip
    seen = dict(picked)
    things: list[Picked] = []
    names: list[str] = []
    for item in report.items:
        if item.outcome is not Outcome.DONE or item.destination is None:
            continue
        now = _there(ctx, item.destination)
        if now is not None and _same_thing(seen[item.source], now):
            things.append((item.destination, now))
            names.append(item.source.name)
    return things, names


class _Renaming:
    def __init__(
        self, ctx: OpContext, picked: Sequence[Picked], names: Sequence[str], *, again: bool
    ) -> None:
        self.ctx = ctx
        self.picked = picked
        self.names = names
        self.again = again
        self.report = Report("rename")
        self._begun = False

    def run(self, spare: str) -> Report:
        sources = [place for place, _ in self.picked]
        targets = [renamed(one, name) for one, name in zip(self.picked, self.names, strict=True)]
        self.ctx.meter.plan(len(sources), 0)
        self.ctx.meter.planned()
        for chain in chains(sources, targets, spare):
            walk = self._circle if chain.circle else self._row
            walk(chain)
        return self.report

    # -- a row: each step stands for itself ----------------------------------------------------------

    def _row(self, chain: Chain) -> None:
        try:
            done = self._reached(chain)
        except StorageError as error:
            self._fail(chain.steps, error)
            return
        self._done(chain.steps[:done])
        for at, step in enumerate(chain.steps[done:], done):
            try:
                self.ctx.cancel.check()
                self._act(step, self.ctx)
            except Cancelled:
                self._end(chain.steps[at:], Outcome.CANCELLED)
                return
            except StorageError as error:
                self._fail([step], error)
                self._blocked(chain.steps[at + 1 :], step)
                return
            self._done([step])

    def _blocked(self, steps: Sequence[Step], by: Step) -> None:
        reason = f"{safe_text(by.source.name)} kept its name, which was to be free."
        self._end(steps, Outcome.FAILED, reason=reason)

    # -- a circle: all or nothing ----------------------------------------------------------------------

    def _circle(self, chain: Chain) -> None:
        things = chain.steps[1:]  # the first has two steps
        try:
            done = self._reached(chain)
        except StorageError as error:
            self._fail(things, error)
            return
        at = done
        try:
            if self._was_turning_back(chain):
                at = min(done, len(chain.steps) - 1)
                raise StorageError("It had failed and was taken back.", place=things[0].source)
            for at in range(done, len(chain.steps)):
                self.ctx.cancel.check()
                self._act(chain.steps[at], self.ctx)
        except (Cancelled, StorageError) as error:
            stuck = self._back(chain.steps[:at], chain.steps[at])
            if isinstance(error, Cancelled) and not stuck:
                self._end(things, Outcome.CANCELLED)
            else:
                failure = error if isinstance(error, StorageError) else None
                told = str(error) if failure is not None else "It was cancelled."
                self._end(things, Outcome.FAILED, reason=" ".join([told, *stuck]), error=failure)
            return
        self._done(things)

    def _back(self, steps: Sequence[Step], last: Step) -> list[str]:
        """Walk backwards, from what `last` had begun. Says what could not be taken back."""
        third = (steps or [last])[0].target
        # who takes this up after a kill must not take it for a circle that was walked
        self.ctx.recorder.opened(third, self.picked[last.number][1], third, None)
        ctx = replace(self.ctx, cancel=CancelToken(), recorder=FORGETS)
        stuck: list[str] = []
        for step in reversed([*steps, last]):
            back = Step(step.number, step.target, step.source)
            try:
                now = _there(ctx, step.target)
                if now is None:
                    continue
                if step is last:
                    source = _there(ctx, step.source)
                    if source is not None and not now.is_directory:
                        self._drop_copy(ctx, step, source, now)
                        continue
                    mine = self._begun or _same_thing(self.picked[step.number][1], now)
                    if not mine or (source is not None and not self._begun):
                        continue  # somebody else's, it was in the way
                self._act(back, ctx, entry=now, merge=True)
            except StorageError as error:
                stuck.append(f"{safe_text(step.target.name)} kept this name: {error.message}")
        return stuck

    def _drop_copy(self, ctx: OpContext, step: Step, source: Entry, copied: Entry) -> None:
        """The source could not be removed, and stands twice: what is the same byte for byte may go."""
        if self._begun and is_copy(ctx, step.source, source, step.target, copied):
            for item in remove(ctx, [(step.target, copied)]).failures:
                raise item.error or StorageError(item.reason, place=step.target)

    # -- one step --------------------------------------------------------------------------------------

    def _act(
        self, step: Step, ctx: OpContext, *, entry: Entry | None = None, merge: bool = False
    ) -> None:
        """Give one name. Raises StorageError; AlreadyExists if it is taken."""
        seen = self.picked[step.number][1] if entry is None else entry
        self._begun = False
        facet = ctx.vfs.facets(step.source).rename
        if facet is not None:
            now = ctx.vfs.stat(step.source, fresh=True)
            if not _same_thing(seen, now):
                raise _changed(step.source)
            ctx.vfs.apply(
                lambda _s: facet.rename(step.source, step.target),
                step.source,
                step.target,
                verb="rename",
            )
            return
        directory = step.target.looks_like_directory
        begun = merge or (self.again and self._was_begun(step))
        if directory and not begun and _there(ctx, step.target) is not None:
            raise AlreadyExists(
                f"{safe_text(str(step.target))} is already there.", place=step.target, verb="rename"
            )
        if entry is None and not directory:
            seen = self._now(ctx, step, seen)
        resolver = _OnlyItsCopy(ctx) if merge else _NEVER_REPLACE
        meter = _Bytes(ctx.meter)
        quiet = replace(ctx, meter=meter, on_item=lambda _item: None, resolver=resolver)
        self._begun = True
        report = move(quiet, [(step.source, seen)], step.target, into=False)
        for item in report.items:
            if item.outcome is Outcome.CANCELLED:
                raise Cancelled
            if item.outcome is not Outcome.DONE:
                if isinstance(item.error, AlreadyExists) and not directory:
                    self._begun = False
                raise item.error or StorageError(item.reason, place=item.source, verb="rename")

    def _now(self, ctx: OpContext, step: Step, seen: Entry) -> Entry:
        """An object as it lies there; a copy under a third name has another time."""
        if step.source == self.picked[step.number][0] and not self.again:
            return seen
        now = ctx.outlast(lambda: ctx.vfs.stat(step.source, fresh=True))
        if now.is_directory or now.size != seen.size:
            raise _changed(step.source)
        return now

    # -- what an earlier run had reached ---------------------------------------------------------------

    def _reached(self, chain: Chain) -> int:
        """How many steps are done, told from which names are free: after each it is another one.

        Raises TooLate if what is there fits no moment of the earlier run.
        """
        if not self.again:
            return 0
        steps = chain.steps
        there = {place: _there(self.ctx, place) for step in steps for place in _ends(step)}
        full = {place for place, entry in there.items() if entry is not None}
        if len(full) == len(there):  # a copy stands, and its source as well
            begun = [at for at, step in enumerate(steps) if self._was_begun(step)]
            if not begun or self.ctx.vfs.facets(steps[0].source).rename is not None:
                raise _changed(steps[0].source)
            self._begun = True
            return begun[-1]
        expected = {step.source for step in steps} - ({steps[-1].source} if chain.circle else set())
        fits: list[int] = []
        for done in range(len(steps) + 1):
            if expected == full:
                fits.append(done)
            if done < len(steps):
                expected = expected - {steps[done].source} | {steps[done].target}
        if not fits:
            raise _changed(steps[0].source)
        if len(fits) == 2 and self._walked(chain, there):
            return fits[1]
        return fits[0]

    def _walked(self, chain: Chain, there: Mapping[Location, Entry | None]) -> bool:
        """A circle has the same free name before and after."""
        if chain.steps[0].source.root.style is Style.KEY:
            return self._was_begun(chain.steps[1])
        found = [(there[step.target], self.picked[step.number][1]) for step in chain.steps[1:]]
        return all(now is not None and _same_thing(seen, now) for now, seen in found)

    def _was_begun(self, step: Step) -> bool:
        before = self.ctx.recorder.before(step.source)
        return before is not None and before.target in (step.target, self._final(step))

    def _final(self, step: Step) -> Location:
        return renamed(self.picked[step.number], self.names[step.number])

    def _was_turning_back(self, chain: Chain) -> bool:
        third = chain.steps[0].target
        before = self.ctx.recorder.before(third) if self.again else None
        return before is not None and before.target == third

    # -- the report ------------------------------------------------------------------------------------

    def _done(self, steps: Sequence[Step]) -> None:
        self._end(steps, Outcome.DONE)

    def _fail(self, steps: Sequence[Step], error: StorageError) -> None:
        self._end(steps, Outcome.FAILED, reason=str(error), error=error)

    def _end(
        self,
        steps: Sequence[Step],
        outcome: Outcome,
        *,
        reason: str = "",
        error: StorageError | None = None,
    ) -> None:
        for step in steps:
            source = self.picked[step.number][0]
            result = ItemResult(source, self._final(step), outcome, reason=reason, error=error)
            self.ctx.end(self.report, result)


class _OnlyItsCopy:
    """On the way back an object may meet itself, when its source could not be removed."""

    def __init__(self, ctx: OpContext) -> None:
        self._ctx = ctx

    def resolve(self, conflict: Conflict) -> Decision:
        same = is_copy(
            self._ctx,
            conflict.source,
            conflict.source_entry,
            conflict.destination,
            conflict.destination_entry,
        )
        return Decision(Answer.OVERWRITE if same else Answer.FAIL)


class _Bytes(Meter):
    """Passes bytes on; the things are counted once each, not once for every step and object."""

    def __init__(self, outer: Meter) -> None:
        super().__init__()
        self._outer = outer

    def plan(self, items: int, size: int) -> None:
        del items
        self._outer.plan(0, size)

    def start(self, location: Location) -> None:
        self._outer.start(location)

    def advance(self, size: int) -> None:
        self._outer.advance(size)


def _ends(step: Step) -> tuple[Location, Location]:
    return step.source, step.target


def _there(ctx: OpContext, place: Location) -> Entry | None:
    try:
        return ctx.outlast(lambda: ctx.vfs.stat(place, fresh=True))
    except NotFound:
        return None


def _same_thing(seen: Entry, now: Entry) -> bool:
    """True for the same file, or the same directory whatever was done inside it."""
    if seen.is_directory and now.is_directory:
        mine, theirs = seen.details, now.details
        if isinstance(mine, LocalDetails) and isinstance(theirs, LocalDetails):
            return (mine.dev, mine.ino) == (theirs.dev, theirs.ino)
        return True
    if seen.etag and now.etag and seen.kind is now.kind:
        # a copy on the server may have an ETag of another form
        return seen.size == now.size and (seen.etag == now.etag or "-" in seen.etag + now.etag)
    return same_content(seen, now)


def _changed(place: Location) -> TooLate:
    return TooLate(
        f"{safe_text(str(place))} is no longer what was to be renamed.",
        place=place,
        verb="rename",
        hint="Refresh and look again.",
    )
