"""Attributes, links, room, identity, watching."""

import ctypes
import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import watchfiles

from tests.fakes.machine import open_directory, plain_user
from tests.storage.local.asking import put
from tfm.model.change import around
from tfm.model.errors import AlreadyExists, InvalidName, NotFound, Unsupported
from tfm.model.location import Location, local
from tfm.storage.base import Hints, Work
from tfm.storage.facets import Fate, Watch
from tfm.storage.local import syscalls
from tfm.storage.local import watch as local_watch
from tfm.storage.local.storage import LocalStorage

WAIT = 15.0  # seconds; a deadline, not a delay


def test_time_and_mode_are_set_on_the_thing_itself(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    facet = disk.facets.attributes
    assert facet is not None
    (tmp_path / "f").touch()
    (tmp_path / "link").symlink_to("f")
    os.utime(tmp_path / "f", ns=(77, 88))
    assert facet.set_attributes(top.child("f"), mtime_ns=1_000_000_001) == around(top.child("f"))
    facts = (tmp_path / "f").stat()
    assert (facts.st_atime_ns, facts.st_mtime_ns) == (77, 1_000_000_001)
    facet.set_attributes(top.child("f"), mode=0o751)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o751
    facet.set_attributes(top.child("link"), mtime_ns=5)
    assert (tmp_path / "link").lstat().st_mtime_ns == 5
    assert (tmp_path / "f").stat().st_mtime_ns == 1_000_000_001
    if os.chmod not in os.supports_follow_symlinks:
        with pytest.raises(Unsupported):
            facet.set_attributes(top.child("link"), mode=0o600)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o751
    with pytest.raises(NotFound):
        facet.set_attributes(top.child("missing"), mode=0o600)


def test_links(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    facet = disk.facets.links
    assert facet is not None
    target = os.fsdecode(b"../odd \xff/../name")
    assert facet.make_link(top.child("link"), target) == around(top.child("link"))
    assert facet.read_link(top.child("link")) == target
    with pytest.raises(AlreadyExists):
        facet.make_link(top.child("link"), "other")
    for bad in ("", "a\0b"):
        with pytest.raises(InvalidName):
            facet.make_link(top.child("new"), bad)
    (tmp_path / "f").write_bytes(b"x")
    with pytest.raises(Unsupported):
        facet.read_link(top.child("f"))
    facet.make_hard_link(top.child("g"), top.child("f"))
    assert (tmp_path / "g").samefile(tmp_path / "f")
    with pytest.raises(AlreadyExists):
        facet.make_hard_link(top.child("g"), top.child("f"))
    facet.make_hard_link(top.child("link2"), top.child("link"))
    assert (tmp_path / "link2").is_symlink()


def test_identity_sees_through_names(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    facet = disk.facets.identity
    assert facet is not None
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    os.link(tmp_path / "a", tmp_path / "hard")
    (tmp_path / "soft").symlink_to("a")
    (tmp_path / "dangling").symlink_to("nowhere")
    known = facet.identity(top.child("a"))
    assert facet.identity(top.child("hard")) == known == facet.identity(top.child("soft"))
    assert facet.identity(top.child("b")) != known
    for name in ("dangling", "missing"):
        with pytest.raises(NotFound):
            facet.identity(top.child(name))


def test_the_lineage_is_that_behind_a_link(
    disk: LocalStorage, top: Location, tmp_path: Path
) -> None:
    facet = disk.facets.identity
    assert facet is not None
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("d/sub")
    told = facet.lineage(top.child("link"))
    assert told == facet.lineage(top.child("d").child("sub"))
    assert facet.identity(top.child("d")) == told[1]
    assert told[-1] == facet.identity(Location(top.root, "/"))
    with pytest.raises(NotFound):
        facet.lineage(top.child("missing"))


def test_the_lineage_ends_where_one_may_not_look(disk: LocalStorage) -> None:
    facet = disk.facets.identity
    assert facet is not None
    with open_directory() as place, plain_user():
        (place / "d").mkdir()
        known = facet.identity(local(place / "d"))
        (place / "d").chmod(0)
        assert list(facet.lineage(local(place / "d"))) == [known]


def test_room_path_and_fate(disk: LocalStorage, top: Location, tmp_path: Path) -> None:
    facets = disk.facets
    assert facets.free_space is not None
    facts = os.statvfs(tmp_path)
    most = facts.f_blocks * facts.f_frsize
    assert 0 < facets.free_space.free_bytes(top) < most
    with pytest.raises(NotFound):
        facets.free_space.free_bytes(top.child("missing"))
    assert facets.local_path is not None
    assert facets.local_path.local_path(top) == str(tmp_path)
    with pytest.raises(InvalidName):
        facets.local_path.local_path(top.child("a\0b"))
    assert facets.retention is not None
    assert facets.retention.fate(top) is Fate.PERMANENT


@pytest.fixture
def watch(disk: LocalStorage) -> Watch:
    assert disk.facets.watch is not None
    return disk.facets.watch


def test_a_change_is_told_and_after_the_stop_none(
    watch: Watch, top: Location, tmp_path: Path
) -> None:
    told = threading.Event()
    stop = watch.watch(top, told.set)
    (tmp_path / "new").touch()
    assert told.wait(WAIT)
    before = threading.active_count()
    stop()
    stop()
    told.clear()
    (tmp_path / "newer").touch()
    deadline = threading.Event()
    for _ in range(150):
        if threading.active_count() < before:
            break
        deadline.wait(0.1)
    assert threading.active_count() < before
    assert not told.is_set()


def test_our_unfinished_files_are_not_told(
    disk: LocalStorage, watch: Watch, top: Location, tmp_path: Path
) -> None:
    told = threading.Event()
    (tmp_path / "sub").mkdir()
    stop = watch.watch(top, told.set)
    try:
        (tmp_path / "first").touch()
        assert told.wait(WAIT)
        while told.wait(1):  # the first change may be told twice
            told.clear()
        writer = disk.open_write(top.child("x"), Hints(), Work())
        writer.abort()
        (tmp_path / "sub" / "deep").touch()
        assert not told.wait(1.5)
        put(disk, top.child("y"), b"y")
        assert told.wait(WAIT)
    finally:
        stop()


def test_a_watched_directory_may_vanish(watch: Watch, top: Location, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    told = threading.Event()
    stop = watch.watch(top.child("d"), told.set)
    (tmp_path / "d").rmdir()
    assert told.wait(WAIT)
    stop()
    with pytest.raises(NotFound):
        watch.watch(top.child("d"), told.set)


def test_without_a_free_watch_the_directory_is_looked_at(
    watch: Watch, top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(watchfiles, "watch", none_left)
    monkeypatch.setattr(local_watch, "_LOOKED_AT_EVERY", 0.01)
    told = threading.Event()
    stop = watch.watch(top, told.set)
    for number in range(2):
        (tmp_path / f"new{number}").touch()
        assert told.wait(WAIT)
        told.clear()
    stop()
    (tmp_path / "newer").touch()
    assert not told.wait(0.2)


def test_a_disk_that_others_write_to_is_looked_at_as_well(
    watch: Watch, top: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tells_nothing(*_: object, stop_event: threading.Event, **__: object) -> Iterator[set[str]]:
        while not stop_event.wait(0.01):
            yield set()

    monkeypatch.setattr(watchfiles, "watch", tells_nothing)
    monkeypatch.setattr(local_watch, "_LOOKED_AT_EVERY", 0.01)
    monkeypatch.setattr(local_watch, "is_shared", lambda _path: True)
    told = threading.Event()
    stop = watch.watch(top, told.set)
    for number in range(2):
        (tmp_path / f"new{number}").touch()
        assert told.wait(WAIT)
        told.clear()
    stop()


@pytest.mark.skipif(not syscalls.IS_LINUX, reason="needs Linux")
def test_disks_that_are_shared_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not syscalls.is_shared(str(tmp_path))
    assert not syscalls.is_shared(str(tmp_path / "missing"))
    facts = (ctypes.c_long * 64)()
    assert ctypes.CDLL(None).statfs(os.fsencode(tmp_path), ctypes.byref(facts)) == 0
    monkeypatch.setattr(syscalls, "_SHARED", frozenset((facts[0],)))
    assert syscalls.is_shared(str(tmp_path))
