"""Take along and put down: copy and move without the other pane, as vim hands do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from tfm.model.naming import told_apart
from tfm.model.text import plural, safe_text
from tfm.ops.order import Order
from tfm.session.taken import Taken

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def _take(verb: Literal["copy", "move"]) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        pane = app.session.pane
        picked = pane.picked()
        if not picked:
            app.say("There is nothing here to take along.", "warning")
            return
        if verb == "move" and any(place.is_container for place, _ in picked):
            app.say("Buckets cannot be moved. Open one and mark what it holds.", "warning")
            return
        names: tuple[str, ...] = ()
        if pane.results is not None:
            # results of one name come from several directories and go into one
            names = told_apart([(place.name, entry.is_directory) for place, entry in picked])
        app.session.taken = Taken(verb, picked, names)
        keys = app.keymap.labels_of("paste")
        where = f"{keys[0]} puts it" if keys else "put it"
        what = safe_text(picked[0][0].name) if len(picked) == 1 else plural(len(picked), "item")
        done = "to be copied" if verb == "copy" else "to be moved"
        app.say(f"{what} taken along {done}: {where} into the directory you go to.", "good")

    return act


def paste(app: TfmApp) -> None:
    """Copy or move what was taken along into the directory of this pane."""
    taken = app.session.taken
    if taken is None:
        app.say("Nothing was taken along yet.", "warning")
        return
    here = app.session.pane.place
    one = len(taken.picked) == 1
    what = safe_text(taken.picked[0][0].name) if one else plural(len(taken.picked), "item")
    title = f"{taken.verb.capitalize()} {what} to {safe_text(str(here))}"
    if taken.verb == "move":
        app.session.taken = None
    order = Order(taken.verb, taken.picked, here, True, names=taken.names)
    app.job_watcher.order(title, order)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "yank": _take("copy"),
    "cut": _take("move"),
    "paste": paste,
}
