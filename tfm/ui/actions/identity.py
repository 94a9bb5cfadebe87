"""As whom the active pane asks its server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.past import now
from tfm.model.text import safe_text, sentence
from tfm.storage.facets import Fact

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

NO_LOGIN = "nobody logs in to what is here"


def show(app: TfmApp) -> None:
    """Where the credentials come from, whose they are, and until when: asked now."""
    from tfm.ui.dialogs.facts import FactsDialog

    place = now(app.session.pane.place)
    if app.vfs.known_facets(place).login is None:
        app.say(sentence(NO_LOGIN), "warning")
        return

    def work(_cancel: CancelToken) -> Sequence[Fact]:
        facet = app.vfs.facets(place).login
        return () if facet is None else facet.login(place)

    name = place.container or str(place)
    dialog = FactsDialog(f"Identity at {safe_text(name)}")
    asked = app.bridge.ask(work, dialog.told, lambda error: dialog.failed(error.in_full))
    app.push_screen(dialog, lambda _none: asked.cancel())


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"identity": show}
