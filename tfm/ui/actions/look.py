"""Looking closer: details of a file or of the marks, two files side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import exact_size, plural
from tfm.ops.context import OpContext
from tfm.ops.plan import Picked
from tfm.ops.size import Count, count
from tfm.session.session import Side
from tfm.storage.facets import Fact
from tfm.ui.actions.external import compare_outside
from tfm.ui.messages import Answered

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


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
    stops: list[Callable[[], None]] = []

    def measure() -> None:
        """Of a bucket: what its provider measured, where going through it would take many requests."""

        def work(_cancel: CancelToken) -> Sequence[Fact]:
            facet = app.vfs.facets(picked[0][0]).measures
            return () if facet is None else facet.measured(picked[0][0])

        def failed(error: StorageError) -> None:
            dialog.measured([Fact("Not measured", error.in_full)])

        stops.append(app.bridge.ask(work, dialog.measured, failed).cancel)

    of_bucket = len(picked) == 1 and picked[0][0].is_container
    knows = of_bucket and app.vfs.known_facets(picked[0][0]).measures is not None
    dialog = Details(picked, counting=counting, measure=measure if knows else None)
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


_TOLD_EVERY = 0.2


def directory_sizes(app: TfmApp) -> None:
    """Count what the marked directories hold, else the one under the cursor; once more stops it."""
    sizes, pane = app.sizes, app.session.pane
    if app.counting is not None:
        app.counting.cancel()
        app.counting = None
        sizes.forget_unfinished()
        app.say("Stopped counting.")
        return _show_sizes(app)
    picked = [(pane.location(entry), entry) for entry in pane.targets() if entry.is_directory]
    if not picked:
        app.say(
            "Put the cursor on a directory, or mark some: this counts what they hold.", "warning"
        )
        return None
    for place, _ in picked:
        sizes.begin(place)

    def show(place: Location, counted: Count) -> None:
        sizes.put(place, counted)
        _show_sizes(app)

    def work(cancel: CancelToken) -> Count:
        total = Count()
        for place, entry in picked:  # one after the other: listings must find a thread meanwhile
            due = time.monotonic() + _TOLD_EVERY

            def tell(so_far: Count, place: Location = place) -> None:
                nonlocal due
                if so_far.complete or time.monotonic() >= due:
                    due = time.monotonic() + _TOLD_EVERY
                    app.post_message(Answered(lambda: show(place, so_far)))

            found = count(OpContext(app.vfs, cancel=cancel), [(place, entry)], tell)
            total = Count(
                total.files + found.files, 0, total.bytes + found.bytes,
                total.unreadable + found.unreadable, True,
            )  # fmt: skip
        return total

    def done(total: Count) -> None:
        app.counting = None
        app.say(
            f"{plural(len(picked), 'directory')}: {plural(total.files, 'file')}, "
            f"{exact_size(total.bytes)}.",
            "warning" if total.unreadable else "good",
        )

    def failed(error: StorageError) -> None:
        app.counting = None
        sizes.forget_unfinished()
        app.say(str(error), "error")

    app.counting = app.bridge.ask(work, done, failed)
    return _show_sizes(app)


def _show_sizes(app: TfmApp) -> None:
    for view in app.views.values():
        view.list.repaint()


def two_files(app: TfmApp) -> list[Picked]:
    """What is to be compared, the left one first; anything but two if it is not clear."""
    session = app.session
    panes = [session.panes[side] for side in Side]
    if not any(pane.marked_count for pane in panes):
        return [(pane.location(pane.current), pane.current) for pane in panes if pane.current]
    if session.pane.marked_count == 2:
        panes = [session.pane]
    return [
        (pane.location(entry), entry)
        for pane in panes
        if pane.marked_count
        for entry in pane.targets()
    ]


def diff(app: TfmApp) -> None:
    """Show two files side by side."""
    from tfm.ui.viewers.diff import DiffViewer

    picked = two_files(app)
    if len(picked) != 2 or any(entry.opens_as_directory for _, entry in picked):
        app.say(
            "Mark two files, in one pane or one in each; or put both cursors on files.", "warning"
        )
        return
    if picked[0][0] == picked[1][0]:
        app.say("Both cursors are on the same file.", "warning")
        return
    if not compare_outside(app, picked[0][0], picked[1][0]):
        app.push_screen(DiffViewer(app.bridge, app.vfs, picked[0], picked[1], app.viewer_look))


def quick_view(app: TfmApp) -> None:
    """Show the file under the cursor in place of the other pane, or the other pane again."""
    from textual.containers import Horizontal

    from tfm.ui.panels.quick import QuickView

    if app.quick is not None:
        app.quick.remove()
        app.quick = None
    else:
        quick = app.quick = QuickView(
            app.vfs,
            app.post_message,
            app.viewer_look,
            lambda: app.session.pane,
            app.key_of,
        )
        # between the panes: whichever of them is hidden, this takes its side
        panes = app.views[Side.LEFT].query_ancestor(Horizontal)
        panes.mount(quick, after=app.views[Side.LEFT])
    app.apply_ratio()


def apply_quick_view(app: TfmApp) -> None:
    """The quick view has the place and the width of the other pane."""
    if app.quick is not None:
        app.quick.styles.width = app.views[app.session.active.other].styles.width
        app.quick.follow()


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "details": details,
    "diff": diff,
    "quick_view": quick_view,
    "directory_sizes": directory_sizes,
}
