"""What transfers work on: a local file and a file under construction, both in memory; spare hands."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Entry, Kind
from tfm.model.errors import TooLate
from tfm.storage.base import Work

T = TypeVar("T")
R = TypeVar("R")


class MemorySource:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.entry = Entry("source", Kind.FILE, len(data), 1)
        self.changed = False
        self.reads: list[int] = []

    def read_at(self, offset: int, size: int) -> bytes:
        self.reads.append(size)
        return self.data[offset : offset + size]

    def check_unchanged(self) -> None:
        if self.changed:
            raise TooLate("the source changed")


class MemorySink:
    def __init__(self) -> None:
        self.data = bytearray()

    def write_at(self, offset: int, data: bytes) -> None:
        if len(self.data) < offset + len(data):
            self.data.extend(bytes(offset + len(data) - len(self.data)))
        self.data[offset : offset + len(data)] = data


class Count:
    """A progress counter for any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.total = 0

    def __call__(self, count: int) -> None:
        with self._lock:
            self.total += count


def in_threads(act: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """A fan-out of four threads that starts no more after an error."""
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(act, item) for item in items]
        try:
            for future in running:
                yield future.result()
        except BaseException:
            for future in running:
                future.cancel()
            raise


def work(cancel: CancelToken = NEVER, count: Count | None = None) -> Work:
    return Work(cancel, count or Count(), in_threads)
