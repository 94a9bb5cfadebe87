"""A multipart upload from its beginning to its completion, or to its certain end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from tfm.model.cancel import CancelToken
from tfm.model.change import around
from tfm.model.errors import Cancelled, Corrupt, Denied, NoSpace, NotFound, StorageError, Throttled
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Hints, Leftover, Written
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.carried import attributes_for, digest_of
from tfm.storage.s3.digest import MAX_PARTS, Digests, crc32_joined, crc_text, multipart_etag
from tfm.storage.s3.facts import etag_of, hides_md5
from tfm.storage.s3.publish import (
    SIZE_ONLY,
    Publication,
    Stamp,
    nothing_happened,
    published_entry,
    sure,
)
from tfm.storage.s3.put import digest_headers, withdraw
from tfm.storage.s3.tags import keep_tags
from tfm.storage.s3.unfinished import Unfinished, Upload


@dataclass(frozen=True, slots=True)
class Part:
    """A part the server confirmed; `md5` is that of the bytes we sent, `checksum` the server's own."""

    number: int
    etag: str
    md5: bytes
    crc: int
    size: int
    checksum: str = ""


class Multipart:
    """One upload in parts; `send` may be called from many threads, the rest from one."""

    def __init__(
        self,
        calls: Calls,
        unfinished: Unfinished,
        location: Location,
        hints: Hints,
        cancel: CancelToken,
        *,
        attributes: dict[str, Any] | None = None,
        verb: str = "write",
    ) -> None:
        self.calls = calls
        self.location = location
        self._unfinished = unfinished
        self._hints = hints
        self._cancel = cancel
        self._verb = verb
        self._lock = threading.Lock()
        self._parts: dict[int, Part] = {}
        self._held: dict[int, dict[str, Any]] = {}
        self._upload: Upload | None = None
        stated, self._notes = attributes_for(calls, location, hints)
        self._attributes = stated if attributes is None else attributes
        self._stated = {**stated, **self._attributes}
        self._properties = digest_of(self._attributes)
        self._copying = attributes is not None
        self.algorithm = str(self._attributes.get("ChecksumAlgorithm") or "")

    def take_up(self) -> bool:
        """Go on with the upload of an interrupted run, if the server still has it.

        Class, headers and encryption are those it was begun with: with others it is begun anew.
        """
        for leftover in self._hints.trail.earlier():
            if not leftover.name or leftover.place != self.location or self._upload is not None:
                continue
            if leftover.properties not in ("", self._properties):
                continue
            upload = Upload(self.location, leftover.name, self._hints.trail)
            try:
                held = self._unfinished.parts_of(upload)
            except NotFound:
                self._hints.trail.gone(leftover)
                continue
            except Denied:
                continue  # nobody may look at its parts: it is begun anew, and that one is aborted
            self._upload, self._held = upload, held
            self._unfinished.add(upload)
        return self._upload is not None

    def holds(self, number: int, digests: Digests) -> bool:
        """True if the server has just these bytes as that part already, and can prove it."""
        row = self._held.get(number)
        if row is None or int(row.get("Size", -1)) != digests.count:
            return False
        md5 = digests.md5.digest()
        if not Stamp(digests.count, md5.hex(), digests.crc).agrees(
            row, etag_is_md5=self.calls.manners.etag_is_md5
        ):
            return False
        self.keep(Part(number, etag_of(row), md5, digests.crc, digests.count))
        return True

    def begin(self) -> None:
        """Ask for an upload id; from here on the upload is registered as open."""
        checksum: dict[str, str] = {}
        if self.calls.on_aws and not self._copying:
            checksum = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
        first = time.monotonic_ns()
        trail = self._hints.trail
        asked = Leftover(self.location, since=time.time_ns(), properties=self._properties)
        trail.leave(asked)
        try:
            answer = self.calls.send(
                "create_multipart_upload",
                self.location,
                self._verb,
                bulk=True,
                cancel=self._cancel,
                Bucket=self.location.container,
                Key=self.location.inner_key,
                **self._attributes,
                **checksum,
            )
        except (StorageError, Cancelled) as error:
            may_have_begun = isinstance(error, Cancelled) or error.retryable
            if not may_have_begun or self._unfinished.abort_nameless(self.location, first):
                trail.gone(asked)
            raise
        self._upload = Upload(self.location, str(answer["UploadId"]), trail)
        self._unfinished.add(self._upload)
        trail.leave(replace(asked, name=self._upload.upload_id))
        if answer.get("ResponseMetadata", {}).get("RetryAttempts"):
            self._unfinished.abort_nameless(self.location, first)

    def names(self) -> dict[str, str]:
        """The parameters that name this upload."""
        assert self._upload is not None
        return {
            "Bucket": self.location.container,
            "Key": self.location.inner_key,
            "UploadId": self._upload.upload_id,
        }

    def check(self, number: int = 1) -> None:
        """Raise Cancelled, or NoSpace for a part beyond the last possible one."""
        self._cancel.check()
        if self._unfinished.closing:
            raise Cancelled
        if number > MAX_PARTS:
            raise NoSpace(
                f"Cannot write {safe_text(str(self.location))}: "
                f"an object has at most {MAX_PARTS:,} parts.",
                place=self.location,
                verb=self._verb,
                hint="Set a larger S3 part_size.",
            )

    def send(self, number: int, body: Any, digests: Digests) -> None:
        """Send one part, whose digests are known, and check what the server says it got."""
        self.check(number)

        def send() -> dict[str, Any]:
            answer = self.calls.send(
                "upload_part",
                self.location,
                self._verb,
                bulk=True,
                cancel=self._cancel,
                PartNumber=number,
                Body=body,
                ContentLength=digests.count,
                **self.names(),
                **digest_headers(self.calls, digests),
            )
            if not etag_of(answer):
                raise nothing_happened(self.location, self._verb, f"it does not name part {number}")
            return answer

        answer = sure(send)
        md5 = digests.md5.digest()
        stamp = Stamp(digests.count, md5.hex(), digests.crc)
        if stamp.agrees(answer, etag_is_md5=self.calls.manners.etag_is_md5) is False:
            raise Corrupt(
                f"Cannot write {safe_text(str(self.location))}: part {number} arrived damaged.",
                place=self.location,
                verb=self._verb,
                hint="Try again; if it happens again, check the network.",
                code="BadDigest",
            )
        self.keep(Part(number, etag_of(answer), md5, digests.crc, digests.count))

    def keep(self, part: Part) -> None:
        """Count a part that the server confirmed."""
        with self._lock:
            self._parts[part.number] = part

    def complete(self) -> Written:
        """Publish under the condition of the hints, and prove what stands there then."""
        self.check()
        parts = [self._parts[number] for number in sorted(self._parts)]
        stamp = self._stamp(parts)
        listed = [self._listed(part) for part in parts]
        publication = Publication(self.calls, self.location, self._hints, self._verb, self._cancel)
        extra: dict[str, Any] = {}
        if self.calls.on_aws and stamp.crc is not None:
            extra = {"ChecksumCRC32": crc_text(stamp.crc), "ChecksumType": "FULL_OBJECT"}

        def send(condition: dict[str, str]) -> dict[str, Any]:
            return self.calls.send_raw(
                "complete_multipart_upload",
                self.location,
                bulk=True,
                cancel=self._cancel,
                MultipartUpload={"Parts": listed},
                **self.names(),
                **extra,
                **condition,
            )

        if not self.calls.on_aws:
            # Many servers ignore conditions here; beside the parts, one look costs little.
            publication.look_first()
        evidence, answer = sure(
            lambda: self._proved(publication, stamp, self._completed(publication, send, stamp))
        )
        self._forget()  # not before: a success that was none leaves the upload open, to be aborted
        notes = (*self._notes, *publication.notes, *self._tags_kept())
        if evidence is Evidence.SIZE:
            notes += (SIZE_ONLY,)
        entry = published_entry(self.location, self._hints, answer, stamp, self._stated)
        return Written(around(self.location), entry, evidence, notes)

    def _tags_kept(self) -> tuple[str, ...]:
        """A note where the tags that were sent are lost; beside Amazon they are looked for."""
        if self.calls.on_aws or "Tagging" not in self._attributes:
            return ()
        tags = tuple(parse_qsl(self._attributes["Tagging"], keep_blank_values=True))
        lost = keep_tags(self.calls, self.location, tags, self._cancel)
        return (lost,) if lost else ()

    def abort(self) -> None:
        """End the upload for certain, unless it is left for a later run; idempotent."""
        upload = self._upload
        if upload is not None:
            self._upload = None
            if self._hints.trail.stays and not self._copying:
                self._unfinished.forget(upload)
                return
            if self._unfinished.abort(upload):
                self._hints.trail.gone(Leftover(self.location, upload.upload_id))

    def _forget(self) -> None:
        if self._upload is not None:
            self._unfinished.forget(self._upload)
            self._hints.trail.gone(Leftover(self.location, self._upload.upload_id))
            self._upload = None

    def _stamp(self, parts: list[Part]) -> Stamp:
        size = sum(part.size for part in parts)
        if self._copying:
            return Stamp(size)
        crc = crc32_joined((part.crc, part.size) for part in parts)
        return Stamp(size, multipart_etag([part.md5 for part in parts]), crc)

    def _listed(self, part: Part) -> dict[str, Any]:
        row: dict[str, Any] = {"PartNumber": part.number, "ETag": f'"{part.etag}"'}
        if self.calls.on_aws and not self._copying:
            row["ChecksumCRC32"] = crc_text(part.crc)
        if part.checksum:
            row[f"Checksum{self.algorithm}"] = part.checksum
        return row

    def _completed(self, publication: Publication, send: Any, stamp: Stamp) -> dict[str, Any]:
        """Complete; a lost answer is settled by what stands there, never by guessing."""
        try:
            return publication.run(send, stamp)
        except (NotFound, Throttled, Corrupt) as error:
            # NoSuchUpload after success, or an error that came after the work was done.
            settled = publication.settle(stamp)
            if settled is None:
                raise error
            return settled

    def _proved(
        self, publication: Publication, stamp: Stamp, answer: dict[str, Any]
    ) -> tuple[Evidence, dict[str, Any]]:
        """As in `put.py`. Raises Corrupt, NothingHappened."""
        if stamp.agrees(answer):
            return Evidence.CHECKSUM, answer
        head = publication.found()
        if head is None:
            raise publication.nothing_happened(head)
        named = etag_of(answer)
        if int(head.get("ContentLength") or 0) == stamp.size:
            if stamp.agrees(head):
                return Evidence.CHECKSUM, head
            theirs = etag_of(head)
            same_form = theirs.rpartition("-")[2] == stamp.etag.rpartition("-")[2]
            ours_alone = same_form and "-" in theirs and self.calls.on_aws
            differs = ours_alone and stamp.etag and not hides_md5(head)
            if not differs and (named or not publication.untouched(head)):
                return Evidence.SIZE, head
        if not named or named != etag_of(head):
            raise publication.nothing_happened(head)
        hint = "The source is untouched. Try again."
        if not self._copying:
            withdraw(self.calls, self.location, named, str(answer.get("VersionId") or ""))
            hint = "The damaged object was removed. Try again."
        raise Corrupt(
            f"Cannot write {safe_text(str(self.location))}: "
            "what the server put together is not what was sent.",
            place=self.location,
            verb=self._verb,
            hint=hint,
            code="BadDigest",
        )
