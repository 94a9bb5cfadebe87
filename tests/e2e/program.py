"""The real program as a subprocess without a terminal: how it ended, what it said, what it took.

program = Program(server.environment(), here)
ran = program.run("cp", "-r", "tree", "s3://bucket/")      # waits; never longer than `seconds`
running = program.start("cp", "big", "s3://bucket/big"); proxy.wait_for("UploadPart", 2)
running.signal(signal.SIGINT); ran = running.wait()
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from tests.house import planted

PROJECT: Final = Path(__file__).resolve().parents[2]
PROGRAM: Final = (sys.executable, "-m", "tfm")
MEASURED: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("peak_memory.py")))
PLAIN_RIGHTS: Final = (sys.executable, "-I", "-S", str(Path(__file__).with_name("plain_rights.py")))
SECONDS: Final = 60.0
SHOWN: Final = 4000
"""How much of what it said a failed test shows."""


@dataclass(frozen=True)
class Ran:
    """How a run ended; `seconds` counts from its start, or from the last signal sent to it."""

    code: int
    out: bytes
    err: str
    seconds: float

    @property
    def text(self) -> str:
        """Standard output."""
        return self.out.decode("utf-8", "surrogateescape")

    @property
    def report(self) -> Any:
        """Standard output as the JSON document it is."""
        return json.loads(self.out)

    def outcomes(self) -> dict[str, str]:
        """Outcome by source, of a `--json` report; no source may stand in it twice."""
        rows = self.report["items"]
        found = {row["source"]: row["outcome"] for row in rows}
        assert len(found) == len(rows), "a source stands twice in the report"
        return found

    def ended(self, code: int) -> "Ran":
        """Itself, if that was the exit status; and no fault of the program may show in its words."""
        assert "Traceback" not in self.err and "Unforeseen" not in self.err, self.err
        said = f"{self.err}\n{self.text}"[-SHOWN:]
        assert self.code == code, f"exit {self.code} instead of {code}:\n{said}"
        return self


class Running:
    """A run under way."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> None:
        self._out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by wait
        self._err: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by wait
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
        )

    def signal(self, number: signal.Signals) -> None:
        """Send it; the clock of `Ran.seconds` starts anew."""
        self._began = time.monotonic()
        self.process.send_signal(number)

    def wait(self, seconds: float = SECONDS) -> Ran:
        """Wait for the end; AssertionError with what it said so far when there is none in time."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"no end within {seconds} s; it said:\n{self.said()}") from None
        took = time.monotonic() - self._began
        self._out.seek(0)
        ran = Ran(code, self._out.read(), self.said(), took)
        planted.look("what a program printed", ran.out + ran.err.encode())
        self._out.close()
        self._err.close()
        return ran

    def said(self) -> str:
        """Standard error so far."""
        self._err.seek(0)
        return self._err.read().decode("utf-8", "replace")

    def kill(self) -> None:
        """End it in any case; without effect if it has ended."""
        self.process.kill()
        self.process.wait()


class Program:
    """tfm with one environment and one current directory."""

    def __init__(self, environment: Mapping[str, str], cwd: Path) -> None:
        self.environment = dict(environment)
        self.cwd = cwd
        self._started: list[Running] = []

    def start(
        self,
        *arguments: object,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> Running:
        """Start it with these arguments; `env` is added to its environment."""
        command = [
            *prefix,
            *PROGRAM,
            *(os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments),
        ]
        running = Running(command, {**self.environment, **(env or {})}, self.cwd)
        self._started.append(running)
        return running

    def run(
        self, *arguments: object, env: Mapping[str, str] | None = None, seconds: float = SECONDS
    ) -> Ran:
        """Run it to its end."""
        return self.start(*arguments, env=env).wait(seconds)

    def peak_memory(self, *arguments: object) -> tuple[Ran, int]:
        """Run it to its end; its largest resident size in bytes."""
        with tempfile.NamedTemporaryFile() as told:
            ran = self.start(*arguments, prefix=(*MEASURED, told.name)).wait()
            return ran, int(told.read()) * 1024

    def close(self) -> None:
        """End what still runs."""
        for running in self._started:
            running.kill()


def wait_until(holds: Any, seconds: float = 10.0) -> None:
    """Wait for a condition, looking every 10 ms; AssertionError when it does not come true."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"it did not come to that within {seconds} s"
        pause.wait(0.01)
