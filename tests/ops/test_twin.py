"""Duplicates and links: beside, elsewhere, and never over anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ops.conftest import Place, World, disk, key
from tfm.model.errors import AlreadyExists, Unsupported
from tfm.model.location import local
from tfm.ops.context import OpContext
from tfm.ops.plan import pick
from tfm.ops.twin import LinkKind, duplicate, free_name, link, refusal
from tfm.storage.vfs import Vfs


@pytest.mark.parametrize(
    ("name", "directory", "expected"),
    [
        ("a.txt", False, "a (2).txt"),
        ("b.txt", False, "b (4).txt"),
        ("v1.2", True, "v1.2 (2)"),
        (".profile", False, ".profile (2)"),
        ("plain", False, "plain (2)"),
    ],
)
def test_free_names(name: str, directory: bool, expected: str) -> None:
    assert free_name(name, {"b (2).txt", "b (3).txt"}, directory=directory) == expected


@pytest.mark.parametrize("place", [key, disk])
def test_duplicates(place: Place) -> None:
    world = World()
    top = place("bucket/") if place is key else place("/bucket")
    world.write(top.child("a"), b"a")
    world.write(top.child("d", directory=True).child("in"), b"in")
    world.write(top.child("taken"), b"old")
    picked = world.pick(top.child("a"), top.child("d", directory=True), top.child("a"))
    report = duplicate(world.context(), picked, ["a2", "d2", "taken"])
    assert [type(item.error) for item in report.failures] == [AlreadyExists]
    tree = world.tree(top)
    assert tree == {
        "a": b"a", "a2": b"a", "d/": None, "d/in": b"in", "d2/": None, "d2/in": b"in",
        "taken": b"old",
    }  # fmt: skip


@pytest.mark.parametrize("kind", LinkKind)
def test_links(tmp_path: Path, kind: LinkKind) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "way").symlink_to("real/deep")
    (tmp_path / "a").write_text("alpha")
    (tmp_path / "b").write_text("beta")
    (tmp_path / "real" / "deep" / "b").write_text("old")
    ctx = OpContext(Vfs())
    picked = pick(ctx, [local(tmp_path / "a"), local(tmp_path / "b")])
    report = link(ctx, picked, local(tmp_path / "way"), kind)
    assert [type(item.error) for item in report.items] == [type(None), AlreadyExists]
    made = tmp_path / "way" / "a"
    assert made.read_text() == "alpha"
    assert made.is_symlink() is (kind is not LinkKind.HARD)
    if kind is LinkKind.RELATIVE:
        assert made.readlink() == Path("../../a")
    elif kind is LinkKind.ABSOLUTE:
        assert made.readlink() == tmp_path / "a"
    else:
        assert made.samefile(tmp_path / "a")
    assert (tmp_path / "real" / "deep" / "b").read_text() == "old"


def test_where_there_are_no_links_it_is_said(world: World) -> None:
    world.write(key("bucket/a"))
    picked = world.pick(key("bucket/a"))
    assert "knows no links" in refusal(world.context(), picked[0][0], key("bucket/"))
    report = link(world.context(), picked, key("bucket/d/"), LinkKind.ABSOLUTE)
    assert isinstance(report.failures[0].error, Unsupported)
