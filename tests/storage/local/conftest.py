"""A local storage and a directory for it; a small disk of its own where the machine lets us mount."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfm.model.location import LOCAL, Location, local
from tfm.storage.local.storage import LocalStorage

NEEDS_MOUNT = "needs root to mount a small tmpfs"


@pytest.fixture
def disk() -> LocalStorage:
    return LocalStorage(LOCAL, {})


@pytest.fixture
def top(tmp_path: Path) -> Location:
    return local(tmp_path)


def _mount(path: Path, options: str) -> None:
    if os.geteuid() != 0:
        pytest.skip(NEEDS_MOUNT)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tfm-test", str(path)],
        capture_output=True,
        timeout=20,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(NEEDS_MOUNT)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB with room for 20 files, on another device than `tmp_path`."""
    path = tmp_path / "small"
    path.mkdir()
    _mount(path, "size=1m,nr_inodes=20")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, timeout=20)
