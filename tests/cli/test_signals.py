"""Ended by a signal: 128+n, and nothing half-done stays."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Spawn
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server

MIB = 1 << 20


def until(holds: Callable[[], object], seconds: float = 15) -> None:
    """Wait for a condition, looking every 10 ms."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not come to that"
        pause.wait(0.01)


def feed(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_copy_that_is_stopped_leaves_no_temporary_file(
    spawn: Spawn, here: Path, number: signal.Signals
) -> None:
    process = spawn("cp", "-", "got")
    feed(process, b"x" * MIB)
    until(lambda: list(here.iterdir()))
    process.send_signal(number)
    assert process.wait(10) == 128 + number
    assert list(here.iterdir()) == []


def test_an_interrupted_pipeline_is_not_the_end_of_the_data(spawn: Spawn, here: Path) -> None:
    process = spawn("cp", "-", "got")
    feed(process, b"the first half")
    until(lambda: list(here.iterdir()))
    assert process.stdin is not None
    process.stdin.close()  # the producer died of the same Ctrl-C, a moment before us
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert list(here.iterdir()) == []


def test_a_tree_that_is_stopped_leaves_no_temporary_file(spawn: Spawn, here: Path) -> None:
    for number in range(300):
        directory = here / "src" / f"{number % 7}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{number}").write_bytes(os.urandom(200_000))
    process = spawn("cp", "-r", "src", "dst")
    until(lambda: any((here / "dst").rglob("*")) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    code = process.wait(15)
    assert code in (0, 130)  # it may have been quicker
    for path in (here / "dst").rglob("*"):
        source = here / "src" / path.relative_to(here / "dst")
        assert source.exists(), f"left behind: {path}"
        assert path.is_dir() or path.read_bytes() == source.read_bytes()


def test_a_blocked_reader_is_left_at_once(spawn: Spawn, here: Path) -> None:
    (here / "big").write_bytes(b"x" * (8 * MIB))
    process = spawn("cat", "big")
    assert process.stdout is not None
    process.stdout.read(1)  # it runs, and soon waits for the pipe to empty
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert time.monotonic() - began < 3


def test_what_nohup_ignores_stays_ignored(spawn: Spawn, here: Path) -> None:
    process = spawn(
        "cp", "-", "got", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    feed(process, b"one")
    until(lambda: list(here.iterdir()))
    process.send_signal(signal.SIGHUP)
    process.communicate(b"two", timeout=20)
    assert process.returncode == 0
    assert (here / "got").read_bytes() == b"onetwo"


def test_an_upload_that_is_stopped_is_aborted(
    spawn: Spawn, moto_server: Server, new_bucket: Callable[[Server], str], here: Path
) -> None:
    bucket = new_bucket(moto_server)
    (here / "big").write_bytes(os.urandom(40 * MIB))
    with Proxy(moto_server) as proxy:
        hold = Hold("response")
        proxy.rule("UploadPart", hold, nth=2)
        log = here / "log"
        copy = ("cp", "--json", "big", f"s3://{bucket}/big", "--log", log)
        process = spawn(*copy, env=proxy.environment())
        hold.wait_reached(20)
        process.send_signal(signal.SIGINT)
        until(lambda: "Signal 2: stopping" in log.read_text())
        hold.release()
        out, _ = process.communicate(timeout=20)
        report = json.loads(out)
        assert process.returncode == report["exit"] == 130
        assert report["counts"]["cancelled"] == 1
        assert proxy.open_uploads() == []
    assert moto_server.uploads(bucket) == []
    assert moto_server.keys(bucket) == []


def test_the_second_signal_leaves_at_once_but_aborts_uploads(
    spawn: Spawn, moto_server: Server, new_bucket: Callable[[Server], str], here: Path
) -> None:
    bucket = new_bucket(moto_server)
    (here / "big").write_bytes(os.urandom(40 * MIB))
    with Proxy(moto_server) as proxy:
        hold = Hold()  # the parts hang and are never answered
        proxy.rule("UploadPart", hold)
        process = spawn("cp", "big", f"s3://{bucket}/big", env=proxy.environment())
        hold.wait_reached(20)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        pause = threading.Event()
        pause.wait(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert time.monotonic() - began < 5
        until(lambda: not moto_server.uploads(bucket))
    assert moto_server.keys(bucket) == []
