"""Copies a file inside the local disks by the kernel: clone, else by extents, else by hand.

What `cp -a` keeps is kept: holes, owner, extended attributes, ACL, mode, times. The kernel's ways
are only short cuts; the count of bytes decides, never the absence of an error.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import replace

from tfm.model.entry import Entry
from tfm.model.errors import SameObject
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Extent, Hints, Work, Written
from tfm.storage.guard import guarded
from tfm.storage.local.draft import Draft, Drafts, crc_of
from tfm.storage.local.metadata import copy_metadata
from tfm.storage.local.places import too_late
from tfm.storage.local.read import open_regular, unchanged
from tfm.storage.local.syscalls import Lacking, System, is_same_file
from tfm.storage.local.write import write_all

STEP = 8 * 1024 * 1024  # bytes between two looks at the cancel token
_BLOCK = 1024 * 1024
_FINAL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


class LocalCopy:
    """The facet."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._system = drafts.system

    def copy(
        self, source: Location, entry: Entry, destination: Location, hints: Hints, work: Work
    ) -> Written:
        """As the protocol; SameObject if both are one file. Size, mode and times of `hints` do not
        count, those of the source do.
        """
        work.cancel.check()
        with guarded(source, "read"):
            fd, facts = open_regular(source, entry)
        try:
            with guarded(destination, "copy"):
                # the mode is the source's, so nobody else may look in before it is set
                own = replace(hints, mode=stat.S_IMODE(facts.st_mode))
                draft = self._drafts.begin(destination, own)
                try:
                    if draft.replaced is not None and is_same_file(facts, draft.replaced):
                        raise SameObject(
                            f"{safe_text(source.key)} and {safe_text(destination.key)} "
                            "are the same file.",
                            place=destination,
                        )
                    return self._fill(source, fd, facts, draft, work)
                finally:
                    draft.abort()
        finally:
            os.close(fd)

    def _fill(
        self, source: Location, fd: int, facts: os.stat_result, draft: Draft, work: Work
    ) -> Written:
        contents = Contents(self._system, source, fd, draft.fd, facts.st_size, work)
        moved = contents.copy(sparse=facts.st_blocks * 512 < facts.st_size)
        if not unchanged(facts, self._system.fstat(fd)):
            raise too_late(source, "copy", "it changed while it was copied")
        if moved < facts.st_size:
            raise too_late(source, "copy", "it ended early")
        draft.hints = replace(draft.hints, size=moved, mtime_ns=facts.st_mtime_ns)
        draft.check_size(moved)
        notes = copy_metadata(self._system, fd, facts, draft.fd)
        if not draft.hints.read_back:
            return draft.publish(notes, Evidence.SIZE)
        with guarded(source, "read"):
            self._system.drop_cache(fd)
            crc = crc_of(self._system, fd, 0, moved)
        draft.read_back([Extent(0, moved, crc)], moved)
        return draft.publish(notes, Evidence.READBACK)


class Contents:
    """The bytes of one file on their way from one descriptor to another."""

    def __init__(
        self, system: System, place: Location, source: int, target: int, size: int, work: Work
    ) -> None:
        self._system = system
        self._place = place
        self._source = source
        self._target = target
        self._size = size
        self._work = work
        self._kernel = True

    def copy(self, *, sparse: bool) -> int:
        """Copy all of it; returns how many bytes the target now has, holes included."""
        if self._size == 0:
            return self._until_the_end()
        if self._clone():
            return self._size
        position = 0
        for start, end in self._extents() if sparse else ((0, self._size),):
            self._work.progress(start - position)  # the hole in front
            position = self._extent(start, end)
            if position < end:
                return position
        self._work.progress(self._size - position)
        os.ftruncate(self._target, self._size)  # a hole at the end has no byte to write
        return self._size

    def _clone(self) -> bool:
        try:
            self._system.clone(self._source, self._target)
        except Lacking:
            return False
        except OSError as error:
            if error.errno in _FINAL:
                raise
            return False
        # a file that grew since is cloned with its new end: the look afterwards finds that out
        self._work.progress(self._size)
        return True

    def _extents(self) -> Iterator[tuple[int, int]]:
        """The stretches with data, in order; what makes no sense counts as data up to the end."""
        data, hole = getattr(os, "SEEK_DATA", None), getattr(os, "SEEK_HOLE", None)
        position = 0
        while position < self._size:
            start, end = position, self._size
            if data is not None and hole is not None:
                try:
                    start = self._system.seek(self._source, position, data)
                    end = self._system.seek(self._source, start, hole)
                except OSError as error:
                    if error.errno == errno.ENXIO:
                        return  # only a hole from here to the end
                    start, end = position, self._size
            if start < position or end <= start:
                start, end = position, self._size
            end = min(end, self._size)
            if start >= end:
                return
            yield start, end
            position = end

    def _extent(self, start: int, end: int) -> int:
        """Copy one stretch; returns where it stopped, before `end` only if the source ended."""
        position = start
        while position < end:
            self._work.cancel.check()
            count = self._step(position, min(STEP, end - position))
            if count == 0:
                return position
            position += count
            self._work.progress(count)
        return position

    def _step(self, position: int, count: int) -> int:
        if self._kernel:
            try:
                moved = self._system.copy_range(self._source, self._target, count, position)
            except Lacking:
                moved = 0
            except OSError as error:
                if error.errno in _FINAL:
                    raise
                moved = 0
            if moved > 0:
                return moved
            self._kernel = False  # nothing moved, for whatever reason: read what is there
        block = self._read(min(count, _BLOCK), position)
        write_all(self._system, self._target, block, position)
        return len(block)

    def _read(self, count: int, position: int) -> bytes:
        with guarded(self._place, "read"):  # so that the disk that fails is the one that is named
            return self._system.pread(self._source, count, position)

    def _until_the_end(self) -> int:
        """For files that say 0 bytes: empty, or without a size (`/proc`)."""
        position = 0
        while block := self._read(_BLOCK, position):
            self._work.cancel.check()
            write_all(self._system, self._target, block, position)
            position += len(block)
            self._work.progress(len(block))
        return position
