"""Threads that can be waited for, outrun and left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tfm.jobs.lane import Lane
from tfm.model.errors import Cancelled

WAIT = 10.0


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane("test", 3)
    yield lane
    lane.close()


def collect(results: Iterator[int], seen: list[int]) -> None:
    """Keep what comes before an error; `list` would lose it."""
    while True:
        try:
            seen.append(next(results))
        except StopIteration:
            return


def test_every_item_has_one_result(lane: Lane) -> None:
    assert sorted(lane.fan_out(lambda n: n * n, range(500))) == [n * n for n in range(500)]


def test_as_many_at_once_as_there_are_workers_and_no_more(lane: Lane) -> None:
    together = threading.Barrier(3, timeout=WAIT)
    lock = threading.Lock()
    now = most = 0

    def act(_n: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait()
        with lock:
            now -= 1

    assert len(list(lane.fan_out(act, range(9)))) == 9
    assert most == 3


def test_items_are_drawn_on_the_callers_thread_as_hands_become_free(lane: Lane) -> None:
    drawn: list[int] = []
    threads: set[int] = set()

    def items() -> Iterator[int]:
        for n in range(100):
            drawn.append(n)
            threads.add(threading.get_ident())
            yield n

    results = lane.fan_out(lambda n: n, items())
    next(results)
    assert len(drawn) <= 4
    assert len(list(results)) == 99
    assert threads == {threading.get_ident()}


def test_results_under_way_are_given_before_the_error_of_drawing(lane: Lane) -> None:
    def items() -> Iterator[int]:
        yield from range(7)
        raise Cancelled

    seen: list[int] = []
    with pytest.raises(Cancelled):
        collect(lane.fan_out(lambda n: n, items()), seen)
    assert sorted(seen) == list(range(7))


def test_an_error_stops_the_drawing_and_is_raised_after_what_runs(lane: Lane) -> None:
    drawn: list[int] = []
    release = threading.Event()

    def items() -> Iterator[int]:
        for n in range(1000):
            drawn.append(n)
            yield n

    def act(n: int) -> int:
        if n == 0:
            release.set()
            raise ValueError("broken")
        assert release.wait(WAIT)
        return n

    seen: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        collect(lane.fan_out(act, items()), seen)
    assert len(drawn) < 20
    assert len(seen) == len(drawn) - 1


def test_the_newest_look_comes_first() -> None:
    lane = Lane("look", 1, newest_first=True)
    gate, started = threading.Event(), threading.Event()
    order: list[int] = []

    def hold() -> None:
        started.set()
        assert gate.wait(WAIT)

    lane.submit(hold)
    assert started.wait(WAIT)
    tasks = [lane.submit(lambda n=n: order.append(n)) for n in range(3)]  # type: ignore[misc]
    gate.set()
    assert all(task.ended.wait(WAIT) for task in tasks)
    assert order == [2, 1, 0]
    lane.close()


def test_a_call_that_hangs_is_left_behind() -> None:
    lane = Lane("look", 1)
    hang, started, served = threading.Event(), threading.Event(), threading.Event()

    def stuck() -> None:
        started.set()
        hang.wait(WAIT)

    task = lane.submit(stuck)
    assert started.wait(WAIT)
    task.drop()
    lane.submit(served.set)
    assert served.wait(WAIT)
    hang.set()
    assert task.ended.wait(WAIT)
    again = lane.submit(lambda: None)
    assert again.ended.wait(WAIT)
    lane.close()


def test_no_more_than_four_are_left_behind() -> None:
    lane = Lane("look", 1)
    hang = threading.Event()
    begun: list[threading.Event] = []
    tasks = []
    for _ in range(6):
        started = threading.Event()
        begun.append(started)

        def stuck(started: threading.Event = started) -> None:
            started.set()
            hang.wait(WAIT)

        tasks.append(lane.submit(stuck))
        if len(tasks) <= 5:
            assert started.wait(WAIT)
        tasks[-1].drop()
    assert not begun[5].is_set()
    hang.set()
    assert all(task.ended.wait(WAIT) for task in tasks)
    lane.close()


def test_a_dropped_task_that_waits_never_runs() -> None:
    lane = Lane("look", 1)
    gate, started = threading.Event(), threading.Event()
    ran: list[str] = []

    def hold() -> None:
        started.set()
        assert gate.wait(WAIT)

    lane.submit(hold)
    assert started.wait(WAIT)
    waiting = lane.submit(lambda: ran.append("no"))
    waiting.drop()
    assert waiting.ended.is_set()
    gate.set()
    last = lane.submit(lambda: ran.append("yes"))
    assert last.ended.wait(WAIT)
    assert ran == ["yes"]
    lane.close()


def test_a_closed_lane_takes_nothing() -> None:
    lane = Lane("test", 1)
    lane.close()
    ran: list[int] = []
    task = lane.submit(lambda: ran.append(1))
    assert task.ended.is_set()
    assert ran == []


def test_a_task_that_fails_does_not_take_the_lane_along(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("broken")

    assert lane.submit(broken).ended.wait(WAIT)
    assert list(lane.fan_out(lambda n: n, [1])) == [1]
    assert "broken" in caplog.text
