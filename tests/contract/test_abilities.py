"""The smaller facets: paths, attributes, links, retention, watching, room, identity."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.entry import Kind
from tfm.model.errors import AlreadyExists, NotFound
from tfm.storage.facets import Attributes, Fate, Identity, Links


@needs(facet="local_path")
class TestLocalPath:
    def test_the_operating_system_finds_the_file_there(self, bench: Bench) -> None:
        facet = bench.storage.facets.local_path
        assert facet is not None
        bench.ground.write("a/file", b"data")
        path = facet.local_path(bench.at("a/file"))
        assert os.path.isabs(path)
        assert Path(path).read_bytes() == b"data"


def _attributes(bench: Bench) -> Attributes:
    facet = bench.storage.facets.attributes
    assert facet is not None
    return facet


@needs(facet="attributes")
class TestAttributes:
    @pytest.mark.parametrize("name", ["file", "folder/"])
    def test_a_time(self, bench: Bench, name: str) -> None:
        bench.ground.write("file", b"x")
        bench.ground.make_directory("folder/")
        mode = bench.stat(name).mode
        moment = 1_234_567_890_123_456_789
        change = _attributes(bench).set_attributes(bench.at(name), mtime_ns=moment)
        assert bench.stat(name).mtime_ns == moment
        assert bench.stat(name).mode == mode
        assert change.covers(bench.top)

    @pytest.mark.parametrize("name", ["file", "folder/"])
    def test_a_mode(self, bench: Bench, name: str) -> None:
        bench.ground.write("file", b"x")
        bench.ground.make_directory("folder/")
        before = bench.stat(name).mtime_ns
        _attributes(bench).set_attributes(bench.at(name), mode=0o700)
        assert bench.stat(name).mode == 0o700
        assert bench.stat(name).mtime_ns == before

    def test_the_content_stays(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        _attributes(bench).set_attributes(bench.at("file"), mtime_ns=10**18, mode=0o600)
        assert bench.ground.read("file") == b"data"

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _attributes(bench).set_attributes(bench.at("absent"), mtime_ns=1)


def _links(bench: Bench) -> Links:
    facet = bench.storage.facets.links
    assert facet is not None
    return facet


@needs(facet="links")
class TestLinks:
    @pytest.mark.parametrize("target", ["file", "absent", "../..", "/", "a b\n", "x" * 255])
    def test_a_target_is_kept_verbatim(self, bench: Bench, target: str) -> None:
        change = _links(bench).make_link(bench.at("link"), target)
        assert _links(bench).read_link(bench.at("link")) == target
        assert change.covers(bench.top)

    def test_a_link_is_a_row_of_its_own_kind(self, bench: Bench) -> None:
        bench.ground.write("folder/inside", b"x")
        bench.ground.write("file", b"data")
        _links(bench).make_link(bench.at("to-folder"), "folder")
        _links(bench).make_link(bench.at("to-file"), "file")
        _links(bench).make_link(bench.at("to-nothing"), "absent")
        for name in ("to-folder", "to-file", "to-nothing"):
            assert bench.row(name).kind is Kind.LINK
            assert bench.stat(name).kind is Kind.LINK
        assert bench.row("to-folder").opens_as_directory
        assert not bench.row("to-file").opens_as_directory
        assert bench.rows("to-folder/") == {("inside", False)}

    def test_a_deleted_link_leaves_its_target(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        _links(bench).make_link(bench.at("link"), "file")
        bench.storage.delete(bench.at("link"), expected=bench.row("link"))
        assert bench.ground.names() == {"file": 4}

    def test_a_link_is_not_made_over_anything(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        with pytest.raises(AlreadyExists):
            _links(bench).make_link(bench.at("file"), "other")
        assert bench.ground.read("file") == b"data"

    def test_a_hard_link_is_the_same_file(self, bench: Bench) -> None:
        bench.ground.write("file", b"data")
        change = _links(bench).make_hard_link(bench.at("second"), bench.at("file"))
        assert bench.ground.names() == {"file": 4, "second": 4}
        bench.storage.delete(bench.at("file"))
        assert bench.ground.read("second") == b"data"
        assert change.covers(bench.top)

    def test_a_hard_link_is_not_made_over_anything(self, bench: Bench) -> None:
        bench.ground.write_many(["one", "two"], b"x")
        with pytest.raises(AlreadyExists):
            _links(bench).make_hard_link(bench.at("two"), bench.at("one"))

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _links(bench).read_link(bench.at("absent"))
        with pytest.raises(NotFound):
            _links(bench).make_hard_link(bench.at("second"), bench.at("absent"))


@needs(facet="retention")
class TestRetention:
    def test_it_gives_one_of_the_answers(self, bench: Bench) -> None:
        facet = bench.storage.facets.retention
        assert facet is not None
        bench.ground.write("file", b"x")
        first = facet.fate(bench.at("file"))
        assert first in Fate
        assert facet.fate(bench.at("file")) is first


@needs(facet="watch")
class TestWatch:
    def test_a_change_is_told_until_it_is_stopped(self, bench: Bench) -> None:
        facet = bench.storage.facets.watch
        assert facet is not None
        told = threading.Event()
        stop = facet.watch(bench.top, told.set)
        try:
            bench.ground.write("file", b"x")
            assert told.wait(20), "nobody was told of a new file"
        finally:
            stop()
        stop()

    def test_a_missing_directory_is_not_found(self, bench: Bench) -> None:
        facet = bench.storage.facets.watch
        assert facet is not None
        with pytest.raises(NotFound):
            facet.watch(bench.at("absent/"), lambda: None)


@needs(facet="free_space")
class TestFreeSpace:
    def test_there_is_some(self, bench: Bench) -> None:
        facet = bench.storage.facets.free_space
        assert facet is not None
        assert facet.free_bytes(bench.top) > 0


def _identity(bench: Bench) -> Identity:
    facet = bench.storage.facets.identity
    assert facet is not None
    return facet


@needs(facet="identity")
class TestIdentity:
    def test_one_thing_is_itself_and_no_other(self, bench: Bench) -> None:
        bench.ground.write_many(["one", "two"], b"x")
        one, two = (_identity(bench).identity(bench.at(name)) for name in ("one", "two"))
        assert one == _identity(bench).identity(bench.at("one"))
        assert one != two
        assert len({one, two}) == 2

    def test_directories_have_one_too(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/")
        inner = _identity(bench).identity(bench.at("folder/"))
        assert inner == _identity(bench).identity(bench.at("folder/"))
        assert inner != _identity(bench).identity(bench.top)

    def test_the_lineage_leads_from_the_directory_itself_to_the_top(self, bench: Bench) -> None:
        bench.ground.make_directory("folder/inner/")
        facet, inner = _identity(bench), bench.at("folder/inner/")
        first, second, third, *_ = facet.lineage(inner)
        assert [first, second] == [facet.identity(inner), facet.identity(bench.at("folder/"))]
        assert third == facet.identity(bench.top)


@needs(facet="links")
class TestIdentityOfLinks:
    def test_a_link_is_its_target(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        _links(bench).make_link(bench.at("link"), "file")
        facet = bench.storage.facets.identity
        assert facet is not None
        assert facet.identity(bench.at("link")) == facet.identity(bench.at("file"))
