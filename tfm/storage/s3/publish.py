"""What all ways of publishing an object share: the condition, the proof, the entry that results.

A condition lets nobody's object be replaced unasked. When an answer was lost and the SDK asked again,
"the condition failed" may mean that we ourselves succeeded: then a HEAD and our digest decide.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Entry, Kind, ObjectDetails, same_content
from tfm.model.errors import AlreadyExists, NotFound, StorageError, TooLate
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.digest import crc_text
from tfm.storage.s3.errors import attempts_of, code_of, sdk_errors, status_of
from tfm.storage.s3.facts import (
    answered_at,
    checksums_of,
    entry_from,
    etag_of,
    hides_md5,
    is_plain_md5,
    quoted,
)
from tfm.storage.s3.parse import parts_of

R = TypeVar("R")

NOT_ATOMIC = "This server takes no conditions: it was checked first, which is not atomic here."
SIZE_ONLY = "Checked by size only: the server gives no digest to compare."

NO_ETAG = quoted("0" * 32)
"""The ETag of nothing that anybody has."""

SENDINGS = 3
"""How often something is sent whose success turns out to have been none."""

_REFUSED = ("NotImplemented", "501", "InvalidArgument", "InvalidRequest", "UnsupportedHeader")
_FAILED = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")
_NOT_THERE = ("NoSuchKey", "NoSuchVersion", "404")
"""MinIO calls what is missing a version, of the marker of a directory for one."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What our bytes must look like on the server; an empty text or None is not known.

    `etag` is the ETag they get where ETags are MD5s, `crc` their CRC-32, `size` in bytes.
    """

    size: int
    etag: str = ""
    crc: int | None = None

    def agrees(self, answer: dict[str, Any], *, etag_is_md5: bool = True) -> bool | None:
        """True or False if the answer proves it, None if it has nothing comparable."""
        stored = checksums_of(answer).get("CRC32")
        if stored and self.crc is not None:
            return stored == crc_text(self.crc)
        theirs = etag_of(answer)
        if theirs and theirs == self.etag:
            return True
        comparable = is_plain_md5(theirs) and is_plain_md5(self.etag)
        if comparable and etag_is_md5 and not hides_md5(answer):
            return False
        return None


class NothingHappened(StorageError):
    """The server reported success, but nothing of ours stands there."""


def nothing_happened(location: Location, verb: str, told: str) -> NothingHappened:
    """The error; `told` completes "The server reported success, but …"."""
    return NothingHappened(
        f"Cannot {verb} {safe_text(str(location))}: the server reported success, but {told}.",
        place=location,
        verb=verb,
        hint="Nothing was removed. Try again.",
    )


def sure(act: Callable[[], R]) -> R:
    """Send and prove; again where the success turned out to be none. Raises NothingHappened."""
    for _ in range(SENDINGS - 1):
        with contextlib.suppress(NothingHappened):
            return act()
    return act()


class Publication:
    """One attempt to make an object appear at a place, as the hints allow.

    `in_doubt` is true after a failed condition if an earlier answer was lost, and no digest tells whether
    it is our own object that stands there.
    """

    def __init__(
        self,
        calls: Calls,
        location: Location,
        hints: Hints,
        verb: str,
        cancel: CancelToken = NEVER,
    ) -> None:
        self._calls = calls
        self._location = location
        self._hints = hints
        self._verb = verb
        self._cancel = cancel
        self._sent = 0
        self.in_doubt = False
        self.notes: list[str] = []

    def run(
        self,
        send: Callable[[dict[str, str]], dict[str, Any]],
        stamp: Stamp,
        *,
        first_in_vain: bool = False,
    ) -> dict[str, Any]:
        """Call `send` with the condition; returns its answer, or that of the HEAD which settled it.

        With `first_in_vain` it is sent on a condition that cannot hold until this server is known to compare:
        one that takes conditions and ignores them does what is wanted then, right after a look.
        Raises AlreadyExists or TooLate if something else stands there.
        """
        condition = self._condition()
        if condition and first_in_vain and not self._compares():
            self.look_first()
            answer = self._in_vain(send)
            if answer is not None:
                return answer
            condition = self._condition()
        self._sent += 1
        try:
            return send(condition)
        except sdk_errors() as error:
            code = _code(error)
            if condition and code in _REFUSED:
                return self._without_condition(send)
            missing = code in _NOT_THERE and "IfMatch" in condition
            if code in _FAILED or missing:
                if self._sent > 1 or attempts_of(error):
                    settled = self.settle(stamp)
                    if settled is not None:
                        return settled
                    self.in_doubt = True
                answer = self._without_quotes(send) if "IfMatch" in condition else None
                if answer is not None:
                    return answer
                raise self._occupied(condition) from error
            raise self._calls.translated(error, self._location, self._verb) from error

    def _compares(self) -> bool:
        """Whether this server was seen to compare, or its make is known to."""
        return self._calls.on_aws or self._calls.manners.compares

    def _in_vain(self, send: Callable[[dict[str, str]], dict[str, Any]]) -> dict[str, Any] | None:
        """None where the server refuses, as it should; else it ignores conditions, and has done it."""
        manners = self._calls.manners
        try:
            answer = send({"IfMatch": NO_ETAG})
        except sdk_errors() as error:
            code = _code(error)
            if code in _REFUSED:
                return self._without_condition(send)
            if code not in (*_FAILED, *_NOT_THERE):
                raise self._calls.translated(error, self._location, self._verb) from error
            manners.compares = True
            return None
        manners.conditions = False
        self.notes.append(NOT_ATOMIC)
        return answer

    def settle(self, stamp: Stamp) -> dict[str, Any] | None:
        """The HEAD of what stands there, if it is certainly ours."""
        try:
            head = self.head()
        except NotFound:
            return None
        ours = int(head.get("ContentLength") or 0) == stamp.size and stamp.agrees(head)
        return head if ours else None

    def found(self) -> dict[str, Any] | None:
        """The HEAD of what stands there; None if nothing does."""
        try:
            return self.head()
        except NotFound:
            return None

    def untouched(self, head: dict[str, Any]) -> bool:
        """True if it still is what was to be replaced."""
        replaces = self._hints.replaces
        return replaces is not None and _still(replaces, entry_from(self._location, head))

    def nothing_happened(self, head: dict[str, Any] | None) -> NothingHappened:
        """The error for a success that was none; `head` is what stands there."""
        told = "nothing is there" if head is None else "what is there is not what was sent"
        return nothing_happened(self._location, self._verb, told)

    def head(self) -> dict[str, Any]:
        """A HEAD of the place, with checksums."""
        return self._calls.head(self._location, self._verb, bulk=True, cancel=self._cancel)

    def _condition(self) -> dict[str, str]:
        replaces = self._hints.replaces
        if not self._calls.on_aws and not self._calls.manners.met:
            self.look_first()  # the first request of all also shows what kind of server it is
        if self._calls.manners.conditions:
            if replaces is None:
                return {"IfNoneMatch": "*"}
            if replaces.etag:
                bare = self._calls.manners.bare_etags
                return {"IfMatch": replaces.etag if bare else quoted(replaces.etag)}
            self.look_first()
        else:
            self.look_instead()
        return {}

    def look_instead(self) -> None:
        """As `look_first`, where the server would not compare; a note says what that is worth."""
        if NOT_ATOMIC not in self.notes:
            self.notes.append(NOT_ATOMIC)
        self.look_first()

    def look_first(self) -> None:
        """Compare what stands there with the hints. Raises AlreadyExists, TooLate."""
        replaces = self._hints.replaces
        try:
            now = entry_from(self._location, self.head())
        except NotFound:
            if replaces is not None:
                raise self._occupied({"IfMatch": ""}) from None
            return
        if replaces is None:
            raise self._occupied({})
        if not _still(replaces, now):
            raise self._occupied({"IfMatch": ""})

    def _without_condition(
        self, send: Callable[[dict[str, str]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Was it the condition that the server refused? Only then this succeeds."""
        self.look_first()
        try:
            answer = send({})
        except sdk_errors() as error:
            raise self._calls.translated(error, self._location, self._verb) from error
        self._calls.manners.conditions = False
        self.notes.append(NOT_ATOMIC)
        return answer

    def _without_quotes(
        self, send: Callable[[dict[str, str]], dict[str, Any]]
    ) -> dict[str, Any] | None:
        """The same condition for servers that compare the ETag without its quotes (Ceph RGW); None
        where what stands there really is another one.
        """
        manners, replaces = self._calls.manners, self._hints.replaces
        if self._calls.on_aws or manners.bare_etags or replaces is None:
            return None
        head = self.found()
        if head is None or not self.untouched(head):
            return None
        try:
            answer = send({"IfMatch": replaces.etag})
        except sdk_errors() as error:
            raise self._calls.translated(error, self._location, self._verb) from error
        manners.bare_etags = True
        return answer

    def _occupied(self, condition: dict[str, str]) -> StorageError:
        where = safe_text(str(self._location))
        if "IfMatch" in condition:
            return TooLate(
                f"Cannot {self._verb} {where}: what stood there changed meanwhile.",
                place=self._location,
                verb=self._verb,
                hint="Refresh and look again.",
                code="PreconditionFailed",
            )
        return AlreadyExists(
            f"Cannot {self._verb} {where}: something of that name is already there.",
            place=self._location,
            verb=self._verb,
            code="PreconditionFailed",
        )


