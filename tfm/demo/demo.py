"""Starts the demo's server, borrows an environment for it, and takes everything back."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfm.demo.samples import fill

_ROOT = Path(__file__).resolve().parents[2]
_BACKLOG = 64
_PATIENCE = 2.0
_CODE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tfm.demo.server import main; main()"


class DemoMissing(Exception):
    """What the demo needs is not installed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: the sample folder, the place of the buckets, and how to reach them."""

    folder: Path
    remote: str
    endpoint_url: str
    process_id: int


@contextlib.contextmanager
def running() -> Iterator[Demo]:
    """Run the demo for the length of the block; it is ready to be connected to at once.

    Meanwhile the environment of this process names the demo's credentials and nothing of the
    user's. Raises DemoMissing, OSError.
    """
    missing = [name for name in ("moto", "flask", "werkzeug") if not _is_installed(name)]
    if missing:
        raise DemoMissing(
            f"The demo needs a package that is not installed ({', '.join(missing)}). "
            "Install it with: pip install 'tfm[demo]'"
        )
    directory = Path(tempfile.mkdtemp(prefix="tfm-demo-"))
    try:
        folder = directory / "Sample folder"
        folder.mkdir()
        fill(folder, time.time())
        with _server(directory) as (process, port), _environment(directory):
            yield Demo(folder, "s3://", f"http://127.0.0.1:{port}", process.pid)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


@contextlib.contextmanager
def _server(directory: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    read_end, write_end = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(_close_pipe, write_end)
        with socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG) as listening:
            port = int(listening.getsockname()[1])
            descriptors = (listening.fileno(), read_end)
            command = [sys.executable, "-P", "-c", _CODE, str(_ROOT)]
            with (directory / "server.log").open("wb") as output:
                try:
                    process = subprocess.Popen(
                        [*command, *map(str, descriptors), str(directory)],
                        pass_fds=descriptors,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        env=_bare_environment(directory),
                        start_new_session=True,  # Ctrl-C in the terminal is for the program alone
                    )
                finally:
                    os.close(read_end)
        try:
            yield process, port
        finally:
            stack.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _close_pipe(write_end: int) -> None:
    os.close(write_end)


def _bare_environment(directory: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextlib.contextmanager
def _environment(directory: Path) -> Iterator[None]:
    """Only the demo's credentials while it runs: no profile, file or proxy of the user's."""
    before = dict(os.environ)
    empty = directory / "no-aws-configuration"
    empty.touch()
    for name in before:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(
        {
            "AWS_ACCESS_KEY_ID": "demo",
            "AWS_SECRET_ACCESS_KEY": "demo",
            "AWS_CONFIG_FILE": str(empty),
            "AWS_SHARED_CREDENTIALS_FILE": str(empty),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
