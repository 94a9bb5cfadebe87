"""Directories with all above them, and names that differ in nothing but their case."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ops.conftest import BUCKETS, DISK, World, disk, key
from tests.ops.local_disk import context
from tfm.model.change import Change, around
from tfm.model.entry import Entry
from tfm.model.errors import (
    AlreadyExists,
    Denied,
    InvalidName,
    NotDirectory,
    SameObject,
    StorageError,
)
from tfm.model.location import Location, local
from tfm.ops import make
from tfm.ops.plan import pick
from tfm.storage.memory.storage import MemoryStorage


def test_a_file_on_the_way_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for name in ("file", "file/b", "file/b/c"):
        with pytest.raises(NotDirectory, match="/file is a file"):
            make.make_directory(context(), local(tmp_path / name), parents=True)
    assert os.listdir(tmp_path) == ["file"]


def test_a_container_is_made_and_one_that_is_there_is_no_error(world: World) -> None:
    ctx = world.context()
    assert make.make_directory(ctx, key("new/"), parents=True).directories
    assert world.vfs.stat(key("new/"), fresh=True).is_directory
    world.write(key("new/a"), b"a")
    assert make.make_directory(ctx, key("new/"), parents=True) == Change()
    assert world.read(key("new/a")) == b"a"


def test_a_key_needs_no_directories_above_it(world: World) -> None:
    make.make_directory(world.context(), key("bucket/a/b/c/"), parents=True)
    shelf = world.storages[BUCKETS]
    assert isinstance(shelf, MemoryStorage)
    assert world.tree(key("bucket/")) == {"a/": None, "a/b/": None, "a/b/c/": None}
    with pytest.raises(StorageError):
        shelf.delete(key("bucket/a/"))  # it has no object of its own: it is only part of a name


class Raced(MemoryStorage):
    """Somebody else makes the same directory just before us."""

    def mkdir(self, location: Location) -> Change:
        super().mkdir(location)
        raise AlreadyExists(f"{location} is already there.", place=location)


def test_a_directory_that_somebody_else_makes_meanwhile_will_do() -> None:
    world = World({DISK: Raced(DISK, {})})
    assert make.make_directory(world.context(), disk("/a/b"), parents=True) == Change()
    assert world.tree(disk("/")) == {"a/": None, "a/b/": None}
    with pytest.raises(AlreadyExists):
        make.make_directory(world.context(), disk("/c"))


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 300])
def test_a_name_that_the_place_cannot_hold_is_refused_before_anything_is_made(
    world: World, name: str
) -> None:
    for act in (make.make_directory, make.make_file):
        with pytest.raises(InvalidName) as caught:
            act(world.context(), disk("/sub/").child(name) if name else disk("/sub/"))
        assert caught.value.hint == "Choose another name."
    assert world.tree(disk("/")) == {}


class Folds:
    """A disk that takes `name` and `Name` for one name."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.renamed: list[tuple[str, str, Entry | None]] = []

    def identity(self, location: Location) -> Hashable:
        if self.fails:
            raise Denied("No.", place=location)
        return location.key.casefold()

    def lineage(self, directory: Location) -> Sequence[Hashable]:
        return [self.identity(directory)]

    def rename(
        self, source: Location, destination: Location, *, replaces: Entry | None = None
    ) -> Change:
        self.renamed.append((source.name, destination.name, replaces))
        return around(source, destination)


class Folding(MemoryStorage):
    def stat(self, location: Location) -> Entry:
        lower = replace(location, key=location.key.lower())
        return replace(super().stat(lower), name=location.name)


def folding(*, fails: bool = False) -> tuple[World, Folds]:
    storage = MemoryStorage(DISK, {}) if fails else Folding(DISK, {})
    folds = Folds(fails=fails)
    storage.facets = replace(storage.facets, identity=folds)
    if not fails:
        storage.facets = replace(storage.facets, rename=folds)
    return World({DISK: storage}), folds


def test_only_the_case_changes_where_the_disk_folds_it() -> None:
    """The name that seems taken is the thing itself: no conflict, and no copy."""
    world, folds = folding()
    world.write(disk("/name"))
    told: list[Change] = []
    world.vfs.subscribe(told.append)
    picked = world.pick(disk("/name"))[0]
    report = make.rename(world.context(), picked, "Name")
    assert report.all_done and report.verb == "rename"
    assert [(item.source, item.destination) for item in report.items] == [
        (disk("/name"), disk("/Name"))
    ]
    assert folds.renamed == [("name", "Name", None)]
    assert told, "the panes hear of it"


def test_where_nobody_can_tell_it_is_a_rename_like_any_other() -> None:
    world, _ = folding(fails=True)
    world.write(disk("/name"), b"x")
    assert make.rename(world.context(), world.pick(disk("/name"))[0], "Name").all_done
    assert world.tree(disk("/")) == {"Name": b"x"}


@pytest.mark.parametrize("names", [("a", "A"), ("A", "a")])
def test_a_link_to_the_other_spelling_is_a_thing_of_its_own(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    """Behind the link both are one file, and still the rename would replace one by the other."""
    (tmp_path / "A").write_bytes(b"x")
    if not (tmp_path / "a").exists():
        (tmp_path / "a").symlink_to("A")
    ctx = context()
    with pytest.raises(SameObject, match="onto itself"):
        make.rename(ctx, pick(ctx, [local(tmp_path / names[0])])[0], names[1])
    assert sorted(os.listdir(tmp_path)) == ["A", "a"]
    assert (tmp_path / "a").is_symlink() and (tmp_path / "A").read_bytes() == b"x"


def test_a_hard_link_in_the_other_spelling_is_a_name_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    os.link(tmp_path / "a", tmp_path / "A")
    ctx = context()
    with pytest.raises(AlreadyExists):
        make.rename(ctx, pick(ctx, [local(tmp_path / "a")])[0], "A")
    assert sorted(os.listdir(tmp_path)) == ["A", "a"]


def test_the_same_name_is_no_rename(world: World) -> None:
    world.write(disk("/a"), b"x")
    with pytest.raises(SameObject, match="onto itself"):
        make.rename(world.context(), world.pick(disk("/a"))[0], "a")
    assert world.tree(disk("/")) == {"a": b"x"}


def test_a_new_file_in_a_directory_that_is_not_there(tmp_path: Path) -> None:
    ctx = context()
    with pytest.raises(StorageError):
        make.make_file(ctx, local(tmp_path / "missing" / "new"))
    assert os.listdir(tmp_path) == []
