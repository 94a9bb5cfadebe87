"""Buckets from the list of them: made with a form, deleted when they are empty, emptied by a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tfm.jobs.audit import written_down
from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.text import plural, safe_text, sentence
from tfm.ops.containers import Held, create, empty, facet_of, look_into, remove_containers, told_of
from tfm.ops.context import OpContext
from tfm.ops.plan import Picked
from tfm.session.pane import PaneState
from tfm.storage.container_facets import Containers, NewContainer
from tfm.ui.messages import Answered
from tfm.ui.screen import PanesScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

NO_BUCKETS = "tfm makes no buckets"
NOT_A_BUCKET = "this is not a bucket in the list of buckets"
_NAME = "name"


def lists_containers(pane: PaneState) -> bool:
    """True where the rows are the containers of a storage."""
    return pane.place.is_top and pane.place.root.style is Style.KEY and pane.results is None


def containers_at(app: TfmApp, pane: PaneState) -> Containers | None:
    """The ability where a pane lists containers, else None; never any I/O."""
    return app.vfs.known_facets(pane.place).containers if lists_containers(pane) else None


# -- make --------------------------------------------------------------------------------------------


def start_create(
    app: TfmApp, facet: Containers, given: Mapping[str, str] | None = None, about: str = ""
) -> None:
    """Ask for name and options, each judged as it is typed; `given` is what was typed before, in vain."""
    from tfm.ui.dialogs.form import Form, Line

    here = app.session.pane.place
    lines = [Line(_NAME, "Name", "", "Small letters, digits, dots, hyphens; 3 to 63 of them.")]
    lines += [Line(o.id, o.label, o.value, o.hint, o.choices) for o in facet.options]

    lines = [replace(line, value=(given or {}).get(line.id, line.value)) for line in lines]

    def check(values: Mapping[str, str]) -> str:
        return facet.fault_in(values[_NAME], _chosen(values))

    def fault(line: str, text: str) -> str:
        return facet.fault_in(text, {}) if line == _NAME else ""

    def typed(values: Mapping[str, str] | None) -> None:
        if values is not None:
            _create(app, facet, here.child(values[_NAME], directory=True), values)

    form = Form("New bucket", lines, accept="Make", about=about, check=check, fault=fault)
    app.push_screen(form, typed)


def _chosen(values: Mapping[str, str]) -> dict[str, str]:
    return {name: text.strip() for name, text in values.items() if name != _NAME}


def _create(app: TfmApp, facet: Containers, place: Location, values: Mapping[str, str]) -> None:
    pane, side, chosen = app.session.pane, app.session.active, _chosen(values)

    def done(made: NewContainer) -> None:
        app.navigator.hurry()
        if pane.place == place.parent:
            pane.land_on((place.container, True))
            app.views[side].cursor_moved()
        app.say(told_of(made, place), "warning" if made.missed or made.notes else "good")

    def failed(error: StorageError) -> None:
        app.say(str(error), "error")
        if isinstance(app.screen, PanesScreen) and app.session.pane.place == place.parent:
            start_create(app, facet, values, error.message)  # nothing has to be typed again

    def work(cancel: CancelToken) -> NewContainer:
        with written_down(app.jobs.audit, app.vfs, "make", f"Make the bucket {place}", (place,)):
            return create(OpContext(app.vfs, cancel=cancel), place, chosen)

    app.bridge.ask(work, done, failed)


# -- delete ------------------------------------------------------------------------------------------


def start_delete(app: TfmApp, picked: Sequence[Picked]) -> None:
    """Look into each, and ask; only empty ones go."""
    from tfm.ui.dialogs.containers import DeleteContainers

    places = [place for place, _ in picked]

    def look(cancel: CancelToken) -> dict[Location, str]:
        ctx = OpContext(app.vfs, cancel=cancel)
        return {place: facet_of(ctx, place).holds(place, cancel) for place in places}

    def chosen(button: str | None) -> None:
        asked.cancel()
        if button == "delete":
            what = safe_text(places[0].container)
            what = what if len(places) == 1 else plural(len(places), "bucket")
            job = app.jobs.submit(
                f"Delete bucket {what}", lambda ctx: remove_containers(ctx, picked), places
            )
            app.job_watcher.watch(job, places)
        elif button == "empty":
            start_empty(app, places[0])

    dialog = DeleteContainers(places)
    asked = app.bridge.ask(look, dialog.looked, lambda error: dialog.failed(str(error)))
    app.push_screen(dialog, chosen)


# -- empty -------------------------------------------------------------------------------------------


def why_not_empty(app: TfmApp) -> str:
    """Why the row at the cursor is nothing to be emptied; empty if it is."""
    pane = app.session.pane
    if containers_at(app, pane) is None or pane.current is None:
        return NOT_A_BUCKET
    return ""


def empty_bucket(app: TfmApp) -> None:
    """Empty the bucket at the cursor, after its name was typed."""
    pane = app.session.pane
    if (why := why_not_empty(app)) or pane.current is None:
        app.say(sentence(why), "warning")
        return
    if pane.marked_count > 1:
        app.say("Buckets are emptied one by one: take the marks off.", "warning")
        return
    start_empty(app, pane.location(pane.targets()[0]))


def start_empty(app: TfmApp, place: Location) -> None:
    """Count what is in it, and ask for its name."""
    from tfm.ui.dialogs.containers import EmptyContainer

    due = 0.0

    def tell(held: Held) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + 0.1
            app.post_message(Answered(lambda: dialog.counted(held)))

    def closed(yes: bool | None) -> None:
        asked.cancel()
        if yes:
            job = app.jobs.submit(
                f"Empty bucket {safe_text(place.container)}", lambda ctx: empty(ctx, place), [place]
            )
            app.job_watcher.watch(job, [place])

    def failed(error: StorageError) -> None:
        dialog.failed(str(error))

    dialog = EmptyContainer(place)
    asked = app.bridge.ask(
        lambda cancel: look_into(OpContext(app.vfs, cancel=cancel), place, tell),
        dialog.counted,
        failed,
    )
    app.push_screen(dialog, closed)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"empty_bucket": empty_bucket}
