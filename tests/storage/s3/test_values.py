"""Options, names and metadata: what needs no server."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.errors import InvalidName
from tfm.model.location import S3, Location, Root
from tfm.storage.base import Hints
from tfm.storage.s3.facts import (
    COLUMNS,
    checksums_of,
    content_type_for,
    metadata_for,
    mode_text,
    mtime_text,
    parse_mode,
    parse_mtime,
)
from tfm.storage.s3.keys import MAX_OBJECT, check_place, fits_xml, refuses
from tfm.storage.s3.options import MIB, read_options
from tfm.storage.s3.storage import S3Storage


def test_options_have_defaults() -> None:
    options = read_options({})
    assert (options.multipart_threshold, options.cache_ttl) == (5 * MIB, 60.0)
    assert options.pool >= options.threads + 4


def test_none_leaves_an_option_as_it_is() -> None:
    assert read_options({"profile": None}).profile == ""


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(TypeError, match="adressing_style"):
        S3Storage(S3, {"adressing_style": "path"})


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"region": 5}, TypeError),
        ({"max_retries": "3"}, TypeError),
        ({"no_sign_request": 1}, TypeError),
        ({"addressing_style": "host"}, ValueError),
        ({"max_retries": -1}, ValueError),
        ({"outage_wait": -1.0}, ValueError),
        ({"cache_ttl": -1.0}, ValueError),
        ({"part_size": 1}, ValueError),
        ({"multipart_threshold": 6 * 1024**3}, ValueError),
    ],
)
def test_a_bad_option_is_refused(given: dict[str, object], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        read_options(given)


@pytest.mark.parametrize(
    ("connection", "options", "label"),
    [
        ("", {}, ""),
        ("prod", {}, "prod"),
        ("prod", {"profile": "dev"}, "prod"),
        (
            "",
            {"profile": "dev", "endpoint_url": "https://s3.example.org:9000/"},
            "dev · s3.example.org:9000",
        ),
        ("", {"endpoint_url": "https://me:secret@host"}, "host"),
    ],
)
def test_the_label_of_an_endpoint(connection: str, options: dict[str, object], label: str) -> None:
    assert S3Storage(Root("s3", connection), options).endpoint_label() == label


@pytest.mark.parametrize(
    "key",
    ["ab/x", "a_/x", "-abc/x", "a..b/x", "192.168.0.1/x", "bucket/" + "é" * 513, "bucket/\udcff"],
)
def test_names_s3_cannot_have(key: str) -> None:
    place = Location(S3, key)
    assert refuses(place, None)
    with pytest.raises(InvalidName):
        check_place(place, "write")


@pytest.mark.parametrize(
    "key",
    ["", "bucket/", "bucket/" + "é" * 512, "Old_Bucket/x", "b.u.c/..", "bucket//a", "bucket/a\nb "],
)
def test_names_s3_can_have(key: str) -> None:
    assert refuses(Location(S3, key), MAX_OBJECT) == ""


def test_a_file_beyond_the_limit_is_refused() -> None:
    assert "48.8 TiB" in refuses(Location(S3, "bucket/x"), MAX_OBJECT + 1)


@pytest.mark.parametrize("key", ["a\nb", "a\tb", "\r", "\x00", "a\x7f", "\ufffe", "a\u2028b"])
def test_keys_that_do_not_go_in_xml(key: str) -> None:
    assert not fits_xml(key)


@pytest.mark.parametrize("key", ["a b", " a ", "<&>", "é", "a//b", "..", "%0a"])
def test_keys_that_go_in_xml(key: str) -> None:
    assert fits_xml(key)


@given(st.integers(-(10**20), 10**20))
def test_times_go_there_and_back(moment: int) -> None:
    assert parse_mtime(mtime_text(moment)) == moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1700000000", 1_700_000_000 * 10**9),
        ("1700000000.5", 1_700_000_000_500_000_000),
        ("1700000000.1234567899", 1_700_000_000_123_456_789),
        ("-1.5", -1_500_000_000),
        ("0.", 0),
        ("", None),
        ("1e9", None),
        ("2026-01-01", None),
        ("9" * 40, None),
    ],
)
def test_times_others_wrote(text: str, expected: int | None) -> None:
    assert parse_mtime(text) == expected


@given(st.integers(0, 0o7777))
def test_modes_go_there_and_back(mode: int) -> None:
    assert parse_mode(mode_text(mode)) == mode
    assert parse_mode(str(stat.S_IFREG | mode)) == mode  # as s3fs writes it


@pytest.mark.parametrize(
    ("text", "expected"),
    [("644", 0o644), ("0644", 0o644), ("0o100755", 0o755), ("rw", None), ("", None), ("9", None)],
)
def test_modes_others_wrote(text: str, expected: int | None) -> None:
    assert parse_mode(text) == expected


def test_metadata_s3_cannot_keep_is_named() -> None:
    extra = (("fine", "yes"), ("bad name", "x"), ("umlaut", "ä"), ("long", "x" * 3000))
    kept, notes = metadata_for(Hints(mtime_ns=1, mode=0o600, metadata=extra))
    assert kept == {"mtime": "0.000000001", "mode": "100600", "fine": "yes"}
    assert len(notes) == 3


def test_what_we_say_ourselves_is_not_said_again_by_metadata() -> None:
    kept, notes = metadata_for(Hints(mtime_ns=1, metadata=(("MTime", "2"), ("mode", "100644"))))
    assert (kept, notes) == ({"mtime": "0.000000001", "mode": "100644"}, ())


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("a.txt", "", "text/plain"),
        ("a.tar.gz", "", "application/gzip"),
        ("a", "", "application/octet-stream"),
        ("a.txt", "x/y", "x/y"),
    ],
)
def test_content_types(name: str, given: str, expected: str) -> None:
    place = Location(S3, f"bucket/{name}")
    assert content_type_for(place, Hints(content_type=given)) == expected


def test_composite_checksums_prove_nothing() -> None:
    assert checksums_of({"ChecksumCRC32": "abc", "ChecksumType": "COMPOSITE"}) == {}
    assert checksums_of({"ChecksumCRC32": "abc-2"}) == {}
    assert checksums_of({"ChecksumSHA256": "abc"}) == {"SHA256": "abc"}


def test_columns_fit_their_width() -> None:
    row = Entry(
        "x", Kind.FILE, 10**12, 1767323045 * 10**9, ObjectDetails("e", "INTELLIGENT_TIERING")
    )
    strange = Entry("x", Kind.FILE, 0, None, ObjectDetails("e", "SOMETHING_NEW"))
    folder = Entry("x", Kind.DIRECTORY)
    for column in COLUMNS:
        assert all(len(column.text(entry)) <= column.width for entry in (row, strange, folder))
    assert [column.text(row) for column in COLUMNS][2] == "IT"


def test_the_label_names_what_the_environment_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://user:secret@store.example:9000/")
    monkeypatch.setenv("AWS_PROFILE", "night")
    assert S3Storage(Root("s3"), {}).endpoint_label() == "night · store.example:9000"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://s3.example")
    assert S3Storage(Root("s3", "day"), {}).endpoint_label() == "day · s3.example"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert S3Storage(Root("s3", "day"), {}).endpoint_label() == "day"
