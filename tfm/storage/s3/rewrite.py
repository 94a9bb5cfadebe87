"""An object stored anew over itself: the server moves the bytes, and everything is stated again.

A copy onto itself that only names what changes loses the rest, so all that a HEAD shows is sent along.
The condition is that the object still has the ETag which that HEAD showed. Servers that ignore it
show themselves at the first copy, which is sent on a condition that cannot hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.change import NOTHING, around
from tfm.model.entry import Entry
from tfm.model.errors import Corrupt, NotFound, TooLate, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Hints, Work, Written
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Edit, Held, Tier
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.errors import code_of, sdk_errors, status_of
from tfm.storage.s3.facts import checksums_of, entry_from, etag_of, hides_md5, is_plain_md5, quoted
from tfm.storage.s3.held import (
    HEADERS,
    Attributes,
    checksum_of,
    differences,
    edited,
    fault_in,
    grants_of,
    held_of,
    stated,
)
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.multipart import Multipart
from tfm.storage.s3.options import SSE_C
from tfm.storage.s3.publish import NO_ETAG, SIZE_ONLY, Publication, Stamp, sure
from tfm.storage.s3.tags import tags_of
from tfm.storage.s3.unfinished import Unfinished

_VERB = "change"


class Rewriter:
    """The `Rewrite` facet. Above the copier's limit the object is copied in parts."""

    headers = tuple(HEADERS)

    def __init__(self, calls: Calls, unfinished: Unfinished, copier: Copier) -> None:
        self._calls = calls
        self._unfinished = unfinished
        self._copier = copier

    @property
    def encryptions(self) -> Sequence[Tier]:
        """As the protocol."""
        refusal = "" if self._calls.keys else "S3_CUSTOMER_KEY names no key"
        return (
            Tier("", "as the bucket does unasked"),
            Tier("AES256", "keys of S3 (SSE-S3)"),
            Tier("aws:kms", "a key of KMS (SSE-KMS)"),
            Tier("aws:kms:dsse", "the same in two layers"),
            Tier(SSE_C, "a key of your own", refusal),
        )

    @property
    def parts_above(self) -> int:
        """As the protocol."""
        return self._copier.limit

    def held(self, location: Location) -> Held:
        """As the protocol: one HEAD."""
        with guarded(location, "look at"):
            check_place(location, "look at")
            return held_of(location, self._calls.head(location, "look at"))

    def fault_in(self, edit: Edit) -> str:
        """As the protocol."""
        return fault_in(edit)

    def rewrite(self, location: Location, entry: Entry, edit: Edit, work: Work) -> Written:
        """As the protocol: a HEAD, the access list, the copy, a HEAD; tags where it goes in parts."""
        with guarded(location, _VERB):
            check_place(location, _VERB)
            work.cancel.check()
            head = self._calls.head(location, _VERB, bulk=True, cancel=work.cancel)
            before = entry_from(location, head)
            if entry.etag and before.etag != entry.etag:
                raise _changed(location)
            old = stated(head)
            own = edit.encryption is not None and edit.encryption.kind == SSE_C
            wanted = edited(old, edit, self._calls.keys.digest() if own else "")
            if wanted == old:
                return Written(NOTHING, before, Evidence.CHECKSUM)
            grants, notes = grants_of(self._calls, location)
            sent = {**wanted, **grants}
            large = (before.size or 0) > self._copier.limit
            act = self._in_parts if large else self._in_one
            told = act(location, head, sent, wanted, work)
            now = entry_from(location, told[0])
            if not large:
                work.progress(before.size or 0)
            return Written(around(location), now, told[1], (*notes, *told[2]))

    def _in_one(
        self,
        location: Location,
        head: Attributes,
        sent: Attributes,
        wanted: Attributes,
        work: Work,
    ) -> tuple[Attributes, Evidence, tuple[str, ...]]:
        before = entry_from(location, head)
        hints = Hints(size=before.size, replaces=before)
        publication = Publication(self._calls, location, hints, _VERB, work.cancel)
        etag = etag_of(head)
        stamp = Stamp(before.size or 0, etag if is_plain_md5(etag) else "")
        parameters = {**sent, **checksum_of(head, parts=False)}

        def send(condition: Attributes) -> Attributes:
            manners = self._calls.manners
            if manners.copy_conditions and not manners.copies_met and not self._calls.on_aws:
                publication.look_first()
                answer = self._in_vain(location, parameters, work.cancel)
                if answer is not None:
                    publication.look_instead()
                    return answer
            if not manners.copy_conditions:
                publication.look_instead()
            pin = {"CopySourceIfMatch": quoted(etag)} if etag else {}
            return self._copy(location, {**parameters, **pin, **condition}, work.cancel)

        def make() -> tuple[Attributes, Evidence, tuple[str, ...]]:
            publication.run(send, stamp)
            return self._looked_at(publication, location, head, wanted)

        try:
            after, evidence, notes = sure(make)
        except TooLate:
            if not publication.in_doubt:
                raise
            # an answer was lost: it may be our own copy that stands there
            after, evidence, notes = self._looked_at(publication, location, head, wanted)
        except NotFound as error:
            raise _changed(location) from error
        return after, evidence, (*publication.notes, *notes)

    def _copy(
        self, location: Location, parameters: Attributes, cancel: CancelToken
    ) -> dict[str, Any]:
        return self._calls.send_raw(
            "copy_object",
            location,
            bulk=True,
            cancel=cancel,
            Bucket=location.container,
            Key=location.inner_key,
            CopySource={"Bucket": location.container, "Key": location.inner_key},
            MetadataDirective="REPLACE",
            **parameters,
        )

    def _in_vain(
        self, location: Location, parameters: Attributes, cancel: CancelToken
    ) -> dict[str, Any] | None:
        """None where the server refuses, as it should; else it ignores conditions, and has done it."""
        manners = self._calls.manners
        try:
            answer = self._copy(location, {**parameters, "CopySourceIfMatch": NO_ETAG}, cancel)
        except sdk_errors() as error:
            if status_of(error) != 412 and code_of(error) != "PreconditionFailed":
                raise
            manners.copies_met = True
            return None
        manners.copies_met, manners.copy_conditions = True, False
        return answer

    def _in_parts(
        self,
        location: Location,
        head: Attributes,
        sent: Attributes,
        wanted: Attributes,
        work: Work,
    ) -> tuple[Attributes, Evidence, tuple[str, ...]]:
        before = entry_from(location, head)
        tags = self._tags(location, head, work.cancel)
        attributes = {**sent, **checksum_of(head, parts=True)}
        if tags:
            from urllib.parse import urlencode

            attributes["Tagging"] = urlencode(tags)
        hints = Hints(size=before.size, replaces=before)
        multipart = Multipart(
            self._calls,
            self._unfinished,
            location,
            hints,
            work.cancel,
            attributes=attributes,
            verb=_VERB,
        )
        written = self._copier.in_parts(multipart, location, before, before.size or 0, work)
        publication = Publication(self._calls, location, hints, _VERB, work.cancel)
        after, evidence, notes = self._looked_at(publication, location, head, wanted)
        kept = tuple(note for note in written.notes if note != SIZE_ONLY)
        return after, evidence, (*kept, *notes)

    def _tags(
        self, location: Location, head: Attributes, cancel: CancelToken
    ) -> list[tuple[str, str]]:
        """Asked for where there may be any; without the right to read them, nothing is changed."""
        if self._calls.on_aws and not head.get("TagCount"):
            return []
        try:
            return list(tags_of(self._calls, location, cancel))
        except Unsupported:
            return []

    def _looked_at(
        self, publication: Publication, location: Location, head: Attributes, wanted: Attributes
    ) -> tuple[Attributes, Evidence, tuple[str, ...]]:
        """What stands there now, held against what did and what was wanted.

        Raises NothingHappened, Corrupt; TooLate if somebody else's stands there.
        """
        after = publication.found()
        if after is None:
            raise publication.nothing_happened(None)
        evidence = _same_bytes(self._calls, location, head, after)
        done, refused, lost = differences(head, wanted, after)
        if refused and not done:
            raise publication.nothing_happened(after)
        notes = [f"The server did not take: {_words(refused)}."] if refused else []
        if lost:
            notes.append(f"The server did not keep: {_words(lost)}.")
        if checksum_of(head, parts=False) and not checksum_of(after, parts=False):
            notes.append("The server keeps no checksum of it any more.")
        if evidence is Evidence.SIZE:
            notes.append(SIZE_ONLY)
        return after, evidence, tuple(notes)


