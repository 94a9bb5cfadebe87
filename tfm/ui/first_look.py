"""What a question wants to know before it is put: read in the background, and stopped by Esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_SILENT: Final = 0.4
"""Seconds after which a look that has not ended yet is told."""

R = TypeVar("R")


def look_first(
    app: TfmApp,
    place: Location,
    read: Callable[[Location, CancelToken], R],
    ask: Callable[[R], None],
) -> None:
    """Ask with what was read in the background.

    What takes longer than a moment says so, and Esc stops it: no form comes up later, over something else.
    """
    stops = app.key_of("cancel")
    told = f"Looking at {safe_text(place.name)} …  {stops} stops it."
    timer = app.set_timer(_SILENT, lambda: app.say(told))

    def stop() -> None:
        pending.cancel()
        timer.stop()
        app.stop_look = None

    def ended() -> None:
        stop()
        app.status.key_pressed()

    def answered(found: R) -> None:
        ended()
        ask(found)

    def failed(error: StorageError) -> None:
        ended()
        app.say(str(error), "error")

    if app.stop_look is not None:
        app.stop_look()
    pending = app.bridge.ask(lambda cancel: read(place, cancel), answered, failed)
    app.stop_look = stop
