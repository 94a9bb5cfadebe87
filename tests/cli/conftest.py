"""Running tfm: in this process (`tfm`) or as a real program (`spawn`)."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.fakes.proxy import Proxy
from tests.house import planted
from tests.servers.server import Server
from tfm.__main__ import main

PROJECT: Final = Path(__file__).resolve().parents[2]
PROGRAM: Final = (sys.executable, "-m", "tfm")


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8", "surrogateescape")


Tfm = Callable[..., Ran]
Spawn = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: empty."""
    directory = tmp_path / "here"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def proxy(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A counting proxy; this process's environment leads to it."""
    with Proxy(moto_server) as made:
        for name, value in made.environment().items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def tfm(capsysbinary: pytest.CaptureFixture[bytes], here: Path) -> Tfm:
    """Run tfm in this process; no terminal."""

    def run(*arguments: object) -> Ran:
        capsysbinary.readouterr()
        code = main([str(each) for each in arguments])
        out, err = capsysbinary.readouterr()
        planted.look("what a verb printed", out + err)
        return Ran(code, out, err.decode())

    return run


@pytest.fixture
def spawn(here: Path) -> Iterator[Spawn]:
    """Start tfm as a program of its own, with pipes; ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        *arguments: object, env: Mapping[str, str] | None = None, **more: Any
    ) -> subprocess.Popen[bytes]:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = subprocess.Popen(
            [*PROGRAM, *map(str, arguments)],
            cwd=here,
            env={**os.environ, "PYTHONPATH": str(PROJECT), **(env or {})},
            **{**pipes, **more},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()


def ended(process: subprocess.Popen[bytes], data: bytes | None = None) -> Ran:
    """Wait for the end."""
    out, err = process.communicate(data, timeout=30)
    return Ran(process.returncode, out or b"", (err or b"").decode())
