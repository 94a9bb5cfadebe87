"""Buckets as they were at a moment, and single versions of objects: read-only.

What a directory held is reckoned from the versions of its keys: of each the newest that is not newer than the
moment, unless that is a delete marker. A directory was there if a key beneath it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.columns import Column
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.errors import InvalidName, NotFound, ReadOnly, StorageError
from tfm.model.location import Location, Root
from tfm.model.past import at_version, moment_of, now, version_of
from tfm.model.text import local_time, safe_text
from tfm.storage.base import Features, Hints, Page, Reader, Storage, Work, Writer, Written
from tfm.storage.facets import Facets, Fact, Fetched, Sink, Source
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Keeping
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.describe import Descriptions
from tfm.storage.s3.download import Downloader
from tfm.storage.s3.facts import COLUMNS, entry_from
from tfm.storage.s3.keys import check_place, refuses
from tfm.storage.s3.listing import Listings
from tfm.storage.s3.read import open_object
from tfm.storage.s3.retention import Versioning
from tfm.storage.s3.version_page import VersionRow, by_key

if TYPE_CHECKING:
    from tfm.storage.s3.versions import VersionLists

INCOMPLETE = "history incomplete"
_UNVERSIONED = "null"


class S3Past(Storage):
    """What one root of the past holds. Raises InvalidName for a root that names no moment."""

    columns: tuple[Column, ...] = COLUMNS

    def __init__(
        self, root: Root, calls: Calls, lists: VersionLists, versioning: Versioning
    ) -> None:
        self.root = root
        self._calls = calls
        self._lists = lists
        self._versioning = versioning
        self._version = version_of(root)
        self._moment = 0
        if not self._version:
            try:
                self._moment = moment_of(root) or 0
            except ValueError as error:
                raise InvalidName(
                    f"{safe_text(root.prefix)} names no moment.", hint=str(error)
                ) from error
        self._incomplete = False
        self.facets = Facets(walk=self, transfer=_Download(calls), describe=_Describe(self, calls))

    @property
    def features(self) -> Features:  # type: ignore[override]
        """The facts; the label says when, and whether something is missing as far as was seen."""
        when, begins = local_time(self._moment, full=True), self._calls.begins
        label = f"version {self._version}" if self._version else f"as of {when}"
        return Features(
            title="S3",
            real_directories=False,
            cache_ttl=self._calls.options.cache_ttl,
            remote=True,
            free_names=True,
            writable=False,
            part_threshold=self._calls.options.multipart_threshold,
            refuses=refuses,
            begins=None if begins is None else Location(self.root, begins.key),
            label=safe_text(f"{label} · {INCOMPLETE}" if self._incomplete else label),
        )

    # -- reading ---------------------------------------------------------------------------------

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """One ListObjectVersions for each 1,000 versions directly inside, and one for each directory
        until a key is found that was there.
        """
        with guarded(directory, "list"):
            if directory.is_top:
                yield from Listings(self._calls).scan(now(directory), cancel)
                return
            place = directory.as_directory()
            check_place(place, "list")
            self._ask_whether_complete(place)
            prefix = place.inner_key
            cut, found, seen = len(prefix), prefix == "", set[str]()
            for page, keys in by_key(self._lists.pages(place, cancel, delimiter="/")):
                rows: list[Entry] = []
                for name in page.prefixes:
                    if name not in seen and self._was_there(place, name, cancel):
                        rows.append(Entry(name[cut:].removesuffix("/"), Kind.DIRECTORY))
                    seen.add(name)
                for row in self._shown(keys):
                    found = True
                    if row.key != prefix:
                        rows.append(_entry(row, row.key[cut:]))
                found = found or bool(rows)
                yield rows
            if not found:
                raise _missing(place, "list")

    def walk(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """As the facet: one ListObjectVersions for each 1,000 versions of all keys beneath."""
        place = directory.as_directory()
        check_place(place, "list")
        self._ask_whether_complete(place)
        prefix, found = place.inner_key, place.inner_key == ""
        for _page, keys in by_key(self._lists.pages(place, cancel, bulk=True)):
            rows = [_entry(row, row.key[len(prefix) :], whole=True) for row in self._shown(keys)]
            found = found or bool(rows)
            yield rows
        if not found:
            raise _missing(place, "list")

    def stat(self, location: Location) -> Entry:
        """One ListObjectVersions; one HEAD for a version."""
        with guarded(location, "look at"):
            if location.is_top:
                return Entry("", Kind.DIRECTORY)
            check_place(location, "look at")
            if location.is_container:
                self._calls.send("head_bucket", location, "look at", Bucket=location.container)
                return Entry(location.name, Kind.DIRECTORY)
            if location.looks_like_directory:
                if not self._was_there(location, location.inner_key, NEVER):
                    raise _missing(location, "look at")
                return Entry(location.name, Kind.DIRECTORY)
            if self._version:
                return entry_from(location, self._calls.head(location, "look at"))
            return self._found(location, "look at")

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        """One GET of the very version; which one that is, is asked if `expected` does not tell."""
        with guarded(location, "read"):
            check_place(location, "read")
            if not location.looks_like_directory and not self._version and not _id(expected):
                expected = self._found(location, "read")
            place = pinned(location, expected)
            return open_object(self._calls, place, offset, expected, size=length)

    # -- nothing is changed ----------------------------------------------------------------------

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:  # noqa: ARG002
        """Raises ReadOnly."""
        raise _unchangeable(location, "write")

    def mkdir(self, location: Location) -> Change:
        """Raises ReadOnly."""
        raise _unchangeable(location, "make directory")

    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:  # noqa: ARG002
        """Raises ReadOnly."""
        raise _unchangeable(location, "delete")

    def close(self) -> None:
        """The connections are those of the present."""

    # -- what was there --------------------------------------------------------------------------

    def _shown(self, keys: Sequence[Sequence[VersionRow]]) -> Iterator[VersionRow]:
        for rows in keys:
            row = self._pick(rows)
            if row is not None:
                yield row

    def _pick(self, rows: Sequence[VersionRow]) -> VersionRow | None:
        """Of the versions of one key, newest first, the one that was there."""
        if self._version:
            chosen = next((row for row in rows if row.version == self._version), None)
        else:
            chosen = next((row for row in rows if (row.mtime_ns or 0) <= self._moment), None)
            self._incomplete = self._incomplete or _has_gap(rows, self._moment)
        return None if chosen is None or chosen.deleted else chosen

    def _was_there(self, place: Location, prefix: str, cancel: CancelToken) -> bool:
        top = Location(place.root, f"{place.container}/{prefix}")
        return any(
            True
            for _page, keys in by_key(self._lists.pages(top, cancel))
            for _row in self._shown(keys)
        )

    def _found(self, location: Location, verb: str) -> Entry:
        for page, keys in by_key(self._lists.pages(location, NEVER)):
            for row in self._shown([rows for rows in keys if rows[0].key == location.inner_key]):
                return _entry(row, location.name)
            if not page.cut and page.next_key != location.inner_key:
                break
        raise NotFound(
            f"Cannot {verb} {safe_text(str(location))}: there was no such object.",
            place=location,
            verb=verb,
            code="NoSuchKey",
        )

    def _ask_whether_complete(self, place: Location) -> None:
        if self._version or self._incomplete:
            return
        try:
            keeping = self._versioning.keeping(place)
        except StorageError:
            return  # the listing itself will say what is wrong
        self._incomplete = keeping in (Keeping.OFF, Keeping.NONE, Keeping.SUSPENDED)


def _has_gap(rows: Sequence[VersionRow], moment: int) -> bool:
    """True if something that was there at the moment may be gone without a trace.

    A version without an id replaces the one before it; a delete marker stands on something.
    """
    oldest = rows[-1]
    return (oldest.deleted and (oldest.mtime_ns or 0) > moment) or any(
        row.version == _UNVERSIONED and (row.mtime_ns or 0) > moment for row in rows
    )


def _entry(row: VersionRow, name: str, *, whole: bool = False) -> Entry:
    if row.key.endswith("/"):
        return row.entry(name if whole else name.removesuffix("/"), Kind.DIRECTORY)
    return row.entry(name)


def _id(entry: Entry | None) -> str:
    details = entry.details if entry is not None else None
    return details.version_id if isinstance(details, ObjectDetails) else ""


def pinned(location: Location, entry: Entry | None) -> Location:
    """The place of the very version that was seen at a moment; other places as they are."""
    version = _id(entry)
    if not version or version_of(location.root) or now(location) == location:
        return location
    return Location(at_version(location.root, version), location.key)


class _Download:
    """The half of the `Transfer` facet that reads; nobody can ask for the other one."""

    def __init__(self, calls: Calls) -> None:
        self._downloader = Downloader(calls)

    def download(self, source: Location, entry: Entry, sink: Sink, work: Work) -> Fetched:
        """As the protocol."""
        return self._downloader.download(pinned(source, entry), entry, sink, work)

    def upload(self, source: Source, destination: Location, hints: Hints, work: Work) -> Written:  # noqa: ARG002
        """Raises ReadOnly."""
        raise _unchangeable(destination, "write")


class _Describe:
    """The `Describe` facet."""

    def __init__(self, past: S3Past, calls: Calls) -> None:
        self._past = past
        self._descriptions = Descriptions(calls)

    def describe(self, location: Location) -> Sequence[Fact]:
        """As the protocol."""
        if location.looks_like_directory:
            return self._descriptions.describe(location)
        entry = None if version_of(location.root) else self._past.stat(location)
        return self._descriptions.describe(pinned(location, entry))


def _missing(place: Location, verb: str) -> NotFound:
    return NotFound(
        f"Cannot {verb} {safe_text(str(place))}: there was no such directory.",
        place=place,
        verb=verb,
        code="NoSuchKey",
    )


def _unchangeable(place: Location, verb: str) -> ReadOnly:
    return ReadOnly(
        f"Cannot {verb} {safe_text(str(place))}: what was cannot be changed.",
        place=place,
        verb=verb,
        hint="Go back to the present first.",
    )
