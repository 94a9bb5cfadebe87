"""A second one of something: a copy beside it, or a link to it elsewhere."""

from __future__ import annotations

import enum
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from tfm.model.change import Change
from tfm.model.conflict import Answer, Policy
from tfm.model.errors import Cancelled, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.naming import numbered
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.make import check_name
from tfm.ops.plan import Picked
from tfm.ops.tree import copy


class LinkKind(enum.Enum):
    """What a link says."""

    ABSOLUTE = "symbolic, with the full path"
    RELATIVE = "symbolic, with the way from there"
    HARD = "hard: one more name of the file"


def free_name(name: str, taken: Collection[str], *, directory: bool) -> str:
    """`name (2).ext`, or with the next number that is free."""
    return next(each for each in numbered(name, directory=directory) if each not in taken)


def duplicate(ctx: OpContext, picked: Sequence[Picked], names: Sequence[str]) -> Report:
    """Copy each thing under its new name into the directory where it is; never replaces anything."""
    whole = Report("copy")
    ctx = replace(ctx, resolver=Policy(Answer.FAIL))
    for (place, entry), name in zip(picked, names, strict=True):
        target = place.parent.child(name, directory=entry.is_directory)
        try:
            ctx.cancel.check()
            check_name(ctx, target, "copy")
            whole.items += copy(ctx, [(place, entry)], target, into=False).items
        except Cancelled:
            ctx.end(whole, ItemResult(place, target, Outcome.CANCELLED))
        except StorageError as error:
            ctx.meter.plan(1, 0)
            ctx.end(
                whole, ItemResult(place, target, Outcome.FAILED, reason=str(error), error=error)
            )
    return whole


def link(ctx: OpContext, picked: Sequence[Picked], directory: Location, kind: LinkKind) -> Report:
    """Make a link to each thing, of the same name, in `directory`; never replaces anything."""
    report = Report("link")
    ctx.meter.plan(len(picked), 0)
    ctx.meter.planned()
    for place, _entry in picked:
        target = directory.child(place.name)
        ctx.attempt(report, place, target, partial(_link, ctx, place, target, kind))
    return report


def refusal(ctx: OpContext, source: Location, directory: Location) -> str:
    """Why there can be no links from one place to the other; empty if there can."""
    for place in (source, directory):
        if ctx.vfs.facets(place).links is None:
            return f"{ctx.vfs.features(place).title} knows no links."
    return "" if source.root == directory.root else "A link stays within one storage."


def _link(ctx: OpContext, source: Location, target: Location, kind: LinkKind) -> Change:
    why_not = refusal(ctx, source, target)
    facets = ctx.vfs.facets(target)
    if why_not or facets.links is None:
        raise Unsupported(why_not, place=target, verb="link")
    check_name(ctx, target, "link")
    links = facets.links
    if kind is LinkKind.HARD:
        return ctx.vfs.apply(lambda _s: links.make_hard_link(target, source), target, verb="link")
    text = source.key
    if kind is LinkKind.RELATIVE and facets.local_path is not None:
        # `..` of a link is that of the directory it really lies in
        way = facets.local_path.local_path
        above = os.path.realpath(way(source.parent))
        text = os.path.join(
            os.path.relpath(above, os.path.realpath(way(target.parent))), source.name
        )
        text = text.removeprefix("./")
    return ctx.vfs.apply(lambda _s: links.make_link(target, text), target, verb="link")
