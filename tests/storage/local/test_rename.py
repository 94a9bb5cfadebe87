"""Other names, atomically, and nothing underneath them."""

import os
from pathlib import Path

import pytest

from tests.storage.local.asking import at
from tfm.model.change import beneath
from tfm.model.errors import AlreadyExists, CrossDevice, NotFound, SameObject, TooLate
from tfm.model.location import LOCAL, Location
from tfm.storage.facets import Rename
from tfm.storage.local import rename as room
from tfm.storage.local.places import lstat_in
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System


@pytest.fixture
def way(disk: LocalStorage) -> Rename:
    assert disk.facets.rename is not None
    return disk.facets.rename


def test_files_links_and_directories_move(way: Rename, top: Location, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"f")
    (tmp_path / "l").symlink_to("nowhere")
    (tmp_path / "d" / "sub").mkdir(parents=True)
    way.rename(top.child("f"), top.child("d").child("f2"))
    way.rename(top.child("l"), top.child("l2"))
    change = way.rename(top.child("d"), top.child("d2"))
    assert change == beneath(top.child("d"), top.child("d2"))
    assert (tmp_path / "d2" / "f2").read_bytes() == b"f"
    assert (tmp_path / "l2").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["d2", "l2"]


def test_nothing_is_replaced_unasked(way: Rename, top: Location, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    (tmp_path / "d").mkdir()
    (tmp_path / "e").mkdir()
    (tmp_path / "gone").symlink_to("nowhere")
    for source, target in (("a", "b"), ("a", "d"), ("d", "e"), ("d", "a"), ("a", "gone")):
        with pytest.raises(AlreadyExists):
            way.rename(top.child(source), top.child(target))
    assert (tmp_path / "b").read_bytes() == b"b"
    with pytest.raises(NotFound):
        way.rename(top.child("missing"), top.child("new"))
    with pytest.raises(NotFound):
        way.rename(top.child("a"), top.child("missing").child("new"))


def test_only_the_file_that_was_shown_is_replaced(
    disk: LocalStorage, way: Rename, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    (tmp_path / "d").mkdir()
    shown = disk.stat(top.child("b"))
    (tmp_path / "b").write_bytes(b"theirs")
    with pytest.raises(TooLate):
        way.rename(top.child("a"), top.child("b"), replaces=shown)
    with pytest.raises(TooLate):
        way.rename(top.child("a"), top.child("new"), replaces=shown)
    with pytest.raises(AlreadyExists):
        way.rename(top.child("a"), top.child("d"), replaces=disk.stat(top.child("d")))
    with pytest.raises(AlreadyExists):
        way.rename(top.child("d"), top.child("b"), replaces=disk.stat(top.child("b")))
    assert (tmp_path / "b").read_bytes() == b"theirs"
    way.rename(top.child("a"), top.child("b"), replaces=disk.stat(top.child("b")))
    assert (tmp_path / "b").read_bytes() == b"a"
    assert sorted(os.listdir(tmp_path)) == ["b", "d"]


def test_onto_and_into_itself_is_refused(way: Rename, top: Location, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for target in (top.child("d"), top.child("d").child("d"), top.child("d").child("x").child("y")):
        with pytest.raises(SameObject):
            way.rename(top.child("d"), target)
    (tmp_path / "link").symlink_to("d")
    with pytest.raises(SameObject):
        way.rename(top.child("d"), top.child("link").child("x"))
    assert sorted(os.listdir(tmp_path)) == ["d", "link"]
    assert os.listdir(tmp_path / "d") == []


def test_two_names_of_one_file(
    disk: LocalStorage, way: Rename, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"x")
    os.link(tmp_path / "a", tmp_path / "A")
    with pytest.raises(AlreadyExists):
        way.rename(top.child("a"), top.child("A"))
    assert sorted(os.listdir(tmp_path)) == ["A", "a"]
    way.rename(top.child("a"), top.child("A"), replaces=disk.stat(top.child("A")))
    assert os.listdir(tmp_path) == ["A"]
    assert (tmp_path / "A").read_bytes() == b"x"


class Folding(System):
    """A disk that finds `a` under `A`: names are folded before they reach the real one."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        self.calls.append((source, target))
        super().rename_new(source_dir, source, target_dir, target)


def test_only_the_case_changes_by_way_of_a_third_name(
    top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "name").write_bytes(b"x")
    system = Folding()
    real = lstat_in

    def folded(directory: int, name: str) -> os.stat_result:
        return real(directory, name.lower())

    monkeypatch.setattr(room, "lstat_in", folded)
    disk = LocalStorage(LOCAL, {}, system=system)
    assert disk.facets.rename is not None
    disk.facets.rename.rename(top.child("name"), top.child("Name"))
    assert os.listdir(tmp_path) == ["Name"]
    assert (tmp_path / "Name").read_bytes() == b"x"
    (first, temp), (third, last) = system.calls
    assert (first, third, last) == ("name", temp, "Name")


def test_another_device_says_so_and_changes_nothing(
    way: Rename, top: Location, tmp_path: Path, small_disk: Path
) -> None:
    (tmp_path / "f").write_bytes(b"f")
    (tmp_path / "d").mkdir()
    for name in ("f", "d"):
        with pytest.raises(CrossDevice):
            way.rename(top.child(name), at(small_disk).child(name))
    assert os.listdir(small_disk) == []
    assert sorted(os.listdir(tmp_path)) == ["d", "f", "small"]
