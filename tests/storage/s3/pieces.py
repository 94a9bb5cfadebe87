"""What transfers work on: a local file and a file under construction, both in memory; spare hands.

And what the server itself says of an object: `row`, `stored`, `body`.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final, TypeVar

from tests.servers.server import Server
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Entry, Kind
from tfm.model.errors import TooLate
from tfm.model.location import Location
from tfm.storage.base import Extent, Leftover, Work
from tfm.storage.s3.storage import S3Storage

LARGE: Final = random.Random(3).randbytes(1 << 20) * 20 + b"the end"
"""Bytes of which a storage makes three parts."""

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
        self._lock = Lock()

    def write_at(self, offset: int, data: bytes) -> None:
        with self._lock:
            if len(self.data) < offset + len(data):
                self.data.extend(bytes(offset + len(data) - len(self.data)))
            self.data[offset : offset + len(data)] = data

    def arrived(self, extent: Extent) -> None:
        pass

    def kept(self, offset: int, size: int) -> None:
        pass


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


def row(storage: S3Storage, place: Location) -> Entry:
    """What a listing shows of one object."""
    rows = [e for page in storage.scan(place.parent, NEVER) for e in page if e.name == place.name]
    assert len(rows) == 1
    return rows[0]


def stored(server: Server, place: Location, data: bytes) -> None:
    """Make an object, past proxy and storage."""
    server.client().put_object(Bucket=place.container, Key=place.inner_key, Body=data)


def body(server: Server, place: Location) -> bytes:
    """The bytes the server holds."""
    answer = server.client().get_object(Bucket=place.container, Key=place.inner_key)
    with answer["Body"] as stream:
        found: bytes = stream.read()
    return found


class MemoryTrail:
    """A journal of one file: what an earlier run left, and what this one leaves about."""

    def __init__(self, *earlier: Leftover) -> None:
        self.found = earlier
        self.left: list[Leftover] = []
        self.over: list[Leftover] = []
        self.stays = False

    def cut_off(self) -> None:
        self.stays = True

    def earlier(self) -> Sequence[Leftover]:
        return self.found

    def leave(self, leftover: Leftover) -> None:
        self.left.append(leftover)

    def arrived(self, leftover: Leftover, extent: Extent) -> None:
        pass

    def gone(self, leftover: Leftover) -> None:
        self.over.append(leftover)
