"""A storage that counts what it is asked, and can be held up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from tfm.model.cancel import CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.storage.base import Hints, Page, Reader, Storage, Work, Writer
from tfm.storage.facets import Walk

SOON = 10.0
"""Seconds after which something that should happen did not."""


class Counting(Storage):
    """Passes everything on to `inner`. `on_page` is called before each page of a scan is given."""

    def __init__(self, inner: Storage) -> None:
        self.inner = inner
        self.root = inner.root
        self.features = inner.features
        self.columns = inner.columns
        self.calls: Counter[str] = Counter()
        self.on_page: Callable[[Location, int], None] = lambda _place, _number: None
        walk = inner.facets.walk
        self.facets = replace(inner.facets, walk=_CountedWalk(walk, self) if walk else None)

    def taken(self) -> dict[str, int]:
        """The calls since the last time this was asked."""
        calls, self.calls = self.calls, Counter()
        return dict(calls)

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        self.calls["scan"] += 1
        for number, page in enumerate(self.inner.scan(directory, cancel)):
            self.on_page(directory, number)
            cancel.check()
            yield page

    def stat(self, location: Location) -> Entry:
        self.calls["stat"] += 1
        return self.inner.stat(location)

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        self.calls["read"] += 1
        return self.inner.open_read(location, offset, expected=expected, length=length)

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        self.calls["write"] += 1
        return self.inner.open_write(location, hints, work)

    def mkdir(self, location: Location) -> Change:
        self.calls["mkdir"] += 1
        return self.inner.mkdir(location)

    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
        self.calls["delete"] += 1
        return self.inner.delete(location, expected=expected)

    def close(self) -> None:
        self.calls["close"] += 1
        self.inner.close()


class _CountedWalk:
    def __init__(self, inner: Walk, counting: Counting) -> None:
        self._inner = inner
        self._counting = counting

    def walk(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        self._counting.calls["walk"] += 1
        return self._inner.walk(directory, cancel)


class Gate:
    """Holds a thread until somebody lets it through; `reached` tells that it came."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def wait(self) -> None:
        """Called by the thread to be held."""
        self.reached.set()
        assert self._open.wait(SOON), "nobody opened the gate"

    def open(self) -> None:
        """Let it, and everybody after it, through."""
        self._open.set()
