"""The real stores: a temporary directory, a bucket, a shelf in memory. Told without tfm.

Each has the storage under test, with thresholds so small that nine bytes are large, and beside it
plain ways (`os`, boto3, the bare dictionary) to see everything and to act as somebody else would.
"""

from __future__ import annotations

import os
import shutil
import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.model_machine.model import Dir, Disk, File, Keys, Link, Model, Object
from tests.model_machine.trip import Trip, TrippingSystem
from tests.servers.server import Server
from tfm.model.errors import Offline
from tfm.model.location import LOCAL, S3, Location, Root
from tfm.model.patience import Patience
from tfm.storage.base import Hints, Storage
from tfm.storage.local.storage import LocalStorage
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.s3 import calls
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.storage import S3Storage

THRESHOLD = 8
"""Bytes above which a transfer goes in parts."""
TTL = 60.0
"""Seconds for which a listing of a key store may be shown."""


class Store(ABC):
    """One store with the truth about it; places are texts relative to `top`, as in the model."""

    name: str
    storage: Storage
    top: Location
    ttl: float

    def at(self, place: str) -> Location:
        """The location of a place."""
        return Location(self.top.root, self.top.key + place)

    def place(self, location: Location) -> str:
        """The place of a location."""
        assert location.key.startswith(self.top.key), f"{location} is not below {self.top}"
        return location.key[len(self.top.key) :]

    @abstractmethod
    def truth(self) -> Model:
        """Everything that is there."""

    @abstractmethod
    def debris(self) -> list[str]:
        """What an unfinished write left behind that is no name."""

    @abstractmethod
    def put(self, place: str, data: bytes, mtime: int | None, mode: int = 0o644) -> None:
        """Somebody else writes a file, in place of whatever file is there."""

    @abstractmethod
    def drop(self, place: str) -> None:
        """Somebody else removes one file, link, key, or empty directory."""

    def changed(self) -> bool:
        """False if nothing can have changed since the last `truth`."""
        return True

    def close(self) -> None:  # noqa: B027 - a store that holds nothing has nothing to do
        """Take everything away."""


class DiskStore(Store):
    """A temporary directory, with a directory beside it that nobody may touch."""

    name = "disk"
    ttl = 0.0

    def __init__(self, base: Path, trip: Trip) -> None:
        self._base = base
        self.canary = base / "canary"
        self.canary.mkdir(parents=True)
        (self.canary / "yellow").write_bytes(b"alive")
        (self.canary / "sub").mkdir()
        (self.canary / "sub" / "bird").write_bytes(b"also alive")
        self._before = self._canary()
        self.path = base / "top"
        self.path.mkdir()
        self.storage = LocalStorage(LOCAL, {}, system=TrippingSystem(trip))
        self.top = Location(LOCAL, str(self.path))

    def at(self, place: str) -> Location:
        return Location(LOCAL, f"{self.path}/{place}" if place else str(self.path))

    def place(self, location: Location) -> str:
        return super().place(location).removeprefix("/")

    def truth(self) -> Disk:
        found = Disk()
        waiting = [""]
        while waiting:
            here = waiting.pop()
            with os.scandir(self.at(here).key) as items:
                for item in items:
                    place = found.child(here, item.name, is_directory=False)
                    facts = item.stat(follow_symlinks=False)
                    if stat.S_ISDIR(facts.st_mode):
                        found.nodes[place] = Dir()
                        waiting.append(place)
                    elif stat.S_ISLNK(facts.st_mode):
                        found.nodes[place] = Link(os.readlink(item.path), facts.st_mtime_ns)
                    else:
                        found.nodes[place] = File(
                            Path(item.path).read_bytes(),
                            stat.S_IMODE(facts.st_mode),
                            facts.st_mtime_ns,
                            facts.st_ino,
                        )
        return found

    def debris(self) -> list[str]:
        beside = sorted(entry.name for entry in self._base.iterdir())
        assert beside == ["canary", "top"], f"something lies beside the tree: {beside}"
        assert self._canary() == self._before, "the tree beside ours was touched"
        return []

    def _canary(self) -> list[tuple[str, int, bytes]]:
        return [
            (str(path), path.lstat().st_mode, b"" if path.is_dir() else path.read_bytes())
            for path in sorted(self.canary.rglob("*"))
        ]

    def put(self, place: str, data: bytes, mtime: int | None, mode: int = 0o644) -> None:
        path = Path(self.at(place).key)
        # beside and over it, as an editor does; a time of its own, as inode numbers come again
        beside = self._base / "beside"
        beside.write_bytes(data)
        beside.chmod(mode)
        if mtime is not None:
            os.utime(beside, ns=(mtime, mtime))
        beside.replace(path)

    def make(self, place: str) -> None:
        """Somebody else makes a directory."""
        Path(self.at(place).key).mkdir()

    def link(self, old: str, place: str) -> None:
        """Somebody else gives a file one more name."""
        os.link(self.at(old).key, self.at(place).key)

    def drop(self, place: str) -> None:
        path = Path(self.at(place).key)
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()

    def close(self) -> None:
        self.storage.close()
        shutil.rmtree(self._base)


