"""Writes a file as a stream."""

from __future__ import annotations

import zlib

from tfm.model.location import Location
from tfm.storage.base import Evidence, Extent, Hints, Work, Writer, Written
from tfm.storage.guard import guarded
from tfm.storage.local.draft import Drafts
from tfm.storage.local.syscalls import System


def write_all(system: System, fd: int, data: bytes | memoryview, offset: int | None = None) -> None:
    """Write every byte, at `offset` or at the file position, however little each call takes."""
    view = memoryview(data)
    while view:
        if offset is None:
            count = system.write(fd, view)
        else:
            count = system.pwrite(fd, view, offset)
            offset += count
        if count <= 0:
            raise OSError("the disk took no byte and gave no reason")
        view = view[count:]


class LocalWriter(Writer):
    """Used by one thread."""

    def __init__(self, drafts: Drafts, location: Location, hints: Hints, work: Work) -> None:
        self._location = location
        self._work = work
        self._count = 0
        self._crc = 0
        with guarded(location, "write"):
            self._draft = drafts.begin(location, hints)
            try:
                self._draft.reserve()
            except BaseException:
                self._draft.abort()
                raise

    def write(self, data: bytes) -> None:
        """As the base."""
        self._work.cancel.check()
        with guarded(self._location, "write"):
            write_all(self._draft.system, self._draft.fd, data)
            self._count += len(data)
        if self._draft.hints.read_back:
            self._crc = zlib.crc32(data, self._crc)

    def commit(self) -> Written:
        """As the base."""
        self._work.cancel.check()
        with guarded(self._location, "write"):
            try:
                self._draft.check_size(self._count)
                notes = self._draft.apply_hints()
                if not self._draft.hints.read_back:
                    return self._draft.publish(notes, Evidence.SIZE)
                self._draft.read_back([Extent(0, self._count, self._crc)], self._count)
                return self._draft.publish(notes, Evidence.READBACK)
            except BaseException:
                self._draft.abort()
                raise

    def abort(self) -> None:
        """As the base."""
        self._draft.abort()
