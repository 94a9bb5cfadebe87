"""The differ sees each thing that it says it compares."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.tree_differ import ASPECTS, differences, facts_of_tree

LIST = (
    b"\x02\x00\x00\x00"
    b"\x01\x00\x06\x00\xff\xff\xff\xff"  # owner rw
    b"\x02\x00\x04\x00\xd2\x04\x00\x00"  # user 1234 r
    b"\x04\x00\x00\x00\xff\xff\xff\xff"  # group nothing
    b"\x10\x00\x04\x00\xff\xff\xff\xff"  # mask r
    b"\x20\x00\x00\x00\xff\xff\xff\xff"  # others nothing
)


def build(top: Path) -> None:
    """The same tree each time, down to the nanosecond."""
    (top / "d" / "e").mkdir(parents=True)
    (top / "d" / "file").write_bytes(b"x" * 5000)
    (top / "big").write_bytes(b"x" + bytes(1 << 20))
    os.link(top / "d" / "file", top / "d" / "e" / "twin")
    (top / "link").symlink_to("d/file")
    os.mkfifo(top / "fifo")
    for path in (*sorted(top.rglob("*"), reverse=True), top):
        os.utime(path, ns=(5, 1_234_567_890_123_456_789), follow_symlinks=False)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("one", "other"):
        build(tmp_path / name)
    return tmp_path / "one", tmp_path / "other"


def test_equal_trees_have_no_difference(pair: tuple[Path, Path]) -> None:
    assert differences(*pair) == []
    found = facts_of_tree(pair[0])
    assert set(found) == {
        b".",
        b"big",
        b"d",
        b"d/e",
        b"d/e/twin",
        b"d/file",
        b"fifo",
        b"link",
    }
    assert found[b"d/file"].names == (b"d/e/twin", b"d/file")


def _punch(top: Path) -> None:
    """The same bytes, with a hole for the zeros."""
    facts = (top / "big").stat()
    with (top / "big").open("r+b") as file:
        file.truncate(1)
        file.truncate(facts.st_size)
    os.utime(top / "big", ns=(5, facts.st_mtime_ns))


def _write(top: Path, data: bytes) -> None:
    facts = (top / "big").stat()
    (top / "big").write_bytes(data)
    os.utime(top / "big", ns=(5, facts.st_mtime_ns))


def _make_link(top: Path) -> None:
    facts = top.stat()
    (top / "link").unlink()
    (top / "link").symlink_to("d/elsewhere")
    os.utime(top / "link", ns=(5, facts.st_mtime_ns), follow_symlinks=False)
    os.utime(top, ns=(5, facts.st_mtime_ns))


def _part(top: Path) -> None:
    """Two files of one content where there were two names of one file."""
    facts = (top / "d" / "e").stat()
    twin = top / "d" / "e" / "twin"
    shutil.copy2(twin, top / "copy")
    (top / "copy").replace(twin)
    os.utime(top / "d" / "e", ns=(5, facts.st_mtime_ns))
    os.utime(top, ns=(5, facts.st_mtime_ns))


def _socket(top: Path) -> None:
    facts = top.stat()
    (top / "fifo").unlink()
    here = os.open(top, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{here}/fifo")  # the path itself may be too long for a socket
    os.close(here)
    (top / "fifo").chmod(0o644)
    os.utime(top / "fifo", ns=(5, facts.st_mtime_ns))
    os.utime(top, ns=(5, facts.st_mtime_ns))


Change = tuple[str, set[tuple[bytes, str]], Callable[[Path], object]]

CHANGES: list[Change] = [
    ("content", {(b"big", "content")}, lambda top: _write(top, b"y" + bytes(1 << 20))),
    ("size", {(b"big", "content")}, lambda top: _write(top, b"x" + bytes((1 << 20) - 1))),
    ("holes", {(b"big", "allocated")}, _punch),
    ("mode", {(b"d", "mode")}, lambda top: (top / "d").chmod(0o2755)),
    ("time", {(b"d", "mtime_ns")}, lambda top: os.utime(top / "d", ns=(5, 6))),
    (
        "time of a link",
        {(b"link", "mtime_ns")},
        lambda top: os.utime(
            top / "link", ns=(5, 1_234_567_890_123_456_788), follow_symlinks=False
        ),
    ),
    ("target", {(b"link", "target")}, _make_link),
    ("hard links", {(b"d/file", "names"), (b"d/e/twin", "names")}, _part),
    ("kind", {(b"fifo", "kind")}, _socket),
    (
        "an attribute",
        {(b"d", "attributes")},
        lambda top: os.setxattr(top / "d", "user.colour", b"blue"),
    ),
    (
        "an access list",
        {(b"d", "attributes"), (b"d", "mode")},
        lambda top: os.setxattr(top / "d", "system.posix_acl_access", LIST),
    ),
    (
        "a default access list",
        {(b"d", "attributes")},
        lambda top: os.setxattr(top / "d", "system.posix_acl_default", LIST),
    ),
    ("owner", {(b"link", "owner")}, lambda top: os.lchown(top / "link", 1234, 5678)),
]


@pytest.mark.parametrize(
    ("expected", "change"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_each_aspect_is_seen_and_nothing_else(
    pair: tuple[Path, Path],
    expected: set[tuple[bytes, str]],
    change: Callable[[Path], object],
) -> None:
    aspects = {aspect for _name, aspect in expected}
    if "owner" in aspects and os.geteuid() != 0:
        pytest.skip("needs root to give files away")
    if "attributes" in aspects and not hasattr(os, "setxattr"):
        pytest.skip("needs Linux")
    try:
        change(pair[1])
    except OSError:
        assert "attributes" in aspects
        pytest.skip("needs a disk with access lists")
    found = differences(*pair)
    assert {(one.name, one.aspect) for one in found} == expected
    assert aspects <= ASPECTS


def test_what_is_on_one_side_only_is_missing(pair: tuple[Path, Path]) -> None:
    mtime = (pair[1] / "d").stat().st_mtime_ns
    (pair[1] / "d" / os.fsdecode(b"odd \xff\n")).touch()
    os.utime(pair[1] / "d", ns=(5, mtime))
    (found,) = differences(*pair)
    assert (found.name, found.aspect, found.one, found.other) == (
        b"d/odd \xff\n",
        "missing",
        None,
        "file",
    )
    assert differences(pair[1], pair[0])[0].one == "file"


def test_any_depth(tmp_path: Path) -> None:
    for side in ("one", "other"):
        (tmp_path / side).mkdir()
        fd = os.open(tmp_path / side, os.O_RDONLY)
        try:
            for _ in range(60):
                os.mkdir("n" * 200, dir_fd=fd)
                deeper = os.open("n" * 200, os.O_RDONLY, dir_fd=fd)
                os.close(fd)
                fd = deeper
            os.close(os.open(side, os.O_CREAT | os.O_WRONLY, dir_fd=fd))
        finally:
            os.close(fd)
    found = [
        one for one in differences(tmp_path / "one", tmp_path / "other") if one.aspect != "mtime_ns"
    ]
    assert [one.name[-9:] for one in found] == [b"nnnnn/one", b"nnn/other"]
