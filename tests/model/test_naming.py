"""Encoded names: legal everywhere, one way, and back."""

import os
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tfm.model.naming import ESCAPE, decode_component, encode_component, is_shortened, told_apart

ANY = st.text(st.characters(), max_size=40) | st.text(f"./\0{ESCAPE}0@su~é\udcc3\udca9", max_size=8)
ORDINARY = [
    "a",
    "a b",
    "%2e",
    "%2E%2e",
    "...",
    ".a",
    "a.",
    "~",
    "-rf",
    "␀",
    "x" * 255,
    "é" * 127,
    "\udcff",
    "\n",
]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_names_stay_what_they_are(name: str) -> None:
    assert encode_component(name) == name
    assert decode_component(name) == name


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("", "␦0"),
        (".", "␦."),
        ("..", "␦.."),
        ("␦0", "␦␦0"),
        ("␦.", "␦␦."),
        ("a\0b", "a␦@b"),
        ("/", "␦s"),
    ],
)
def test_the_table(name: str, encoded: str) -> None:
    assert encode_component(name) == encoded
    assert decode_component(encoded) == name


@given(ANY)
@example("\ud800")
@example("\udcc3\udca9")
def test_every_name_becomes_legal_and_comes_back(name: str) -> None:
    encoded = encode_component(name)
    assert encoded not in ("", ".", "..")
    assert "/" not in encoded
    assert "\0" not in encoded
    assert os.fsdecode(os.fsencode(encoded)) == encoded
    assert len(os.fsencode(encoded)) <= 255
    assert decode_component(encoded) == name


@given(ANY, ANY)
def test_different_names_stay_different(one: str, other: str) -> None:
    assume(one != other)
    assert os.fsencode(encode_component(one)) != os.fsencode(encode_component(other))


@given(st.text(min_size=60, max_size=400), st.text(max_size=3))
def test_long_names_are_cut_and_stay_different(name: str, more: str) -> None:
    long = name * 5 + "/" * 300
    encoded = encode_component(long)
    assert is_shortened(encoded)
    assert len(os.fsencode(encoded)) <= 255
    assert os.fsdecode(os.fsencode(encoded)) == encoded
    assert "/" not in encoded
    assert "\0" not in encoded
    assume(more)
    assert encode_component(long + more) != encoded
    with pytest.raises(ValueError, match="not an encoded name"):
        decode_component(encoded)


def test_a_cut_name_keeps_its_extension() -> None:
    assert encode_component("x" * 300 + ".tar.gz").endswith(".gz")
    assert not is_shortened(encode_component("x" * 252 + ".gz"))
    assert is_shortened(encode_component("x" * 253 + ".gz"))


@pytest.mark.parametrize(
    "text", ["␦", "␦x", "a␦.", "␦u0041", "␦uD8", "␦...", "a/b", "\0", ".", "", "␦0a"]
)
def test_what_was_never_encoded_is_not_decoded(text: str) -> None:
    with pytest.raises(ValueError, match="not an encoded name"):
        decode_component(text)


def test_names_of_several_directories_are_told_apart_in_one() -> None:
    files = ["a.txt", "a.txt", "a (2).txt", ".rc", ".rc", "a.txt"]
    assert told_apart([(name, False) for name in files]) == (
        "a.txt", "a (3).txt", "a (2).txt", ".rc", ".rc (2)", "a (4).txt",
    )  # fmt: skip
    assert told_apart([("v1.2", True), ("v1.2", True)]) == ("v1.2", "v1.2 (2)")
    assert told_apart([("x", False), ("y", False)]) == ("x", "y")


def test_thousands_of_one_name_are_told_apart_in_no_time() -> None:
    """As the results of a search for `index.html`; the screen waits for it."""
    began = time.monotonic()
    names = told_apart([("index.html", False)] * 8000)
    assert time.monotonic() - began < 1
    assert names[-1] == "index (8000).html"
    assert len(set(names)) == 8000
