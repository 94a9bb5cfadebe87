"""What answers and listings say about an object, and the metadata our uploads carry.

`mtime` is kept as rclone keeps it: decimal seconds with nine digits. `mode` is the octal text of
st_mode ("100644"), as rclone writes it; s3fs writes the same number in decimal, which is read too.
"""

from __future__ import annotations

import mimetypes
import re
import stat
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tfm.model.columns import Column
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import Location
from tfm.model.order import SortKey
from tfm.model.text import SafeText, local_time, safe_text, short_size
from tfm.storage.base import Hints
from tfm.storage.s3.parse import parts_of, time_ns

DIRECTORY_TYPE = "application/x-directory"
ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
_MAX_METADATA = 2048
_NS = 10**9
_SECONDS = re.compile(r"\s*(-?)(\d{1,12})(?:\.(\d*))?\s*")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def etag_of(answer: Mapping[str, Any]) -> str:
    """The ETag of an answer without quotes; empty if it has none."""
    return str(answer.get("ETag") or "").strip('"')


def quoted(etag: str) -> str:
    """As headers want it."""
    return f'"{etag}"'


def is_plain_md5(etag: str) -> bool:
    """True if the ETag has the form of an MD5, as objects made by one request have."""
    return bool(re.fullmatch(r"[0-9a-f]{32}", etag))


def hides_md5(answer: Mapping[str, Any]) -> bool:
    """True if the object is kept in a way that makes its ETag something else than an MD5: encrypted with
    such a key, or in a directory bucket, where ETags are random.
    """
    return (
        str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
        or bool(answer.get("SSECustomerAlgorithm"))
        or answer.get("StorageClass") == "EXPRESS_ONEZONE"
    )


def checksums_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """Whole-object checksums of an answer, by algorithm; composite ones prove nothing here."""
    if answer.get("ChecksumType") == "COMPOSITE":
        return {}
    found = {name: str(answer.get(f"Checksum{name}") or "") for name in ALGORITHMS}
    return {name: value for name, value in found.items() if value and "-" not in value}


def entry_from(location: Location, answer: Mapping[str, Any], size: int | None = None) -> Entry:
    """The entry that a HeadObject or GetObject answer describes; `size` for ranges."""
    metadata = {str(name).lower(): str(value) for name, value in answer.get("Metadata", {}).items()}
    moment = answered_at(answer)
    marker = location.looks_like_directory
    etag = etag_of(answer)
    details = ObjectDetails(
        etag=etag,
        storage_class=str(answer.get("StorageClass") or "STANDARD"),
        version_id=str(answer.get("VersionId") or ""),
        restore=str(answer.get("Restore") or ""),
        stored_mtime_ns=parse_mtime(metadata.get("mtime", "")),
        mode=parse_mode(metadata.get("mode", "")),
        marker=marker,
        content_type=str(answer.get("ContentType") or ""),
        checksums=tuple(checksums_of(answer).items()),
        encryption=str(
            answer.get("ServerSideEncryption") or answer.get("SSECustomerAlgorithm") or ""
        ),
        parts=parts_of(etag),
    )
    return Entry(
        location.name,
        Kind.DIRECTORY if marker else Kind.FILE,
        int(answer.get("ContentLength") or 0) if size is None else size,
        moment,
        details,
    )


def answered_at(answer: Mapping[str, Any]) -> int | None:
    """When the object was stored; the time of the answer where the server gives none (or 1970)."""
    told = answer.get("LastModified")
    if isinstance(told, datetime) and time_ns(told) > 0:
        return time_ns(told)
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        return time_ns(parsedate_to_datetime(headers.get("date", "")))
    except (TypeError, ValueError):
        return None


def mtime_text(mtime_ns: int) -> str:
    """Decimal seconds since 1970 with nanoseconds: `1700000000.123456789`."""
    seconds, rest = divmod(abs(mtime_ns), _NS)
    return f"{'-' if mtime_ns < 0 else ''}{seconds}.{rest:09d}"


def parse_mtime(text: str) -> int | None:
    """Nanoseconds since 1970 of decimal seconds, exact; None if it is no such number."""
    found = _SECONDS.fullmatch(text)
    if not found:
        return None
    sign, seconds, fraction = found.groups()
    value = int(seconds) * _NS + int((fraction or "")[:9].ljust(9, "0") or 0)
    return -value if sign else value


