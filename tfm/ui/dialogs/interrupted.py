"""The screen of jobs that were cut off: let one go on, clear up behind it, or leave it for later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual import events
from textual.app import ComposeResult

from tfm.jobs.recovery import Interrupted
from tfm.model.text import local_time, plural, safe_text
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label

_ROWS = 8
_NAMED = 4

What = Literal["resume", "discard"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of which job."""

    what: What
    job: Interrupted


class InterruptedDialog(Dialog[Wish]):
    """Gives a wish; None leaves all for later. Under the list stands what the chosen one left."""

    def __init__(self, jobs: Sequence[Interrupted]) -> None:
        buttons = (
            Button("resume", "Resume", "r"),
            Button("discard", "Discard", "d"),
            Button("later", "Later", "l"),
        )
        super().__init__("Interrupted jobs", buttons, classes="wide")
        self._jobs = list(jobs)
        self.list = ChoiceList()
        self.list.show([Choice(job, job.title, _began(job)) for job in jobs])
        self._details = [Label("", classes="muted slot") for _ in range(_NAMED + 1)]

    def body(self) -> ComposeResult:
        """The list, and what the chosen job left unfinished."""
        yield Label("These jobs were cut off before they ended. What was done stays done.")
        yield Label("", classes="gap")
        self.list.styles.height = min(_ROWS, len(self._jobs))
        yield self.list
        yield Label("", classes="gap")
        yield from self._details

    def on_mount(self) -> None:
        """Tell of the first."""
        self._tell()

    def _tell(self) -> None:
        job = self._chosen
        lines = [] if job is None else details(job)
        for at, label in enumerate(self._details):
            label.say(lines[at] if at < len(lines) else "")

    @property
    def _chosen(self) -> Interrupted | None:
        row = self.list.current
        return None if row is None else row.value

    def on_choice_list_chosen(self) -> None:
        """A click chooses the row; the buttons act."""
        self._tell()

    def take_key(self, event: events.Key) -> None:
        """Up and down choose a job, left and right a button."""
        moves = {"up": -1, "down": 1, "pageup": -_ROWS, "pagedown": _ROWS}
        if event.key in moves:
            self.list.move(moves[event.key])
            self._tell()
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def pressed(self, button: str) -> None:
        """Done."""
        job = self._chosen
        if job is None or button == "later":
            self.dismiss(None)
        elif button == "resume":
            self.dismiss(Wish("discard" if job.finished else "resume", job))
        else:
            self.dismiss(Wish("discard", job))


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
