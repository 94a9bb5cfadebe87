"""Making directories."""

from __future__ import annotations

import pytest

from tests.contract.rig import FREE, REAL, Bench, needs
from tfm.model.entry import Kind
from tfm.model.errors import AlreadyExists, Denied, NotDirectory, NotFound
from tfm.model.location import Location


class TestMkdir:
    def test_it_exists_shows_and_is_empty(self, bench: Bench) -> None:
        change = bench.storage.mkdir(bench.at("new/"))
        assert list(bench.ground.names()) == ["new/"]
        assert bench.stat("new/").kind is Kind.DIRECTORY
        assert bench.rows() == {("new", True)}
        assert bench.rows("new/") == set()
        assert change.covers(bench.top)

    def test_who_was_told_that_it_is_not_there_learns_of_it(self, bench: Bench) -> None:
        change = bench.storage.mkdir(bench.at("new/"))
        assert change.covers(bench.at("new/"))

    def test_it_can_be_filled(self, bench: Bench) -> None:
        bench.storage.mkdir(bench.at("new/"))
        bench.write("new/file", b"x")
        assert bench.rows("new/") == {("file", False)}

    def test_one_inside_another(self, bench: Bench) -> None:
        bench.storage.mkdir(bench.at("new/"))
        change = bench.storage.mkdir(bench.at("new/deeper/"))
        assert bench.rows("new/") == {("deeper", True)}
        assert change.covers(bench.at("new/"))

    def test_an_empty_directory_is_not_made_again(self, bench: Bench) -> None:
        bench.ground.make_directory("old/")
        with pytest.raises(AlreadyExists):
            bench.storage.mkdir(bench.at("old/"))

    def test_a_full_directory_is_not_made_again(self, bench: Bench) -> None:
        bench.ground.write("old/file", b"x")
        before = bench.ground.names()
        with pytest.raises(AlreadyExists):
            bench.storage.mkdir(bench.at("old/"))
        assert bench.ground.names() == before

    def test_the_beginning_of_a_name_is_not_the_name(self, bench: Bench) -> None:
        bench.ground.write("foo2/file", b"x")
        bench.storage.mkdir(bench.at("foo/"))
        assert bench.rows() == {("foo", True), ("foo2", True)}

    def test_the_directory_we_began_with_is_there_already(self, bench: Bench) -> None:
        with pytest.raises((AlreadyExists, Denied)):  # containers may be none of our business
            bench.storage.mkdir(bench.top)


@needs(REAL)
class TestMkdirRealDirectories:
    def test_without_its_parent_it_is_not_made(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.storage.mkdir(bench.at("absent/new/"))
        assert bench.ground.names() == {}

    def test_a_file_of_that_name_stays(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        with pytest.raises(AlreadyExists):
            bench.storage.mkdir(bench.at("file"))
        assert bench.ground.names() == {"file": 1}

    def test_nothing_is_made_beneath_a_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        with pytest.raises((NotFound, NotDirectory)):
            bench.storage.mkdir(bench.at("file/new/"))


@needs(lacks=REAL)
class TestMkdirKeys:
    def test_an_object_of_that_name_stays_beside_it(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        bench.storage.mkdir(bench.at("a/"))
        assert bench.ground.names() == {"a": 4, "a/": 0}
        assert bench.rows() == {("a", False), ("a", True)}

    def test_parents_need_not_exist(self, bench: Bench) -> None:
        change = bench.storage.mkdir(bench.at("a/b/c/"))
        assert bench.rows() == {("a", True)}
        assert bench.rows("a/b/") == {("c", True)}
        for directory in ("", "a/", "a/b/"):
            assert change.covers(bench.at(directory))

    def test_nothing_is_made_in_a_missing_container(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.storage.mkdir(Location(bench.top.root, "no-such-container/new/"))


@needs(FREE)
class TestMkdirFreeNames:
    def test_a_directory_with_an_empty_name(self, bench: Bench) -> None:
        bench.storage.mkdir(bench.at("a//"))
        assert list(bench.ground.names()) == ["a//"]
        assert bench.rows("a/") == {("", True)}

    def test_dots_are_names(self, bench: Bench) -> None:
        bench.storage.mkdir(bench.at("../"))
        assert list(bench.ground.names()) == ["../"]
        assert bench.rows() == {("..", True)}
