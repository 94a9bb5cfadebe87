"""Tags of a selection: added, removed, replaced, looked for."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from tfm.model.errors import StorageError, TooLate, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.objects import SO_ALREADY, each
from tfm.ops.plan import Item, Picked
from tfm.storage.object_facets import Pairs, Tags


class Way(enum.Enum):
    """What becomes of the tags that are there already."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace all"


def parse_tag(text: str) -> tuple[str, str]:
    """`name = value`, `name=value` or `name`; a name may have an equals sign itself. Raises ValueError."""
    name, sign, value = text.partition(" = ")
    if not sign:
        name, _, value = text.partition("=")
    name, value = name.strip(), value.strip()
    if not name:
        raise ValueError("Tags: write name = value.")
    return name, value


def changed(before: Pairs, way: Way, given: Pairs) -> Pairs:
    """The tags that result."""
    if way is Way.REPLACE:
        return tuple(sorted(dict(given).items()))
    if way is Way.ADD:
        return tuple(sorted({**dict(before), **dict(given)}.items()))
    # a name alone removes it whatever its value
    gone = {name for name, value in before if (name, value) in given or (name, "") in given}
    return tuple(pair for pair in before if pair[0] not in gone)


def tag(
    ctx: OpContext,
    picked: Sequence[Picked],
    way: Way,
    given: Pairs,
    expected: Pairs | None = None,
) -> Report:
    """Change the tags of every object: its tags are read, and written where they are others.

    With `expected`, the tags that somebody saw and edited, an object that has others by now stays as it is.
    """

    def act(item: Item, _alone: bool) -> ItemResult:
        place = item.source
        facet = _tags_at(ctx, place, "tag")
        before = facet.tags(place, ctx.cancel)
        if expected is not None and before != expected:
            raise TooLate(
                f"Cannot tag {safe_text(str(place))}: somebody changed its tags meanwhile.",
                place=place,
                verb="tag",
                hint="Nothing was written. Look at them again.",
            )
        after = changed(before, way, given)
        if after == before:
            return ItemResult(place, None, Outcome.SKIPPED, reason=SO_ALREADY)
        if fault := facet.fault_in(after):
            raise StorageError(fault, place=place, verb="tag")
        ctx.vfs.apply(lambda _s: facet.set_tags(place, after, ctx.cancel), place, verb="tag")
        return ItemResult(place, None, Outcome.DONE)

    return each(ctx, picked, "tag", act)


def find_tagged(
    ctx: OpContext, picked: Sequence[Picked], wanted: str, found: Callable[[Location], None]
) -> Report:
    """Ask every object for its tags, one request each, and name those that have one as `wanted`.

    `wanted` is a name or `name=value`, both with `*` and `?`; where a name has an equals sign itself,
    `name = value`, as in `parse_tag`, or the name alone.
    """
    sign = " = " if " = " in wanted else "="
    name, found_sign, value = (part.strip() for part in wanted.partition(sign))

    def act(item: Item, _alone: bool) -> ItemResult:
        place = item.source
        for key, text in _tags_at(ctx, place, "look at").tags(place, ctx.cancel):
            fits = not found_sign or fnmatchcase(text, value)
            if (fits and fnmatchcase(key, name)) or fnmatchcase(key, wanted.strip()):
                found(place)
                break
        return ItemResult(place, None, Outcome.DONE)

    return each(ctx, picked, "look at", act)


def _tags_at(ctx: OpContext, place: Location, verb: str) -> Tags:
    facet = ctx.vfs.facets(place).tags
    if facet is None:
        raise Unsupported(f"{ctx.vfs.features(place).title} has no tags.", place=place, verb=verb)
    return facet
