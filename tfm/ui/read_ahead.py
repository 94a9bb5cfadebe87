"""Directories of a server that are read before anybody asks, while the cursor rests; off unless a budget is set.

The least of all callers: one listing at a time, never more requests than the budget of the minute
and of the session allow, nothing while a job works with a server of that kind, nothing where
listing was denied, and whatever somebody waits for breaks it off between two requests. What it
brought and what it cost in vain is counted in the record of the cache (`AheadRecord`).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.timer import Timer

from tfm.jobs.job import JobState
from tfm.jobs.lane import Lane
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import Cancelled, Denied, StorageError
from tfm.model.location import BadPlace, Location, Style, parse
from tfm.model.past import is_past
from tfm.session.likely import likely
from tfm.session.pane import Loading
from tfm.storage.device_codes import unasked
from tfm.ui.messages import Answered

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

REST = 0.5
"""Seconds that the cursor rests before anything is read ahead."""

_MINUTE = 60.0
_MOST_PAGES = 3
"""Requests for one directory; a larger one is better read when somebody wants it."""
_NEARLY_FULL = 900
_LATEST_VISITS = 50

_log = logging.getLogger("tfm.ui")


@dataclass
class _Read:
    """One listing that is being read, or was: the requests it took, and when it was taken."""

    place: Location
    token: CancelToken
    requests: int = 0
    taken_at: float = 0.0
    wanted: bool = False


class Budget:
    """Requests of the last minute and of the session. `clock` is monotonic seconds."""

    def __init__(self, per_minute: int, per_session: int, clock: Callable[[], float]) -> None:
        self.per_minute = per_minute
        self._left = per_session
        self._clock = clock
        self._spent: deque[float] = deque()

    @property
    def left(self) -> int:
        """How many may be sent now."""
        while self._spent and self._spent[0] <= self._clock() - _MINUTE:
            self._spent.popleft()
        return max(0, min(self._left, self.per_minute - len(self._spent)))

    @property
    def is_over(self) -> bool:
        """Nothing will be sent any more."""
        return self._left <= 0 or self.per_minute <= 0

    def spend(self, requests: int) -> None:
        """So many were sent."""
        self._left -= requests
        self._spent.extend([self._clock()] * requests)


class ReadAhead:
    """Event loop only, but for what says otherwise."""

    def __init__(
        self, app: TfmApp, per_minute: int, per_session: int, clock: Callable[[], float]
    ) -> None:
        self._app = app
        self._clock = clock
        self._budget = Budget(per_minute, per_session, clock)
        self._lane = Lane("ahead", 1)
        self._timer: Timer | None = None
        self._rests_at = 0.0
        self._reading: _Read | None = None
        self._ready: dict[Location, _Read] = {}
        self._denied: set[Location] = set()
        self.record = app.vfs.cache.ahead

    def moved(self) -> None:
        """The cursor or the rows are others: think when they rest."""
        if self._budget.is_over:
            return
        self._rests_at = self._clock() + REST
        if self._timer is None:
            self._timer = self._app.set_timer(REST, self._rested)

    def wanted(self, place: Location | None) -> None:
        """Somebody waits for something: a listing of `place`, or anything else."""
        reading = self._reading
        if reading is not None:
            if reading.place == place:
                reading.wanted = True  # both wait for the same answer
            else:
                reading.token.cancel()
        ready = None if place is None else self._ready.pop(place, None)
        if ready is not None:
            known = self._app.vfs.cached(ready.place)
            if known is not None and known.taken_at == ready.taken_at:
                self._hit(ready)

    def denied(self, place: Location) -> None:
        """A listing was denied: neither this nor what lies in it is tried."""
        self._denied.add(place)

    def close(self) -> None:
        """Stop it."""
        if self._timer is not None:
            self._timer.stop()
        if self._reading is not None:
            self._reading.token.cancel()
        self._lane.close()
        if self.record.requests:
            told = self.record
            _log.info(
                "Read ahead: %d listings by %d requests, %d of use, %d requests in vain",
                *(told.listings, told.requests, told.hits, told.wasted),
            )

    # -- thinking ----------------------------------------------------------------------------------

    def _rested(self) -> None:
        self._timer = None
        still = self._rests_at - self._clock()
        if still > 0:
            self._timer = self._app.set_timer(max(0.01, still), self._rested)
            return
        if self._reading is None and (place := self._choose()) is not None:
            self._start(place)

    def _choose(self) -> Location | None:
        app, pane = self._app, self._app.session.pane
        if pane.loading is not Loading.NO or pane.place.root.style is not Style.KEY:
            return None
        features = app.view.features
        if is_past(pane.place.root) or features is None or not features.remote:
            return None
        # a listing that is cut by the budget is lost, so the last request begins none
        if self._budget.left < 2 or self._jobs_at_work():
            return None
        places = likely(pane, self._visited(), app.vfs.cached(pane.place.parent))
        return next((place for place in places if self._worth(place)), None)

    def _worth(self, place: Location) -> bool:
        denied = place in self._denied or any(above in self._denied for above in place.ancestors())
        return not denied and place not in self._ready and self._app.vfs.cached(place) is None

    def _jobs_at_work(self) -> bool:
        """Whether a job does something that is not with disks alone, as far as can be told."""
        resting = (JobState.PAUSED, JobState.ASKING)
        return any(
            not job.state.is_end
            and job.state not in resting
            and (job.current is None or job.current.root.style is Style.KEY)
            for job in self._app.jobs.snapshot()
        )

    def _visited(self) -> Sequence[Location]:
        found = []
        for visit in self._app.recall.memory.visits[:_LATEST_VISITS]:
            try:
                found.append(parse(visit.place))
            except BadPlace:
                continue
        return found

    # -- reading -----------------------------------------------------------------------------------

    def _start(self, place: Location) -> None:
        read = self._reading = _Read(place, CancelToken())
        most = min(_MOST_PAGES, self._budget.left)
        self._lane.submit(lambda: self._read(read, most))

    def _read(self, read: _Read, most: int) -> None:
        """On a worker thread."""

        def on_page(page: Sequence[Entry]) -> None:
            read.requests += 1
            if read.requests > most or (read.requests == most and len(page) >= _NEARLY_FULL):
                read.token.cancel()

        error: BaseException | None = None
        try:
            with unasked():
                listing = self._app.vfs.scan(read.place, cancel=read.token, on_page=on_page)
            read.taken_at = listing.taken_at
        except (StorageError, Cancelled) as fault:
            error = fault
        read.requests = max(1, read.requests)
        self._app.post_message(Answered(lambda: self._ended(read, error)))

    def _ended(self, read: _Read, error: BaseException | None) -> None:
        self._reading = None
        self._budget.spend(read.requests)
        self.record.requests += read.requests
        if error is None:
            self.record.listings += 1
            if read.wanted:
                self._hit(read)
            else:
                self._ready[read.place] = read
            self._rested()  # while it rests, the next one
        elif isinstance(error, Denied):
            self.denied(read.place)

    def _hit(self, read: _Read) -> None:
        self.record.hits += 1
        self.record.useful += read.requests
