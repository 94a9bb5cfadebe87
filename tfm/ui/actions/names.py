"""Names: new directories and files, another name for one thing, other names for many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.jobs.audit import reported
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.text import plural, safe_text, sentence
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.make import make_all, path_fault, rename
from tfm.ops.order import Order
from tfm.ops.plan import Picked
from tfm.ops.rename_many import new_spare, taken_back
from tfm.storage.object_facets import Keeping
from tfm.ui.actions.containers import (
    NO_BUCKETS,
    containers_at,
    lists_containers,
    start_create,
)
from tfm.ui.actions.versions import tell_fate_of_move

if TYPE_CHECKING:
    from tfm.session.pane import PaneState
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.rename import Refuses, Row

_SHOWN = 6


def mkdir(app: TfmApp) -> None:
    """Make directories and stand on the first; in the list of buckets, a bucket."""
    if lists_containers(app.session.pane):
        facet = containers_at(app, app.session.pane)
        if facet is None:
            app.say(sentence(f"{NO_BUCKETS} here"), "warning")
        else:
            start_create(app, facet)
        return
    _ask_names(app, "New directory", "Name, or one a line:", files=False)


def touch(app: TfmApp) -> None:
    """Make empty files and stand on the first."""
    _ask_names(
        app, "New file", "Name, or one a line (with a slash at the end: a directory):", files=True
    )


def _ask_names(app: TfmApp, title: str, question: str, *, files: bool) -> None:
    from tfm.ui.dialogs.make import MakeDialog

    def named(names: tuple[str, ...] | None) -> None:
        if names:
            _make(app, names, files=files)

    app.push_screen(MakeDialog(title, question, path_fault), named)


def _make(app: TfmApp, names: tuple[str, ...], *, files: bool) -> None:
    pane, here = app.session.pane, app.session.pane.place
    side = app.session.active
    first = names[0].partition("/")[0]
    directory = not files or "/" in names[0]

    def done(report: Report) -> None:
        app.navigator.hurry()
        made = report.count(Outcome.DONE)
        if pane.place == here and report.items[0].outcome is Outcome.DONE:
            pane.land_on((first, directory))
            app.views[side].cursor_moved()
        what = safe_text(names[0]) if len(names) == 1 else plural(made, "item")
        if report.failures:
            others = f"Made {what}; {len(report.failures):,} not: " if made else ""
            app.say(others + report.failures[0].reason, "error")
        else:
            app.say(f"Made {what}.", "good")

    def work(cancel: CancelToken) -> Report:
        ctx = OpContext(app.vfs, cancel=cancel)
        title = f"Make {plural(len(names), 'item')} in {here}"
        places = [here.child(name) for name in names]

        def act() -> Report:
            return make_all(ctx, here, names, files=files)

        return reported(app.jobs.audit, app.vfs, "make", title, places, act)

    app.bridge.ask(
        work,
        done,
        lambda error: app.say(str(error), "error"),
    )


def start_rename(app: TfmApp) -> None:
    """Another name for what is marked or at the cursor; for several things by a rule."""
    pane = app.session.pane
    picked = list(pane.picked())
    if not picked:
        return
    if any(place.is_container for place, _ in picked):
        app.say("A bucket keeps its name. Copy what it holds to another one.", "warning")
    elif len(picked) == 1:
        _rename_one(app, picked[0])
    else:
        _rename_many(app, picked)


def _rename_one(app: TfmApp, picked: Picked) -> None:
    from tfm.ui.dialogs.conflict import name_fault, stem_of
    from tfm.ui.dialogs.prompt import Prompt

    pane = app.session.pane
    place, entry = picked

    def failed(error: StorageError) -> None:
        app.say(str(error), "error")

    def named(name: str | None) -> None:
        asked()
        if name is None or name == shown:
            return

        def done(report: Report) -> None:
            if report.failures:
                app.say(report.failures[0].reason, "error")
                return
            there = place.parent.child(name, directory=entry.is_directory)
            app.navigator.renamed([(place, there)])
            row = pane.row_of(there, directory=entry.is_directory)
            if row is not None:
                pane.land_on(row)
                app.views[app.session.active].cursor_moved()
            app.navigator.hurry()
            app.say(f"Renamed to {safe_text(name)}.", "good")

        if place.root.style is Style.KEY and (entry.is_directory or _takes_long(app, picked)):
            # it is copied, or every object beneath: that is a job
            title = f"Rename {safe_text(place.name)} to {safe_text(name)}"
            _land_when_there(pane, entry, name)
            app.job_watcher.order(title, Order("rename", ((place, entry),), name=name))
            return

        def work(cancel: CancelToken) -> Report:
            ctx, title = OpContext(app.vfs, cancel=cancel), f"Rename {place} to {name}"

            def act() -> Report:
                return rename(ctx, picked, name)

            return reported(app.jobs.audit, app.vfs, "rename", title, [place], act)

        app.bridge.ask(work, done, failed)

    shown = safe_text(place.name)
    selection = (0, len(shown)) if entry.is_directory else stem_of(shown)
    noted = app.vfs.known_keeping(place) is not Keeping.NONE
    dialog = Prompt("Rename", "New name:", shown, check=name_fault, select=selection, noted=noted)
    asked = tell_fate_of_move(app, place, dialog.note)
    app.push_screen(dialog, named)


def _land_when_there(pane: PaneState, entry: Entry, name: str) -> None:
    """Keep the cursor on a thing that gets another name in a moment."""
    wanted = (name, entry.is_directory)
    if pane.results is None and entry == pane.current and wanted not in pane.rows.index:
        pane.land_on(wanted)


def _takes_long(app: TfmApp, picked: Picked) -> bool:
    place, entry = picked
    features = app.vfs.known_features(place)
    return features is not None and (entry.size or 0) > features.part_threshold


# -- many names at once ------------------------------------------------------------------------------


def _rename_many(app: TfmApp, picked: list[Picked]) -> None:
    from tfm.ui.dialogs.rename import RenameDialog

    def start(rows: tuple[Row, ...] | None) -> None:
        looked.cancel()
        if not rows:
            if rows is not None:
                app.say("Every name stays as it is.")
            return
        pane = app.session.pane
        for (_, entry), name in rows:
            _land_when_there(pane, entry, name)
        submit_rename(app, rows)

    dialog = RenameDialog(picked)
    looked = app.bridge.ask(
        lambda cancel: neighbours(app, picked, cancel),
        lambda found: dialog.known(*found),
        lambda error: app.say(str(error), "warning"),
    )
    app.push_screen(dialog, start)


def neighbours(
    app: TfmApp, picked: list[Picked], cancel: CancelToken
) -> tuple[set[Location], Refuses]:
    """On a worker: all that is in the directories of these things, hidden or not."""
    there: set[Location] = set()
    for parent in dict.fromkeys(place.parent for place, _ in picked):
        listing = app.vfs.scan(parent, cancel=cancel, fresh=not app.vfs.features(parent).remote)
        there.update(listing.location(entry) for entry in listing.entries)
    return there, app.vfs.features(picked[0][0]).refuses


def submit_rename(app: TfmApp, rows: tuple[Row, ...], title: str = "") -> None:
    """Order other names for many things; `undo_rename` takes the last such order back."""
    order = Order(
        "rename",
        tuple(one for one, _ in rows),
        names=tuple(name for _, name in rows),
        spare=new_spare(),
    )
    where = safe_text(str(rows[0][0][0].parent))
    title = title or f"Rename {plural(len(rows), 'item')} in {where}"
    app.last_rename = (app.job_watcher.order(title, order), order)


def undo_rename(app: TfmApp) -> None:
    """Give the things of the last bulk rename their old names, after a question."""
    if app.last_rename is None:
        app.say("Nothing was renamed in bulk yet.", "warning")
        return
    job, order = app.last_rename
    report = next((each.report for each in app.jobs.snapshot() if each.id == job), None)
    if report is None:
        shows = f"{app.key_of('jobs')} shows it"
        app.say(f"The last bulk rename has not ended yet ({shows}).", "warning")
        return

    def ask(found: tuple[list[Picked], list[str]]) -> None:
        from tfm.ui.dialogs.confirm import Confirm

        things, names = found
        if not things:
            app.say("Nothing of it is there any more as it was renamed.", "warning")
            return
        lost = len(order.picked) - len(things)
        lines = [f"Give {plural(len(things), 'item')} the old name back?"]
        lines += [
            f"  {safe_text(place.name)} → {safe_text(name)}"
            for (place, _), name in list(zip(things, names, strict=True))[:_SHOWN]
        ]
        if len(things) > _SHOWN:
            lines.append(f"  and {len(things) - _SHOWN:,} more")
        if lost:
            lines.append(f"{plural(lost, 'item')} of it changed since, or kept the name.")

        def take_back(yes: bool | None) -> None:
            if yes:
                rows = tuple(zip(things, names, strict=True))
                submit_rename(app, rows, f"Undo the rename of {plural(len(rows), 'item')}")

        app.push_screen(Confirm("Undo bulk rename", lines, "Undo", eager=True), take_back)

    app.bridge.ask(
        lambda cancel: taken_back(OpContext(app.vfs, cancel=cancel), order.picked, report),
        ask,
        lambda error: app.say(str(error), "error"),
    )


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "mkdir": mkdir,
    "touch": touch,
    "rename": start_rename,
    "undo_rename": undo_rename,
}
