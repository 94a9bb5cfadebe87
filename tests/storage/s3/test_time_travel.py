"""A bucket as it was: held against the recorded history of random puts and deletes, on a clock of the test."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from moto.s3 import models
from moto.server import ThreadedMotoServer

from tests.servers.server import free_port
from tfm.model.cancel import NEVER
from tfm.model.errors import NotFound
from tfm.model.location import S3, Location
from tfm.model.past import at_moment
from tfm.storage.base import Storage
from tfm.storage.object_facets import Versions
from tfm.storage.s3.storage import S3Storage

BEGIN: Final = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
KEYS: Final = ("a", "b", "b.txt", "d/", "d/one", "d/two", "d/e/three", "d0", "e/f/g/deep")
NS: Final = 10**9
SMALL_PAGE: Final = 25

State = dict[str, bytes]


class Clock:
    """The time of the server."""

    def __init__(self) -> None:
        self.now = BEGIN

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def ns(self) -> int:
        return int(self.now.timestamp() * 10) * NS // 10


class World:
    """One bucket with versions on a server whose clock we set."""

    def __init__(self, client: Any, clock: Clock, storage: S3Storage) -> None:
        self.client, self.clock, self.storage = client, clock, storage
        self.bucket = "history"
        client.create_bucket(Bucket=self.bucket)
        self.versioning("Enabled")

    def versioning(self, state: str) -> None:
        self.client.put_bucket_versioning(
            Bucket=self.bucket, VersioningConfiguration={"Status": state}
        )

    def put(self, key: str, data: bytes = b"x") -> str:
        return str(self.client.put_object(Bucket=self.bucket, Key=key, Body=data)["VersionId"])

    def delete(self, key: str, **version: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key, **version)

    def past(self, moment_ns: int) -> tuple[Storage, Location]:
        versions: Versions | None = self.storage.facets.versions
        assert versions is not None
        root = at_moment(S3, moment_ns)
        return versions.past(root), Location(root, f"{self.bucket}/")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    clock = Clock()
    monkeypatch.setattr(models, "utcnow", lambda: clock.now.replace(tzinfo=None))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", config=Config(parameter_validation=False)
    )
    storage = S3Storage(S3, {"endpoint_url": url, "outage_wait": 0.0, "cache_ttl": 0.0})
    yield World(client, clock, storage)
    storage.close()
    client.close()
    server.stop()
    models.s3_backends.reset()


def small_pages(storage: S3Storage) -> None:
    """From now on a page has few versions, so that keys go on over several."""

    def fewer(params: dict[str, Any], **_more: object) -> None:
        params["MaxKeys"] = SMALL_PAGE

    storage.on_new_client(
        lambda client: client.meta.events.register(
            "before-parameter-build.s3.ListObjectVersions", fewer
        )
    )


def tree(storage: Storage, top: Location) -> State:
    """All files by the path, found directory by directory; markers by the rows that lead to them."""
    found: State = {}
    for page in storage.scan(top, NEVER):
        for entry in page:
            place = top.child(entry.name, directory=entry.is_directory)
            if entry.is_directory:
                found |= tree(storage, place)
            else:
                with storage.open_read(place, expected=entry) as reader:
                    found[place.inner_key] = reader.read(100)
    return found


def walked(storage: Storage, top: Location) -> dict[str, int | None]:
    assert storage.facets.walk is not None
    pages = storage.facets.walk.walk(top, NEVER)
    return {entry.name: entry.size for page in pages for entry in page}


def test_it_equals_the_history_at_random_moments(world: World) -> None:
    chance = random.Random(20261120)
    state: State = {}
    history: list[tuple[int, State]] = [(world.clock.ns - NS, {})]
    for step in range(80):
        world.clock.forward(chance.choice([1, 1, 1.5, 2, 5]))
        key = chance.choice(KEYS)
        if key in state and chance.random() < 0.4:
            world.delete(key)
            state = {name: data for name, data in state.items() if name != key}
        else:
            data = b"" if key.endswith("/") else f"{key} {step}".encode()
            world.put(key, data)
            state = {**state, key: data}
        history.append((world.clock.ns, state))
    small_pages(world.storage)
    first, last = history[0][0], history[-1][0]
    for number in range(200):
        # half a second behind a whole one: what happened within a second has one time
        moment = chance.randrange(first // NS, last // NS + 2) * NS + NS - 1
        told = [then for when, then in history if when <= moment]
        expected = told[-1] if told else {}
        storage, top = world.past(moment)
        sizes = {key: len(data) for key, data in expected.items()}
        assert walked(storage, top) == sizes, number
        if number % 25 == 0:
            files = {key: data for key, data in expected.items() if not key.endswith("/")}
            assert tree(storage, top) == files, number
        assert "incomplete" not in storage.features.label


def test_a_directory_was_there_only_while_a_key_beneath_it_was(world: World) -> None:
    world.put("d/e/key")
    before = world.clock.ns
    world.clock.forward(2)
    world.delete("d/e/key")
    world.put("other/key")
    after = world.clock.ns
    for moment, there in ((before, ["d"]), (after, ["other"])):
        storage, top = world.past(moment)
        assert [entry.name for page in storage.scan(top, NEVER) for entry in page] == there
    storage, top = world.past(after)
    with pytest.raises(NotFound):
        list(storage.scan(top.child("d/"), NEVER))
    with pytest.raises(NotFound):
        storage.stat(top.child("d/"))


def test_a_piece_of_a_version(world: World) -> None:
    world.put("file", b"first")
    moment = world.clock.ns
    world.clock.forward(2)
    world.put("file", b"other")
    storage, top = world.past(moment)
    with storage.open_read(top.child("file"), 3, length=1) as reader:
        assert reader.read(10) == b"s"


@pytest.mark.parametrize("how", ["suspended", "before there were versions", "purged"])
def test_what_left_no_trace_is_said(world: World, how: str) -> None:
    moment = world.clock.ns
    if how == "before there were versions":
        # a bucket that was not versioned keeps one object without an id
        world.client.create_bucket(Bucket="young")
        world.bucket = "young"
        world.clock.forward(5)
        world.client.put_object(Bucket="young", Key="file", Body=b"second")
        world.versioning("Enabled")
    elif how == "suspended":
        world.put("file")
        world.versioning("Suspended")
    else:
        gone = world.put("file")
        world.clock.forward(5)
        world.delete("file")
        world.delete("file", VersionId=gone)
    storage, top = world.past(moment)
    list(storage.scan(top, NEVER))
    assert "history incomplete" in storage.features.label


def test_what_is_complete_is_not_called_otherwise(world: World) -> None:
    world.put("file")
    world.clock.forward(5)
    world.delete("file")
    storage, top = world.past(world.clock.ns)
    list(storage.scan(top, NEVER))
    assert storage.features.label == "as of 2026-11-20 12:00:05"
