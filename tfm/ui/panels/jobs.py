"""The panel of jobs: what runs, how far it is, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from tfm.jobs.job import JobSnapshot, JobState
from tfm.jobs.manager import JobManager
from tfm.model.text import duration, plural, safe_text, short_size
from tfm.ui.cells import cut_name, pad, width_of, wrapped
from tfm.ui.dialogs.frame import DRAWN_AFTER, LEAVING, palette_for
from tfm.ui.pane.lines import Line
from tfm.ui.panels.status import bar, fitted, fraction_of
from tfm.ui.theming import Palette

_LINES_PER_JOB = 3
_FAILURES_SHOWN = 100

Text = tuple[str, Style]


class JobLines(Widget, can_focus=False):
    """Three lines a job; those that have not changed are not painted again."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.palette = palette
        self.top = 0
        self._lines: list[Text] = []

    def show(self, lines: list[Text], keep: range) -> None:
        """Replace the lines; those in `keep` are scrolled into view."""
        height = max(1, self.size.height)
        top = max(0, keep.stop - height, min(self.top, keep.start))
        if (top, len(lines)) != (self.top, len(self._lines)):
            self.top, self._lines = top, lines
            self.refresh()
            return
        for at, line in enumerate(lines):
            if line != self._lines[at] and 0 <= at - top < height:
                from textual.geometry import Region

                self.refresh(Region(0, at - top, self.size.width, 1))
        self._lines = lines

    @property
    def text(self) -> str:
        """All lines, for tests."""
        return "\n".join(text for text, _ in self._lines)

    def render_line(self, y: int) -> Strip:
        """One line."""
        at, width = self.top + y, self.size.width
        text, style = self._lines[at] if at < len(self._lines) else ("", self.palette.panel)
        return Strip([Segment(pad(text, width), style)], width)


