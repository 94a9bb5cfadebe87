"""What tfm adds to the bare calls: list, get and put of a large object, each in one stream.

The bare side makes the same requests with boto3 and nothing else. tfm also counts, digests what moved,
compares it with what the server says, and publishes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.large_object import Carrier, capped, random_file
from benchmarks.s3_listing import bare_rows
from benchmarks.timing import Row, compared
from benchmarks.world import MIB, World
from tfm.model.location import S3, Location, local
from tfm.storage.vfs import Vfs

_BLOCK = MIB
_WRITERS = 8


def get(client: Any, bucket: str, key: str, target: Path) -> None:
    """GetObject to a file, by blocks."""
    body = client.get_object(Bucket=bucket, Key=key)["Body"]
    with target.open("wb") as file:
        for block in body.iter_chunks(_BLOCK):
            file.write(block)


def put(client: Any, bucket: str, key: str, source: Path) -> None:
    """PutObject from a file."""
    with source.open("rb") as file:
        client.put_object(Bucket=bucket, Key=key, Body=file)


def rows(world: World) -> Iterator[Row]:
    """On the bare loopback, where processor time is all there is, and over a line with a limit."""
    size = world.size
    with world.bucket() as bucket, world.directory() as here:
        yield from _listed(world, bucket)
        source = here / "large.bin"
        random_file(source, size.stream)
        client = world.server.client()
        put(client, bucket, "large.bin", source)
        text = f"{size.stream // MIB} MiB"
        yield from _moved(world, world.server.endpoint_url, f"{text}, bare loopback", bucket, here)
        with capped(world.server.endpoint_url, size.line, here) as slow:
            line = f"{text}, a line of {size.line // MIB} MiB/s"
            yield from _moved(world, slow, line, bucket, here)


def _listed(world: World, bucket: str) -> Iterator[Row]:
    client, count = world.server.client(), world.size.objects
    with ThreadPoolExecutor(_WRITERS) as writers:
        for _ in writers.map(
            lambda n: client.put_object(Bucket=bucket, Key=f"{n:06}", Body=b""), range(count)
        ):
            pass
    with contextlib.closing(Vfs()) as vfs:
        place = Location(S3, f"{bucket}/")
        yield from compared(
            f"list; {count:,} objects",
            lambda: vfs.scan(place, fresh=True),
            "boto3 paginator",
            lambda: bare_rows(client, bucket),
            world.size.rounds,
            cpu=True,
        )


def _moved(world: World, endpoint: str, what: str, bucket: str, here: Path) -> Iterator[Row]:
    rounds, client = world.size.rounds, world.server.client(endpoint)
    source, down = here / "large.bin", here / "down.bin"
    ours = Carrier(endpoint, pieces=False)
    try:
        yield from compared(
            f"get; {what}",
            lambda: ours.copy(Location(S3, f"{bucket}/large.bin"), local(down)),
            "boto3 get_object",
            lambda: get(client, bucket, "large.bin", down),
            rounds,
            cpu=True,
        )
        yield from compared(
            f"put; {what}",
            lambda: ours.copy(local(source), Location(S3, f"{bucket}/up.bin")),
            "boto3 put_object",
            lambda: put(client, bucket, "up.bin", source),
            rounds,
            cpu=True,
        )
    finally:
        ours.close()
