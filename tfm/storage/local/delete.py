"""Removes things: one, or a tree from the leaves up."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tfm.model.change import Change, around, beneath
from tfm.model.entry import Entry
from tfm.model.errors import Denied, StorageError
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Removal, Work
from tfm.storage.guard import from_os_error, guarded
from tfm.storage.local.places import (
    TEMP_NAMES,
    entry_of,
    is_same,
    lstat_in,
    parent_of,
    path_of,
    too_late,
)
from tfm.storage.local.read import nothing_there
from tfm.storage.local.syscalls import READ_DIRECTORY, System, is_directory

MAX_OPEN = 32  # descriptors of one delete_tree, however deep the tree
_OCTAL = re.compile(rb"\\([0-7]{3})")  # how mountinfo writes spaces and the like
_ENTER = READ_DIRECTORY | os.O_NOFOLLOW
_MOUNTS = Path("/proc/self/mountinfo")


def delete(system: System, location: Location, expected: Entry | None) -> Change:
    """Remove one name; with `expected` only if it still is that thing."""
    with guarded(location, "delete"):
        try:
            with parent_of(location) as (directory, name):
                facts = lstat_in(directory, name)
                if expected is not None and not is_same(expected, entry_of(name, facts)):
                    raise too_late(location, "delete")
                if is_directory(facts):
                    os.rmdir(name, dir_fd=directory)
                else:
                    system.unlink(directory, name)
        except NotADirectoryError as error:
            raise nothing_there(location) from error
    return (beneath if is_directory(facts) else around)(location)


@dataclass(slots=True)
class _Frame:
    """One directory on the way down. `fd` is -1 while it is closed to save descriptors."""

    location: Location
    fd: int
    facts: os.stat_result
    items: Iterator[tuple[str, bool]]
    stays: bool = False


@dataclass(slots=True)
class _Run:
    """What one delete_tree knows."""

    system: System
    work: Work
    report: Callable[[Removal], None]
    keep: Callable[[Location], bool]
    device: int = 0
    mounts: frozenset[str] = frozenset()
    stack: list[_Frame] = field(default_factory=list)


class LocalDeleteTree:
    """The facet. Never follows a link, never enters another file system, never recurses."""

    def __init__(self, system: System) -> None:
        self._system = system

    def delete_tree(
        self,
        location: Location,
        work: Work,
        report: Callable[[Removal], None],
        keep: Callable[[Location], bool],
    ) -> Change:
        """As the protocol. A kept directory stays whole. NotFound if nothing is there; everything
        else that fails is reported item by item.
        """
        path_of(location)
        run = _Run(self._system, work, report, keep)
        try:
            with guarded(location, "delete"), parent_of(location) as (directory, name):
                facts = lstat_in(directory, name)
                run.device = os.fstat(directory).st_dev
                run.mounts = _mounts_at_or_beneath(location)
                if is_directory(facts):
                    _remove_directory(run, directory, location)
                elif not keep(location):
                    _remove_file(run, directory, location)
        finally:
            for frame in run.stack:
                if frame.fd >= 0:
                    os.close(frame.fd)
        return beneath(location)


def _remove_directory(run: _Run, directory: int, top: Location) -> None:
    """Everything beneath `top`, then `top`, in post-order with a stack of our own."""
    if not _enter(run, directory, top):
        return
    while run.stack:
        run.work.cancel.check()
        frame = run.stack[-1]
        item = next(frame.items, None)
        if item is None:
            _leave(run, directory)
            continue
        name, is_dir = item
        place = frame.location.child(name)
        if frame.fd < 0:
            frame.items = iter(())  # lost on the way back up: reported, and it stays
        elif is_dir:
            if not _enter(run, frame.fd, place):
                frame.stays = True
        elif run.keep(place) or not _remove_file(run, frame.fd, place):
            frame.stays = True


def _enter(run: _Run, directory: int, place: Location) -> bool:
    """Open and list a directory and put it on the stack; False if it stays as it is."""
    if run.keep(place):
        return False
    if place.key in run.mounts:
        return _refuse(run, place, _mounted(place))
    try:
        fd = os.open(place.name, _ENTER, dir_fd=directory)
    except PermissionError as error:
        try:
            os.rmdir(place.name, dir_fd=directory)  # what cannot be read may yet be empty
        except OSError:
            return _refuse(run, place, from_os_error(error, place, "delete"))
        run.report(Removal(place))
        return True
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            return _refuse(run, place, too_late(place, "delete", "it is no directory any more"))
        return _refuse(run, place, from_os_error(error, place, "delete"))
    try:
        facts = os.fstat(fd)
        if facts.st_dev != run.device:
            os.close(fd)
            return _refuse(run, place, _mounted(place))
        with os.scandir(fd) as items:
            # an unfinished file of ours belongs to whoever writes it
            found = [
                (item.name, item.is_dir(follow_symlinks=False))
                for item in items
                if item.name not in TEMP_NAMES
            ]
    except OSError as error:
        os.close(fd)
        return _refuse(run, place, from_os_error(error, place, "delete"))
    except BaseException:
        os.close(fd)
        raise
    run.stack.append(_Frame(place, fd, facts, iter(found)))
    if len(run.stack) > MAX_OPEN:
        _close(run.stack[-1 - MAX_OPEN])
    return True


def _leave(run: _Run, directory: int) -> None:
    """All items of the deepest directory are done: back to its parent, and remove it there."""
    frame = run.stack[-1]
    parent = run.stack[-2] if len(run.stack) > 1 else None
    if parent is not None and parent.fd < 0 and frame.fd >= 0:
        _reopen(run, parent, frame)
    _close(frame)
    run.stack.pop()
    where = directory if parent is None else parent.fd
    gone = False
    if not frame.stays and where >= 0:
        try:
            os.rmdir(frame.location.name, dir_fd=where)
            gone = True
            run.report(Removal(frame.location))
        except FileNotFoundError:
            gone = True
        except OSError as error:
            _refuse(run, frame.location, from_os_error(error, frame.location, "delete"))
    if not gone and parent is not None:
        parent.stays = True


def _reopen(run: _Run, parent: _Frame, child: _Frame) -> None:
    """Open a closed directory again through its child, and make sure that it is the same one."""
    try:
        fd = os.open("..", _ENTER, dir_fd=child.fd)
    except OSError as error:
        _refuse(run, parent.location, from_os_error(error, parent.location, "delete"))
        return
    facts = os.fstat(fd)
    if (facts.st_dev, facts.st_ino) != (parent.facts.st_dev, parent.facts.st_ino):
        os.close(fd)
        _refuse(run, parent.location, too_late(parent.location, "delete", "it was moved away"))
        return
    parent.fd = fd


def _close(frame: _Frame) -> None:
    fd, frame.fd = frame.fd, -1
    if fd >= 0:
        os.close(fd)


def _remove_file(run: _Run, directory: int, place: Location) -> bool:
    try:
        run.system.unlink(directory, place.name)
    except FileNotFoundError:
        return True  # somebody was faster; it is gone, and not by us
    except OSError as error:
        return _refuse(run, place, from_os_error(error, place, "delete"))
    run.report(Removal(place))
    return True


def _refuse(run: _Run, place: Location, error: StorageError) -> bool:
    run.report(Removal(place, error))
    return False


def _mounted(place: Location) -> StorageError:
    return Denied(
        f"Cannot delete {safe_text(place.key)}: another file system is mounted there.",
        place=place,
        verb="delete",
        hint="Unmount it first.",
        code="EBUSY",
    )


def _mounts_at_or_beneath(location: Location) -> frozenset[str]:
    """Keys of mount points in a tree, as the tree is called here (bind mounts have no other mark).

    Empty where the system does not tell; a change of device is then the only sign.
    """
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return frozenset()
    parent = os.path.realpath(location.parent.key)
    top = os.path.join(parent, location.name)
    found = set()
    for line in lines:
        words = line.split(b" ")
        if len(words) > 4:
            point = os.fsdecode(_OCTAL.sub(lambda found: bytes([int(found[1], 8)]), words[4]))
            if point == top or point.startswith(top + "/"):
                found.add(location.key + point[len(top) :])
    return frozenset(found)
