"""The facets that list and remove much at once."""

from __future__ import annotations

import pytest

from tests.contract.conftest import CROWD
from tests.contract.rig import FREE, REAL, Bench, needs
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry, Kind
from tfm.model.errors import Cancelled, IsDirectory, NotFound, TooLate
from tfm.model.location import Location
from tfm.storage.base import Removal, Work


def _delete_many(bench: Bench, *items: tuple[str, Entry | None]) -> dict[Location, Removal]:
    facet = bench.storage.facets.delete_many
    assert facet is not None
    asked = [(bench.at(name), expected) for name, expected in items]
    assert len(asked) <= facet.batch
    answer = facet.delete_many(asked)
    assert len(answer) == len(asked)
    told = {removal.location: removal for removal in answer}
    assert set(told) == {location for location, _expected in asked}
    return told


@needs(facet="delete_many")
class TestDeleteMany:
    def test_all_of_them_go(self, bench: Bench) -> None:
        names = [f"file{number}" for number in range(25)]
        bench.ground.write_many(names, b"x")
        told = _delete_many(bench, *((name, None) for name in names))
        assert all(removal.error is None for removal in told.values())
        assert bench.ground.names() == {}

    def test_neighbours_stay(self, bench: Bench) -> None:
        names = ["foo", "foo2", "foo.txt", "fo", "a/foo"]
        bench.ground.write_many(names, b"x")
        _delete_many(bench, ("foo", None), ("a/foo", None))
        left = {name for name in bench.ground.names() if not name.endswith("/")}
        assert left == {"foo2", "foo.txt", "fo"}

    def test_what_is_already_gone_counts_as_gone(self, bench: Bench) -> None:
        bench.ground.write("here", b"x")
        told = _delete_many(bench, ("here", None), ("absent", None))
        assert all(removal.error is None for removal in told.values())
        assert bench.ground.names() == {}

    def test_what_was_expected_goes(self, bench: Bench) -> None:
        bench.ground.write_many(["one", "two"], b"x")
        told = _delete_many(bench, ("one", bench.row("one")), ("two", bench.row("two")))
        assert all(removal.error is None for removal in told.values())
        assert bench.ground.names() == {}

    def test_what_changed_since_it_was_shown_stays(self, bench: Bench) -> None:
        bench.ground.write_many(["one", "two", "three"], b"x")
        shown = {name: bench.row(name) for name in ("one", "two", "three")}
        bench.ground.write("two", b"theirs")
        told = _delete_many(bench, *shown.items())
        assert isinstance(told[bench.at("two")].error, TooLate)
        assert told[bench.at("one")].error is None
        assert bench.ground.names() == {"two": 6}

    def test_odd_names_do_not_spoil_the_rest(self, bench: Bench) -> None:
        names = ["plain", "a\x1bb", "a\nb", "a\x07", "<a&b>", "é+%2e #", "a\ufffeb"]
        bench.ground.write_many(names, b"x")
        told = _delete_many(bench, *((name, None) for name in names))
        assert {p.name: r.error for p, r in told.items() if r.error} == {}
        assert bench.ground.names() == {}

    def test_nothing_is_no_error(self, bench: Bench) -> None:
        bench.ground.write("stays", b"x")
        assert _delete_many(bench) == {}
        assert bench.ground.names() == {"stays": 1}

    @pytest.mark.slow
    def test_a_whole_batch(self, bench: Bench) -> None:
        facet = bench.storage.facets.delete_many
        assert facet is not None
        assert facet.batch >= 1
        names = [f"f{number}" for number in range(min(facet.batch, 1000))]
        bench.ground.write_many([*names, "stays"], b"x")
        _delete_many(bench, *((name, None) for name in names))
        assert bench.ground.names() == {"stays": 1}


@needs(REAL, facet="delete_many")
class TestDeleteManyRealDirectories:
    def test_directories_stay(self, bench: Bench) -> None:
        bench.ground.make_directory("hollow/")
        told = _delete_many(bench, ("hollow/", None))
        assert isinstance(told[bench.at("hollow/")].error, IsDirectory)
        assert bench.ground.names() == {"hollow/": 0}


@needs(FREE, facet="delete_many")
class TestDeleteManyKeys:
    def test_markers_and_objects_of_one_name_are_two(self, bench: Bench) -> None:
        bench.ground.write("a", b"x")
        bench.ground.make_directory("a/")
        bench.ground.write("a/b", b"x")
        _delete_many(bench, ("a", None))
        assert bench.ground.names() == {"a/": 0, "a/b": 1}

    def test_markers_go_with_what_is_beneath(self, bench: Bench) -> None:
        bench.ground.make_directory("a/")
        bench.ground.write("a/b", b"x")
        bench.ground.write("ab", b"x")
        _delete_many(bench, ("a/b", None), ("a/", None))
        assert bench.ground.names() == {"ab": 1}

    def test_odd_keys(self, bench: Bench) -> None:
        names = ["a//b", "/a", "..", ".", "a/../b", "a/./b"]
        bench.ground.write_many([*names, "b", "a/b"], b"x")
        _delete_many(bench, *((name, None) for name in names))
        assert bench.ground.names() == {"b": 1, "a/b": 1}


class _Report(list[Removal]):
    """Collects what a tree delete reports."""

    def done(self) -> set[Location]:
        return {removal.location for removal in self if removal.error is None}


def _delete_tree(
    bench: Bench,
    name: str,
    report: _Report,
    *,
    keep: frozenset[Location] = frozenset(),
    work: Work | None = None,
) -> Change:
    facet = bench.storage.facets.delete_tree
    assert facet is not None
    return facet.delete_tree(bench.at(name), work or Work(), report.append, keep.__contains__)


