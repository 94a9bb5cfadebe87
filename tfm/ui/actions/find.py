"""Finding: incremental search, filter, search below a directory, comparing with the other pane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.location import LOCAL, Style
from tfm.model.text import plural
from tfm.ops.compare import Pair, compare_contents
from tfm.ops.context import OpContext, Report
from tfm.session.compare import Criteria, compare
from tfm.session.pane import PaneState
from tfm.session.rows import Identity, identity
from tfm.ui.messages import Answered
from tfm.ui.pane.pane import size_text

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


# -- compare and mark --------------------------------------------------------------------------------


def compare_marks(app: TfmApp) -> None:
    """Mark by comparing with the other pane; contents are read by a job."""
    from tfm.ui.dialogs.compare import CompareDialog

    if any(pane.taken_at is None for pane in (app.session.pane, app.session.other)):
        app.say("Both panes must have been read before they can be compared.", "warning")
        return

    def begin(criteria: Criteria | None) -> None:
        if criteria is not None:
            app.session.criteria = criteria
            _compare(app, criteria)

    app.push_screen(CompareDialog(app.session.criteria), begin)


def _compare(app: TfmApp, criteria: Criteria) -> None:
    pane, other = app.session.pane, app.session.other
    found = compare(pane, other, criteria)
    if not found.undecided:
        _mark(app, pane, found.marked, criteria)
        return
    pairs = [
        ((pane.location(mine), mine), (other.location(theirs), theirs))
        for mine, theirs in found.undecided
    ]

    def start(yes: bool | None) -> None:
        if yes:
            _compare_contents(app, found.marked, pairs, criteria)

    remote = [place for pair in pairs for place, _ in pair if place.root != LOCAL]
    if not remote:
        start(True)
        return
    from tfm.ui.dialogs.confirm import Confirm

    size = sum(entry.size or 0 for pair in pairs for place, entry in pair if place.root != LOCAL)
    told = f"This reads up to {plural(len(remote), 'object')}, {size_text(size)}, from a server."
    app.push_screen(Confirm("Compare contents", [told], "Read", eager=True), start)


def _compare_contents(
    app: TfmApp, marked: set[Identity], pairs: Sequence[Pair], criteria: Criteria
) -> None:
    """As a job: it shows how far it is, and is paused and cancelled like others."""
    pane, place, results = app.session.pane, app.session.pane.place, app.session.pane.results

    def run(ctx: OpContext) -> Report:
        equal: set[Identity] = set()
        report = compare_contents(ctx, pairs, lambda pair: equal.add(identity(pair[0][1])))
        failed = {item.source for item in report.failures}
        read = {identity(mine[1]) for mine, _ in pairs if mine[0] not in failed}
        wanted = equal if criteria.content == "equal" else read - equal
        app.post_message(Answered(lambda: apply(marked | wanted)))
        return report

    def apply(wanted: set[Identity]) -> None:
        if pane.place == place and pane.results is results:
            _mark(app, pane, wanted, criteria)

    places = [place for pair in pairs for place, _ in pair]
    title = f"Compare {plural(len(pairs), 'file')} with the other pane"
    app.job_watcher.watch(app.jobs.submit(title, run, places))


def _mark(app: TfmApp, pane: PaneState, wanted: set[Identity], criteria: Criteria) -> None:
    if not criteria.add:
        pane.clear_marks()
    pane.mark_where(lambda entry: identity(entry) in wanted, on=True)
    for side, view in app.views.items():
        if app.session[side] is pane:
            view.marks_changed()
    count = len(wanted)
    app.say(f"Marked {plural(count, 'row')}." if count else "No row is to be marked.")


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "search": search,
    "filter": filter_rows,
    "clear_filter": clear_filter,
    "compare_marks": compare_marks,
    "find_name": _find(False),
    "find_content": _find(True),
}
