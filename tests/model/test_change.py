from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tfm.model.change import NOTHING, Change, around, beneath, merge
from tfm.model.location import S3, Location, local

keys = st.lists(st.sampled_from(["a", "b", "", ".."]), min_size=1, max_size=4).map("/".join)


def s3(key: str) -> Location:
    return Location(S3, key)


def test_a_file_on_a_disk_touches_its_directory() -> None:
    change = around(local("/a/b/c"))
    assert change.directories == {local("/a/b")}
    assert change.covers(local("/a/b"))
    assert not change.covers(local("/a"))
    assert not change.covers(local("/a/b/c"))


def test_a_key_touches_every_directory_above() -> None:
    change = around(s3("k/a/b/c"))
    for above in ("k/a/b/", "k/a/", "k/", ""):
        assert change.covers(s3(above))
    assert not change.covers(s3("k/a/b/c/"))
    assert not change.covers(s3("k/a2/"))


def test_a_marker_touches_its_own_listing_too() -> None:
    assert around(s3("k/a/")).covers(s3("k/a/"))


def test_a_tree_touches_all_listings_inside_and_those_that_show_it() -> None:
    change = beneath(s3("k/a/"))
    for place in ("k/a/", "k/a/b/", "k/a/b/c/", "k/", ""):
        assert change.covers(s3(place))
    assert not change.covers(s3("k/ab/"))
    on_disk = beneath(local("/a/b"))
    for path in ("/a", "/a/b", "/a/b/c/d"):
        assert on_disk.covers(local(path))
    assert not on_disk.covers(local("/a/bc"))
    assert not on_disk.covers(local("/"))


def test_nothing_is_false_and_covers_nothing() -> None:
    assert not NOTHING
    assert not NOTHING.covers(s3("k/"))
    assert around(s3("k/a"))


def test_changes_add_up() -> None:
    one, two = around(local("/a/x")), beneath(local("/b/y"))
    both = merge([one, two, NOTHING])
    assert both == one | two
    assert both.covers(local("/a"))
    assert both.covers(local("/b/y/z"))
    assert merge([]) == NOTHING


def test_a_change_carries_itself() -> None:
    change = around(local("/a/x"))
    assert change.change is change
    assert isinstance(change.change, Change)


@given(keys)
def test_what_is_around_is_also_covered_by_what_is_beneath(key: str) -> None:
    place = s3("k/" + key)
    wide = beneath(place)
    assert all(wide.covers(directory) for directory in around(place).directories)
