"""Buckets, directories and whole trees as pages of entries; existence by one List.

One ListObjectsV2 for each 1,000 rows and no other request (`list_pages.py`). The server's order is not trusted, and a
page may be short or empty although more follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.entry import ContainerDetails, Entry, Kind
from tfm.model.errors import NotFound
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Page
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.classes import DIRECTORY_BUCKET
from tfm.storage.s3.errors import code_of, sdk_errors
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.list_pages import key_page, key_pages
from tfm.storage.s3.parse import KeyPage, Row, time_ns

_MAX_BUCKETS = 1000
_NO_PAGING = ("NotImplemented", "InvalidArgument", "InvalidRequest", "501", "400")


class Listings:
    """Reads listings; also the `Walk` and the `Beginnings` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """The rows of one directory, as `Storage.scan` promises."""
        if directory.is_top:
            yield from self._buckets(directory, cancel)
            return
        place = directory.as_directory()
        check_place(place, "list")
        prefix = place.inner_key
        found = prefix == ""
        for page in self._pages(place, cancel, delimiter="/"):
            rows = _rows(page, prefix)
            found = found or bool(rows) or any(row.key == prefix for row in page.rows)
            if rows:
                yield rows
        if not found:
            raise _no_directory(place, "list")

    def walk(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """Everything beneath a directory, flat; the name of its own marker is empty."""
        place = directory.as_directory()
        check_place(place, "list")
        prefix = place.inner_key
        cut = len(prefix)
        found = prefix == ""
        for page in self._pages(place, cancel, delimiter="", bulk=True):
            rows = [
                row.entry(row.key[cut:], Kind.DIRECTORY if row.key.endswith("/") else Kind.FILE)
                for row in page.rows
                if row.key.startswith(prefix)
            ]
            found = found or bool(rows)
            yield rows
        if not found:
            raise _no_directory(place, "list")

    def beginning_with(
        self, directory: Location, start: str, cancel: CancelToken
    ) -> tuple[Page, bool]:
        """As the facet: one ListObjectsV2; for the list of buckets, that list."""
        if directory.is_top:
            rows = [row for page in self._buckets(directory, cancel) for row in page]
            return [row for row in rows if row.name.startswith(start)], False
        place = directory.as_directory()
        check_place(place, "list")
        page = key_page(
            self._calls,
            place,
            "list",
            cancel=cancel,
            Prefix=place.inner_key + start,
            Delimiter="/",
        )
        rows = [row for row in _rows(page, place.inner_key) if row.name.startswith(start)]
        return rows, bool(page.token)

    def first(self, place: Location, verb: str, count: int = 1) -> KeyPage:
        """At most `count` keys that begin with the key of `place`: one request."""
        return key_page(self._calls, place, verb, Prefix=place.inner_key, MaxKeys=count)

    def marker_or_prefix(self, place: Location, verb: str) -> Entry:
        """The entry of a directory place. Raises NotFound."""
        prefix = place.inner_key
        rows = [row for row in self.first(place, verb).rows if row.key.startswith(prefix)]
        if not rows:
            raise _no_directory(place, verb)
        if rows[0].key == prefix:
            return rows[0].entry(place.name, Kind.DIRECTORY)
        return Entry(place.name, Kind.DIRECTORY)

    def _pages(
        self, place: Location, cancel: CancelToken, *, delimiter: str, bulk: bool = False
    ) -> Iterator[KeyPage]:
        parameters: dict[str, Any] = {"Prefix": place.inner_key}
        if delimiter:  # an empty one is refused by some servers
            parameters["Delimiter"] = delimiter
        if not place.container.endswith(DIRECTORY_BUCKET) and self._calls.on_aws_for(place):
            parameters["OptionalObjectAttributes"] = ["RestoreStatus"]  # costs nothing there
        return key_pages(self._calls, place, "list", bulk=bulk, cancel=cancel, **parameters)

    def _buckets(self, top: Location, cancel: CancelToken) -> Iterator[Page]:
        token = ""
        while True:
            cancel.check()
            answer = self._bucket_page(top, token)
            rows = [self._bucket(item) for item in answer.get("Buckets", ())]
            if rows:
                yield rows
            last, token = token, str(answer.get("ContinuationToken") or "")
            if not token or token == last:
                return

    def _bucket_page(self, top: Location, token: str) -> dict[str, Any]:
        """Only a request with MaxBuckets is told regions; some servers refuse that parameter."""
        if not self._calls.manners.max_buckets or not self._calls.on_aws:
            return self._calls.send("list_buckets", top, "list")
        more: dict[str, Any] = {"ContinuationToken": token} if token else {}
        try:
            return self._calls.send_raw("list_buckets", top, MaxBuckets=_MAX_BUCKETS, **more)
        except sdk_errors() as error:
            if token or code_of(error) not in _NO_PAGING:
                raise self._calls.translated(error, top, "list") from error
        self._calls.manners.max_buckets = False
        return self._calls.send("list_buckets", top, "list")

    def _bucket(self, item: dict[str, Any]) -> Entry:
        name = str(item["Name"])
        region = item.get("BucketRegion")
        if region and self._calls.on_aws:
            self._calls.clients.region_of.setdefault(name, str(region))
        made = item.get("CreationDate")
        return Entry(
            name,
            Kind.DIRECTORY,
            mtime_ns=time_ns(made) if isinstance(made, datetime) else None,
            details=ContainerDetails(str(region or "")),
        )


def _rows(page: KeyPage, prefix: str) -> list[Entry]:
    """The rows of a pane. `a` and `a/` are two; the marker of the directory itself is none."""
    cut = len(prefix)
    rows = [
        Entry(name.removesuffix("/"), Kind.DIRECTORY)
        for name in dict.fromkeys(p[cut:] for p in page.prefixes if p.startswith(prefix))
        if name
    ]
    rows += [
        _file(row, cut) for row in page.rows if row.key.startswith(prefix) and row.key != prefix
    ]
    return rows


def _file(row: Row, cut: int) -> Entry:
    name = row.key[cut:]
    if name.endswith("/"):  # a server that lists a marker instead of grouping it
        return row.entry(name[:-1], Kind.DIRECTORY)
    return row.entry(name)


def _no_directory(place: Location, verb: str) -> NotFound:
    return NotFound(
        f"Cannot {verb} {safe_text(str(place))}: there is no such directory.",
        place=place,
        verb=verb,
        code="NoSuchKey",
    )
