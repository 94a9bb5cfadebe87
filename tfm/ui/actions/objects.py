"""How actions on objects begin: with the ability of the storage, and with what a single object has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from tfm.model.cancel import CancelToken
from tfm.model.location import Location
from tfm.model.text import safe_text, sentence
from tfm.ops.objects import single
from tfm.ops.plan import Picked
from tfm.storage.facets import Facets
from tfm.storage.object_facets import Held, Rewrite
from tfm.ui.actions.reasons import NEEDS
from tfm.ui.first_look import look_first
from tfm.ui.selection import picked_in_buckets

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

F = TypeVar("F")
R = TypeVar("R")


def begin(
    app: TfmApp, action: str, ability: Callable[[Facets], F | None]
) -> tuple[list[Picked], F] | None:
    """What the action works on, and what does it; None after saying why there is nothing to do."""
    picked = picked_in_buckets(app)
    if not picked:
        return None
    facet = ability(app.vfs.known_facets(picked[0][0]))
    if facet is None:
        reason = NEEDS[action][1]
        app.say(sentence(reason), "warning")
        return None
    return picked, facet


def look_at_one(
    app: TfmApp,
    picked: list[Picked],
    read: Callable[[Location, CancelToken], R],
    ask: Callable[[R | None], None],
) -> None:
    """Ask with what a single object has, read in the background; of several nothing is read."""
    one = single(picked)
    if one is None:
        ask(None)
    else:
        look_first(app, one[0], read, ask)


def begin_rewrite(
    app: TfmApp, action: str, ask: Callable[[Rewrite, list[Picked], Held | None], None]
) -> None:
    """For what copies objects onto themselves: a single one is asked about as it was just looked at."""
    begun = begin(app, action, lambda facets: facets.rewrite)
    if begun is None:
        return
    picked, facet = begun

    def looked(held: Held | None) -> None:
        tiers = app.vfs.known_facets(picked[0][0]).tiers
        if held is not None and tiers is not None and tiers.archived(held.entry):
            name = safe_text(picked[0][0].name)
            app.say(f"{name} is archived: restore it from the archive first.", "warning")
            return
        ask(facet, picked if held is None else [(picked[0][0], held.entry)], held)

    look_at_one(app, picked, lambda place, _cancel: facet.held(place), looked)
