"""The figures of this run, and emptying the caches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.change import beneath
from tfm.model.location import Location, Style
from tfm.session.statistics import lines_of
from tfm.storage.statistics import forget_cached, statistics

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_READ_AGAIN = "The next look at it asks the server."


def show(app: TfmApp) -> None:
    """All figures; nothing is asked of a server for them."""
    from tfm.ui.dialogs.statistics import StatisticsDialog

    place = app.session.pane.place

    def clear_all() -> str:
        forget_cached(app.vfs)
        app.earlier.clear()
        return f"The caches are empty. {_READ_AGAIN}"

    def clear_bucket() -> str:
        if place.root.style is not Style.KEY or not place.container:
            return "The active pane is in no bucket."
        return clear(Location(place.root, f"{place.container}/"))

    def clear_prefix() -> str:
        if place.root.style is not Style.KEY or not place.container:
            return "The active pane is in no bucket."
        return clear(place.as_directory())

    def clear(directory: Location) -> str:
        forget_cached(app.vfs, beneath(directory))
        app.earlier.forget(beneath(directory))
        return f"Nothing is kept of {directory}. {_READ_AGAIN}"

    app.push_screen(
        StatisticsDialog(
            lambda: lines_of(statistics(app.vfs)),
            {"all": clear_all, "bucket": clear_bucket, "prefix": clear_prefix},
        )
    )


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"statistics": show}
