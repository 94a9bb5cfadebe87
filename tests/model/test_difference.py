"""How two texts differ."""

from tfm.model.difference import changes, difference

TEXT = "".join(f"line {n}\n" for n in range(1, 21))


def test_lines_that_go_and_come_with_some_around_them() -> None:
    other = TEXT.replace("line 9\n", "line nine\n").replace("line 18\n", "")
    assert difference(TEXT, other, 1) == [
        "…",
        " line 8",
        "-line 9",
        "+line nine",
        " line 10",
        "…",
        " line 17",
        "-line 18",
        " line 19",
    ]
    assert difference(TEXT, TEXT) == []
    assert difference("a\nb", "b") == ["-a", " b"]
    assert difference("", "a") == ["+a"]


def test_in_one_sentence() -> None:
    lines = difference("", '{\n  "A": [\n    "b",\n    "c"\n  ]\n}\n')
    assert changes(lines, 2) == '+ "b"; + "c"'
    assert changes(lines, 1) == '+ "b" and 1 more'
