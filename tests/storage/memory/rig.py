"""The memory backend, as a key store and as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.contract.rig import FREE, KEEPS_TIME, REAL, Bench, Ground, Rig
from tfm.model.location import Location, Root, Style
from tfm.storage.base import Hints
from tfm.storage.memory.flat import Container, FlatShelf
from tfm.storage.memory.locks import MemoryLocks
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.memory.tree import Folder, TreeShelf
from tfm.storage.memory.uploads import MemoryUploads
from tfm.storage.object_locks import Lock


class KeyGround(Ground):
    """Looks straight into the dictionary of one container."""

    def __init__(
        self,
        shelf: FlatShelf,
        container: Container,
        top: Location,
        uploads: MemoryUploads,
        locks: MemoryLocks,
    ) -> None:
        self._shelf = shelf
        self._locks = locks
        self._container = container
        self._top = top
        self._uploads = uploads

    def begin_upload(self, name: str, *parts: bytes) -> str:
        return self._uploads.begin(self._top.child(name), parts).id

    def open_uploads(self) -> set[tuple[str, str]]:
        return {(begun.upload.place.inner_key, name) for name, begun in self._uploads.begun.items()}

    def lockable_file(self) -> Location | None:
        self._locks.allow(self._top)
        self.write("d/a", b"kept")
        return self._top.child("d/a")

    def lock_of(self, place: Location) -> Lock:
        return (self._container.locks or {}).get(place.inner_key, Lock())

    def write(self, name: str, data: bytes) -> None:
        self._container.put(name, self._shelf.stored(data, Hints()))

    def read(self, name: str) -> bytes:
        return self._container.objects[name].data

    def remove(self, name: str) -> None:
        self._container.pop(name)

    def make_directory(self, name: str) -> None:
        self.write(name, b"")

    def names(self) -> dict[str, int]:
        return {key: len(content.data) for key, content in self._container.objects.items()}


class TreeGround(Ground):
    """Looks straight into the nested dictionaries of one folder."""

    def __init__(self, shelf: TreeShelf, folder: Folder) -> None:
        self._shelf = shelf
        self._folder = folder

    def _holder(self, name: str) -> tuple[Folder, str]:
        here = self._folder
        *above, last = name.rstrip("/").split("/")
        for part in above:
            below = here.children.setdefault(part, Folder(-1, 0))
            assert isinstance(below, Folder)
            here = below
        return here, last

    def write(self, name: str, data: bytes) -> None:
        folder, last = self._holder(name)
        folder.children[last] = self._shelf.stored(data, Hints())

    def read(self, name: str) -> bytes:
        folder, last = self._holder(name)
        content = folder.children[last]
        assert not isinstance(content, Folder)
        return content.data

    def remove(self, name: str) -> None:
        folder, last = self._holder(name)
        del folder.children[last]

    def make_directory(self, name: str) -> None:
        folder, last = self._holder(name)
        folder.children.setdefault(last, Folder(-1, 0))

    def names(self) -> dict[str, int]:
        return dict(_beneath(self._folder, ""))


def _beneath(folder: Folder, prefix: str) -> Iterator[tuple[str, int]]:
    for name, node in folder.children.items():
        if isinstance(node, Folder):
            yield f"{prefix}{name}/", 0
            yield from _beneath(node, f"{prefix}{name}/")
        else:
            yield prefix + name, len(node.data)


@contextmanager
def _keys(_request: pytest.FixtureRequest) -> Iterator[Bench]:
    storage = MemoryStorage(Root("mem", "keys"), {})
    top = Location(storage.root, "shelf/")
    storage.mkdir(top)
    assert isinstance(storage.shelf, FlatShelf)
    uploads = storage.facets.uploads
    locks = storage.facets.locks
    assert isinstance(uploads, MemoryUploads)
    assert isinstance(locks, MemoryLocks)
    container = storage.shelf.containers["shelf"]
    yield Bench(storage, top, KeyGround(storage.shelf, container, top, uploads, locks))
    storage.close()


@contextmanager
def _tree(_request: pytest.FixtureRequest) -> Iterator[Bench]:
    storage = MemoryStorage(Root("mem", "tree", Style.PATH), {"real_directories": True})
    top = Location(storage.root, "/shelf")
    storage.mkdir(top)
    assert isinstance(storage.shelf, TreeShelf)
    folder = storage.shelf.top.children["shelf"]
    assert isinstance(folder, Folder)
    yield Bench(storage, top, TreeGround(storage.shelf, folder))
    storage.close()


ABILITIES = frozenset({"server_copy", "delete_many", "retention"})

RIGS = (
    Rig(
        "memory_keys",
        "mem",
        _keys,
        facts=frozenset({FREE, KEEPS_TIME}),
        facets=ABILITIES | {"containers", "locks", "reports", "settings", "uploads", "walk"},
        steps=40,
        examples=60,
    ),
    Rig(
        "memory_tree",
        "mem",
        _tree,
        facts=frozenset({REAL, KEEPS_TIME}),
        facets=ABILITIES | {"rename", "attributes"},
        steps=40,
        examples=60,
    ),
)
