"""Everything a server says about an object or a bucket, in words."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.model.text import local_time
from tfm.storage.facets import Fact
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.facts import ALGORITHMS, etag_of, parse_mode, parse_mtime
from tfm.storage.s3.glance import Glances, facts_of
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.login import credentials_facts
from tfm.storage.s3.parse import parts_of
from tfm.storage.s3.settings.fate import Fates
from tfm.storage.s3.tags import tags_of

# label → the field of a HeadObject answer, in the order they are told
_FIELDS = (
    ("Content type", "ContentType"),
    ("Content encoding", "ContentEncoding"),
    ("Content language", "ContentLanguage"),
    ("Disposition", "ContentDisposition"),
    ("Cache control", "CacheControl"),
    ("Expires", "ExpiresString"),
    ("Version id", "VersionId"),
    ("Encryption", "ServerSideEncryption"),
    ("Encryption key", "SSEKMSKeyId"),
    ("Customer key", "SSECustomerAlgorithm"),
    ("Bucket key", "BucketKeyEnabled"),
    ("Restore", "Restore"),
    ("Archive status", "ArchiveStatus"),
    ("Replication", "ReplicationStatus"),
    ("Lock", "ObjectLockMode"),
    ("Locked until", "ObjectLockRetainUntilDate"),
    ("Legal hold", "ObjectLockLegalHoldStatus"),
    ("Redirect", "WebsiteRedirectLocation"),
    ("Tags", "TagCount"),
)


class Descriptions:
    """The facet: one HEAD for an object or a bucket, nothing for a prefix; tags are asked for if there are any,
    the rules of its bucket once in a while, and a bucket for its settings.
    """

    def __init__(
        self, calls: Calls, glances: Glances | None = None, fates: Fates | None = None
    ) -> None:
        self._calls = calls
        self._glances = glances
        self._fates = fates

    def describe(self, location: Location) -> Sequence[Fact]:
        """As the protocol."""
        with guarded(location, "look at"):
            if location.is_top or (location.looks_like_directory and not location.is_container):
                return [*_place(location), *self._login()]
            check_place(location, "look at")
            if location.is_container:
                answer = self._calls.send(
                    "head_bucket", location, "look at", Bucket=location.container
                )
                told = () if self._glances is None else facts_of(self._glances, location)
                facts = [*_place(location), *_bucket(answer), *(Fact(*pair) for pair in told)]
                return [*facts, *self._login()]
            answer = self._calls.head(location, "look at")
            facts = [*_place(location), *_object(answer), *_metadata(answer)]
            tags = self._tags(location) if answer.get("TagCount") else {}
            named = [Fact(f"Tag {name}", value or "empty") for name, value in (tags or {}).items()]
            fate = self._fates.of(location, answer, tags) if self._fates is not None else []
            return [*facts, *named, *fate]

    def _login(self) -> list[Fact]:
        """As whom this is seen, without asking: `, Shift-I` asks."""
        used = self._calls.used
        return [] if used is None else credentials_facts(used)

    def _tags(self, location: Location) -> dict[str, str] | None:
        try:
            return dict(tags_of(self._calls, location))
        except StorageError:
            return None  # how many there are is told all the same


def _place(location: Location) -> list[Fact]:
    if location.is_top:
        return []
    facts = [Fact("Bucket", location.container)]
    if location.inner_key:
        facts.append(Fact("Key", location.inner_key))
    return facts


def _bucket(answer: Mapping[str, Any]) -> list[Fact]:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    return [Fact("Region", str(region))] if region else []


def _object(answer: Mapping[str, Any]) -> list[Fact]:
    facts = []
    etag = etag_of(answer)
    if etag:
        parts = parts_of(etag)
        facts.append(Fact("ETag", f"{etag} ({parts} parts)" if parts else etag))
    facts.append(Fact("Storage class", str(answer.get("StorageClass") or "STANDARD")))
    for label, field in _FIELDS:
        value = answer.get(field)
        if value not in (None, "", False):
            facts.append(Fact(label, _utc(value) if isinstance(value, datetime) else str(value)))
    if not answer.get("ServerSideEncryption") and not answer.get("SSECustomerAlgorithm"):
        facts.append(Fact("Encryption", "none that the server tells of"))
    kind = str(answer.get("ChecksumType") or "").replace("_", " ").lower()
    for algorithm in ALGORITHMS:
        value = str(answer.get(f"Checksum{algorithm}") or "")
        if value:
            told = f"{value}{_hexadecimal(value)}"
            facts.append(Fact(algorithm, f"{told} ({kind})" if kind else told))
    return facts


def _hexadecimal(value: str) -> str:
    """As most tools print a digest; composite ones (`…-5`) are no digest of the bytes."""
    if "-" in value:
        return ""
    try:
        return f" = {base64.b64decode(value, validate=True).hex()}"
    except ValueError:
        return ""


def _metadata(answer: Mapping[str, Any]) -> list[Fact]:
    facts = []
    for name, value in sorted(answer.get("Metadata", {}).items()):
        told = str(value)
        if name.lower() == "mtime" and (moment := parse_mtime(told)) is not None:
            told = f"{told} = {local_time(moment, UTC, full=True)} UTC"
        elif name.lower() == "mode" and (mode := parse_mode(told)) is not None:
            told = f"{told} = {mode:04o}"
        facts.append(Fact(f"Metadata {name}", told or "empty"))
    return facts


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
