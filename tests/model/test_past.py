"""The roots of moments and versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.model.location import S3, Location, Root, parse
from tfm.model.past import (
    at_moment,
    at_version,
    is_past,
    moment_of,
    moment_text,
    now,
    parse_moment,
    present,
    version_of,
)

NS = 10**9
MOMENT = 1_795_176_303 * NS  # 2026-11-20 12:05:03 UTC


@pytest.mark.parametrize("root", [S3, Root("s3", "prod"), Root("s3", "a,b=c")])
def test_a_moment_is_told_and_left_again(root: Root) -> None:
    past = at_moment(root, MOMENT)
    assert is_past(past)
    assert not is_past(root)
    assert present(past) == root
    assert moment_of(past) == MOMENT
    assert version_of(past) == ""
    assert present(root) == root
    assert moment_of(root) is None


def test_the_text_of_a_moment_is_a_place() -> None:
    place = parse("s3://prod,at=2026-11-20T12:05:03Z@bucket/d/")
    assert place == Location(at_moment(Root("s3", "prod"), MOMENT), "bucket/d/")
    assert now(place) == parse("s3://prod@bucket/d/")
    assert str(Location(at_moment(S3, MOMENT), "b/k")) == "s3://at=2026-11-20T12:05:03Z@b/k"


@given(st.text(min_size=1), st.sampled_from(["", "prod"]))
def test_every_id_of_a_version_survives_its_text(version: str, name: str) -> None:
    place = Location(at_version(Root("s3", name), version), "bucket/key")
    assert version_of(place.root) == version
    assert present(place.root) == Root("s3", name)
    assert parse(str(place)) == place


@given(st.integers(0, 200 * 365 * 86400 * NS))
def test_every_moment_survives_its_text(moment: int) -> None:
    assert parse_moment(moment_text(moment), 0) == moment


def test_a_past_of_a_past_is_one_of_the_present() -> None:
    assert at_version(at_moment(S3, MOMENT), "x") == at_version(S3, "x")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T12:05:03Z", MOMENT),
        ("2026-11-20 12:05:03", MOMENT),  # the tests live in UTC
        ("2026-11-20 12:05", MOMENT - 3 * NS),
        ("2026-11-20 13:05:03+01:00", MOMENT),
        ("2026-11-20", MOMENT - (12 * 3600 + 5 * 60 + 3) * NS),
        ("3h", MOMENT + 3600 * NS - 3 * 3600 * NS),
        ("2 days ago", MOMENT + 3600 * NS - 2 * 86400 * NS),
    ],
)
def test_what_a_person_types(text: str, moment: int) -> None:
    assert parse_moment(text, MOMENT + 3600 * NS) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "12:05", "2026-11-20.x", "9"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match="Write"):
        parse_moment(text, MOMENT)
