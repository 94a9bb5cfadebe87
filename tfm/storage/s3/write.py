"""Writing a stream of unknown length: one PutObject if it stays small, else parts as they fill."""

from __future__ import annotations

from tfm.model.errors import Corrupt, IsDirectory, StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints, Work, Writer, Written
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.digest import Digests, growing_part_size, part_size
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.multipart import Multipart
from tfm.storage.s3.options import MIB
from tfm.storage.s3.put import put_bytes
from tfm.storage.s3.unfinished import Unfinished

_WINDOW_PARTS = 4
_WINDOW_BYTES = 64 * MIB


class ObjectWriter(Writer):
    """Collects bytes; at most four parts (or one large one) are in memory at a time."""

    def __init__(
        self,
        calls: Calls,
        unfinished: Unfinished,
        location: Location,
        hints: Hints,
        work: Work,
    ) -> None:
        check_place(location, "write")
        if location.looks_like_directory:
            raise IsDirectory(
                f"Cannot write {safe_text(str(location))}: the name of a file cannot end with '/'.",
                place=location,
                verb="write",
            )
        self._calls = calls
        self._unfinished = unfinished
        self._location = location
        self._hints = hints
        self._work = work
        self._buffer = bytearray()
        self._waiting: list[tuple[int, bytes]] = []
        self._next = 1
        self._count = 0
        self._multipart: Multipart | None = None
        self._ended = False

    def write(self, data: bytes) -> None:
        """Append; sends parts whenever enough of them are full."""
        self._check()
        self._buffer += data
        self._count += len(data)
        options = self._calls.options
        if self._multipart is None and len(self._buffer) <= max(
            options.multipart_threshold, self._part_size(1)
        ):
            return
        with guarded(self._location, "write"):
            self._cut()

    def commit(self) -> Written:
        """Send the rest, publish, prove."""
        self._check()
        if self._hints.size is not None and self._count != self._hints.size:
            raise Corrupt(
                f"Cannot write {safe_text(str(self._location))}: {self._count:,} bytes came, "
                f"but {self._hints.size:,} were announced.",
                place=self._location,
                verb="write",
                hint="The source may have changed. Try again.",
            )
        with guarded(self._location, "write"):
            if self._multipart is None:
                written = put_bytes(
                    self._calls,
                    self._location,
                    bytes(self._buffer),
                    self._hints,
                    cancel=self._work.cancel,
                )
            else:
                self._queue(bytes(self._buffer))  # `_cut` always leaves something
                self._flush()
                written = self._multipart.complete()
        self._ended = True
        self._buffer.clear()
        return written

    def abort(self) -> None:
        """Leave nothing: no object and no open upload."""
        if self._ended:
            return
        self._ended = True
        self._buffer.clear()
        self._waiting.clear()
        if self._multipart is not None:
            self._multipart.abort()

    def _check(self) -> None:
        if self._ended:
            raise StorageError(
                f"Cannot write {safe_text(str(self._location))}: it was closed already.",
                place=self._location,
                verb="write",
            )
        self._work.cancel.check()

    def _part_size(self, number: int) -> int:
        wished = self._calls.options.part_size
        if self._hints.size is not None:
            return part_size(self._hints.size, wished)
        return growing_part_size(number, wished)

    def _cut(self) -> None:
        """Turn what is full into parts. The rest, perhaps the last part, stays."""
        while len(self._buffer) > (size := self._part_size(self._next)):
            with memoryview(self._buffer) as view:
                part = bytes(view[:size])
            del self._buffer[:size]
            self._queue(part)
            held = sum(len(data) for _, data in self._waiting)
            if len(self._waiting) >= _WINDOW_PARTS or held >= _WINDOW_BYTES:
                self._flush()

    def _queue(self, part: bytes) -> None:
        if self._multipart is None:
            self._multipart = Multipart(
                self._calls, self._unfinished, self._location, self._hints, self._work.cancel
            )
            self._multipart.begin()
        self._waiting.append((self._next, part))
        self._next += 1

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for _ in self._work.fan_out(self._send, waiting):
            pass

    def _send(self, numbered: tuple[int, bytes]) -> None:
        number, data = numbered
        assert self._multipart is not None
        with guarded(self._location, "write"):
            digests = Digests()
            digests.update(data)
            self._multipart.send(number, data, digests)
