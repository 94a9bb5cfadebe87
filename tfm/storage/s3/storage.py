"""S3 as a storage: what the rest of the house sees."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfm.model.cancel import CancelToken
from tfm.model.change import Change
from tfm.model.columns import Column
from tfm.model.entry import Entry, Kind
from tfm.model.errors import StorageError
from tfm.model.location import Location, Root
from tfm.model.text import SafeText, safe_text
from tfm.storage.base import Features, Hints, Leftover, Page, Reader, Storage, Work, Writer
from tfm.storage.facets import Facets
from tfm.storage.guard import guarded
from tfm.storage.s3.abilities import ServerAbilities
from tfm.storage.s3.access import AccessLists
from tfm.storage.s3.buckets import Buckets
from tfm.storage.s3.calls import Calls, log
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.costs import S3Costs
from tfm.storage.s3.counts import RequestCounts
from tfm.storage.s3.describe import Descriptions
from tfm.storage.s3.download import Downloader
from tfm.storage.s3.facts import COLUMNS, entry_from
from tfm.storage.s3.fingerprint import Fingerprints
from tfm.storage.s3.glance import Glances
from tfm.storage.s3.identity import Identities
from tfm.storage.s3.keys import check_place, refuses
from tfm.storage.s3.kms import KmsKeys
from tfm.storage.s3.listing import Listings
from tfm.storage.s3.locks import ObjectLocks
from tfm.storage.s3.login import Logins
from tfm.storage.s3.markers import Markers
from tfm.storage.s3.measure import Acceleration
from tfm.storage.s3.measures import Measures
from tfm.storage.s3.metrics import Metrics
from tfm.storage.s3.open_uploads import OpenUploads
from tfm.storage.s3.options import S3Options, options_of
from tfm.storage.s3.outside import ForTools
from tfm.storage.s3.presign import Links
from tfm.storage.s3.read import open_object
from tfm.storage.s3.remove import Remover
from tfm.storage.s3.retention import Versioning
from tfm.storage.s3.rewrite import Rewriter
from tfm.storage.s3.settings.facet import BucketSettings
from tfm.storage.s3.settings.fate import Fates
from tfm.storage.s3.tags import ObjectTags
from tfm.storage.s3.tiers import StorageTiers
from tfm.storage.s3.unfinished import Unfinished
from tfm.storage.s3.upload import Uploader
from tfm.storage.s3.versions import S3Versions
from tfm.storage.s3.write import ObjectWriter

_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")

for _package in ("boto3", "botocore"):
    # Looked for, not loaded: that takes a fifth of a second and waits for the first request.
    if importlib.util.find_spec(_package) is None:
        raise ModuleNotFoundError(f"No module named {_package!r}", name=_package)


class Transfers:
    """The `Transfer` facet: both directions."""

    def __init__(self, calls: Calls, unfinished: Unfinished) -> None:
        self.upload = Uploader(calls, unfinished).upload
        self.download = Downloader(calls).download


class S3Storage(Storage):
    """All buckets of one profile at one endpoint. Making one does no I/O and no client.

    `root.connection` names one of the connections in the options, else an AWS profile
    (`s3://prod@bucket/`). Raises TypeError for an unknown option, ValueError for a bad one.
    """

    def __init__(self, root: Root, options: Mapping[str, object]) -> None:
        chosen = options_of(root.connection, options)
        self.root = root
        self._calls = Calls(chosen, chosen.profile, begins=_beginning(root, chosen))
        self._listings = Listings(self._calls)
        self._remover = Remover(self._calls, self._listings)
        self._markers = Markers(self._calls, self._listings)
        self._unfinished = Unfinished(self._calls)
        self._outside = ForTools(self._calls, chosen, chosen.profile)
        self.columns: tuple[Column, ...] = COLUMNS
        self.features = Features(
            title="S3",
            real_directories=False,
            cache_ttl=chosen.cache_ttl,
            remote=True,
            stores_mtime=True,
            free_names=True,
            writable=not chosen.read_only,
            begins=self._calls.begins,
            part_threshold=chosen.multipart_threshold,
            refuses=refuses,
            label=self.endpoint_label(),
            colour=chosen.colour,
        )
        self.facets = self._make_facets()

    def _make_facets(self) -> Facets:
        copier = Copier(self._calls, self._unfinished)
        versioning = Versioning(self._calls)
        glances = Glances(self._calls, versioning)
        uploads = OpenUploads(self._calls, self._unfinished)
        settings = BucketSettings(self._calls)
        fates = Fates(self._calls, settings)
        settings.on_change(
            versioning.forget, fates.forget, glances.forget, self._calls.accelerator.forget
        )
        return Facets(
            server_copy=copier,
            transfer=Transfers(self._calls, self._unfinished),
            delete_many=self._remover,
            walk=self._listings,
            beginnings=self._listings,
            abilities=ServerAbilities(self._calls),
            access=AccessLists(self._calls),
            tags=ObjectTags(self._calls),
            tiers=StorageTiers(self._calls),
            costs=S3Costs(self._calls),
            retention=versioning,
            describe=Descriptions(self._calls, glances, fates),
            presign=Links(self._calls),
            rewrite=Rewriter(self._calls, self._unfinished, copier),
            identity=Identities(self._calls),
            unfinished=self,
            outside=self._outside,
            settings=settings,
            fingerprint=Fingerprints(self._calls, self.root),
            counts=RequestCounts(self._calls),
            reports=self._reports(),
            login=Logins(self._calls),
            measures=Measures(self._calls),
            versions=S3Versions(self._calls, versioning, self._remover),
            containers=Buckets(self._calls, self._listings, glances, uploads),
            payment=self._calls.payers,
            acceleration=Acceleration(self._calls),
            uploads=uploads,
            locks=ObjectLocks(self._calls),
            keys=KmsKeys(self._calls),
        )

    def _reports(self) -> Metrics | None:
        options = self._calls.options
        if not options.metrics_namespace or options.no_sign_request:  # nobody takes them unsigned
            return None
        return Metrics(self._calls, self.root, options.metrics_namespace)

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """One ListObjectsV2 for each 1,000 rows; the next one only when it is asked for."""
        with guarded(directory, "list"):
            below = self._calls.way_down(directory)
            if below:
                yield (Entry(below, Kind.DIRECTORY),)
            else:
                yield from self._listings.scan(directory, cancel)

    def stat(self, location: Location) -> Entry:
        """One HEAD for an object or a bucket, one List for a directory, nothing for the top."""
        with guarded(location, "look at"):
            if location.is_top:
                return Entry("", Kind.DIRECTORY)
            check_place(location, "look at")
            if self._calls.way_down(location):
                return Entry(location.name, Kind.DIRECTORY)
            if location.is_container:
                self._calls.send("head_bucket", location, "look at", Bucket=location.container)
                return Entry(location.name, Kind.DIRECTORY)
            if location.looks_like_directory:
                return self._listings.marker_or_prefix(location, "look at")
            answer = self._calls.head(location, "look at")
            return entry_from(location, answer)

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        """One GET, pinned to the expected ETag; what it says about the object is in `entry`."""
        with guarded(location, "read"):
            check_place(location, "read")
            return open_object(self._calls, location, offset, expected, size=length)

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        """No request before the first part is full or `commit` is called."""
        with guarded(location, "write"):
            return ObjectWriter(self._calls, self._unfinished, location, hints, work)

    def mkdir(self, location: Location) -> Change:
        """Store an empty marker object `name/`; two requests, at a new endpoint a few more."""
        with guarded(location, "make directory"):
            return self._markers.make(location)

    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
        """Remove one object, or the marker of a directory with nothing else beneath."""
        with guarded(location, "delete"):
            return self._remover.delete(location, expected)

    def close(self) -> None:
        """Close all connections."""
        self._calls.close()

    def endpoint_label(self) -> SafeText:
        """Profile and endpoint for the header of a pane; empty where both are the default. No I/O.

        As far as options and environment name them; what only the profile's file says is not read.
        """
        url = self._calls.options.endpoint_url
        if not url and os.environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() != "true":
            named = (os.environ.get(name, "") for name in _ENDPOINT_VARIABLES)
            url = next((value for value in named if value), "")
        _, _, host = url.rpartition("@")
        host = host.partition("://")[2] or host
        profile = self.root.connection or self._calls.profile or os.environ.get("AWS_PROFILE", "")
        parts = [profile, host.rstrip("/")]
        return safe_text(" · ".join(part for part in parts if part))

    def preload(self) -> None:
        """Import the SDK and make a client in the background; faults show at the first request."""

        def load() -> None:
            try:
                with guarded(Location(self.root, ""), "reach"):
                    self._calls.clients.get("", bulk=False)
            except StorageError as error:
                log.debug("Preload: %s", safe_text(str(error)))

        threading.Thread(target=load, daemon=True, name="tfm-s3-preload").start()

    def unfinished(self) -> tuple[str, ...]:
        """The multipart uploads that are open now, as texts for a log."""
        return tuple(sorted(str(upload) for upload in self._unfinished.all()))

    def abort_unfinished(self, deadline_seconds: float) -> list[str]:
        """Abort all open uploads and let no new part out; what could not be aborted in time."""
        return self._unfinished.abort_all(deadline_seconds)

    def remove_leftover(self, leftover: Leftover, replaced: Entry | None) -> None:  # noqa: ARG002 - files only
        """As the facet: abort an upload that a killed program left open."""
        with guarded(leftover.place, "abort upload of"):
            self._unfinished.remove(leftover)

    def on_new_client(self, hook: Callable[[Any], None]) -> None:
        """Show every SDK client to `hook`: tests and benchmarks count requests this way."""
        self._calls.on_new_client(hook)


def _beginning(root: Root, options: S3Options) -> Location | None:
    return Location(root, f"{options.bucket}/{options.prefix}") if options.bucket else None
