"""Deletes: one thing, or a thousand keys in one request with every one of them accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, around, beneath
from tfm.model.entry import Entry, same_content
from tfm.model.errors import (
    Cancelled,
    Denied,
    NotEmpty,
    NotFound,
    Stopped,
    StorageError,
    TooLate,
)
from tfm.model.location import Location
from tfm.model.past import version_of
from tfm.model.patience import Trial
from tfm.model.text import safe_text
from tfm.storage.base import Removal
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import code_of, sdk_errors
from tfm.storage.s3.facts import entry_from, quoted
from tfm.storage.s3.keys import check_place, fits_xml, names
from tfm.storage.s3.listing import Listings
from tfm.storage.s3.manners import UNKNOWN_REQUEST
from tfm.storage.s3.publish import SENDINGS

BATCH = 1000

_NOT_KNOWN = UNKNOWN_REQUEST | {"MalformedPOSTRequest"}


class NoBatches(Exception):
    """The server does not know DeleteObjects; nothing was deleted."""


class Remover:
    """Removes objects and markers; also the `DeleteMany` facet."""

    batch = BATCH

    def __init__(self, calls: Calls, listings: Listings) -> None:
        self._calls = calls
        self._listings = listings

    @property
    def conditional(self) -> bool:
        """True where the server is known to compare each key's ETag: only Amazon's is."""
        return self._calls.on_aws

    def delete(self, location: Location, expected: Entry | None) -> Change:
        """Remove one object or the marker of an empty directory, as `Storage.delete` promises."""
        check_place(location, "delete")
        if not location.inner_key:
            raise Denied(
                f"Cannot delete {safe_text(str(location)) or 's3://'}: this does not delete buckets.",
                place=location,
                verb="delete",
                hint="Delete it at s3://, or with tfm rb.",
            )
        if location.looks_like_directory:
            self._check_empty(location)
            self._delete_key(location, None)
            return beneath(location)
        self._delete_object(location, expected, None)
        return around(location)

    def delete_many(
        self,
        items: Sequence[tuple[Location, Entry | None]],
        cancel: CancelToken = NEVER,
        *,
        code: str = "",
    ) -> Sequence[Removal]:
        """Remove at most `batch` items; each is in the answer once, in their order.

        An item with an expected entry is deleted under the condition that it is still that one: by
        the server in the batch where it is known to honour that, else compared and deleted singly.
        `code` goes with every request.
        """
        results: list[Removal | None] = [None] * len(items)
        try:
            self._remove(items, results, cancel, **({"MFA": code} if code else {}))
        except Cancelled:
            if not any(results):
                raise
        return [
            removal or Removal(location, _stopped(location))
            for (location, _), removal in zip(items, results, strict=True)
        ]

    def _remove(
        self,
        items: Sequence[tuple[Location, Entry | None]],
        results: list[Removal | None],
        cancel: CancelToken,
        **more: str,
    ) -> None:
        """Enter what became of each as soon as that is known. Raises Cancelled."""
        batches: dict[str, list[int]] = {}
        for index, (location, expected) in enumerate(items):
            together = fits_xml(location.inner_key) and (
                expected is None or self._conditional(expected)
            )
            if together:
                batches.setdefault(location.container, []).append(index)
            else:
                results[index] = self._singly(location, expected, cancel, **more)
        for indexes in batches.values():
            for begin in range(0, len(indexes), BATCH):
                chunk = indexes[begin : begin + BATCH]
                found = self._together([items[i] for i in chunk], cancel, **more)
                for index, removal in zip(chunk, found, strict=True):
                    results[index] = removal

    def _together(
        self, items: Sequence[tuple[Location, Entry | None]], cancel: CancelToken, **more: str
    ) -> Iterator[Removal]:
        """In one request, else singly: the first refusal tells that this server knows no batches."""
        if self._calls.manners.batches:
            try:
                yield from self._batch(items, cancel, **more)
                return
            except NoBatches:
                self._calls.manners.batches = False
        for location, expected in items:
            yield self._singly(location, expected, cancel, **more)

    def _conditional(self, expected: Entry) -> bool:
        return bool(expected.etag) and self.conditional

    def _singly(
        self, location: Location, expected: Entry | None, cancel: CancelToken, **more: str
    ) -> Removal:
        cancel.check()
        try:
            check_place(location, "delete")
            if expected is None:
                self._delete_key(location, cancel, **more)
            else:
                self._delete_object(location, expected, cancel)
        except NotFound:
            return Removal(location)
        except StorageError as error:
            return Removal(location, error)
        return Removal(location)

    def _check_empty(self, location: Location) -> None:
        keys = [row.key for row in self._listings.first(location, "delete", 2).rows]
        prefix = location.inner_key
        if any(key.startswith(prefix) and key != prefix for key in keys):
            raise NotEmpty(
                f"Cannot delete {safe_text(str(location))}: the directory is not empty.",
                place=location,
                verb="delete",
            )
        if prefix not in keys:
            raise _missing(location)

    def _delete_object(
        self, location: Location, expected: Entry | None, cancel: CancelToken | None
    ) -> None:
        if expected is not None and self._conditional(expected):
            self._delete_key(location, cancel, IfMatch=quoted(expected.etag))
            return
        self._compare(location, expected, cancel)
        self._delete_key(location, cancel)

    def _compare(
        self, location: Location, expected: Entry | None, cancel: CancelToken | None
    ) -> Entry:
        """What stands there now: one HEAD. Raises NotFound, TooLate if it is not `expected`."""
        answer = self._calls.head(
            location, "delete", bulk=cancel is not None, cancel=cancel or NEVER, checksums=False
        )
        now = entry_from(location, answer)
        if expected is not None and not _same(expected, now):
            raise TooLate(
                f"Cannot delete {safe_text(str(location))}: it changed meanwhile.",
                place=location,
                verb="delete",
                hint="Refresh and look again.",
            )
        return now

    def _delete_key(self, location: Location, cancel: CancelToken | None, **condition: str) -> None:
        self._calls.send(
            "delete_object",
            location,
            "delete",
            bulk=cancel is not None,
            cancel=cancel or NEVER,
            **names(location),
            **condition,
        )

    def _batch(
        self, items: Sequence[tuple[Location, Entry | None]], cancel: CancelToken, **more: str
    ) -> list[Removal]:
        """One DeleteObjects. What the server does not mention is asked for again, and counts as not
        deleted when it is never mentioned; so is what it could not do at this moment, unless a code
        goes with it: that is good for one request.
        """
        place = items[0][0]
        objects = {_named(place): _request(place, expected) for place, expected in items}
        deleted: set[_Name] = set()
        failed: dict[_Name, dict[str, Any]] = {}
        fault: StorageError | None = None
        answer: dict[str, Any] = {}
        trial, sendings = self._calls.trial(), 0
        while waiting := [
            one for name, one in objects.items() if name not in deleted | failed.keys()
        ]:
            try:
                answer = self._send_batch(place, waiting, cancel, **more)
            except StorageError as error:
                fault = error
                break
            sendings += 1
            deleted |= {_told(item, objects) for item in answer.get("Deleted", ())}
            request = {"RequestId": answer.get("ResponseMetadata", {}).get("RequestId", "")}
            failed |= {
                _told(item, objects): {**item, "ResponseMetadata": request}
                for item in answer.get("Errors", ())
            }
            passing = self._passing(place, failed)
            if passing and not more and _may_go_on(trial, next(iter(passing.values())), cancel):
                failed = {name: item for name, item in failed.items() if name not in passing}
            elif passing or sendings == SENDINGS:
                break
        removals = []
        for location, _ in items:
            name = _named(location)
            if name in failed:
                removals.append(_failed(self._calls, location, failed[name]))
            elif name in deleted:
                removals.append(Removal(location))
            else:
                removals.append(Removal(location, fault or _unaccounted(location, answer)))
        return removals

    def _passing(
        self, place: Location, failed: Mapping[_Name, dict[str, Any]]
    ) -> dict[_Name, StorageError]:
        """Of what failed, that which waiting may help: an answer of 200 may hold such faults of single keys."""
        found = {}
        for name, item in failed.items():
            error = _failed(self._calls, place, item).error
            if error is not None and error.retryable:
                found[name] = error
        return found

    def _send_batch(
        self, place: Location, objects: list[dict[str, str]], cancel: CancelToken, **more: str
    ) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            **more,
            "Bucket": place.container,
            "Delete": {"Objects": objects, "Quiet": False},
        }
        operation, signed = "delete_objects", self._calls.signs_md5
        try:
            return self._calls.send_raw(operation, place, bulk=True, cancel=cancel, **parameters)
        except sdk_errors() as error:
            if code_of(error) in _NOT_KNOWN:
                raise NoBatches from error
            # some old servers do not say that it is Content-MD5 what they miss
            vague = code_of(error) == "InvalidRequest"
            if not (vague and self._calls.sign_with_md5(signed=signed)):
                raise self._calls.translated(error, place, "delete") from error
        return self._calls.send(operation, place, "delete", bulk=True, cancel=cancel, **parameters)


def _may_go_on(trial: Trial, error: StorageError, cancel: CancelToken) -> bool:
    """Wait; False when it was tried often enough, or cancelled: what is done by then is told."""
    try:
        return trial.again(error, cancel)
    except Cancelled:
        return False


_Name = tuple[str, str]
"""Key, and version id where one version is to go."""


def _named(location: Location) -> _Name:
    return location.inner_key, version_of(location.root)


def _told(item: dict[str, Any], asked: Mapping[_Name, object]) -> _Name:
    """What an answer speaks of; of a key without a version it may tell the version that went."""
    key, version = str(item.get("Key")), str(item.get("VersionId") or "")
    return (key, version) if (key, version) in asked else (key, "")


def _request(location: Location, expected: Entry | None) -> dict[str, str]:
    item = names(location)
    del item["Bucket"]
    if expected is not None:
        item["ETag"] = quoted(expected.etag)
    return item


def _same(expected: Entry, now: Entry) -> bool:
    if expected.etag and now.etag:
        return same_content(expected, now)
    return expected.size == now.size


def _missing(location: Location) -> NotFound:
    return NotFound(
        f"Cannot delete {safe_text(str(location))}: there is no such directory.",
        place=location,
        verb="delete",
    )


def _stopped(location: Location) -> Stopped:
    told = f"Cannot delete {safe_text(str(location))}: it was cancelled."
    return Stopped(told, place=location, verb="delete")


def _failed(calls: Calls, location: Location, item: dict[str, Any]) -> Removal:
    from botocore.exceptions import ClientError

    code = str(item.get("Code", ""))
    if code in ("NoSuchKey", "NoSuchVersion"):
        return Removal(location)
    told = {"Code": code, "Message": str(item.get("Message", ""))}
    answer: Any = {"Error": told, "ResponseMetadata": item["ResponseMetadata"]}
    error = ClientError(answer, "DeleteObjects")
    return Removal(location, calls.translated(error, location, "delete"))


def _unaccounted(location: Location, answer: dict[str, Any]) -> StorageError:
    return StorageError(
        f"Cannot delete {safe_text(str(location))}: the server does not say what became of it.",
        place=location,
        verb="delete",
        hint="Refresh and look whether it is gone.",
        request_id=str(answer.get("ResponseMetadata", {}).get("RequestId", "")),
    )
