"""Copy and move between every pair of storages, and the ways in which they refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import pytest

from tests.ops.conftest import BUCKETS, DISK, Place, Scripted, World, disk, key, other
from tfm.jobs.lane import Lane
from tfm.model.cancel import NEVER
from tfm.model.conflict import Answer, Decision, Policy
from tfm.model.entry import Entry
from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    Corrupt,
    InvalidName,
    NotDirectory,
    Offline,
    SameObject,
    StorageError,
    TooLate,
    Unsupported,
)
from tfm.model.location import Location
from tfm.ops import tree
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.plan import Picked
from tfm.ops.proof import VerifiedCopy, verify
from tfm.storage.base import Evidence, Hints, Reader, Work, Writer
from tfm.storage.memory.storage import MemoryStorage

Verb = Callable[[OpContext, Sequence[Picked], Location], Report]

TREE = {
    "top/": None,
    "top/a.txt": b"alpha",
    "top/empty/": None,
    "top/deep/": None,
    "top/deep/er/": None,
    "top/deep/er/b.bin": bytes(range(256)) * 40,
    "top/deep/c": b"",
}


def base(place: Place) -> Location:
    return place("bucket/from/") if place is not disk else place("/from")


def goal(place: Place) -> Location:
    return place("bucket/to/") if place is not disk else place("/to")


def fill(world: World, top: Location) -> None:
    world.directory(top)
    for name, data in TREE.items():
        place = top
        parts = name.rstrip("/").split("/")
        for part in parts[:-1]:
            place = place.child(part, directory=True)
        place = place.child(parts[-1], directory=data is None)
        if data is None:
            if name == "top/empty/" or top.root == DISK:
                world.directory(place)
        else:
            world.write(place, data, mtime_ns=1_600_000_000_123_456_789)


PAIRS = [(a, b) for a in (key, other, disk) for b in (key, other, disk)]


@pytest.mark.parametrize(("here", "there"), PAIRS)
@pytest.mark.parametrize("threads", [False, True])
def test_a_tree_arrives_whole(
    world: World, lane: Lane, here: Place, there: Place, threads: bool
) -> None:
    fill(world, base(here))
    world.directory(goal(there))
    before = world.tree(base(here))
    ctx = world.context(lane=lane if threads else None)
    picked = world.pick(base(here).child("top", directory=True))
    report = tree.copy(ctx, picked, goal(there))
    assert report.all_done, report.items
    assert world.tree(goal(there)) == TREE
    assert world.tree(base(here)) == before
    copied = world.vfs.stat(goal(there).child("top", directory=True).child("a.txt"), fresh=True)
    assert copied.source_mtime_ns == 1_600_000_000_123_456_789
    totals = ctx.meter.totals()
    assert totals.items_done == totals.items_total == len(report.items)
    assert not totals.counting


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_a_moved_tree_leaves_nothing_behind(world: World, here: Place, there: Place) -> None:
    fill(world, base(here))
    world.directory(goal(there))
    picked = world.pick(base(here).child("top", directory=True))
    report = tree.move(world.context(), picked, goal(there))
    assert report.all_done, report.items
    assert world.tree(goal(there)) == TREE
    assert world.tree(base(here)) == {}
    # the directory we emptied does not vanish from under the cursor
    assert world.vfs.stat(base(here), fresh=True).is_directory


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_a_file_under_a_new_name(world: World, here: Place, there: Place) -> None:
    source = world.write(base(here).child("a"), b"1")
    world.directory(goal(there))
    target = goal(there).child("b")
    report = tree.copy(world.context(), [(base(here).child("a"), source)], target, into=False)
    assert report.all_done
    assert world.read(target) == b"1"
    assert list(world.tree(goal(there))) == ["b"]


# -- conflicts -----------------------------------------------------------------------------------


def conflict(world: World, here: Place, there: Place) -> tuple[Location, Location]:
    source, target = base(here).child("f.txt"), goal(there).child("f.txt")
    world.write(source, b"new", mtime_ns=2_000_000_000)
    world.write(target, b"old!", mtime_ns=1_000_000_000)
    return source, target


@pytest.mark.parametrize("move", [False, True])
@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_nothing_is_overwritten_unasked(
    world: World, here: Place, there: Place, move: bool
) -> None:
    source, target = conflict(world, here, there)
    act = tree.move if move else tree.copy
    report = act(world.context(), world.pick(source), goal(there))
    assert [item.outcome for item in report.items] == [Outcome.FAILED]
    assert isinstance(report.items[0].error, AlreadyExists)
    assert (world.read(source), world.read(target)) == (b"new", b"old!")


@pytest.mark.parametrize("move", [False, True])
@pytest.mark.parametrize(("here", "there"), PAIRS)
@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        (Decision(Answer.OVERWRITE), {"f.txt": b"new"}),
        (Decision(Answer.SKIP), {"f.txt": b"old!"}),
        (Decision(Answer.KEEP_BOTH), {"f.txt": b"old!", "f (2).txt": b"new"}),
        (Decision(Answer.RENAME, "g.txt"), {"f.txt": b"old!", "g.txt": b"new"}),
        (Decision(Answer.NEWER), {"f.txt": b"new"}),
        (Decision(Answer.DIFFERENT), {"f.txt": b"new"}),
    ],
)
def test_each_answer_does_what_it_says(
    world: World,
    here: Place,
    there: Place,
    decision: Decision,
    expected: dict[str, bytes],
    move: bool,
) -> None:
    source, _target = conflict(world, here, there)
    resolver = Scripted([decision])
    act = tree.move if move else tree.copy
    report = act(world.context(resolver), world.pick(source), goal(there))
    assert world.tree(goal(there)) == expected
    skipped = decision.answer is Answer.SKIP
    assert [item.outcome for item in report.items] == [Outcome.SKIPPED if skipped else Outcome.DONE]
    assert ("f.txt" in world.tree(base(here))) == (skipped or not move)
    assert resolver.asked[0].source_entry.source_mtime_ns == 2_000_000_000
    assert resolver.asked[0].destination_entry.source_mtime_ns == 1_000_000_000


def test_newer_keeps_what_is_not_older(world: World) -> None:
    source, target = disk("/from/f"), key("bucket/to/f")
    world.write(source, b"new", mtime_ns=1_000_000_000)
    world.write(target, b"old!", mtime_ns=1_000_000_000)
    report = tree.copy(world.context(Policy(Answer.NEWER)), world.pick(source), key("bucket/to/"))
    assert report.items[0].outcome is Outcome.SKIPPED
    assert world.read(target) == b"old!"


def test_sources_of_two_storages_are_each_removed_where_they_lie(world: World) -> None:
    for place in (key("bucket/a"), key("bucket/b"), other("bucket/b")):
        world.write(place)
    world.directory(disk("/to"))
    report = tree.move(world.context(), world.pick(key("bucket/a"), other("bucket/b")), disk("/to"))
    assert report.all_done, report.items
    assert [set(world.tree(place("bucket/"))) for place in (key, other)] == [{"b"}, set()]


def test_a_cancel_while_sources_are_removed_leaves_nothing_out_of_the_report(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(key("bucket/a"))
    world.write(key("bucket/b"))
    ctx, facets = world.context(), world.vfs.facets(key("bucket/"))

    def wait_in_vain(*_arguments: object) -> None:
        ctx.cancel.cancel()
        raise Cancelled

    monkeypatch.setattr(type(facets.delete_many), "delete_many", wait_in_vain)
    world.directory(disk("/to"))
    report = tree.move(ctx, world.pick(key("bucket/a"), key("bucket/b")), disk("/to"))
    assert [(item.source.name, item.outcome) for item in report.items] == [
        ("a", Outcome.FAILED),
        ("b", Outcome.FAILED),
    ]
    assert set(world.tree(disk("/to"))) == {"a", "b"}


def test_a_typed_name_that_is_taken_asks_again(world: World) -> None:
    source, _ = conflict(world, disk, key)
    world.write(key("bucket/to/g.txt"), b"also here")
    resolver = Scripted([Decision(Answer.RENAME, "g.txt"), Decision(Answer.RENAME, "h.txt")])
    tree.copy(world.context(resolver), world.pick(source), key("bucket/to/"))
    assert [c.destination.name for c in resolver.asked] == ["f.txt", "g.txt"]
    assert world.read(key("bucket/to/h.txt")) == b"new"


def test_apply_to_all_asks_once(world: World) -> None:
    for name in "abc":
        world.write(disk(f"/from/{name}"), b"new")
        world.write(key(f"bucket/to/{name}"), b"old")
    resolver = Scripted([Decision(Answer.OVERWRITE, to_all=True)])
    picked = world.pick(*[disk(f"/from/{name}") for name in "abc"])
    assert tree.copy(world.context(resolver), picked, key("bucket/to/")).all_done
    assert len(resolver.asked) == 1
    assert set(world.tree(key("bucket/to/")).values()) == {b"new"}


def test_cancel_as_an_answer_ends_the_job(world: World) -> None:
    for name in "abc":
        world.write(disk(f"/from/{name}"), b"new")
    world.write(key("bucket/to/b"), b"old")
    resolver = Scripted([Decision(Answer.CANCEL)])
    ctx = world.context(resolver)
    picked = world.pick(*[disk(f"/from/{name}") for name in "abc"])
    report = tree.copy(ctx, picked, key("bucket/to/"))
    outcomes = {item.source.name: item.outcome for item in report.items}
    assert outcomes == {
        "a": Outcome.DONE,
        "b": Outcome.CANCELLED,
        "c": Outcome.CANCELLED,
    }
    assert ctx.cancel.cancelled


@pytest.mark.parametrize("move", [False, True])
def test_directories_merge(world: World, move: bool) -> None:
    world.write(disk("/from/d/new"), b"1")
    world.write(disk("/from/d/both"), b"2")
    world.write(disk("/to/d/old"), b"3")
    world.write(disk("/to/d/both"), b"4")
    act = tree.move if move else tree.copy
    report = act(world.context(Policy(Answer.SKIP)), world.pick(disk("/from/d")), disk("/to"))
    assert world.tree(disk("/to")) == {"d/": None, "d/new": b"1", "d/both": b"4", "d/old": b"3"}
    outcomes = {item.source.name: item.outcome for item in report.items}
    assert outcomes["both"] is Outcome.SKIPPED
    # a skipped child keeps its directory: never removed with what was not carried
    assert world.read(disk("/from/d/both")) == b"2"
    assert outcomes["d"] is (Outcome.SKIPPED if move else Outcome.DONE)


@pytest.mark.parametrize("answer", [Answer.OVERWRITE, Answer.NEWER])
def test_a_file_never_lands_in_or_replaces_a_directory(world: World, answer: Answer) -> None:
    world.write(disk("/from/x"), b"file")
    world.write(disk("/to/x/inside"), b"kept")
    report = tree.copy(world.context(Policy(answer)), world.pick(disk("/from/x")), disk("/to"))
    assert report.items[0].outcome is Outcome.FAILED
    assert world.tree(disk("/to")) == {"x/": None, "x/inside": b"kept"}


def test_a_directory_does_not_replace_a_file(world: World) -> None:
    world.write(disk("/from/x/inside"), b"1")
    world.write(disk("/to/x"), b"kept")
    ctx = world.context(Policy(Answer.OVERWRITE))
    report = tree.move(ctx, world.pick(disk("/from/x")), disk("/to"))
    assert report.failures
    assert world.tree(disk("/to")) == {"x": b"kept"}
    assert world.read(disk("/from/x/inside")) == b"1"


# -- refusals: nothing happens -------------------------------------------------------------------


@pytest.mark.parametrize("move", [False, True])
@pytest.mark.parametrize("place", [key, disk])
def test_onto_itself_and_into_itself_is_refused(world: World, place: Place, move: bool) -> None:
    fill(world, base(place))
    before = world.tree(base(place))
    act = tree.move if move else tree.copy
    top = base(place).child("top", directory=True)
    with pytest.raises(SameObject):
        act(world.context(), world.pick(top), base(place))
    with pytest.raises(SameObject):
        act(world.context(), world.pick(top), top.child("deep", directory=True))
    with pytest.raises(SameObject):
        act(world.context(), world.pick(top.child("a.txt")), top)
    assert world.tree(base(place)) == before


def test_two_sources_of_one_name_are_refused(world: World) -> None:
    world.write(disk("/a/f"), b"1")
    world.write(disk("/b/f"), b"2")
    world.directory(disk("/to"))
    with pytest.raises(AlreadyExists, match="Two of the sources"):
        tree.copy(world.context(), world.pick(disk("/a/f"), disk("/b/f")), disk("/to"))
    assert world.tree(disk("/to")) == {}


def test_many_sources_need_a_directory(world: World) -> None:
    picked = [(disk("/a"), world.write(disk("/a"))), (disk("/b"), world.write(disk("/b")))]
    with pytest.raises(NotDirectory):
        tree.copy(world.context(), picked, disk("/c"), into=False)
    world.write(disk("/file"))
    with pytest.raises(NotDirectory):
        tree.copy(world.context(), picked, disk("/file"))


def test_names_the_destination_cannot_hold_are_refused_first(world: World) -> None:
    world.write(disk("/from/d/fine"), b"1")
    world.write(disk("/from/d/" + "x" * 200), b"2")
    deep = key("bucket/" + "p" * 900 + "/")
    with pytest.raises(InvalidName):
        tree.copy(world.context(), world.pick(disk("/from/d")), deep)
    assert world.tree(key("bucket/")) == {}


def test_files_do_not_lie_beside_buckets(world: World) -> None:
    world.write(disk("/f"))
    with pytest.raises(Unsupported):
        tree.copy(world.context(), world.pick(disk("/f")), key(""))


# -- odd names -------------------------------------------------------------------------------------

ODD = [
    "a//b",
    "/lead",
    "..",
    "../up",
    ".",
    "new\nline",
    "trail ",
    "%2e",
    "a/",
    "␦x",
    "both",
    "both/in",
    "-rf",
]


def test_odd_keys_come_down_beneath_the_destination_and_are_mapped(world: World) -> None:
    for name in ODD:
        world.raw(Location(BUCKETS, "bucket/odd/" + name), name.encode())
    world.directory(disk("/to"))
    report = tree.copy(world.context(), world.pick(key("bucket/odd/")), disk("/to"))
    assert [
        i for i in report.items if i.outcome is Outcome.FAILED and i.source.inner_key != "odd/a/"
    ] == []
    found = {data for data in world.tree(disk("/to")).values() if data is not None}
    assert found == {name.encode() for name in ODD if name != "a/"}
    assert set(world.tree(disk("/"))) == {"to/"} | {
        "to/" + name for name in world.tree(disk("/to"))
    }
    renamed = [item for item in report.items if "stored as" in item.note]
    assert renamed


def test_odd_keys_travel_between_key_stores_verbatim(world: World) -> None:
    for name in ODD:
        world.raw(Location(BUCKETS, "bucket/odd/" + name), name.encode())
    tree.copy(world.context(), world.pick(key("bucket/odd/")), other("bucket/"))
    for name in ODD:
        if name != "a/":
            assert world.read(other("bucket/odd/" + name)) == name.encode()


def test_a_marker_with_bytes_is_never_dropped_silently(world: World) -> None:
    world.raw(key("bucket/d/"), b"precious")
    world.write(key("bucket/d/f"), b"1")
    report = tree.move(world.context(), world.pick(key("bucket/d/")), other("bucket/"))
    assert report.failures
    assert world.vfs.stat(key("bucket/d/"), fresh=True).is_directory
    walk = world.vfs.facets(key("bucket/d/")).walk
    assert walk is not None
    assert [e.size for page in walk.walk(key("bucket/d/"), NEVER) for e in page] == [8]


def test_a_name_that_is_no_text_fails_alone(world: World) -> None:
    world.write(disk("/from/good"), b"1")
    world.write(disk("/from/bad\udcff"), b"2")
    report = tree.move(world.context(), world.pick(disk("/from")), key("bucket/"))
    assert world.read(key("bucket/from/good")) == b"1"
    assert world.read(disk("/from/bad\udcff")) == b"2"
    assert len(report.failures) == 1


# -- faults ----------------------------------------------------------------------------------------


class Faulty(MemoryStorage):
    """Fails reads or commits of some names."""

    broken: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        if location.name in self.broken:
            raise Offline("The line is down.")
        return super().open_read(location, offset, expected=expected, length=length)

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        if location.name in self.late:
            raise TooLate("Somebody was faster.")
        return super().open_write(location, hints, work)


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("move", [False, True])
def test_one_failure_does_not_stop_the_rest(lane: Lane, move: bool, threads: bool) -> None:
    world = World()
    faulty = Faulty(BUCKETS, {})
    faulty.mkdir(key("bucket/"))
    faulty.broken = frozenset({"f7", "f13"})
    world.storages[BUCKETS] = faulty
    world.vfs = type(world.vfs)(storages=world.storages)
    for n in range(40):
        world.write(key(f"bucket/d/f{n}"), b"%d" % n)
    world.directory(disk("/to"))
    act = tree.move if move else tree.copy
    ctx = world.context(lane=lane if threads else None)
    report = act(ctx, world.pick(key("bucket/d/")), disk("/to"))
    assert {item.source.name for item in report.failures} == {"f7", "f13"}
    assert len(world.tree(disk("/to/d"))) == 38
    sources = [item.source for item in report.items]
    assert len(sources) == len(set(sources)) == 41
    faulty.broken = frozenset()
    left = world.tree(key("bucket/d/"))
    assert set(left) == ({"f7", "f13"} if move else {f"f{n}" for n in range(40)})


def test_a_source_that_changed_is_not_carried_and_not_removed(world: World) -> None:
    world.write(key("bucket/d/f"), b"one")
    picked = world.pick(key("bucket/d/f"))
    world.write(key("bucket/d/f"), b"another")
    world.directory(disk("/to"))
    report = tree.move(world.context(), picked, disk("/to"))
    assert isinstance(report.items[0].error, TooLate)
    assert world.tree(disk("/to")) == {}
    assert world.read(key("bucket/d/f")) == b"another"


def test_cancel_in_the_middle_ends_every_item_once(world: World, lane: Lane) -> None:
    world.storages[DISK] = MemoryStorage(DISK, {"delete_many": False})
    world.vfs = type(world.vfs)(storages=world.storages)
    for n in range(60):
        world.write(disk(f"/d/f{n:02}"), b"x")
    ended: list[str] = []
    ctx = world.context(lane=lane)

    def on_item(_item: object) -> None:
        ended.append("x")
        if len(ended) == 10:
            ctx.cancel.cancel()

    ctx = replace(ctx, on_item=on_item)
    report = tree.move(ctx, world.pick(disk("/d")), key("bucket/to/"))
    sources = [item.source for item in report.items]
    assert len(sources) == len(set(sources)) == 61
    done = {i.source.name for i in report.items if i.outcome is Outcome.DONE}
    assert 10 <= len(done) < 60
    assert set(world.tree(key("bucket/to/d/"))) == done
    assert set(world.tree(disk("/d"))) == {f"f{n:02}" for n in range(60)} - done


# -- proof -----------------------------------------------------------------------------------------


def test_only_verify_makes_a_proof(world: World) -> None:
    source = disk("/f")
    entry = world.write(source, b"1")
    with world.vfs.open_write(disk("/g"), Hints()) as writer:
        writer.write(b"1")
        written = writer.commit()
    with pytest.raises(TypeError):
        VerifiedCopy(object(), source, entry, written)
    assert verify(source, entry, written).source == source
    with pytest.raises(Corrupt):
        verify(source, replace(entry, size=2), written)
    with pytest.raises(Corrupt):
        verify(source, entry, replace(written, evidence=Evidence.SIZE), needs=Evidence.CHECKSUM)


def test_a_move_that_is_proved_by_size_only_keeps_the_source(world: World) -> None:
    class Vague(MemoryStorage):
        def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
            writer = super().open_write(location, hints, work)
            commit = writer.commit
            writer.commit = lambda: replace(commit(), evidence=Evidence.SIZE)  # type: ignore[method-assign]
            return writer

    vague = Vague(BUCKETS, {})
    vague.mkdir(key("bucket/"))
    world.storages[BUCKETS] = vague
    world.vfs = type(world.vfs)(storages=world.storages)
    world.write(disk("/f"), b"1")
    report = tree.move(world.context(), world.pick(disk("/f")), key("bucket/"))
    assert report.items[0].outcome is Outcome.FAILED
    assert "kept" in report.items[0].reason
    assert world.read(disk("/f")) == b"1"


def test_the_errors_of_a_report_are_of_the_tree(world: World) -> None:
    world.write(disk("/f"))
    world.write(disk("/to/f"))
    report = tree.copy(world.context(), world.pick(disk("/f")), disk("/to"))
    error = cast(StorageError, report.items[0].error)
    assert error.hint
    assert isinstance(world.context(), OpContext)


@pytest.mark.parametrize("answer", [Answer.DIFFERENT, Answer.NEWER])
def test_times_count_where_the_listing_of_the_destination_does_not_tell_them(
    world: World, answer: Answer
) -> None:
    """Three names and more are looked up in one listing, which knows when they were uploaded."""
    for name in "abc":
        world.write(disk(f"/from/{name}"), b"same", mtime_ns=1_600_000_000_000_000_000)
    places = [disk(f"/from/{name}") for name in "abc"]
    world.directory(key("bucket/to/"))
    assert tree.copy(world.context(), world.pick(*places), key("bucket/to/")).all_done
    again = tree.copy(world.context(Policy(answer)), world.pick(*places), key("bucket/to/"))
    assert again.count(Outcome.SKIPPED) == 3
    for name in "abc":
        world.write(disk(f"/from/{name}"), b"late", mtime_ns=1_600_000_001_000_000_000)
    later = tree.copy(world.context(Policy(answer)), world.pick(*places), key("bucket/to/"))
    assert later.all_done


@pytest.mark.parametrize("place", [key, disk])
@pytest.mark.parametrize("verb", [tree.copy, tree.move])
@pytest.mark.parametrize("deeper", [b"same", b"other"])
@pytest.mark.parametrize("threads", [False, True])
def test_a_directory_merged_with_its_own_parent_loses_nothing(
    world: World, lane: Lane, place: Place, verb: Verb, deeper: bytes, threads: bool
) -> None:
    """`d/d` goes onto `d`, and `d/d/d/f` to where `d/d/f` comes from: neither may replace the other."""
    top = place("bucket/") if place is key else place("/top")
    upper, lower = "d/d/f", "d/d/d/f"
    world.directory(top)
    for name, data in ((upper, b"same"), (lower, deeper)):
        here = top
        for part in name.split("/")[:-1]:
            here = here.child(part, directory=True)
        world.write(here.child("f"), data)
    picked = world.pick(top.child("d", directory=True).child("d", directory=True))
    ctx = world.context(Policy(Answer.OVERWRITE), lane if threads else None)
    report = verb(ctx, picked, top)
    left = {name: data for name, data in world.tree(top).items() if data is not None}
    assert sorted(left.values()).count(b"same") >= (2 if deeper == b"same" else 1)
    assert deeper in left.values()
    for item in report.items:
        if item.outcome is Outcome.DONE and not item.source.looks_like_directory:
            assert item.destination is not None
            there = world.vfs.exists(item.destination)
            assert there, f"{item.source} is reported as done, but nothing stands there"
