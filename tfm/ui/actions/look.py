"""Looking closer: details of a file or of the marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.ops.context import OpContext
from tfm.ops.size import Count, count
from tfm.storage.facets import Fact
from tfm.ui.messages import Answered

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

Picked = tuple[Location, Entry]


def count_for(
    app: TfmApp, picked: Sequence[Picked], show: Callable[[Count], None]
) -> Callable[[], None]:
    """Count what is there, with all beneath it, in the background; returns the way to stop."""

    def work(cancel: CancelToken) -> Count:
        def tell(so_far: Count) -> None:
            if not cancel.cancelled:
                app.post_message(Answered(lambda: show(so_far)))

        return count(OpContext(app.vfs, cancel=cancel), picked, tell)

    return app.bridge.ask(work, show).cancel


def details(app: TfmApp) -> None:
    """Show everything known about the marks, else about the row at the cursor."""
    from tfm.ui.dialogs.details import Details

    pane = app.session.pane
    picked = list(pane.picked())
    if not picked:
        app.say("There is nothing here to tell about.", "warning")
        return
    counting = any(entry.is_directory for _, entry in picked)
    dialog = Details(picked, counting=counting)
    stops = []
    if counting:
        stops.append(count_for(app, picked, dialog.counted))
    if len(picked) == 1:
        place, entry = picked[0]

        def failed(error: StorageError) -> None:
            dialog.described([Fact("Not known", str(error))])

        asked = app.bridge.ask(
            lambda _cancel: app.vfs.describe(place, entry), dialog.described, failed
        )
        stops.append(asked.cancel)

    def closed(_nothing: None) -> None:
        for stop in stops:
            stop()

    app.push_screen(dialog, closed)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "details": details,
}
