"""Names are kept byte for byte, whatever they look like."""

from __future__ import annotations

import unicodedata

import pytest

from tests.contract.rig import FREE, REAL, Bench, needs
from tfm.model.errors import InvalidName, NotFound
from tfm.model.location import Location

NAMES = {
    "space": "a b",
    "two-spaces": "a  b",
    "leading-space": " a",
    "trailing-space": "a ",
    "trailing-dot": "a.",
    "dot-file": ".hidden",
    "three-dots": "...",
    "single-quote": "it's",
    "double-quote": 'say "x"',
    "backtick": "a`b",
    "newline": "a\nb",
    "carriage-return": "a\rb",
    "tab": "a\tb",
    "escape": "a\x1b[31mb",
    "bell": "a\x07b",
    "delete": "a\x7fb",
    "plus": "a+b",
    "percent": "100%",
    "percent-escape": "a%2eb%2Fc%00",
    "hash": "a#b",
    "question": "a?b=c&d",
    "star": "a*b[c]",
    "backslash": "a\\b",
    "colon": "C:a",
    "at": "x@y",
    "angle": "<a&amp;b>",
    "markup": "[bold]a[red on blue]",
    "dash": "-rf",
    "tilde": "~",
    "dollar": "$HOME",
    "semicolon": "a;b|c",
    "nfc": unicodedata.normalize("NFC", "Ångström é"),
    "nfd": unicodedata.normalize("NFD", "Ångström é"),
    "emoji": "👩‍💻🏽",
    "wide": "漢字",
    "rtl": "\u202eabc\u2066",
    "c1": "a\x85b\x9bc",
    "bom": "\ufeffa",
    "noncharacter": "a\ufffeb\uffff",
    "line-separator": "a\u2028b",
    "astral": "\U0010fffd",
    "length-255": "x" * 255,
    "length-255-bytes": "é" * 127 + "x",
    "url": "http:%2F%2Fhost",
    "json": '{"a": null}',
    "upload-suffix": "a.part",
    "folder-suffix": "a_$folder$",
}

named = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())


class TestNames:
    @named
    def test_a_file_goes_there_and_back(self, bench: Bench, name: str) -> None:
        bench.write(name, name.encode())
        assert bench.ground.names() == {name: len(name.encode())}
        assert bench.rows() == {(name, False)}
        assert bench.stat(name).name == name
        assert bench.read(name) == name.encode()
        bench.storage.delete(bench.at(name), expected=bench.row(name))
        assert bench.ground.names() == {}

    @named
    def test_a_directory_goes_there_and_back(self, bench: Bench, name: str) -> None:
        bench.storage.mkdir(bench.at(name + "/"))
        assert list(bench.ground.names()) == [name + "/"]
        bench.write(f"{name}/{name}", b"x")
        assert bench.rows() == {(name, True)}
        assert bench.rows(name + "/") == {(name, False)}
        assert bench.stat(name + "/").name == name
        bench.storage.delete(bench.at(f"{name}/{name}"))
        bench.storage.delete(bench.at(name + "/"))
        assert bench.ground.names() == {}

    @named
    def test_what_others_wrote_is_found(self, bench: Bench, name: str) -> None:
        bench.ground.write(name, b"theirs")
        assert bench.rows() == {(name, False)}
        assert bench.read(name) == b"theirs"

    def test_two_forms_of_one_text_are_two_names(self, bench: Bench) -> None:
        bench.write(NAMES["nfc"], b"composed")
        bench.write(NAMES["nfd"], b"decomposed")
        assert bench.rows() == {(NAMES["nfc"], False), (NAMES["nfd"], False)}
        assert bench.read(NAMES["nfc"]) == b"composed"

    def test_case_tells_names_apart(self, bench: Bench) -> None:
        bench.write("name", b"lower")
        bench.write("NAME", b"UPPER")
        assert bench.read("name") == b"lower"
        assert bench.rows() == {("name", False), ("NAME", False)}

    def test_an_escape_and_what_it_stands_for_are_two_names(self, bench: Bench) -> None:
        bench.write("a%20b", b"escape")
        bench.write("a b", b"space")
        bench.write("a+b", b"plus")
        assert bench.rows() == {("a%20b", False), ("a b", False), ("a+b", False)}
        assert [bench.read(n) for n in ("a%20b", "a b", "a+b")] == [b"escape", b"space", b"plus"]

    def test_all_of_them_in_one_directory(self, bench: Bench) -> None:
        for name in NAMES.values():
            bench.ground.write(name, b"x")
        assert bench.rows() == {(name, False) for name in NAMES.values()}

    def test_an_ordinary_name_is_not_refused(self, bench: Bench) -> None:
        for name in NAMES.values():
            assert bench.storage.features.refuses(bench.at(name), 0) == ""


