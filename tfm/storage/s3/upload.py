"""From a local file to an object: one request for a small file, parallel parts for a large one."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tfm.model.errors import Corrupt, InvalidName, IsDirectory, StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints, Work, Written
from tfm.storage.facets import Source
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.digest import Digests, Piece, part_size, pieces_of
from tfm.storage.s3.keys import check_place, refuses
from tfm.storage.s3.multipart import Multipart
from tfm.storage.s3.options import MIB
from tfm.storage.s3.put import put_bytes
from tfm.storage.s3.unfinished import Unfinished

BLOCK = MIB


class PartBody(io.RawIOBase):
    """A piece of a source as a file the SDK can read, seek and read again.

    The SDK reads it up to twice before it sends it (to sign, to digest); only what is read after
    `sending` counts as progress, and is taken back when the SDK begins anew.
    """

    def __init__(self, source: Source, piece: Piece, progress: Callable[[int], None]) -> None:
        super().__init__()
        self._source = source
        self._piece = piece
        self._progress = progress
        self._position = 0
        self._block = b""
        self._block_at = 0
        self._sending = False
        self._reported = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Position inside the piece, in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; going back takes back the progress that was reported."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._piece.size}[whence]
        target = max(0, base + offset)
        if target < self._position:
            self.take_back()
        self._position = target
        return target

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes of the piece, read from the source in blocks of 1 MiB."""
        rest = self._piece.size - self._position
        wanted = rest if size is None or size < 0 else min(size, rest)
        if wanted <= 0:
            return b""
        inside = self._position - self._block_at
        if not 0 <= inside < len(self._block):
            length = min(BLOCK, rest)
            self._block = self._source.read_at(self._piece.offset + self._position, length)
            self._block_at = self._position
            inside = 0
        data = self._block[inside : inside + wanted]
        self._position += len(data)
        if self._sending:
            self._reported += len(data)
            self._progress(len(data))
        return data

    def sending(self) -> None:
        """From here on reads go to the server."""
        self._sending = True

    def take_back(self) -> None:
        """Uncount what was reported, because it is sent again or was in vain."""
        self._sending = False
        if self._reported:
            self._progress(-self._reported)
            self._reported = 0


def announce_sending(request: Any, **_more: object) -> None:
    """The `before-send` hook that tells a part's body that its bytes now leave."""
    body = getattr(request, "body", None)
    if isinstance(body, PartBody):
        body.sending()


def watch_parts(client: Any) -> None:
    """Register the hook with a client."""
    client.meta.events.register("before-send.s3.UploadPart", announce_sending)


class Uploader:
    """The first half of the `Transfer` facet."""

    def __init__(self, calls: Calls, unfinished: Unfinished) -> None:
        self._calls = calls
        self._unfinished = unfinished
        calls.on_new_client(watch_parts)

    def upload(self, source: Source, destination: Location, hints: Hints, work: Work) -> Written:
        """Store `source`; on any failure neither an object nor an open upload stays, except that an
        upload which a journal names stays when the program is cut off.
        """
        with guarded(destination, "upload"):
            check_place(destination, "upload")
            if destination.looks_like_directory:
                raise IsDirectory(
                    f"Cannot upload {safe_text(str(destination))}: "
                    "the name of a file cannot end with '/'.",
                    place=destination,
                    verb="upload",
                )
            fault = refuses(destination, source.size)
            if fault:
                raise InvalidName(
                    f"Cannot upload {safe_text(str(destination))}: {fault}", place=destination
                )
            work.cancel.check()
            if source.size <= self._calls.options.multipart_threshold:
                written = self._whole(source, destination, hints, work)
            else:
                written = self._in_parts(source, destination, hints, work)
            told = self._calls.accelerator.told_once(destination.container)
            return replace(written, notes=(*written.notes, *told)) if told else written

    def _whole(self, source: Source, destination: Location, hints: Hints, work: Work) -> Written:
        data = source.read_at(0, source.size) if source.size else b""
        source.check_unchanged()
        written = put_bytes(
            self._calls, destination, data, hints, verb="upload", cancel=work.cancel
        )
        work.progress(len(data))
        return written

    def _in_parts(self, source: Source, destination: Location, hints: Hints, work: Work) -> Written:
        multipart = Multipart(
            self._calls, self._unfinished, destination, hints, work.cancel, verb="upload"
        )
        each = part_size(source.size, self._calls.options.part_size)
        if not multipart.take_up():
            multipart.begin()
        try:

            def act(piece: Piece) -> None:
                with guarded(destination, "upload"):
                    _send(multipart, source, piece, work)

            for _ in work.fan_out(act, pieces_of(source.size, each)):
                pass
            source.check_unchanged()
            return multipart.complete()
        except StorageError as error:
            if error.passing:
                hints.trail.cut_off()
            raise
        finally:
            multipart.abort()  # without effect once it is complete


def _send(multipart: Multipart, source: Source, piece: Piece, work: Work) -> None:
    multipart.check(piece.number)
    digests = Digests()
    # read before it is sent, also where it need not be: what the server holds is compared with that
    for start in range(0, piece.size, BLOCK):
        work.cancel.check()
        length = min(BLOCK, piece.size - start)
        digests.update(source.read_at(piece.offset + start, length))
    if multipart.holds(piece.number, digests):
        work.progress(piece.size)
        return
    body = PartBody(source, piece, work.progress)
    try:
        multipart.send(piece.number, body, digests)
    except StorageError as error:
        body.take_back()
        if isinstance(error, Corrupt):
            source.check_unchanged()  # bytes that change under us look like damage on the way
        raise
