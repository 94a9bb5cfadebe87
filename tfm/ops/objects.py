"""What objects have besides their bytes, changed for a selection: each of them, and all beneath."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tfm.model.change import NOTHING
from tfm.model.entry import Entry, Kind
from tfm.model.errors import Cancelled, StorageError, TooLate, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.plan import Item, Picked, Plan, walk
from tfm.storage.object_facets import Edit

Act = Callable[[Item, bool], ItemResult]
"""Does one item; with True it may use all spare hands."""

SO_ALREADY = "it is so already"


def objects_of(ctx: OpContext, picked: Sequence[Picked]) -> tuple[Plan, bool]:
    """Every object of a selection, asked afresh; False if it was cancelled."""
    plan = Plan()
    try:
        for place, entry in picked:
            ctx.cancel.check()
            walk(ctx, Item(place, entry, place), plan)
    except Cancelled:
        return plan, False
    ctx.meter.planned()
    return plan, True


def each(
    ctx: OpContext, picked: Sequence[Picked], verb: str, act: Act, *, large_above: int = 2**63 - 1
) -> Report:
    """Do every object, many at a time; those above a size in bytes alone. Each is in the report."""
    report = Report(verb)
    plan, whole = objects_of(ctx, picked)
    for item, error in plan.unreadable:
        failed = ItemResult(item.source, None, Outcome.FAILED, reason=str(error), error=error)
        ctx.end(report, failed)
    if not whole:
        return report
    ctx.meter.finish(len(plan.directories))
    small = [item for item in plan.others if (item.entry.size or 0) <= large_above]
    large = [item for item in plan.others if (item.entry.size or 0) > large_above]

    def one(item: Item, *, alone: bool = False) -> ItemResult:
        ctx.meter.start(item.source)
        try:
            ctx.cancel.check()
            return act(item, alone)
        except Cancelled:
            return ItemResult(item.source, None, Outcome.CANCELLED)
        except StorageError as error:
            return ItemResult(item.source, None, Outcome.FAILED, reason=str(error), error=error)

    for result in ctx.fan_out(one, small):
        ctx.end(report, result)
    for item in large:
        ctx.end(report, one(item, alone=True))
    return report


def rewrite(ctx: OpContext, picked: Sequence[Picked], edit: Edit) -> Report:
    """Change headers, metadata, class or encryption of every object; what is so already is skipped."""

    def act(item: Item, alone: bool) -> ItemResult:
        return _rewritten(ctx, item, edit, alone=alone)

    return each(ctx, picked, "rewrite", act, large_above=_limit(ctx, picked))


def _limit(ctx: OpContext, picked: Sequence[Picked]) -> int:
    facet = ctx.vfs.facets(picked[0][0]).rewrite if picked else None
    return 0 if facet is None else facet.parts_above


def _rewritten(ctx: OpContext, item: Item, edit: Edit, *, alone: bool) -> ItemResult:
    place, entry = item.source, item.entry
    facet = ctx.vfs.facets(place).rewrite
    if facet is None:
        raise Unsupported(refusal(ctx, place), place=place, verb="change")
    written = ctx.vfs.apply(
        lambda _s: facet.rewrite(place, entry, edit, ctx.work(alone=alone)),
        place,
        verb="change",
    )
    if written.change == NOTHING:
        return ItemResult(place, None, Outcome.SKIPPED, reason=SO_ALREADY)
    note = " ".join(written.notes)
    size, evidence = entry.size or 0, written.evidence
    return ItemResult(place, None, Outcome.DONE, size=size, note=note, evidence=evidence)


def change_class(ctx: OpContext, picked: Sequence[Picked], wanted: str) -> Report:
    """Give every object another storage class, where that can be; the reason where it cannot."""

    def act(item: Item, alone: bool) -> ItemResult:
        tiers = ctx.vfs.facets(item.source).tiers
        fault = tiers.fault(item.source, item.entry, wanted) if tiers is not None else ""
        if fault:
            raise StorageError(f"{safe_text(str(item.source))}: {fault}.", place=item.source)
        return _rewritten(ctx, item, Edit(storage_class=wanted), alone=alone)

    return each(ctx, picked, "rewrite", act, large_above=_limit(ctx, picked))


def restore(ctx: OpContext, picked: Sequence[Picked], days: int, speed: str) -> Report:
    """Ask for a readable copy of every archived object; what needs none is skipped."""

    def act(item: Item, _alone: bool) -> ItemResult:
        place = item.source
        facet = ctx.vfs.facets(place).tiers
        if facet is None:
            told = f"{ctx.vfs.features(place).title} has no archive."
            raise Unsupported(told, place=place, verb="restore")
        if reason := facet.restorable(item.entry, speed):
            return ItemResult(place, None, Outcome.SKIPPED, reason=reason)
        try:
            ctx.vfs.apply(
                lambda _s: facet.restore(place, item.entry, days, speed, ctx.cancel),
                place,
                verb="restore",
            )
        except TooLate as error:
            return ItemResult(place, None, Outcome.SKIPPED, reason=str(error))
        return ItemResult(place, None, Outcome.DONE)

    return each(ctx, picked, "restore", act)


def set_access(ctx: OpContext, picked: Sequence[Picked], kind: str) -> Report:
    """Give every object another access list."""

    def act(item: Item, _alone: bool) -> ItemResult:
        place = item.source
        facet = ctx.vfs.facets(place).access
        if facet is None:
            told = f"{ctx.vfs.features(place).title} has no such access lists."
            raise Unsupported(told, place=place, verb="set access to")
        ctx.vfs.apply(
            lambda _s: facet.set_access(place, kind, ctx.cancel), place, verb="set access to"
        )
        return ItemResult(place, None, Outcome.DONE)

    return each(ctx, picked, "access", act)


def refusal(ctx: OpContext, place: Location) -> str:
    """Why nothing of the kind can be changed there; empty if it can."""
    if ctx.vfs.facets(place).rewrite is not None:
        return ""
    return f"{ctx.vfs.features(place).title} keeps no headers or metadata."


def single(picked: Sequence[Picked]) -> tuple[Location, Entry] | None:
    """The one object that was picked, if it is one."""
    if len(picked) == 1 and picked[0][1].kind is Kind.FILE:
        return picked[0]
    return None
