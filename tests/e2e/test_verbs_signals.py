"""Ended by a signal in the middle of 200 MB: soon, with nothing half-done left behind."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.program import Program, Ran
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MIB = 1 << 20
LARGE = 200 * MIB
SOON = 5.0
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def proxy(ministack_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(ministack_server)


@pytest.fixture
def bucket(ministack_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(ministack_server)


@pytest.fixture
def program(proxy: Proxy, program_for: Callable[[Proxy], Program]) -> Program:
    return program_for(proxy)


@pytest.fixture
def large(here: Path) -> Path:
    """200 MB that take no room on the disk."""
    with (here / "large").open("wb") as file:
        file.truncate(LARGE)
    return here / "large"


def ended_by(ran: Ran, number: signal.Signals) -> None:
    ran.ended(128 + number)
    assert ran.seconds < SOON


@pytest.mark.parametrize("number", SIGNALS)
def test_an_upload_is_aborted(
    ministack_server: Server,
    proxy: Proxy,
    bucket: str,
    program: Program,
    large: Path,
    here: Path,
    number: signal.Signals,
) -> None:
    running = program.start("mv", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 2, timeout=30)
    running.signal(number)
    ended_by(running.wait(), number)
    assert proxy.count("CompleteMultipartUpload") == 0
    assert ministack_server.uploads(bucket) == []
    assert ministack_server.keys(bucket) == []
    assert list(here.iterdir()) == [large] and large.stat().st_size == LARGE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_upload_that_cannot_be_aborted_is_named(
    proxy: Proxy, bucket: str, program: Program, large: Path, here: Path, number: signal.Signals
) -> None:
    running = program.start("cp", "--log", "log", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 2, timeout=30)
    proxy.rule("*", Hold())  # from now on the endpoint hangs
    running.signal(number)
    ran = running.wait()
    ended_by(ran, number)
    (upload,) = proxy.open_uploads()
    for told in (ran.err, (here / "log").read_text()):
        assert f"s3://{bucket}/large" in told and upload.upload_id in told


def test_an_abort_that_was_confirmed_is_not_called_unfinished(
    ministack_server: Server, proxy: Proxy, bucket: str, program: Program, large: Path
) -> None:
    running = program.start("cp", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 2, timeout=30)
    proxy.rule("ListParts", Hold())  # the look whether it is really gone hangs, and so would
    proxy.rule("AbortMultipartUpload", Hold(), nth=2)  # asking once more
    running.signal(signal.SIGTERM)
    ran = running.wait()
    ended_by(ran, signal.SIGTERM)
    assert ministack_server.uploads(bucket) == []
    assert "unfinished" not in ran.err


def test_a_download_leaves_what_was_there(
    ministack_server: Server, proxy: Proxy, bucket: str, program: Program, here: Path
) -> None:
    client = ministack_server.client()
    client.put_object(Bucket=bucket, Key="large", Body=bytes(LARGE))
    (here / "large").write_bytes(b"older")
    hold = Hold("body", after=MIB)
    proxy.rule("GetObject", hold, nth=3)
    arguments = ("mv", "--on-conflict", "overwrite", f"s3://{bucket}/large", ".")
    running = program.start(*arguments)
    hold.wait_reached(30)
    proxy.wait_for("GetObject", 4, timeout=30)
    running.signal(signal.SIGINT)
    hold.release()
    ended_by(running.wait(), signal.SIGINT)
    assert [path.name for path in here.iterdir()] == ["large"]
    assert (here / "large").read_bytes() == b"older"
    assert ministack_server.keys(bucket) == ["large"]


def test_a_download_that_hangs_is_left(
    ministack_server: Server, proxy: Proxy, bucket: str, program: Program, here: Path
) -> None:
    client = ministack_server.client()
    client.put_object(Bucket=bucket, Key="large", Body=bytes(40 * MIB))
    (here / "large").write_bytes(b"older")
    hold = Hold("body", after=MIB)
    proxy.rule("GetObject", hold)
    arguments = ("cp", "--on-conflict", "overwrite", f"s3://{bucket}/large", ".")
    running = program.start(*arguments)
    hold.wait_reached(30)
    running.signal(signal.SIGINT)
    ended_by(running.wait(), signal.SIGINT)
    assert (here / "large").read_bytes() == b"older"
    assert [path.name for path in here.iterdir()] == ["large"]


def test_a_delete_that_is_stopped_says_so(
    ministack_server: Server, proxy: Proxy, bucket: str, program: Program
) -> None:
    ministack_server.client().put_object(Bucket=bucket, Key="d/one", Body=b"x")
    hold = Hold()
    proxy.rule("ListObjectsV2", hold, nth=2)  # the first one looks whether d/ is there
    running = program.start("rm", "-r", "--yes", f"s3://{bucket}/d/")
    hold.wait_reached(30)
    running.signal(signal.SIGINT)
    ended_by(running.wait(), signal.SIGINT)
    assert proxy.count("DeleteObjects") == 0
    assert ministack_server.keys(bucket) == ["d/one"]
