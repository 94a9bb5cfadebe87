"""What comes in the way of deleting a tree: told item by item, and nothing is climbed out of or lost."""

import contextlib
import errno
import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.machine import open_directory, plain_user
from tests.storage.local.asking import at
from tests.storage.local.test_delete import Mover, delete_tree, nest
from tfm.model.cancel import CancelToken
from tfm.model.errors import Cancelled, Denied, StorageError
from tfm.model.location import LOCAL, Location
from tfm.storage.base import Removal, Work
from tfm.storage.local import delete as deleting
from tfm.storage.local.delete import MAX_OPEN
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System


def descriptors() -> int:
    """How many are open: as many before as after, or one was lost."""
    return len(os.listdir("/dev/fd"))


@contextlib.contextmanager
def room_for(count: int) -> Iterator[None]:
    """Only so many more descriptors may be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open("/", os.O_RDONLY))
        for _ in range(count):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in taken:
            os.close(fd)


def codes(failed: dict[Location, StorageError]) -> dict[str, str]:
    return {place.name: error.code for place, error in failed.items()}


@pytest.mark.parametrize("name", ["file", "link"])
def test_a_file_that_is_kept_is_kept(
    disk: LocalStorage, top: Location, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    assert delete_tree(disk, top.child(name), lambda _place: True) == ([], {})
    assert sorted(os.listdir(tmp_path)) == ["file", "link"]


class Unlinks(System):
    """Cannot remove the names that are given."""

    def __init__(self, code: int, *names: str) -> None:
        self.code = code
        self.names = names

    def unlink(self, directory: int, name: str) -> None:
        if name in self.names:
            raise OSError(self.code, os.strerror(self.code))
        super().unlink(directory, name)


@pytest.mark.parametrize("code", [errno.EPERM, errno.EIO, errno.EBUSY])
def test_a_file_that_cannot_go_is_named_and_keeps_its_directories(
    top: Location, tmp_path: Path, code: int
) -> None:
    for name in ("a/stays", "a/goes", "b/goes"):
        (tmp_path / "t" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "t" / name).touch()
    disk = LocalStorage(LOCAL, {}, system=Unlinks(code, "stays"))
    gone, failed = delete_tree(disk, top.child("t"))
    assert codes(failed) == {"stays": errno.errorcode[code]}
    assert sorted(place.name for place in gone) == ["b", "goes", "goes"]
    assert [str(p.relative_to(tmp_path)) for p in sorted(tmp_path.rglob("*"))] == [
        "t",
        "t/a",
        "t/a/stays",
    ]


@pytest.mark.parametrize("what", ["file", "directory", "directory around"])
def test_what_somebody_else_removed_first_is_no_failure_and_no_deed_of_ours(
    top: Location, tmp_path: Path, what: str
) -> None:
    t = tmp_path / "t"
    (t / "d").mkdir(parents=True)
    (t / "d" / "f").touch()
    act: dict[str, Callable[[], object]] = {
        "file": (t / "d" / "f").unlink,
        "directory around": lambda: (t / "d").rename(tmp_path / "moved"),
    }
    mover = Mover(act.get(what, lambda: None))

    def keep(place: Location) -> bool:
        if what == "directory" and place.name == "d":
            (t / "d").rename(tmp_path / "moved")
        return False

    gone, failed = delete_tree(LocalStorage(LOCAL, {}, system=mover), top.child("t"), keep)
    assert failed == {}
    told = {"file": ["d", "t"], "directory": ["t"], "directory around": ["f", "t"]}
    assert [place.name for place in gone] == told[what]
    assert not t.exists()
    if what == "directory":
        assert os.listdir(tmp_path / "moved") == ["f"]


@pytest.fixture
def open_place() -> Iterator[Path]:
    with open_directory() as path:
        yield path


def test_as_a_plain_user_an_unreadable_directory_goes_only_if_it_is_empty(
    open_place: Path,
) -> None:
    disk = LocalStorage(LOCAL)
    with plain_user():
        for name in ("empty", "full"):
            (open_place / "t" / name).mkdir(parents=True)
        (open_place / "t" / "full" / "f").touch()
        for name in ("empty", "full"):
            (open_place / "t" / name).chmod(0)
        gone, failed = delete_tree(disk, at(open_place / "t"))
        assert [place.name for place in gone] == ["empty"]
        assert codes(failed) == {"full": "EACCES"}
        (error,) = failed.values()
        assert isinstance(error, Denied) and "ls -ld" in error.hint
        (open_place / "t" / "full").chmod(0o700)
    assert os.listdir(open_place / "t" / "full") == ["f"]


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_descriptor_a_directory_is_named_and_stays(
    disk: LocalStorage, top: Location, tmp_path: Path, count: int
) -> None:
    """None left to open it with, or to list it with."""
    (tmp_path / "t" / "d").mkdir(parents=True)
    (tmp_path / "t" / "d" / "f").touch()
    (tmp_path / "t" / "g").touch()
    before = descriptors()
    with contextlib.ExitStack() as stack:

        def keep(place: Location) -> bool:
            if place.name == "d":
                stack.enter_context(room_for(count))
            return False

        gone, failed = delete_tree(disk, top.child("t"), keep)
    assert codes(failed) == {"d": "EMFILE"}
    assert [place.name for place in gone] == ["g"]
    assert os.listdir(tmp_path / "t" / "d") == ["f"]
    assert descriptors() == before


def test_a_way_back_up_that_cannot_be_opened_ends_the_work_there(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    """So deep that the directories above were closed to save descriptors, and then there is none left."""
    (tmp_path / "t").mkdir()
    nest(tmp_path / "t", MAX_OPEN + 1)
    for number in range(
        30
    ):  # some of them come after the directory, whatever the order of the disk
        (tmp_path / "t" / "d" / str(number)).touch()
    before = descriptors()
    removed: list[str] = []
    failed: dict[str, str] = {}
    with contextlib.ExitStack() as stack:

        def report(removal: Removal) -> None:
            key = removal.location.key.removeprefix(f"{tmp_path}/")
            if removal.error is not None:
                failed[key] = removal.error.code
                return
            removed.append(key)
            if key == "t/d/d/d":
                stack.enter_context(room_for(0))

        assert disk.facets.delete_tree is not None
        disk.facets.delete_tree.delete_tree(top.child("t"), Work(), report, lambda _place: False)
    assert failed == {"t/d": "EMFILE"}
    assert descriptors() == before
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {"t", "t/d", "t/d/d"} | {
        f"t/d/{number}" for number in range(30) if f"t/d/{number}" not in removed
    }


def test_a_cancel_deep_down_loses_no_descriptor(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    (tmp_path / "t").mkdir()
    nest(tmp_path / "t", MAX_OPEN + 5)
    cancel = CancelToken()
    before = descriptors()

    def keep(place: Location) -> bool:
        if place.name == "leaf":
            cancel.cancel()
        return place.name == "leaf"

    with pytest.raises(Cancelled):
        delete_tree(disk, top.child("t"), keep, Work(cancel))
    assert descriptors() == before
    assert (tmp_path / "t" / "/".join("d" * (MAX_OPEN + 5)) / "leaf").exists()


class Interrupts:
    """Ctrl-C in the middle of a listing."""

    def __contains__(self, name: object) -> bool:
        raise KeyboardInterrupt


def test_an_interrupt_while_a_directory_is_listed_loses_no_descriptor(
    disk: LocalStorage, top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t" / "d").mkdir(parents=True)
    (tmp_path / "t" / "d" / "f").touch()
    before = descriptors()
    monkeypatch.setattr(deleting, "TEMP_NAMES", Interrupts())
    with pytest.raises(KeyboardInterrupt):
        delete_tree(disk, top.child("t"))
    assert descriptors() == before
    assert (tmp_path / "t" / "d" / "f").exists()
