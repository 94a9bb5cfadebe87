import unicodedata

import pytest

from tfm.model.entry import Entry, Kind
from tfm.model.match import Words, folded, row_filter


def kept(pattern: str, *names: str) -> list[str]:
    fits = row_filter(pattern)
    return [name for name in names if fits(Entry(name, Kind.FILE))]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("*.txt;*.md", ["a.txt", "B.MD"]),
        ("*.txt ; *.md", ["a.txt", "B.MD"]),
        ("B", ["B.MD", "tab.c"]),
        ("a.*", ["a.txt"]),
        ("[ab].*", ["a.txt", "B.MD"]),
        (";", ["a.txt", "B.MD", "tab.c"]),
    ],
)
def test_a_filter_is_globs_or_a_part_of_the_name(pattern: str, left: list[str]) -> None:
    assert kept(pattern, "a.txt", "B.MD", "tab.c") == left


def test_a_filter_leaves_directories() -> None:
    assert row_filter("*.txt")(Entry("docs", Kind.DIRECTORY))


def test_a_filter_looks_at_the_name_unless_it_has_a_slash() -> None:
    names = ("txt/one.md", "docs/two.txt")
    assert kept("txt", *names) == ["docs/two.txt"]
    assert kept("docs/*", *names) == ["docs/two.txt"]


def test_all_words_must_occur_in_any_order_and_case() -> None:
    words = Words("2026 REPORT")
    names = [folded(name) for name in ("Report-2026.pdf", "report-2025.pdf", "2026.txt")]
    assert words.among(names) == [0]
    assert words.fit(names[0])
    assert not words.fit(names[1])
    assert Words("  ").among(names) == [0, 1, 2]
    assert not Words("  ")


def test_the_way_an_accent_is_written_does_not_count() -> None:
    apart = unicodedata.normalize("NFD", "résumé.txt")
    assert Words("résu").fit(folded(apart))
    assert Words(unicodedata.normalize("NFD", "résu")).fit(folded("Résumé.txt"))
    assert kept("*é.txt", apart) == [apart]


def test_spans_are_those_of_the_text_as_it_is_shown() -> None:
    assert Words("b a").spans("AbcaB") == [(0, 1), (1, 2), (3, 4), (4, 5)]
    assert Words("ab b").spans("xABx") == [(1, 3)], "the longer word first"
    assert Words("straße").spans("STRASSE") == [], "what cannot be shown is not wrong"
    assert Words("a.c").spans("abc") == []
    assert Words("").spans("abc") == []
