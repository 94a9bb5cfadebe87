"""Files in real directories, as a disk keeps them."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field, replace
from itertools import count

from tfm.model.entry import Entry, Kind, LocalDetails
from tfm.model.errors import (
    AlreadyExists,
    InvalidName,
    IsDirectory,
    NotDirectory,
    NotEmpty,
    NotFound,
    SameObject,
)
from tfm.model.location import Location
from tfm.storage.base import Hints
from tfm.storage.memory.shelf import (
    Clock,
    Content,
    Shelf,
    check_expected,
    check_replaces,
    refusal,
)

MAX_NAME_BYTES = 255


def refuses(location: Location, _size: int | None = None) -> str:
    """Why a path cannot be stored, empty if it can: the limits of common disks."""
    for name in location.key.split("/")[1:]:
        if name in ("", ".", ".."):
            return f"'{name}' is no name of a file."
        if "\0" in name:
            return "a name cannot contain a NUL byte."
        if len(name.encode(errors="surrogateescape")) > MAX_NAME_BYTES:
            return f"the name is longer than {MAX_NAME_BYTES} bytes."
    return ""


@dataclass(slots=True, eq=False)
class Folder:
    """A directory and what is in it, by name."""

    serial: int
    changed_at: int
    mode: int = 0o755
    children: dict[str, Folder | Content] = field(default_factory=dict)


Node = Folder | Content


class TreeShelf(Shelf):
    """One tree; its top `/` always exists. Every published file gets a new inode number."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._folders = count(-1, -1)
        self.top = self._new_folder()

    def rows(self, directory: Location) -> list[Entry]:
        with self.lock:
            folder = self._folder(directory, "list")
            return [_facts(name, node) for name, node in folder.children.items()]

    def stat(self, location: Location, verb: str = "stat") -> Entry:
        with self.lock:
            return _facts(location.name, self._node(location, verb))

    def content(self, location: Location, verb: str = "read") -> Content:
        with self.lock:
            node = self._node(location, verb)
            if isinstance(node, Folder):
                raise refusal(IsDirectory, location, verb, "it is a directory.")
            return node

    def check_place(self, location: Location, hints: Hints, verb: str = "write") -> None:
        with self.lock:
            _check_name(location, verb)
            node = self._parent(location, verb).children.get(location.name)
            if isinstance(node, Folder) and hints.replaces is not None:
                raise refusal(IsDirectory, location, verb, "it is a directory.")
            now = None if node is None else _facts(location.name, node)
            check_replaces(location, hints, now, verb)

    def put(self, location: Location, content: Content, hints: Hints, verb: str = "write") -> Entry:
        with self.lock:
            self.check_place(location, hints, verb)
            self._hang(self._parent(location, verb), location.name, content)
            return _facts(location.name, content)

    def mkdir(self, location: Location) -> None:
        verb = "make directory"
        with self.lock:
            if location.is_top:
                raise refusal(AlreadyExists, location, verb, "it is already there.")
            _check_name(location, verb)
            parent = self._parent(location, verb)
            if location.name in parent.children:
                raise refusal(AlreadyExists, location, verb, "it is already there.")
            self._hang(parent, location.name, self._new_folder())

    def remove(self, location: Location, expected: Entry | None) -> None:
        with self.lock:
            if location.is_top:
                raise refusal(InvalidName, location, "delete", "the top always exists.")
            node = self._node(location, "delete")
            check_expected(location, "delete", expected, _facts(location.name, node))
            if isinstance(node, Folder) and node.children:
                raise refusal(NotEmpty, location, "delete", "the directory is not empty.")
            self._hang(self._parent(location, "delete"), location.name, None)

    def remove_key(self, location: Location, expected: Entry | None) -> None:
        with self.lock:
            if isinstance(self._node(location, "delete"), Folder):
                raise refusal(IsDirectory, location, "delete", "it is a directory.")
            self.remove(location, expected)

    def rename(self, source: Location, destination: Location, replaces: Entry | None) -> None:
        """Move a file or a whole directory.

        Raises NotFound; AlreadyExists or TooLate unless `replaces` stands at the destination;
        SameObject for a directory into itself.
        """
        verb = "rename"
        with self.lock:
            _check_name(destination, verb)
            node = self._node(source, verb)
            if source.is_top or source.holds(destination):
                raise refusal(SameObject, source, verb, "a directory cannot go into itself.")
            parent = self._parent(destination, verb)
            there = parent.children.get(destination.name)
            if isinstance(there, Folder):
                raise refusal(AlreadyExists, destination, verb, "a directory is already there.")
            now = None if there is None else _facts(destination.name, there)
            check_replaces(destination, Hints(replaces=replaces), now, verb)
            if there is node:
                return
            self._hang(self._parent(source, verb), source.name, None)
            self._hang(parent, destination.name, node)

    def set_attributes(self, location: Location, mtime_ns: int | None, mode: int | None) -> None:
        """Set time and permission bits where given. Raises NotFound."""
        with self.lock:
            node = self._node(location, "change")
            if isinstance(node, Folder):
                node.changed_at = node.changed_at if mtime_ns is None else mtime_ns
                node.mode = node.mode if mode is None else mode
                return
            self._parent(location, "change").children[location.name] = replace(
                node,
                mtime_ns=node.mtime_ns if mtime_ns is None else mtime_ns,
                mode=node.mode if mode is None else mode,
            )

    def _new_folder(self) -> Folder:
        return Folder(next(self._folders), self.clock())

    def _hang(self, parent: Folder, name: str, node: Node | None) -> None:
        if node is None:
            del parent.children[name]
        else:
            parent.children[name] = node
        parent.changed_at = self.clock()

    def _node(self, location: Location, verb: str) -> Node:
        node: Node = self.top
        for name in [part for part in location.key.split("/") if part]:
            if not isinstance(node, Folder):
                raise refusal(NotDirectory, location, verb, "a file stands in the way.")
            below = node.children.get(name)
            if below is None:
                raise refusal(NotFound, location, verb, "there is no such file or directory.")
            node = below
        return node

    def _folder(self, location: Location, verb: str) -> Folder:
        node = self._node(location, verb)
        if not isinstance(node, Folder):
            raise refusal(NotDirectory, location, verb, "it is not a directory.")
        return node

    def _parent(self, location: Location, verb: str) -> Folder:
        try:
            return self._folder(location.parent, verb)
        except NotFound:
            reason = "the directory that should hold it does not exist."
            raise refusal(NotFound, location, verb, reason) from None


def _check_name(location: Location, verb: str) -> None:
    reason = refuses(location)
    if reason:
        raise refusal(InvalidName, location, verb, reason)


def _facts(name: str, node: Node) -> Entry:
    if isinstance(node, Folder):
        mode = stat.S_IFDIR | node.mode
        details = LocalDetails(mode, 0, 0, 0, node.serial, 1, node.changed_at)
        return Entry(name, Kind.DIRECTORY, None, node.changed_at, details)
    mode = stat.S_IFREG | (0o644 if node.mode is None else node.mode)
    time = node.stored_at if node.mtime_ns is None else node.mtime_ns
    details = LocalDetails(mode, 0, 0, 0, node.serial, 1, node.stored_at)
    return Entry(name, Kind.FILE, len(node.data), time, details)
