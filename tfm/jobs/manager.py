"""The job manager: queue, start, pause, ask, cancel, end.

Two jobs run at a time by default; jobs whose places overlap run one after the other. When a job is
said to be finished, its changes were published before: the panes can be true.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tfm.jobs.audit import AuditLog, ending_of, identities_of
from tfm.jobs.job import JobEvent, JobSnapshot, JobState
from tfm.jobs.lane import Lane
from tfm.jobs.meter import Speedometer
from tfm.jobs.recorder import JobRecorder, Past, past_of_report
from tfm.jobs.recovery import JournalError, Journals
from tfm.model.cancel import CancelToken
from tfm.model.conflict import Conflict, Decision
from tfm.model.errors import Cancelled, StorageError
from tfm.model.location import Location, Root
from tfm.model.patience import Patience
from tfm.model.text import local_time
from tfm.model.verify import Level
from tfm.ops.context import ItemResult, Meter, OpContext, Outcome, Report
from tfm.ops.order import Order
from tfm.ops.plan import Picked
from tfm.ops.record import FORGETS
from tfm.ops.thaw import NotYet
from tfm.storage.base import FanOut, one_by_one
from tfm.storage.vfs import Vfs

_log = logging.getLogger("tfm.jobs")
_files = logging.getLogger("tfm.files")

Run = Callable[[OpContext], Report]
Alarm = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls something after so many seconds, from some thread; returns the way to forget it."""
Listener = Callable[[int, JobEvent], None]

_FINISHED_KEPT = 50
_FAILURES_SHOWN = 200
_SHORTEST_PACE = 1.0
"""Seconds a job must take before it tells how fast others will be."""


