"""A page of ListObjectVersions, straight from the bytes of the answer, in the order of the server.

botocore sorts versions and delete markers into two lists, and with that the order of those that lie within
one second is lost; so this hooks into `before-parse`, as `parse.py` does.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.storage.s3.parse import PAGE, decode, lane, local_name, mtime_of, parse_time, parts_of


class VersionRow(NamedTuple):
    """One version, or one delete marker; `etag` without quotes, `mtime_ns` None if unreadable."""

    key: str
    version: str
    latest: bool
    deleted: bool
    mtime_ns: int | None
    size: int = 0
    etag: str = ""
    storage_class: str = ""
    owner: str = ""

    def entry(self, name: str, kind: Kind = Kind.FILE) -> Entry:
        """The row of a pane for this version."""
        details = ObjectDetails(
            self.etag,
            self.storage_class,
            self.version,
            marker=kind is Kind.DIRECTORY,
            parts=parts_of(self.etag),
        )
        size = None if self.deleted else self.size
        return Entry(name, kind, size, self.mtime_ns, details)


@dataclass(frozen=True, slots=True)
class VersionPage:
    """What one answer lists; `next_key` is empty on the last page, and where `cut` says that more follows."""

    rows: tuple[VersionRow, ...]
    prefixes: tuple[str, ...]
    next_key: str = ""
    next_version: str = ""
    cut: bool = False


def parse_versions(body: bytes) -> VersionPage:
    """Read a ListVersionsResult. Raises ValueError if it is none or is cut off."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - expat of today limits entity expansion
    except ET.ParseError as error:
        raise ValueError(str(error)) from error
    if local_name(root.tag) != "ListVersionsResult":
        raise ValueError(f"versions were expected, not <{local_name(root.tag)}>")
    plain = {local_name(node.tag): node.text or "" for node in root if not len(node)}
    encoded = plain.get("EncodingType") == "url"

    def text(value: str) -> str:
        return decode(value) if encoded else value

    rows: list[VersionRow] = []
    prefixes: list[str] = []
    for node in root:
        tag = local_name(node.tag)
        if tag in ("Version", "DeleteMarker"):
            row = _row(_fields(node), deleted=tag == "DeleteMarker")
            rows.append(row._replace(key=text(row.key)))
        elif tag == "CommonPrefixes":
            prefixes += [text(c.text or "") for c in node if local_name(c.tag) == "Prefix"]
    if plain.get("IsTruncated", "").strip() != "true":
        return VersionPage(tuple(rows), tuple(prefixes))
    next_key = text(plain.get("NextKeyMarker", ""))
    if not next_key:
        raise ValueError("the listing goes on, but the server does not say where")
    return VersionPage(tuple(rows), tuple(prefixes), next_key, plain.get("NextVersionIdMarker", ""))


def _fields(node: ET.Element) -> dict[str, str]:
    fields = {}
    for child in node:
        tag = local_name(child.tag)
        if tag == "Owner":
            owner = {local_name(each.tag): each.text or "" for each in child}
            fields[tag] = owner.get("DisplayName") or owner.get("ID", "")
        else:
            fields[tag] = child.text or ""
    return fields


def _row(fields: Mapping[str, str], *, deleted: bool) -> VersionRow:
    return VersionRow(
        fields["Key"],
        fields.get("VersionId") or "null",
        fields.get("IsLatest", "").strip() == "true",
        deleted,
        parse_time(fields.get("LastModified", "")),
        int(fields.get("Size") or 0),
        fields.get("ETag", "").strip('"'),
        fields.get("StorageClass", ""),
        fields.get("Owner", ""),
    )


version_lane = lane(parse_versions, b"<ListVersionsResult/>")


def versions_of(answer: Mapping[str, Any]) -> VersionPage:
    """The page of an answer: parsed by `version_lane`, else put together from botocore's own parse."""
    page = answer.get(PAGE)
    if isinstance(page, VersionPage):
        return page
    rows = [
        VersionRow(
            item["Key"],
            str(item.get("VersionId") or "null"),
            bool(item.get("IsLatest")),
            deleted,
            mtime_of(item),
            int(item.get("Size") or 0),
            str(item.get("ETag") or "").strip('"'),
            str(item.get("StorageClass") or ""),
            str((item.get("Owner") or {}).get("DisplayName") or ""),
        )
        for deleted, items in ((False, "Versions"), (True, "DeleteMarkers"))
        for item in answer.get(items, ())
    ]
    prefixes = tuple(item["Prefix"] for item in answer.get("CommonPrefixes", ()))
    if not answer.get("IsTruncated"):
        return VersionPage(tuple(rows), prefixes)
    next_key = str(answer.get("NextKeyMarker") or "")
    next_version = str(answer.get("NextVersionIdMarker") or "")
    return VersionPage(tuple(rows), prefixes, next_key, next_version, cut=not next_key)


def by_key(pages: Iterable[VersionPage]) -> Iterator[tuple[VersionPage, list[list[VersionRow]]]]:
    """Each page with the keys of which it ends the list; a list is whole, the newest row first.

    A key may go on over several pages: it comes with the last of them.
    """
    held: dict[str, list[VersionRow]] = {}
    for page in pages:
        for row in newest_first(page.rows):
            held.setdefault(row.key, []).append(row)
        goes_on = held.pop(page.next_key, None) if page.next_key else None
        yield page, list(held.values())
        held = {page.next_key: goes_on} if goes_on else {}


def newest_first(rows: Sequence[VersionRow]) -> Sequence[VersionRow]:
    """The rows as the server keeps them; some tell all delete markers behind all versions.

    Those are put where their time says, before a version of the same time but for the newest.
    """
    kinds = [row.deleted for row in rows]
    if True not in kinds or kinds != sorted(kinds) or not _is_out_of_order(rows):
        return rows
    found: dict[str, list[VersionRow]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return [
        row
        for key in found
        for row in sorted(
            found[key], key=lambda row: (not row.latest, -(row.mtime_ns or 0), not row.deleted)
        )
    ]


def _is_out_of_order(rows: Sequence[VersionRow]) -> bool:
    """True if a key comes up again after another one, or a marker stands beneath what is older."""
    seen: set[str] = set()
    before: VersionRow | None = None
    for row in rows:
        if before is None or row.key != before.key:
            if row.key in seen:
                return True
            seen.add(row.key)
        elif row.latest or (row.deleted and (row.mtime_ns or 0) > (before.mtime_ns or 0)):
            return True
        before = row
    return False
