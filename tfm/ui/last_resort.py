"""When the screen itself fails: the jobs go on without it, and one line tells how far they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from tfm.jobs.job import JobSnapshot, JobState
from tfm.jobs.manager import JobManager
from tfm.model.text import plural, safe_text
from tfm.ui.panels.status import fraction_of

PAUSE: Final = 0.5  # seconds between two looks
_STUCK: Final = (JobState.ASKING, JobState.PAUSED, JobState.WAITING)


def see_jobs_out(
    jobs: JobManager, out: TextIO, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait for the jobs that can go on, telling on `out`; Ctrl-C ends the wait.

    What asks or is paused waits for a screen: it stays in its journal, as what Ctrl-C leaves behind.
    """
    if not _running(jobs.snapshot()):
        return
    out.write("Its jobs go on here. Ctrl-C leaves them for the next start.\n")
    shown = ""
    try:
        while running := _running(jobs.snapshot()):
            told = _told(running)
            if told != shown:
                out.write(f"{told}\n")
                out.flush()
                shown = told
            sleep(PAUSE)
    except KeyboardInterrupt:
        out.write("\n")
        return
    ended = [job for job in jobs.snapshot() if job.state.is_end]
    failed = sum(job.state is JobState.FAILED for job in ended)
    out.write(f"{plural(len(ended), 'job')} ended, {failed:,} with failures.\n")


def _running(jobs: Sequence[JobSnapshot]) -> list[JobSnapshot]:
    going = [job for job in jobs if not job.state.is_end and job.state not in _STUCK]
    if all(job.state is JobState.QUEUED for job in going) and any(
        job.state in _STUCK for job in jobs
    ):
        return []  # what waits behind a job that is stuck would wait for ever
    return going


def _told(jobs: Sequence[JobSnapshot]) -> str:
    first = min(jobs, key=lambda job: job.state is JobState.QUEUED)
    more = f", and {len(jobs) - 1:,} more" if len(jobs) > 1 else ""
    return f"{safe_text(first.title)}: {fraction_of(first):.0%}{more}"
