"""New names out of old ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.ops.rename_text import NameFault, Part, Rule, RuleFault, Subject

NOON = int(datetime(2026, 11, 20, 12, 5, tzinfo=UTC).timestamp()) * 10**9


def new(name: str, find: str, put: str, number: int = 0, **options: object) -> str:
    rule = Rule(find, put, zone=UTC, **options)  # type: ignore[arg-type]
    return rule.new_name(Subject(name, number=number, mtime_ns=NOON, parent="trip"))


@pytest.mark.parametrize(
    ("name", "find", "put", "expected"),
    [
        ("a.b.txt", r"\.", "_", "a_b_txt"),
        ("img_12.jpg", r"img_(\d+)", r"\1-pic", "12-pic.jpg"),
        ("x.txt", "", r"new-\0", "new-x.txt"),
        ("x.txt", r".*", "y", "y"),
        ("abc", "", "", "abc"),
        ("abc", "x*", "-", "-a-b-c-"),
        ("Artist - Title.mp3", r"(?P<a>.+) - (?P<t>.+)\.", r"\g<t> - \g<a>.", "Title - Artist.mp3"),
        ("photo.JPG", r"\.JPG$", r"\L\0", "photo.jpg"),
        ("some file.txt", r"^[^.]+", r"\U\0\E!", "SOME FILE!.txt"),
        ("don't do THAT.txt", r"^[^.]+", r"\C\0", "Don't Do That.txt"),
        ("word.txt", "^", r"\u", "word.txt"),
        ("word.txt", r"^\w+", r"\u\0", "Word.txt"),
        ("WORD.txt", r"^\w+", r"\u\L\0\E", "Word.txt"),
        ("x.tar.gz", "", r"\n-\p\e", "x.tar-trip.gz"),
        ("x.txt", "", r"\t\e", "2026-11-20.txt"),
        ("x.txt", "", r"\t{%H%M}-\0", "1205-x.txt"),
        ("a", "a", r"\\d", r"\d"),
        ("two\nlines", "", r"<\0>", "<two\nlines>"),
        ("bad\udcff.txt", r"\.txt", ".md", "bad\udcff.md"),
    ],
)
def test_what_is_found_is_replaced(name: str, find: str, put: str, expected: str) -> None:
    assert new(name, find, put) == expected


@pytest.mark.parametrize(
    ("put", "numbers"),
    [
        (r"\d", ["1", "2", "3"]),
        (r"\d{008}", ["008", "009", "010"]),
        (r"\d{10+5}", ["10", "15", "20"]),
        (r"\d{1-1}", ["1", "0", "-1"]),
        (r"\d{0}x", ["0x", "1x", "2x"]),
    ],
)
def test_running_numbers(put: str, numbers: list[str]) -> None:
    assert [new("f", "", put, at) for at in range(3)] == numbers


def test_a_part_of_the_name() -> None:
    assert new("a.a", "a", "b", part=Part.STEM) == "b.a"
    assert new("a.a", "a", "b", part=Part.EXTENSION) == "a.b"
    assert new("a.txt", "", "", part=Part.EXTENSION) == "a.txt"
    assert new("a.txt", ".+", "", part=Part.EXTENSION) == "a"
    assert new("plain", "", "txt", part=Part.EXTENSION) == "plain.txt"
    assert new(".profile", "", "x", part=Part.STEM) == "x"
    directory = Subject("v1.2", directory=True)
    assert Rule("2", "3", part=Part.EXTENSION).new_name(directory) == "v1.2"


def test_case_and_plain_text() -> None:
    assert new("ABC", "b", "-") == "ABC"
    assert new("ABC", "b", "-", ignore_case=True) == "A-C"
    assert new("a+(b)", "+(", "-", literal=True) == "a-b)"


@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        ("(", "x", "Not a regular expression"),
        ("a{99999999999999}", "x", "Not a regular expression"),
        ("a", r"\1", "has 0 groups"),
        ("(a)", r"\g<b>", "no group called b"),
        ("a", r"\g", "needs the name"),
        ("a", r"\x", "stands for nothing"),
        ("a", "\\", "stands for nothing"),
        ("a", r"\d{x}", "001"),
        ("a", r"\d{", "without its }"),
    ],
)
def test_what_is_wrong_is_told(find: str, put: str, told: str) -> None:
    with pytest.raises(RuleFault, match=re.escape(told)):
        Rule(find, put)


def test_without_a_time_there_is_no_name() -> None:
    with pytest.raises(NameFault):
        Rule("", r"\t").new_name(Subject("x"))
    with pytest.raises(NameFault):
        Rule("", r"\t", zone=UTC).new_name(Subject("x", mtime_ns=10**30))


@given(st.text(), st.text(), st.sampled_from(Part))
def test_anything_typed_gives_a_name_or_a_word(find: str, put: str, part: Part) -> None:
    try:
        rule = Rule(find, put, part=part, literal=True)
    except RuleFault as error:
        assert str(error)
        return
    try:
        made = rule.new_name(Subject("some file.txt", mtime_ns=NOON))
    except NameFault as error:
        assert str(error)
        return
    if find and find not in "some file.txt":
        assert made == "some file.txt"
