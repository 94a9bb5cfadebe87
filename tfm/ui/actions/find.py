"""Finding: incremental search, filter, search below a directory, comparing with the other pane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.location import Style

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


def _find(content: bool) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        from tfm.ui.dialogs.find import FindDialog, Found

        side, place = app.session.active, app.session.pane.place
        if place.root.style is Style.KEY and place.is_top:
            app.say("Open a bucket first: a search reads one bucket, not the whole account.")
            return

        def apply(found: Found | None) -> None:
            if found is None:
                return
            if found.hit is None:
                app.navigator.show_results(side, found.hunt)
                return
            entry = found.hit.entry
            where = place.child(found.hit.path, directory=entry.is_directory)
            land_on = (where.name, entry.is_directory)
            app.navigator.enter(side, where.parent, land_on=land_on)

        app.push_screen(FindDialog(app, content=content), apply)

    return act


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "search": search,
    "filter": filter_rows,
    "clear_filter": clear_filter,
    "find_name": _find(False),
    "find_content": _find(True),
}
