"""What the server of the active pane can do: shown, asked, tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.location import Location
from tfm.model.past import now
from tfm.model.text import safe_text, sentence
from tfm.ops import abilities as ops
from tfm.ops.context import OpContext, Report
from tfm.storage.server_facets import Acquaintance
from tfm.ui.messages import Answered

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.abilities import AbilitiesDialog

NO_SERVER = "there is no server to ask here"


def start(app: TfmApp) -> None:
    """Show what is known; probing and trying are buttons of the dialog."""
    place = now(app.session.pane.place)
    if app.vfs.known_facets(place).abilities is None:
        app.say(sentence(NO_SERVER), "warning")
        return
    from tfm.ui.dialogs.abilities import AbilitiesDialog

    dialog = AbilitiesDialog(
        f"The server of {safe_text(str(place))}", lambda button: _ASKS[button](asked)
    )
    asked = _Asked(app, place, dialog)
    asked.look(ops.known)
    app.push_screen(dialog, lambda _none: asked.leave())


class _Asked:
    """One dialog and the questions it has asked."""

    def __init__(self, app: TfmApp, place: Location, dialog: AbilitiesDialog) -> None:
        self._app = app
        self._place = place
        self._dialog = dialog
        self._leave: Callable[[], None] = lambda: None

    def look(self, what: Callable[[OpContext, Location], Acquaintance]) -> None:
        """Ask in the background and show the answer."""

        def work(cancel: CancelToken) -> Acquaintance:
            return what(OpContext(self._app.vfs, cancel=cancel), self._place)

        asked = self._app.bridge.ask(
            work, self._dialog.show, lambda error: self._dialog.failed(str(error))
        )
        self._leave = asked.cancel

    def leave(self) -> None:
        """The dialog was closed: nobody waits for the answer."""
        self._leave()

    def probe(self) -> None:
        """With requests that only read."""
        self._dialog.asking("Asking the server …")
        self.look(ops.probe)

    def try_writing(self) -> None:
        """After a question that names what will be written."""
        from tfm.ui.dialogs.confirm import Confirm

        app, here = self._app, self._place
        facet = app.vfs.known_facets(here).abilities
        if not here.container or facet is None:
            self._dialog.failed("Open a bucket first: a trial is written into one.")
            return
        if app.vfs.read_only or not app.vfs.features(here).writable:
            self._dialog.failed("This is read-only: nothing is written, not even for a trial.")
            return
        names = facet.trial_names(here)
        lines = [
            "Write two small objects, look what becomes of them, and remove them again?",
            *(f"  {safe_text(str(name))}" for name in names),
            "Nothing else is touched. About 20 requests.",
        ]

        def chosen(yes: bool | None) -> None:
            if yes:
                self._try(names)

        app.push_screen(Confirm("Try writing", lines, "Try"), chosen)

    def _try(self, names: Sequence[Location]) -> None:
        app, here = self._app, self._place

        def run(ctx: OpContext) -> Report:
            try:
                return ops.try_writing(ctx, here, names)
            finally:
                app.post_message(Answered(self._tried))

        self._dialog.asking("Trying …")
        title = f"Try writing in {safe_text(str(here))}"
        app.job_watcher.watch(app.jobs.submit(title, run, list(names)))

    def _tried(self) -> None:
        if self._dialog.is_attached:
            self.look(ops.known)


_ASKS: Mapping[str, Callable[[_Asked], None]] = {"probe": _Asked.probe, "trial": _Asked.try_writing}

HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"server_abilities": start}
