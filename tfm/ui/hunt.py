"""A search under way: it runs on a worker, and whoever listens is told about ten times a second.

It belongs to the dialog that began it, and then, if its results are fed into a pane, to that pane.
Everything here is called on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.ops.context import OpContext
from tfm.ops.search import Hit, Query, Summary, Syntax, search
from tfm.session.results import Results
from tfm.ui.messages import Answered

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


class Hunt:
    """Begins at once. `error` is set where the place itself could not be searched."""

    def __init__(self, app: TfmApp, query: Query) -> None:
        self.query = query
        self.hits: list[Hit] = []
        self._entries: list[Entry] = []
        self.summary = Summary()
        self.ended = False
        self.error: StorageError | None = None
        self._changed: Callable[[], None] = lambda: None
        self._cancelled = False

        def work(cancel: CancelToken) -> Summary:
            ctx = OpContext(app.vfs, cancel=cancel, fan_out=app.bridge.finders)

            def tell(hits: Sequence[Hit], summary: Summary) -> None:
                so_far = replace(summary)
                app.post_message(Answered(lambda: self._more(hits, so_far)))

            return search(ctx, query, tell)

        self._pending = app.bridge.ask(work, self._end, self._fail)

    def listen(self, changed: Callable[[], None]) -> None:
        """Tell this one from now on, and none before; it is told what is known at once."""
        self._changed = changed
        changed()

    def cancel(self) -> None:
        """Stop; what was found stays."""
        self._cancelled = True
        self.ended = True
        self._pending.cancel()

    def _more(self, hits: Sequence[Hit], summary: Summary) -> None:
        if not self._cancelled:
            self.hits.extend(hits)
            self._entries.extend(replace(hit.entry, name=hit.path) for hit in hits)
            self.summary = summary
            self._changed()

    def _end(self, summary: Summary) -> None:
        self.summary, self.ended = summary, True
        self._changed()

    def _fail(self, error: StorageError) -> None:
        self.error, self.ended = error, True
        self._changed()

    # -- what a pane shows ---------------------------------------------------------------------------

    @property
    def results(self) -> Results:
        """What was searched for, and the lines found so far."""
        query = self.query
        title = query.content or query.names or "*"
        if query.content and query.names:
            title = f"{query.content} in {query.names}"
        lines = {hit.path: hit.line for hit in self.hits if hit.line}
        return Results(title, lines, query.content, query.content_syntax is Syntax.REGEX)

    def entries(self) -> list[Entry]:
        """One row for each result, under its path."""
        return list(self._entries)
