"""What a directory lists."""

from __future__ import annotations

import time

import pytest

from tests.contract.conftest import CROWD
from tests.contract.rig import FREE, REAL, Bench, needs
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Kind, same_content
from tfm.model.errors import Cancelled, NotDirectory, NotFound
from tfm.model.location import Location


class TestScan:
    def test_an_empty_directory_has_no_rows(self, bench: Bench) -> None:
        assert bench.entries() == []

    def test_files_and_directories_come_once_with_kind_and_size(self, bench: Bench) -> None:
        bench.ground.write("one", b"1")
        bench.ground.write("empty", b"")
        bench.ground.write("folder/inside", b"22")
        bench.ground.make_directory("hollow/")
        assert bench.rows() == {
            ("one", False),
            ("empty", False),
            ("folder", True),
            ("hollow", True),
        }
        assert (bench.row("one").kind, bench.row("one").size) == (Kind.FILE, 1)
        assert bench.row("empty").size == 0
        assert bench.row("folder/").kind is Kind.DIRECTORY

    def test_only_what_is_directly_inside(self, bench: Bench) -> None:
        for name in ("a/b/c/deep", "a/b/side", "a/top"):
            bench.ground.write(name, b"x")
        assert bench.rows("a/") == {("b", True), ("top", False)}
        assert bench.rows("a/b/") == {("c", True), ("side", False)}
        assert bench.rows("a/b/c/") == {("deep", False)}

    def test_a_neighbour_with_the_same_beginning_is_not_inside(self, bench: Bench) -> None:
        bench.ground.write("foo/mine", b"x")
        bench.ground.write("foo2/other", b"x")
        bench.ground.write("foo.txt", b"x")
        assert bench.rows("foo/") == {("mine", False)}

    def test_an_empty_directory_inside_is_entered(self, bench: Bench) -> None:
        bench.ground.make_directory("hollow/")
        assert bench.rows("hollow/") == set()

    def test_a_missing_directory_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.entries("absent/")

    def test_a_missing_directory_beneath_a_missing_one_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            bench.entries("absent/deeper/")

    def test_a_row_says_what_stat_says(self, bench: Bench) -> None:
        bench.ground.write("file", b"four")
        row, facts = bench.row("file"), bench.stat("file")
        assert (row.name, row.kind, row.size) == (facts.name, facts.kind, facts.size)
        assert same_content(row, facts)

    def test_times_are_those_of_the_writing(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        written = bench.row("file").mtime_ns
        assert written is not None
        assert abs(written / 1e9 - time.time()) < 120

    def test_a_second_scan_sees_what_happened_since(self, bench: Bench) -> None:
        bench.ground.write("first", b"x")
        assert bench.rows() == {("first", False)}
        bench.ground.write("second", b"x")
        bench.ground.remove("first")
        assert bench.rows() == {("second", False)}

    def test_a_scan_left_half_way_harms_nothing(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        pages = iter(bench.storage.scan(bench.top, NEVER))
        next(pages)
        del pages
        assert bench.rows() == {("file", False)}

    def test_a_cancelled_scan_does_not_begin(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            list(bench.storage.scan(bench.top, token))


@pytest.mark.slow
class TestCrowd:
    def test_every_row_comes_once_in_several_pages(self, crowd: Bench) -> None:
        pages = [list(page) for page in crowd.storage.scan(crowd.top, NEVER)]
        names = [entry.name for page in pages for entry in page]
        expected = {f"file{number:04}" for number in range(CROWD)} | {"early", "zlate"}
        assert len(names) == len(expected)
        assert set(names) == expected
        assert 3 <= len([page for page in pages if page]) <= 10

    def test_cancel_stops_the_paging(self, crowd: Bench) -> None:
        token = CancelToken()
        seen = 0
        with pytest.raises(Cancelled):
            for page in crowd.storage.scan(crowd.top, token):
                seen += len(page)
                token.cancel()
        assert 0 < seen <= 1100


@needs(REAL)
class TestScanRealDirectories:
    def test_a_file_is_not_a_directory(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        with pytest.raises(NotDirectory):
            bench.entries("file")


@needs(lacks=REAL)
class TestScanKeys:
    def test_a_file_and_a_directory_of_one_name_are_two_rows(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        bench.ground.write("a/b", b"x")
        assert bench.rows() == {("a", False), ("a", True)}
        assert bench.rows("a/") == {("b", False)}

    def test_a_directory_that_is_only_an_object_is_not_found(self, bench: Bench) -> None:
        bench.ground.write("a", b"file")
        with pytest.raises(NotFound):
            bench.entries("a/")

    def test_a_marker_is_no_row_of_its_own_directory(self, bench: Bench) -> None:
        bench.ground.make_directory("a/")
        bench.ground.write("a/b", b"x")
        assert bench.rows("a/") == {("b", False)}
        assert bench.rows() == {("a", True)}

    def test_the_top_lists_containers(self, bench: Bench) -> None:
        top = Location(bench.top.root, "")
        rows = {
            (entry.name, entry.kind) for page in bench.storage.scan(top, NEVER) for entry in page
        }
        assert (bench.top.container, Kind.DIRECTORY) in rows

    def test_a_missing_container_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            list(bench.storage.scan(Location(bench.top.root, "no-such-container/"), NEVER))

    def test_a_directory_inside_a_missing_container_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            list(bench.storage.scan(Location(bench.top.root, "no-such-container/a/"), NEVER))


@needs(FREE)
class TestScanFreeNames:
    def test_an_empty_segment_is_a_directory_with_an_empty_name(self, bench: Bench) -> None:
        bench.ground.write("a//b", b"x")
        assert bench.rows("a/") == {("", True)}
        assert bench.rows("a//") == {("b", False)}

    def test_a_leading_slash_is_a_directory_with_an_empty_name(self, bench: Bench) -> None:
        bench.ground.write("/a", b"x")
        assert bench.rows() == {("", True)}
        assert bench.rows("/") == {("a", False)}

    def test_dots_are_names(self, bench: Bench) -> None:
        for name in ("../up", "./here", "..", "."):
            bench.ground.write(name, b"x")
        assert bench.rows() == {("..", True), (".", True), ("..", False), (".", False)}
        assert bench.rows("../") == {("up", False)}


@needs(facet="beginnings")
class TestBeginnings:
    def test_only_rows_that_begin_so(self, bench: Bench) -> None:
        bench.ground.write_many(["d/log", "d/logs/x", "d/logs2/y", "d/other", "log"], b"x")
        facet = bench.storage.facets.beginnings
        assert facet is not None
        rows, more = facet.beginning_with(bench.at("d/"), "log", NEVER)
        found = {(row.name, row.is_directory) for row in rows}
        assert found == {("log", False), ("logs", True), ("logs2", True)}
        assert not more

    def test_all_rows_and_none(self, bench: Bench) -> None:
        bench.ground.write_many(["d/a", "d/b"], b"x")
        facet = bench.storage.facets.beginnings
        assert facet is not None
        assert {row.name for row in facet.beginning_with(bench.at("d/"), "", NEVER)[0]} == {
            "a",
            "b",
        }
        assert facet.beginning_with(bench.at("d/"), "z", NEVER) == ([], False)
        assert facet.beginning_with(bench.at("absent/"), "", NEVER) == ([], False)