class BucketStore(Store):
    """A bucket, looked at with a plain boto3 client."""

    name = "s3"
    ttl = TTL

    def __init__(
        self, server: Server, storages: Sequence[S3Storage], trip: Trip, watch: Requests
    ) -> None:
        self._server = server
        self._client = server.client()
        self._bucket = server.new_bucket()
        self._watch = watch
        watch.trip = trip
        watch.writes = 1
        watch.written = set()
        self._known: dict[str, tuple[str, Object]] = {}
        self._uploads: list[str] = []
        self.hasty, self.patient = storages
        self.storage = self.hasty
        self.top = Location(S3, f"{self._bucket}/")

    def changed(self) -> bool:
        return self._watch.writes > 0

    def truth(self) -> Keys:
        """Every key is listed; only what was written since, or has another ETag, is fetched again."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        etags = {row["Key"]: row["ETag"] for page in pages for row in page.get("Contents", ())}
        known = {
            key: held
            for key, held in self._known.items()
            if held[0] == etags.get(key) and f"/{self._bucket}/{key}" not in self._watch.written
        }
        self._known = {
            key: known[key] if key in known else (etag, self._fetch(key))
            for key, etag in etags.items()
        }
        self._uploads = [key for key, _upload in self._server.uploads(self._bucket)]
        self._watch.writes = 0
        self._watch.written.clear()
        return Keys({key: node for key, (_etag, node) in self._known.items()})

    def _fetch(self, key: str) -> Object:
        answer = self._client.get_object(Bucket=self._bucket, Key=key)
        with answer["Body"] as body:
            data = body.read()
        told = answer.get("Metadata", {})
        return Object(
            data,
            _nanoseconds(told["mtime"]) if "mtime" in told else None,
            int(told["mode"], 8) & 0o7777 if "mode" in told else None,
            int(answer["LastModified"].timestamp()) * 10**9,
        )

    def debris(self) -> list[str]:
        return self._uploads

    def put(self, place: str, data: bytes, mtime: int | None, mode: int = 0o644) -> None:
        more: dict[str, Any] = {}
        if mtime is not None:
            text = f"{mtime // 10**9}.{mtime % 10**9:09d}"
            more["Metadata"] = {"mtime": text, "mode": f"{0o100000 | mode:o}"}
        self._client.put_object(Bucket=self._bucket, Key=place, Body=data, **more)
        self._watch.note(f"/{self._bucket}/{place}")

    def drop(self, place: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=place)
        self._watch.note(f"/{self._bucket}/{place}")

    def close(self) -> None:
        self._server.discard(self._bucket)


class Requests:
    """Sees every request of the storages under test before it leaves: what may have been written.

    `written` holds paths, `/bucket/key`.
    """

    def __init__(self, *storages: S3Storage) -> None:
        self.trip = Trip()
        self.writes = 0
        self.written: set[str] = set()
        for storage in storages:
            storage.on_new_client(self._watch)

    def _watch(self, client: Any) -> None:
        client.meta.events.register("before-send.s3", self._leaves)
        client.meta.events.register("response-received.s3", self._comes)

    def note(self, path: str) -> None:
        """Somebody wrote, or removed, what has this path."""
        self.writes += 1
        self.written.add(path)

    def _leaves(self, request: Any, **_more: object) -> None:
        if request.method not in ("GET", "HEAD"):
            self.note(unquote(urlsplit(request.url).path))
        self.trip.step("s3", lambda: EndpointConnectionError(endpoint_url="injected"))

    def _comes(self, event_name: str, response_dict: object, **_more: object) -> None:
        verb = event_name.rpartition(".")[2]
        if response_dict is not None and not verb.startswith(("Get", "Head", "List")):
            self.trip.step("s3", lambda: ReadTimeoutError(endpoint_url="injected"), answered=True)


def s3_storage(server: Server, retries: int) -> S3Storage:
    """A storage that takes nine bytes for large, and repeats a request so often, at once.

    Its server is known already.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls, "_BROWSING", Patience(retries, 0.0, 0.0))
        storage = _storage(server, retries)
    assert isinstance(storage.facets.server_copy, Copier)
    storage.facets.server_copy.limit = THRESHOLD
    # whether the server keeps markers is tried once: no act may meet that
    bucket = server.new_bucket()
    storage.mkdir(Location(S3, f"{bucket}/first/"))
    server.discard(bucket)
    return storage


