"""Storing what fits in memory: one PutObject, proved by its own answer."""

from __future__ import annotations

from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import around
from tfm.model.errors import Corrupt, Denied, StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Hints, Written
from tfm.storage.s3.calls import Calls, log
from tfm.storage.s3.carried import attributes_for
from tfm.storage.s3.digest import Digests, base64_text, crc_text, new_md5
from tfm.storage.s3.facts import etag_of, quoted
from tfm.storage.s3.publish import SIZE_ONLY, Publication, Stamp, published_entry, sure
from tfm.storage.s3.read import open_object

_BLOCK = 1024 * 1024


def digest_headers(calls: Calls, digests: Digests) -> dict[str, str]:
    """The digest a request carries: CRC-32 to Amazon, which stores it; Content-MD5 to all others.

    Given as plain headers, because the SDK would send it as a trailer that many servers store as
    part of the file.
    """
    if calls.on_aws:
        return {"ChecksumCRC32": crc_text(digests.crc)}
    return {"ContentMD5": base64_text(digests.md5.digest())}


def put_bytes(
    calls: Calls,
    location: Location,
    data: bytes,
    hints: Hints,
    *,
    verb: str = "write",
    cancel: CancelToken = NEVER,
) -> Written:
    """Store `data` under the key as the hints allow: one request where the ETag proves it.

    Raises AlreadyExists, TooLate, Corrupt (nothing stays then).
    """
    digests = Digests()
    digests.update(data)
    attributes, notes = attributes_for(calls, location, hints)
    stamp = Stamp(len(data), digests.md5.digest().hex(), digests.crc)
    publication = Publication(calls, location, hints, verb, cancel)

    def send(condition: dict[str, str]) -> dict[str, Any]:
        return calls.send_raw(
            "put_object",
            location,
            bulk=True,
            cancel=cancel,
            Bucket=location.container,
            Key=location.inner_key,
            Body=data,
            **attributes,
            **digest_headers(calls, digests),
            **condition,
        )

    def store() -> tuple[Evidence, dict[str, Any]]:
        answer = publication.run(send, stamp, first_in_vain=True)
        return _proved(calls, location, publication, stamp, answer)

    evidence, answer = sure(store)
    if evidence is Evidence.SIZE:
        notes += (SIZE_ONLY,)
    return Written(
        around(location),
        published_entry(location, hints, answer, stamp, attributes),
        evidence,
        (*notes, *publication.notes),
    )


def _proved(
    calls: Calls,
    location: Location,
    publication: Publication,
    stamp: Stamp,
    answer: dict[str, Any],
) -> tuple[Evidence, dict[str, Any]]:
    """What proves the stored bytes; asks further only if the answer itself does not.

    Raises Corrupt, and NothingHappened for a success that was none: then what stands there is
    what stood there before, or somebody else's, and not ours to remove.
    """
    md5 = calls.manners.etag_is_md5
    if stamp.agrees(answer, etag_is_md5=md5):
        return Evidence.CHECKSUM, answer
    head = publication.found()
    if head is None:
        raise publication.nothing_happened(head)
    named = etag_of(answer)
    agreed = stamp.agrees(head, etag_is_md5=md5)
    if int(head.get("ContentLength") or 0) == stamp.size:
        if agreed:
            return Evidence.CHECKSUM, head
        if agreed is None and (named or not publication.untouched(head)):
            return Evidence.SIZE, head
        if agreed is False and _reads_back(calls, location, stamp):
            # The bytes are right, so it is the ETag that is no MD5 at this endpoint.
            calls.manners.etag_is_md5 = False
            return Evidence.CHECKSUM, head
    if not named or named != etag_of(head):
        raise publication.nothing_happened(head)
    withdraw(calls, location, named, str(answer.get("VersionId") or ""))
    raise Corrupt(
        f"Cannot write {safe_text(str(location))}: the server stored other bytes than were sent.",
        place=location,
        verb="write",
        hint="The damaged object was removed. Try again; if it happens again, check the network.",
        code="BadDigest",
    )


def _reads_back(calls: Calls, location: Location, stamp: Stamp) -> bool:
    digest = new_md5()
    with open_object(calls, location, 0, None) as reader:
        while block := reader.read(_BLOCK):
            digest.update(block)
    return digest.digest().hex() == stamp.etag


def withdraw(calls: Calls, location: Location, etag: str, version: str = "") -> None:
    """Remove a damaged object of ours, on the condition that it is still that one.

    Where there are versions just this one goes, so that the one before is the current one again; without
    the right to that it is hidden.
    """
    condition: dict[str, Any] = {}
    if etag and calls.on_aws:
        condition["IfMatch"] = quoted(etag)
    named: dict[str, Any] = {"Bucket": location.container, "Key": location.inner_key}
    try:
        try:
            if version:
                # the id alone tells which; only that of no version may be somebody else's by now
                more = condition if version == "null" else {}
                calls.send("delete_object", location, "remove", **named, VersionId=version, **more)
                return
        except Denied as error:
            log.info("A damaged version can only be hidden: %s", safe_text(str(error)))
        calls.send("delete_object", location, "remove", **named, **condition)
    except StorageError as error:
        log.error("A damaged object is left behind: %s", safe_text(str(error)))
