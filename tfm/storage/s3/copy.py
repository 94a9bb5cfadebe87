"""Copies inside S3: the server moves the bytes, we state which ones and look at what it made."""

from __future__ import annotations

from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.change import around
from tfm.model.entry import Entry, ObjectDetails
from tfm.model.errors import AlreadyExists, Corrupt, NotFound, SameObject, TooLate
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Hints, Work, Written
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.carried import carried, storage_class
from tfm.storage.s3.digest import Piece, new_md5, pieces_of
from tfm.storage.s3.facts import (
    checksums_of,
    entry_from,
    etag_of,
    hides_md5,
    is_plain_md5,
    quoted,
)
from tfm.storage.s3.held import ENCRYPTION
from tfm.storage.s3.keys import check_place, names
from tfm.storage.s3.multipart import Multipart, Part
from tfm.storage.s3.options import MIB
from tfm.storage.s3.past import pinned
from tfm.storage.s3.publish import SIZE_ONLY, Publication, Stamp, nothing_happened, sure
from tfm.storage.s3.read import open_object
from tfm.storage.s3.unfinished import Unfinished
from tfm.storage.s3.uploads import encryption_by_rules

COPY_LIMIT = 5 * 1024 * MIB
"""The largest object one CopyObject takes, in bytes."""
_COPY_PART = 256 * MIB
_READ_BOTH = 64 * MIB


