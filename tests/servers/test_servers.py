import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.kinds import MOTO
from tests.servers.server import LEASH, Kind, Server, ServerFailed, start

PROJECT = Path(__file__).resolve().parents[2]


def alive(pid: int) -> bool:
    """A zombie counts as dead."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return status not in "ZX"


def wait_gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while alive(pid) and time.monotonic() < deadline:
        pause.wait(0.02)
    return not alive(pid)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_server_stores_and_lists(s3_server: Server, bucket: str) -> None:
    client = s3_server.client()
    client.put_object(Bucket=bucket, Key="a/b c+%2e", Body=b"bytes")
    assert s3_server.keys(bucket) == ["a/b c+%2e"]
    assert client.get_object(Bucket=bucket, Key="a/b c+%2e")["Body"].read() == b"bytes"
    assert s3_server.uploads(bucket) == []


def test_every_bucket_is_fresh(s3_server: Server, new_bucket: Callable[[Server], str]) -> None:
    assert new_bucket(s3_server) != new_bucket(s3_server)


def test_a_discarded_bucket_is_gone(s3_server: Server) -> None:
    name = s3_server.new_bucket()
    for key in ("a", "b/c", "b/d"):
        s3_server.client().put_object(Bucket=name, Key=key, Body=b"x")
    s3_server.discard(name)
    buckets = s3_server.client().list_buckets()["Buckets"]
    assert name not in [row["Name"] for row in buckets]
    s3_server.discard(name)  # says nothing about what is gone


def test_a_server_listens_on_loopback_only(s3_server: Server) -> None:
    port = int(s3_server.endpoint_url.rpartition(":")[2])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {row[1] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    assert listening == {f"0100007F:{port:04X}"}


def test_a_server_ends_with_its_block() -> None:
    with start(MOTO) as server:
        (child,) = children(server.process_id)
        directory = server.directory
    assert wait_gone(child)
    assert not directory.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_orphan_when_the_leash_is_killed(number: signal.Signals) -> None:
    with start(MOTO) as server:
        (child,) = children(server.process_id)
        os.kill(server.process_id, number)
        assert wait_gone(child)


def test_no_orphan_when_the_test_run_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from tests.servers.server import start; from tests.servers.kinds import MOTO\n"
        "with start(MOTO) as server:\n"
        "    print(server.process_id, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(tmp_path)},  # nobody is left to remove its directory
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        leash = int(run.stdout.readline())
        (child,) = children(leash)
        run.kill()
        assert wait_gone(leash)
        assert wait_gone(child)


def test_a_server_that_fails_shows_what_it_printed() -> None:
    kind = Kind(
        "broken", lambda port, directory: [sys.executable, "-c", "exit('no disk in drive')"]
    )
    with pytest.raises(ServerFailed, match="no disk in drive"), start(kind):
        pass


def test_a_server_that_never_answers_is_given_up() -> None:
    kind = Kind("mute", lambda port, directory: ["tail", "-f", "/dev/null"])
    with pytest.raises(ServerFailed, match="did not answer"), start(kind, seconds=0.3):
        pass


def test_the_leash_reports_the_status_of_its_command() -> None:
    with subprocess.Popen(
        [sys.executable, "-I", "-S", str(LEASH), sys.executable, "-c", "exit(7)"],
        stdin=subprocess.PIPE,
    ) as leash:
        assert leash.wait(10) == 7
