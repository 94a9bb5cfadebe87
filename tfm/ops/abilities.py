"""What the server of a place can do: known, asked, tried."""

from __future__ import annotations

from collections.abc import Sequence

from tfm.model.errors import Cancelled, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.past import now
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.storage.server_facets import Abilities, Acquaintance


def known(ctx: OpContext, place: Location) -> Acquaintance:
    """What is known so far; no request. Raises StorageError."""
    return facet_of(ctx, place).known(now(place))


def probe(ctx: OpContext, place: Location) -> Acquaintance:
    """Ask with requests that only read. Raises StorageError where nobody answers."""
    return facet_of(ctx, place).probe(now(place), ctx.cancel)


def try_writing(ctx: OpContext, place: Location, names: Sequence[Location]) -> Report:
    """Write at `names`, look what becomes of it, and remove it again."""
    facet, here, report = facet_of(ctx, place), now(place), Report("try")
    try:
        tried = ctx.vfs.apply(
            lambda _s: facet.try_writing(here, names, ctx.cancel), *names, verb="try writing in"
        )
    except Cancelled:
        ctx.end(report, ItemResult(here, None, Outcome.CANCELLED))
    except StorageError as error:
        failed = ItemResult(here, None, Outcome.FAILED, reason=str(error), error=error)
        ctx.end(report, failed)
    else:
        note = f"These could not be removed again: {tried.left}" if tried.left else ""
        ctx.end(report, ItemResult(here, None, Outcome.DONE, note=note))
    return report


def facet_of(ctx: OpContext, place: Location) -> Abilities:
    """The ability to tell of abilities. Raises Unsupported."""
    facet = ctx.vfs.facets(now(place)).abilities
    if facet is None:
        raise Unsupported(f"{ctx.vfs.features(place).title} has no server to ask.", place=place)
    return facet
