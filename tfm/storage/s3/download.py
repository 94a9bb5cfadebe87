"""From an object to a local file: one GET, or parallel ranges that are proved together."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass, replace
from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.errors import NeedsLogin, NotFound, StorageError
from tfm.model.location import Location
from tfm.storage.base import Evidence, Extent, Work
from tfm.storage.facets import Fetched, Sink
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.digest import (
    USUAL_PARTS,
    Digests,
    Piece,
    crc32_joined,
    crc_text,
    multipart_etag,
    new_md5,
    part_size,
    pieces_of,
)
from tfm.storage.s3.facts import checksums_of, entry_from, etag_of, hides_md5, is_plain_md5
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.parse import parts_of
from tfm.storage.s3.read import ObjectReader, damaged, open_object

BLOCK = 256 * 1024
AHEAD = 8
"""How many pieces may arrive before the one whose turn it is to be hashed."""
BY_SIZE = "Checked by size only: the object has no digest that can be compared."


@dataclass(frozen=True, slots=True)
class _Layout:
    """How an object is cut into ranges; `sure` if the server itself told the size of its parts."""

    each: int
    by_parts: bool
    sure: bool


class _InOrder:
    """One MD5 over pieces that arrive in any order; early ones wait, so memory stays bounded."""

    def __init__(self, cancel: CancelToken) -> None:
        self._cancel = cancel
        self._turn = threading.Condition()
        self._next = 1
        self._early: dict[int, list[bytes]] = {}
        self._error: BaseException | None = None
        self.md5 = new_md5()

    def wait_for_room(self, number: int) -> None:
        """Block while too many pieces wait. Pieces start in order, so the awaited one is running."""
        with self._turn:
            while number - self._next >= AHEAD and self._error is None:
                self._turn.wait(0.1)
                self._cancel.check()
            if self._error is not None:
                raise self._error

    def put(self, number: int, blocks: list[bytes]) -> None:
        """Hash a piece, or keep it until its turn."""
        with self._turn:
            self._early[number] = blocks
            while self._next in self._early:
                for block in self._early.pop(self._next):
                    self.md5.update(block)
                self._next += 1
            self._turn.notify_all()

    def fail(self, error: BaseException) -> None:
        """Wake those who wait for a piece that will not come."""
        with self._turn:
            self._error = self._error or error
            self._turn.notify_all()


class Downloader:
    """The second half of the `Transfer` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def download(self, source: Location, entry: Entry, sink: Sink, work: Work) -> Fetched:
        """Fill `sink` with the object that was shown as `entry`; TooLate if it is another by now."""
        with guarded(source, "download"):
            check_place(source, "download")
            work.cancel.check()
            size = entry.size
            small = size is None or size <= self._calls.options.multipart_threshold
            # the digest of an object in parts can only be compared with the parts
            if size is None or (small and not parts_of(entry.etag)):
                fetched = self._whole(source, entry, sink, work)
            else:
                fetched = _Ranges(self._calls, source, entry, size, sink, work).fetch()
            told = self._calls.accelerator.told_once(source.container)
            return replace(fetched, notes=(*fetched.notes, *told)) if told else fetched

    def _whole(self, source: Location, entry: Entry, sink: Sink, work: Work) -> Fetched:
        with open_object(self._calls, source, 0, entry, cancel=work.cancel) as reader:
            position = crc = 0
            while block := reader.read(BLOCK):
                work.cancel.check()
                sink.write_at(position, block)
                position += len(block)
                crc = zlib.crc32(block, crc)
                work.progress(len(block))
            checked = reader.verify() is Evidence.CHECKSUM
        sink.arrived(Extent(0, position, crc))
        return Fetched(reader.entry, checked, () if checked else (BY_SIZE,))