def mode_text(mode: int) -> str:
    """Permission bits of a regular file as octal st_mode: `100644`."""
    return format(stat.S_IFREG | (mode & 0o7777), "o")


def parse_mode(text: str) -> int | None:
    """Permission bits from octal (rclone, ours) or decimal (s3fs) st_mode; None if it is neither."""
    text = text.strip().removeprefix("0o")
    if not text.isascii() or not text.isdigit() or len(text) > 7:
        return None
    readings = [int(text, 8)] if not set(text) & set("89") else []
    readings.append(int(text))
    for value in readings:
        if stat.S_ISREG(value):
            return value & 0o7777
    return readings[0] if readings[0] <= 0o7777 and len(readings) == 2 else None


def metadata_for(hints: Hints) -> tuple[dict[str, str], tuple[str, ...]]:
    """User metadata of an upload, and notes on what could not be kept (S3 takes 2 KB of ASCII)."""
    kept: dict[str, str] = {}
    notes: list[str] = []
    if hints.mtime_ns is not None:
        kept["mtime"] = mtime_text(hints.mtime_ns)
    if hints.mode is not None:
        kept["mode"] = mode_text(hints.mode)
    used = sum(len(name) + len(value) for name, value in kept.items())
    for name, value in hints.metadata:
        cost = len(name) + len(value)
        legal = _NAME.fullmatch(name) and value.isascii() and value.isprintable()
        if name.lower() in kept:
            continue
        if not legal or used + cost > _MAX_METADATA:
            notes.append(f"Metadata {safe_text(name)} was not kept: S3 cannot store it.")
            continue
        kept[name] = value
        used += cost
    return kept, tuple(notes)


def fault_in_metadata(name: str, value: str) -> str:
    """Why no object can have this piece of metadata; empty if one can."""
    if not _NAME.fullmatch(name):
        return "A name in metadata has only letters, digits, dots, hyphens and underscores."
    if not value.isascii() or not value.isprintable():
        return f"Metadata {safe_text(name)} takes printable ASCII only."
    if len(name) + len(value) > _MAX_METADATA:
        return "Metadata has 2 KB at most."
    return ""


def content_type_for(location: Location, hints: Hints) -> str:
    """The given type, else the one of the extension, else plain bytes."""
    if hints.content_type:
        return hints.content_type
    guessed, encoding = mimetypes.guess_type(location.name, strict=False)
    if encoding:  # x.tar.gz is a gzip file; Content-Encoding would make browsers unpack it
        return f"application/{encoding if encoding != 'compress' else 'x-compress'}"
    return guessed or "application/octet-stream"


_ONGOING = re.compile(r'ongoing(?:-request="true")?$|ongoing-request="true"')

_SHORT_CLASSES = {
    "STANDARD": "",
    "STANDARD_IA": "IA",
    "ONEZONE_IA": "1Z-IA",
    "INTELLIGENT_TIERING": "IT",
    "GLACIER": "GLACR",
    "GLACIER_IR": "GL-IR",
    "DEEP_ARCHIVE": "DEEP",
    "REDUCED_REDUNDANCY": "RR",
    "EXPRESS_ONEZONE": "EXPR",
    "OUTPOSTS": "OUTP",
    "SNOW": "SNOW",
}


def _size(entry: Entry) -> SafeText:
    return SafeText("") if entry.is_directory else short_size(entry.size)


def _time(entry: Entry) -> SafeText:
    return local_time(entry.mtime_ns)


def _class(entry: Entry) -> SafeText:
    if entry.is_directory or not isinstance(entry.details, ObjectDetails):
        return SafeText("")
    name = entry.details.storage_class
    restore = entry.details.restore
    if restore:  # known from the listing, or from a look at the object
        return safe_text("asked" if _ONGOING.search(restore) else "ready")
    return safe_text(_SHORT_CLASSES.get(name, name[:5]))


COLUMNS = (
    Column("size", "Size", 6, _size, SortKey.SIZE, right=True),
    Column("time", "Uploaded", 16, _time, SortKey.TIME),
    Column("class", "Class", 5, _class),
)
