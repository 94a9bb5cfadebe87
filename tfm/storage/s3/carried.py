"""What an object has besides its bytes (type, headers, metadata, class, encryption, tags), for another one."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from tfm.model.entry import Entry, ObjectDetails
from tfm.model.errors import StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints
from tfm.storage.object_facets import Pairs
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.facts import content_type_for, metadata_for
from tfm.storage.s3.held import drop_chunking, grants_of, headers_given
from tfm.storage.s3.tags import tags_of
from tfm.storage.s3.uploads import by_rules

_CLASSES = frozenset(
    [
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "GLACIER_IR",
        "DEEP_ARCHIVE",
        "REDUCED_REDUNDANCY",
    ]
)
_CARRIED = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "WebsiteRedirectLocation",
    "SSECustomerAlgorithm",
    "SSECustomerKeyMD5",
)

Attributes = dict[str, Any]
"""Parameters of a request that stores an object."""


def digest_of(attributes: Attributes) -> str:
    """One text for the same attributes, in whatever order they are."""
    text = json.dumps(attributes, sort_keys=True, default=str)
    return blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def carried(
    calls: Calls, source: Location, entry: Entry, head: Attributes, hints: Hints
) -> tuple[Attributes, tuple[str, ...]]:
    """What CopyObject keeps by itself, and an upload must be told; one request for the tags."""
    attributes = {name: head[name] for name in _CARRIED if head.get(name)}
    drop_chunking(attributes)
    encryption = str(head.get("ServerSideEncryption") or "")
    if encryption.startswith("aws:kms"):
        attributes["ServerSideEncryption"] = encryption
    else:
        attributes.pop("SSEKMSKeyId", None)
        attributes.pop("BucketKeyEnabled", None)
    attributes |= storage_class(entry, hints)
    tags, notes = _tags(calls, source, head)
    if head.get("ExpiresString") and not head.get("Expires"):
        told = safe_text(str(head["ExpiresString"]))
        notes = (*notes, f"Expires was not kept: {told} is no date that can be sent.")
    if tags:
        attributes["Tagging"] = urlencode(tags)
    return attributes, notes


def _tags(calls: Calls, source: Location, head: Attributes) -> tuple[Pairs, tuple[str, ...]]:
    """Asked for also where a HEAD tells of none: not every server counts them there, nor for everybody."""
    try:
        return tags_of(calls, source), ()
    except Unsupported:
        return (), ()
    except StorageError as error:
        some = "Tags" if head.get("TagCount") else "Tags, if there were any,"
        return (), (f"{some} were not copied. {safe_text(error.message)}",)


def storage_class(entry: Entry, hints: Hints) -> Attributes:
    """A copy goes to STANDARD unless it is told otherwise."""
    if hints.tier:
        return {"StorageClass": hints.tier}
    details = entry.details
    name = details.storage_class if isinstance(details, ObjectDetails) else ""
    return {"StorageClass": name} if name in _CLASSES else {}


def attributes_for(
    calls: Calls, location: Location, hints: Hints
) -> tuple[Attributes, tuple[str, ...]]:
    """What an upload states besides the bytes, and notes on what could not be kept.

    If it is to keep what the replaced object has, a HEAD and a look at its tags and its access list.
    Raises NotFound if that is gone.
    """
    metadata, notes = metadata_for(hints)
    stated: Attributes = {"ContentType": content_type_for(location, hints), "Metadata": metadata}
    if not hints.keeps or hints.replaces is None:
        rules = by_rules(calls.options, location)
        stated["Metadata"] = rules.pop("Metadata") | metadata
        if hints.content_type:
            rules.pop("ContentType", None)
        given, more = headers_given(hints.headers)
        return stated | rules | given | _chosen(location, hints), (*notes, *more)
    head = calls.head(location, "look at", checksums=False)
    kept, more = carried(calls, location, hints.replaces, head, hints)
    earlier = {str(name).lower(): value for name, value in (head.get("Metadata") or {}).items()}
    time = {"mtime": metadata["mtime"]} if "mtime" in metadata else {}
    kept["Metadata"] = {**earlier, **time}
    grants, told = grants_of(calls, location)
    return {**stated, **kept, **grants, **_chosen(location, hints)}, (*notes, *more, *told)


def _chosen(location: Location, hints: Hints) -> Attributes:
    return {"StorageClass": hints.tier} if hints.tier and not location.looks_like_directory else {}
