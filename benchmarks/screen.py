"""A program in a pseudo-terminal of a given size, read as raw bytes so that reading costs little."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.world import Size

_SECONDS = 120.0
_READ = 2**16


class Screen:
    """The program is killed when the block ends; nothing it would do at its end is measured."""

    def __init__(self, command: Sequence[str], size: Size, home: Path) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(
            self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0)
        )
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        environment["XDG_STATE_HOME"] = environment["XDG_CONFIG_HOME"] = str(home)
        self._written = bytearray()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)

    def wait_for(self, *texts: bytes) -> None:
        """Read until every text has been written. Raises RuntimeError with the end of the output."""
        deadline = time.monotonic() + _SECONDS
        while not all(text in self._written for text in texts):
            if not self._read(deadline - time.monotonic()):
                raise RuntimeError(f"{texts} did not appear: {bytes(self._written[-2000:])!r}")

    def wait_quiet(self, seconds: float = 0.5) -> None:
        """Read until nothing was written for so long."""
        while self._read(seconds):
            pass

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self._master, _READ)
        except OSError:  # how Linux says that the other end is closed
            return False
        self._written += data
        return bool(data)

    def resident(self) -> int:
        """Bytes in memory now."""
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.process.pid)],
            capture_output=True,
            check=True,
            text=True,
        )
        return int(told.stdout) * 1024
