"""Unfinished uploads: found under their very names, weighed, and ended one by one."""

from __future__ import annotations

import time

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.errors import Cancelled, NotFound
from tfm.model.location import Location
from tfm.storage.open_uploads import OpenUpload, Uploads

ODD = {
    "signs": ("a b+c%20d x&y=<z>?#\"'\\", "naïve\u0301 読.txt"),
    "slashes": ("..", "a//b"),
    "newline": ("line\nbreak",),
}


def facet_of(bench: Bench) -> Uploads:
    facet = bench.storage.facets.uploads
    assert facet is not None
    return facet


def listed(bench: Bench, place: Location) -> list[OpenUpload]:
    return [each for page in facet_of(bench).uploads(place, NEVER) for each in page]


@needs(facet="uploads")
class TestUploads:
    def test_none_is_no_error(self, bench: Bench) -> None:
        bench.ground.write("d/file", b"data")
        assert listed(bench, bench.top) == []
        assert listed(bench, bench.at("absent/")) == []

    def test_all_beneath_a_directory_and_no_other(self, bench: Bench) -> None:
        ids = {bench.ground.begin_upload("d/a"), bench.ground.begin_upload("d/a")}
        deep = bench.ground.begin_upload("d/e/f")
        bench.ground.begin_upload("d2/a")
        found = listed(bench, bench.at("d/"))
        assert sorted(str(each.place) for each in found) == [
            str(bench.at("d/a")),
            str(bench.at("d/a")),
            str(bench.at("d/e/f")),
        ]
        assert {each.id for each in found} == {*ids, deep}
        assert len(listed(bench, bench.top)) == 4

    def test_of_one_file(self, bench: Bench) -> None:
        upload = bench.ground.begin_upload("d/a")
        bench.ground.begin_upload("d/a2")
        bench.ground.begin_upload("d/a/b")
        assert [each.id for each in listed(bench, bench.at("d/a"))] == [upload]

    def test_when_it_was_begun(self, bench: Bench) -> None:
        bench.ground.begin_upload("a")
        (found,) = listed(bench, bench.top)
        assert found.began_ns is not None
        assert abs(found.began_ns - time.time_ns()) < 600 * 10**9
        assert found.age_ns is not None
        assert found.age_ns < 600 * 10**9

    @pytest.mark.parametrize("names", ODD.values(), ids=ODD.keys())
    def test_odd_keys(self, bench: Bench, names: tuple[str, ...]) -> None:
        for name in names:
            bench.ground.begin_upload(f"d/{name}", b"12345")
        found = listed(bench, bench.at("d/"))
        assert {each.place for each in found} == {bench.at(f"d/{name}") for name in names}
        facet = facet_of(bench)
        for each in found:
            assert facet.parts(each).bytes == 5
            facet.abort(each)
        assert bench.ground.open_uploads() == set()

    def test_what_it_holds(self, bench: Bench) -> None:
        bench.ground.begin_upload("a", b"one", b"three")
        bench.ground.begin_upload("b")
        full, empty = (facet_of(bench).parts(each) for each in listed(bench, bench.top))
        assert (full.count, full.bytes) == (2, 8)
        assert full.latest_ns is not None
        assert (empty.count, empty.bytes, empty.latest_ns) == (0, 0, None)

    def test_one_is_aborted_and_the_others_stay(self, bench: Bench) -> None:
        facet = facet_of(bench)
        bench.ground.write("a", b"the object")
        first, second = (bench.ground.begin_upload("a", b"x") for _ in range(2))
        gone = next(each for each in listed(bench, bench.top) if each.id == first)
        assert not facet.writes(gone)
        facet.abort(gone)
        assert bench.ground.open_uploads() == {("a", second)}
        assert bench.ground.read("a") == b"the object"
        with pytest.raises(NotFound):
            facet.parts(gone)
        facet.abort(gone)  # what is gone already is no error

    def test_a_cancelled_list_ends(self, bench: Bench) -> None:
        bench.ground.begin_upload("a")
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            list(facet_of(bench).uploads(bench.top, token))

    def test_the_rule_names_the_directory_and_the_days(self, bench: Bench) -> None:
        rule = facet_of(bench).rule(bench.at("d/"), 11)
        assert bench.at("d/").inner_key in rule
        assert "11" in rule
