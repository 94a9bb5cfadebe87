"""Keys typed into a directory that is being entered."""

from collections.abc import Callable
from typing import cast

import pytest
from textual import events
from textual.timer import Timer

from tfm.model.location import local
from tfm.model.order import SortSpec
from tfm.session.pane import PaneState
from tfm.session.rows import plan_rows
from tfm.ui.ahead import HOLD, TypedAhead


class Desk:
    """One pane, a clock and timers turned by hand; `done` are the keys handed on."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pane: PaneState | None = PaneState(local("/"))
        self.done: list[str] = []
        self.on_key: dict[str, Callable[[], object]] = {}
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.ahead = TypedAhead(lambda: self.pane, self._deliver, self, lambda: self.now)

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer:
        self._due.append((self.now + delay, callback))
        return cast(Timer, None)  # nobody asks for it

    def _deliver(self, event: events.Key) -> None:
        self.done.append(event.key)
        self.on_key.get(event.key, lambda: None)()

    def type(self, *keys: str) -> None:
        for key in keys:
            self.ahead.take(events.Key(key, None))

    def enter(self, place: str) -> None:
        assert self.pane is not None
        self.pane.enter(local(place), self.now)

    def rows_come(self) -> None:
        assert self.pane is not None
        rows = plan_rows((), SortSpec(), hidden=False)
        self.pane.finish(self.pane.generation, rows, self.now)
        self.ahead.release()

    def wait(self, seconds: float, *, clock_runs: bool = True) -> None:
        until = self.now + seconds
        self.now = until if clock_runs else self.now
        due, self._due = self._due, []
        for moment, callback in due:
            if moment <= until:
                callback()
            else:
                self._due.append((moment, callback))


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.on_key["enter"] = lambda: made.enter("/somewhere")
    return made


def test_they_wait_for_the_rows_in_their_order(desk: Desk) -> None:
    desk.type("up", "enter", "down", "space")
    assert desk.done == ["up", "enter"]
    desk.rows_come()
    desk.type("c")
    assert desk.done == ["up", "enter", "down", "space", "c"]


def test_the_next_directory_makes_them_wait_again(desk: Desk) -> None:
    desk.type("enter", "down", "enter", "end")
    desk.rows_come()
    assert desk.done == ["enter", "down", "enter"]
    desk.rows_come()
    assert desk.done == ["enter", "down", "enter", "end"]


def test_a_dialog_that_opens_gets_the_rest_at_once(desk: Desk) -> None:
    desk.on_key["c"] = lambda: setattr(desk, "pane", None)
    desk.type("enter", "c", "y", "enter")
    desk.on_key["enter"] = lambda: None
    desk.rows_come()
    assert desk.done == ["enter", "c", "y", "enter"]


@pytest.mark.parametrize("clock_runs", [True, False])
def test_no_key_waits_longer_than_a_moment(desk: Desk, *, clock_runs: bool) -> None:
    desk.type("enter", "down", "tab")
    desk.wait(HOLD, clock_runs=clock_runs)
    assert desk.done == ["enter", "down", "tab"]
    desk.type("backspace")
    assert desk.done[-1] == "backspace", "nor does one that comes later"


def test_what_stops_things_never_waits_and_voids_the_rest(desk: Desk) -> None:
    desk.type("enter", "down", "k", "escape")
    assert desk.done == ["enter", "escape"]
    desk.rows_come()
    assert desk.done == ["enter", "escape"]
