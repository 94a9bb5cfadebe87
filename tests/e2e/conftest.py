"""Fixtures for the real program: run as a subprocess, against real servers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tests.fakes.proxy import Proxy
from tests.servers.server import Server


@pytest.fixture(autouse=True)
def hasty(home: Path) -> Path:
    """A configuration that repeats soon and never waits for a server that is away; its file."""
    config = home / ".config/tfm/config.py"
    config.parent.mkdir(parents=True)
    config.write_text("S3_RETRY_DELAY = 0.05\nS3_OUTAGE_WAIT = 0\n")
    return config


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The current directory of the program: empty."""
    directory = tmp_path / "here"
    directory.mkdir()
    return directory


@pytest.fixture
def program_for(here: Path) -> Iterator[Callable[[Server | Proxy], Program]]:
    """The program with the credentials and the endpoint of a server, or through a proxy."""
    made: list[Program] = []

    def make(endpoint: Server | Proxy) -> Program:
        made.append(Program(endpoint.environment(), here))
        return made[-1]

    yield make
    for program in made:
        program.close()