class Copier:
    """The `ServerCopy` facet. `limit` and `part` are in bytes; tests make them small."""

    def __init__(self, calls: Calls, unfinished: Unfinished) -> None:
        self._calls = calls
        self._unfinished = unfinished
        self.limit = COPY_LIMIT
        self.part = _COPY_PART

    def copy(
        self, source: Location, entry: Entry, destination: Location, hints: Hints, work: Work
    ) -> Written:
        """Copy one object with metadata, tags and storage class, if it still is `entry`."""
        with guarded(destination, "copy to"):
            source = pinned(source, entry)
            check_place(source, "copy")
            check_place(destination, "copy to")
            if source == destination:
                raise SameObject(
                    f"Cannot copy {safe_text(str(source))}: source and destination are the same.",
                    place=source,
                    verb="copy",
                )
            work.cancel.check()
            if entry.size is not None and entry.size > self.limit:
                return self._large(source, entry, entry.size, destination, hints, work)
            return self._small(source, entry, destination, hints, work)

    def _small(
        self, source: Location, entry: Entry, destination: Location, hints: Hints, work: Work
    ) -> Written:
        publication = Publication(self._calls, destination, hints, "copy to", work.cancel)
        plain = is_plain_md5(entry.etag)
        stamp = Stamp(entry.size or 0, entry.etag if plain else "")

        def send(condition: dict[str, str]) -> dict[str, Any]:
            if not self._calls.manners.copy_conditions:
                if condition:
                    publication.look_instead()
                self._check_source(source, entry, work.cancel)
            elif condition and not self._calls.on_aws and not self._calls.manners.guards_copies:
                # what it says of the source tells nothing of the target, and many heed only that
                publication.look_first()
            return self._calls.send_raw(
                "copy_object",
                destination,
                bulk=True,
                cancel=work.cancel,
                Bucket=destination.container,
                Key=destination.inner_key,
                CopySource=names(source),
                **_pinned(entry),
                **storage_class(entry, hints),
                **encryption_by_rules(self._calls.options, destination),
                **condition,
            )

        def make() -> tuple[Entry, Evidence]:
            answer = publication.run(send, stamp)
            told = {**answer, **(answer.get("CopyObjectResult") or {})}
            if plain and etag_of(told) == entry.etag:
                return _entry(destination, entry, told, hints), Evidence.CHECKSUM
            there = publication.found()
            if there is None or (not etag_of(told) and publication.untouched(there)):
                raise publication.nothing_happened(there)
            return self._compare(source, entry, destination, there, work.cancel)

        try:
            now, evidence = sure(make)
        except (AlreadyExists, TooLate):
            # a 412 may speak of the source or of the destination
            self._check_source(source, entry, work.cancel)
            if not publication.in_doubt or not self._same_bytes(
                source, entry, destination, work.cancel
            ):
                raise
            now, evidence = entry_from(destination, publication.head()), Evidence.CHECKSUM
        except NotFound as error:
            raise _gone(source) from error
        work.progress(entry.size or 0)
        notes = tuple(publication.notes) + ((SIZE_ONLY,) if evidence is Evidence.SIZE else ())
        return Written(around(destination), now, evidence, notes)

    def _check_source(self, source: Location, entry: Entry, cancel: CancelToken) -> None:
        """Raise TooLate if it is another by now; one HEAD, if there is an ETag to compare."""
        if entry.etag and etag_of(self._head(source, cancel)) != entry.etag:
            raise _changed(source)

    def _same_bytes(
        self, source: Location, entry: Entry, destination: Location, cancel: CancelToken
    ) -> bool:
        """Read both sides, where that costs less than to ask somebody."""
        if entry.size is None or entry.size > _READ_BOTH:
            return False
        digests = []
        for place, expected in ((source, entry), (destination, None)):
            digest = new_md5()
            with open_object(self._calls, place, 0, expected, cancel=cancel) as reader:
                while block := reader.read(MIB):
                    digest.update(block)
                reader.verify()
            digests.append(digest.digest())
        return digests[0] == digests[1]

    def _head(self, place: Location, cancel: CancelToken) -> dict[str, Any]:
        return self._calls.head(place, "copy", bulk=True, cancel=cancel)

    def _compare(
        self,
        source: Location,
        entry: Entry,
        destination: Location,
        there: dict[str, Any],
        cancel: CancelToken,
    ) -> tuple[Entry, Evidence]:
        """Both ends, asked afresh: an answer without a usable ETag proves nothing."""
        now = entry_from(destination, there)
        if entry.size is not None and now.size != entry.size:
            raise _differs(destination, "its size")
        if etag_of(there) and etag_of(there) == entry.etag:
            return now, Evidence.CHECKSUM
        here = self._head(source, cancel)
        if entry.etag and etag_of(here) != entry.etag:
            raise _changed(source)
        ours, theirs = checksums_of(here), checksums_of(there)
        for name in sorted(ours.keys() & theirs.keys()):
            if ours[name] != theirs[name]:
                raise _differs(destination, name)
            return now, Evidence.CHECKSUM
        both = is_plain_md5(etag_of(here)) and is_plain_md5(etag_of(there))
        if both and self._calls.manners.etag_is_md5 and not (hides_md5(here) or hides_md5(there)):
            raise _differs(destination, "MD5")
        return now, Evidence.SIZE

    def _large(
        self,
        source: Location,
        entry: Entry,
        size: int,
        destination: Location,
        hints: Hints,
        work: Work,
    ) -> Written:
        head = self._head(source, work.cancel)
        if entry.etag and etag_of(head) != entry.etag:
            raise _gone(source)
        attributes, notes = carried(self._calls, source, entry, head, hints)
        if chosen := encryption_by_rules(self._calls.options, destination):
            attributes = {k: v for k, v in attributes.items() if k not in ENCRYPTION} | chosen
        multipart = Multipart(
            self._calls,
            self._unfinished,
            destination,
            hints,
            work.cancel,
            attributes=attributes,
            verb="copy to",
        )
        written = self.in_parts(multipart, source, entry, size, work)
        publication = Publication(self._calls, destination, hints, "copy to", work.cancel)
        there = publication.found()
        if there is None:
            raise publication.nothing_happened(there)
        now, evidence = self._compare(source, entry, destination, there, work.cancel)
        notes += (SIZE_ONLY,) if evidence is Evidence.SIZE else ()
        kept = tuple(note for note in written.notes if note != SIZE_ONLY)
        return Written(written.change, now, evidence, (*kept, *notes))

    def in_parts(
        self, multipart: Multipart, source: Location, entry: Entry, size: int, work: Work
    ) -> Written:
        """Copy the bytes of `entry` as the parts of an upload, and complete it."""
        destination = multipart.location
        each = max(self.part, -(-size // 9000 // MIB) * MIB)
        multipart.begin()
        try:

            def act(piece: Piece) -> None:
                with guarded(destination, "copy to"):
                    self._copy_part(multipart, source, entry, piece, work.cancel)
                    work.progress(piece.size)

            for _ in work.fan_out(act, pieces_of(size, each)):
                pass
            return multipart.complete()
        finally:
            multipart.abort()  # without effect once it is complete

    def _copy_part(
        self,
        multipart: Multipart,
        source: Location,
        entry: Entry,
        piece: Piece,
        cancel: CancelToken,
    ) -> None:
        multipart.check(piece.number)
        upload: dict[str, Any] = multipart.names()

        def send() -> Part:
            answer = self._calls.send(
                "upload_part_copy",
                multipart.location,
                "copy to",
                bulk=True,
                cancel=cancel,
                PartNumber=piece.number,
                CopySource=names(source),
                CopySourceRange=f"bytes={piece.offset}-{piece.offset + piece.size - 1}",
                **_pinned(entry),
                **upload,
            )
            result = answer.get("CopyPartResult") or {}
            etag = etag_of(result)
            if not etag:
                told = f"it does not name part {piece.number}"
                raise nothing_happened(multipart.location, "copy to", told)
            checksum = str(result.get(f"Checksum{multipart.algorithm}") or "")
            return Part(piece.number, etag, b"", 0, piece.size, checksum)

        multipart.keep(sure(send))


def _pinned(entry: Entry) -> dict[str, Any]:
    return {"CopySourceIfMatch": quoted(entry.etag)} if entry.etag else {}


def _entry(destination: Location, entry: Entry, told: dict[str, Any], hints: Hints) -> Entry:
    facts = entry_from(destination, told, entry.size or 0)
    assert isinstance(facts.details, ObjectDetails)
    assert isinstance(entry.details, ObjectDetails)  # it had the ETag of the copy
    details = facts.details._replace(
        storage_class=hints.tier or entry.details.storage_class,
        stored_mtime_ns=entry.details.stored_mtime_ns,
        mode=entry.details.mode,
        content_type=entry.details.content_type,
    )
    return Entry(facts.name, facts.kind, facts.size, facts.mtime_ns, details)


def _changed(source: Location) -> TooLate:
    return TooLate(
        f"Cannot copy {safe_text(str(source))}: it changed meanwhile.",
        place=source,
        verb="copy",
        hint="Refresh and look again.",
        code="PreconditionFailed",
    )


def _gone(source: Location) -> TooLate:
    return TooLate(
        f"Cannot copy {safe_text(str(source))}: it is gone or changed meanwhile.",
        place=source,
        verb="copy",
        hint="Refresh and look again.",
    )


def _differs(destination: Location, what: str) -> Corrupt:
    return Corrupt(
        f"Cannot copy to {safe_text(str(destination))}: {what} differs from the source.",
        place=destination,
        verb="copy to",
        hint="The source is untouched. Try again.",
        code="BadDigest",
    )
