"""Compares two local trees in everything that `cp -a` keeps.

Written without the code under test: plain system calls, by path relative to a descriptor, no recursion, so
that a tree of any depth, with names of any bytes, can be compared.

`facts_of_tree(top)` tells each name's facts, `differences(one, other)` what two trees disagree on, one
`Difference` for each name and aspect. Hard links are compared as groups: which names of a tree are one file.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

ALLOWED_SLACK: Final = 128 * 1024
"""Bytes on the disk by which two files of one content may differ: blocks of metadata, reserve."""

_LONG: Final = 4000  # bytes of path the system takes in one call
_BLOCK: Final = 1 << 20
_ACCESS_LISTS: Final = ("system.posix_acl_access", "system.posix_acl_default")
_KINDS: Final = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
}


@dataclass(frozen=True)
class Facts:
    """Of one name. `names` are all names of the tree that are this very file, itself included."""

    kind: str
    owner: tuple[int, int]
    mode: int
    mtime_ns: int
    attributes: tuple[tuple[str, bytes], ...]
    names: tuple[bytes, ...]
    content: str = ""
    allocated: int = 0
    target: bytes = b""
    device: int = 0


ASPECTS: Final = frozenset(field.name for field in fields(Facts))


@dataclass(frozen=True)
class Difference:
    """What two trees disagree on. `aspect` is a field of `Facts`, or "missing" on one side."""

    name: bytes
    aspect: str
    one: object
    other: object


def facts_of_tree(top: Path) -> dict[bytes, Facts]:
    """Facts by name relative to `top`, which itself is `b"."`."""
    looked: dict[bytes, tuple[os.stat_result, Facts]] = {}
    groups: dict[tuple[int, int], list[bytes]] = {}
    waiting = [b"."]
    while waiting:
        name = waiting.pop()
        facts, found, inside = _look(top, name)
        looked[name] = facts, found
        if not stat.S_ISDIR(facts.st_mode):
            groups.setdefault((facts.st_dev, facts.st_ino), []).append(name)
        waiting += [_joined(name, child) for child in inside]
    return {
        name: Facts(
            **{
                **found.__dict__,
                "names": tuple(sorted(groups.get((facts.st_dev, facts.st_ino), ()))),
            }
        )
        for name, (facts, found) in looked.items()
    }


def differences(one: Path, other: Path) -> list[Difference]:
    """In the order of names; empty if the trees are equal."""
    mine, theirs = facts_of_tree(one), facts_of_tree(other)
    found: list[Difference] = []
    for name in sorted(mine.keys() | theirs.keys()):
        a, b = mine.get(name), theirs.get(name)
        if a is None or b is None:
            found.append(Difference(name, "missing", a and a.kind, b and b.kind))
            continue
        for aspect in sorted(ASPECTS):
            left, right = getattr(a, aspect), getattr(b, aspect)
            if aspect == "allocated" and abs(left - right) <= ALLOWED_SLACK:
                continue
            if left != right:
                found.append(Difference(name, aspect, left, right))
    return found


def _joined(directory: bytes, name: bytes) -> bytes:
    return name if directory == b"." else directory + b"/" + name


def _open_parent(top: Path, name: bytes) -> tuple[int, bytes]:
    """The descriptor of the directory that holds `name`, and its last part."""
    head, _, last = name.rpartition(b"/")
    fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    while head:
        cut = len(head) if len(head) <= _LONG else head.rindex(b"/", 0, _LONG)
        deeper = os.open(head[:cut], os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=fd)
        os.close(fd)
        fd, head = deeper, head[cut + 1 :]
    return fd, last


def _look(top: Path, name: bytes) -> tuple[os.stat_result, Facts, list[bytes]]:
    """`lstat`, the facts, and the names inside a directory."""
    directory, last = _open_parent(top, name)
    try:
        facts = os.stat(last, dir_fd=directory, follow_symlinks=False)
        kind = stat.S_IFMT(facts.st_mode)
        inside: list[bytes] = []
        content, allocated, target = "", 0, b""
        if kind == stat.S_IFREG:
            content, allocated = _content(directory, last), facts.st_blocks * 512
        elif kind == stat.S_IFLNK:
            target = os.readlink(last, dir_fd=directory)
        elif kind == stat.S_IFDIR:
            fd = os.open(last, os.O_RDONLY | os.O_DIRECTORY, dir_fd=directory)
            try:
                inside = [os.fsencode(child) for child in os.listdir(fd)]
            finally:
                os.close(fd)
        return (
            facts,
            Facts(
                kind=_KINDS[kind],
                owner=(facts.st_uid, facts.st_gid),
                mode=stat.S_IMODE(facts.st_mode),
                mtime_ns=facts.st_mtime_ns,
                attributes=_attributes(directory, last),
                names=(),
                content=content,
                allocated=allocated,
                target=target,
                device=facts.st_rdev,
            ),
            inside,
        )
    finally:
        os.close(directory)


def _content(directory: int, name: bytes) -> str:
    """Size and digest; what a hole reads as counts like written zeros."""
    digest = hashlib.blake2b()
    size = 0
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=directory)
    try:
        while block := os.read(fd, _BLOCK):
            digest.update(block)
            size += len(block)
    finally:
        os.close(fd)
    return f"{size} bytes, {digest.hexdigest()[:16]}"


def _attributes(directory: int, name: bytes) -> tuple[tuple[str, bytes], ...]:
    """Extended attributes and access lists of the name itself, also of a link."""
    if not hasattr(os, "listxattr"):
        return ()
    path = b"/proc/self/fd/%d/%s" % (directory, name)
    names = {*os.listxattr(path, follow_symlinks=False), *_ACCESS_LISTS}
    found: list[tuple[str, bytes]] = []
    for attribute in sorted(names):
        try:
            found.append((attribute, os.getxattr(path, attribute, follow_symlinks=False)))
        except OSError:
            continue  # not set, or not for this kind
    return tuple(found)
