"""The status line: the last message, else what the jobs are doing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rich.segment import Segment
from textual.strip import Strip

from tfm.jobs.job import JobSnapshot, JobState
from tfm.model.text import duration, plural, safe_text, short_size
from tfm.ui.cells import cut_start, pad, width_of
from tfm.ui.pane.lines import Line, Piece
from tfm.ui.theming import Palette

Level = Literal["plain", "good", "warning", "error"]

_BAR = 12
_PLACED = re.compile(r"(.*?\s)((?:\w+://|~?/).+?)(: .+)", re.DOTALL)
_LEAST = 16
"""Cells that a place keeps where a message is too long: its end, which is the name."""


class StatusLine(Line):
    """A message stays until the next key; below it lies the progress of the jobs."""

    def __init__(self, palette: Palette) -> None:
        super().__init__(id="status")
        self._palette = palette
        self._message: tuple[str, Level] | None = None
        self._field: tuple[Piece, ...] = ()
        self._progress = ""
        self._paint()

    def say(self, text: str, level: Level = "plain") -> None:
        """Show a message."""
        self._message = (safe_text(text.replace("\n", " ")), level)
        self._paint()

    def show_field(self, *pieces: Piece) -> None:
        """What is being typed goes before everything else; no pieces: nothing is typed any more."""
        self._field = pieces
        self._paint()

    def key_pressed(self) -> None:
        """The message was read."""
        if self._message is not None:
            self._message = None
            self._paint()

    def dress(self, palette: Palette) -> None:
        """Other colours."""
        self._palette = palette
        self._paint()

    def show_jobs(self, jobs: Sequence[JobSnapshot]) -> None:
        """What the jobs are doing, in one line."""
        self._progress = progress_line(jobs, max(20, self.size.width - 2))
        if self._message is None and not self._field:
            self._paint()

    def render_line(self, y: int) -> Strip:
        """The pieces; a message that is too long loses the front of its place, not its reason."""
        if self._message is None or self._field:
            return super().render_line(y)
        [(text, style)], width = self._pieces, self.size.width
        return Strip([Segment(pad(fitted(text, width), width), style)], width)

    def _paint(self) -> None:
        palette = self._palette
        if self._field:
            self.show(*self._field)
            return
        if self._message is None:
            self.show((f" {self._progress}", palette.accent))
            return
        text, level = self._message
        styles = {
            "plain": palette.text,
            "good": palette.success,
            "warning": palette.warning,
            "error": palette.error,
        }
        self.show((f" {text}", styles[level]))


def fitted(text: str, width: int) -> str:
    """A message in `width` cells, if that can be had by cutting the place before its `: reason`."""
    found, over = _PLACED.fullmatch(text), width_of(text) - width
    if over <= 0 or found is None:
        return text
    front, place, reason = found.groups()
    return f"{front}{cut_start(place, max(_LEAST, width_of(place) - over))}{reason}"


def bar(fraction: float, cells: int) -> str:
    """A bar of `cells` cells; drawn so that it is clear without colours."""
    full = max(0, min(cells, round(fraction * cells)))
    return "━" * full + "─" * (cells - full)


def fraction_of(job: JobSnapshot) -> float:
    """How much of a job is done, 0 to 1; by bytes where there are any."""
    if job.bytes_total > 0:
        return job.bytes_done / job.bytes_total
    return job.items_done / job.items_total if job.items_total else 0.0


def progress_line(jobs: Sequence[JobSnapshot], width: int) -> str:
    """The first running job, and how many more there are."""
    active = [job for job in jobs if not job.state.is_end]
    if not active:
        return ""
    first = next((job for job in active if job.state is JobState.ASKING), None)
    first = first or next((job for job in active if job.state is JobState.RUNNING), active[0])
    done = fraction_of(first)
    pieces = [safe_text(first.title), f"{bar(done, _BAR)} {done:4.0%}"]
    if first.state is not JobState.RUNNING:
        pieces[1] = first.state.value
    pieces.append(f"{first.items_done:,}/{first.items_total:,}")
    if first.waiting:
        pieces.append(safe_text(first.waiting))
    elif first.speed > 0 and first.state is JobState.RUNNING:
        pieces.append(f"{short_size(round(first.speed))}/s")
    if first.seconds_left is not None and first.state is JobState.RUNNING and not first.waiting:
        pieces.append(f"{duration(first.seconds_left)} left")
    if len(active) > 1:
        pieces.append(f"+{plural(len(active) - 1, 'job')}")
    pieces.append("b: jobs")
    rest = "  ".join(pieces[1:])
    room = width - width_of(rest) - 2
    title = pieces[0] if width_of(pieces[0]) <= room else pad(pieces[0], max(8, room))
    return f"{title}  {rest}"
