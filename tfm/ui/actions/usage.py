"""What is stored beneath a directory and what that costs; counts are kept until something changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.location import Location, Style
from tfm.model.past import is_past, now
from tfm.model.text import sentence
from tfm.ops.context import OpContext
from tfm.ops.usage import Beside, Usage, measure, measure_beside, prices_at, usual_class
from tfm.ui.messages import Answered

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp
    from tfm.ui.bridge import Pending

_TOLD_EVERY = 0.25
NO_COSTS = "what is here has no storage classes or prices"


def why_no_costs(app: TfmApp) -> str:
    """The reason in a few words; never any I/O."""
    pane = app.session.pane
    if pane.place.root.style is not Style.KEY:
        return NO_COSTS
    if pane.place.is_top and (pane.current is None or not pane.location(pane.current).is_container):
        return "put the cursor on a bucket"
    if is_past(pane.place.root) and app.vfs.known_features(pane.place) is None:
        return NO_COSTS  # of a moment that is none
    return "" if app.vfs.known_facets(now(pane.place)).costs is not None else NO_COSTS


def storage_cost(app: TfmApp) -> None:
    """Of this directory; in the list of buckets, of the one under the cursor."""
    if why := why_no_costs(app):
        app.say(sentence(why), "warning")
        return
    pane = app.session.pane
    here = pane.place
    if here.is_top and pane.current is not None:
        here = pane.location(pane.current)
    _Count(app, here.as_directory()).begin()


class _Count:
    """One dialog with the counts that fill it; leaving it stops them."""

    def __init__(self, app: TfmApp, top: Location) -> None:
        from tfm.ui.dialogs.usage import UsageDialog

        self._app = app
        self._top = top
        self._running: list[Pending] = []
        known = app.usages.get(top)
        self._known = known is not None
        usual = usual_class(OpContext(app.vfs), top)
        self._dialog = UsageDialog(
            known or Usage(top), usual, self.count_more, self.count_again, self._when
        )

    def begin(self) -> None:
        """Show the dialog; what was counted before is not counted again."""
        self._app.push_screen(self._dialog, self._closed)
        if not self._known:
            self._count(fresh=False)

    def _when(self) -> str:
        """Of what was: of which moment, and whether something of it is not known."""
        features = self._app.vfs.known_features(self._top)
        return features.label if features is not None and is_past(self._top.root) else ""

    def _closed(self, path: str | None) -> None:
        for each in self._running:
            each.cancel()
        if path is not None:
            place = Location(self._top.root, self._top.key + path)
            self._app.navigator.enter(self._app.session.active, place)

    def _count(self, *, fresh: bool) -> None:
        app, top = self._app, self._top

        def begun(usage: Usage) -> None:
            if self._dialog.is_attached:
                self._dialog.count_anew(usage)

        def work(cancel: CancelToken) -> Usage:
            ctx = OpContext(app.vfs, cancel=cancel)
            usage = Usage(top, prices_at(ctx, top))
            app.usages.begin(usage)
            app.post_message(Answered(lambda: begun(usage)))
            return measure(ctx, usage, self._ticker(self._draw), fresh=fresh)

        def done(usage: Usage) -> None:
            app.usages.put(usage)
            self._draw()

        self._running.append(app.bridge.ask(work, done, self._failed))

    def count_again(self) -> None:
        """Forget what was counted."""
        for each in self._running:
            each.cancel()
        self._running.clear()
        self._count(fresh=True)

    def count_more(self, path: str) -> None:
        """Earlier versions and unfinished uploads at a path."""
        app, prices = self._app, self._dialog.usage.prices
        place = Location(self._top.root, self._top.key + path)
        due = 0.0

        def show(beside: Beside) -> None:
            if self._dialog.is_attached:
                self._dialog.counted(path, beside)

        def tell(beside: Beside) -> None:
            nonlocal due
            if time.monotonic() >= due:
                due = time.monotonic() + _TOLD_EVERY
                app.post_message(Answered(lambda: show(beside)))

        def work(cancel: CancelToken) -> Beside:
            return measure_beside(OpContext(app.vfs, cancel=cancel), place, prices, tell)

        show(Beside())
        self._running.append(app.bridge.ask(work, show, self._failed))

    def _failed(self, error: StorageError) -> None:
        if self._dialog.is_attached:
            self._dialog.failed(str(error))

    def _draw(self) -> None:
        if self._dialog.is_attached:
            self._dialog.show()

    def _ticker(self, show: Callable[[], None]) -> Callable[[], None]:
        """On the worker: have it drawn, a few times a second."""
        due = 0.0

        def tick() -> None:
            nonlocal due
            if time.monotonic() >= due:
                due = time.monotonic() + _TOLD_EVERY
                self._app.post_message(Answered(show))

        return tick


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"storage_cost": storage_cost}
