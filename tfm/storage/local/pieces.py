"""Opens files that a transfer reads or fills in pieces, from many threads at once."""

from __future__ import annotations

import bisect
import os
import threading
from collections.abc import Iterator
from dataclasses import replace

from tfm.model.entry import Entry
from tfm.model.errors import Corrupt
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Extent, Hints, Written
from tfm.storage.guard import guarded
from tfm.storage.local.draft import RESERVE_FROM, Drafts, blocks_of, crc_of
from tfm.storage.local.places import entry_of, too_late
from tfm.storage.local.read import open_regular, unchanged
from tfm.storage.local.syscalls import System
from tfm.storage.local.write import write_all


class LocalSource:
    """A file opened once and read at any offset; all methods from any thread."""

    def __init__(self, system: System, location: Location, expected: Entry | None) -> None:
        self._system = system
        self._location = location
        with guarded(location, "read"):
            self._fd, self._facts = open_regular(location, expected)
        self.size = self._facts.st_size
        self.entry = entry_of(location.name, self._facts)

    def read_at(self, offset: int, size: int) -> bytes:
        """As the protocol."""
        with guarded(self._location, "read"):
            blocks: list[bytes] = []
            missing = size
            while missing > 0:
                block = self._system.pread(self._fd, missing, offset + size - missing)
                if not block:
                    raise too_late(self._location, "read", "it became shorter while it was read")
                blocks.append(block)
                missing -= len(block)
            return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def check_unchanged(self) -> None:
        """As the protocol."""
        with guarded(self._location, "read"):
            if not unchanged(self._facts, self._system.fstat(self._fd)):
                raise too_late(self._location, "read", "it changed while it was read")

    def close(self) -> None:
        """Idempotent."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


class Coverage:
    """Which bytes of a file were written; repeated pieces count once. Not thread-safe."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        """Note the bytes from `start` up to `end`."""
        if start >= end:
            return
        first = bisect.bisect_left(self._ends, start)
        last = bisect.bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def is_exactly(self, size: int) -> bool:
        """True if every byte below `size` was written and none beyond."""
        if size == 0:
            return not self._starts
        return self._starts == [0] and self._ends == [size]

    @property
    def end(self) -> int:
        """One more than the last byte written."""
        return self._ends[-1] if self._ends else 0


class LocalSink:
    """A draft that is filled in any order; `write_at` from any thread, the rest from one."""

    def __init__(self, drafts: Drafts, location: Location, hints: Hints) -> None:
        self._location = location
        self._lock = threading.Lock()
        self._covered = Coverage()
        self._whole: dict[int, Extent] = {}
        self._writing = 0
        self._ended = False
        with guarded(location, "write"):
            self._draft = drafts.begin(location, hints)
            self._held = {extent.offset: extent for extent in self._draft.held}
            try:
                self._draft.reserve()
            except BaseException:
                self._draft.abort()
                raise

    def write_at(self, offset: int, data: bytes) -> None:
        """As the protocol."""
        with self._lock:
            if self._ended:
                raise too_late(self._location, "write", "the transfer has ended")
            self._writing += 1
        try:
            with guarded(self._location, "write"):
                write_all(self._draft.system, self._draft.fd, data, offset)
                with self._lock:
                    self._covered.add(offset, offset + len(data))
        finally:
            with self._lock:
                self._writing -= 1
                last = self._ended and not self._writing
            if last:
                self._draft.close_file()

    def arrived(self, extent: Extent) -> None:
        """As the protocol. Of a small file nobody keeps a journal: it is begun again as a whole."""
        with self._lock:
            self._whole[extent.offset] = extent
        if (self._draft.hints.size or 0) >= RESERVE_FROM:
            self._draft.arrived(extent)

    def kept(self, offset: int, size: int) -> Iterator[bytes] | None:
        """As the protocol: read once to compare, and once more for the caller, who sees a file that
        became shorter in between by the digest of the whole.
        """
        known = self._held.get(offset)
        if known is None or known.size != size:
            return None
        system, fd = self._draft.system, self._draft.fd
        with guarded(self._location, "read"):
            if crc_of(system, fd, offset, size) != known.crc:
                return None
        with self._lock:
            self._covered.add(offset, offset + size)
            self._whole[offset] = known
        return blocks_of(system, fd, offset, size)

    def commit(self, hints: Hints, *, checked: bool) -> Written:
        """As the protocol; Corrupt if a piece is missing. What may be replaced was said at opening."""
        draft = self._draft
        with guarded(self._location, "write"):
            try:
                draft.hints = replace(
                    hints,
                    replaces=draft.hints.replaces,
                    durable=hints.durable or draft.hints.durable,
                )
                size = self._covered.end if hints.size is None else hints.size
                with self._lock:
                    self._ended = not self._writing
                if not self._ended or not self._covered.is_exactly(size):
                    raise Corrupt(
                        f"Cannot write {safe_text(self._location.key)}: pieces are missing.",
                        place=self._location,
                        hint="Nothing was changed there. Try again.",
                    )
                draft.check_size(size)
                notes = draft.apply_hints()
                evidence = Evidence.CHECKSUM if checked else Evidence.SIZE
                if draft.hints.read_back:
                    draft.read_back(self._whole.values(), size)
                    evidence = Evidence.READBACK if checked else Evidence.SIZE
                return draft.publish(notes, evidence)
            except BaseException:
                self.abort()
                raise

    def abort(self) -> None:
        """As the protocol. A write that hangs in another thread keeps only the descriptor."""
        with self._lock:
            self._ended = True
            in_use = self._writing > 0
        self._draft.abort(in_use=in_use)


class LocalPieces:
    """The facet."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    def open_source(self, location: Location, expected: Entry | None) -> LocalSource:
        """As the protocol."""
        return LocalSource(self._drafts.system, location, expected)

    def open_sink(self, location: Location, hints: Hints) -> LocalSink:
        """As the protocol."""
        return LocalSink(self._drafts, location, hints)
