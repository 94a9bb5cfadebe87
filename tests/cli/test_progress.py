"""The progress line."""

import pytest

from tfm.cli.console import Console
from tfm.cli.progress import Progress
from tfm.model.location import local
from tfm.ops.context import Meter


class Paper(Console):
    """A console that keeps what is drawn."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.drawn: list[str] = []
        self._terminal = terminal

    @property
    def shows_progress(self) -> bool:
        return self._terminal

    def draw(self, text: str) -> None:
        self.drawn.append(text)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def meter() -> Meter:
    made = Meter()
    made.plan(12, 10 * 1024 * 1024)
    made.planned()
    made.start(local("/d/name\x1b[2J"))
    return made


def test_counts_bytes_speed_and_time_left(meter: Meter) -> None:
    paper, clock = Paper(terminal=True), Clock()
    progress = Progress(paper, meter, clock)
    progress.tick()
    assert paper.drawn == []  # not in the first moment
    meter.advance(2 * 1024 * 1024)
    meter.finish(3)
    clock.now += 1
    progress.tick()
    (line,) = paper.drawn
    assert line == "3/12  2.0M of 10M  2.0M/s  4 s left  name␛[2J"


def test_never_longer_than_a_line(meter: Meter) -> None:
    paper, clock = Paper(terminal=True), Clock()
    progress = Progress(paper, meter, clock)
    meter.start(local("/" + "宽" * 200))
    clock.now += 1
    progress.tick()
    assert len(paper.drawn[0]) < 60


def test_nothing_without_a_terminal(meter: Meter) -> None:
    paper, clock = Paper(terminal=False), Clock()
    progress = Progress(paper, meter, clock)
    clock.now += 1
    progress.tick()
    assert paper.drawn == []
