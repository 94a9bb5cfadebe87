"""The screen of jobs that were cut off: let one go on, clear up behind it, or leave it for later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tfm.jobs.recovery import Interrupted
from tfm.model.text import local_time, plural, safe_text
from tfm.ui.dialogs.choose import Choice
from tfm.ui.dialogs.frame import Button
from tfm.ui.dialogs.offers import Offers

_NAMED = 4

What = Literal["resume", "discard"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of which job."""

    what: What
    job: Interrupted


class InterruptedDialog(Offers[Wish, Interrupted]):
    """Gives a wish for one of the jobs."""

    def __init__(self, jobs: Sequence[Interrupted]) -> None:
        super().__init__(
            "Interrupted jobs",
            "These jobs were cut off before they ended. What was done stays done.",
            [Choice(job, job.title, _began(job)) for job in jobs],
            (
                Button("resume", "Resume", "r"),
                Button("discard", "Discard", "d"),
                Button("later", "Later", "l"),
            ),
            _NAMED + 1,
        )

    def details_of(self, chosen: Interrupted) -> Sequence[str]:
        """What the job left unfinished."""
        return details(chosen)

    def wish(self, button: str, chosen: Interrupted) -> Wish | None:
        """One that is finished can only be cleared up behind."""
        if button == "later":
            return None
        return Wish("resume" if button == "resume" and not chosen.finished else "discard", chosen)


def _began(job: Interrupted) -> str:
    return local_time(int(job.began * 10**9), full=False)


def details(job: Interrupted) -> list[str]:
    """What a person wants to know before the choice."""
    if job.elsewhere:
        return [f"It ran on {safe_text(job.elsewhere)}, which shares this home: take it up there."]
    done = f"{plural(job.done, 'item')} done"
    if not job.leftovers:
        return [f"{done}, nothing left unfinished; what is missing will be done."]
    head = f"{done}, {plural(len(job.leftovers), 'file')} left unfinished"
    if job.finished:
        head += "; nothing else is to be done"
    lines = [f"{head}."]
    for left in job.leftovers[:_NAMED]:
        if left.name.startswith("/"):
            lines.append(f"  {safe_text(left.name)}")
        else:
            lines.append(f"  upload of {safe_text(str(left.place))}")
    if len(job.leftovers) > _NAMED:
        lines[-1] = f"  and {len(job.leftovers) - _NAMED + 1:,} more"
    return lines
