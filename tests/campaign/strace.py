"""The program under strace: each call by which it changes something, and SIGKILL at the one chosen.

strace counts calls for each thread and each name by itself; a `Point` is such a count.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

PROJECT: Final = Path(__file__).resolve().parents[2]
STRACE: Final = shutil.which("strace") or ""
NEEDS_STRACE: Final = "needs strace"

DISK: Final = (
    "write",
    "pwrite64",
    "sendfile",
    "copy_file_range",
    "ftruncate",
    "fallocate",
    "ioctl",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "fsync",
    "fdatasync",
    "utimensat",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "fchownat",
    "setxattr",
    "fsetxattr",
    "lsetxattr",
    "removexattr",
    "fremovexattr",
    "openat",
)
NETWORK: Final = ("sendto", "recvfrom")
"""Before a request goes, and before its answer is looked at: the first call after the request."""
_ONLY: Final = {"openat": re.compile(r"O_CREAT|O_TRUNC|O_TMPFILE"), "ioctl": re.compile("FICLONE")}
"""Of these calls most change nothing."""
_CALL: Final = re.compile(r"^(\d+) +(\w+)\((.*)$")
_SECONDS: Final = 240.0
"""A program that takes longer hangs; long runs share the machine with others."""


@dataclass(frozen=True, slots=True)
class Point:
    """The `at`-th call of that name on one thread, counted from 1."""

    name: str
    at: int

    def __str__(self) -> str:
        return f"{self.name} {self.at}"

    @property
    def options(self) -> tuple[str, ...]:
        """For strace."""
        return (
            f"-etrace={self.name}",
            f"-einject={self.name}:signal=KILL:when={self.at}",
        )


@dataclass(frozen=True, slots=True)
class Came:
    """How a run ended; `code` is negative for a signal, as with `subprocess`."""

    code: int
    out: bytes
    err: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Tracer:
    """Runs the program, prepared (`tests/campaign/prefork.py`) or plain, with one environment."""

    def __init__(self, directory: Path, environment: Mapping[str, str], part: int = 0) -> None:
        self._directory = directory
        self._environment = {**os.environ, "PYTHONPATH": str(PROJECT), **environment}
        self._log = directory / "trace"
        self._server = subprocess.Popen(
            (sys.executable, "-B", "-m", "tests.campaign.prefork", str(part)),
            cwd=directory,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    # -- prepared ----------------------------------------------------------------------------------

    def run(self, *argv: str) -> Came:
        """To its end."""
        self._ask(argv, hold=False)
        return self._came(self._answer("status"))

    def killed_at(self, point: Point, *argv: str) -> Came:
        """To that point, or to its end if the point does not come."""
        return self._traced(point.options, argv)

    def points(self, *argv: str, network: bool = False) -> tuple[Came, list[Point]]:
        """To its end; and all its points."""
        names = DISK + (NETWORK if network else ())
        wanted = ",".join(f"?{name}" for name in names)  # not every processor has them all
        came = self._traced((f"-etrace={wanted}",), argv)
        return came, points_in(self._log.read_text("utf-8", "replace"))

    def _traced(self, options: Sequence[str], argv: Sequence[str]) -> Came:
        self._log.unlink(missing_ok=True)
        self._ask(argv, hold=True)
        pid = self._answer("pid")
        command = (STRACE, "-f", *options, "-s", "0", "-o", str(self._log), "-p", str(pid))
        strace = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            stderr = strace.stderr
            assert stderr is not None
            line = stderr.readline()
            assert b"attached" in line, f"strace does not attach: {line!r}"
            self._write(b"\n")
            return self._came(self._answer("status"))
        finally:
            strace.communicate(timeout=_SECONDS)

    def _ask(self, argv: Sequence[str], *, hold: bool) -> None:
        wanted = {"argv": argv, "hold": hold, "out": str(self._out), "err": str(self._err)}
        self._write(json.dumps(wanted).encode() + b"\n")

    def _write(self, line: bytes) -> None:
        stdin = _pipe(self._server.stdin)
        stdin.write(line)
        stdin.flush()

    def _answer(self, name: str) -> int:
        line = _pipe(self._server.stdout).readline()
        answer: dict[str, Any] = json.loads(line or "{}")
        assert name in answer, f"the prepared program is gone: {line!r}"
        return int(answer[name])

    def _came(self, status: int) -> Came:
        code = os.waitstatus_to_exitcode(status)
        return Came(code, self._out.read_bytes(), self._err.read_text("utf-8", "replace"))

    @property
    def _out(self) -> Path:
        return self._directory / "out"

    @property
    def _err(self) -> Path:
        return self._directory / "err"

    # -- plain -------------------------------------------------------------------------------------

    def plain(self, *argv: str, options: Sequence[str] = ()) -> Came:
        """`python -m tfm`, as it is; under strace if there are options for it."""
        # with a filter it stops at the calls that were asked for, not at each: half the time
        prefix = (STRACE, "-f", "--seccomp-bpf", "-qq", "-s", "0", *options, "-o", str(self._log))
        ran = subprocess.run(
            (*(prefix if options else ()), sys.executable, "-B", "-m", "tfm", *argv),
            cwd=self._directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        return Came(ran.returncode, ran.stdout, ran.stderr.decode("utf-8", "replace"))

    def plain_points(self, *argv: str) -> tuple[Came, list[Point]]:
        """As `points`, with all threads and the start of the interpreter."""
        names = ",".join(f"?{name}" for name in DISK)
        came = self.plain(*argv, options=(f"-etrace={names}",))
        return came, points_in(self._log.read_text("utf-8", "replace"))

    def close(self) -> None:
        """End the prepared program."""
        self._server.communicate(timeout=_SECONDS)


def can_trace() -> bool:
    """False where strace is missing, or may not trace."""
    if not STRACE:
        return False
    tried = subprocess.run((STRACE, "-o", os.devnull, "true"), capture_output=True, check=False)
    return tried.returncode == 0


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def points_in(trace: str) -> list[Point]:
    """The calls in a trace that change something, each count once."""
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[Point, None] = {}
    asked = False
    for line in trace.splitlines():
        call = _CALL.match(line)
        if call is None:
            continue
        thread, name, rest = call.groups()
        counts[thread, name] += 1
        only = _ONLY.get(name)
        if name == "recvfrom" and not asked:
            continue
        asked = name == "sendto"
        if only is None or only.search(rest):
            found[Point(name, counts[thread, name])] = None
    return list(found)
