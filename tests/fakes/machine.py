"""What a test asks of the machine: a disk of its own, a process of its own, a user without rights."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

NEEDS_MOUNT: Final = "needs root to mount a small tmpfs"

_BEGIN: Final = """
import os, signal, sys
from tfm.model.errors import *
from tfm.model.location import LOCAL, local
from tfm.storage.base import Hints, Work
from tfm.storage.local.storage import LocalStorage
from tfm.storage.local.syscalls import System
from tests.storage.local.asking import copy, names, put, read
top = local(sys.argv[1])
"""
_NOBODY: Final = """
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
disk = LocalStorage(LOCAL)
"""


def run(
    script: str, directory: Path, *, nobody: bool = False, first: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a script in a process of its own, on request as a user without rights.

    It finds `directory` as `top`, and the names that such a script needs. `first` is run with our own
    rights: that user may not be able to read what is to be imported.
    """
    parts = [_BEGIN, first, _NOBODY if nobody else "", script]
    return subprocess.run(
        [sys.executable, "-c", "\n".join(map(textwrap.dedent, parts)), str(directory)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@contextlib.contextmanager
def plain_user() -> Iterator[None]:
    """This very process as a user without rights, until the end of the block; nothing for who has none.

    What is needed must be imported by then. A directory that user can reach is `open_directory`.
    """
    if os.geteuid() != 0:
        yield
        return
    group, groups = os.getegid(), os.getgroups()
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


@contextlib.contextmanager
def open_directory() -> Iterator[Path]:
    """A directory that another user can reach (pytest's own belong to this user alone)."""
    path = Path(tempfile.mkdtemp(prefix="tfm-test-"))
    path.chmod(0o777)
    try:
        yield path
    finally:
        for found in path.rglob("*"):
            if found.is_dir() and not found.is_symlink():
                found.chmod(0o700)
        shutil.rmtree(path)


@contextlib.contextmanager
def mounted(path: Path, options: str = "size=64m", kind: str = "tmpfs") -> Iterator[Path]:
    """A file system of its own at a new directory; skips the test where nothing may be mounted."""
    path.mkdir()
    if os.geteuid() != 0:
        pytest.skip(NEEDS_MOUNT)
    done = subprocess.run(
        ["mount", "-t", kind, "-o", options, "tfm-test", str(path)],
        capture_output=True,
        timeout=20,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(NEEDS_MOUNT)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, timeout=20)


def remount(path: Path, options: str) -> None:
    """Change the options of a mounted file system."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(path)], check=True, timeout=20)
