"""A file whose name a directory has already, on the way to a disk that tells them not apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.model.naming import ESCAPE, beside_directory, decode_component, encode_component

NAMES = st.text(alphabet=f"a.{ESCAPE}f0@/\0", max_size=8)


@given(NAMES)
def test_a_twin_is_told_apart_and_comes_back(name: str) -> None:
    encoded = encode_component(name)
    assert decode_component(encoded) == name
    assert beside_directory(encoded) != encoded
    assert decode_component(beside_directory(encoded)) == name


@given(NAMES, NAMES)
def test_no_twin_has_the_name_of_another_file(one: str, two: str) -> None:
    assert beside_directory(encode_component(one)) != encode_component(two)


@pytest.mark.parametrize("name", ["x" * 255, "x" * 252, "é" * 127])
def test_a_long_twin_fits(name: str) -> None:
    twin = beside_directory(encode_component(name))
    assert twin != name
    assert len(twin.encode()) <= 255
