"""Earlier versions of files: shown, brought back, removed; and a pane of what was."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.past import at_moment, is_past, moment_of, moment_text, now, parse_moment
from tfm.model.text import local_time, plural, safe_text, sentence
from tfm.ops.context import OpContext
from tfm.ops.order import Order
from tfm.ops.plan import Picked
from tfm.ops.versions import (
    Choose,
    Doomed,
    Outdated,
    deleted_files,
    every_version,
    find,
    marks_above,
    remove_versions,
)
from tfm.storage.facets import Fate
from tfm.storage.object_facets import Keeping, Version
from tfm.ui.first_look import look_first
from tfm.ui.messages import Answered
from tfm.ui.selection import named, picked_in_buckets, why_read_only

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.dialogs.frame import Dialog
    from tfm.ui.dialogs.versions import Chosen

NO_VERSIONS = "only buckets keep versions"
OPEN_FIRST = "open a bucket first"
_OFF = {
    Keeping.OFF: "this bucket keeps no versions",
    Keeping.NONE: "this server keeps no versions",
}
_MOST_DELETED = 1000
_DAY = 86400 * 10**9


def why_no_versions(app: TfmApp) -> str:
    """The reason in a few words, as far as it is known; never any I/O."""
    pane = app.session.pane
    place, entry = pane.place, pane.current
    if place.root.style is not Style.KEY:
        return NO_VERSIONS
    if not place.container and entry is not None and not pane.location(entry).is_container:
        place = pane.location(entry)  # what a search through all buckets found
    if not place.container:
        keeps = app.vfs.known_keeping(place) is None
        return OPEN_FIRST if keeps else _OFF[Keeping.NONE]
    return _OFF.get(app.vfs.known_keeping(place) or Keeping.ON, "")


def _refused(app: TfmApp) -> bool:
    why = why_no_versions(app)
    if why:
        app.say(sentence(why), "warning")
    return bool(why)


def _need(app: TfmApp, place: Location) -> None:
    """On a worker: raise with the reason where there are certainly no versions."""
    keeping = app.vfs.keeping(place)
    if not keeping.may_have_versions:
        why = _OFF[keeping]
        raise StorageError(sentence(why), place=place)


def _left(app: TfmApp, dialog: Dialog[Any], place: Location) -> bool:
    """Whether a list was closed because there are certainly no versions to be in it; the status line says so."""
    why = _OFF.get(app.vfs.known_keeping(place) or Keeping.ON)
    if why is None or app.screen is not dialog:
        return False
    dialog.dismiss(None)
    app.say(sentence(why), "warning")
    return True


def _where_kept(app: TfmApp, place: Location, ask: Callable[[], None]) -> None:
    """Ask unless nothing is kept there; where that is not known it is looked at before any question."""

    def looked(keeping: Keeping) -> None:
        if why := _OFF.get(keeping):
            app.say(sentence(why), "warning")
        else:
            ask()

    known = app.vfs.known_keeping(place)
    if known is not None:
        looked(known)
    else:
        look_first(app, place, lambda place, _cancel: app.vfs.keeping(place), looked)


# -- of one file -------------------------------------------------------------------------------------


def versions(app: TfmApp) -> None:
    """All versions of the file at the cursor."""
    if _refused(app):
        return
    pane = app.session.pane
    entry = pane.current
    if entry is None or entry.is_directory:
        app.say("Put the cursor on a file: this shows its versions.", "warning")
        return
    _show(app, now(pane.location(entry)))


def _show(app: TfmApp, place: Location) -> None:
    from tfm.ui.dialogs.versions import VersionsDialog

    def look(chosen: Chosen) -> None:
        if question := _QUESTIONS.get(chosen[0]):
            question(app, place, chosen[1], dialog.versions, lambda: dialog.dismiss(None))
        else:
            _look(app, place, chosen, dialog.versions)

    def closed(chosen: Chosen | None) -> None:
        asked.cancel()
        if chosen is not None:
            _ACTS[chosen[0]](app, place, chosen[1], dialog.versions)

    def work(cancel: CancelToken) -> None:
        _need(app, place)
        facet = app.vfs.facets(place).versions
        assert facet is not None
        for page in facet.versions(place, cancel):
            cancel.check()
            app.post_message(Answered(lambda page=page: add(page)))  # type: ignore[misc]

    def add(page: Sequence[Version]) -> None:
        if dialog.is_attached:
            dialog.add(page)

    def failed(error: StorageError) -> None:
        if not _left(app, dialog, place):
            dialog.end(str(error))

    dialog = VersionsDialog(place, look, app.look.zone, why_read_only(app))
    asked = app.bridge.ask(work, lambda _none: dialog.end(), failed)
    app.push_screen(dialog, closed)


def _look(app: TfmApp, place: Location, chosen: Chosen, known: Sequence[Version]) -> None:
    button, version = chosen
    if button == "view":
        from tfm.ui.viewers.registry import open_viewer

        open_viewer(app, version.place, version.entry)
        return
    from tfm.ui.viewers.diff import DiffViewer

    newest = next(each for each in known if each.latest)
    app.push_screen(
        DiffViewer(
            app.bridge, app.vfs, (version.place, version.entry), (place, newest.entry),
            app.viewer_look,
        )
    )  # fmt: skip


def _time(app: TfmApp, version: Version) -> str:
    return local_time(version.entry.mtime_ns, app.look.zone, full=True)


def _copy(app: TfmApp, place: Location, version: Version, _known: Sequence[Version]) -> None:
    there = app.session.other.place
    title = f"Copy a version of {safe_text(place.name)} to {safe_text(str(there))}"
    picked = ((version.place, version.entry),)
    app.job_watcher.order(title, Order("copy", picked, there, True))


def _restore(
    app: TfmApp,
    place: Location,
    version: Version,
    _known: Sequence[Version],
    close: Callable[[], object],
) -> None:
    from tfm.ui.dialogs.confirm import Confirm

    def start(yes: bool | None) -> None:
        if yes:
            close()
            title = f"Restore {safe_text(place.name)} of {_time(app, version)}"
            picked = ((version.place, version.entry),)
            order = Order("copy", picked, place, False, answer=Answer.OVERWRITE)
            app.job_watcher.order(title, order)

    kept = app.vfs.known_keeping(place) is Keeping.ON
    lines = [
        f"Make the version of {_time(app, version)} the one of now?",
        "What is there now stays as a version."
        if kept
        else "What is there now may be gone then: versions are not known to be on.",
    ]
    app.push_screen(Confirm(f"Restore {safe_text(place.name)}", lines, "Restore"), start)


def _delete(
    app: TfmApp,
    place: Location,
    version: Version,
    known: Sequence[Version],
    close: Callable[[], object],
) -> None:
    from tfm.ui.dialogs.confirm import Confirm

    def start(yes: bool | None) -> None:
        if yes:
            close()
            _remove(app, f"Delete a version of {safe_text(place.name)}", [version], [place])

    kind = "delete marker" if version.deleted else "version"
    lines = [f"Delete the {kind} of {_time(app, version)} for good?", f"  {version.id}"]
    if version.latest:
        others = [each for each in known if each is not version]
        if not others:
            lines.append("It is the only one: the file is gone then.")
        elif others[0].deleted:
            lines.append("The file was deleted before it, and is not shown then.")
        else:
            lines.append(f"The version of {_time(app, others[0])} is the one of now then.")
    lines.append("This cannot be undone.")
    app.push_screen(Confirm(f"Delete a {kind}", lines, "Delete"), start)


def _undelete(app: TfmApp, place: Location, _version: Version, known: Sequence[Version]) -> None:
    marks = marks_above(known)
    if not marks:
        app.say("There is no version left that could be brought back.", "warning")
        return
    _remove(app, f"Undelete {safe_text(place.name)}", marks, [place], "undelete")


def _remove(
    app: TfmApp,
    title: str,
    gone: Sequence[Version],
    places: Sequence[Location],
    verb: str = "remove versions",
) -> None:
    def submit(code: str) -> None:
        job = app.jobs.submit(
            title, lambda ctx: remove_versions(ctx, gone, verb, code), list(places)
        )
        app.job_watcher.watch(job, places)

    def known(wanted: bool) -> None:
        if wanted:
            _ask_for_code(app, submit)
        else:
            submit("")

    def wants_code(_cancel: CancelToken) -> bool:
        facet = app.vfs.facets(places[0]).versions
        return facet is not None and facet.needs_code(places[0])

    app.bridge.ask(wants_code, known, lambda _error: submit(""))


def _ask_for_code(app: TfmApp, then: Callable[[str], None]) -> None:
    """The bucket wants the code of a device with each removal (MFA delete)."""
    from tfm.ui.dialogs.prompt import Prompt

    def check(text: str) -> str:
        words = text.split()
        fine = len(words) == 2 and words[1].isascii() and words[1].isdigit()
        return "" if fine else "Write the serial number or ARN, a blank, and the code."

    def typed(text: str | None) -> None:
        if text is not None:
            then(" ".join(text.split()))

    question = "The bucket wants MFA: serial number or ARN of the device, and its code:"
    app.push_screen(Prompt("Delete for good", question, check=check), typed)


_ACTS: Mapping[str, Callable[[TfmApp, Location, Version, Sequence[Version]], None]] = {
    "copy": _copy,
    "undelete": _undelete,
}
_QUESTIONS: Mapping[
    str, Callable[[TfmApp, Location, Version, Sequence[Version], Callable[[], object]], None]
] = {"restore": _restore, "delete": _delete}
"""Asked over the list, which is closed when the answer is yes: after a no one looks on."""


# -- what was deleted --------------------------------------------------------------------------------


def deleted(app: TfmApp) -> None:
    """Files beneath this directory that are deleted and can be brought back."""
    if _refused(app):
        return
    here = now(app.session.pane.place)
    if not here.container:
        app.say(sentence(OPEN_FIRST), "warning")
        return

    def work(cancel: CancelToken) -> list[tuple[Location, Entry]]:
        _need(app, here)
        marks = deleted_files(OpContext(app.vfs, cancel=cancel), here.as_directory())
        return [(now(mark.place), mark.entry) for mark in islice(marks, _MOST_DELETED)]

    def show(found: list[tuple[Location, Entry]]) -> None:
        if not found:
            dialog.replace([Choice(None, "Nothing is deleted here that could be brought back.")])
            return
        rows: list[Choice[Location]] = [
            Choice(
                place,
                place.relative_to(here.as_directory()),
                f"deleted {local_time(entry.mtime_ns, app.look.zone)}",
            )
            for place, entry in found
        ]
        if len(found) == _MOST_DELETED:
            rows.append(Choice(None, "There may be more: look in the directories themselves."))
        dialog.replace(rows)

    def chosen(place: Location | None) -> None:
        asked.cancel()
        if place is not None:
            _show(app, place)

    from tfm.ui.dialogs.choose import Choice, Choose

    dialog: Choose[Location] = Choose(
        "Deleted files",
        [Choice(None, "Looking …")],
        typing=True,
        lines=15,
        hint="Enter shows the versions of a file; there u undeletes it.",
    )

    def failed(error: StorageError) -> None:
        if not _left(app, dialog, here):
            dialog.replace([Choice(None, str(error))])

    asked = app.bridge.ask(work, show, failed)
    app.push_screen(dialog, chosen)


# -- many at once ------------------------------------------------------------------------------------


def _picked(app: TfmApp) -> list[Picked]:
    return [(now(place), entry) for place, entry in picked_in_buckets(app)]


def _doom(
    app: TfmApp, picked: list[Picked], title: str, what: str, stays: str, choose: Choose
) -> None:
    from tfm.ui.dialogs.versions import DoomDialog

    due = 0.0

    def tell(count: int) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + 0.1
            app.post_message(Answered(lambda: dialog.counting(count)))

    def work(cancel: CancelToken) -> Doomed:
        _need(app, picked[0][0])
        return find(OpContext(app.vfs, cancel=cancel), picked, choose, tell)

    def start(doomed: Doomed | None) -> None:
        asked.cancel()
        if doomed is not None:
            places = [place for place, _ in picked]
            _remove(
                app, f"{title}: {plural(len(doomed.versions), 'version')}", doomed.versions, places
            )

    dialog = DoomDialog(title, what, stays)
    asked = app.bridge.ask(work, dialog.counted, lambda error: dialog.failed(str(error)))
    app.push_screen(dialog, start)


def delete_versions(app: TfmApp) -> None:
    """Delete what is marked with every version of it, after its number was typed."""
    if _refused(app) or not (picked := _picked(app)):
        return
    what = f"Delete {named(picked)} with all versions and delete markers?"
    stays = "Nothing of it stays; this cannot be undone."

    def ask() -> None:
        _doom(app, picked, "Delete all versions", what, stays, every_version)

    _where_kept(app, picked[0][0], ask)


def prune_versions(app: TfmApp) -> None:
    """Delete old versions of what is marked, by age or by count; the current ones stay."""
    if _refused(app) or not (picked := _picked(app)):
        return
    _where_kept(app, picked[0][0], lambda: _ask_what_stays(app, picked))


def _ask_what_stays(app: TfmApp, picked: list[Picked]) -> None:
    from tfm.ui.dialogs.prompt import Prompt

    def check(text: str) -> str:
        try:
            parse_keep(text, 0)
        except ValueError as error:
            return str(error)
        return ""

    def typed(text: str | None) -> None:
        if text is not None:
            rule = parse_keep(text, time.time_ns())
            kept = _kept(text)
            what = (
                f"Delete old versions of {named(picked)}, but keep {kept}?"
                if kept
                else f"Delete all old versions of {named(picked)}?"
            )
            stays = "What is there now stays. The old versions cannot be brought back."
            _doom(app, picked, "Prune versions", what, stays, rule)

    question = (
        "How many old versions of each file to keep: 3 (the newest three), 30d (those that were"
        " replaced or deleted in the last 30 days), or both, as in 3 30d:"
    )
    app.push_screen(Prompt("Prune versions", question, "30d", check=check), typed)


def _kept(text: str) -> str:
    """`3 30d` in words; empty where no old version is kept."""
    words = text.replace(",", " ").split()
    newest = [int(word) for word in words if not word.endswith("d")][-1:]
    days = [int(word[:-1]) for word in words if word.endswith("d")][-1:]
    told = [f"the newest {count} of each file" for count in newest if count]
    told += [f"those replaced or deleted in the last {plural(count, 'day')}" for count in days]
    return " and ".join(told)


def parse_keep(text: str, now_ns: int) -> Outdated:
    """`3`, `30d`, or both: how many old versions stay, and for how many days. Raises ValueError."""
    keep, before = 0, None
    words = text.replace(",", " ").split()
    for word in words:
        number = word.removesuffix("d")
        if not (number.isascii() and number.isdigit() and len(number) < 7):
            raise ValueError("Write a number such as 3, days such as 30d, or both.")
        if word.endswith("d"):
            before = now_ns - int(number) * _DAY
        else:
            keep = int(number)
    if not words:
        raise ValueError("Write a number such as 3, days such as 30d, or both.")
    return Outdated(keep, before)


# -- a pane of what was ------------------------------------------------------------------------------


def as_it_was(app: TfmApp) -> None:
    """Show this directory as it was at a moment; nothing typed goes back to the present."""
    from tfm.ui.dialogs.prompt import Prompt

    side, pane = app.session.active, app.session.pane
    here = pane.place
    if not is_past(here.root):  # from there the way back is open whatever the bucket keeps
        if _refused(app):
            return
        if not here.container:
            app.say(sentence(OPEN_FIRST), "warning")
            return

    def check(text: str) -> str:
        try:
            if text.strip():
                parse_moment(text, time.time_ns())
        except ValueError as error:
            return str(error)
        return ""

    def typed(text: str | None) -> None:
        if text is None:
            return
        today = now(here)
        if not text.strip():
            app.navigator.enter(side, today)
            return
        root = at_moment(today.root, parse_moment(text, time.time_ns()))

        def enter() -> None:
            if pane.place == here:  # nobody went elsewhere meanwhile
                app.navigator.enter(side, Location(root, today.key))

        if here.container:
            _where_kept(app, here, enter)
        else:
            enter()

    moment = None
    if is_past(here.root):
        try:
            moment = moment_of(here.root)
        except ValueError:
            moment = None
    shown = "" if moment is None else moment_text(moment)
    question = "When? 2026-11-20 14:05, or 3h or 2d ago; nothing for now:"
    app.push_screen(Prompt("As it was", question, shown, check=check), typed)


# -- what a delete means here ------------------------------------------------------------------------

_FATES = {
    Fate.UNDOABLE: "This can be undone.",
    Fate.PERMANENT: "This is permanent.",
    Fate.UNKNOWN: "Whether this can be undone is not known.",
}
_DELETES = {
    Keeping.ON: "It stays as a version and can be undeleted.",
    Keeping.SUSPENDED: "Versions are suspended: what is there now may be gone for good.",
    Keeping.OFF: "This is permanent: the bucket keeps no versions.",
    Keeping.NONE: "This is permanent: the server keeps no versions.",
    Keeping.DENIED: _FATES[Fate.UNKNOWN],
}
_LEAVES = {
    Keeping.ON: "The old name stays as a version and can be undeleted.",
    Keeping.SUSPENDED: "Versions are suspended: under the old name nothing may stay.",
    Keeping.OFF: "The bucket keeps no versions: under the old name nothing stays.",
    Keeping.NONE: "",
    Keeping.DENIED: "",
}
UNKNOWN_FATE = _FATES[Fate.UNKNOWN]


def fate_of_delete(app: TfmApp, place: Location) -> str:
    """On a worker: what a delete there leaves, in a sentence. Raises StorageError."""
    facets = app.vfs.facets(place)
    if facets.versions is not None:
        return _DELETES[app.vfs.keeping(place)]
    return _FATES[Fate.PERMANENT if facets.retention is None else facets.retention.fate(place)]


def fate_of_move(app: TfmApp, place: Location) -> str:
    """On a worker: what a move or rename leaves at the old name; empty where that goes without saying."""
    if app.vfs.facets(place).versions is None:
        return ""
    return _LEAVES[app.vfs.keeping(place)]


def tell_fate_of_move(
    app: TfmApp, place: Location, show: Callable[[str], None]
) -> Callable[[], None]:
    """Ask in the background, and show the answer; returns the way to stop."""
    return app.bridge.ask(
        lambda _cancel: fate_of_move(app, place), show, lambda _error: None
    ).cancel


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "versions": versions,
    "deleted": deleted,
    "delete_versions": delete_versions,
    "prune_versions": prune_versions,
    "as_it_was": as_it_was,
}
