"""A tree with everything that is easily lost on the way: `build(top)` makes it, always the same.

Whatever the user or the disk cannot do (owners without root, access lists) is left out, so that the rest can
still be compared.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from pathlib import Path
from typing import Final

SPECIAL: Final = frozenset({b"odd/fifo", b"odd/socket", b"odd/null"})
"""Names that are neither file, directory nor link."""

HOLE: Final = 8 << 20
SPARSE: Final = 3 * HOLE

_NOBODY: Final = 0xFFFFFFFF


def access_list(*, user: int, group: int, mask: int, named: tuple[int, int]) -> bytes:
    """The kernel's binary form: owner, one named user, group, mask; nothing for others."""
    uid, rights = named
    entries = ((1, user, _NOBODY), (2, rights, uid), (4, group, _NOBODY), (16, mask, _NOBODY))
    rows = (*entries, (32, 0, _NOBODY))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)


def set_access_list(path: Path, value: bytes, *, default: bool = False) -> bool:
    """True if the disk took it."""
    name = "system.posix_acl_default" if default else "system.posix_acl_access"
    try:
        os.setxattr(path, name, value)
    except (AttributeError, OSError):
        return False
    return True


def build(top: Path) -> None:
    """Make the tree at `top`, which must not exist."""
    top.mkdir()
    _files(top / "files")
    _links(top / "links")
    _odd(top / "odd")
    _rights(top / "rights")
    _times(top)


def _files(here: Path) -> None:
    (here / "deep" / "er").mkdir(parents=True)
    (here / "empty directory").mkdir()
    (here / "empty").touch()
    (here / "plain").write_bytes(bytes(range(256)) * 100)
    with (here / "sparse").open("wb") as file:  # holes in the middle and at the end
        file.write(b"begin")
        file.seek(HOLE)
        file.write(b"island")
        file.truncate(SPARSE)
    with (here / "only a hole").open("wb") as file:
        file.truncate(SPARSE)
    (here / "zeros").write_bytes(bytes(1 << 20))  # written zeros are no hole
    (here / "one").write_bytes(b"one file, three names")
    os.link(here / "one", here / "deep" / "two")
    os.link(here / "one", here / "deep" / "er" / "three")
    (here / "deep" / "pair").write_bytes(b"another group")
    os.link(here / "deep" / "pair", here / "pair")
    (here / "like one").write_bytes(b"one file, three names")


def _links(here: Path) -> None:
    here.mkdir()
    (here / "to file").symlink_to("../files/plain")
    (here / "to directory").symlink_to("../files")
    (here / "to parent").symlink_to("..")
    (here / "absolute").symlink_to("/etc/hostname")
    (here / "dangling").symlink_to("nowhere/at/all")
    (here / "loop").symlink_to("loop")
    (here / "odd target").symlink_to(os.fsdecode(b"../odd \xff\n"))
    os.link(here / "dangling", here / "dangling too", follow_symlinks=False)


def _odd(here: Path) -> None:
    here.mkdir()
    for name in (b"not \xff utf-8", b"new\nline", b"-rf", b" ", b"%2e", b"\x1b[2J", b"n" * 255):
        (here / os.fsdecode(name)).write_bytes(name)
    (here / os.fsdecode(b"directory \xfe\n")).mkdir()
    (here / os.fsdecode(b"directory \xfe\n") / "inside").write_bytes(b"x")
    os.mkfifo(here / "fifo")
    directory = os.open(here, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{directory}/socket")
    os.close(directory)
    with contextlib.suppress(PermissionError):
        os.mknod(here / "null", 0o600 | stat.S_IFCHR, os.makedev(1, 3))


def _rights(here: Path) -> None:
    root = os.geteuid() == 0
    here.mkdir()
    for name in ("file", "set-id", "private"):
        (here / name).write_bytes(name.encode())
    for name in ("directory", "shared", "sticky", "read-only", "listed", "attributed"):
        (here / name).mkdir()
        (here / name / "inside").write_bytes(name.encode())
    (here / "link").symlink_to("file")
    if root:
        for name in ("file", "set-id", "directory", "shared", "read-only", "link"):
            os.lchown(here / name, 1234, 5678)
    if hasattr(os, "setxattr"):
        for name in ("file", "attributed"):
            os.setxattr(here / name, "user.colour", b"blue\0\xff")
        if root:
            os.setxattr(here / "link", "trusted.colour", b"red", follow_symlinks=False)
    readers = access_list(user=6, group=0, mask=4, named=(77, 4))
    writers = access_list(user=7, group=5, mask=7, named=(88, 7))
    set_access_list(here / "listed" / "inside", readers)
    set_access_list(here / "listed", writers)
    set_access_list(here / "listed", readers, default=True)
    (here / "listed" / "heir").write_bytes(b"its rights come from the directory")
    (here / "set-id").chmod(0o6751)
    (here / "private").chmod(0o000)
    (here / "shared").chmod(0o2775)
    (here / "sticky").chmod(0o1777)
    (here / "read-only" / "inside").chmod(0o444)
    (here / "read-only").chmod(0o555)


def _times(top: Path) -> None:
    moments = (0, -1_500_000_000_500_000_000, 4_102_444_800_000_000_001, 1_234_567_890_123_456_789)
    every = [top, *sorted(top.rglob("*"))]
    for number, path in enumerate(reversed(every)):
        moment = moments[number % len(moments)]
        os.utime(path, ns=(moment, moment), follow_symlinks=False)
