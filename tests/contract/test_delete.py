"""Removing one thing, and nothing beside it."""

from __future__ import annotations

import pytest

from tests.contract.rig import FREE, REAL, Bench, needs
from tfm.model.errors import Denied, NotEmpty, NotFound, TooLate
from tfm.model.location import Location


class TestDelete:
    def test_a_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        change = bench.storage.delete(bench.at("file"))
        assert bench.ground.names() == {}
        assert bench.rows() == set()
        assert change.covers(bench.top)

    def test_an_empty_directory(self, bench: Bench) -> None:
        bench.ground.make_directory("hollow/")
        change = bench.storage.delete(bench.at("hollow/"))
        assert bench.ground.names() == {}
        assert change.covers(bench.top)
        assert change.covers(bench.at("hollow/"))
        with pytest.raises(NotFound):
            bench.stat("hollow/")

    def test_a_directory_we_made(self, bench: Bench) -> None:
        bench.storage.mkdir(bench.at("new/"))
        bench.storage.delete(bench.at("new/"))
        assert bench.ground.names() == {}

    def test_a_full_directory_stays(self, bench: Bench) -> None:
        bench.ground.write("full/file", b"x")
        before = bench.ground.names()
        with pytest.raises(NotEmpty):
            bench.storage.delete(bench.at("full/"))
        assert bench.ground.names() == before

    def test_a_directory_with_an_empty_one_inside_stays(self, bench: Bench) -> None:
        bench.ground.make_directory("full/")
        bench.ground.make_directory("full/hollow/")
        with pytest.raises(NotEmpty):
            bench.storage.delete(bench.at("full/"))
        assert bench.ground.names() == {"full/": 0, "full/hollow/": 0}

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.storage.delete(bench.at("absent"))
        with pytest.raises(NotFound):
            bench.storage.delete(bench.at("absent/"))

    def test_twice_is_not_found(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        bench.storage.delete(bench.at("file"))
        with pytest.raises(NotFound):
            bench.storage.delete(bench.at("file"))

    def test_what_was_expected_goes(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        bench.storage.delete(bench.at("file"), expected=bench.row("file"))
        assert bench.ground.names() == {}

    def test_what_changed_since_it_was_shown_stays(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        shown = bench.row("file")
        bench.ground.write("file", b"theirs")
        with pytest.raises(TooLate):
            bench.storage.delete(bench.at("file"), expected=shown)
        assert bench.ground.names() == {"file": 6}

    def test_what_is_gone_since_it_was_shown(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        shown = bench.row("file")
        bench.ground.remove("file")
        with pytest.raises((NotFound, TooLate)):
            bench.storage.delete(bench.at("file"), expected=shown)

    def test_neighbours_with_the_same_beginning_stay(self, bench: Bench) -> None:
        names = ["foo", "foo.txt", "foo2", "fo", "foo bar/file"]
        bench.ground.write_many(names, b"x")
        bench.storage.delete(bench.at("foo"))
        assert {n for n in bench.ground.names() if not n.endswith("/")} == set(names[1:])

    def test_neighbours_of_a_directory_stay(self, bench: Bench) -> None:
        bench.ground.make_directory("foo/")
        bench.ground.write_many(["foo2/file", "foo.txt"], b"x")
        bench.storage.delete(bench.at("foo/"))
        left = {name for name in bench.ground.names() if not name.endswith("/")}
        assert left == {"foo2/file", "foo.txt"}

    def test_a_file_in_a_directory_leaves_its_neighbours(self, bench: Bench) -> None:
        bench.ground.write_many(["a/one", "a/two"], b"x")
        change = bench.storage.delete(bench.at("a/one"))
        assert bench.rows("a/") == {("two", False)}
        assert change.covers(bench.at("a/"))


@needs(REAL)
class TestDeleteRealDirectories:
    def test_the_last_file_leaves_its_directory(self, bench: Bench) -> None:
        bench.ground.write("a/one", b"x")
        bench.storage.delete(bench.at("a/one"))
        assert bench.ground.names() == {"a/": 0}


@needs(lacks=REAL)
class TestDeleteKeys:
    def test_an_object_leaves_the_directory_of_its_name(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        bench.ground.make_directory("a/")
        bench.ground.write("a/b", b"x")
        bench.storage.delete(bench.at("a"))
        assert bench.ground.names() == {"a/": 0, "a/b": 1}

    def test_a_directory_leaves_the_object_of_its_name(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        bench.ground.make_directory("a/")
        bench.storage.delete(bench.at("a/"))
        assert bench.ground.names() == {"a": 4}

    def test_a_directory_is_not_deleted_as_an_object(self, bench: Bench) -> None:
        bench.ground.write("a/b", b"x")
        with pytest.raises(NotFound):
            bench.storage.delete(bench.at("a"))
        assert bench.ground.names() == {"a/b": 1}

    def test_an_object_is_not_deleted_as_a_directory(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        with pytest.raises(NotFound):
            bench.storage.delete(bench.at("a/"))
        assert bench.ground.names() == {"a": 4}

    def test_a_marker_with_something_beneath_stays(self, bench: Bench) -> None:
        bench.ground.make_directory("a/")
        bench.ground.write("a/b", b"x")
        with pytest.raises(NotEmpty):
            bench.storage.delete(bench.at("a/"))
        assert bench.ground.names() == {"a/": 0, "a/b": 1}

    def test_the_last_object_takes_nothing_else_along(self, bench: Bench) -> None:
        bench.ground.write_many(["a/b/one", "a/c"], b"x")
        change = bench.storage.delete(bench.at("a/b/one"))
        assert bench.ground.names().keys() - {"a/b/"} == {"a/c"}
        for directory in ("", "a/", "a/b/"):
            assert change.covers(bench.at(directory))

    def test_nothing_in_a_missing_container(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.storage.delete(Location(bench.top.root, "no-such-container/file"))

    def test_a_container_that_is_not_empty_stays(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        container = Location(bench.top.root, bench.top.container + "/")
        with pytest.raises((NotEmpty, Denied)):
            bench.storage.delete(container)
        assert bench.ground.names() == {"file": 1}


@needs(FREE)
class TestDeleteFreeNames:
    def test_empty_segments_count(self, bench: Bench) -> None:
        bench.ground.write_many(["a//b", "a/b", "/a/b"], b"x")
        bench.storage.delete(bench.at("a//b"))
        assert bench.ground.names() == {"a/b": 1, "/a/b": 1}

    def test_dots_are_not_resolved(self, bench: Bench) -> None:
        bench.ground.write_many(["a/../b", "b"], b"x")
        bench.storage.delete(bench.at("a/../b"))
        assert bench.ground.names() == {"b": 1}
