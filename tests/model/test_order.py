from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfm.model.entry import Entry, Kind, LocalDetails, ObjectDetails
from tfm.model.match import name_filter
from tfm.model.order import SortKey, SortSpec, extension, is_hidden, natural_key, sort


def _names(entries: list[Entry]) -> list[str]:
    return [entry.name for entry in entries]


def _file(name: str, size: int | None = 0, mtime_ns: int | None = 0) -> Entry:
    return Entry(name, Kind.FILE, size, mtime_ns)


class TestByName:
    def test_numbers_count_as_numbers(self) -> None:
        names = ["file10", "file9", "file 1", "File2", "file"]
        assert _names(sort(map(_file, names), SortSpec())) == [
            "file",
            "File2",
            "file9",
            "file10",
            "file 1",
        ]

    def test_directories_and_links_to_them_stand_first_either_way(self) -> None:
        link = LocalDetails(0, 0, 0, 0, 0, 1, 0, to_directory=True)
        rows = [
            _file("a"),
            Entry("z", Kind.DIRECTORY),
            Entry("m", Kind.LINK, details=link),
            _file("b"),
        ]
        assert _names(sort(rows, SortSpec())) == ["m", "z", "a", "b"]
        assert _names(sort(rows, SortSpec(reverse=True))) == ["z", "m", "b", "a"]

    @given(st.lists(st.text(max_size=8), unique=True))
    def test_any_names_have_one_order(self, names: list[str]) -> None:
        once = _names(sort(map(_file, names), SortSpec()))
        shuffled = random.Random(0).sample(names, len(names))
        assert once == _names(sort(map(_file, shuffled), SortSpec()))

    @given(st.lists(st.text("aA0123 .-٣", max_size=8), unique=True))
    def test_digits_compare_as_numbers_text_as_text(self, names: list[str]) -> None:
        def plain(name: str) -> tuple[list[str | int], str]:
            pieces: list[str | int] = list(re.split(r"(\d+)", name.casefold()))
            pieces[1::2] = [int(piece) for piece in pieces[1::2]]
            return pieces, name

        assert _names(sort(map(_file, names), SortSpec())) == sorted(names, key=plain)

    @pytest.mark.parametrize(
        "name", ["²", "٣x", "9" * 1024, "½", "④"], ids=["power", "arabic", "long", "half", "ring"]
    )
    def test_strange_digits_do_not_stop_a_listing(self, name: str) -> None:
        assert natural_key(name)
        assert len(sort([_file(name), _file("1")], SortSpec())) == 2


class TestByOtherKeys:
    def test_extension(self) -> None:
        names = ["b.txt", "a.txt", ".bashrc", "c.Gz", "noext", "archive.tar.gz"]
        assert _names(sort(map(_file, names), SortSpec(SortKey.EXTENSION))) == [
            ".bashrc",
            "noext",
            "archive.tar.gz",
            "c.Gz",
            "a.txt",
            "b.txt",
        ]

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("a.TXT", "txt"), (".bashrc", ""), (".a.b", "b"), ("a.", ""), ("a", ""), ("..x", "")],
    )
    def test_what_an_extension_is(self, name: str, expected: str) -> None:
        assert extension(name) == expected

    def test_size_and_unknown_sizes(self) -> None:
        rows = [_file("big", 10), _file("unknown", None), _file("small", 0)]
        assert _names(sort(rows, SortSpec(SortKey.SIZE))) == ["unknown", "small", "big"]
        reverse = SortSpec(SortKey.SIZE, reverse=True)
        assert _names(sort(rows, reverse)) == ["big", "small", "unknown"]

    def test_ties_keep_the_order_of_names_either_way(self) -> None:
        rows = [_file(name, 1) for name in ("c", "a", "b")]
        for reverse in (False, True):
            assert _names(sort(rows, SortSpec(SortKey.SIZE, reverse))) == ["a", "b", "c"]

    def test_time_is_that_of_the_content(self) -> None:
        uploaded = Entry("old", Kind.FILE, 0, 900, ObjectDetails(stored_mtime_ns=1))
        rows = [_file("new", 0, 500), uploaded, _file("unknown", 0, None), _file("before", 0, -5)]
        assert _names(sort(rows, SortSpec(SortKey.TIME))) == ["unknown", "before", "old", "new"]


def test_hidden_is_a_dot_in_front() -> None:
    assert is_hidden(_file(".a"))
    assert not is_hidden(_file("a.b"))
    assert is_hidden(Entry(".d", Kind.DIRECTORY))


class TestMatch:
    @pytest.mark.parametrize(
        ("pattern", "yes", "no"),
        [
            ("*.log", "a.LOG", "a.log.gz"),
            ("*.a;*.b", "x.b", "x.c"),
            ("port", "Report.txt", "rest"),
            ("file?", "file1", "file12"),
            ("[ab]*", "bx", "cx"),
            ("", "anything", None),
            (";", "anything", None),
            ("a+b", "xa+bx", "aab"),
            ("*", "two\nlines", None),
        ],
    )
    def test_patterns(self, pattern: str, yes: str, no: str | None) -> None:
        compiled = name_filter(pattern)
        assert compiled.match(yes)
        assert no is None or not compiled.match(no)
