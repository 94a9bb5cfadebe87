"""A small world of storages in memory: two key stores and a disk with real directories."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tfm.jobs.lane import Lane
from tfm.model.conflict import Conflict, Decision, Resolver
from tfm.model.entry import Entry
from tfm.model.errors import NotFound
from tfm.model.location import Location, Root, Style
from tfm.ops.context import OpContext
from tfm.ops.plan import Picked
from tfm.storage.base import Hints, Storage
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.shelf import Content
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

BUCKETS = Root("mem", "one", Style.KEY)
OTHER = Root("mem", "two", Style.KEY)
DISK = Root("mem", "disk", Style.PATH)


def key(text: str) -> Location:
    return Location(BUCKETS, text)


def other(text: str) -> Location:
    return Location(OTHER, text)


def disk(text: str) -> Location:
    return Location(DISK, text)


@dataclass
class Scripted:
    """Answers conflicts from a list, and keeps what it was asked."""

    decisions: list[Decision]
    asked: list[Conflict] = field(default_factory=list)

    def resolve(self, conflict: Conflict) -> Decision:
        self.asked.append(conflict)
        return self.decisions.pop(0)


class World:
    """The storages behind one Vfs, with short ways to fill and look at them."""

    def __init__(self, storages: dict[Root, Storage] | None = None) -> None:
        self.storages: dict[Root, Storage] = storages or {
            root: MemoryStorage(root, {}) for root in (BUCKETS, OTHER, DISK)
        }
        self.vfs = Vfs(storages=self.storages)
        for root in (BUCKETS, OTHER):
            if root in self.storages:
                self.storages[root].mkdir(Location(root, "bucket/"))

    def write(self, place: Location, data: bytes = b"data", mtime_ns: int | None = None) -> Entry:
        """Put a file there, whatever was there before."""
        storage = self.storages[place.root]
        try:
            old: Entry | None = storage.stat(place)
        except NotFound:
            old = None
        if place.root.style is Style.PATH:
            self.directory(place.parent)
        from tfm.storage.base import Work

        with storage.open_write(place, Hints(replaces=old, mtime_ns=mtime_ns), Work()) as writer:
            writer.write(data)
            return writer.commit().entry

    def raw(self, place: Location, data: bytes) -> None:
        """Put an object under any key, also one that ends with a slash."""
        storage = self.storages[place.root]
        assert isinstance(storage, MemoryStorage)
        shelf = storage.shelf
        assert isinstance(shelf, FlatShelf)
        shelf.containers[place.container].put(
            place.inner_key, Content(data, 0, hashlib.md5(data).hexdigest(), 0)
        )

    def directory(self, place: Location) -> None:
        """Make a directory with its parents."""
        storage = self.storages[place.root]
        for above in [*reversed(place.ancestors()), place]:
            if above.is_top or above.is_container:
                continue
            try:
                storage.stat(above)
            except NotFound:
                storage.mkdir(above)

    def read(self, place: Location) -> bytes:
        with self.storages[place.root].open_read(place) as reader:
            blocks = []
            while block := reader.read(1 << 20):
                blocks.append(block)
            return b"".join(blocks)

    def tree(self, top: Location) -> dict[str, bytes | None]:
        """Everything beneath a directory by relative name; directories are None."""
        found: dict[str, bytes | None] = {}
        waiting = [top.as_directory()]
        from tfm.model.cancel import NEVER

        while waiting:
            here = waiting.pop()
            storage = self.storages[here.root]
            try:
                rows = [entry for page in storage.scan(here, NEVER) for entry in page]
            except NotFound:
                continue
            for entry in rows:
                place = here.child(entry.name, directory=entry.is_directory)
                name = place.relative_to(top)
                if entry.is_directory:
                    found[name.rstrip("/") + "/"] = None
                    waiting.append(place)
                else:
                    found[name] = self.read(place)
        return found

    def pick(self, *places: Location) -> list[Picked]:
        return [self.vfs.resolve(place, fresh=True) for place in places]

    def context(self, resolver: Resolver | None = None, lane: Lane | None = None) -> OpContext:
        base = OpContext(self.vfs)
        return OpContext(
            self.vfs,
            resolver=resolver or base.resolver,
            fan_out=lane.fan_out if lane else base.fan_out,
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane("test", 4)
    yield lane
    lane.close()


Place = Callable[[str], Location]
