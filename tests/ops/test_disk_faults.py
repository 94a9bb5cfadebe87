"""Disks that are full, broken, read-only or gone, at the level of a whole job.

After each: what stood at the destination still stands, the source is what it was, nothing unfinished is
left, and the report says what is wrong and what to do.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.machine import mounted, remount
from tests.ops.local_disk import Untouched, carry, context, ended, outcomes, temporary
from tfm.model.conflict import Answer
from tfm.model.errors import InvalidName, NoSpace, NotFound, ReadOnly, StorageError, TooLate
from tfm.ops.context import ItemResult, OpContext, Outcome
from tfm.storage.local.syscalls import REAL, System

BOTH = pytest.mark.parametrize("move", [False, True], ids=["copy", "move"])
NAMES = ("a", "b", "c")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Three files and a link in a directory `tree`."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in NAMES:
        (tree / name).write_bytes(name.encode() * 300_000)
    (tree / "link").symlink_to("a")
    return tree


def told(item: ItemResult, kind: type[StorageError], *words: str) -> None:
    """The item failed with that error, which says these words and what to do."""
    assert item.outcome is Outcome.FAILED, item
    assert isinstance(item.error, kind), repr(item.error)
    assert item.error.hint, item.error
    assert item.error.place is not None and item.error.verb
    for word in words:
        assert word in item.reason, item.reason


# -- a disk that is really full ---------------------------------------------------------------------


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB that holds 800 KB of somebody's and an older `tree`."""
    with mounted(tmp_path / "full", "size=1m") as path:
        (path / "theirs").write_bytes(b"x" * 800_000)
        (path / "tree").mkdir()
        for name in NAMES:
            (path / "tree" / name).write_bytes(b"old " + name.encode())
        yield path


@BOTH
def test_a_disk_without_room_for_bytes(source: Path, full: Path, move: bool) -> None:
    before, there = Untouched(source), Untouched(full / "tree")
    (source / "link").unlink()
    shutil.copystat(full / "tree", source)  # so that the merge of the two changes nothing
    before = Untouched(source)
    report = carry(context(answer=Answer.OVERWRITE), source, full, move=move)
    for name in NAMES:
        told(ended(report)[name], NoSpace, "full", "df -h", str(full / "tree" / name))
    before.check()
    there.check()
    assert temporary(full) == []


@BOTH
def test_a_disk_without_room_for_names(source: Path, tmp_path: Path, move: bool) -> None:
    with mounted(tmp_path / "few", "size=8m,nr_inodes=4") as few:  # the root, tree, and two files
        report = carry(context(), source, few, move=move)
        found = outcomes(report)
        done = {name for name in (*NAMES, "link") if found[name] is Outcome.DONE}
        assert len(done) == 2
        for name in {*NAMES, "link"} - done:
            told(ended(report)[name], NoSpace, "df -i")
            assert os.path.lexists(source / name)
            assert not os.path.lexists(few / "tree" / name)
        for name in done:
            assert os.path.lexists(few / "tree" / name)
            assert os.path.lexists(source / name) is not move
        assert temporary(few) == []


@BOTH
def test_a_disk_without_room_for_the_directory(source: Path, tmp_path: Path, move: bool) -> None:
    before = Untouched(source)
    with mounted(tmp_path / "none", "size=1m,nr_inodes=1") as none:
        report = carry(context(), source, none, move=move)
        told(ended(report)["tree"], NoSpace, "df -i")
        assert {name for name, one in outcomes(report).items() if one is Outcome.FAILED} == {
            "tree",
            "link",
            *NAMES,
        }
        assert os.listdir(none) == []
    before.check()


# -- an error at each step --------------------------------------------------------------------------


