"""rename, replace, copy_to, move_to, rmtree: within and across the worlds."""

from __future__ import annotations

import os
import pathlib

import pytest

from tests.storage.counting import Counting
from tfm.model.errors import SameObject, StorageError, Unsupported
from tfm.path import Path


@pytest.fixture
def here(tmp_path: pathlib.Path) -> Path:
    return Path(tmp_path)


@pytest.fixture(params=["local to local", "local to s3", "s3 to local", "s3 to s3"])
def pair(request: pytest.FixtureRequest, here: Path, bucket: Path) -> tuple[Path, Path]:
    """Two directories, from and to."""
    one, _, two = request.param.partition(" to ")
    source = (here if one == "local" else bucket) / "from"
    target = (here if two == "local" else bucket) / "to"
    for directory in (source, target):
        (directory / "").mkdir()
    return source, target


def fill(directory: Path) -> None:
    for name in ("a", "sub/b", "sub/deep/c"):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(name)


def contents(directory: Path) -> dict[str, str]:
    return {
        str(path.relative_to(directory)): path.read_text()
        for path in directory.rglob("*")
        if path.is_file()
    }


FILLED = {"a": "a", "sub/b": "sub/b", "sub/deep/c": "sub/deep/c"}


@pytest.mark.parametrize("verb", ["copy_to", "move_to", "rename", "replace"])
def test_a_file_and_a_tree_go_everywhere(pair: tuple[Path, Path], verb: str) -> None:
    source, target = pair
    fill(source / "tree")
    (source / "file").write_text("file")
    file = getattr(source / "file", verb)(target / "f2")
    tree = getattr(source / "tree", verb)(target / "t2")
    assert file.read_text() == "file"
    assert contents(tree) == FILLED
    assert tree.is_dir()
    stays = verb == "copy_to"
    assert (source / "file").exists() == (source / "tree").exists() == stays
    assert source.is_dir()


@pytest.mark.parametrize("verb", ["copy_to", "move_to", "rename"])
def test_nothing_is_replaced_unasked(pair: tuple[Path, Path], verb: str) -> None:
    source, target = pair
    (source / "file").write_text("new")
    (target / "file").write_text("old")
    (target / "dir").mkdir()
    fill(source / "tree")
    for one, two in (("file", "file"), ("file", "dir"), ("tree", "dir"), ("tree", "file")):
        with pytest.raises(FileExistsError):
            getattr(source / one, verb)(target / two)
    assert (target / "file").read_text() == "old"
    assert (source / "file").read_text() == "new"
    assert contents(source / "tree") == FILLED
    assert (target / "dir").is_dir()


def test_replace_replaces_a_file(pair: tuple[Path, Path]) -> None:
    source, target = pair
    (source / "file").write_text("new")
    (target / "file").write_text("old")
    assert (source / "file").replace(target / "file").read_text() == "new"
    assert not (source / "file").exists()


def test_replace_replaces_no_directory_that_holds_something(pair: tuple[Path, Path]) -> None:
    source, target = pair
    fill(source / "tree")
    fill(target / "full")
    (target / "empty").mkdir()
    (source / "file").write_text("1")
    with pytest.raises(OSError, match="not empty"):
        (source / "tree").replace(target / "full")
    with pytest.raises(IsADirectoryError):
        (source / "file").replace(target / "empty")
    with pytest.raises(NotADirectoryError):
        (target / "full").replace(source / "file")
    assert contents(target / "full") == FILLED
    assert contents((source / "tree").replace(target / "empty")) == FILLED


def test_overwrite_replaces_files_and_merges_directories(pair: tuple[Path, Path]) -> None:
    source, target = pair
    fill(source / "tree")
    (target / "tree").mkdir()
    (target / "tree" / "a").write_text("old")
    (target / "tree" / "own").write_text("own")
    (source / "tree").copy_to(target / "tree", overwrite=True)
    assert contents(target / "tree") == {**FILLED, "own": "own"}
    (source / "tree").move_to(target / "tree", overwrite=True)
    assert contents(target / "tree") == {**FILLED, "own": "own"}
    assert not (source / "tree").exists()


def test_a_slash_at_the_end_means_inside(here: Path, bucket: Path) -> None:
    (here / "f").write_text("1")
    (here / "d").mkdir()
    assert (here / "f").copy_to("s3://bucket/x/") == bucket / "x" / "f"
    assert (here / "f").copy_to("s3://bucket") == bucket / "f"
    assert (here / "f").copy_to(f"{here}/d/") == here / "d" / "f"


def test_a_directory_takes_the_name_it_is_given(bucket: Path) -> None:
    fill(bucket / "d")
    directory = next(iter(bucket.iterdir()))
    made = directory.copy_to(directory.with_name("e"))
    assert str(made) == "s3://bucket/e/"
    assert contents(made) == FILLED


