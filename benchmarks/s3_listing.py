"""A large S3 listing, beside the bare SDK on the same server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.local_listing import bytes_of
from benchmarks.timing import Row, compared
from benchmarks.world import World
from tfm.model.location import S3, Location
from tfm.model.order import SortSpec
from tfm.session.rows import plan_rows
from tfm.storage.vfs import Vfs

_WRITERS = 8


def bare_rows(client: Any, bucket: str) -> list[dict[str, Any]]:
    """What boto3's own paginator gives."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/")
    return [row for page in pages for row in page.get("Contents", ())]


def rows(world: World) -> Iterator[Row]:
    """Wall clock (with the server's work in it) and processor time of this process alone."""
    count, rounds = world.size.objects, world.size.rounds
    with world.bucket() as bucket:
        client = world.server.client()
        with ThreadPoolExecutor(_WRITERS) as writers:
            for _ in writers.map(
                lambda n: client.put_object(Bucket=bucket, Key=f"object {n:06}.bin", Body=b"x"),
                range(count),
            ):
                pass
        vfs = Vfs()
        place = Location(S3, f"{bucket}/")
        found, bare = len(vfs.scan(place).entries), len(bare_rows(client, bucket))
        if not found == bare == count:
            raise RuntimeError(f"{found} rows and {bare} bare ones instead of {count}")
        yield from compared(
            f"{count:,} objects: listed",
            lambda: vfs.scan(place, fresh=True),
            "boto3 paginator",
            lambda: bare_rows(client, bucket),
            rounds,
            cpu=True,
            note="wall-clock times have the same work of the server in them",
        )
        yield from compared(
            f"{count:,} objects: listed and sorted",
            lambda: plan_rows(vfs.scan(place, fresh=True).entries, SortSpec(), hidden=False),
            "boto3 paginator",
            lambda: bare_rows(client, bucket),
            rounds,
            cpu=True,
        )
        ours = bytes_of(lambda: vfs.scan(place, fresh=True).entries) / count
        floor = bytes_of(lambda: bare_rows(client, bucket)) / count
        yield Row("listing, a row", (ours,), "boto3's row", (floor,), "B", note="memory")
        vfs.close()
