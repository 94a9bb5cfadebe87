"""The `Containers` facet: buckets made, looked at, removed when nothing is in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, beneath
from tfm.model.columns import Column
from tfm.model.errors import Denied, NotEmpty, NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Leftover
from tfm.storage.container_facets import Glance, NewContainer, Option
from tfm.storage.guard import guarded
from tfm.storage.s3 import new_bucket
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import attempts_of, code_of, sdk_errors
from tfm.storage.s3.glance import ASKED_COLUMNS, BARE_COLUMNS, Glances
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.listing import Listings
from tfm.storage.s3.parse import decode, time_ns
from tfm.storage.s3.version_page import versions_of

OBJECTS, VERSIONS, UPLOADS = "objects", "old versions or delete markers", "unfinished uploads"


class Buckets:
    """The facet."""

    def __init__(self, calls: Calls, listings: Listings, glances: Glances) -> None:
        self._calls = calls
        self._listings = listings
        self._glances = glances
        asks = calls.options.bucket_columns
        self.columns: tuple[Column, ...] = (*BARE_COLUMNS, *(ASKED_COLUMNS if asks else ()))
        self.asked = frozenset(column.id for column in ASKED_COLUMNS) if asks else frozenset()
        self.options: Sequence[Option] = new_bucket.OPTIONS

    def fault_in(self, name: str, chosen: Mapping[str, str]) -> str:
        """As the protocol."""
        return new_bucket.fault_in(name, chosen)

    def create(
        self, location: Location, chosen: Mapping[str, str], cancel: CancelToken = NEVER
    ) -> NewContainer:
        """As the protocol."""
        with guarded(location, new_bucket.VERB):
            self._glances.forget(location)
            return new_bucket.create(self._calls, location, chosen, cancel)

    def remove(self, location: Location, cancel: CancelToken = NEVER) -> Change:
        """As the protocol: three looks, one DeleteBucket."""
        place, verb = location.as_directory(), "delete"
        with guarded(place, verb):
            found = self.holds(place, cancel)
            if found:
                raise _not_empty(place, found)
            try:
                self._calls.send_raw("delete_bucket", place, cancel=cancel, Bucket=place.container)
            except sdk_errors() as error:
                # it was there a moment ago: an earlier attempt removed it, and its answer was lost
                if not (code_of(error) == "NoSuchBucket" and attempts_of(error)):
                    raise self._calls.translated(error, place, verb) from error
            self._glances.forget(place)
            self._calls.clients.region_of.pop(place.container, None)
            return beneath(place)

    def holds(self, location: Location, cancel: CancelToken = NEVER) -> str:
        """As the protocol. What may not be asked, or no server has a word for, is taken for nothing:
        a bucket with objects or versions is never deleted by the server itself.
        """
        place, verb = location.as_directory(), "look at"
        with guarded(place, verb):
            check_place(place, verb)
            bucket = place.container
            if self._listings.first(place, verb).rows:
                return OBJECTS
            cancel.check()
            try:
                answer = self._calls.send(
                    "list_object_versions", place, verb, cancel=cancel, Bucket=bucket, MaxKeys=1
                )
                if versions_of(answer).rows:
                    return VERSIONS
            except (Denied, Unsupported):
                pass
            try:
                answer = self._calls.send(
                    "list_multipart_uploads", place, verb, cancel=cancel, Bucket=bucket
                )
            except (Denied, Unsupported, NotFound):
                return ""  # one server says "no such upload" for none
            return UPLOADS if answer.get("Uploads") else ""

    def unfinished(self, location: Location, cancel: CancelToken) -> Iterator[Sequence[Leftover]]:
        """As the protocol: one ListMultipartUploads for each 1,000."""
        place, verb = location.as_directory(), "look for uploads in"
        with guarded(place, verb):
            more: dict[str, Any] = {}
            while True:
                cancel.check()
                try:
                    answer = self._calls.send(
                        "list_multipart_uploads",
                        place,
                        verb,
                        bulk=True,
                        cancel=cancel,
                        Bucket=place.container,
                        **more,
                    )
                except (NotFound, Unsupported) as error:
                    if error.code == "NoSuchBucket":
                        raise
                    return
                coded = answer.get("EncodingType") == "url"
                yield [_leftover(place, row, coded) for row in answer.get("Uploads") or ()]
                following = {
                    "KeyMarker": str(answer.get("NextKeyMarker") or ""),
                    "UploadIdMarker": str(answer.get("NextUploadIdMarker") or ""),
                }
                if not answer.get("IsTruncated") or following == more:
                    return
                more = following

    def glance(self, location: Location, cancel: CancelToken = NEVER) -> Glance:
        """As the protocol."""
        with guarded(location, "look at"):
            check_place(location, "look at")
            return self._glances.glance(location, cancel)

    def known(self, location: Location) -> Glance | None:
        """As the protocol."""
        return self._glances.known(location)


def _leftover(place: Location, row: Mapping[str, Any], coded: bool) -> Leftover:
    key, began = str(row.get("Key")), row.get("Initiated")
    since = time_ns(began) if isinstance(began, datetime) else 0
    there = Location(place.root, f"{place.container}/{decode(key) if coded else key}")
    return Leftover(there, str(row.get("UploadId")), since=since)


def _not_empty(place: Location, found: str) -> StorageError:
    return NotEmpty(
        f"Cannot delete {safe_text(str(place))}: the bucket is not empty, it holds {found}.",
        place=place,
        verb="delete",
        hint="Empty it first (, Shift-E at s3://, or tfm rb --empty).",
    )
