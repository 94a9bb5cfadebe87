"""Earlier versions: listed, read as places of the past, removed, brought back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.contract.rig import Bench, needs
from tfm.model.cancel import NEVER
from tfm.model.errors import Denied, NotFound, ReadOnly, StorageError
from tfm.model.location import Location
from tfm.model.past import at_moment, at_version
from tfm.storage.base import Hints, Storage, Work
from tfm.storage.object_facets import Keeping, Version, Versions

AFTER = 4_000_000_000 * 10**9
BEFORE = 10**9


def versions_facet(bench: Bench) -> Versions:
    facet = bench.storage.facets.versions
    assert facet is not None
    return facet


def all_of(bench: Bench, name: str) -> list[Version]:
    pages = versions_facet(bench).versions(bench.at(name), NEVER)
    return [version for page in pages for version in page]


def past(bench: Bench, moment: int) -> Storage:
    return versions_facet(bench).past(at_moment(bench.top.root, moment))


def read(storage: Storage, place: Location) -> bytes:
    with storage.open_read(place) as reader:
        data = b"".join(iter(lambda: reader.read(65536), b""))
        reader.verify()
    return data


def bytes_of(bench: Bench, version: Version) -> bytes:
    return read(versions_facet(bench).past(version.place.root), version.place)


def removed(bench: Bench, versions: Sequence[Version]) -> list[str]:
    """Ids in the answer, every one of which went well."""
    removals = versions_facet(bench).remove_versions(versions)
    assert [removal.error for removal in removals] == [None] * len(versions)
    assert [removal.location for removal in removals] == [each.place for each in versions]
    return [each.id for each in versions]


@needs(facet="versions")
class TestVersions:
    def test_the_state_of_a_container(self, bench: Bench) -> None:
        state = versions_facet(bench).keeping(bench.top)
        assert state is versions_facet(bench).keeping(bench.at("any/thing"))

    def test_the_state_of_one_that_keeps_them(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        assert versions_facet(bench).keeping(bench.at("any/thing")) is Keeping.ON

    def test_the_newest_comes_first(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        for data in (b"one", b"three"):
            bench.ground.write("d/file", data)
        bench.ground.remove("d/file")
        bench.ground.write("d/file.more", b"x")
        found = all_of(bench, "d/file")
        assert [each.entry.size for each in found if not each.deleted] == [5, 3]
        assert {each.deleted for each in found if each.latest} == {True}
        assert len({each.id for each in found}) == 3
        assert {each.entry.name for each in found} == {"file"}
        assert all(each.entry.mtime_ns for each in found)

    def test_all_beneath_a_directory(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        for name in ("d/a", "d/a", "d/e/b", "dd/c"):
            bench.ground.write(name, b"x")
        found = [each.place.key.removeprefix(bench.top.key) for each in all_of(bench, "d/")]
        assert sorted(found) == ["d/a", "d/a", "d/e/b"]

    def test_of_what_never_was_there_are_none(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        assert all_of(bench, "absent") == []

    def test_each_has_its_bytes(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        for data in (b"first", b"", b"last" * 1000):
            bench.ground.write("file", data)
        found = all_of(bench, "file")
        assert [bytes_of(bench, each) for each in found] == [b"last" * 1000, b"", b"first"]
        storage = versions_facet(bench).past(found[2].place.root)
        assert storage.stat(found[2].place).size == 5

    def test_one_is_removed_and_the_others_stay(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        for data in (b"1", b"2", b"3"):
            bench.ground.write("file", data)
        newest, middle, oldest = all_of(bench, "file")
        removed(bench, [middle])
        assert [each.id for each in all_of(bench, "file")] == [newest.id, oldest.id]
        assert bench.ground.read("file") == b"3"
        with pytest.raises(NotFound):
            bytes_of(bench, middle)
        removed(bench, [middle])  # gone is gone

    def test_without_its_mark_a_deleted_file_is_there_again(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        bench.ground.write("file", b"data")
        bench.ground.remove("file")
        assert bench.rows() == set()
        removed(bench, [each for each in all_of(bench, "file") if each.deleted])
        assert bench.read("file") == b"data"

    def test_many_at_once(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        for name in ("a", "a", "odd & <name> é", "b/c"):
            bench.ground.write(name, b"x")
        bench.ground.remove("a")
        removed(bench, all_of(bench, ""))
        assert all_of(bench, "") == []

    def test_a_version_goes_back_to_its_place_by_the_server(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        copier = bench.storage.facets.server_copy
        assert copier is not None
        for data in (b"good", b"bad"):
            bench.ground.write("file", data)
        old = all_of(bench, "file")[1]
        hints = Hints(replaces=bench.stat("file"))
        written = copier.copy(old.place, old.entry, bench.at("file"), hints, Work())
        assert written.entry.size == 4
        assert bench.ground.read("file") == b"good"


@needs(facet="versions")
class TestPast:
    def test_what_is_there_now(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        for name in ("file", "d/one", "d/e/two", "gone/x"):
            bench.ground.write(name, name.encode())
        bench.ground.remove("gone/x")
        storage = past(bench, AFTER)
        top = Location(storage.root, bench.top.key)
        rows = {(e.name, e.is_directory) for page in storage.scan(top, NEVER) for e in page}
        assert rows == {("file", False), ("d", True)}
        walk = storage.facets.walk
        assert walk is not None
        assert {e.name for page in walk.walk(top, NEVER) for e in page} == {
            "file", "d/one", "d/e/two",
        }  # fmt: skip
        place = top.child("d/e/two")
        assert read(storage, place) == b"d/e/two"
        assert storage.stat(place).size == 7
        assert storage.stat(top.child("d/")).is_directory
        assert storage.stat(top).is_directory

    @pytest.mark.parametrize("name", ["file", "d/", "d/one"])
    def test_what_was_not_there_yet(self, bench: Bench, name: str) -> None:
        assert bench.ground.keep_versions()
        bench.ground.write("file", b"x")
        bench.ground.write("d/one", b"x")
        storage = past(bench, BEFORE)
        top = Location(storage.root, bench.top.key)
        assert [e for page in storage.scan(top, NEVER) for e in page] == []
        with pytest.raises(NotFound):
            storage.stat(top.child(name))

    def test_nothing_of_it_can_be_changed(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        bench.ground.write("file", b"x")
        storage = past(bench, AFTER)
        place = Location(storage.root, bench.at("file").key)
        assert not storage.features.writable
        with pytest.raises(ReadOnly):
            storage.delete(place)
        with pytest.raises(ReadOnly):
            storage.mkdir(place)
        with pytest.raises(ReadOnly):
            storage.open_write(place, Hints(), Work())
        assert bench.ground.read("file") == b"x"

    def test_without_versions_it_says_that_something_may_be_missing(self, bench: Bench) -> None:
        bench.ground.write("file", b"x")
        storage = past(bench, AFTER)
        top = Location(storage.root, bench.top.key)
        assert [e.name for page in storage.scan(top, NEVER) for e in page] == ["file"]
        unsure = (Keeping.ON, Keeping.DENIED)
        complete = versions_facet(bench).keeping(bench.top) in unsure
        assert complete == ("incomplete" not in storage.features.label)

    def test_an_unknown_version(self, bench: Bench) -> None:
        assert bench.ground.keep_versions()
        bench.ground.write("file", b"x")
        root = at_version(bench.top.root, "no-such-version")
        with pytest.raises((NotFound, Denied, StorageError)):
            read(versions_facet(bench).past(root), Location(root, bench.at("file").key))
