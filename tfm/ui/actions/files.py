"""Copy, move, delete, view: what works on the marks or the row at the cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from tfm.model.location import Location
from tfm.model.naming import told_apart
from tfm.model.text import safe_text
from tfm.model.verify import Level
from tfm.ops.age import Age
from tfm.ops.order import Order, Verb
from tfm.ops.plan import Picked
from tfm.ops.thaw import RESTORE_DAYS, Thaw
from tfm.storage.object_facets import Keeping
from tfm.ui.actions.containers import containers_at, start_delete
from tfm.ui.actions.external import opened_elsewhere
from tfm.ui.actions.reckon import confirm_cost, count_for, has_costs, reckon
from tfm.ui.actions.versions import UNKNOWN_FATE, fate_of_delete, tell_fate_of_move
from tfm.ui.place_text import PlaceText
from tfm.ui.selection import picked_here, what

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.transfer import Transfer


def _refuses_buckets(app: TfmApp, done: str) -> bool:
    """One key in the list of buckets must not empty one of them."""
    if not any(place.is_container for place, _ in app.session.pane.picked()):
        return False
    app.say(f"Buckets cannot be {done} here. Open one and mark what it holds.", "warning")
    return True


# -- copy and move -----------------------------------------------------------------------------------


def start_copy(app: TfmApp) -> None:
    """Copy to the other pane, or wherever the dialog says."""
    _transfer(app, "copy", ask=app.settings.confirm_copy)


def start_move(app: TfmApp) -> None:
    """Move likewise."""
    if _refuses_buckets(app, "moved"):
        return
    _transfer(app, "move", ask=app.settings.confirm_move)


def move_or_mkdir(app: TfmApp) -> None:
    """Move the marks; without marks make a directory."""
    if app.session.pane.marked_count:
        start_move(app)
    else:
        app.run_action_id("mkdir")


def _transfer(app: TfmApp, verb: Literal["copy", "move"], *, ask: bool) -> None:
    picked = picked_here(app)
    if not picked:
        return
    there = app.session.other.place
    target = PlaceText.of(there, base=app.session.pane.place)
    costs = has_costs(app, picked[0][0], there)
    if not ask and not (costs and app.settings.confirm_cost):
        _submit_transfer(app, verb, picked, target, None)
        return
    from tfm.ui.dialogs.transfer import TransferDialog

    def start(chosen: Transfer | None) -> None:
        stop()
        if silence is not None:
            silence()
        if chosen is None:
            return
        confirm_cost(
            app,
            verb.capitalize(),
            dialog.estimate,
            lambda: _submit_transfer(app, verb, picked, target, chosen),
        )

    level = Level(app.settings.verify)
    leaves = verb == "move" and app.vfs.known_keeping(picked[0][0]) is not Keeping.NONE
    dialog = TransferDialog(
        verb.capitalize(),
        picked,
        target.shown,
        target.fault,
        level,
        leaves=leaves,
        tiers=_tiers_at(app),
        costs=costs,
        speeds=_speeds_at(app, picked[0][0]),
        ages=_ages(app) if verb == "copy" else (),
    )
    stop = count_for(app, picked, dialog.count, reckon(app, verb, picked, there))
    silence = tell_fate_of_move(app, picked[0][0], dialog.leaves) if leaves else None
    app.push_screen(dialog, start)


def _tiers_at(app: TfmApp) -> tuple[str, ...]:
    """The classes of storage that can be chosen where the other pane is."""
    facet = app.vfs.known_facets(app.session.other.place).tiers
    return () if facet is None else tuple(t.name for t in facet.classes if not t.refusal)


def _speeds_at(app: TfmApp, place: Location) -> tuple[str, ...]:
    """How fast what is archived there can be restored."""
    facet = app.vfs.known_facets(place).tiers
    return () if facet is None else tuple(speed.name for speed in facet.speeds)


def _ages(app: TfmApp) -> tuple[Age, ...]:
    """What can be done to bytes on the way, by the keys in the settings."""
    public, private = app.settings.age_recipients, app.settings.age_identities
    ways = (Age("encrypt", public), Age("decrypt", private))
    return tuple(way for way in ways if way.keys)


def _submit_transfer(
    app: TfmApp, verb: Verb, picked: list[Picked], target: PlaceText, chosen: Transfer | None
) -> None:
    text = target.shown if chosen is None else chosen.text
    # as `cp` reads a destination: what is a directory receives, anything else is a new name
    into = True if len(picked) > 1 or text.endswith("/") else None
    names: tuple[str, ...] = ()
    if app.session.pane.results is not None and into:
        # results of one name come from several directories and go into one
        names = told_apart([(place.name, entry.is_directory) for place, entry in picked])
    order = Order(verb, tuple(picked), target.place_of(text), into, names=names)
    if chosen is not None:
        order = replace(order, level=chosen.level, tier=chosen.tier, age=chosen.age)
        if chosen.speed:
            order = replace(order, thaw=Thaw(chosen.speed, RESTORE_DAYS))
    title = f"{verb.capitalize()} {what(picked)} to {safe_text(text)}"
    if order.age is not None:
        title = f"{title}, {order.age.act}ed"
    app.job_watcher.order(title, order)


# -- delete ------------------------------------------------------------------------------------------


def delete(app: TfmApp) -> None:
    """Delete after a question that opens on Cancel."""
    picked = list(app.session.pane.picked())
    if not picked:
        app.say("There is nothing here to delete.", "warning")
        return
    if containers_at(app, app.session.pane) is not None:
        start_delete(app, picked)
        return
    if _refuses_buckets(app, "deleted"):
        return

    def start(yes: bool | None) -> None:
        stop()
        fate.cancel()
        if yes:
            confirm_cost(app, "Delete", dialog.estimate, lambda: _submit_delete(app, picked))

    costs = has_costs(app, picked[0][0])
    if not app.settings.confirm_delete and not (costs and app.settings.confirm_cost):
        _submit_delete(app, picked)
        return
    from tfm.ui.dialogs.transfer import DeleteDialog

    dialog = DeleteDialog(picked, costs=costs)
    place = picked[0][0]

    def stop() -> None:
        if counting:
            counting.pop()()

    def begin() -> None:
        if not counting:
            counting.append(count_for(app, picked, dialog.count, reckon(app, "delete", picked)))

    def known(text: str) -> None:
        dialog.fate(text)
        begin()

    counting: list[Callable[[], None]] = []
    app.push_screen(dialog, start)
    if not costs or app.vfs.known_keeping(place) is not None:
        begin()  # else what it costs hangs on whether it stays as a version: that comes first
    fate = app.bridge.ask(
        lambda _cancel: fate_of_delete(app, place), known, lambda _error: known(UNKNOWN_FATE)
    )


def _submit_delete(app: TfmApp, picked: list[Picked]) -> None:
    title = f"Delete {what(picked)} from {safe_text(str(picked[0][0].parent))}"
    app.job_watcher.order(title, Order("delete", tuple(picked)))


def view(app: TfmApp) -> None:
    """Show the file at the cursor."""
    from tfm.ui.viewers.registry import open_viewer
    from tfm.ui.viewers.search import Wanted

    pane = app.session.pane
    entry = pane.current
    if entry is None:
        return
    if entry.opens_as_directory:
        app.say(f"This is a directory: {app.key_of('open')} opens it.")
        return
    if not opened_elsewhere(app, entry, "view"):
        results = pane.results
        wanted = None
        if results is not None and results.content:
            wanted = Wanted(results.content, results.regex)
        open_viewer(app, pane.location(entry), entry, wanted)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "copy": start_copy,
    "move": start_move,
    "move_or_mkdir": move_or_mkdir,
    "delete": delete,
    "view": view,
}
