"""Names as lines, and back."""

import pytest

from tfm.ops.rename_lines import LinesFault, as_lines, from_lines


def test_every_name_that_is_a_line_comes_back() -> None:
    names = ["plain", "  blanks ", "caf\udce9", "日本", "-rf", "a\tb", "\x1b[31m", "\x0b\u2028"]
    assert from_lines(as_lines(names), len(names)) == names


def test_editors_may_end_lines_in_their_way() -> None:
    assert from_lines(b"a\r\nb", 2) == ["a", "b"]
    assert from_lines(b"a\nb\n\n\n", 2) == ["a", "b"]
    assert from_lines(b"\n\n", 2) == ["", ""]


@pytest.mark.parametrize("data", [b"", b"a\n", b"a\nb\nc\n"])
def test_another_number_of_lines_is_refused(data: bytes) -> None:
    with pytest.raises(LinesFault, match="for 2 names"):
        from_lines(data, 2)


@pytest.mark.parametrize("name", ["a\nb", "a\rb"])
def test_a_name_with_a_line_break_is_refused(name: str) -> None:
    with pytest.raises(LinesFault):
        as_lines(["x", name])
