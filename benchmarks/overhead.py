"""What tfm adds to bare boto3: list, get and put, with the same requests on both sides.

A file that one request moves is held against that request, a large one in parts against boto3's own transfer
with as many hands and parts as large. The bare side does nothing else; tfm also counts, digests what moved,
compares it with what the server says, and publishes. Over a line with a limit, as people have it; what is left
without any line stands in the benchmark `large`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from boto3.s3.transfer import TransferConfig

from benchmarks.large_object import HANDS, Carrier, capped, random_file
from benchmarks.s3_listing import bare_rows
from benchmarks.timing import Row, compared
from benchmarks.world import MIB, World
from tfm.model.location import S3, Location, local
from tfm.storage.vfs import Vfs

_BLOCK = MIB
_WRITERS = 8
_PART = 8 * MIB


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
    """The listing on the bare loopback, the files over two lines: a slow one for many hands, and one for one."""
    size = world.size
    with world.bucket() as bucket, world.directory() as here:
        yield from _listed(world, bucket)
        one, large = here / "one.bin", here / "large.bin"
        random_file(one, size.one_request)
        random_file(large, size.stream)
        server = world.server.endpoint_url
        with capped(server, size.line, here) as line:
            yield from _moved(world, line, bucket, one, whole=True)
        with capped(server, max(1, size.line // HANDS), here) as line:
            yield from _moved(world, line, bucket, large, whole=False)


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


def _moved(world: World, endpoint: str, bucket: str, source: Path, *, whole: bool) -> Iterator[Row]:
    """Down and up, each time over what is there."""
    client = world.server.client(endpoint)
    config = TransferConfig(max_concurrency=HANDS, multipart_chunksize=_PART)
    key, down = source.name, source.with_name("down.bin")

    def bare_get() -> None:
        if whole:
            get(client, bucket, key, down)
        else:
            client.download_file(bucket, key, str(down), Config=config)

    def bare_put() -> None:
        if whole:
            put(client, bucket, "bare.bin", source)
        else:
            client.upload_file(str(source), bucket, "bare.bin", Config=config)

    text = f"{source.stat().st_size // MIB} MiB, {'one request' if whole else 'in parts'}"
    rounds = world.size.rounds
    ours = Carrier(endpoint, pieces=True)
    try:
        ours.copy(local(source), Location(S3, f"{bucket}/{key}"))
        yield from compared(
            f"get; {text}",
            lambda: ours.copy(Location(S3, f"{bucket}/{key}"), local(down)),
            "boto3 get_object" if whole else "boto3 download_file",
            bare_get,
            rounds,
            cpu=True,
        )
        yield from compared(
            f"put; {text}",
            lambda: ours.copy(local(source), Location(S3, f"{bucket}/ours.bin")),
            "boto3 put_object" if whole else "boto3 upload_file",
            bare_put,
            rounds,
            cpu=True,
        )
    finally:
        ours.close()
