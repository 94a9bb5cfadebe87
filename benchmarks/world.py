"""What the benchmarks run on: sizes, a temporary home, files, and an S3 server on the loopback."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.kinds import MINISTACK
from tests.servers.server import Server, start

MIB = 2**20
PROJECT = Path(__file__).resolve().parents[1]
_FOREIGN = ("AWS_", "TFM_", "RCLONE_", "XDG_", "LC_")
_KEPT = ("TFM_MINISTACK_PYTHON",)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; `large`, `one_request`, `stream` in bytes, `cap` and `line` in bytes a second."""

    rounds: int
    files: int
    objects: int
    large: int
    small_files: int
    listings: int
    calls: int
    cap: int
    one_request: int
    stream: int
    line: int
    columns: int = 120
    lines: int = 40

    @property
    def many_rounds(self) -> int:
        """For what takes milliseconds."""
        return self.rounds * 4 if self.rounds > 1 else 1

    @property
    def few_rounds(self) -> int:
        """For what takes many seconds."""
        return max(1, self.rounds * 3 // 5)


FULL = Size(
    rounds=5,
    files=100_000,
    objects=20_000,
    large=256 * MIB,
    small_files=1_000,
    listings=1_000,
    calls=20_000,
    cap=20 * MIB,
    one_request=5 * MIB,
    stream=128 * MIB,
    line=40 * MIB,
)
QUICK = Size(
    rounds=1,
    files=300,
    objects=30,
    large=6 * MIB,
    small_files=5,
    listings=20,
    calls=50,
    cap=50 * MIB,
    one_request=2 * MIB,
    stream=20 * MIB,
    line=50 * MIB,
)


class World:
    """Directories and servers for the length of a run; nothing of the user's is read or written."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._stack = contextlib.ExitStack()
        self._server: Server | None = None
        self._top = Path()

    def __enter__(self) -> Self:
        self._top = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tfm-benchmarks-"))
        )
        self._stack.enter_context(_environment(self._top))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def server(self) -> Server:
        """The S3 server, started when it is first needed. Raises ServerFailed without MiniStack."""
        if self._server is None:
            self._server = self._stack.enter_context(start(MINISTACK))
            os.environ.update(self._server.environment())
        return self._server

    @contextlib.contextmanager
    def bucket(self) -> Iterator[str]:
        """A fresh bucket, emptied and removed afterwards."""
        name = self.server.new_bucket("measured")
        yield name
        self.server.discard(name)

    @contextlib.contextmanager
    def directory(self) -> Iterator[Path]:
        """A fresh directory, removed afterwards."""
        with tempfile.TemporaryDirectory(dir=self._top) as made:
            yield Path(made)

    @contextlib.contextmanager
    def many_files(self) -> Iterator[Path]:
        """A directory with `size.files` empty files, made in an order that is not theirs."""
        with self.directory() as made:
            count = self.size.files
            for number in range(count):
                # 7919 is prime and divides no count used here, so every number comes once
                (made / f"file {number * 7919 % count:06}.txt").touch()
            yield made


@contextlib.contextmanager
def _environment(home: Path) -> Iterator[None]:
    """An environment without the user's: an own home, no profile, no credentials but the server's."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(_FOREIGN) and name not in _KEPT:
            del os.environ[name]
    os.environ.update(
        HOME=str(home),
        LANG="C.UTF-8",
        PYTHONPATH=str(PROJECT),
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=str(home / "no-aws-config"),
        AWS_SHARED_CREDENTIALS_FILE=str(home / "no-aws-credentials"),
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
