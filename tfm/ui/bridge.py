"""The one door between the event loop and the worker threads.

Methods named `ask`, `load`, `arrange` and `watch` are called on the event loop and return at once.
All other code in this file runs on worker threads: it touches no widget and no session, and speaks
only by posting messages.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from textual.message import Message

from tfm.jobs.job import JobEvent
from tfm.jobs.lane import Lane, Task
from tfm.model.cancel import CancelToken
from tfm.model.change import NOTHING, Change
from tfm.model.entry import Entry
from tfm.model.errors import Cancelled, StorageError
from tfm.model.location import Location
from tfm.model.order import SortSpec
from tfm.ops.context import OpContext
from tfm.ops.search import look_again
from tfm.session.rows import Rows, plan_rows
from tfm.session.session import Side
from tfm.storage.base import FanOut
from tfm.storage.vfs import Vfs
from tfm.ui.messages import (
    Answered,
    CountGrew,
    JobMoved,
    LoadEnded,
    PlaceOpened,
    PlacesChanged,
    RowsArranged,
    RowsArrived,
)

T = TypeVar("T")
Post = Callable[[Message], object]

_log = logging.getLogger("tfm.ui")

_LOOKERS = 4
_APART = 12
"""More than the servers that are looked at together: a dead one keeps its hand for a minute and more."""
_FINDERS = 8
_SHORTEST_PAUSE = 0.1
_PAUSE_PER_SORT = 4.0


@dataclass(frozen=True, slots=True)
class Request:
    """One listing that a pane wants; how it is shown is what the pane said when it asked.

    With `found` it is the results of a search that are looked at again, not a directory.
    """

    side: Side
    generation: int
    place: Location
    order: SortSpec
    hidden: bool
    fresh: bool = False
    filter: str = ""
    found: Sequence[Entry] | None = None

    def rows(self, entries: Sequence[Entry]) -> Rows:
        """The rows as the pane wants them."""
        return plan_rows(entries, self.order, hidden=self.hidden, filter=self.filter)


class Pending:
    """Something asked for; `cancel` says that nobody waits for it any more."""

    def __init__(self, token: CancelToken, task: Task) -> None:
        self.token = token
        self._task = task

    def cancel(self) -> None:
        """Stop it soon; what it would have said is not said."""
        self.token.cancel()
        self._task.drop()


class Bridge:
    """`post` takes a message from any thread; `clock` is monotonic seconds.

    `wanted` hears of all that somebody waits for: of which place a listing, else None.
    """

    def __init__(self, vfs: Vfs, post: Post, clock: Callable[[], float] = time.monotonic) -> None:
        self._vfs = vfs
        self._post = post
        self._clock = clock
        self._look = Lane("look", _LOOKERS, newest_first=True)
        self._find = Lane("find", _FINDERS)
        self._aside = Lane("aside", _LOOKERS)
        self._apart = Lane("apart", _APART)
        self._lock = threading.Lock()
        self._change: Change = NOTHING
        self.wanted: Callable[[Location | None], None] = lambda _place: None

    @property
    def finders(self) -> FanOut:
        """Hands for a search inside many files."""
        return self._find.fan_out

    def close(self) -> None:
        """Start nothing more."""
        self._look.close()
        self._aside.close()
        self._apart.close()
        self._find.close()

    def load(self, request: Request) -> Pending:
        """List a directory for a pane; rows come as messages."""
        self.wanted(request.place)
        token = CancelToken()
        return Pending(token, self._look.submit(lambda: self._load(request, token)))

    def arrange(self, request: Request, entries: Sequence[Entry]) -> None:
        """Sort the entries of a pane anew."""

        def work() -> None:
            rows = request.rows(entries)
            self._post(RowsArranged(request.side, request.generation, rows))

        self._look.submit(work)

    def ask(
        self,
        act: Callable[[CancelToken], T],
        then: Callable[[T], None],
        failed: Callable[[StorageError], None] = lambda _error: None,
        *,
        aside: bool = False,
        apart: bool = False,
    ) -> Pending:
        """Run `act` on a worker and hand its result to `then` on the event loop.

        `aside` is for looks at servers that may be dead: they never keep a listing waiting. `apart` is for one
        look at each of several servers: none waits for another.
        """
        self.wanted(None)
        token = CancelToken()

        def work() -> None:
            try:
                result = act(token)
            except Cancelled:
                return
            except StorageError as error:
                problem = error
                if not token.cancelled:
                    _log_answer(error)
                    self._post(Answered(lambda: failed(problem)))
                return
            if not token.cancelled:
                self._post(Answered(lambda: then(result)))

        lane = self._apart if apart else self._aside if aside else self._look
        return Pending(token, lane.submit(work))

    def watch(self, place: Location) -> Pending:
        """Have the storage tell when a directory changes behind our back, if it can."""
        token = CancelToken()

        def work() -> None:
            try:
                facet = self._vfs.facets(place).watch
                if facet is None or token.cancelled:
                    return
                token.on_cancel(facet.watch(place, lambda: self._vfs.touch(place)))
            except StorageError:
                return  # a pane that is not watched still has Ctrl-R

        return Pending(token, self._look.submit(work))

    def take_change(self) -> Change:
        """What has changed since the last call, in one."""
        with self._lock:
            change, self._change = self._change, NOTHING
        return change

    # -- on worker threads -------------------------------------------------------------------------

    def _load(self, request: Request, token: CancelToken) -> None:
        side, generation = request.side, request.generation
        try:
            token.check()
            features = self._vfs.features(request.place)
            columns = self._vfs.columns(request.place)
            self._post(PlaceOpened(side, generation, columns, features))
            if request.found is not None:
                self._look_again(request, request.found, token)
                return
            pages = _Pages(self._post, request, token, self._clock)
            known = None if request.fresh else self._vfs.cached(request.place, used=True)
            listing = known or self._vfs.scan(
                request.place, cancel=token, on_page=pages.add, fresh=request.fresh
            )
            seen = self._vfs.features(request.place)
            if seen.label != features.label:  # it was found out by looking
                self._post(PlaceOpened(side, generation, columns, seen))
            rows = request.rows(listing.entries)
        except Cancelled:
            self._post(LoadEnded(side, generation, None))
        except StorageError as error:
            _log_answer(error)
            self._post(LoadEnded(side, generation, error))
        else:
            count = len(listing.entries)
            self._post(RowsArrived(side, generation, rows, count, listing.taken_at))

    def _look_again(self, request: Request, found: Sequence[Entry], token: CancelToken) -> None:
        ctx = OpContext(self._vfs, cancel=token)
        entries = look_again(ctx, request.place, found, fresh=request.fresh)
        rows = request.rows(entries)
        moment = time.time()
        self._post(RowsArrived(request.side, request.generation, rows, len(entries), moment))

    def changed(self, change: Change) -> None:
        """Listens to the Vfs: joins what changes in one go into one message."""
        with self._lock:
            waiting = bool(self._change)
            self._change |= change
        if not waiting:
            self._post(PlacesChanged())

    def job_moved(self, job: int, event: JobEvent) -> None:
        """Listens to the job manager."""
        self._post(JobMoved(job, event))


def _log_answer(error: StorageError) -> None:
    """What a server refused, with the id of the request: the screen has no room for it everywhere."""
    if error.trace:
        _log.info("%s", error.in_full)


class _Pages:
    """Collects pages; sorts the first at once, later ones only as often as sorting is cheap."""

    def __init__(
        self, post: Post, request: Request, token: CancelToken, clock: Callable[[], float]
    ) -> None:
        self._post = post
        self._request = request
        self._token = token
        self._clock = clock
        self._entries: list[Entry] = []
        self._next_sort = 0.0

    def add(self, page: Sequence[Entry]) -> None:
        self._token.check()
        self._entries.extend(page)
        request, count = self._request, len(self._entries)
        begun = self._clock()
        if begun < self._next_sort:
            self._post(CountGrew(request.side, request.generation, count))
            return
        rows = request.rows(self._entries)
        self._post(RowsArrived(request.side, request.generation, rows, count))
        ended = self._clock()
        self._next_sort = ended + max(_SHORTEST_PAUSE, (ended - begun) * _PAUSE_PER_SORT)
