"""`tfm cp` beside `rclone copy`: whole processes, the same files, the same server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.large_object import random_file
from benchmarks.timing import Row, compared
from benchmarks.world import MIB, World
from tests.servers.kinds import rclone_binary

_SMALL = 2048


def rows(world: World) -> Iterator[Row]:
    """Many small files and one large one, up and down; nothing exists before at the far side."""
    size = world.size
    with world.bucket() as bucket, world.directory() as here:
        small, large = here / "small", here / "large"
        small.mkdir()
        large.mkdir()
        for number in range(size.small_files):
            (small / f"file {number}.bin").write_bytes(os.urandom(_SMALL))
        random_file(large / "large.bin", size.large)
        subjects = {
            f"{size.small_files:,} files of 2 KiB": (small, size.rounds),
            f"one file of {size.large // MIB} MiB": (large, size.few_rounds),
        }
        for what, (source, rounds) in subjects.items():
            pair = _Pair(world, bucket, source, here / "down")
            yield from compared(
                f"up: {what}", pair.tfm_up, "rclone copy", pair.rclone_up, rounds, cpu=True
            )
            yield from compared(
                f"down: {what}", pair.tfm_down, "rclone copy", pair.rclone_down, rounds, cpu=True
            )


class _Pair:
    """Two programs with one task; every copy gets a destination of its own."""

    def __init__(self, world: World, bucket: str, source: Path, down: Path) -> None:
        self._server = world.server
        self._bucket = bucket
        self._source = source
        self._down = down
        self._number = 0
        self._rclone = rclone_binary()

    def _next(self) -> str:
        self._number += 1
        return f"{self._source.name} {self._number}"

    def tfm_up(self) -> None:
        _run([*_TFM, "cp", "-r", "-T", str(self._source), f"s3://{self._bucket}/{self._next()}/"])

    def rclone_up(self) -> None:
        self._run_rclone(str(self._source), f":s3:{self._bucket}/{self._next()}")

    def tfm_down(self) -> None:
        target = str(self._down / self._next())
        self._down.mkdir(exist_ok=True)
        _run([*_TFM, "cp", "-r", "-T", f"s3://{self._bucket}/{self._source.name} 1/", target])

    def rclone_down(self) -> None:
        target = str(self._down / self._next())
        self._run_rclone(f":s3:{self._bucket}/{self._source.name} 1", target)

    def _run_rclone(self, source: str, target: str) -> None:
        server = self._server
        settings = {
            "RCLONE_CONFIG": os.devnull,
            "RCLONE_S3_PROVIDER": "Other",
            "RCLONE_S3_ENDPOINT": server.endpoint_url,
            "RCLONE_S3_ACCESS_KEY_ID": server.access_key,
            "RCLONE_S3_SECRET_ACCESS_KEY": server.secret_key,
            "RCLONE_S3_REGION": server.region,
            "RCLONE_S3_FORCE_PATH_STYLE": "true",
        }
        _run([self._rclone, "copy", "--s3-no-check-bucket", source, target], settings)


_TFM = (sys.executable, "-m", "tfm")


def _run(command: list[str], more: dict[str, str] | None = None) -> None:
    ended = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **(more or {})}, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{command} ended with {ended.returncode}: {ended.stderr[-2000:]}")