class Fails(System):
    """Raises at one step, always."""

    def __init__(self, step: str, code: int) -> None:
        self._step = step
        self._error = code

    def _at(self, step: str) -> None:
        if step == self._step:
            raise OSError(self._error, os.strerror(self._error))

    def clone(self, source: int, target: int) -> None:
        raise OSError(errno.EOPNOTSUPP, "")

    def copy_range(self, source: int, target: int, count: int, offset: int) -> int:
        if self._step in ("read", "pwrite"):
            return 0
        self._at("copy")
        return super().copy_range(source, target, count, offset)

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        self._at("read")
        return super().pread(fd, size, offset)

    def pwrite(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        self._at("pwrite")
        return super().pwrite(fd, data, offset)

    def fsync(self, fd: int) -> None:
        self._at("fsync")
        super().fsync(fd)

    def close(self, fd: int) -> None:
        super().close(fd)
        self._at("close")

    def rename_new(self, source_dir: int, source: str, target_dir: int, target: str) -> None:
        self._at("publish")
        super().rename_new(source_dir, source, target_dir, target)

    def exchange(self, directory: int, one: str, other: str) -> None:
        self._at("publish")
        super().exchange(directory, one, other)


@dataclass(frozen=True)
class Fault:
    """An error number at a step, and the word that the report must have for it."""

    step: str
    code: int
    kind: type[StorageError]
    word: str


FAULTS = (
    *(
        Fault(step, errno.ENOSPC, NoSpace, "full")
        for step in ("copy", "pwrite", "fsync", "close", "publish")
    ),
    *(
        Fault(step, errno.EDQUOT, NoSpace, "quota")
        for step in ("copy", "fsync", "close", "publish")
    ),
    *(
        Fault(step, errno.EIO, StorageError, "input/output")
        for step in ("pwrite", "fsync", "close")
    ),
    Fault("copy", errno.EFBIG, NoSpace, "ulimit"),
    Fault("publish", errno.EROFS, ReadOnly, "read-only"),
)


@BOTH
@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.step}-{errno.errorcode[f.code]}")
def test_an_error_at_any_step(source: Path, tmp_path: Path, fault: Fault, move: bool) -> None:
    """`a` and `b` are there already and may be replaced, `c` is new; a merge carries file by file."""
    (source / "link").unlink()
    there = tmp_path / "to" / "tree"
    there.mkdir(parents=True)
    for name in ("a", "b"):
        (there / name).write_bytes(b"old " + name.encode())
    shutil.copystat(there, source)
    before, old = Untouched(source), Untouched(there)
    report = carry(
        context(Fails(fault.step, fault.code), Answer.OVERWRITE, fsync="always"),
        source,
        tmp_path / "to",
        move=move,
    )
    for name in NAMES:
        told(ended(report)[name], fault.kind, fault.word, str(there / name))
    before.check()
    old.check()
    assert temporary(tmp_path) == []


@BOTH
def test_a_source_that_cannot_be_read_is_the_one_that_is_named(
    source: Path, tmp_path: Path, move: bool
) -> None:
    (tmp_path / "to" / "tree").mkdir(parents=True)
    before = Untouched(source)
    report = carry(context(Fails("read", errno.EIO)), source, tmp_path / "to", move=move)
    for name in NAMES:
        told(ended(report)[name], StorageError, "input/output", str(source / name))
        assert str(tmp_path / "to") not in ended(report)[name].reason
    if not move:
        before.check()
    assert sorted(os.listdir(tmp_path / "to" / "tree")) == ["link"]


# -- a disk or directory that changes under the job ---------------------------------------------------


def after_one(act: Callable[[], object], system: System = REAL) -> OpContext:
    """A job, one item after the other, with `act` done once the first has ended."""
    base = context(system, Answer.OVERWRITE)
    seen: list[ItemResult] = []

    def on_item(item: ItemResult) -> None:
        seen.append(item)
        if len(seen) == 1:
            act()

    return OpContext(base.vfs, resolver=base.resolver, on_item=on_item)


@BOTH
def test_a_disk_that_becomes_read_only(source: Path, tmp_path: Path, move: bool) -> None:
    with mounted(tmp_path / "disk") as disk:
        (disk / "tree").mkdir()
        for name in NAMES:
            (disk / "tree" / name).write_bytes(b"old " + name.encode())
        report = carry(after_one(lambda: remount(disk, "ro")), source, disk, move=move)
        first = report.items[0].source.name
        assert report.items[0].outcome is Outcome.DONE
        for name in {*NAMES, "link"} - {first}:
            told(ended(report)[name], ReadOnly, "read-only", "Mount it")
            assert os.path.lexists(source / name)
        for name in {*NAMES} - {first}:
            assert (disk / "tree" / name).read_bytes() == b"old " + name.encode()
        assert temporary(disk) == []


@BOTH
def test_a_source_disk_that_is_read_only(source: Path, tmp_path: Path, move: bool) -> None:
    """Everything is copied and proved; the sources that cannot go are named, once each."""
    with mounted(tmp_path / "disk") as disk:
        shutil.copytree(source, disk / "tree", symlinks=True)
        remount(disk, "ro")
        (tmp_path / "to").mkdir()
        before = Untouched(disk / "tree")
        report = carry(context(), disk / "tree", tmp_path / "to", move=move)
        before.check()
        for name in (*NAMES, "link"):
            item = ended(report)[name]
            assert os.path.lexists(tmp_path / "to" / "tree" / name)
            if move:
                told(item, ReadOnly, "read-only", str(disk / "tree" / name))
                assert item.note == "copied; the source was kept"
            else:
                assert item.outcome is Outcome.DONE
        for name in NAMES:
            assert (tmp_path / "to" / "tree" / name).read_bytes() == name.encode() * 300_000


