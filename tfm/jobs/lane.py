"""A lane: a bounded number of daemon threads that work through a queue.

Daemons, because the process must always be able to leave; our own, because the event loop's pool is
shared, unbounded in waiting, and joined at exit. A call that hangs can be abandoned: its slot is
filled again, a few times, so that one dead mount does not end all listings.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_MAX_ABANDONED = 4

_log = logging.getLogger("tfm.jobs")


class Task:
    """One call in a lane."""

    def __init__(self, lane: Lane, act: Callable[[], None]) -> None:
        self._lane = lane
        self._act = act
        self.running = False
        self.ended = threading.Event()
        self.abandoned = False

    def run(self) -> None:
        """Do it; a fault is logged, since nobody waits here for an exception."""
        try:
            self._act()
        except Exception:  # noqa: BLE001 - the thread's boundary: a lane must survive its tasks
            _log.exception("A background task failed")
        finally:
            self.ended.set()

    def drop(self) -> None:
        """Nobody wants it any more: not started if it still waits, abandoned if it runs."""
        self._lane.drop(self)


class Lane:
    """`workers` threads, started when first needed; `newest_first` serves the latest task next."""

    def __init__(self, name: str, workers: int, *, newest_first: bool = False) -> None:
        self.name = name
        self.workers = workers
        self._newest_first = newest_first
        self._condition = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._threads = 0
        self._idle = 0
        self._abandoned = 0
        self._closed = False

    def submit(self, act: Callable[[], None]) -> Task:
        """Queue a call; it runs soon, on some thread of the lane."""
        task = Task(self, act)
        with self._condition:
            if self._closed:
                task.ended.set()
                return task
            self._waiting.append(task)
            if self._idle < len(self._waiting) and self._threads < self.workers + self._abandoned:
                self._start()
            self._condition.notify()
        return task

    def _start(self) -> None:
        self._threads += 1
        name = f"tfm-{self.name}-{self._threads}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._condition:
                self._idle += 1
                self._condition.wait_for(lambda: self._waiting or self._closed)
                self._idle -= 1
                if self._closed:
                    self._threads -= 1
                    return
                task = self._waiting.pop() if self._newest_first else self._waiting.popleft()
                task.running = True
            task.run()
            with self._condition:
                task.running = False
                if task.abandoned:  # its slot was filled while it hung
                    self._abandoned -= 1
                    self._threads -= 1
                    return

    def drop(self, task: Task) -> None:
        """See `Task.drop`."""
        with self._condition:
            if task in self._waiting:
                self._waiting.remove(task)
                task.ended.set()
            elif task.running and not task.abandoned and self._abandoned < _MAX_ABANDONED:
                task.abandoned = True
                self._abandoned += 1
                if self._waiting:
                    self._start()

    def close(self) -> None:
        """Start nothing more; what runs is left to end by itself."""
        with self._condition:
            self._closed = True
            for task in self._waiting:
                task.ended.set()
            self._waiting.clear()
            self._condition.notify_all()

    def fan_out(self, act: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """A bounded map over the lane; results as they are ready.

        `items` is drawn on the caller's thread, as hands become free. If drawing or `act` raises,
        nothing more is started, every result already under way is still given, then it is raised.
        """
        done: queue.SimpleQueue[tuple[R | None, BaseException | None]] = queue.SimpleQueue()
        running = 0
        failure: BaseException | None = None

        def run(item: T) -> None:
            try:
                done.put((act(item), None))
            except BaseException as error:  # noqa: BLE001 - carried to the caller's thread
                done.put((None, error))

        source = iter(items)
        exhausted = False
        while True:
            while running and (exhausted or failure or running >= self.workers or not done.empty()):
                result, error = done.get()
                running -= 1
                if error is not None:
                    failure = failure or error
                else:
                    yield result  # type: ignore[misc]
            if failure or exhausted:
                break
            try:
                item = next(source)
            except StopIteration:
                exhausted = True
                continue
            except BaseException as error:  # noqa: BLE001 - raised below, after the results
                failure = error
                continue
            running += 1
            self.submit(lambda item=item: run(item))  # type: ignore[misc]
        if failure is not None:
            raise failure
