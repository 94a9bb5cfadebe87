"""Versions of objects: listed, removed for good, and read as places of the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Kind
from tfm.model.errors import StorageError
from tfm.model.location import Location, Root
from tfm.model.past import at_version, now
from tfm.model.text import safe_text
from tfm.storage.base import Removal, Storage
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Keeping, Version
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.past import S3Past
from tfm.storage.s3.remove import BATCH, Remover
from tfm.storage.s3.retention import Versioning
from tfm.storage.s3.version_page import VersionPage, VersionRow, newest_first, versions_of


class VersionLists:
    """Reads pages of ListObjectVersions."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def pages(
        self, place: Location, cancel: CancelToken, *, delimiter: str = "", bulk: bool = False
    ) -> Iterator[VersionPage]:
        """All versions of keys that begin with the key of `place`; the next page when asked for."""
        parameters: dict[str, Any] = {"Bucket": place.container, "Prefix": place.inner_key}
        if delimiter:
            parameters["Delimiter"] = delimiter
        while True:
            cancel.check()
            page = versions_of(
                self._calls.send(
                    "list_object_versions",
                    place,
                    "list versions of",
                    bulk=bulk,
                    cancel=cancel,
                    **parameters,
                )
            )
            yield page
            if page.cut:
                raise _lost(place, "more follows, but the server does not say where")
            if not page.next_key:
                return
            last = parameters.get("KeyMarker"), parameters.get("VersionIdMarker", "")
            if last == (page.next_key, page.next_version):
                raise _lost(place, "the server repeats the same page")
            parameters["KeyMarker"] = page.next_key
            parameters.pop("VersionIdMarker", None)
            if page.next_version:
                parameters["VersionIdMarker"] = page.next_version


def _lost(place: Location, why: str) -> StorageError:
    return StorageError(
        f"Cannot list versions of {safe_text(str(place))}: {why}.",
        place=place,
        verb="list versions of",
        hint="What was told so far is right, but more may be missing.",
    )


class S3Versions:
    """The `Versions` facet."""

    batch = BATCH

    def __init__(self, calls: Calls, versioning: Versioning, remover: Remover) -> None:
        self._calls = calls
        self._lists = VersionLists(calls)
        self._versioning = versioning
        self._remover = remover

    def keeping(self, location: Location) -> Keeping:
        """As the protocol."""
        return self._versioning.keeping(location)

    def versions(self, place: Location, cancel: CancelToken) -> Iterator[Sequence[Version]]:
        """As the protocol: one ListObjectVersions for each 1,000."""
        place = now(place)
        with guarded(place, "list versions of"):
            check_place(place, "list versions of")
            deep = place.looks_like_directory
            for page in self._lists.pages(place, cancel, bulk=deep):
                rows = newest_first(page.rows)
                yield [_version(place, row) for row in rows if deep or row.key == place.inner_key]
                if not deep and not page.cut and page.next_key != place.inner_key:
                    return  # what follows begins with the key, but is longer

    def needs_code(self, location: Location) -> bool:
        """As the protocol: what Amazon calls MFA delete."""
        return self._versioning.needs_code(location)

    def remove_versions(
        self, versions: Sequence[Version], cancel: CancelToken = NEVER, *, code: str = ""
    ) -> Sequence[Removal]:
        """As the protocol: one DeleteObjects."""
        items = [(version.place, None) for version in versions]
        return self._remover.delete_many(items, cancel, code=code)

    def past(self, root: Root) -> Storage:
        """As the protocol."""
        return S3Past(root, self._calls, self._lists, self._versioning)


def _version(place: Location, row: VersionRow) -> Version:
    there = Location(at_version(place.root, row.version), f"{place.container}/{row.key}")
    kind = Kind.DIRECTORY if row.key.endswith("/") else Kind.FILE
    return Version(
        there, row.version, row.entry(there.name, kind), row.latest, row.deleted, row.owner
    )