def renamed(there: Path, aside: Path) -> None:
    there.rename(aside)


def removed(there: Path, aside: Path) -> None:
    there.rename(aside)
    shutil.rmtree(aside)


def a_link(there: Path, aside: Path) -> None:
    there.rename(aside)
    there.symlink_to(there.parent / "outside")


def another(there: Path, aside: Path) -> None:
    there.rename(aside)
    there.mkdir()


def a_file(there: Path, aside: Path) -> None:
    there.rename(aside)
    there.write_bytes(b"a file")


@BOTH
@pytest.mark.parametrize("what", ["destination", "directory in it"])
@pytest.mark.parametrize(
    ("swap", "kind", "word"),
    [
        (renamed, NotFound, "does not exist"),
        (removed, NotFound, "does not exist"),
        (a_link, TooLate, "taken its place"),
        (another, TooLate, "taken its place"),
        (a_file, StorageError, "not a directory"),
    ],
)
def test_a_destination_that_goes_away(
    source: Path,
    tmp_path: Path,
    move: bool,
    what: str,
    swap: Callable[[Path, Path], None],
    kind: type[StorageError],
    word: str,
) -> None:
    """What was copied by then is where the directory is now; nothing else goes anywhere."""
    to = tmp_path / "to"
    (to / "tree").mkdir(parents=True)
    for folder in (tmp_path, to):
        (folder / "outside").mkdir()
        (folder / "outside" / "tree").mkdir()
        (folder / "outside" / "tree" / "kept").write_bytes(b"theirs")
    outside = [Untouched(folder / "outside") for folder in (tmp_path, to)]
    there = to if what == "destination" else to / "tree"
    aside = tmp_path / "aside"
    report = carry(after_one(lambda: swap(there, aside)), source, to, move=move)
    if what == "destination" and swap is another:
        kind, word = NotFound, "does not exist"  # the new one has no directory of that name
    first = report.items[0].source.name
    items = ended(report)
    assert items[first].outcome is Outcome.DONE
    for name in {*NAMES, "link"} - {first}:
        assert items[name].outcome is Outcome.FAILED
        assert items[name].error is not None and isinstance(items[name].error, kind)
        assert os.path.lexists(source / name)
    for name in {*NAMES} - {first}:
        assert word in items[name].reason, items[name].reason
        assert items[name].error.hint  # type: ignore[union-attr]
    if what == "destination" and swap is not removed:
        outside[1] = Untouched(aside / "outside")
    if not (what == "destination" and swap is removed):
        for tree in outside:
            tree.check()
    if there.is_dir() and not there.is_symlink():
        assert os.listdir(there) == []
    assert temporary(tmp_path) == []


# -- names --------------------------------------------------------------------------------------------


@BOTH
def test_the_longest_names_and_no_longer_ones(tmp_path: Path, move: bool) -> None:
    long = "ü" * 127 + "x"  # 255 bytes
    (tmp_path / "tree" / long).mkdir(parents=True)
    (tmp_path / "tree" / long / long).write_bytes(b"data")
    (tmp_path / "tree" / long / "l").symlink_to(long)
    (tmp_path / "to" / "tree" / long).mkdir(parents=True)
    (tmp_path / "to" / "tree" / long / long).write_bytes(b"old")
    before = Untouched(tmp_path / "tree")
    both = context(answer=Answer.KEEP_BOTH)
    report = carry(both, tmp_path / "tree" / long, tmp_path / "to" / "tree")
    (failed,) = report.failures
    told(failed, InvalidName, "too long", "shorter")  # there is no room for "(2)"
    before.check()
    assert (tmp_path / "to" / "tree" / long / long).read_bytes() == b"old"
    (tmp_path / "to" / "tree" / long / "l").unlink()
    report = carry(context(answer=Answer.OVERWRITE), tmp_path / "tree", tmp_path / "to", move=move)
    assert report.all_done
    assert (tmp_path / "to" / "tree" / long / long).read_bytes() == b"data"
    assert (tmp_path / "tree").exists() is not move
    assert temporary(tmp_path) == []
