"""What stands or turns up in the way of a copy or move: links, other names, newcomers, pipes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ops.conftest import BUCKETS, DISK, OTHER, Place, World, disk, key, other
from tfm.model.change import Change
from tfm.model.conflict import Answer, Conflict, Decision, Policy
from tfm.model.entry import Entry
from tfm.model.errors import AlreadyExists, SameObject
from tfm.model.location import LOCAL, Location, local
from tfm.ops import tree
from tfm.ops.context import ItemResult, Outcome, Report
from tfm.storage.base import Hints, Work, Writer
from tfm.storage.local.storage import LocalStorage
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.shelf import Content
from tfm.storage.memory.storage import MemoryStorage

Act = Callable[..., Report]
ACTS = pytest.mark.parametrize("act", [tree.copy, tree.move])


@pytest.fixture
def real(world: World) -> World:
    """A world that also has the real disk."""
    world.storages[LOCAL] = LocalStorage(LOCAL, {})
    world.vfs = type(world.vfs)(storages=world.storages)
    return world


# -- links --------------------------------------------------------------------------------------


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A destination `to` whose `to/d/sub` is a link that leads out, to `outside`."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_bytes(b"theirs")
    (tmp_path / "to" / "d").mkdir(parents=True)
    (tmp_path / "to" / "d" / "sub").symlink_to("../../outside")
    return tmp_path


@ACTS
@pytest.mark.parametrize("far", [False, True])
def test_a_link_inside_the_destination_leads_nothing_out(
    real: World, trap: Path, far: bool, act: Act
) -> None:
    top = key("bucket/d/") if far else local(trap / "from" / "d")
    real.write(top.child("sub", directory=True).child("f"), b"mine")
    real.write(top.child("g"), b"mine")
    ctx = real.context(Policy(Answer.OVERWRITE))
    report = act(ctx, real.pick(top), local(trap / "to"))
    assert [path.read_bytes() for path in (trap / "outside").iterdir()] == [b"theirs"]
    assert (trap / "to" / "d" / "sub").is_symlink()
    outcomes = {item.source.name: item.outcome for item in report.items}
    assert outcomes["f"] is outcomes["sub"] is Outcome.FAILED
    assert outcomes["g"] is Outcome.DONE and (trap / "to" / "d" / "g").read_bytes() == b"mine"
    assert real.read(top.child("sub", directory=True).child("f")) == b"mine"
    assert any("symbolic link named sub" in item.reason for item in report.failures)


@pytest.mark.parametrize("into", [True, False])
def test_a_link_named_as_the_destination_receives_but_is_never_the_new_name(
    real: World, tmp_path: Path, into: bool
) -> None:
    """As cp: `cp -a d link` puts it inside, `cp -aT d link` is refused."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_bytes(b"1")
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far")
    picked = real.pick(local(tmp_path / "d"))
    report = tree.copy(real.context(), picked, local(tmp_path / "link"), into=into)
    assert report.all_done is into
    assert [path.name for path in (tmp_path / "far").iterdir()] == (["d"] if into else [])
    told = [item.reason for item in report.failures]
    assert into or any("symbolic link named link" in reason for reason in told)


@ACTS
def test_nothing_goes_onto_or_into_itself_by_way_of_a_link(
    real: World, tmp_path: Path, act: Act
) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "f").write_bytes(b"1")
    (tmp_path / "same").symlink_to("d")
    (tmp_path / "deeper").symlink_to("d/sub")
    os.link(tmp_path / "d" / "f", tmp_path / "d" / "sub" / "f")
    ctx = real.context(Policy(Answer.OVERWRITE))
    before = sorted(tmp_path.rglob("*"))
    for what, where in (("d", "deeper"), ("d/f", "same"), ("d", ".")):
        with pytest.raises(SameObject):
            act(ctx, real.pick(local(tmp_path / what)), local(tmp_path / where))
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "d" / "f").read_bytes() == b"1"


# -- two names for one file ---------------------------------------------------------------------


class _Folded:
    """The identity facet of `Folding`."""

    def identity(self, location: Location) -> str:
        return location.key.casefold()

    def lineage(self, directory: Location) -> list[str]:
        return [self.identity(place) for place in (directory, *directory.ancestors())]


class Folding(MemoryStorage):
    """A disk on which `A` and `a` are one name, as they are on macOS by default."""

    def __init__(self) -> None:
        super().__init__(DISK, {})
        self.facets = replace(self.facets, identity=_Folded())

    def stat(self, location: Location) -> Entry:
        return super().stat(_folded(location))

    def mkdir(self, location: Location) -> Change:
        return super().mkdir(_folded(location))

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        return super().open_write(_folded(location), hints, work)


def _folded(location: Location) -> Location:
    return Location(location.root, location.key.casefold())


@ACTS
@pytest.mark.parametrize("answer", [Answer.OVERWRITE, Answer.DIFFERENT, Answer.FAIL])
@pytest.mark.parametrize("names", [("Name", "name"), ("D/f", "d/f")])
def test_two_names_that_are_one_there_do_not_replace_each_other(
    world: World, act: Act, answer: Answer, names: tuple[str, str]
) -> None:
    world.storages[DISK] = Folding()
    world.vfs = type(world.vfs)(storages=world.storages)
    for name in names:
        world.write(key("bucket/from/" + name), name.encode() * len(name))
    world.directory(disk("/to"))
    report = act(world.context(Policy(answer)), world.pick(key("bucket/from/")), disk("/to"))
    (lost,) = [item for item in report.failures if not item.source.looks_like_directory]
    assert isinstance(lost.error, AlreadyExists)
    assert lost.error.hint
    kept = {world.read(key("bucket/from/" + name)) for name in world_names(world)}
    arrived = {data for data in world.tree(disk("/to")).values() if data is not None}
    assert kept | arrived == {name.encode() * len(name) for name in names}
    assert len(arrived) == 1


