"""What was read of files, for a while: a second look at an unchanged object costs nothing.

Kept by place *and* content (`Stamp`), so that what was read of one version is never shown as
another. Bounded in bytes, least recently used first; thread-safe; never does I/O. `Content` reads
through it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry, Kind
from tfm.model.errors import TooLate
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.asked import MISS, asked
from tfm.storage.cache import Ticket
from tfm.storage.guard import harmless
from tfm.storage.statistics import CacheFigures

if TYPE_CHECKING:
    from tfm.storage.vfs import Vfs

_log = logging.getLogger("tfm.vfs")

V = TypeVar("V")

BLOCK = 64 * 1024
DEFAULT_MAX_BYTES = 32 * 1024 * 1024
MOST_KEPT = 1024 * 1024
"""Bytes of the largest file that is kept because somebody read it whole."""

_OVERHEAD = 300
_RENEWALS = 3


class Stamp(NamedTuple):
    """Tells one content from another: the ETag with the size, else size and time."""

    etag: str
    size: int
    mtime_ns: int


def stamp_of(entry: Entry) -> Stamp | None:
    """The stamp of what a listing or an answer described; None where it tells too little."""
    if entry.size is None or entry.kind is not Kind.FILE:
        return None
    if entry.etag:
        return Stamp(entry.etag, entry.size, 0)
    return None if entry.mtime_ns is None else Stamp("", entry.size, entry.mtime_ns)


@dataclass(slots=True)
class _Held(Generic[V]):
    value: V
    expires: float
    size: int


Key = tuple[Location, Stamp, int]


class ContentCache(Generic[V]):
    """Values by place, stamp and number (of a block). `clock` is monotonic seconds."""

    def __init__(
        self,
        size_of: Callable[[V], int],
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_bytes = max_bytes
        self._size_of = size_of
        self._clock = clock
        self._lock = threading.Lock()
        self._held: OrderedDict[Key, _Held[V]] = OrderedDict()
        self._bytes = 0
        self._epoch = 0
        self._hits = 0
        self._misses = 0

    @property
    def epoch(self) -> int:
        """Hand the value from before a read to `put`: what was dropped meanwhile is not stored."""
        return self._epoch

    @property
    def bytes(self) -> int:
        """What is held now, overhead included."""
        return self._bytes

    def get(self, place: Location, stamp: Stamp, number: int = 0) -> V | None:
        """The value, if it is held and not expired."""
        key = (place, stamp, number)
        with self._lock:
            held = self._held.get(key)
            if held is not None and held.expires <= self._clock():
                self._remove(key)
                held = None
            if held is None:
                self._misses += 1
                return None
            self._hits += 1
            self._held.move_to_end(key)
            return held.value

    def put(
        self, place: Location, stamp: Stamp, value: V, ttl: float, epoch: int, number: int = 0
    ) -> None:
        """Keep a value for `ttl` seconds, unless something was dropped since `epoch`."""
        key, size = (place, stamp, number), self._size_of(value) + _OVERHEAD
        with self._lock:
            if ttl <= 0 or size > self.max_bytes or epoch != self._epoch:
                return
            self._remove(key)
            self._held[key] = _Held(value, self._clock() + ttl, size)
            self._bytes += size
            while self._bytes > self.max_bytes:
                self._remove(next(iter(self._held)))

    def _remove(self, key: Key) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._bytes -= held.size

    def figures(self, name: str) -> CacheFigures:
        """How it is used, under a name."""
        with self._lock:
            now = self._clock()
            expired = sum(held.expires <= now for held in self._held.values())
            return CacheFigures(
                name, len(self._held), expired, self._bytes, self._hits, self._misses
            )

    def drop(self, change: Change) -> None:
        """Forget what lies where something changed."""
        with self._lock:
            self._epoch += 1
            for key in [key for key in self._held if change.covers(key[0].parent)]:
                self._remove(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._epoch += 1
            self._held.clear()
            self._bytes = 0


def whole(vfs: Vfs, place: Location) -> tuple[Entry, bytes] | None:
    """A small file that was read before and is known to be the same; never any I/O."""
    entry = vfs.remembered(place)
    stamp = None if entry is None else stamp_of(entry)
    if entry is None or stamp is None or stamp.size > MOST_KEPT or vfs.lifetime(place) <= 0:
        return None
    blocks = []
    for number in range(-(-stamp.size // BLOCK)):
        block = vfs.blocks.get(place, stamp, number)
        if block is None:
            return None
        blocks.append(block)
    return entry, b"".join(blocks)


class Gathering:
    """Takes along the bytes of a small file that somebody reads, and keeps them if all came in one go.

    Begin it before the file is opened, and `end` it in any case.
    """

    def __init__(self, vfs: Vfs, place: Location) -> None:
        self._vfs = vfs
        self._place = place
        self._ticket = Ticket(place.parent)
        with harmless("cache"):
            self._ticket = vfs.cache.ticket(place.parent)
        self._epoch = vfs.blocks.epoch
        self._data: bytearray | None = bytearray()

    def wants(self, entry: Entry) -> bool:
        """Whether the file that was opened is worth it."""
        size = entry.size
        return size is not None and size <= MOST_KEPT and self._vfs.lifetime(self._place) > 0

    def add(self, position: int, data: bytes) -> None:
        """What came, and from where."""
        kept = self._data
        if kept is not None and len(kept) == position and len(kept) + len(data) <= MOST_KEPT:
            kept += data
        else:
            self._data = None

    def keep(self, entry: Entry) -> None:
        """The end was reached, and what came was checked: it is all of `entry`."""
        vfs, stamp, data, self._data = self._vfs, stamp_of(entry), self._data, None
        if data is None or stamp is None or len(data) != stamp.size:
            return
        ttl = vfs.lifetime(self._place)
        with harmless("cache"):
            for number, start in enumerate(range(0, len(data), BLOCK)):
                block = bytes(data[start : start + BLOCK])
                vfs.blocks.put(self._place, stamp, block, ttl, self._epoch, number)
            known = vfs.remembered(self._place)
            if known is None or stamp_of(known) != stamp:
                vfs.cache.put_fact(self._ticket, self._place, entry, ttl)

    def end(self) -> None:
        """Nothing more comes; idempotent."""
        self._data = None
        with harmless("cache"):
            self._vfs.cache.discard(self._ticket)


class Content:
    """The bytes of one file, from any point; for worker threads, one at a time or several.

    What is worth caching is read in whole blocks and kept; a local file is read directly, as it
    happens to be. `fetched` counts the bytes that were asked of the storage; `version` grows when
    the file turned out to be another one.
    """

    def __init__(self, vfs: Vfs, place: Location, entry: Entry | None = None) -> None:
        self.place = place
        self.entry = entry
        self.fetched = 0
        self.version = 0
        self._vfs = vfs
        self._lock = threading.Lock()
        self._size = entry.size if entry is not None and entry.kind is Kind.FILE else None
        self._seen = 0

    @property
    def size(self) -> int:
        """Bytes of the file as far as is known; what tells no size is as long as was read of it."""
        return max(self._size or 0, self._seen)

    @property
    def is_kept(self) -> bool:
        """Whether blocks of it are worth keeping; opens the storage, sends no request."""
        return self._vfs.lifetime(self.place) > 0

    def read(self, offset: int, length: int, cancel: CancelToken = NEVER) -> bytes:
        """At most `length` bytes from `offset`; fewer only at the end. Raises StorageError."""
        for _ in range(_RENEWALS):
            try:
                return self._read(offset, length, cancel)
            except TooLate:
                self._renew()
        return self._read(offset, length, cancel)

    def refresh(self) -> bool:
        """Ask the storage for the facts; True if size or content changed."""
        before = (self._size, self.entry and stamp_of(self.entry))
        if self._is_pinned():
            self._renew()
        else:
            self._ask(0, 0, NEVER)
        return before != (self._size, self.entry and stamp_of(self.entry))

    def _is_pinned(self) -> bool:
        return self.is_kept and self.entry is not None and self.entry.kind is Kind.FILE

    def _renew(self) -> None:
        found = self._vfs.stat(self.place, fresh=True)
        with self._lock:
            if self.entry is None or stamp_of(found) != stamp_of(self.entry):
                self.version += 1
            self.entry, self._size, self._seen = found, found.size, 0

    def _read(self, offset: int, length: int, cancel: CancelToken) -> bytes:
        cancel.check()
        if length <= 0 or offset < 0:
            return b""
        if not self.is_kept:
            return self._ask(offset, length, cancel)
        if self.entry is None:
            self.entry = self._vfs.stat(self.place)
            self._size = self.entry.size
        stamp = stamp_of(self.entry)
        if stamp is None:
            return self._ask(offset, length, cancel)
        end = min(offset + length, stamp.size)
        if offset >= end:
            return b""
        first, last = offset // BLOCK, (end - 1) // BLOCK
        blocks = self._blocks(first, last, stamp, cancel)
        data = b"".join(blocks)
        return data[offset - first * BLOCK : end - first * BLOCK]

    def _blocks(self, first: int, last: int, stamp: Stamp, cancel: CancelToken) -> list[bytes]:
        cache, found = self._vfs.blocks, {}
        for number in range(first, last + 1):
            block = cache.get(self.place, stamp, number)
            if block is not None:
                found[number] = block
        if found and _log.isEnabledFor(logging.DEBUG):
            _log.debug("read %s cache=hit (%d blocks)", safe_text(str(self.place)), len(found))
        number = first
        while number <= last:
            if number in found:
                number += 1
                continue
            until = number
            while until <= last and until not in found:
                until += 1
            found |= self._fetch(number, until, stamp, cancel)
            number = until
        return [found[number] for number in range(first, last + 1)]

    def _fetch(self, first: int, until: int, stamp: Stamp, cancel: CancelToken) -> dict[int, bytes]:
        """One request for blocks that lie side by side."""
        epoch, ttl = self._vfs.blocks.epoch, self._vfs.lifetime(self.place)
        length = min(until * BLOCK, stamp.size) - first * BLOCK
        with asked(MISS):
            data = self._ask(first * BLOCK, length, cancel)
        if len(data) != length:
            raise TooLate("It became shorter while it was read.", place=self.place, verb="read")
        blocks = {}
        for number in range(first, until):
            start = (number - first) * BLOCK
            blocks[number] = data[start : start + BLOCK]
            self._vfs.blocks.put(self.place, stamp, blocks[number], ttl, epoch, number)
        return blocks

    def _ask(self, offset: int, length: int, cancel: CancelToken) -> bytes:
        expected = self.entry if self._is_pinned() else None
        data = bytearray()
        with self._vfs.open_read(
            self.place, offset, expected=expected, length=length or None
        ) as reader:
            while len(data) < length:
                cancel.check()
                block = reader.read(min(BLOCK, length - len(data)))
                if not block:
                    break
                data += block
            if expected is None:
                self._note(reader.entry)
        with self._lock:
            self.fetched += len(data)
            if data:
                self._seen = max(self._seen, offset + len(data))
        return bytes(data)

    def _note(self, now: Entry) -> None:
        """A file that is read as it happens to be: it may have grown, or been cut."""
        with self._lock:
            if self._size is not None and (now.size or 0) < self._size:
                self.version += 1
                self._seen = 0
            self.entry, self._size = now, now.size or 0
