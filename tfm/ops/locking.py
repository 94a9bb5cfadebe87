"""Locks of a selection: retention and legal hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tfm.model.change import NOTHING
from tfm.model.errors import StorageError, Unsupported
from tfm.model.location import Location
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.objects import SO_ALREADY, each, objects_of
from tfm.ops.plan import Item, Picked
from tfm.storage.object_locks import FOR_GOOD, Lock, LockEdit, Locks
from tfm.storage.vfs import Vfs

_FROM_NOW = re.compile(r"(\d{1,5})\s*([dwy])")
_DAYS = {"d": 1, "w": 7, "y": 365}
_NS = 10**9
_FORMS = "Write 30d, 12w or 7y from now, or 2027-01-31, with 12:00 if you like."
_LAST_YEAR = 2999
_BEYOND = datetime(_LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()


def parse_until(text: str, now_ns: int) -> int:
    """Nanoseconds since 1970, whole seconds: so long from now, or a date in local time.

    Raises ValueError, also for what is past.
    """
    text = text.strip()
    found = _FROM_NOW.fullmatch(text.lower())
    if found:
        until = now_ns // _NS + int(found[1]) * _DAYS[found[2]] * 86400
        if until >= _BEYOND:
            raise ValueError(_FORMS)
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(_FORMS) from None
        if not 1970 <= moment.year <= _LAST_YEAR:
            raise ValueError(_FORMS)
        until = int(moment.timestamp())
    if until * _NS <= now_ns:
        raise ValueError("That is not in the future.")
    return until * _NS


def locks_of(vfs: Vfs, place: Location) -> Locks:
    """The ability of a place. Raises Unsupported."""
    facet = vfs.facets(place).locks
    if facet is None:
        raise Unsupported(f"{vfs.features(place).title} has no locks.", place=place, verb="lock")
    return facet


def question_for_good(what: str, until: str) -> str:
    """What is asked before a retention that nobody can take back; the word is to be typed."""
    return (
        f"Before {until} nobody can delete or unlock {what}, not even the owner of the "
        f"account, and all of it is paid for until then. Type {FOR_GOOD} to lock:"
    )


def locks_in(
    ctx: OpContext, picked: Sequence[Picked]
) -> Iterator[tuple[Location, Lock | StorageError]]:
    """The lock of every object, and of all inside of directories, or why it cannot be told.

    A request for each, many at a time, in any order. Raises Cancelled.
    """
    plan, _whole = objects_of(ctx, picked)
    ctx.cancel.check()

    def look(item: Item) -> tuple[Location, Lock | StorageError]:
        try:
            return item.source, locks_of(ctx.vfs, item.source).lock(item.source, ctx.cancel)
        except StorageError as error:
            return item.source, error

    for item, error in plan.unreadable:
        yield item.source, error
    yield from ctx.fan_out(look, plan.others)


def set_lock(ctx: OpContext, picked: Sequence[Picked], edit: LockEdit) -> Report:
    """Change the lock of every object, where it is another one; the current version is meant."""

    def act(item: Item, _alone: bool) -> ItemResult:
        place = item.source
        facet = locks_of(ctx.vfs, place)
        change = ctx.vfs.apply(
            lambda _s: facet.set_lock(place, edit, ctx.cancel), place, verb="lock"
        )
        if change == NOTHING:
            return ItemResult(place, None, Outcome.SKIPPED, reason=SO_ALREADY)
        return ItemResult(place, None, Outcome.DONE)

    return each(ctx, picked, "lock", act)
