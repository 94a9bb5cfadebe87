"""Real faults: full disks, other users, limits, and the end of the process at the worst moment."""

import errno
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.machine import open_directory, run
from tests.storage.local.asking import at, copy, leftovers, names, put, read
from tfm.model.errors import CrossDevice, NoSpace, StorageError
from tfm.model.location import Location
from tfm.storage.base import Hints, Work
from tfm.storage.local.storage import LocalStorage


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that another user can reach."""
    with open_directory() as path:
        yield path


def test_a_full_disk_leaves_the_old_file_and_no_other(
    disk: LocalStorage, tmp_path: Path, small_disk: Path
) -> None:
    small = at(small_disk)
    put(disk, small.child("old"), b"old" * 1000)
    (tmp_path / "big").write_bytes(os.urandom(2 << 20))
    shown = disk.stat(small.child("old"))
    for name, replaces in (("old", shown), ("new", None)):
        with pytest.raises(NoSpace):
            put(disk, small.child(name), b"x" * (2 << 20), Hints(replaces=replaces))
        with pytest.raises(NoSpace):
            copy(disk, at(tmp_path / "big"), small.child(name), Hints(replaces=replaces))
    assert names(disk, small) == ["old"]
    assert leftovers(small_disk) == []
    assert read(disk, small.child("old")) == b"old" * 1000
    assert put(disk, small.child("fits"), b"x" * 1000).entry.size == 1000


def test_a_large_announced_size_is_refused_at_once(disk: LocalStorage, small_disk: Path) -> None:
    with pytest.raises(NoSpace):
        disk.open_write(at(small_disk).child("x"), Hints(size=64 << 20), Work())
    assert disk.facets.pieces is not None
    with pytest.raises(NoSpace):
        disk.facets.pieces.open_sink(at(small_disk).child("x"), Hints(size=64 << 20))
    assert os.listdir(small_disk) == []


def test_a_disk_without_room_for_names(disk: LocalStorage, small_disk: Path) -> None:
    count = 0
    with pytest.raises(NoSpace):
        for count in range(40):
            put(disk, at(small_disk).child(str(count)), b"x")
    assert 10 < count < 30
    assert names(disk, at(small_disk)) == sorted(str(number) for number in range(count))


def test_from_one_device_to_another(disk: LocalStorage, tmp_path: Path, small_disk: Path) -> None:
    data = os.urandom(300_000)
    (tmp_path / "a").write_bytes(data)
    copy(disk, at(tmp_path / "a"), at(small_disk).child("a"))
    assert (small_disk / "a").read_bytes() == data
    assert disk.facets.rename is not None
    with pytest.raises(CrossDevice):
        disk.facets.rename.rename(at(tmp_path / "a"), at(small_disk).child("b"))


def test_without_permission_each_verb_says_so(open_place: Path) -> None:
    (open_place / "closed").mkdir()
    (open_place / "closed" / "x").write_bytes(b"x")
    (open_place / "closed").chmod(0o000)
    (open_place / "fixed").mkdir()
    (open_place / "fixed" / "x").write_bytes(b"x")
    (open_place / "fixed" / "x").chmod(0o000)
    (open_place / "fixed").chmod(0o555)
    done = run(
        """
        closed, fixed = top.child("closed"), top.child("fixed")
        def denied(act):
            try:
                act()
            except Denied as error:
                assert error.place and error.verb and error.hint, error
            else:
                raise SystemExit(f"not denied: {act}")
        denied(lambda: names(disk, closed))
        denied(lambda: disk.stat(closed.child("x")))
        denied(lambda: disk.open_read(fixed.child("x")))
        denied(lambda: disk.open_write(fixed.child("new"), Hints(), Work()))
        denied(lambda: disk.mkdir(fixed.child("new")))
        denied(lambda: disk.delete(fixed.child("x")))
        denied(lambda: copy(disk, fixed.child("x"), top.child("copy")))
        denied(lambda: disk.facets.rename.rename(fixed.child("x"), top.child("moved")))
        found = []
        disk.facets.delete_tree.delete_tree(closed, Work(), found.append, lambda _p: False)
        disk.facets.delete_tree.delete_tree(fixed, Work(), found.append, lambda _p: False)
        assert [type(r.error) for r in found] == [Denied, Denied], found
        assert disk.stat(fixed.child("x")).size == 1
        assert names(disk, top) == ["closed", "fixed"]
        """,
        open_place,
        nobody=True,
    )
    assert done.returncode == 0, done.stderr
    assert (open_place / "fixed" / "x").exists()
    (open_place / "closed").chmod(0o700)
    assert (open_place / "closed" / "x").exists()


def test_what_cannot_be_looked_at_is_shown_without_facts(open_place: Path) -> None:
    (open_place / "r" / "dir").mkdir(parents=True)
    (open_place / "r" / "file").write_bytes(b"abc")
    (open_place / "r" / "link").symlink_to("dir")
    os.mkfifo(open_place / "r" / "fifo")
    (open_place / "r").chmod(0o444)  # names may be read, nothing behind them
    done = run(
        """
        from tests.storage.local.asking import entries
        found = entries(disk, top.child("r"))
        told = {name: (entry.kind.value, entry.size, entry.details) for name, entry in found.items()}
        assert told == {
            "dir": ("directory", None, None),
            "file": ("file", None, None),
            "link": ("link", None, None),
            "fifo": ("device", None, None),
        }, told
        """,
        open_place,
        nobody=True,
    )
    assert done.returncode == 0, done.stderr


def test_an_unreadable_empty_directory_and_a_drop_box(open_place: Path) -> None:
    done = run(
        """
        disk.mkdir(top.child("sealed"))
        disk.facets.attributes.set_attributes(top.child("sealed"), mode=0)
        found = []
        disk.facets.delete_tree.delete_tree(top.child("sealed"), Work(), found.append, lambda _p: False)
        assert [r.error for r in found] == [None], found
        disk.mkdir(top.child("box"))
        disk.facets.attributes.set_attributes(top.child("box"), mode=0o300)
        put(disk, top.child("box").child("letter"), b"hello", Hints(durable=True))
        assert read(disk, top.child("box").child("letter")) == b"hello"
        """,
        open_place,
        nobody=True,
    )
    assert done.returncode == 0, done.stderr
    assert (open_place / "box" / "letter").read_bytes() == b"hello"


def test_a_file_of_somebody_else_is_copied_without_its_rights(open_place: Path) -> None:
    (open_place / "theirs").write_bytes(b"x")
    (open_place / "theirs").chmod(0o4755)
    done = run(
        """
        written = copy(disk, top.child("theirs"), top.child("mine"))
        foreign = disk.stat(top.child("theirs")).details.uid != os.geteuid()
        assert written.entry.mode == (0o755 if foreign else 0o4755), oct(written.entry.mode)
        assert bool(written.notes) == foreign
        """,
        open_place,
        nobody=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("mask", "mode"), [(0o000, 0o666), (0o077, 0o600), (0o777, 0o000)])
def test_new_files_obey_the_mask(open_place: Path, mask: int, mode: int) -> None:
    done = run(
        f"""
        os.umask({mask})
        disk = LocalStorage(LOCAL)
        assert put(disk, top.child("x"), b"x").entry.mode == {mode}
        """,
        open_place,
    )
    assert done.returncode == 0, done.stderr


KILL_AT = ("write", "set_mode", "fsync", "close", "exchange", "unlink", "fsync_directory")


@pytest.mark.parametrize("step", KILL_AT)
@pytest.mark.parametrize("verb", ["put", "copy"])
def test_a_kill_at_any_step_leaves_one_whole_file(
    disk: LocalStorage, top: Location, tmp_path: Path, step: str, verb: str
) -> None:
    (tmp_path / "x").write_bytes(b"old" * 1000)
    (tmp_path / "source").write_bytes(b"new" * 5000)
    done = run(
        f"""
        class Deadly(System):
            def {step}(self, *args):
                os.kill(os.getpid(), signal.SIGKILL)
            {"def clone(self, *a): raise OSError(22, '')" if step == "write" else ""}
            {"def copy_range(self, *a): return 0" if step == "write" else ""}
            {"pwrite = write" if step == "write" else ""}
        disk = LocalStorage(LOCAL, {{"fsync": "always"}}, system=Deadly())
        place = top.child("x")
        hints = Hints(replaces=disk.stat(place))
        if "{verb}" == "put":
            put(disk, place, b"new" * 5000, hints)
        else:
            copy(disk, top.child("source"), place, hints)
        """,
        tmp_path,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    published = step in ("unlink", "fsync_directory")
    assert (tmp_path / "x").read_bytes() == (b"new" * 5000 if published else b"old" * 1000)
    # what is left is seen, and by its name known as unfinished
    shown = [name for name in names(disk, top) if name.startswith(".tfm-")]
    assert shown == leftovers(tmp_path)
    assert len(shown) == (0 if step == "fsync_directory" else 1)


def test_no_descriptors_left(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    shown = disk.stat(top.child("x"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    try:
        lowest = os.open("/", os.O_RDONLY)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 2, hard))
        try:
            while True:
                taken.append(os.open("/", os.O_RDONLY))
        except OSError as error:
            assert error.errno == errno.EMFILE
        for free in range(3):
            if free and taken:
                os.close(taken.pop())
            if free == 2:
                break
            with pytest.raises(StorageError) as caught:
                put(disk, top.child("x"), b"new", Hints(replaces=shown))
            assert caught.value.errno == errno.EMFILE
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for fd in taken:
            os.close(fd)
    assert os.listdir(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"old"


def test_a_size_limit_ends_a_write_cleanly(top: Location, tmp_path: Path) -> None:
    done = run(
        """
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        disk = LocalStorage(LOCAL)
        try:
            put(disk, top.child("x"), b"x" * 200_000)
        except NoSpace as error:
            assert "larger" in str(error)
        else:
            raise SystemExit("not refused")
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert os.listdir(tmp_path) == []


def test_importing_the_room_loads_no_watcher() -> None:
    done = run("assert 'watchfiles' not in sys.modules", Path("/"))
    assert done.returncode == 0, done.stderr