def _same_bytes(calls: Calls, location: Location, head: Attributes, after: Attributes) -> Evidence:
    if head.get("ContentLength") != after.get("ContentLength"):
        raise _changed(location)
    if is_plain_md5(etag_of(head)) and etag_of(head) == etag_of(after):
        return Evidence.CHECKSUM
    ours, theirs = checksums_of(head), checksums_of(after)
    for name in sorted(ours.keys() & theirs.keys()):
        if ours[name] != theirs[name]:
            raise _damaged(location, name)
        return Evidence.CHECKSUM
    both = is_plain_md5(etag_of(head)) and is_plain_md5(etag_of(after))
    if both and calls.manners.etag_is_md5 and not (hides_md5(head) or hides_md5(after)):
        raise _damaged(location, "MD5")
    return Evidence.SIZE


def _words(fields: list[str]) -> str:
    names = {field: name for name, field in HEADERS.items()}
    return ", ".join(safe_text(names.get(field, field)) for field in fields)


def _changed(location: Location) -> TooLate:
    return TooLate(
        f"Cannot {_VERB} {safe_text(str(location))}: it changed meanwhile.",
        place=location,
        verb=_VERB,
        hint="Refresh and look again.",
        code="PreconditionFailed",
    )


def _damaged(location: Location, what: str) -> Corrupt:
    return Corrupt(
        f"Cannot {_VERB} {safe_text(str(location))}: its {what} is another one now.",
        place=location,
        verb=_VERB,
        hint="Somebody else wrote it at this moment, or the server damaged it: compare it.",
        code="BadDigest",
    )
