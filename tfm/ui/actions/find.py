"""Finding: incremental search, filter, search below a directory, comparing with the other pane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def search(app: TfmApp) -> None:
    """Type part of a name; the cursor goes there."""
    from tfm.ui.typing import SearchMode

    SearchMode(app).begin()


def filter_rows(app: TfmApp) -> None:
    """Type a pattern; only what fits is shown."""
    from tfm.ui.typing import FilterMode

    FilterMode(app).begin()


def clear_filter(app: TfmApp) -> None:
    """Show all names again."""
    if not app.session.pane.filter:
        app.say("There is no filter here.")
        return
    app.navigator.filter_by(app.session.active, "")
    app.say("All names are shown.")


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "search": search,
    "filter": filter_rows,
    "clear_filter": clear_filter,
}
