"""What a store holds, as a plain dictionary; everything else is computed from it.

A disk maps names (`a/b`; a name on a disk holds no slash, so the text is the path) to directories,
files and links. A key store maps keys to objects and knows no directories: one exists if a key
begins with its name. So the rules of virtual directories are stated here a second time, in the
simplest way there is, and not copied from the code under test.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Dir:
    """A directory of a disk."""


@dataclass(frozen=True)
class Link:
    """A symbolic link; `mtime` is its own time in nanoseconds."""

    target: str
    mtime: int


@dataclass(frozen=True)
class File:
    """A file of a disk. Two names with one `inode` are hard links of one file."""

    data: bytes
    mode: int
    mtime: int
    inode: int


@dataclass(frozen=True)
class Object:
    """An object of a key store.

    `mtime` and `mode` are what an upload stored beside it, None if nothing was; `uploaded` is the
    server's own time.
    """

    data: bytes
    mtime: int | None
    mode: int | None
    uploaded: int

    @property
    def time(self) -> int:
        """The time that counts for "newer": the stored one, else that of the upload."""
        return self.uploaded if self.mtime is None else self.mtime


Node = Dir | Link | File | Object
Leaf = Link | File | Object


class Kind(enum.Enum):
    """What stands at a place."""

    DIRECTORY = "directory"
    FILE = "file"
    LINK = "link"


Row = tuple[str, bool, int | None]
"""What a pane shows of one thing: name, is it a directory, size of a file."""


@dataclass
class Model(ABC):
    """One store. A place is a text relative to its top, which is the empty text."""

    nodes: dict[str, Node] = field(default_factory=dict)

    @abstractmethod
    def copy(self) -> Model:
        """The same state, to be changed without changing this one."""

    @abstractmethod
    def kind(self, place: str) -> Kind | None:
        """What stands exactly there; in a key store `a` is the object and `a/` the directory."""

    @abstractmethod
    def child(self, directory: str, name: str, *, is_directory: bool) -> str:
        """The place of that name inside."""

    @abstractmethod
    def parent(self, place: str) -> str:
        """The directory that holds the place."""

    @abstractmethod
    def rows(self, directory: str) -> frozenset[Row] | None:
        """What a listing shows, None if there is no such directory."""

    @abstractmethod
    def beneath(self, directory: str) -> list[str]:
        """Every name or key beneath a directory; of a key store also its own marker."""

    def leaf(self, place: str) -> Leaf:
        """The file, link or object there."""
        node = self.nodes[place]
        assert not isinstance(node, Dir)
        return node

    def name(self, place: str) -> str:
        """The last component."""
        return place.removesuffix("/").rpartition("/")[2]

    def directories(self) -> list[str]:
        """Every directory that exists, the top included, sorted."""
        found = {""}
        for place in self.nodes:
            here = place
            while here:
                if self.kind(here) is Kind.DIRECTORY:
                    found.add(here)
                here = self.parent(here)
        return sorted(found)

    def entries(self) -> list[tuple[str, Kind]]:
        """Everything that a pane could show somewhere, with its kind, sorted."""
        found = []
        for directory in self.directories():
            for name, is_directory, _size in self.rows(directory) or ():
                place = self.child(directory, name, is_directory=is_directory)
                kind = self.kind(place)
                assert kind is not None
                found.append((place, kind))
        return sorted(found, key=lambda entry: entry[0])

    def above(self, place: str) -> Iterator[str]:
        """The directories above, nearest first, the top last."""
        while place:
            place = self.parent(place)
            yield place


@dataclass
class Disk(Model):
    """Real directories; one thing of a name."""

    def copy(self) -> Disk:
        return Disk(dict(self.nodes))

    def kind(self, place: str) -> Kind | None:
        if not place:
            return Kind.DIRECTORY
        node = self.nodes.get(place)
        if node is None:
            return None
        if isinstance(node, Dir):
            return Kind.DIRECTORY
        return Kind.LINK if isinstance(node, Link) else Kind.FILE

    def child(self, directory: str, name: str, *, is_directory: bool) -> str:
        return f"{directory}/{name}" if directory else name

    def parent(self, place: str) -> str:
        return place.rpartition("/")[0]

    def rows(self, directory: str) -> frozenset[Row] | None:
        if self.kind(directory) is not Kind.DIRECTORY:
            return None
        return frozenset(
            (
                self.name(place),
                isinstance(node, Dir),
                len(node.data) if isinstance(node, File) else None,
            )
            for place, node in self.nodes.items()
            if self.parent(place) == directory
        )

    def beneath(self, directory: str) -> list[str]:
        prefix = f"{directory}/" if directory else ""
        return sorted(place for place in self.nodes if place.startswith(prefix))


@dataclass
class Keys(Model):
    """Flat keys. `a/` exists as a directory if any key begins with it, its own marker included."""

    def copy(self) -> Keys:
        return Keys(dict(self.nodes))

    def kind(self, place: str) -> Kind | None:
        if not place or place.endswith("/"):
            there = not place or any(key.startswith(place) for key in self.nodes)
            return Kind.DIRECTORY if there else None
        return Kind.FILE if place in self.nodes else None

    def child(self, directory: str, name: str, *, is_directory: bool) -> str:
        return directory + name + ("/" if is_directory else "")

    def parent(self, place: str) -> str:
        head, slash, _ = place.removesuffix("/").rpartition("/")
        return head + slash

    def rows(self, directory: str) -> frozenset[Row] | None:
        if self.kind(directory) is None:
            return None
        found: set[Row] = set()
        for key in self.beneath(directory):
            name, slash, _ = key[len(directory) :].partition("/")
            if slash:
                found.add((name, True, None))
            elif key != directory:
                found.add((name, False, len(self.leaf_data(key))))
        return frozenset(found)

    def beneath(self, directory: str) -> list[str]:
        return sorted(key for key in self.nodes if key.startswith(directory))

    def leaf_data(self, key: str) -> bytes:
        """The bytes of an object."""
        node = self.nodes[key]
        assert isinstance(node, Object)
        return node.data