def call_later(seconds: float, act: Callable[[], None]) -> Callable[[], None]:
    """The usual alarm: a thread that sleeps."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer.cancel


@dataclass(eq=False)
class _Job:
    id: int
    title: str
    run: Run
    places: tuple[Location, ...]
    order: Order | None = None
    past: Past | None = None
    journal: str = ""
    recorder: JobRecorder | None = None
    prepared: bool = True
    cut_off: bool = False
    state: JobState = JobState.QUEUED
    token: CancelToken = field(default_factory=CancelToken)
    meter: Meter = field(default_factory=Meter)
    speed: Speedometer = field(default_factory=Speedometer)
    failures: list[ItemResult] = field(default_factory=list)
    question: Conflict | None = None
    answer: Decision | None = None
    error: str = ""
    report: Report | None = None
    held_up: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    looks: int = 0
    due: float = 0.0
    told: str = ""
    forget_alarm: Callable[[], None] = lambda: None


class JobManager:
    """Runs operations in the background; every method may be called from any thread.

    `parts` is the number of hands lent to running jobs for small files and pieces of large ones.
    `inline` runs each job inside `submit`, for tests.
    """

    def __init__(
        self,
        vfs: Vfs,
        *,
        max_jobs: int = 2,
        parts: int = 8,
        inline: bool = False,
        patience: Patience | None = None,
        level: Level = Level.CHECKSUM,
        journals: Journals | None = None,
        audit: AuditLog | None = None,
        clock: Callable[[], float] = time.monotonic,
        alarm: Alarm = call_later,
    ) -> None:
        self._vfs = vfs
        self._max_jobs = max_jobs
        self._inline = inline
        self._patience = patience or Patience()
        self._level = level
        self.journals = journals
        self.audit = audit
        self._clock = clock
        self._alarm = alarm
        self._condition = threading.Condition()
        self._jobs: dict[int, _Job] = {}
        self._next_id = 1
        self._listeners: list[Listener] = []
        self._move = Lane("move", max_jobs)
        self._parts = Lane("parts", parts)
        self._disk = Lane("disk", 1)
        self._closing = False
        self._paces: dict[tuple[Root, Root], float] = {}

    def order(self, title: str, order: Order) -> int:
        """Queue an order; with journals it outlives a kill, already while it waits. Its id."""
        return self._queue(_Job(0, title, order.runner(), order.places, order))

    def take_up(self, past: Past, recorder: JobRecorder) -> int:
        """Let an interrupted job go on. Its id."""
        order = past.order
        run = order.runner(again=True)
        return self._queue(_Job(0, past.title, run, order.places, recorder=recorder))

    def retry(self, job_id: int) -> int | None:
        """Order again what failed in a job that has ended; what it did is not done again. Its id, None
        where nothing failed.
        """
        job = self._jobs.get(job_id)
        if job is None or job.recorder is None or not job.state.is_end:
            return None
        order = job.recorder.order
        if job.report is None:  # refused as a whole, so that nothing was done
            if job.state is not JobState.FAILED:
                return None
            run, past = order.runner(again=job.recorder.past is not None), job.recorder.past
            whole = _Job(0, job.title, run, order.places, order, past, journal=job.recorder.id)
            return self._queue(whole)
        if not job.report.failures:
            return None
        if order.verb == "delete":  # what came again into a tree that went whole stays
            order = replace(order, picked=_not_done(order.picked, job.report))
        past = past_of_report(job.title, order, job.report)
        again = _Job(0, job.title, order.runner(again=True), order.places, order, past)
        if job.report.was_cut_off:
            again.journal = job.recorder.id  # it names what was left to build upon
        return self._queue(again)

    def submit(self, title: str, run: Run, places: Iterable[Location] = ()) -> int:
        """Queue an operation under a title; `places` are what it reads and writes. Its id."""
        return self._queue(_Job(0, title, run, tuple(places)))

    def _queue(self, job: _Job) -> int:
        job.prepared = job.order is None or self.journals is None
        if job.order is not None and self.journals is None:
            job.recorder = JobRecorder(job.order, past=job.past)
        with self._condition:
            job.id = self._next_id
            self._next_id += 1
            self._jobs[job.id] = job
            self._forget_old()
        self._tell(job.id, JobEvent.QUEUED)
        if self._inline:
            self._prepare(job)
            self._run(job)
        elif job.prepared:
            self._start_what_can()
        else:
            self._disk.submit(lambda: self._prepare_and_start(job))
        return job.id

    def _prepare(self, job: _Job) -> None:
        """Begin its journal: on a thread of its own, since whoever orders must not wait for a disk."""
        if not job.prepared and job.order is not None and self.journals is not None:
            job.recorder = self._taken_up(job.journal) if job.journal else None
            if job.recorder is None:
                job.recorder = self.journals.begin(job.title, job.order, job.past)
            job.recorder.cut_off = job.cut_off
        job.prepared = True

    def _taken_up(self, name: str) -> JobRecorder | None:
        """The journal that an outage left; None if somebody else has it by now."""
        assert self.journals is not None
        try:
            return self.journals.take_up(name)[1]
        except JournalError as error:
            _log.info("The job begins anew: %s", error)
            return None

    def _prepare_and_start(self, job: _Job) -> None:
        self._prepare(job)
        if job.state.is_end and job.recorder is not None:  # cancelled in this moment
            job.recorder.finish()
        self._start_what_can()

    # -- questions and orders ----------------------------------------------------------------------

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop; one that still waits ends at once."""
        with self._condition:
            job = self._jobs.get(job_id)
            if job is None or job.state.is_end:
                return
            waiting = job.state in (JobState.QUEUED, JobState.WAITING)
            if waiting:
                job.state = JobState.CANCELLED
        job.forget_alarm()
        job.token.cancel()
        with self._condition:
            job.question = None
            self._condition.notify_all()
        if waiting:
            recorder = job.recorder
            if recorder is not None:
                if self._closing:
                    recorder.finish()
                else:
                    self._disk.submit(recorder.finish)
            job.ended.set()
            self._tell(job_id, JobEvent.FINISHED)
            self._start_what_can()

    def pause(self, job_id: int) -> None:
        """Let a running job wait at its next check."""
        with self._condition:
            job = self._jobs.get(job_id)
            if job is not None and job.state is JobState.RUNNING:
                job.token.pause()
                job.state, job.held_up = JobState.PAUSED, True

    def resume(self, job_id: int) -> None:
        """Let a paused job go on; one that waits looks now."""
        with self._condition:
            job = self._jobs.get(job_id)
            if job is not None and job.state is JobState.PAUSED:
                job.state = JobState.RUNNING
                job.token.resume()
            if job is None or job.state is not JobState.WAITING:
                return
            job.state = JobState.QUEUED
        job.forget_alarm()
        self._start_what_can()

    def answer(self, job_id: int, decision: Decision) -> None:
        """Answer the question a job waits for; ignored if it asks nothing."""
        with self._condition:
            job = self._jobs.get(job_id)
            if job is not None and job.question is not None:
                # at once, not when the job wakes up: an answered question is not asked again
                job.answer, job.question = decision, None
                job.state = JobState.RUNNING
                self._condition.notify_all()

    def wait(self, job_id: int, seconds: float | None = None) -> bool:
        """Wait for the end of a job; False if it has not come by then. Never on the UI thread."""
        job = self._jobs.get(job_id)
        return job is None or job.ended.wait(seconds)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(id, event)` at transitions, on whatever thread; returns the way out."""
        with self._condition:
            self._listeners.append(listener)

        def leave() -> None:
            with self._condition:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return leave

    def snapshot(self) -> tuple[JobSnapshot, ...]:
        """Pictures of all jobs, oldest first; cheap, made for ten times a second."""
        with self._condition:
            return tuple(self._picture(job) for job in self._jobs.values())

    def active(self) -> int:
        """How many jobs have not ended."""
        with self._condition:
            return sum(not job.state.is_end for job in self._jobs.values())

    def pace(self, source: Root, target: Root) -> float | None:
        """Bytes a second of the last job of this run that carried something between the two; None without one."""
        return self._paces.get((source, target))

    def moving(self) -> int:
        """How many of them may change at any moment: those that look again hours later do not."""
        with self._condition:
            return sum(
                not job.state.is_end and job.state is not JobState.WAITING
                for job in self._jobs.values()
            )

    def clear_finished(self) -> None:
        """Forget the jobs that have ended."""
        with self._condition:
            for job_id in [i for i, job in self._jobs.items() if job.state.is_end]:
                del self._jobs[job_id]

    def shutdown(self, seconds: float, *, cut_off: bool = False) -> list[str]:
        """Cancel everything, wait at most `seconds`; the titles of what had not ended by then.

        `cut_off` says that nobody asked for that end (a signal, a lost terminal): the journals stay,
        and the jobs are offered again at the next start.
        """
        deadline = self._clock() + seconds
        with self._condition:
            self._closing = True
            jobs = list(self._jobs.values())
        for job in jobs:
            # what was asked for comes, whoever waits for it: such a job is offered again
            job.cut_off = cut_off or job.state is JobState.WAITING
            if job.recorder is not None:
                job.recorder.cut_off = job.cut_off
            self.cancel(job.id)
        late = [job for job in jobs if not job.ended.wait(max(0.0, deadline - self._clock()))]
        # a journal that is being begun just now ends as its job did
        self._disk.submit(lambda: None).ended.wait(max(0.0, deadline - self._clock()))
        self._move.close()
        self._parts.close()
        self._disk.close()
        return [job.title for job in late if not job.ended.is_set()]

    # -- inside --------------------------------------------------------------------------------------

    def _start_what_can(self) -> None:
        starting: list[_Job] = []
        with self._condition:
            if self._closing:
                return
            busy = [
                job
                for job in self._jobs.values()
                if not job.state.is_end and job.state not in (JobState.QUEUED, JobState.WAITING)
            ]
            ahead: list[_Job] = []
            for job in self._jobs.values():
                if job.state is not JobState.QUEUED or not job.prepared:
                    continue
                if len(busy) >= self._max_jobs:
                    break
                if any(_overlap(job.places, other.places) for other in [*busy, *ahead]):
                    ahead.append(job)
                    continue
                job.state = JobState.RUNNING
                busy.append(job)
                starting.append(job)
        for job in starting:
            self._move.submit(lambda job=job: self._run(job))  # type: ignore[misc]

    def _run(self, job: _Job) -> None:
        job.state = JobState.RUNNING
        self._tell(job.id, JobEvent.STARTED)
        hands: FanOut = one_by_one if self._inline else self._parts.fan_out
        ctx = OpContext(
            vfs=self._vfs,
            cancel=job.token,
            meter=job.meter,
            resolver=_Asker(self, job),
            fan_out=hands,
            on_item=lambda item: self._item_ended(job, item),
            patience=self._patience,
            level=self._level,
            recorder=job.recorder or FORGETS,
        )
        written = ""
        begun, job.held_up = self._clock(), False
        try:
            written = self._write_down(job)
            job.report = job.run(ctx)
            state = _end_state(job)
            self._note_pace(job, self._clock() - begun)
        except NotYet as pause:
            if self._park(job, pause, written):
                return
            state = JobState.CANCELLED
        except Cancelled:
            state = JobState.CANCELLED
        except StorageError as error:
            job.error, state = error.in_full, JobState.FAILED
        except Exception as error:  # noqa: BLE001 - the job boundary: a fault ends one job, not tfm
            _log.exception("Job %d failed: %s", job.id, job.title)
            job.error = f"Unforeseen fault ({type(error).__name__}). The log has the details."
            state = JobState.FAILED
        self._write_end(job, written, state)
        if job.recorder is not None:
            # what an outage ended is offered again, as what a signal ended; and so is one that was
            # refused when it was taken up, or had waited
            begun_before = job.recorder.past is not None or job.looks > 0
            refused = state is JobState.FAILED and begun_before
            cut_off = refused if job.report is None else job.report.was_cut_off
            job.recorder.finish(keep=cut_off)
        with self._condition:
            job.state = state
            job.question = None
        job.ended.set()
        self._tell(job.id, JobEvent.FINISHED)
        if not self._inline:
            self._start_what_can()

    def _write_down(self, job: _Job) -> str:
        """In the audit log, if there is one. Raises AuditError where the job must not begin without."""
        if self.audit is None:
            return ""
        order = job.order or (job.recorder.order if job.recorder is not None else None)
        if order is None:
            return self.audit.begun("", job.title, job.places)
        places = [place for place, _ in order.picked]
        return self.audit.begun(order.verb, job.title, places, order.destination)

    def _write_end(self, job: _Job, written: str, state: JobState) -> None:
        if self.audit is not None and written:
            self.audit.ended(
                written,
                state.value,
                error=job.error,
                identities=identities_of(self._vfs, job.places),
                **ending_of(job.report),
            )

    def _note_pace(self, job: _Job, seconds: float) -> None:
        """Remember how fast it was, unless it waited for somebody."""
        order, size = job.order, job.meter.totals().bytes_done
        if order is None or order.destination is None or job.held_up:
            return
        if seconds >= _SHORTEST_PACE and size > 0:
            self._paces[order.picked[0][0].root, order.destination.root] = size / seconds

    def _park(self, job: _Job, pause: NotYet, written: str) -> bool:
        """Let a job wait without a place among those that run; False if it was cancelled meanwhile."""
        with self._condition:
            if job.token.cancelled or self._closing:
                return False
            seconds = pause.seconds(job.looks)
            job.looks += 1
            job.due, job.told = time.time() + seconds, pause.told
            job.state = JobState.WAITING
            job.forget_alarm = self._alarm(seconds, lambda: self.resume(job.id))
        self._write_end(job, written, JobState.WAITING)
        self._tell(job.id, JobEvent.WAITING)
        self._start_what_can()
        return True

    def _item_ended(self, job: _Job, item: ItemResult) -> None:
        _log_item(job.order.verb if job.order is not None else job.title, item)
        if item.outcome is Outcome.FAILED:
            if len(job.failures) < _FAILURES_SHOWN:
                job.failures.append(item)
            self._tell(job.id, JobEvent.ITEM_FAILED)

    def ask(self, job: _Job, conflict: Conflict) -> Decision:
        """Put a question and wait for the answer; Cancelled ends the wait."""
        with self._condition:
            job.question, job.answer = conflict, None
            job.state, job.held_up = JobState.ASKING, True
        self._tell(job.id, JobEvent.ASKING)
        with self._condition:
            self._condition.wait_for(lambda: job.answer is not None or job.token.cancelled)
            decision, job.question, job.answer = job.answer, None, None
        self._tell(job.id, JobEvent.ANSWERED)
        if decision is None:
            raise Cancelled
        return decision

    def _picture(self, job: _Job) -> JobSnapshot:
        totals = job.meter.totals()
        speed = 0.0
        if not job.state.is_end and job.state not in (JobState.QUEUED, JobState.WAITING):
            speed = job.speed.sample(self._clock(), totals.bytes_done)
        left = totals.bytes_total - totals.bytes_done
        known = speed > 0 and not totals.counting and left >= 0
        return JobSnapshot(
            id=job.id,
            title=job.title,
            state=job.state,
            items_done=totals.items_done,
            items_total=totals.items_total,
            bytes_done=totals.bytes_done,
            bytes_total=totals.bytes_total,
            counting=totals.counting,
            current=totals.current,
            speed=speed,
            seconds_left=left / speed if known else None,
            failures=tuple(job.failures),
            question=job.question,
            waiting=_waiting(job),
            error=job.error,
            report=job.report if job.state.is_end else None,
        )

    def _forget_old(self) -> None:
        ended = [i for i, job in self._jobs.items() if job.state.is_end]
        for job_id in ended[: max(0, len(ended) - _FINISHED_KEPT)]:
            del self._jobs[job_id]

    def _tell(self, job_id: int, event: JobEvent) -> None:
        with self._condition:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(job_id, event)


class _Asker:
    """The resolver of a job in the background."""

    def __init__(self, manager: JobManager, job: _Job) -> None:
        self._manager = manager
        self._job = job

    def resolve(self, conflict: Conflict) -> Decision:
        return self._manager.ask(self._job, conflict)


def _log_item(verb: str, item: ItemResult) -> None:
    """One line for each file: verb, name, from → to."""
    level = logging.WARNING if item.outcome is Outcome.FAILED else logging.INFO
    if not _files.isEnabledFor(level):
        return
    where = str(item.source.parent)
    if item.destination is not None:
        where += f" → {item.destination}"
    why = f": {item.reason}" if item.reason else ""
    if item.error is not None and item.error.trace:
        why += f" [{item.error.trace}]"
    _files.log(level, "%s %s: %s  %s%s", verb, item.outcome.value, item.source.name, where, why)


def _not_done(picked: Iterable[Picked], report: Report) -> tuple[Picked, ...]:
    """Of what was picked, that at or beneath which something is left to do."""
    left: set[Location] = set()
    for item in report.items:
        if item.outcome in (Outcome.FAILED, Outcome.CANCELLED):
            left.add(item.source)
            item.source.add_above(left)
    return tuple(one for one in picked if one[0] in left)


def _waiting(job: _Job) -> str:
    if job.state is JobState.WAITING:
        # the hour, not what is left: that would have to be drawn again and again
        return f"{job.told} Next look at {local_time(round(job.due * 1e9))[-5:]}."
    waiting = None if job.state.is_end or job.token.cancelled else job.token.waiting
    return "" if waiting is None else waiting.told()


def _end_state(job: _Job) -> JobState:
    if job.token.cancelled:
        return JobState.CANCELLED
    if job.report is not None and job.report.failures:
        return JobState.FAILED
    return JobState.DONE


def _overlap(mine: tuple[Location, ...], theirs: tuple[Location, ...]) -> bool:
    """True if any place of one is, holds or lies beneath a place of the other."""
    above_mine: set[Location] = set()
    above_theirs: set[Location] = set()
    for place in mine:
        place.add_above(above_mine)
    for place in theirs:
        place.add_above(above_theirs)
    return (
        not set(mine).isdisjoint(theirs)
        or any(place.as_directory() in above_theirs for place in mine)
        or any(place.as_directory() in above_mine for place in theirs)
    )
