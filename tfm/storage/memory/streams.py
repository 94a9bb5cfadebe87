"""Reading and writing one file in memory."""

from __future__ import annotations

from tfm.model.change import around
from tfm.model.entry import Entry
from tfm.model.errors import Corrupt, StorageError
from tfm.model.location import Location
from tfm.storage.base import Evidence, Hints, Reader, Work, Writer, Written
from tfm.storage.memory.shelf import Shelf, refusal


class MemoryReader(Reader):
    """Reads the bytes that stood there at the opening, whatever happens to the file since."""

    def __init__(self, entry: Entry, data: bytes, offset: int) -> None:
        self.entry = entry
        self._data = data
        self._position = offset

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty only at the end."""
        piece = self._data[self._position : self._position + size]
        self._position += len(piece)
        return piece

    def verify(self) -> Evidence:
        """Always true: the bytes never left this process."""
        return Evidence.CHECKSUM

    def close(self) -> None:
        """Let go of the bytes."""
        self._data = b""


class MemoryWriter(Writer):
    """Collects bytes; `commit` hands them to the shelf in one step."""

    def __init__(self, shelf: Shelf, location: Location, hints: Hints, work: Work) -> None:
        self._shelf = shelf
        self._location = location
        self._hints = hints
        self._work = work
        self._buffer: bytearray | None = bytearray()

    def write(self, data: bytes) -> None:
        """Append `data`."""
        self._work.cancel.check()
        self._collected().extend(data)

    def commit(self) -> Written:
        """Publish, unless the count is wrong or something else stands there."""
        self._work.cancel.check()
        data = bytes(self._collected())
        expected = self._hints.size
        if expected is not None and len(data) != expected:
            reason = f"{len(data):,} bytes arrived instead of {expected:,}."
            raise refusal(Corrupt, self._location, "write", reason, "Try again.")
        content = self._shelf.stored(data, self._hints)
        entry = self._shelf.put(self._location, content, self._hints)
        self._buffer = None
        return Written(around(self._location), entry, Evidence.CHECKSUM)

    def abort(self) -> None:
        """Forget the bytes."""
        self._buffer = None

    def _collected(self) -> bytearray:
        if self._buffer is None:
            raise refusal(StorageError, self._location, "write", "the writer is closed.")
        return self._buffer
