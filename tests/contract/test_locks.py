"""Locks of objects: set as wanted, never less than was promised, and told where there are none."""

from __future__ import annotations

import time

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.change import NOTHING
from tfm.model.errors import NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.storage.object_locks import FOR_GOOD, Lock, LockEdit, Locks, Retention

DAY = 86400 * 10**9
NOW = int(time.time()) * 10**9
SOON, LATER = NOW + 30 * DAY, NOW + 60 * DAY


def _facet(bench: Bench) -> Locks:
    facet = bench.storage.facets.locks
    assert facet is not None
    return facet


def _file(bench: Bench) -> Location:
    place = bench.ground.lockable_file()
    assert place is not None
    return place


@needs(facet="locks")
class TestLocks:
    def test_the_milder_mode_comes_first(self, bench: Bench) -> None:
        names = [mode.name for mode in _facet(bench).modes]
        assert len(set(names)) == len(names) > 1
        assert names[-1] == FOR_GOOD

    def test_where_there_are_none_it_is_said_and_the_bytes_stay(self, bench: Bench) -> None:
        facet, place = _facet(bench), bench.at("a")
        bench.ground.write("a", b"data")
        with pytest.raises(Unsupported):
            facet.set_lock(place, LockEdit(hold=True))
        with pytest.raises(Unsupported):
            facet.lock(place)
        assert facet.refusal(place)
        assert bench.ground.read("a") == b"data"

    def test_retained_held_and_let_go(self, bench: Bench) -> None:
        facet, place, truth = _facet(bench), _file(bench), bench.ground.lock_of
        mild = facet.modes[0].name
        assert facet.lock(place) == Lock()
        assert facet.refusal(place) == ""
        assert facet.set_lock(place, LockEdit(Retention(mild, SOON))).covers(place.parent)
        assert truth(place) == Lock(Retention(mild, SOON))
        facet.set_lock(place, LockEdit(hold=True))
        assert facet.lock(place) == truth(place) == Lock(Retention(mild, SOON), hold=True)
        assert facet.set_lock(place, LockEdit(Retention(mild, SOON), hold=True)) == NOTHING
        facet.set_lock(place, LockEdit(hold=False))
        assert truth(place) == Lock(Retention(mild, SOON))

    def test_what_is_less_takes_a_bypass(self, bench: Bench) -> None:
        facet, place, truth = _facet(bench), _file(bench), bench.ground.lock_of
        mild = facet.modes[0].name
        facet.set_lock(place, LockEdit(Retention(mild, SOON)))
        for less in (Retention(), Retention(mild, NOW + DAY)):
            with pytest.raises(StorageError, match="only bypassing it"):
                facet.set_lock(place, LockEdit(less))
        facet.set_lock(place, LockEdit(Retention(mild, NOW + DAY), bypass=True))
        assert truth(place) == Lock(Retention(mild, NOW + DAY))

    def test_for_good_is_never_less(self, bench: Bench) -> None:
        facet, place, truth = _facet(bench), _file(bench), bench.ground.lock_of
        mild = facet.modes[0].name
        facet.set_lock(place, LockEdit(Retention(FOR_GOOD, SOON)))
        for less in (Retention(), Retention(FOR_GOOD, SOON - DAY), Retention(mild, LATER)):
            with pytest.raises(StorageError, match="nobody can shorten"):
                facet.set_lock(place, LockEdit(less, bypass=True))
        assert truth(place) == Lock(Retention(FOR_GOOD, SOON))
        facet.set_lock(place, LockEdit(Retention(FOR_GOOD, LATER)))
        assert truth(place) == Lock(Retention(FOR_GOOD, LATER))

    def test_what_is_missing_is_not_found(self, bench: Bench) -> None:
        facet, absent = _facet(bench), _file(bench).parent.child("absent")
        with pytest.raises(NotFound):
            facet.lock(absent)
        with pytest.raises(NotFound):
            facet.set_lock(absent, LockEdit(hold=True))
