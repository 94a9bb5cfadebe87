"""Deleting: exactly what was shown, never through a link, never into another disk."""

import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.machine import NEEDS_MOUNT
from tests.storage.local.asking import at
from tfm.model.cancel import CancelToken
from tfm.model.change import beneath
from tfm.model.errors import Cancelled, Denied, NotEmpty, NotFound, StorageError, TooLate
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Hints, Removal, Work
from tfm.storage.local import delete as deleting
from tfm.storage.local.delete import MAX_OPEN
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System


def delete_tree(
    disk: LocalStorage,
    location: Location,
    keep: Callable[[Location], bool] = lambda _location: False,
    work: Work | None = None,
) -> tuple[list[Location], dict[Location, StorageError]]:
    gone: list[Location] = []
    failed: dict[Location, StorageError] = {}

    def report(removal: Removal) -> None:
        if removal.error is None:
            gone.append(removal.location)
        else:
            failed[removal.location] = removal.error

    assert disk.facets.delete_tree is not None
    change = disk.facets.delete_tree.delete_tree(location, work or Work(), report, keep)
    assert change == beneath(location)
    return gone, failed


def test_one_thing_goes_and_nothing_else(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dir").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    (tmp_path / "link").symlink_to("full")
    os.mkfifo(tmp_path / "fifo")
    for name in ("file", "dir", "link", "fifo"):
        disk.delete(top.child(name), expected=disk.stat(top.child(name)))
    with pytest.raises(NotEmpty):
        disk.delete(top.child("full"))
    with pytest.raises(NotFound):
        disk.delete(top.child("file"))
    assert os.listdir(tmp_path) == ["full"]
    assert os.listdir(tmp_path / "full") == ["x"]


def test_only_what_was_shown_is_deleted(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    path, place = tmp_path / "x", top.child("x")
    path.write_bytes(b"old")
    shown = disk.stat(place)
    for make in (
        lambda: path.write_bytes(b"new"),
        path.mkdir,
        lambda: path.symlink_to("elsewhere"),
    ):
        if path.is_file():
            path.unlink()
        make()
        with pytest.raises(TooLate):
            disk.delete(place, expected=shown)
        assert os.path.lexists(path)
        if path.is_dir():
            path.rmdir()


def test_a_directory_that_was_emptied_since_is_still_the_one_shown(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").touch()
    shown = disk.stat(top.child("d"))
    os.utime(tmp_path / "d", ns=(1, 1))
    (tmp_path / "d" / "x").unlink()
    disk.delete(top.child("d"), expected=shown)
    assert os.listdir(tmp_path) == []


def test_a_tree_goes_from_the_leaves_up_and_links_are_not_followed(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").touch()
    (tmp_path / "t" / "a" / "b").mkdir(parents=True)
    (tmp_path / "t" / "a" / "f").touch()
    (tmp_path / "t" / "a" / "b" / "out").symlink_to("../../../outside")
    (tmp_path / "t" / "out").symlink_to(tmp_path / "outside")
    t = top.child("t")
    gone, failed = delete_tree(disk, t)
    assert failed == {}
    assert set(gone) == {
        t,
        t.child("out"),
        t.child("a"),
        t.child("a").child("f"),
        t.child("a").child("b"),
        t.child("a").child("b").child("out"),
    }
    assert len(gone) == 6
    for index, place in enumerate(gone):
        assert not any(place.holds(later) for later in gone[index:])
    assert os.listdir(tmp_path) == ["outside"]
    assert os.listdir(tmp_path / "outside") == ["kept"]


def test_a_link_or_file_as_the_tree_goes_alone(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x").touch()
    (tmp_path / "link").symlink_to("d")
    assert delete_tree(disk, top.child("link")) == ([top.child("link")], {})
    assert delete_tree(disk, top.child("d").child("x")) == ([top.child("d").child("x")], {})
    with pytest.raises(NotFound):
        delete_tree(disk, top.child("missing"))


def test_what_is_kept_keeps_its_parents(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    for name in ("t/a/keep", "t/a/go", "t/b/go", "t/whole/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    gone, failed = delete_tree(disk, top.child("t"), lambda p: p.name in ("keep", "whole"))
    assert failed == {}
    assert {place.name for place in gone} == {"go", "b"}
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"t", "t/a", "t/a/keep", "t/whole", "t/whole/x"}


def test_cancel_stops_between_items(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    for number in range(20):
        (tmp_path / "t" / str(number)).touch()
    cancel = CancelToken()
    seen: list[Location] = []

    def keep(place: Location) -> bool:
        seen.append(place)
        if len(seen) == 5:
            cancel.cancel()
        return False

    with pytest.raises(Cancelled):
        delete_tree(disk, top.child("t"), keep, Work(cancel))
    assert len(os.listdir(tmp_path / "t")) == 16


def nest(path: Path, depth: int) -> None:
    fd = os.open(path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=fd)
        deeper = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = deeper
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)


def test_depth_5000_with_few_descriptors(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    nest(tmp_path / "t", 5000)
    for _ in range(3):  # siblings on the way must survive the closing and reopening
        (tmp_path / "t" / "d" / f"f{_}").touch()
    leaf = Location(LOCAL, f"{tmp_path}/t" + "/d" * 5000 + "/leaf")
    used = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 64
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert disk.stat(leaf).size == 0
        with disk.open_read(leaf) as reader:
            assert reader.read(1) == b""
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + MAX_OPEN + 12, hard))
        gone, failed = delete_tree(disk, top.child("t"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        # what a failure leaves is too deep for the clean-up of pytest
        subprocess.run(["rm", "-rf", str(tmp_path / "t")], check=True, timeout=60)
    assert failed == {}
    assert len(gone) == 5000 + 1 + 3 + 1
    assert gone[-1] == top.child("t")


def test_no_descriptor_is_lost(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    if not Path("/proc/self/fd").exists():
        return
    before = len(os.listdir("/proc/self/fd"))
    for depth in (3, 50):
        (tmp_path / "t").mkdir()
        nest(tmp_path / "t", depth)
        delete_tree(disk, top.child("t"), lambda place: place.name == "leaf")
        delete_tree(disk, top.child("t"))
    with pytest.raises(NotFound):
        delete_tree(disk, top.child("t"))
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_unfinished_file_of_ours_is_not_pulled_away(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "x").touch()
    with disk.open_write(top.child("t").child("new"), Hints(), Work()) as writer:
        gone, failed = delete_tree(disk, top.child("t"))
        assert gone == [top.child("t").child("x")]
        assert isinstance(failed[top.child("t")], NotEmpty)
        writer.commit()
    assert os.listdir(tmp_path / "t") == ["new"]


class Mover(System):
    """Moves a directory away while we are deep inside it."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act: Callable[[], object] | None = act

    def unlink(self, directory: int, name: str) -> None:
        if self.act:
            self.act()
            self.act = None
        super().unlink(directory, name)


def test_a_directory_moved_away_meanwhile_is_not_climbed_out_of(
    top: Location, tmp_path: Path
) -> None:
    (tmp_path / "t").mkdir()
    nest(tmp_path / "t", MAX_OPEN + 20)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "d").mkdir()  # would be taken for the directory we come from
    inner = tmp_path / "t" / "d" / "d" / "d"
    disk = LocalStorage(LOCAL, {}, system=Mover(lambda: inner.rename(tmp_path / "other" / "in")))
    _, failed = delete_tree(disk, top.child("t"))
    assert failed
    assert (tmp_path / "other" / "d").exists()
    assert (tmp_path / "t" / "d" / "d").exists()


def test_a_directory_swapped_for_a_link_at_the_last_moment_leads_nowhere(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").touch()
    (tmp_path / "t" / "d").mkdir(parents=True)
    (tmp_path / "t" / "d" / "x").touch()

    def swap(place: Location) -> bool:
        if place.name == "d":
            (tmp_path / "t" / "d").rename(tmp_path / "was")
            (tmp_path / "t" / "d").symlink_to(tmp_path / "outside")
        return False

    gone, failed = delete_tree(disk, top.child("t"), swap)
    assert gone == []
    assert isinstance(failed[top.child("t").child("d")], TooLate)
    assert os.listdir(tmp_path / "outside") == ["kept"]
    assert os.listdir(tmp_path / "was") == ["x"]


def test_another_disk_inside_the_tree_is_left_alone(
    disk: LocalStorage, top: Location, tmp_path: Path, small_disk: Path
) -> None:
    (small_disk / "theirs").touch()
    (tmp_path / "x").touch()
    gone, failed = delete_tree(disk, top)
    assert gone == [top.child("x")]
    assert list(failed) == [at(small_disk)]
    assert isinstance(failed[at(small_disk)], Denied)
    assert "mounted there" in str(failed[at(small_disk)])
    gone, failed = delete_tree(disk, at(small_disk))
    assert gone == []
    assert list(failed) == [at(small_disk)]
    assert os.listdir(small_disk) == ["theirs"]


@pytest.mark.parametrize("told", [None, b"of another form\n1 2 0:3 / /else rw\n"])
def test_where_mounts_are_not_told_the_device_tells(
    disk: LocalStorage,
    top: Location,
    tmp_path: Path,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: bytes | None,
) -> None:
    if told is not None:
        (tmp_path / "mountinfo").write_bytes(told)
    monkeypatch.setattr(deleting, "_MOUNTS", tmp_path / "mountinfo")
    (small_disk / "theirs").touch()
    gone, failed = delete_tree(disk, top)
    assert [place.name for place in gone] == ["mountinfo"] * (told is not None)
    assert list(failed) == [at(small_disk)]
    assert os.listdir(small_disk) == ["theirs"]


def test_a_bind_mount_of_the_same_disk_is_left_alone(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "x").touch()
    place = tmp_path / "t" / "in the\nway"
    place.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "--bind", str(tmp_path / "precious"), str(place)], check=False, timeout=20
    )
    if os.geteuid() != 0 or done.returncode != 0:
        pytest.skip(NEEDS_MOUNT)
    try:
        gone, failed = delete_tree(disk, top.child("t"))
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True, timeout=20)
    assert gone == []
    assert list(failed) == [at(place)]
    assert (tmp_path / "precious" / "x").exists()
