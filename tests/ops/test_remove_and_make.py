"""Deleting, making, naming, counting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.ops.conftest import BUCKETS, DISK, Place, World, disk, key, other
from tfm.jobs.lane import Lane
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.errors import AlreadyExists, Denied, InvalidName, Offline, StorageError
from tfm.model.location import Location, Root
from tfm.ops import make, remove, size
from tfm.ops.context import Meter, Outcome
from tfm.storage.base import Removal
from tfm.storage.memory.storage import MemoryStorage


def with_storage(storage: MemoryStorage, root: Root) -> World:
    world = World()
    world.storages[root] = storage
    world.vfs = type(world.vfs)(storages=world.storages)
    if root == BUCKETS:
        storage.mkdir(key("bucket/"))
    return world


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("place", [key, disk])
@pytest.mark.parametrize("threads", [False, True])
def test_exactly_what_was_picked_goes(lane: Lane, place: Place, many: bool, threads: bool) -> None:
    root = place("bucket/").root
    world = with_storage(MemoryStorage(root, {"delete_many": many, "walk": many}), root)
    top = place("bucket/") if place is key else place("/bucket")
    for name in ("foo/a", "foo/deep/b", "foo2/a", "foobar", "z"):
        here = top
        *parents, last = name.split("/")
        for part in parents:
            here = here.child(part, directory=True)
        world.write(here.child(last))
    picked = world.pick(top.child("foo", directory=True), top.child("z"))
    report = remove.remove(world.context(lane=lane if threads else None), picked)
    assert report.all_done, report.items
    assert set(world.tree(top)) == {"foo2/", "foo2/a", "foobar"}
    sources = [item.source for item in report.items]
    assert len(sources) == len(set(sources))


def test_each_file_goes_from_its_own_storage(world: World) -> None:
    for place in (key("bucket/a"), key("bucket/b"), other("bucket/b"), disk("/bucket/b")):
        world.write(place)
    report = remove.remove(
        world.context(), world.pick(key("bucket/a"), other("bucket/b"), disk("/bucket/b"))
    )
    assert report.all_done, report.items
    left = [set(world.tree(place("bucket/"))) for place in (key, other)]
    assert [*left, set(world.tree(disk("/bucket")))] == [{"b"}, set(), set()]


def test_an_object_and_the_directory_of_its_name_are_two_things() -> None:
    world = World()
    world.write(key("bucket/d/a"))
    world.write(key("bucket/d/a/b"))
    remove.remove(world.context(), world.pick(key("bucket/d/a")))
    assert world.tree(key("bucket/d/")) == {"a/": None, "a/b": b"data"}
    world.write(key("bucket/d/a"))
    remove.remove(world.context(), world.pick(key("bucket/d/a/")))
    assert world.tree(key("bucket/d/")) == {"a": b"data"}


def test_a_tree_of_2500_goes_in_three_calls() -> None:
    calls: list[int] = []

    class Counting(MemoryStorage):
        def __init__(self) -> None:
            super().__init__(BUCKETS, {})
            facet = self.facets.delete_many
            assert facet is not None
            inner = facet.delete_many

            def counted(
                items: Sequence[tuple[Location, Entry | None]], cancel: CancelToken = NEVER
            ) -> Sequence[Removal]:
                calls.append(len(items))
                return inner(items, cancel)

            facet.delete_many = counted  # type: ignore[method-assign]

    world = with_storage(Counting(), BUCKETS)
    for number in range(2500):
        world.write(key(f"bucket/t/{number % 7}/{number}"), b"")
    report = remove.remove(world.context(), world.pick(key("bucket/t/")))
    assert calls == [1000, 1000, 500]
    assert len(report.items) == 2500
    assert report.all_done
    assert world.tree(key("bucket/")) == {}


def test_the_directory_we_emptied_stays_visible() -> None:
    world = World()
    world.write(key("bucket/d/only"))
    remove.remove(world.context(), world.pick(key("bucket/d/only")))
    assert world.tree(key("bucket/")) == {"d/": None}


def test_what_cannot_go_keeps_its_directories_and_is_named() -> None:
    class Stubborn(MemoryStorage):
        def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
            if location.name == "stays":
                raise Denied("No.", hint="Ask somebody.")
            return super().delete(location, expected=expected)

    storage = Stubborn(DISK, {"delete_many": False, "walk": False})
    world = with_storage(storage, DISK)
    for name in ("/t/a", "/t/sub/stays", "/t/sub/goes", "/t/other/b"):
        world.write(disk(name))
    report = remove.remove(world.context(), world.pick(disk("/t")))
    assert set(world.tree(disk("/t"))) == {"sub/", "sub/stays"}
    assert [item.source.name for item in report.failures] == ["stays"]
    assert "Ask somebody." in report.failures[0].reason


def test_a_call_that_fails_as_a_whole_fails_each_of_its_items() -> None:
    class Down:
        batch = 1000
        conditional = False

        def delete_many(
            self, items: Sequence[tuple[Location, Entry | None]], cancel: CancelToken = NEVER
        ) -> list[Removal]:
            raise Offline("The line is down.")

    storage = MemoryStorage(BUCKETS, {})
    from dataclasses import replace

    storage.facets = replace(storage.facets, delete_many=Down())
    world = with_storage(storage, BUCKETS)
    world.write(key("bucket/d/a"))
    world.write(key("bucket/d/b"))
    report = remove.remove(world.context(), world.pick(key("bucket/d/")))
    assert [item.outcome for item in report.items] == [Outcome.FAILED] * 2
    assert set(world.tree(key("bucket/d/"))) == {"a", "b"}


def test_what_changed_since_it_was_seen_is_not_deleted() -> None:
    world = World()
    world.write(disk("/f"), b"one")
    picked = world.pick(disk("/f"))
    world.write(disk("/f"), b"another")
    report = remove.remove(world.context(), picked)
    assert report.failures
    assert world.read(disk("/f")) == b"another"


@pytest.mark.parametrize("place", [key, disk])
def test_a_tree_whose_delete_was_cancelled_stands_in_the_report(place: Place) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    world.write(top.child("d", directory=True).child("a"), b"a")
    cancel = CancelToken()
    picked = world.pick(top.child("d", directory=True))

    class CancelsOnceItIsPlanned(Meter):
        def plan(self, items: int, size: int) -> None:
            if items:
                cancel.cancel()

    ctx = replace(world.context(), cancel=cancel, meter=CancelsOnceItIsPlanned())
    report = remove.remove(ctx, picked)
    assert [(item.source, item.outcome) for item in report.items] == [
        (picked[0][0], Outcome.CANCELLED)
    ]
    assert world.tree(top) == {"d/": None, "d/a": b"a"}


@pytest.mark.parametrize("place", [key, disk])
def test_rename_never_replaces(place: Place) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    world.write(top.child("a"), b"a")
    world.write(top.child("b"), b"b")
    report = make.rename(world.context(), world.pick(top.child("a"))[0], "b")
    assert isinstance(report.items[0].error, AlreadyExists)
    assert make.rename(world.context(), world.pick(top.child("a"))[0], "c").all_done
    assert world.tree(top) == {"b": b"b", "c": b"a"}


@pytest.mark.parametrize("place", [key, disk])
def test_rename_of_a_directory_takes_all_along(place: Place) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    world.write(top.child("d", directory=True).child("f"), b"1")
    report = make.rename(world.context(), world.pick(top.child("d", directory=True))[0], "e")
    assert report.all_done
    assert world.tree(top) == {"e/": None, "e/f": b"1"}


@pytest.mark.parametrize("place", [key, disk])
def test_a_file_is_not_renamed_to_nothing(world: World, place: Place) -> None:
    """In a key store `d/` with an empty name is `d/`, and without its slash another place: `d`."""
    top = place("bucket/d/") if place is key else place("/d")
    world.write(top.child("a"), b"a")
    with pytest.raises(InvalidName):
        make.rename(world.context(), world.pick(top.child("a"))[0], "")
    assert world.tree(top) == {"a": b"a"}


@pytest.mark.parametrize("name", ["", "a/b"])
def test_names_that_are_none_are_refused(name: str) -> None:
    world = World()
    world.write(disk("/a"))
    with pytest.raises(InvalidName):
        make.rename(world.context(), world.pick(disk("/a"))[0], name)
    assert set(world.tree(disk("/"))) == {"a"}


@pytest.mark.parametrize("place", [key, disk])
def test_a_new_file_never_touches_an_old_one(place: Place) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    world.directory(top)
    made = make.make_file(world.context(), top.child("new"))
    assert made.entry.size == 0
    world.write(top.child("new"), b"content")
    with pytest.raises(AlreadyExists):
        make.make_file(world.context(), top.child("new"))
    assert world.read(top.child("new")) == b"content"


@pytest.mark.parametrize("place", [key, disk])
def test_directories_are_made_with_their_parents_on_request(place: Place) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    world.directory(top)
    deep = top.child("a", directory=True).child("b", directory=True)
    make.make_directory(world.context(), deep, parents=True)
    make.make_directory(world.context(), deep, parents=True)
    assert world.tree(top) == {"a/": None, "a/b/": None}
    with pytest.raises(AlreadyExists):
        make.make_directory(world.context(), deep)


@pytest.mark.parametrize("place", [key, disk])
def test_counts_tell_as_they_grow_and_say_when_they_are_final(place: Place) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    for name in ("a", "b"):
        world.write(top.child("d", directory=True).child(name), b"12345")
    world.write(top.child("d", directory=True).child("e", directory=True).child("c"), b"1")
    told: list[size.Count] = []
    ctx = world.context()
    picked = world.pick(top.child("d", directory=True))
    final = size.count(ctx, picked, told.append)
    assert (final.files, final.directories, final.bytes) == (3, 2, 11)
    assert told[-1] == final
    assert final.complete
    assert not told[0].complete


def test_every_error_of_a_delete_is_of_the_tree() -> None:
    world = World()
    world.write(disk("/f"))
    picked = world.pick(disk("/f"))
    world.write(disk("/f"), b"changed")
    error = remove.remove(world.context(), picked).failures[0].error
    assert isinstance(error, StorageError)
    assert error.place == disk("/f")


@pytest.mark.parametrize("place", [key, disk])
def test_a_rename_does_not_merge_two_directories(world: World, place: Place) -> None:
    top = place("bucket/") if place is key else place("/bucket")
    for name in "de":
        world.write(top.child(name, directory=True).child(name), b"1")
    report = make.rename(world.context(), world.pick(top.child("d", directory=True))[0], "e")
    assert isinstance(report.failures[0].error, AlreadyExists)
    assert world.tree(top) == {"d/": None, "d/d": b"1", "e/": None, "e/e": b"1"}


@pytest.mark.parametrize("place", [key, disk])
def test_many_are_made_in_one_go_with_what_is_above_them(world: World, place: Place) -> None:
    top = place("bucket/") if place is key else place("/bucket")
    world.directory(top)
    world.write(top.child("old"), b"kept")
    names = ["a/b/c", "d/", "old", "e"]
    assert not any(make.path_fault(name) for name in names)
    report = make.make_all(world.context(), top, names, files=True)
    assert [item.outcome for item in report.items] == [
        Outcome.DONE, Outcome.DONE, Outcome.FAILED, Outcome.DONE,
    ]  # fmt: skip
    assert isinstance(report.items[2].error, AlreadyExists)
    tree = world.tree(top)
    assert tree == {
        "a/": None, "a/b/": None, "a/b/c": b"", "d/": None, "old": b"kept", "e": b"",
    }  # fmt: skip
    again = make.make_all(world.context(), top, ["a/x/y", "d"], files=False)
    assert [item.outcome for item in again.items] == [Outcome.DONE, Outcome.FAILED]
    assert world.tree(top)["a/x/y/"] is None


@pytest.mark.parametrize("name", ["", "/a", "a//b", "a/../b", ".", "a\0"])
def test_a_path_that_is_none(name: str) -> None:
    assert make.path_fault(name)
