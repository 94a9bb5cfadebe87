"""One large object: a single stream beside parallel pieces, up and down."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.timing import Row, compared
from benchmarks.world import MIB, World
from tests.servers.server import bare_environment, free_port, leashed
from tfm.jobs.lane import Lane
from tfm.model.conflict import Answer, Policy
from tfm.model.location import S3, Location, local
from tfm.ops.context import OpContext
from tfm.ops.tree import copy
from tfm.storage.vfs import Vfs

HANDS = 12
"""Threads that move pieces."""
_ONE_STREAM = 5 * 1024 * MIB
_SECONDS = 10.0


class Carrier:
    """tfm's own copy, through one endpoint, in pieces or in one stream."""

    def __init__(self, endpoint: str, *, pieces: bool) -> None:
        options: dict[str, object] = {"endpoint_url": endpoint, "threads": HANDS}
        if not pieces:
            options["multipart_threshold"] = _ONE_STREAM
        self.vfs = Vfs({"s3": options})
        self.lane = Lane("parts", HANDS)

    def copy(self, source: Location, target: Location) -> None:
        """Copy one file over whatever is there. Raises RuntimeError if it did not arrive."""
        ctx = OpContext(self.vfs, resolver=Policy(Answer.OVERWRITE), fan_out=self.lane.fan_out)
        picked = (source, self.vfs.stat(source, fresh=True))
        report = copy(ctx, [picked], target, into=False)
        if not report.all_done:
            raise RuntimeError(str(report.items))

    def close(self) -> None:
        """End the hands and the connections."""
        self.lane.close()
        self.vfs.close()


@contextlib.contextmanager
def capped(endpoint: str, rate: int, directory: Path) -> Iterator[str]:
    """The endpoint behind a relay that gives every connection `rate` bytes a second."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.relay", str(port)]
    command += [str(urlsplit(endpoint).port), str(rate)]
    environment = bare_environment(directory) | {"PYTHONPATH": os.environ["PYTHONPATH"]}
    with leashed(command, environment, subprocess.DEVNULL):
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"


def random_file(path: Path, size: int) -> None:
    """Bytes that nobody can compress."""
    with path.open("wb") as file:
        for at in range(0, size, MIB):
            file.write(os.urandom(min(MIB, size - at)))


def rows(world: World) -> Iterator[Row]:
    """Pieces beside one stream of ours; each beside boto3's own way to do it."""
    size = world.size
    with world.bucket() as bucket, world.directory() as here:
        source = here / "large.bin"
        random_file(source, size.large)
        client = world.server.client()
        client.upload_file(str(source), bucket, "large.bin")
        text = f"{size.large // MIB} MiB"
        plain = world.server.endpoint_url
        yield from _both_ways(world, plain, f"{text}, bare loopback", bucket, source)
        yield from _beside_boto3(world, client, f"{text}, bare loopback", bucket, source)
        with capped(plain, size.cap, here) as slow:
            line = f"{text}, {size.cap // MIB} MiB/s a connection"
            yield from _both_ways(world, slow, line, bucket, source)


def _both_ways(world: World, endpoint: str, what: str, bucket: str, source: Path) -> Iterator[Row]:
    rounds = world.size.few_rounds
    pieces, stream = Carrier(endpoint, pieces=True), Carrier(endpoint, pieces=False)
    here, there = local(source), Location(S3, f"{bucket}/large.bin")
    target = local(source.with_name("down.bin"))
    try:
        yield from compared(
            f"down: parallel ranges; {what}",
            lambda: pieces.copy(there, target),
            "one stream of tfm",
            lambda: stream.copy(there, target),
            rounds,
        )
        if source.read_bytes() != Path(target.key).read_bytes():
            raise RuntimeError("what came down is not what was there")
        up = Location(S3, f"{bucket}/up.bin")
        yield from compared(
            f"up: parallel parts; {what}",
            lambda: pieces.copy(here, up),
            "one PUT of tfm",
            lambda: stream.copy(here, up),
            rounds,
        )
    finally:
        pieces.close()
        stream.close()


def _beside_boto3(world: World, client: Any, what: str, bucket: str, source: Path) -> Iterator[Row]:
    """boto3 neither proves nor syncs what it writes; tfm does both."""
    rounds = world.size.few_rounds
    ours = Carrier(world.server.endpoint_url, pieces=True)
    down = source.with_name("down.bin")
    try:
        yield from compared(
            f"down; {what}",
            lambda: ours.copy(Location(S3, f"{bucket}/large.bin"), local(down)),
            "boto3 download_file",
            lambda: client.download_file(bucket, "large.bin", str(down)),
            rounds,
            cpu=True,
            note="tfm also verifies the digest, syncs to the disk and publishes by rename",
        )
        yield from compared(
            f"up; {what}",
            lambda: ours.copy(local(source), Location(S3, f"{bucket}/up.bin")),
            "boto3 upload_file",
            lambda: client.upload_file(str(source), bucket, "up.bin"),
            rounds,
            cpu=True,
        )
    finally:
        ours.close()