def _code(error: BaseException) -> str:
    return code_of(error) or str(status_of(error))


def _still(shown: Entry, now: Entry) -> bool:
    if shown.etag and now.etag:
        return same_content(shown, now)
    second = 10**9
    same_time = (shown.mtime_ns or 0) // second == (now.mtime_ns or 0) // second
    return isinstance(shown.details, ObjectDetails) and shown.size == now.size and same_time


def published_entry(
    location: Location,
    hints: Hints,
    answer: dict[str, Any],
    stamp: Stamp,
    stated: Mapping[str, Any],
) -> Entry:
    """The entry of what was just written as `stated`; its time is the server's, from the answer."""
    etag = etag_of(answer)
    details = ObjectDetails(
        etag=etag,
        storage_class=str(answer.get("StorageClass") or stated.get("StorageClass") or "STANDARD"),
        version_id=str(answer.get("VersionId") or ""),
        stored_mtime_ns=hints.mtime_ns,
        mode=None if hints.mode is None else hints.mode & 0o7777,
        content_type=str(stated["ContentType"]),
        checksums=tuple(checksums_of(answer).items()),
        encryption=str(answer.get("ServerSideEncryption") or ""),
        parts=parts_of(etag),
    )
    return Entry(location.name, Kind.FILE, stamp.size, answered_at(answer), details)
