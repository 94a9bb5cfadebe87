"""Ended by a signal in the middle of 200 MB: soon, and nothing half-done is left that nobody knows of."""

import random
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program, Ran, wait_until
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold, Reset
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MIB = 1 << 20
LARGE = 200 * MIB
SOON = 5.0
PARTS = 25
"""Of 8 MiB each."""


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


def journals(program: Program) -> list[Any]:
    """What `tfm jobs list` tells."""
    return list(program.run("jobs", "list", "--json").ended(0).report)


def test_an_upload_is_aborted_by_ctrl_c(
    ministack_server: Server,
    proxy: Proxy,
    bucket: str,
    program: Program,
    large: Path,
    here: Path,
) -> None:
    running = program.start("mv", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 2, timeout=30)
    running.signal(signal.SIGINT)
    ended_by(running.wait(), signal.SIGINT)
    assert proxy.count("CompleteMultipartUpload") == 0
    assert ministack_server.uploads(bucket) == []
    assert ministack_server.keys(bucket) == []
    assert list(here.iterdir()) == [large] and large.stat().st_size == LARGE
    assert journals(program) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_upload_that_was_cut_off_goes_on(
    ministack_server: Server,
    proxy: Proxy,
    bucket: str,
    program: Program,
    large: Path,
    number: signal.Signals,
) -> None:
    running = program.start("mv", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 4, timeout=30, done=True)
    running.signal(number)
    ran = running.wait()
    (job,) = journals(program)
    if number is not signal.SIGKILL:
        ended_by(ran, number)
        assert f"tfm jobs resume {job['id']}" in ran.err
    (upload,) = ministack_server.uploads(bucket)
    assert [left["name"] for left in job["left"]] == [upload[1]]
    assert ministack_server.keys(bucket) == []
    held = parts_held(ministack_server, bucket, upload[1])
    assert held
    before = proxy.count("UploadPart")
    program.run("jobs", "resume").ended(0)
    assert proxy.count("UploadPart") - before == PARTS - len(held), (
        "what was there is not sent again"
    )
    assert ministack_server.uploads(bucket) == []
    assert (
        ministack_server.client().head_object(Bucket=bucket, Key="large")["ContentLength"] == LARGE
    )
    assert not large.exists()
    assert journals(program) == []


def test_an_upload_that_an_outage_ended_goes_on(
    ministack_server: Server, proxy: Proxy, bucket: str, program: Program, large: Path, home: Path
) -> None:
    config = home / "config.py"
    config.write_text(
        "class Config:\n    S3_OUTAGE_WAIT = 0.2\n    S3_MAX_RETRIES = 2\n    S3_RETRY_DELAY = 0.8\n"
    )
    options = ("--config", config)
    running = program.start("cp", *options, "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 4, timeout=30, done=True)
    proxy.rule("*", Reset())
    ran = running.wait()
    proxy.clear_rules()
    assert ran.code == 3 and "tfm jobs resume" in ran.err, ran.err
    ((_, upload),) = ministack_server.uploads(bucket)
    held, before = parts_held(ministack_server, bucket, upload), proxy.count("UploadPart")
    assert held
    program.run("jobs", "resume", *options).ended(0)
    assert proxy.count("UploadPart") - before == PARTS - len(held)
    assert ministack_server.keys(bucket) == ["large"]
    assert ministack_server.uploads(bucket) == [] and journals(program) == []


def test_an_upload_that_was_cut_off_is_discarded(
    ministack_server: Server, proxy: Proxy, bucket: str, program: Program, large: Path
) -> None:
    running = program.start("mv", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 2, timeout=30)
    running.signal(signal.SIGKILL)
    running.wait()
    (job,) = journals(program)
    program.run("jobs", "discard", job["id"][:20], "--yes").ended(0)
    assert ministack_server.uploads(bucket) == []
    assert ministack_server.keys(bucket) == []
    assert large.stat().st_size == LARGE
    assert journals(program) == []


def parts_held(server: Server, bucket: str, upload: str) -> list[int]:
    """Numbers of the parts that the server has."""
    answer = server.client().list_parts(Bucket=bucket, Key="large", UploadId=upload)
    return [row["PartNumber"] for row in answer.get("Parts", ())]


def test_an_upload_that_cannot_be_aborted_is_named(
    proxy: Proxy, bucket: str, program: Program, large: Path, here: Path
) -> None:
    running = program.start("cp", "--log", "log", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 2, timeout=30)
    proxy.rule("*", Hold())  # from now on the endpoint hangs
    running.signal(signal.SIGINT)
    ran = running.wait()
    ended_by(ran, signal.SIGINT)
    (upload,) = proxy.open_uploads()
    for told in (ran.err, (here / "log").read_text()):
        assert f"s3://{bucket}/large" in told and upload.upload_id in told
    (job,) = journals(program)
    assert [left["name"] for left in job["left"]] == [upload.upload_id]


def test_an_abort_that_was_confirmed_is_not_called_unfinished(
    ministack_server: Server, proxy: Proxy, bucket: str, program: Program, large: Path
) -> None:
    running = program.start("cp", "large", f"s3://{bucket}/")
    proxy.wait_for("UploadPart", 2, timeout=30)
    proxy.rule("ListParts", Hold())  # the look whether it is really gone hangs, and so would
    proxy.rule("AbortMultipartUpload", Hold(), nth=2)  # asking once more
    running.signal(signal.SIGINT)
    ran = running.wait()
    ended_by(ran, signal.SIGINT)
    assert ministack_server.uploads(bucket) == []
    assert "unfinished" not in ran.err


def arrived(home: Path) -> int:
    """Bytes that the journal knows to be there."""
    text = b"".join(path.read_bytes() for path in home.rglob("tfm/jobs/*.jsonl"))
    return sum(int(size) for size in re.findall(rb'"k":"arrived".*"z":(\d+)', text))


def received(proxy: Proxy) -> int:
    """Bytes of all bodies that came down."""
    return sum(each.response_length for each in proxy.exchanges("GetObject"))


def test_a_download_that_was_cut_off_goes_on(
    ministack_server: Server,
    proxy: Proxy,
    bucket: str,
    program: Program,
    here: Path,
    home: Path,
) -> None:
    body = random.Random(7).randbytes(60 * MIB)
    ministack_server.client().put_object(Bucket=bucket, Key="large", Body=body)
    (here / "large").write_bytes(b"older")
    hold = Hold("body", after=MIB)
    proxy.rule("GetObject", hold, nth=5)
    arguments = ("cp", "--on-conflict", "overwrite", f"s3://{bucket}/large", ".")
    running = program.start(*arguments)
    hold.wait_reached(30)
    wait_until(lambda: arrived(home) > 16 * MIB, 30)
    running.signal(signal.SIGKILL)
    hold.release()
    running.wait()
    assert (here / "large").read_bytes() == b"older"
    (job,) = journals(program)
    (temporary,) = (path for path in here.iterdir() if path.name != "large")
    assert [left["name"] for left in job["left"]] == [str(temporary)]
    before, known = received(proxy), arrived(home)
    program.run("jobs", "resume").ended(0)
    fetched = received(proxy) - before
    assert fetched <= len(body) - known + 64 * 1024, "what had arrived is not fetched again"
    assert (here / "large").read_bytes() == body
    assert [path.name for path in here.iterdir()] == ["large"]
    assert journals(program) == []


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