def _storage(server: Server, retries: int) -> S3Storage:
    return S3Storage(
        S3,
        {
            "endpoint_url": server.endpoint_url,
            "addressing_style": "path",
            "multipart_threshold": THRESHOLD,
            "max_retries": retries,
            "retry_delay": 0.0,
            "outage_wait": 0.0,
            "cache_ttl": TTL,
        },
    )


def _nanoseconds(text: str) -> int:
    seconds, _, rest = text.partition(".")
    return int(seconds) * 10**9 + int((rest + "0" * 9)[:9])


class ShelfStore(Store):
    """Keys in memory, seen as the bare dictionary."""

    name = "memory"
    ttl = TTL
    _COUNTED = ("rows", "walk", "stat", "content", "put", "mkdir", "remove", "remove_key")

    def __init__(self, trip: Trip, now: Callable[[], int]) -> None:
        root = Root("mem", "keys")
        storage = MemoryStorage(root, {"clock": now, "cache_ttl": TTL})
        assert isinstance(storage.shelf, FlatShelf)
        self.storage = storage
        self._shelf = storage.shelf
        self.top = Location(root, "shelf/")
        storage.mkdir(self.top)
        for name in self._COUNTED:
            setattr(self._shelf, name, self._counted(trip, getattr(self._shelf, name)))

    def _counted(self, trip: Trip, act: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            trip.step(self.name, lambda: Offline("injected", place=self.top))
            return act(*args, **kwargs)

        return call

    def truth(self) -> Keys:
        held = self._shelf.containers["shelf"].objects
        return Keys(
            {key: Object(c.data, c.mtime_ns, c.mode, c.stored_at) for key, c in held.items()}
        )

    def debris(self) -> list[str]:
        return []

    def put(self, place: str, data: bytes, mtime: int | None, mode: int = 0o644) -> None:
        hints = Hints(mtime_ns=mtime, mode=None if mtime is None else mode)
        self._shelf.containers["shelf"].put(place, self._shelf.stored(data, hints))

    def drop(self, place: str) -> None:
        self._shelf.containers["shelf"].pop(place)