def world_names(world: World) -> list[str]:
    found = world.tree(key("bucket/from/"))
    return [name for name, data in found.items() if data is not None]


def test_an_old_file_under_another_spelling_may_still_be_replaced(world: World) -> None:
    world.storages[DISK] = Folding()
    world.vfs = type(world.vfs)(storages=world.storages)
    world.directory(disk("/to"))
    world.write(disk("/to/name"), b"old")
    world.write(key("bucket/NAME"), b"new")
    ctx = world.context(Policy(Answer.OVERWRITE))
    assert tree.copy(ctx, world.pick(key("bucket/NAME")), disk("/to")).all_done
    assert world.read(disk("/to/name")) == b"new"


# -- newcomers and things that are no files -----------------------------------------------------


@pytest.mark.parametrize(
    ("here", "there"), [(key, other), (key, disk), (disk, key)], ids=["inside", "down", "up"]
)
def test_what_appears_in_the_source_during_a_move_stays(
    world: World, here: Place, there: Place
) -> None:
    top = here("bucket/from/") if here is key else here("/from")
    goal = there("bucket/to/") if there is not disk else there("/to")
    world.directory(goal)
    for number in range(5):
        world.write(top.child("d", directory=True).child(f"f{number}"), b"old")
    newcomer = top.child("d", directory=True).child("new")

    ended: list[ItemResult] = []

    def come(item: ItemResult) -> None:
        if not ended:
            world.write(newcomer, b"new")
        ended.append(item)

    report = tree.move(replace(world.context(), on_item=come), world.pick(top), goal)
    assert world.read(newcomer) == b"new"
    assert set(world.tree(top)) == {"d/", "d/new"}
    arrived = {name for name, data in world.tree(goal).items() if data is not None}
    assert arrived == {f"from/d/f{number}" for number in range(5)}
    if here is disk:  # a real directory that is not empty is named
        stays = [item.source.name for item in report.items if item.outcome is Outcome.SKIPPED]
        assert stays == ["d", "from"]


@ACTS
def test_a_pipe_in_the_tree_neither_hangs_nor_goes(real: World, tmp_path: Path, act: Act) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "f").write_bytes(b"1")
    os.mkfifo(tmp_path / "d" / "sub" / "pipe")
    real.directory(disk("/to"))
    report = act(real.context(), real.pick(local(tmp_path / "d")), disk("/to"))
    assert real.tree(disk("/to")) == {"d/": None, "d/sub/": None, "d/sub/f": b"1"}
    (pipe,) = [item for item in report.items if item.source.name == "pipe"]
    assert (pipe.outcome, "not a file" in pipe.reason) == (Outcome.SKIPPED, True)
    assert (tmp_path / "d" / "sub" / "pipe").is_fifo()
    assert (tmp_path / "d" / "sub" / "f").exists() == (act is tree.copy)


# -- one object under two names -------------------------------------------------------------------


@pytest.mark.parametrize("many", [False, True])
def test_an_object_is_not_moved_over_itself_by_way_of_another_name_of_its_bucket(
    world: World, many: bool
) -> None:
    # as an access point and its bucket, or one server under two addresses
    world.storages[BUCKETS] = world.storages[OTHER] = MemoryStorage(BUCKETS, {"delete_many": many})
    world.vfs = type(world.vfs)(storages=world.storages)
    world.storages[BUCKETS].mkdir(key("bucket/"))
    world.write(key("bucket/d/f"), b"only one")
    ctx = world.context(Policy(Answer.OVERWRITE))
    report = tree.move(ctx, world.pick(key("bucket/d/f")), other("bucket/d/"))
    assert world.read(key("bucket/d/f")) == b"only one"
    (item,) = report.items
    assert isinstance(item.error, SameObject)


def test_an_equal_object_of_another_time_is_replaced_by_a_move(world: World) -> None:
    world.write(key("bucket/d/f"), b"same")
    world.write(other("bucket/d/f"), b"same")
    there = world.storages[OTHER]
    assert isinstance(there, MemoryStorage) and isinstance(there.shelf, FlatShelf)
    there.shelf.containers["bucket"].put(
        "d/f", Content(b"same", 1, world.vfs.stat(key("bucket/d/f")).etag, 0)
    )
    ctx = world.context(Policy(Answer.OVERWRITE))
    assert tree.move(ctx, world.pick(key("bucket/d/f")), other("bucket/d/")).all_done
    assert world.read(other("bucket/d/f")) == b"same"


class CallsAllZ:
    """Whoever answers gives every one the same other name, then keeps what has it."""

    def resolve(self, conflict: Conflict) -> Decision:
        taken = conflict.destination.name == "z"
        return Decision(Answer.SKIP) if taken else Decision(Answer.RENAME, name="z")


def test_a_name_given_to_two_is_taken_by_the_first_while_that_is_on_its_way(world: World) -> None:
    for name in ("a", "b"):
        world.write(disk(f"/from/{name}"), name.encode())
        world.write(key(f"bucket/to/{name}"), b"theirs")
    ctx = replace(
        world.context(CallsAllZ()), fan_out=lambda act, items: iter([act(x) for x in list(items)])
    )
    report = tree.copy(ctx, world.pick(disk("/from/a"), disk("/from/b")), key("bucket/to/"))
    assert [item.outcome for item in report.items] == [Outcome.FAILED, Outcome.DONE]
    assert isinstance(report.items[0].error, AlreadyExists)
    assert world.read(key("bucket/to/z")) == b"a"
