"""Jobs as the screen sees them: progress while they run, questions, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.timer import Timer

from tfm.jobs.job import JobEvent, JobSnapshot, JobState
from tfm.model.conflict import Answer, Decision
from tfm.model.location import Location
from tfm.model.text import plural, safe_text
from tfm.ops.context import Outcome, Report
from tfm.ops.order import Order
from tfm.ui.messages import JobMoved
from tfm.ui.screen import PanesScreen

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

SAMPLE_EVERY = 0.1
AT_REST = (JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.WAITING)
"""Nothing changes about such a job before it makes a transition."""

_DONE_WORDS = {
    "copy": "Copied",
    "move": "Moved",
    "delete": "Deleted",
    "compare": "Compared",
    "rename": "Renamed",
    "checksum": "Reckoned",
    "verify": "Verified",
    "link": "Linked",
    "chmod": "Changed",
    "chown": "Changed",
    "rewrite": "Changed",
    "tag": "Tagged",
    "access": "Set access to",
    "restore": "Asked for",
    "look at": "Looked at",
    "set": "Set",
    "touch": "Set the time of",
    "remove versions": "Deleted for good",
    "undelete": "Undeleted",
    "empty": "Emptied",
    "abort": "Aborted",
    "lock": "Locked",
}


class JobWatcher:
    """Samples the job manager ten times a second while something runs, and not at all otherwise."""

    def __init__(self, app: TfmApp) -> None:
        self._app = app
        self._timer: Timer | None = None
        self._picked: dict[int, tuple[Location, ...]] = {}
        self._asking: int | None = None

    def order(self, title: str, order: Order) -> int:
        """Start a job on what was picked; its marks go as it ends. Its id."""
        job = self._app.jobs.order(title, order)
        self.watch(job, [location for location, _entry in order.picked])
        return job

    def watch(self, job: int, picked: Sequence[Location] = ()) -> None:
        """Show how a job gets on, and take the marks from what it has done."""
        self._picked[job] = tuple(picked)
        self._run_timer()

    def moved(self, message: JobMoved) -> None:
        """A job made a transition."""
        self._run_timer()
        self.sample()
        if message.event is JobEvent.FINISHED:
            self._app.navigator.hurry()
            for job in self._app.jobs.snapshot():
                if job.id == message.job:
                    self._finished(job)

    def _run_timer(self) -> None:
        if self._timer is None and self._app.jobs.moving():
            self._timer = self._app.set_interval(SAMPLE_EVERY, self.sample)

    def sample(self) -> None:
        """Draw what the jobs look like now; the timer ends with the last of them."""
        jobs = self._app.jobs.snapshot()
        self._app.status.show_jobs(jobs)
        from tfm.ui.panels.jobs import JobPanel

        top = self._app.screen
        if isinstance(top, JobPanel):
            top.show(jobs)
        self._ask(jobs)
        if self._timer is not None and all(job.state in AT_REST for job in jobs):
            self._timer.stop()
            self._timer = None

    # -- questions ---------------------------------------------------------------------------------

    def _ask(self, jobs: Sequence[JobSnapshot]) -> None:
        """Put the question of a job, but never under the fingers of somebody who is typing."""
        from tfm.ui.panels.jobs import JobPanel

        if self._asking is not None or not isinstance(self._app.screen, PanesScreen | JobPanel):
            return
        if isinstance(self._app.screen, PanesScreen) and self._app.screen.mode is not None:
            return
        for job in jobs:
            if job.state is JobState.ASKING and job.question is not None:
                from tfm.ui.dialogs.conflict import ConflictDialog

                self._asking = job.id
                self._app.push_screen(ConflictDialog(job.question), self._answered)
                return

    def _answered(self, decision: Decision | None) -> None:
        job, self._asking = self._asking, None
        if job is not None:
            self._app.jobs.answer(job, decision or Decision(Answer.CANCEL))

    # -- ends --------------------------------------------------------------------------------------

    def _finished(self, job: JobSnapshot) -> None:
        picked = self._picked.pop(job.id, ())
        if job.report is not None:
            if job.report.verb == "rename":
                self._app.navigator.renamed(
                    [
                        (item.source, item.destination)
                        for item in job.report.items
                        if item.outcome is Outcome.DONE and item.destination is not None
                    ]
                )
            done = done_of(picked, job.report)
            unmarked = [pane for pane in self._app.session.all_panes() if pane.unmark(done)]
            for view in self._app.views.values():
                if view.pane in unmarked:
                    view.marks_changed()
        text, good = told(job, self._app.key_of("jobs"))
        self._app.say(text, "good" if good else "error")


def done_of(picked: Sequence[Location], report: Report) -> list[Location]:
    """What was picked and ended well with everything beneath it; quick also where all of many failed."""
    bad = {item.source for item in report.items if item.outcome is not Outcome.DONE}
    ended = {item.source for item in report.items}
    above_bad, above_ended = _above(bad), set[Location]()
    if any(place not in ended for place in picked):
        above_ended = _above(ended)
    return [
        place
        for place in picked
        if place not in bad
        and place.as_directory() not in above_bad
        and (place in ended or place.as_directory() in above_ended)
    ]


def _above(places: Iterable[Location]) -> set[Location]:
    above: set[Location] = set()
    for place in places:
        place.add_above(above)
    return above


def told(job: JobSnapshot, key: str) -> tuple[str, bool]:
    """One line about a job that has ended, and whether all is well; `key` shows the jobs."""
    if job.report is None:
        if job.state is JobState.CANCELLED:
            return f"Cancelled: {safe_text(job.title)}.", False
        return job.error or f"Failed: {safe_text(job.title)}.", False
    report = job.report
    done, skipped = report.count(Outcome.DONE), report.count(Outcome.SKIPPED)
    failures = report.failures
    word = _DONE_WORDS.get(report.verb, report.verb.capitalize())
    pieces = [f"{word} {plural(done, 'item')}"]
    if skipped:
        pieces.append(f"skipped {skipped:,}")
    if failures:
        pieces.append(f"{len(failures):,} failed: {failures[0].reason}")
    if job.state is JobState.CANCELLED:
        pieces.append("then cancelled")
    text = ", ".join(pieces)
    tail = f" ({key} shows all)" if len(failures) > 1 else ""
    return f"{text.rstrip('.')}.{tail}", not failures and job.state is JobState.DONE
