"""A page of ListObjectsV2, straight from the bytes of the answer to entries.

botocore's own parser takes about 95 ms for 1,000 keys and holds the interpreter lock meanwhile,
which a user feels on every key press; this takes about a tenth. It hooks into `before-parse` and
leaves botocore an empty document, so retries, redirects and errors stay botocore's business.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from tfm.model.entry import Entry, Kind, ObjectDetails

PAGE = "TfmPage"
"""The name under which the parsed page stands in botocore's answer."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MULTIPART = re.compile(r"-(\d{1,5})$")
_NO_XML = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|&#x(?:0?[0-8bcef]|1[0-9a-f]);", re.IGNORECASE
)
"""Characters that XML 1.0 has no place for, in UTF-8 and as they are written by their numbers."""


class Row(NamedTuple):
    """One object of a page; `etag` is without quotes, `mtime_ns` None if it could not be read."""

    key: str
    size: int
    mtime_ns: int | None
    etag: str
    storage_class: str
    restore: str = ""

    def entry(self, name: str, kind: Kind = Kind.FILE) -> Entry:
        """The row of a pane or walk for this object."""
        details = ObjectDetails(
            self.etag,
            self.storage_class,
            restore=self.restore,
            marker=kind is Kind.DIRECTORY,
            parts=parts_of(self.etag),
        )
        return Entry(name, kind, self.size, self.mtime_ns, details)


@dataclass(frozen=True, slots=True)
class KeyPage:
    """What one answer lists; `token` is empty on the last page, and where `cut` says that more follows."""

    rows: tuple[Row, ...]
    prefixes: tuple[str, ...]
    token: str
    cut: bool = False


def parts_of(etag: str) -> int:
    """Of how many parts an object was made, as its ETag tells; 0 for a plain one."""
    found = _MULTIPART.search(etag)
    return int(found[1]) if found else 0


def time_ns(moment: datetime) -> int:
    """Nanoseconds since 1970, exact to the microsecond; a time without zone is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND * 1000


def parse_time(text: str) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 time; None if it is none."""
    try:
        return time_ns(datetime.fromisoformat(text))
    except ValueError:
        return None


def parse_page(body: bytes) -> KeyPage:
    """Read a ListBucketResult of ListObjectsV2. Raises ValueError if it is none or is cut off."""
    page = _parse(body, "NextContinuationToken")
    if page.cut:
        raise ValueError("the listing goes on, but the server does not say where")
    return page


def parse_old_page(body: bytes) -> KeyPage:
    """The same of ListObjects, where a server may leave it to the client to go on behind the last name."""
    return _parse(body, "NextMarker")


def _root(body: bytes) -> ET.Element:
    """Ceph RGW repeats the prefix that was asked for as it is, also where that cannot stand in XML; names
    come encoded, so nothing is lost with such bytes.
    """
    try:
        return ET.fromstring(body)  # noqa: S314 - expat of today limits entity expansion
    except ET.ParseError as error:
        cleaned = _NO_XML.sub(b"", body)
        if cleaned == body or b"<EncodingType>url<" not in body:
            raise ValueError(str(error)) from error
    try:
        return ET.fromstring(cleaned)  # noqa: S314
    except ET.ParseError as error:
        raise ValueError(str(error)) from error


def _parse(body: bytes, goes_on: str) -> KeyPage:
    root = _root(body)
    if local_name(root.tag) != "ListBucketResult":
        raise ValueError(f"a listing was expected, not <{local_name(root.tag)}>")
    encoded = truncated = False
    token = ""
    objects: list[dict[str, str]] = []
    prefixes: list[str] = []
    for node in root:
        tag = local_name(node.tag)
        if tag == "Contents":
            objects.append(_fields(node))
        elif tag == "CommonPrefixes":
            prefixes.extend(child.text or "" for child in node if local_name(child.tag) == "Prefix")
        elif tag == "IsTruncated":
            truncated = (node.text or "").strip() == "true"
        elif tag == goes_on:
            token = node.text or ""
        elif tag == "EncodingType":
            encoded = node.text == "url"
    rows = tuple(_row(fields, encoded) for fields in objects)
    if encoded:
        prefixes = [decode(prefix) for prefix in prefixes]
        token = decode(token) if goes_on == "NextMarker" else token
    return KeyPage(rows, tuple(prefixes), token if truncated else "", truncated and not token)