class _Ranges:
    """One large object on its way down."""

    def __init__(
        self, calls: Calls, source: Location, entry: Entry, size: int, sink: Sink, work: Work
    ) -> None:
        self._calls = calls
        self._source = source
        self._entry = entry
        self._size = size
        self._sink = sink
        self._work = work
        self._head: dict[str, Any] = {}
        self._answer: dict[str, Any] = {}
        self._facts = entry
        self._in_order: _InOrder | None = None
        self._look_only = False

    def fetch(self) -> Fetched:
        layout = self._layout()
        plain = is_plain_md5(self._entry.etag) and self._calls.manners.etag_is_md5
        if plain or parts_of(self._entry.etag) == 1:
            self._in_order = _InOrder(self._work.cancel)
        pieces = pieces_of(self._size, layout.each)
        arrived = dict(self._work.fan_out(self._act, pieces))
        ordered = [arrived[piece.number] for piece in pieces]
        checked = self._proved(layout, ordered)
        return Fetched(self._facts, checked, () if checked else (BY_SIZE,))

    def _layout(self) -> _Layout:
        """Ranges that coincide with the parts of the upload can be proved by its ETag."""
        usual = part_size(self._size, self._calls.options.part_size)
        count = parts_of(self._entry.etag)
        if count < 2:
            return _Layout(usual, by_parts=False, sure=False)
        self._head = self._look(PartNumber=1)
        first = int(self._head.get("ContentLength") or 0)
        if 0 < first < self._size and -(-self._size // first) == count:
            return _Layout(first, by_parts=True, sure=True)
        for each in dict.fromkeys((usual, *USUAL_PARTS)):
            if -(-self._size // each) == count:
                return _Layout(each, by_parts=True, sure=False)
        return _Layout(usual, by_parts=False, sure=False)

    def _look(self, **more: Any) -> dict[str, Any]:
        """A HEAD of the very object; empty if the server does not understand what we ask."""
        try:
            answer = self._calls.head(
                self._source, "download", bulk=True, cancel=self._work.cancel, **more
            )
        except StorageError as error:
            if error.retryable or isinstance(error, NotFound | NeedsLogin):
                raise
            return {}
        # Whether the object changed is for the GETs to say: some servers compare the condition,
        # or answer, with the ETag of the part.
        return answer if etag_of(answer) == self._entry.etag else {}

    def _act(self, piece: Piece) -> tuple[int, Digests]:
        try:
            with guarded(self._source, "download"):
                if self._look_only:
                    return piece.number, self._digests_again(piece)
                if self._in_order is not None:
                    self._in_order.wait_for_room(piece.number)
                return piece.number, self._range(piece)
        except BaseException as error:
            if self._in_order is not None:
                self._in_order.fail(error)
            raise

    def _range(self, piece: Piece) -> Digests:
        work = self._work
        work.cancel.check()
        digests = self._kept(piece)
        if digests is not None:
            return digests
        digests = Digests()
        kept: list[bytes] = []
        with self._open(piece) as reader:
            while block := reader.read(BLOCK):
                work.cancel.check()
                self._sink.write_at(piece.offset + digests.count, block)
                digests.update(block)
                if self._in_order is not None:
                    kept.append(block)
                work.progress(len(block))
            reader.verify()
            if piece.number == 1:
                self._answer, self._facts = reader.answer, reader.entry
        self._sink.arrived(Extent(piece.offset, digests.count, digests.crc))
        if self._in_order is not None:
            self._in_order.put(piece.number, kept)
        return digests

    def _kept(self, piece: Piece) -> Digests | None:
        """The digests of a range that an interrupted run had fetched; None if it must be fetched."""
        blocks = self._sink.kept(piece.offset, piece.size)
        if blocks is None:
            return None
        if piece.number == 1:  # the others are told by the condition of their GET, or not at all
            head = self._look()
            if not head:
                return None
            self._answer, self._facts = head, entry_from(self._source, head)
        digests = Digests()
        kept: list[bytes] = []
        for block in blocks:
            self._work.cancel.check()
            digests.update(block)
            if self._in_order is not None:
                kept.append(block)
            self._work.progress(len(block))
        if self._in_order is not None:
            self._in_order.put(piece.number, kept)
        return digests

    def _digests_again(self, piece: Piece) -> Digests:
        digests = Digests()
        with self._open(piece) as reader:
            while block := reader.read(BLOCK):
                self._work.cancel.check()
                digests.update(block)
            reader.verify()
        return digests

    def _open(self, piece: Piece) -> ObjectReader:
        return open_object(
            self._calls,
            self._source,
            piece.offset,
            self._entry,
            size=piece.size,
            cancel=self._work.cancel,
        )

    def _proved(self, layout: _Layout, pieces: list[Digests]) -> bool:
        etag = self._entry.etag
        hidden = hides_md5(self._answer)
        if self._in_order is not None:
            whole = self._in_order.md5.digest()
            if etag in (whole.hex(), multipart_etag([whole])):
                return True
            if not hidden and (is_plain_md5(etag) or self._calls.on_aws):
                raise damaged(self._source, "MD5")
        if layout.by_parts:
            if multipart_etag([piece.md5.digest() for piece in pieces]) == etag:
                return True
            if layout.sure and not hidden and self._calls.on_aws:
                raise damaged(self._source, "ETag")
        if self._proved_by_crc(pieces):
            return True
        if not hidden and (layout.by_parts or self._in_order is not None):
            self._read_again(layout, pieces)
        return False

    def _read_again(self, layout: _Layout, pieces: list[Digests]) -> None:
        """The ETag fits neither damaged bytes nor parts of another size: reading twice tells which.

        Costs the transfer once more, but only where nothing better is known. Raises Corrupt.
        """
        self._look_only = True
        again = dict(self._work.fan_out(self._act, pieces_of(self._size, layout.each)))
        for number, first in enumerate(pieces, 1):
            if again[number].md5.digest() != first.md5.digest():
                raise damaged(self._source, "second reading")

    def _proved_by_crc(self, pieces: list[Digests]) -> bool:
        """The CRC-32 of the whole object, if the server keeps one."""
        stored = checksums_of(self._look()).get("CRC32", "") if self._entry.etag else ""
        if not stored:
            return False
        joined = crc32_joined((piece.crc, piece.count) for piece in pieces)
        if crc_text(joined) != stored:
            raise damaged(self._source, "CRC-32")
        return True
