"""The fast lane of listings reads what botocore reads."""

import functools
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import botocore.parsers
import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfm.model.entry import Kind, ObjectDetails
from tfm.storage.s3.parse import (
    PAGE,
    KeyPage,
    fast_lane,
    page_of,
    parse_old_page,
    parse_page,
    parse_time,
    parts_of,
    time_ns,
)

SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def contents(key: str, size: int = 3) -> str:
    return (
        f"<Contents><Key>{key}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified>"
        f'<ETag>"abc-2"</ETag><Size>{size}</Size><StorageClass>GLACIER</StorageClass></Contents>'
    )


def listing(*parts: str, space: str = SPACE) -> bytes:
    head = "<?xml version='1.0' encoding='UTF-8'?>"
    return f"{head}<ListBucketResult {space}>{''.join(parts)}</ListBucketResult>".encode()


ENCODED = "<EncodingType>url</EncodingType>"


@pytest.mark.parametrize("space", [SPACE, ""], ids=["namespace", "none"])
def test_a_row(space: str) -> None:
    page = parse_page(listing(contents("a/b", 7), space=space))
    [row] = page.rows
    assert (row.key, row.size, row.etag, row.storage_class) == ("a/b", 7, "abc-2", "GLACIER")
    assert row.mtime_ns == 1767323045678000000
    entry = row.entry("b")
    assert entry.kind is Kind.FILE
    assert isinstance(entry.details, ObjectDetails)
    assert entry.details.parts == 2
    assert page.token == ""


def test_the_next_page_of_an_old_server() -> None:
    marker, cut = "<NextMarker>a%2Fb</NextMarker>", "<IsTruncated>true</IsTruncated>"
    assert parse_old_page(listing(ENCODED, cut, marker)).token == "a/b"
    assert parse_old_page(listing(cut, marker)).token == "a%2Fb"
    assert parse_old_page(listing(marker)).token == ""
    page = parse_old_page(listing(cut, contents("a")))
    assert (page.token, page.cut) == ("", True)
    read = page_of({"IsTruncated": True, "NextMarker": "m"})
    assert (read.token, read.cut) == ("m", False)
    assert page_of({"IsTruncated": True}).cut, "not taken for the last one"


def test_the_next_page_only_if_there_is_one() -> None:
    token = "<NextContinuationToken>abc+/=</NextContinuationToken>"
    assert parse_page(listing("<IsTruncated>true</IsTruncated>", token)).token == "abc+/="
    assert parse_page(listing("<IsTruncated>false</IsTruncated>", token)).token == ""


def test_a_page_that_goes_on_must_say_where() -> None:
    with pytest.raises(ValueError, match="does not say where"):
        parse_page(listing("<IsTruncated>true</IsTruncated>"))


def test_prefixes() -> None:
    groups = "".join(f"<CommonPrefixes><Prefix>{p}</Prefix></CommonPrefixes>" for p in ("a/", "b/"))
    assert parse_page(listing(groups)).prefixes == ("a/", "b/")


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("sp+ace", "sp ace"),
        ("plus%2Bx", "plus+x"),
        ("%252e", "%2e"),
        ("a%0Ab", "a\nb"),
        ("%C3%A9", "é"),
        ("%00", "\0"),
    ],
)
def test_encoded_keys(sent: str, key: str) -> None:
    assert parse_page(listing(ENCODED, contents(sent))).rows[0].key == key
    groups = f"<CommonPrefixes><Prefix>{sent}/</Prefix></CommonPrefixes>"
    assert parse_page(listing(groups, ENCODED)).prefixes == (key + "/",)


def test_keys_of_a_server_that_does_not_encode_stay() -> None:
    assert parse_page(listing(contents("sp+ace%20x"))).rows[0].key == "sp+ace%20x"


def test_a_byte_that_is_not_utf8_stays_itself() -> None:
    keys = [row.key for row in parse_page(listing(ENCODED, contents("%FF"), contents("%FE"))).rows]
    assert keys == ["\udcff", "\udcfe"]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"<Error><Code>X</Code></Error>", listing(contents("a"))[:-30]]
)
def test_what_is_no_listing_is_left_to_botocore(body: bytes) -> None:
    answer: dict[str, Any] = {"status_code": 200, "body": body}
    parsed: dict[str, Any] = {}
    fast_lane(answer, parsed)
    assert (answer["body"], parsed) == (body, {})


def test_errors_are_left_to_botocore() -> None:
    answer: dict[str, Any] = {"status_code": 503, "body": listing(contents("a"))}
    parsed: dict[str, Any] = {}
    fast_lane(answer, parsed)
    assert parsed == {}
    assert answer["body"] == listing(contents("a"))


@functools.cache
def _shape() -> Any:
    model = botocore.session.Session().get_service_model("s3")
    return model.operation_model("ListObjectsV2").output_shape


def _slow(body: bytes) -> KeyPage:
    answer = {"status_code": 200, "headers": {}, "body": body, "context": {}}
    parsed = botocore.parsers.create_parser("rest-xml").parse(answer, _shape())
    return page_of(parsed)


@settings(deadline=None)
@given(st.lists(st.tuples(KEYS, st.integers(0, 2**45)), max_size=6))
def test_both_lanes_agree(rows: list[tuple[str, int]]) -> None:
    body = listing(ENCODED, *(contents(quote_plus(key), size) for key, size in rows))
    fast = parse_page(body)
    assert [row.key for row in fast.rows] == [key for key, _ in rows]
    # Without EncodingType neither lane decodes, so both must see the very same text.
    raw = body.replace(ENCODED.encode(), b"")
    assert parse_page(raw) == _slow(raw)


def test_a_page_put_together_by_botocore() -> None:
    page = KeyPage((), (), "x")
    assert page_of({PAGE: page}) is page
    told = {"Contents": [{"Key": "a", "Size": 1, "LastModified": datetime(2026, 1, 1, tzinfo=UTC)}]}
    assert page_of(told).rows[0].mtime_ns == 1767225600 * 10**9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("2026-01-02T03:04:05Z", 1767323045 * 10**9),
        ("2026-01-02T04:04:05+01:00", 1767323045 * 10**9),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
        ("", None),
        ("yesterday", None),
    ],
)
def test_times(text: str, expected: int | None) -> None:
    assert parse_time(text) == expected


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_are_exact(moment: datetime) -> None:
    assert parse_time(moment.isoformat()) == time_ns(moment)


def test_how_many_parts() -> None:
    assert [parts_of(etag) for etag in ("abc-12", "abc", "", "a-b", "x-0")] == [12, 0, 0, 0, 0]


def test_bytes_that_cannot_stand_in_xml_are_left_out_only_where_names_are_encoded() -> None:
    body = (
        b"<ListBucketResult><Prefix>a&#x1b;</Prefix><EncodingType>url</EncodingType>"
        b"<Contents><Key>a%1B</Key></Contents></ListBucketResult>"
    )
    assert [row.key for row in parse_page(body).rows] == ["a\x1b"]
    with pytest.raises(ValueError, match="character"):
        parse_page(body.replace(b"<EncodingType>url</EncodingType>", b""))
