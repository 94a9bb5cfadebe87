"""The progress line."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tfm.cli.console import Console
from tfm.cli.progress import Progress
from tfm.model.cancel import CancelToken
from tfm.model.errors import Offline, StorageError, Throttled
from tfm.model.location import local
from tfm.ops.context import Meter


class Paper(Console):
    """A console that keeps what is drawn."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.drawn: list[str] = []
        self.said: list[str] = []
        self._terminal = terminal

    @property
    def shows_progress(self) -> bool:
        return self._terminal

    def draw(self, text: str) -> None:
        self.drawn.append(text)

    def say(self, text: str) -> None:
        self.said.append(text.strip())


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def waiting_for(cancel: CancelToken, error: StorageError, seconds: float) -> Iterator[None]:
    """A thread that waits for its next attempt."""
    thread = threading.Thread(target=cancel.wait_to_retry, args=(seconds, error))
    thread.start()
    while cancel.waiting is None:
        pass
    yield
    cancel.cancel()
    thread.join()


@pytest.fixture
def meter() -> Meter:
    made = Meter()
    made.plan(12, 10 * 1024 * 1024)
    made.planned()
    made.start(local("/d/name\x1b[2J"))
    return made


def test_counts_bytes_speed_and_time_left(meter: Meter) -> None:
    paper, clock = Paper(terminal=True), Clock()
    progress = Progress(paper, meter, CancelToken(), clock)
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
    progress = Progress(paper, meter, CancelToken(), clock)
    meter.start(local("/" + "宽" * 200))
    clock.now += 1
    progress.tick()
    assert len(paper.drawn[0]) < 60


def test_nothing_without_a_terminal(meter: Meter) -> None:
    paper, clock = Paper(terminal=False), Clock()
    progress = Progress(paper, meter, CancelToken(), clock)
    clock.now += 1
    progress.tick()
    assert paper.drawn == []


def test_a_long_wait_is_told_once_without_a_terminal(meter: Meter) -> None:
    paper = Paper(terminal=False)
    cancel = CancelToken()
    progress = Progress(paper, meter, cancel)
    error = Offline("Cannot list it: gone.", reason="the endpoint cannot be reached.")
    with waiting_for(cancel, error, 60):
        progress.tick()
        progress.tick()
    assert paper.said == ["waiting: the endpoint cannot be reached."]


def test_a_wait_stands_in_for_the_speed_on_a_terminal(meter: Meter) -> None:
    paper, clock = Paper(terminal=True), Clock()
    cancel = CancelToken()
    progress = Progress(paper, meter, cancel, clock)
    clock.now += 1
    error = Throttled("Cannot list it: slow.", reason="the server asks to slow down.")
    with waiting_for(cancel, error, 4.2):
        progress.tick()
    assert paper.drawn == ["The server asks to slow down. Next try in 4 s."]
