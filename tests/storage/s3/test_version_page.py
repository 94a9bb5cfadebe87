"""Pages of ListObjectVersions: read in the order of the server."""

from __future__ import annotations

import pytest

from tfm.storage.s3.version_page import (
    VersionPage,
    VersionRow,
    by_key,
    newest_first,
    parse_versions,
)

SECOND = "2026-11-20T12:00:00.000Z"


def page(*rows: str, more: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"{''.join(rows)}{more}</ListVersionsResult>"
    ).encode()


def row(tag: str, key: str, version: str, *, latest: bool = False) -> str:
    more = "<ETag>&quot;abc&quot;</ETag><Size>3</Size>" if tag == "Version" else ""
    return (
        f"<{tag}><Key>{key}</Key><VersionId>{version}</VersionId>"
        f"<IsLatest>{str(latest).lower()}</IsLatest><LastModified>{SECOND}</LastModified>{more}"
        f"<Owner><ID>0f0f</ID><DisplayName>ann</DisplayName></Owner></{tag}>"
    )


def test_versions_and_markers_stay_in_their_order_within_one_second() -> None:
    told = parse_versions(
        page(
            row("DeleteMarker", "a", "4", latest=True),
            row("Version", "a", "3"),
            row("DeleteMarker", "a", "2"),
            row("Version", "a", "1"),
        )
    )
    assert [each.version for each in newest_first(told.rows)] == ["4", "3", "2", "1"]
    assert [each.deleted for each in told.rows] == [True, False, True, False]
    first = told.rows[1]
    assert (first.key, first.size, first.etag, first.owner) == ("a", 3, "abc", "ann")
    assert told.next_key == ""


def test_keys_are_decoded_and_the_next_page_is_named() -> None:
    told = parse_versions(
        page(
            "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>",
            "<NextKeyMarker>a%0Ab</NextKeyMarker><NextVersionIdMarker>v%</NextVersionIdMarker>",
            row("Version", "a%0Ab", "v%"),
            "<CommonPrefixes><Prefix>d+e/</Prefix></CommonPrefixes>",
        )
    )
    assert told.rows[0].key == told.next_key == "a\nb"
    assert told.next_version == "v%"
    assert told.prefixes == ("d e/",)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html/>", page("<IsTruncated>true</IsTruncated>"), page(row("Version", "a", "1"))[:-9]],
)
def test_what_is_no_page(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_versions(body)


def version(key: str, name: str, time: int = 0, *, deleted: bool = False) -> VersionRow:
    return VersionRow(key, name, False, deleted, time)


def test_a_key_that_goes_on_comes_when_it_ends() -> None:
    pages = [
        VersionPage((version("a", "1"), version("b", "3")), (), "b", "3"),
        VersionPage((version("b", "2"),), (), "b", "2"),
        VersionPage((version("b", "1"), version("c", "1")), ()),
    ]
    told = [[(r[0].key, [each.version for each in r]) for r in keys] for _, keys in by_key(pages)]
    assert told == [[("a", ["1"])], [], [("b", ["3", "2", "1"]), ("c", ["1"])]]


def test_markers_told_behind_all_versions_are_put_where_their_time_says() -> None:
    rows = [
        version("a", "v3", 30),
        version("a", "v1", 10),
        version("b", "w1", 10),
        version("a", "m2", 20, deleted=True),
        version("b", "n2", 20, deleted=True),
    ]
    assert [each.version for each in newest_first(rows)] == ["v3", "m2", "v1", "n2", "w1"]
