"""What Linux has beyond POSIX is never needed: the same acts with all of it taken away."""

import os
from pathlib import Path

import pytest

from tests.storage.local.asking import copy, names, put, read
from tfm.model.errors import AlreadyExists
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Hints, Removal, Work
from tfm.storage.local import metadata, places, syscalls, tree_copy
from tfm.storage.local.storage import LocalStorage


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> LocalStorage:
    for room in (syscalls, metadata, tree_copy):
        monkeypatch.setattr(room, "IS_LINUX", False)
    for room in (places, tree_copy):
        monkeypatch.setattr(room, "PASS_DIRECTORY", syscalls.READ_DIRECTORY)
    for name in (
        "copy_file_range",
        "getxattr",
        "setxattr",
        "listxattr",
        "removexattr",
        "SEEK_DATA",
        "SEEK_HOLE",
    ):
        monkeypatch.delattr(os, name, raising=False)
    return LocalStorage(LOCAL, {"fsync": "always"})


def test_every_verb_without_linux(bare: LocalStorage, top: Location, tmp_path: Path) -> None:
    place = top.child("a")
    put(bare, place, b"one")
    with pytest.raises(AlreadyExists):
        put(bare, place, b"two")
    put(bare, place, b"three", Hints(replaces=bare.stat(place)))
    assert read(bare, place) == b"three"
    (tmp_path / "a").chmod(0o640)
    copy(bare, place, top.child("b"))
    assert bare.stat(top.child("b")).mode == 0o640
    assert bare.stat(top.child("b")).mtime_ns == bare.stat(place).mtime_ns
    facets = bare.facets
    assert facets.rename and facets.delete_tree and facets.pieces
    bare.mkdir(top.child("d"))
    facets.rename.rename(place, top.child("d").child("a"))
    facets.rename.rename(top.child("d"), top.child("e"))
    with pytest.raises(AlreadyExists):
        facets.rename.rename(top.child("b"), top.child("e"))
    sink = facets.pieces.open_sink(top.child("p"), Hints(size=20 << 20))
    sink.abort()
    assert names(bare, top) == ["b", "e"]
    failed: list[Removal] = []
    facets.delete_tree.delete_tree(top.child("e"), Work(), failed.append, lambda _place: False)
    assert [removal.error for removal in failed] == [None, None]
    bare.delete(top.child("b"))
    assert os.listdir(tmp_path) == []


def test_a_sparse_file_without_a_way_to_ask_for_holes(
    bare: LocalStorage, top: Location, tmp_path: Path
) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.seek(3 << 20)
        file.write(b"end")
    copy(bare, top.child("a"), top.child("b"))
    assert (tmp_path / "b").read_bytes() == bytes(3 << 20) + b"end"