class JobPanel(ModalScreen[None], inherit_bindings=False):
    """Opens over the panes; `show` is called with every sample."""

    AUTO_FOCUS = ""

    def __init__(
        self,
        jobs: JobManager,
        recover: Callable[[], None] | None = None,
        explain: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self._jobs = jobs
        self._recover = recover
        self._explain = explain
        self._shown: tuple[JobSnapshot, ...] = ()
        self._at = 0
        self._open: set[int] = set()
        self.lines: JobLines | None = None
        self._foot = Line()

    def compose(self) -> ComposeResult:
        """The box."""
        self.app.delay_update(DRAWN_AFTER)
        with Vertical(classes="dialog wide tall") as box:
            box.border_title = "Jobs"
            self.lines = JobLines(palette_for(self))
            self.lines.styles.height = "1fr"
            yield self.lines
            self._foot.styles.height = 1
            yield self._foot

    def on_mount(self) -> None:
        """Begin with the newest job."""
        self.show(self._jobs.snapshot())

    def on_resize(self) -> None:
        """Divide the lines anew."""
        self.call_after_refresh(lambda: self.show(self._jobs.snapshot()))

    def show(self, jobs: Sequence[JobSnapshot]) -> None:
        """Newest first."""
        chosen = self._chosen
        self._shown = tuple(reversed(jobs))
        ids = [job.id for job in self._shown]
        if chosen is not None and chosen.id in ids:
            self._at = ids.index(chosen.id)
        self._at = max(0, min(self._at, len(ids) - 1))
        self._paint()

    @property
    def _chosen(self) -> JobSnapshot | None:
        return self._shown[self._at] if self._at < len(self._shown) else None

    def _paint(self) -> None:
        if self.lines is None:
            return
        palette, width = palette_for(self), max(20, self.lines.size.width)
        lines: list[Text] = []
        keep = range(1)
        for number, job in enumerate(self._shown):
            begin = len(lines)
            style = palette.cursor if number == self._at else palette.panel
            lines.append((head_line(job, width), style))
            lines.append((progress_text(job, width), palette.panel))
            if job.id in self._open or not job.state.is_end:
                lines += [(text, palette.panel_muted) for text in detail_lines(job, width)]
            lines += [
                (text, palette.error)
                for text in failure_lines(job, width, whole=job.id in self._open)
            ]
            lines.append(("", palette.panel))
            if number == self._at:
                keep = range(begin, len(lines))
        if not lines:
            lines.append(("No jobs yet. Copy, move and delete run here.", palette.panel_muted))
        self.lines.show(lines, keep)
        self._foot.show(
            (
                "p pause  c cancel  r retry  Enter all  ? why  x tidy  i cut off  Esc",
                palette.panel_muted,
            )
        )

    def take_paste(self, text: str) -> None:
        """There is nothing to paste into."""

    def take_key(self, event: events.Key) -> None:
        """Orders for the chosen job."""
        job = self._chosen
        if event.key in (*LEAVING, "b", "q"):
            self.dismiss(None)
        elif event.key in ("up", "down"):
            step = 1 if event.key == "down" else -1
            self._at = max(0, min(self._at + step, len(self._shown) - 1))
            self._paint()
        elif event.key == "i" and self._recover is not None:
            self.dismiss(None)
            self._recover()
        elif event.key == "x":
            self._jobs.clear_finished()
            self.show(self._jobs.snapshot())
        elif job is not None:
            self._order(event.key, job)

    def _order(self, key: str, job: JobSnapshot) -> None:
        if key in ("c", "delete"):
            self._jobs.cancel(job.id)
        elif key in ("p", "space"):
            if job.state in (JobState.PAUSED, JobState.WAITING):
                self._jobs.resume(job.id)
            else:
                self._jobs.pause(job.id)
        elif key == "r":
            self._jobs.retry(job.id)
        elif key == "enter":
            self._open ^= {job.id}
        elif key == "question_mark" and self._explain is not None:
            self._explain(job.error or next((item.reason for item in job.failures), ""))
        self.show(self._jobs.snapshot())


_STATE_WORDS = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "running",
    JobState.PAUSED: "paused",
    JobState.WAITING: "waits",
    JobState.ASKING: "asks",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


def head_line(job: JobSnapshot, width: int) -> str:
    """Title at the left, state at the right."""
    state = _STATE_WORDS[job.state]
    return f"{cut_name(safe_text(job.title), max(8, width - len(state) - 1))} {state}"


def progress_text(job: JobSnapshot, width: int) -> str:
    """Bar, share, items, bytes, speed, time left."""
    share = 1.0 if job.state is JobState.DONE else fraction_of(job)
    more = "+" if job.counting and not job.state.is_end else ""
    pieces = [
        f"{share:4.0%}",
        f"{job.items_done:,}/{plural(job.items_total, 'item')}{more}",
    ]
    if not job.state.is_end or job.bytes_done:  # tags, deletes and the like move none
        pieces.append(f"{short_size(job.bytes_done)}/{short_size(job.bytes_total)}{more}")
    if job.speed > 0 and job.state is JobState.RUNNING:
        pieces.append(f"{short_size(round(job.speed))}/s")
    if job.seconds_left is not None and job.state is JobState.RUNNING:
        pieces.append(f"{duration(job.seconds_left)} left")
    text = "  ".join(pieces)
    return f"{bar(share, max(8, min(30, width - width_of(text) - 2)))}  {text}"


def detail_lines(job: JobSnapshot, width: int) -> list[str]:
    """What is worked on, or why nothing is."""
    if job.waiting:
        return [cut_name(safe_text(job.waiting), width)]
    current = safe_text(str(job.current)) if job.current is not None else ""
    return [cut_name(current, width)]


def failure_lines(job: JobSnapshot, width: int, *, whole: bool) -> list[str]:
    """What went wrong: the first two, or all of them."""
    lines: list[str] = []
    if job.error:
        lines += wrapped(safe_text(job.error), width) if whole else [safe_text(job.error)]
    shown = job.failures[: _FAILURES_SHOWN if whole else 2]
    for item in shown:
        line = f"{safe_text(item.source.name)}: {safe_text(item.reason)}"
        lines += wrapped(line, width) if whole else [line]
        if whole and item.error is not None and item.error.trace:
            lines += wrapped(f"  {safe_text(item.error.trace)}", width)
    hidden = len(job.failures) - len(shown)
    if hidden > 0:
        lines.append(f"and {hidden:,} more" + ("" if whole else "; Enter shows them"))
    return [pad(fitted(line, width), width) if width_of(line) > width else line for line in lines]
