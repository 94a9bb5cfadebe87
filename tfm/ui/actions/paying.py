"""Buckets of others for which one's own account would pay: asked about once each, with the price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tfm.model.errors import NeedsPayment, StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ui.screen import PanesScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def asked_to_pay(app: TfmApp, error: StorageError | None, again: Callable[[], None]) -> bool:
    """Ask whether to pay, if that may be what a server wants; `again` tries once more after a yes.

    False if this error is about something else, or somebody else has the floor.
    """
    if not isinstance(error, NeedsPayment) or error.place is None:
        return False
    place, facet = error.place, app.vfs.known_facets(error.place).payment
    if facet is None or not isinstance(app.screen, PanesScreen):
        return False
    from tfm.ui.dialogs.confirm import Confirm

    def answered(yes: bool | None) -> None:
        facet.answer(place, pay=bool(yes))
        if yes:
            again()

    lines = question(place, facet.price)
    app.push_screen(Confirm("Requester pays?", lines, "Pay"), answered)
    return True


def question(place: Location, price: Sequence[str]) -> list[str]:
    """What is asked."""
    return [
        f"Access to “{safe_text(place.container)}” was denied.",
        "It may open to whoever agrees to pay for requests.",
        *price,
        "Pay for this bucket, until tfm ends?",
    ]
