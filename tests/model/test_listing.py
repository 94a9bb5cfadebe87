"""Finding a row, in short listings and in long ones."""

from __future__ import annotations

import pytest

from tfm.model.entry import Entry, Kind
from tfm.model.listing import Listing
from tfm.model.location import LOCAL, S3, Location


@pytest.mark.parametrize("rows", [0, 5, 32, 33, 500])
def test_a_row_is_found_by_name_and_kind(rows: int) -> None:
    twins = (Entry("twin", Kind.DIRECTORY), Entry("twin", Kind.FILE, 1))
    more = tuple(Entry(f"n{number}", Kind.FILE, number) for number in range(rows))
    listing = Listing(Location(S3, "b/"), (*twins, *more), 0.0)
    assert listing.find("twin") is twins[1]
    assert listing.find("twin", directory=True) is twins[0]
    assert listing.find("twin", directory=False) is twins[1]
    assert listing.find("no") is None
    for entry in more:
        assert listing.find(entry.name) is entry
        assert listing.find(entry.name, directory=True) is None


@pytest.mark.parametrize("rows", [1, 100])
def test_a_disk_has_one_thing_of_a_name(rows: int) -> None:
    entries = tuple(Entry(f"n{number}", Kind.DIRECTORY) for number in range(rows))
    listing = Listing(Location(LOCAL, "/d"), entries, 0.0)
    assert listing.find("n0", directory=False) is entries[0]
