"""The facts of one thing."""

from __future__ import annotations

import pytest

from tests.contract.rig import FREE, REAL, Bench, needs
from tfm.model.entry import Kind, same_content
from tfm.model.errors import NotDirectory, NotFound
from tfm.model.location import Location


class TestStat:
    def test_a_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"four")
        facts = bench.stat("file")
        assert (facts.name, facts.kind, facts.size) == ("file", Kind.FILE, 4)

    def test_an_empty_file_has_size_zero(self, bench: Bench) -> None:
        bench.ground.write("file", b"")
        assert bench.stat("file").size == 0

    def test_a_directory_with_something_inside(self, bench: Bench) -> None:
        bench.ground.write("folder/inside", b"x")
        facts = bench.stat("folder/")
        assert (facts.name, facts.kind) == ("folder", Kind.DIRECTORY)

    def test_an_empty_directory(self, bench: Bench) -> None:
        bench.ground.make_directory("hollow/")
        assert bench.stat("hollow/").kind is Kind.DIRECTORY

    def test_the_directory_we_began_with(self, bench: Bench) -> None:
        assert bench.storage.stat(bench.top).kind is Kind.DIRECTORY

    def test_the_very_top(self, bench: Bench) -> None:
        top = bench.top.ancestors()[-1]
        assert bench.storage.stat(top).kind is Kind.DIRECTORY

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.stat("absent")
        with pytest.raises(NotFound):
            bench.stat("absent/deeper")

    def test_it_is_asked_afresh(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        before = bench.stat("file")
        bench.ground.write("file", b"longer")
        after = bench.stat("file")
        assert after.size == 6
        assert not same_content(before, after)
        bench.ground.remove("file")
        with pytest.raises(NotFound):
            bench.stat("file")

    def test_the_beginning_of_a_name_is_not_the_name(self, bench: Bench) -> None:
        bench.ground.write("foo2/inside", b"x")
        bench.ground.write("foo.txt", b"x")
        with pytest.raises(NotFound):
            bench.stat("foo")
        with pytest.raises(NotFound):
            bench.stat("foo/")


@needs(REAL)
class TestStatRealDirectories:
    def test_nothing_is_beneath_a_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        with pytest.raises((NotFound, NotDirectory)):
            bench.stat("file/inside")


@needs(lacks=REAL)
class TestStatKeys:
    def test_object_and_directory_of_one_name_are_two_things(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        bench.ground.write("a/b", b"x")
        assert bench.stat("a").kind is Kind.FILE
        assert bench.stat("a/").kind is Kind.DIRECTORY

    def test_a_directory_is_not_an_object(self, bench: Bench) -> None:
        bench.ground.write("a/b", b"x")
        with pytest.raises(NotFound):
            bench.stat("a")

    def test_an_object_is_not_a_directory(self, bench: Bench) -> None:
        bench.ground.write("a", b"x")
        with pytest.raises(NotFound):
            bench.stat("a/")

    def test_a_missing_container_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.storage.stat(Location(bench.top.root, "no-such-container/"))
        with pytest.raises(NotFound):
            bench.storage.stat(Location(bench.top.root, "no-such-container/a"))


@needs(FREE)
class TestStatFreeNames:
    def test_empty_segments_count(self, bench: Bench) -> None:
        bench.ground.write("a//b", b"x")
        assert bench.stat("a//b").name == "b"
        assert bench.stat("a//").kind is Kind.DIRECTORY
        with pytest.raises(NotFound):
            bench.stat("a/b")

    def test_dots_are_not_resolved(self, bench: Bench) -> None:
        bench.ground.write("b", b"wrong")
        bench.ground.write("a/../b", b"x")
        assert bench.stat("a/../b").size == 1
        assert bench.stat("b").size == 5
