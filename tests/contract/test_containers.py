"""The containers at the top of a storage: made, looked at, removed."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.cancel import NEVER
from tfm.model.errors import AlreadyExists, InvalidName, NotEmpty, NotFound, Unsupported
from tfm.model.location import Location
from tfm.storage.base import Hints, Work
from tfm.storage.container_facets import Containers


def _facet(bench: Bench) -> Containers:
    facet = bench.storage.facets.containers
    assert facet is not None
    return facet


def _names(bench: Bench) -> set[str]:
    top = Location(bench.top.root, "")
    return {entry.name for page in bench.storage.scan(top, NEVER) for entry in page}


@pytest.fixture
def place(bench: Bench) -> Iterator[Location]:
    """Where there is no container yet; what is made there is removed."""
    where = Location(bench.top.root, f"tfm-contract-{uuid4().hex}/")
    yield where
    if where.container in _names(bench):
        _facet(bench).remove(where)


@needs(facet="containers")
class TestContainers:
    def test_one_is_made_shows_and_goes(self, bench: Bench, place: Location) -> None:
        facet = _facet(bench)
        made = facet.create(place, {})
        assert made.change.covers(place.parent)
        assert made.missed == ()
        assert place.container in _names(bench)
        assert facet.holds(place) == ""
        uploads = bench.storage.facets.uploads
        assert uploads is not None
        assert not any(uploads.uploads(place, NEVER))
        change = facet.remove(place)
        assert change.covers(place.parent)
        assert change.covers(place)
        assert place.container not in _names(bench)

    def test_one_that_is_there_is_not_made_again(self, bench: Bench) -> None:
        bench.ground.write("a", b"data")
        with pytest.raises(AlreadyExists):
            _facet(bench).create(bench.top, {})
        assert bench.ground.read("a") == b"data"

    def test_a_name_that_cannot_be(self, bench: Bench) -> None:
        facet, before = _facet(bench), _names(bench)
        assert facet.fault_in("", {})
        with pytest.raises(InvalidName):
            facet.create(Location(bench.top.root, "/"), {})
        assert _names(bench) == before

    def test_what_is_in_it_keeps_it(self, bench: Bench, place: Location) -> None:
        facet = _facet(bench)
        facet.create(place, {})
        inside = place.child("a")
        with bench.storage.open_write(inside, Hints(), Work()) as writer:
            writer.write(b"data")
            writer.commit()
        assert facet.holds(place)
        with pytest.raises(NotEmpty):
            facet.remove(place)
        with bench.storage.open_read(inside) as reader:
            assert reader.read(10) == b"data"
        bench.storage.delete(inside)

    def test_what_is_missing_is_not_found(self, bench: Bench, place: Location) -> None:
        facet = _facet(bench)
        with pytest.raises(NotFound):
            facet.remove(place)
        with pytest.raises(NotFound):
            facet.holds(place)

    def test_a_glance_fills_the_columns_and_is_remembered(
        self, bench: Bench, place: Location
    ) -> None:
        facet = _facet(bench)
        facet.create(place, {})
        assert facet.known(place) is None
        glance = facet.glance(place)
        assert {name for name, _text in glance.told} == facet.asked
        assert facet.asked < {column.id for column in facet.columns}
        assert all(label and text for label, text in glance.facts)
        assert facet.known(place) == glance
        widths = {column.id: column.width for column in facet.columns}
        assert all(len(text) <= widths[name] for name, text in glance.told)


@needs(facet="payment")
class TestPayment:
    def test_nothing_is_paid_for_before_somebody_agrees(self, bench: Bench) -> None:
        facet = bench.storage.facets.payment
        assert facet is not None
        place = Location(bench.top.root, f"tfm-contract-{uuid4().hex}/key")
        assert facet.price
        assert not facet.pays(place)
        facet.answer(place, pay=True)
        assert facet.pays(place)
        assert not facet.pays(bench.top)
        facet.answer(place, pay=False)
        assert not facet.pays(place)


@needs(facet="acceleration")
class TestAcceleration:
    def test_where_there_is_none_nothing_is_sent(self, bench: Bench) -> None:
        facet = bench.storage.facets.acceleration
        assert facet is not None
        with pytest.raises(Unsupported):
            facet.measure(bench.top, 1024, NEVER)
        assert bench.ground.names() == {}
