"""The `Containers` facet: buckets made, looked at, removed when nothing is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, beneath
from tfm.model.columns import Column
from tfm.model.errors import Denied, NotEmpty, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.container_facets import Glance, NewContainer, Option
from tfm.storage.guard import guarded
from tfm.storage.s3 import new_bucket
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import attempts_of, code_of, sdk_errors
from tfm.storage.s3.glance import ASKED_COLUMNS, BARE_COLUMNS, Glances
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.listing import Listings
from tfm.storage.s3.open_uploads import OpenUploads
from tfm.storage.s3.version_page import versions_of

OBJECTS, VERSIONS, UPLOADS = "objects", "old versions or delete markers", "unfinished uploads"


class Buckets:
    """The facet."""

    def __init__(
        self, calls: Calls, listings: Listings, glances: Glances, uploads: OpenUploads
    ) -> None:
        self._calls = calls
        self._listings = listings
        self._glances = glances
        self._uploads = uploads
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
                return UPLOADS if any(self._uploads.uploads(place, cancel)) else ""
            except (Denied, Unsupported):
                return ""

    def glance(self, location: Location, cancel: CancelToken = NEVER) -> Glance:
        """As the protocol."""
        with guarded(location, "look at"):
            check_place(location, "look at")
            return self._glances.glance(location, cancel)

    def known(self, location: Location) -> Glance | None:
        """As the protocol."""
        return self._glances.known(location)


def _not_empty(place: Location, found: str) -> StorageError:
    return NotEmpty(
        f"Cannot delete {safe_text(str(place))}: the bucket is not empty, it holds {found}.",
        place=place,
        verb="delete",
        hint="Empty it first (“Empty the bucket” at s3://, or tfm rb --empty).",
    )
