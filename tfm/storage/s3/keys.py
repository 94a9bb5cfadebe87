"""Which names S3 takes: buckets, keys, sizes, and which keys can travel in XML."""

from __future__ import annotations

import re
from typing import Any

from tfm.model.errors import InvalidName
from tfm.model.location import Location
from tfm.model.past import version_of
from tfm.model.text import safe_text

MAX_KEY_BYTES = 1024
MAX_OBJECT = int(48.8 * 1024**4)
"""The largest object S3 stores, in bytes (since December 2025)."""

# Upper case and underscores: buckets made in us-east-1 before 2018 may have them.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
# Tab and line feed are legal in XML, yet parsers fold them: keys with any of these go singly.
_NOT_FOR_XML = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def fault_in_bucket(bucket: str) -> str:
    """Why no bucket can have this name; empty if one can."""
    if bucket.startswith("arn:"):
        return ""
    if not 3 <= len(bucket) <= 255:
        return "A bucket name has 3 to 63 characters."
    if not _BUCKET.fullmatch(bucket):
        return "A bucket name has only letters, digits, dots and hyphens."
    if ".." in bucket or _ADDRESS.fullmatch(bucket):
        return "A bucket name has no two dots in a row and is not an IP address."
    return ""


_FRONTS = ("xn--", "sthree-", "amzn-s3-demo-")
_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
"""What Amazon keeps for itself (user guide, "General purpose bucket naming rules")."""


def fault_in_new_bucket(name: str) -> str:
    """Which rule forbids that a bucket of that name is made; empty if none does."""
    if not 3 <= len(name) <= 63:
        return "A bucket name has 3 to 63 characters."
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        return "A bucket name has only small letters, digits, dots and hyphens."
    if not (name[0].isalnum() and name[-1].isalnum()):
        return "A bucket name begins and ends with a letter or a digit."
    if ".." in name:
        return "A bucket name has no two dots in a row."
    if _ADDRESS.fullmatch(name):
        return "A bucket name is not an IP address."
    for front in _FRONTS:
        if name.startswith(front):
            return f"A bucket name does not begin with {front}"
    for end in _ENDS:
        if name.endswith(end):
            return f"A bucket name does not end with {end}"
    return ""


def fault_in_key(key: str) -> str:
    """Why no object can have this key; empty if one can."""
    try:
        length = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        return "The name is not UTF-8, and S3 keys must be."
    if length > MAX_KEY_BYTES:
        return f"The key has {length:,} bytes; S3 takes at most {MAX_KEY_BYTES:,}."
    return ""


def refuses(location: Location, size: int | None) -> str:
    """Why this place, or a file of `size` bytes there, cannot be; empty if it can."""
    if location.key:
        fault = fault_in_bucket(location.container) or fault_in_key(location.inner_key)
        if fault:
            return fault
    if size is not None and size > MAX_OBJECT:
        return "The file is larger than the 48.8 TiB an object can have."
    return ""


def check_place(location: Location, verb: str) -> None:
    """Raise InvalidName for a place S3 cannot have, before any request."""
    fault = refuses(location, None)
    if fault:
        raise InvalidName(
            f"Cannot {verb} {safe_text(str(location))}: {fault[0].lower()}{fault[1:]}",
            place=location,
            verb=verb,
            hint="Check the name.",
        )


def names(location: Location) -> dict[str, Any]:
    """How a request names an object; of a version root the very version."""
    version = version_of(location.root)
    named = {"Bucket": location.container, "Key": location.inner_key}
    return {**named, "VersionId": version} if version else named


def fits_xml(key: str) -> bool:
    """True if the key survives the XML body of DeleteObjects unchanged."""
    return not _NOT_FOR_XML.search(key)