@needs(REAL)
class TestPathNames:
    def test_bytes_that_are_not_utf8(self, bench: Bench) -> None:
        name = b"caf\xe9 \xff".decode("utf-8", "surrogateescape")
        bench.write(name, b"x")
        assert bench.ground.names() == {name: 1}
        assert bench.rows() == {(name, False)}
        assert bench.read(name) == b"x"
        bench.storage.delete(bench.at(name))
        assert bench.ground.names() == {}

    def test_a_name_of_256_bytes_is_refused(self, bench: Bench) -> None:
        with pytest.raises(InvalidName):
            bench.write("é" * 128, b"x")
        assert bench.ground.names() == {}


ODD_KEYS = {
    "empty-segment": "a//b",
    "two-empty-segments": "a///b",
    "leading-slash": "/a",
    "only-slashes": "//a",
    "dot-dot": "..",
    "dot": ".",
    "dot-dot-inside": "a/../b",
    "dot-inside": "a/./b",
    "dot-dot-first": "../a",
    "soap": "soap",
    "long-segment": "x" * 700,
    "deep": "/".join("d" * 50),
}

keyed = pytest.mark.parametrize("key", ODD_KEYS.values(), ids=ODD_KEYS.keys())


@needs(FREE)
class TestKeys:
    @keyed
    def test_a_key_goes_there_and_back(self, bench: Bench, key: str) -> None:
        bench.write(key, b"here")
        assert bench.ground.names() == {key: 4}
        assert bench.stat(key).size == 4
        assert bench.read(key) == b"here"
        bench.storage.delete(bench.at(key))
        assert bench.ground.names().keys() - {key.rpartition("/")[0] + "/"} == set()

    @keyed
    def test_a_key_is_reached_by_walking(self, bench: Bench, key: str) -> None:
        bench.ground.write(key, b"here")
        *folders, last = key.split("/")
        place = ""
        for folder in folders:
            assert bench.rows(place) == {(folder, True)}
            row = bench.entries(place)[0]
            place = bench.at(place).child(row.name, directory=True).key[len(bench.top.key) :]
        assert bench.rows(place) == {(last, False)}
        assert bench.read(place + last) == b"here"

    @keyed
    def test_a_marker_goes_there_and_back(self, bench: Bench, key: str) -> None:
        bench.storage.mkdir(bench.at(key + "/"))
        assert list(bench.ground.names()) == [key + "/"]
        assert bench.rows(key + "/") == set()
        bench.storage.delete(bench.at(key + "/"))
        assert bench.ground.names().keys() - {key.rpartition("/")[0] + "/"} == set()

    def test_a_key_of_1024_bytes(self, bench: Bench) -> None:
        room = 1024 - len(bench.at("").inner_key.encode())
        key = "é/" * (room // 3) + "x" * (room % 3)
        key = key.rstrip("/") + "y" * (room - len(key.rstrip("/").encode()))
        assert len(bench.at(key).inner_key.encode()) == 1024
        assert bench.storage.features.refuses(bench.at(key), 0) == ""
        bench.write(key, b"x")
        assert bench.ground.names() == {key: 1}
        assert bench.read(key) == b"x"

    def test_a_key_of_1025_bytes_is_refused(self, bench: Bench) -> None:
        key = "k" * (1025 - len(bench.at("").inner_key.encode()))
        assert bench.storage.features.refuses(bench.at(key), 0)
        with pytest.raises(InvalidName):
            bench.write(key, b"x")
        with pytest.raises(InvalidName):
            bench.storage.mkdir(bench.at(key[:-1] + "/"))
        assert bench.ground.names() == {}

    def test_a_name_that_is_not_utf8_is_refused(self, bench: Bench) -> None:
        key = "caf\udce9"
        assert bench.storage.features.refuses(bench.at(key), 0)
        with pytest.raises(InvalidName):
            bench.write(key, b"x")
        with pytest.raises((InvalidName, NotFound)):
            bench.stat(key)
        assert bench.ground.names() == {}

    def test_the_limit_counts_the_key_without_the_container(self, bench: Bench) -> None:
        place = Location(bench.top.root, f"{'c' * 60}/{'k' * 1024}")
        assert bench.storage.features.refuses(place, 0) == ""