def local_name(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def _fields(node: ET.Element) -> dict[str, str]:
    fields: dict[str, str] = {}
    for child in node:
        tag = child.tag.rpartition("}")[2]
        if tag == "RestoreStatus":
            running = any(
                local_name(c.tag) == "IsRestoreInProgress" and c.text == "true" for c in child
            )
            fields[tag] = "ongoing" if running else "restored"
        else:
            fields[tag] = child.text or ""
    return fields


def _row(fields: Mapping[str, str], encoded: bool) -> Row:
    key = fields["Key"]
    return Row(
        decode(key) if encoded else key,
        int(fields.get("Size") or 0),
        parse_time(fields.get("LastModified", "")),
        fields.get("ETag", "").strip('"'),
        sys.intern(fields.get("StorageClass", "")),  # a handful of words, held once
        fields.get("RestoreStatus", ""),
    )


def decode(text: str) -> str:
    """As boto3 does; a byte that is not UTF-8 stays told apart instead of becoming U+FFFD."""
    if "%" not in text and "+" not in text:
        return text
    return unquote_plus(text, errors="surrogateescape")


def lane(parse: Callable[[bytes], object], empty: bytes) -> Callable[..., None]:
    """A `before-parse` hook: parse a good page ourselves, leave everything else to botocore.

    botocore is left the document `empty`; the page stands in the answer under the name `PAGE`.
    """

    def hook(
        response_dict: MutableMapping[str, Any],
        customized_response_dict: MutableMapping[str, Any],
        **_more: object,
    ) -> None:
        if response_dict.get("status_code") != 200:
            return
        try:
            page = parse(response_dict["body"])
        except (ValueError, KeyError, TypeError):
            return  # botocore reads it again and raises the error it knows
        customized_response_dict[PAGE] = page
        response_dict["body"] = empty

    return hook


def whole_or_fault(
    response_dict: MutableMapping[str, Any], operation_model: Any, **_more: object
) -> None:
    """A `before-parse` hook: an answer that is shorter than it says, or a list without a document, is none.

    A line that drops between the head of an answer and its body is told by nobody below: botocore gets
    an empty body, and makes an empty answer of it: no rows, no tags, no uploads. As a document that
    is cut later, it is taken for a fault of the server, which passes.
    """
    if operation_model.has_streaming_output or operation_model.http["method"] == "HEAD":
        return
    body, status = response_dict.get("body") or b"", int(response_dict.get("status_code") or 0)
    said = str(response_dict.get("headers", {}).get("content-length") or "")
    cut = said.isdecimal() and len(body) < int(said)
    if 200 <= status < 300 and (cut or (not body and operation_model.name.startswith("List"))):
        response_dict["status_code"] = 500


fast_lane = lane(parse_page, b"<ListBucketResult/>")
old_lane = lane(parse_old_page, b"<ListBucketResult/>")


def mtime_of(item: Mapping[str, Any]) -> int | None:
    """When botocore's own parse says that something was stored; None if that could not be read."""
    moment = item.get("LastModified")
    return time_ns(moment) if isinstance(moment, datetime) else None


def page_of(answer: Mapping[str, Any]) -> KeyPage:
    """The page of an answer: parsed by `fast_lane`, else put together from botocore's own parse."""
    page = answer.get(PAGE)
    if isinstance(page, KeyPage):
        return page
    rows = tuple(
        Row(
            item["Key"],
            int(item.get("Size", 0)),
            mtime_of(item),
            str(item.get("ETag", "")).strip('"'),
            str(item.get("StorageClass", "")),
        )
        for item in answer.get("Contents", ())
    )
    prefixes = tuple(item["Prefix"] for item in answer.get("CommonPrefixes", ()))
    truncated = bool(answer.get("IsTruncated"))
    token = str(answer.get("NextContinuationToken") or answer.get("NextMarker") or "")
    return KeyPage(rows, prefixes, token if truncated else "", truncated and not token)