def test_renaming_an_object_costs_no_bytes(bucket: Path, storage: Counting) -> None:
    (bucket / "x").write_text("1")
    storage.taken()
    (bucket / "x").rename(bucket / "y")
    calls = storage.taken()
    assert "read" not in calls
    assert "write" not in calls
    assert (bucket / "y").read_text() == "1"


def test_onto_itself_and_into_itself(top: Path) -> None:
    (top / "f").write_text("1")
    fill(top / "d")
    assert (top / "f").rename(top / "f") == top / "f"
    assert (top / "f").replace(top / "f") == top / "f"
    with pytest.raises(FileExistsError):
        (top / "f").copy_to(top / "f")
    with pytest.raises(SameObject):
        (top / "f").copy_to(top / "f", overwrite=True)
    with pytest.raises(SameObject):
        (top / "d").copy_to(top / "d" / "sub" / "again")
    assert (top / "f").read_text() == "1"
    assert contents(top / "d") == FILLED


def test_a_missing_source_is_not_found(pair: tuple[Path, Path]) -> None:
    source, target = pair
    for verb in ("copy_to", "move_to", "rename", "replace"):
        with pytest.raises(FileNotFoundError):
            getattr(source / "no", verb)(target / "x")
    with pytest.raises(FileNotFoundError):
        (source / "no").rmtree()


def test_rename_is_atomic_against_a_newcomer(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tfm.path import face

    (here / "a").write_text("a")
    (here / "b").write_text("b")
    monkeypatch.setattr(face, "_is_there", lambda _path: False)
    with pytest.raises(FileExistsError):
        (here / "a").rename(here / "b")
    assert (here / "b").read_text() == "b"


def test_a_broken_link_is_in_the_way_too(here: Path) -> None:
    (here / "a").write_text("a")
    (here / "b").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        (here / "a").rename(here / "b")
    assert (here / "b").is_symlink()
    (here / "b").rename(here / "c")
    assert str((here / "c").readlink()) == "nowhere"


def test_links_that_cannot_be_held_are_told(here: Path, bucket: Path) -> None:
    fill(here / "d")
    (here / "d" / "link").symlink_to("a")
    with pytest.raises(StorageError, match="symbolic link"):
        (here / "d").move_to(bucket / "d")
    assert contents(bucket / "d") == FILLED
    assert (here / "d" / "link").is_symlink()


def test_times_and_modes_come_along(here: Path, bucket: Path) -> None:
    (here / "f").write_text("1")
    os.utime(here / "f", ns=(1, 1_600_000_000_123_456_789))
    (here / "f").chmod(0o640)
    (here / "f").copy_to(bucket / "f")
    back = (bucket / "f").copy_to(here / "g")
    assert back.stat().st_mtime_ns == 1_600_000_000_123_456_789
    assert back.stat().st_mode & 0o777 == 0o640


def test_rmtree_removes_all_and_only_that(top: Path) -> None:
    fill(top / "foo")
    fill(top / "foo2")
    (top / "foo").rmtree()
    assert not (top / "foo").exists()
    assert contents(top / "foo2") == FILLED
    with pytest.raises(NotADirectoryError):
        (top / "foo2" / "a").rmtree()


def test_rmtree_goes_with_markers_and_in_batches(bucket: Path, storage: Counting) -> None:
    directory = bucket / "d/"
    directory.mkdir()
    (directory / "sub/").mkdir()
    for number in range(20):
        (directory / f"{number}").write_text("1")
    storage.taken()
    directory.rmtree()
    calls = storage.taken()
    assert calls["walk"] == 1
    assert "delete" not in calls  # the batch is a facet of its own
    assert [*bucket.rglob("*")] == []


def test_rmtree_follows_no_link(here: Path) -> None:
    fill(here / "kept")
    (here / "d").mkdir()
    (here / "d" / "link").symlink_to(here / "kept")
    (here / "link").symlink_to(here / "kept")
    (here / "d").rmtree()
    with pytest.raises(NotADirectoryError):
        (here / "link").rmtree()
    assert contents(here / "kept") == FILLED


def test_a_bucket_is_not_removed_as_a_whole(bucket: Path) -> None:
    (bucket / "x").write_text("1")
    with pytest.raises(Unsupported):
        bucket.rmtree()
    with pytest.raises(Unsupported):
        Path("/").rmtree()
    assert (bucket / "x").exists()


@pytest.mark.parametrize("key", ["a//b", "..", "x/../y", "tail ", "new\nline", "%2e", "/lead"])
def test_odd_keys_are_carried_verbatim(bucket: Path, here: Path, key: str) -> None:
    file = Path(f"s3://bucket/odd/{key}")
    file.write_text(key)
    assert [str(path) for path in (bucket / "odd/").rglob("*") if path.is_file()] == [str(file)]
    (bucket / "odd/").copy_to(bucket / "other/")
    assert Path(f"s3://bucket/other/{key}").read_text() == key
    (bucket / "odd/").copy_to(here / "odd")
    assert len(contents(here / "odd")) == 1
    assert {path.name for path in here.iterdir()} == {"odd"}
    file.unlink()
    assert not file.exists()
