"""A local storage and a directory for it; a small disk of its own where the machine lets us mount."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.machine import mounted
from tfm.model.location import LOCAL, Location, local
from tfm.storage.local.storage import LocalStorage


@pytest.fixture
def disk() -> LocalStorage:
    return LocalStorage(LOCAL, {})


@pytest.fixture
def top(tmp_path: Path) -> Location:
    return local(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB with room for 20 files, on another device than `tmp_path`."""
    with mounted(tmp_path / "small", "size=1m,nr_inodes=20") as path:
        yield path