@needs(facet="delete_tree")
class TestDeleteTree:
    def test_everything_beneath_goes(self, bench: Bench) -> None:
        bench.ground.write_many(["tree/a/b/one", "tree/a/two", "tree/three", "tree2/x"], b"x")
        bench.ground.make_directory("tree/hollow/")
        report = _Report()
        change = _delete_tree(bench, "tree/", report)
        assert bench.ground.names() == {"tree2/": 0, "tree2/x": 1}
        expected = ["", "a/", "a/b/", "a/b/one", "a/two", "three", "hollow/"]
        assert report.done() == {bench.at(f"tree/{name}") for name in expected}
        for place in ("", "tree/", "tree/a/b/"):
            assert change.covers(bench.at(place))

    def test_children_are_reported_before_their_directory(self, bench: Bench) -> None:
        bench.ground.write_many(["tree/a/one", "tree/two"], b"x")
        report = _Report()
        _delete_tree(bench, "tree/", report)
        order = [removal.location for removal in report]
        assert order.index(bench.at("tree/a/one")) < order.index(bench.at("tree/a/"))
        assert order[-1] == bench.at("tree/")

    def test_what_is_kept_keeps_its_parents(self, bench: Bench) -> None:
        bench.ground.write_many(["tree/a/kept", "tree/a/gone", "tree/b/gone"], b"x")
        _delete_tree(bench, "tree/", _Report(), keep=frozenset({bench.at("tree/a/kept")}))
        assert bench.ground.names() == {"tree/": 0, "tree/a/": 0, "tree/a/kept": 1}

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _delete_tree(bench, "absent/", _Report())

    def test_a_cancelled_delete_removes_nothing(self, bench: Bench) -> None:
        bench.ground.write("tree/file", b"x")
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            _delete_tree(bench, "tree/", _Report(), work=Work(cancel=token))
        assert bench.ground.names() == {"tree/": 0, "tree/file": 1}


@needs(facet="links")
class TestRemoveLinks:
    def test_a_link_goes_and_its_target_stays(self, bench: Bench) -> None:
        links = bench.storage.facets.links
        assert links is not None
        bench.ground.write("outside/file", b"x")
        bench.ground.make_directory("tree/")
        links.make_link(bench.at("tree/link"), "../outside")
        if bench.storage.facets.delete_tree is None:
            bench.storage.delete(bench.at("tree/link"))
            bench.storage.delete(bench.at("tree/"))
        else:
            _delete_tree(bench, "tree/", _Report())
        assert bench.ground.names() == {"outside/": 0, "outside/file": 1}


def _walk(bench: Bench, name: str = "", cancel: CancelToken = NEVER) -> dict[str, Entry]:
    facet = bench.storage.facets.walk
    assert facet is not None
    rows = [entry for page in facet.walk(bench.at(name), cancel) for entry in page]
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


@needs(facet="walk")
class TestWalk:
    def test_names_are_relative_to_the_directory(self, bench: Bench) -> None:
        bench.ground.write_many(["top/a/b/one", "top/a/two", "top/three", "top2/x"], b"x")
        rows = _walk(bench, "top/")
        assert set(rows) == {"a/b/one", "a/two", "three"}
        assert rows["a/two"].kind is Kind.FILE
        assert rows["a/two"].size == 1

    def test_markers_end_with_a_slash(self, bench: Bench) -> None:
        for name in ("hollow/", "deep/", "deep/hollow/"):
            bench.ground.make_directory(name)
        bench.ground.write("deep/file", b"x")
        rows = _walk(bench)
        assert set(rows) == {"hollow/", "deep/", "deep/hollow/", "deep/file"}
        assert {row.kind for name, row in rows.items() if name != "deep/file"} == {Kind.DIRECTORY}

    def test_its_own_marker_has_the_empty_name(self, bench: Bench) -> None:
        bench.ground.make_directory("hollow/")
        rows = _walk(bench, "hollow/")
        assert set(rows) == {""}
        assert rows[""].kind is Kind.DIRECTORY
        assert bench.at("hollow/").child("") == bench.at("hollow/")

    def test_an_empty_place(self, bench: Bench) -> None:
        assert _walk(bench) == {}

    def test_a_missing_directory_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _walk(bench, "absent/")

    def test_a_row_can_be_deleted_as_expected(self, bench: Bench) -> None:
        bench.ground.write("a/b", b"x")
        rows = _walk(bench)
        bench.storage.delete(bench.at("a/b"), expected=rows["a/b"])
        assert "a/b" not in bench.ground.names()

    def test_a_cancelled_walk_does_not_begin(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            _walk(bench, cancel=token)

    @pytest.mark.slow
    def test_much_comes_in_pages(self, crowd: Bench) -> None:
        facet = crowd.storage.facets.walk
        assert facet is not None
        pages = [list(page) for page in facet.walk(crowd.top, NEVER)]
        names = {entry.name for page in pages for entry in page}
        files = {f"file{number:04}" for number in range(CROWD)}
        assert names == files | {"early/inside", "zlate/inside"}
        assert len(pages) >= 3

    @pytest.mark.slow
    def test_cancel_stops_the_paging(self, crowd: Bench) -> None:
        facet = crowd.storage.facets.walk
        assert facet is not None
        token = CancelToken()
        seen = 0
        with pytest.raises(Cancelled):
            for page in facet.walk(crowd.top, token):
                seen += len(page)
                token.cancel()
        assert 0 < seen <= 1100


@needs(FREE, facet="walk")
class TestWalkKeys:
    def test_odd_keys(self, bench: Bench) -> None:
        names = ["a//b", "/a", "..", ".", "a/../b", "a/./b", "a\nb", "a b+%2e", "a", "a/"]
        for name in names:
            bench.ground.write(name, b"")
        assert set(_walk(bench)) == set(names)
