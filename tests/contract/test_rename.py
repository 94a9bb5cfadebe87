"""The facets that give a file another name or a copy inside one storage."""

from __future__ import annotations

import random

import pytest

from tests.contract.rig import KEEPS_TIME, Bench, needs
from tfm.model.cancel import CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry, same_content
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    InvalidName,
    NotFound,
    SameObject,
    TooLate,
)
from tfm.storage.base import Evidence, Hints, Work, Written

LARGE = random.Random(5).randbytes(1 << 20) * 9


def _rename(bench: Bench, source: str, target: str, replaces: Entry | None = None) -> Change:
    facet = bench.storage.facets.rename
    assert facet is not None
    return facet.rename(bench.at(source), bench.at(target), replaces=replaces)


@needs(facet="rename")
class TestRename:
    def test_a_file(self, bench: Bench) -> None:
        bench.ground.write("old", b"data")
        change = _rename(bench, "old", "new")
        assert bench.ground.names() == {"new": 4}
        assert bench.ground.read("new") == b"data"
        assert change.covers(bench.top)

    def test_a_file_into_another_directory(self, bench: Bench) -> None:
        bench.ground.write("a/old", b"data")
        bench.ground.make_directory("b/")
        change = _rename(bench, "a/old", "b/new")
        assert bench.ground.names() == {"a/": 0, "b/": 0, "b/new": 4}
        assert change.covers(bench.at("a/"))
        assert change.covers(bench.at("b/"))

    def test_a_directory_with_everything_in_it(self, bench: Bench) -> None:
        bench.ground.write("old/deep/file", b"data")
        change = _rename(bench, "old/", "new/")
        assert bench.ground.names() == {"new/": 0, "new/deep/": 0, "new/deep/file": 4}
        for place in ("", "old/", "old/deep/", "new/", "new/deep/"):
            assert change.covers(bench.at(place))

    def test_a_file_in_the_way_stays(self, bench: Bench) -> None:
        bench.ground.write("old", b"mine")
        bench.ground.write("new", b"theirs")
        with pytest.raises(AlreadyExists):
            _rename(bench, "old", "new")
        assert bench.ground.names() == {"old": 4, "new": 6}

    @pytest.mark.parametrize("source", ["file", "folder/"])
    @pytest.mark.parametrize("inside", ["", "x"], ids=["empty", "full"])
    def test_a_directory_in_the_way_stays(self, bench: Bench, source: str, inside: str) -> None:
        bench.ground.write("file", b"mine")
        bench.ground.make_directory("folder/")
        bench.ground.make_directory("taken/")
        if inside:
            bench.ground.write("taken/x", b"x")
        before = bench.ground.names()
        with pytest.raises(AlreadyExists):
            _rename(bench, source, "taken/")
        assert bench.ground.names() == before

    def test_a_directory_does_not_replace_a_file(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/")
        bench.ground.write("file", b"x")
        with pytest.raises(AlreadyExists):
            _rename(bench, "folder/", "file")
        assert bench.ground.names() == {"folder/": 0, "file": 1}

    def test_what_was_shown_is_replaced(self, bench: Bench) -> None:
        bench.ground.write("old", b"mine")
        bench.ground.write("new", b"theirs")
        _rename(bench, "old", "new", bench.row("new"))
        assert bench.ground.names() == {"new": 4}
        assert bench.ground.read("new") == b"mine"

    def test_what_changed_since_it_was_shown_stays(self, bench: Bench) -> None:
        bench.ground.write("old", b"mine")
        bench.ground.write("new", b"theirs")
        shown = bench.row("new")
        bench.ground.write("new", b"changed")
        with pytest.raises(TooLate):
            _rename(bench, "old", "new", shown)
        assert bench.ground.names() == {"old": 4, "new": 7}
        assert bench.ground.read("new") == b"changed"

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _rename(bench, "absent", "new")
        assert bench.ground.names() == {}

    def test_into_a_missing_directory_it_does_not_go(self, bench: Bench) -> None:
        bench.ground.write("old", b"mine")
        with pytest.raises(NotFound):
            _rename(bench, "old", "absent/new")
        assert bench.ground.names() == {"old": 4}

    def test_a_directory_does_not_go_into_itself(self, bench: Bench) -> None:
        bench.ground.write("folder/deep/file", b"x")
        before = bench.ground.names()
        with pytest.raises((SameObject, InvalidName)):
            _rename(bench, "folder/", "folder/deep/new/")
        assert bench.ground.names() == before

    def test_onto_its_own_name_nothing_is_lost(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        shown = bench.row("file")
        for replaces in (None, shown):
            try:
                _rename(bench, "file", "file", replaces)
            except (AlreadyExists, SameObject):
                pass
            assert bench.ground.names() == {"file": 1}

    def test_to_another_case_of_its_name(self, bench: Bench) -> None:
        bench.ground.write("name", b"x")
        _rename(bench, "name", "Name")
        assert bench.ground.names() == {"Name": 1}


def _copy(
    bench: Bench,
    source: str,
    target: str,
    hints: Hints | None = None,
    work: Work | None = None,
    entry: Entry | None = None,
) -> Written:
    facet = bench.storage.facets.server_copy
    assert facet is not None
    entry = entry or bench.stat(source)
    return facet.copy(bench.at(source), entry, bench.at(target), hints or Hints(), work or Work())


@needs(facet="server_copy")
class TestServerCopy:
    @pytest.mark.parametrize("data", [b"", b"data"], ids=["empty", "some"])
    def test_a_file(self, bench: Bench, data: bytes) -> None:
        bench.ground.write("source", data)
        written = _copy(bench, "source", "target")
        assert bench.ground.names() == {"source": len(data), "target": len(data)}
        assert bench.ground.read("target") == data
        assert same_content(written.entry, bench.stat("target"))
        assert written.entry.name == "target"
        assert written.evidence in Evidence
        assert written.change.covers(bench.top)

    def test_from_the_row_of_a_listing(self, bench: Bench) -> None:
        bench.ground.write("source", b"data")
        _copy(bench, "source", "target", entry=bench.row("source"))
        assert bench.ground.read("target") == b"data"

    def test_into_another_directory(self, bench: Bench) -> None:
        bench.ground.write("a/source", b"data")
        bench.ground.make_directory("b/")
        written = _copy(bench, "a/source", "b/target")
        assert bench.ground.read("b/target") == b"data"
        assert written.change.covers(bench.at("b/"))

    @pytest.mark.slow
    def test_a_large_file(self, bench: Bench) -> None:
        bench.ground.write("source", LARGE)
        _copy(bench, "source", "target")
        assert bench.ground.read("target") == LARGE

    def test_odd_names(self, bench: Bench) -> None:
        bench.ground.write("a b+%2e#?é", b"data")
        _copy(bench, "a b+%2e#?é", "c d+%2f&\x1b")
        assert bench.ground.read("c d+%2f&\x1b") == b"data"

    def test_a_file_in_the_way_stays(self, bench: Bench) -> None:
        bench.ground.write("source", b"mine")
        bench.ground.write("target", b"theirs")
        with pytest.raises(AlreadyExists):
            _copy(bench, "source", "target")
        assert bench.ground.names() == {"source": 4, "target": 6}

    def test_what_was_shown_is_replaced(self, bench: Bench) -> None:
        bench.ground.write("source", b"mine")
        bench.ground.write("target", b"theirs")
        _copy(bench, "source", "target", Hints(replaces=bench.row("target")))
        assert bench.ground.read("target") == b"mine"

    def test_what_changed_since_it_was_shown_stays(self, bench: Bench) -> None:
        bench.ground.write("source", b"mine")
        bench.ground.write("target", b"theirs")
        shown = bench.row("target")
        bench.ground.write("target", b"changed")
        with pytest.raises(TooLate):
            _copy(bench, "source", "target", Hints(replaces=shown))
        assert bench.ground.read("target") == b"changed"

    def test_a_source_that_changed_is_not_copied(self, bench: Bench) -> None:
        bench.ground.write("source", b"old")
        shown = bench.row("source")
        bench.ground.write("source", b"changed")
        with pytest.raises(TooLate):
            _copy(bench, "source", "target", entry=shown)
        assert bench.ground.names() == {"source": 7}

    def test_a_source_that_is_gone(self, bench: Bench) -> None:
        bench.ground.write("source", b"old")
        shown = bench.row("source")
        bench.ground.remove("source")
        with pytest.raises((NotFound, TooLate)):
            _copy(bench, "source", "target", entry=shown)
        assert bench.ground.names() == {}

    def test_onto_itself_nothing_is_lost(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        with pytest.raises((AlreadyExists, SameObject)):
            _copy(bench, "file", "file")
        with pytest.raises((SameObject, TooLate)):
            _copy(bench, "file", "file", Hints(replaces=bench.row("file")))
        assert bench.ground.names() == {"file": 4}
        assert bench.ground.read("file") == b"data"

    def test_a_cancelled_copy_publishes_nothing(self, bench: Bench) -> None:
        bench.ground.write("source", b"data")
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            _copy(bench, "source", "target", work=Work(cancel=token))
        assert bench.ground.names() == {"source": 4}

    def test_progress_counts_the_bytes(self, bench: Bench) -> None:
        bench.ground.write("source", b"data" * 1000)
        moved: list[int] = []
        _copy(bench, "source", "target", work=Work(progress=moved.append))
        assert sum(moved) == 4000


@needs(KEEPS_TIME, facet="server_copy")
class TestServerCopyKeeps:
    def test_time_and_mode_come_along(self, bench: Bench) -> None:
        moment = 1_600_000_000_123_456_789
        bench.write("source", b"data", Hints(size=4, mtime_ns=moment, mode=0o640))
        _copy(bench, "source", "target")
        copied = bench.stat("target")
        assert (copied.source_mtime_ns, copied.mode) == (moment, 0o640)
