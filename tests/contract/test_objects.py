"""The facets of object stores: links, and what an object has besides its bytes."""

from __future__ import annotations

import contextlib

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.cancel import NEVER
from tfm.model.change import NOTHING
from tfm.model.errors import Denied, InvalidName, NotFound, StorageError, TooLate, Unsupported
from tfm.storage.base import Work
from tfm.storage.object_facets import Access, Costs, Edit, PostLimits, Rewrite, Tags, Tiers


@needs(facet="presign")
class TestPresign:
    def test_a_link_is_made_without_a_look(self, bench: Bench) -> None:
        facet = bench.storage.facets.presign
        assert facet is not None
        for upload in (False, True):
            link = facet.link(bench.at("absent"), facet.longest, upload=upload)
            assert "absent" in link.url
            assert link.url not in repr(link)

    def test_a_form_is_made_without_a_look(self, bench: Bench) -> None:
        facet = bench.storage.facets.presign
        assert facet is not None
        form = facet.post(bench.at("absent"), 60, PostLimits(9))
        assert any("absent" in value for _name, value in form.fields)
        assert not any(len(value) > 20 and value in repr(form) for _name, value in form.fields)

    def test_a_place_that_cannot_be_has_none(self, bench: Bench) -> None:
        facet = bench.storage.facets.presign
        assert facet is not None
        with pytest.raises(InvalidName):
            facet.link(bench.at("k" * 1025), 60)


def _rewrite(bench: Bench) -> Rewrite:
    facet = bench.storage.facets.rewrite
    assert facet is not None
    return facet


@needs(facet="rewrite")
class TestRewrite:
    def test_metadata_changes_and_the_bytes_stay(self, bench: Bench) -> None:
        facet, place = _rewrite(bench), bench.at("a")
        bench.ground.write("a", b"data")
        facet.rewrite(place, bench.stat("a"), Edit(metadata=(("one", "1"), ("two", "2"))), Work())
        edit = Edit(metadata=(("one", ""), ("three", "3")))
        written = facet.rewrite(place, bench.stat("a"), edit, Work())
        held = facet.held(place)
        names = {name.lower(): value for name, value in held.metadata}
        assert {name: names.get(name) for name in ("one", "two", "three")} == {
            "one": None,
            "two": "2",
            "three": "3",
        }
        assert bench.ground.read("a") == b"data"
        assert written.change.covers(bench.top)
        assert [name for name, _value in held.headers] == list(facet.headers)

    def test_what_is_so_already_costs_no_change(self, bench: Bench) -> None:
        bench.ground.write("a", b"data")
        written = _rewrite(bench).rewrite(bench.at("a"), bench.stat("a"), Edit(), Work())
        assert written.change == NOTHING

    def test_another_one_by_now_stays(self, bench: Bench) -> None:
        bench.ground.write("a", b"data")
        seen = bench.stat("a")
        bench.ground.write("a", b"other")
        with pytest.raises(TooLate):
            _rewrite(bench).rewrite(bench.at("a"), seen, Edit(metadata=(("a", "1"),)), Work())

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        bench.ground.write("a", b"data")
        seen = bench.stat("a")
        bench.ground.remove("a")
        with pytest.raises(NotFound):
            _rewrite(bench).rewrite(bench.at("a"), seen, Edit(metadata=(("a", "1"),)), Work())
        with pytest.raises(NotFound):
            _rewrite(bench).held(bench.at("a"))


def _tags(bench: Bench) -> Tags:
    facet = bench.storage.facets.tags
    assert facet is not None
    return facet


@needs(facet="tags")
class TestTags:
    def test_they_are_written_and_read(self, bench: Bench) -> None:
        facet, place = _tags(bench), bench.at("a")
        bench.ground.write("a", b"data")
        for tags in ((("b", ""), ("ä", "1 2")), (("c", "3"),), ()):
            change = facet.set_tags(place, tags)
            assert facet.tags(place) == tags
            assert change.covers(bench.top)
        assert bench.ground.read("a") == b"data"

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        with pytest.raises(NotFound):
            _tags(bench).tags(bench.at("absent"))


def _costs(bench: Bench) -> Costs:
    facet = bench.storage.facets.costs
    assert facet is not None
    return facet


@needs(facet="costs")
class TestCosts:
    def test_prices_say_whose_they_are_or_are_not_known(self, bench: Bench) -> None:
        for place in (bench.top, bench.at("missing")):
            prices = _costs(bench).prices(place)
            if prices is not None:
                assert prices.usual
                assert all(value >= 0 for value in prices.values.values())
                assert "estimate" in prices.told()

    def test_more_bytes_are_never_fewer_pieces(self, bench: Bench) -> None:
        for inside in (False, True):
            sizes = [0, 1, 2**20, 2**24, 2**30, 6 * 2**30, 2**40]
            pieces = [_costs(bench).pieces(size, inside=inside) for size in sizes]
            assert pieces == sorted(pieces)
            assert pieces[0] == 1
            assert pieces[-1] > 1


def _tiers(bench: Bench) -> Tiers:
    facet = bench.storage.facets.tiers
    assert facet is not None
    return facet


@needs(facet="tiers")
class TestTiers:
    def test_the_usual_class_can_be_chosen(self, bench: Bench) -> None:
        bench.ground.write("a", b"data")
        facet, entry = _tiers(bench), bench.stat("a")
        first = facet.classes[0]
        assert not first.refusal
        assert facet.fault(bench.at("a"), entry, first.name) == ""
        assert facet.warning(entry, first.name, entry.mtime_ns or 0) == ""
        assert facet.fault(bench.at("a"), entry, "none of these")

    def test_what_is_at_hand_needs_no_restore(self, bench: Bench) -> None:
        bench.ground.write("a", b"data")
        facet = _tiers(bench)
        assert facet.restorable(bench.stat("a"), facet.speeds[0].name)
        assert not facet.archived(bench.stat("a"))

    def test_every_speed_says_when_to_look(self, bench: Bench) -> None:
        for speed in _tiers(bench).speeds:
            first, longest = _tiers(bench).pauses(speed.name)
            assert 0 < first <= longest


def _access(bench: Bench) -> Access:
    facet = bench.storage.facets.access
    assert facet is not None
    return facet


@needs(facet="access")
class TestAccess:
    def test_the_most_private_comes_first(self, bench: Bench) -> None:
        names = [kind.name for kind in _access(bench).kinds]
        assert len(set(names)) == len(names) > 1
        assert not any("everybody" in kind.title for kind in _access(bench).kinds[:1])

    def test_whatever_comes_of_it_the_bytes_stay(self, bench: Bench) -> None:
        facet, place = _access(bench), bench.at("a")
        bench.ground.write("a", b"data")
        with contextlib.suppress(Denied, Unsupported):
            facet.set_access(place, facet.kinds[0].name)
            assert len(facet.access(place)) == 1
        assert bench.ground.read("a") == b"data"


@needs(facet="keys")
class TestServerKeys:
    def test_they_are_listed_or_it_is_said_why_not(self, bench: Bench) -> None:
        facet = bench.storage.facets.keys
        assert facet is not None
        with contextlib.suppress(StorageError):
            for page in facet.keys(bench.top, NEVER):
                for key in page:
                    assert key.name
                    assert isinstance(facet.about(bench.top, key).text, str)
