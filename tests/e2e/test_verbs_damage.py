"""Bytes that change on the way: nothing is published, nothing is left, what was there stays."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import far_side
from tests.e2e.program import Program, Ran
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import FlipRequest, FlipResponse
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

MIB = 1 << 20
SMALL = b"small and sound " * 64
MEMORY = 300 * MIB


def bytes_of(size: int) -> bytes:
    """Bytes of which no two blocks are alike."""
    return b"".join(b"%015d\n" % number for number in range(size // 16))


LARGE = bytes_of(20 * MIB)


@dataclass(frozen=True)
class Far:
    """A bucket on a server, seen by the program through a proxy."""

    proxy: Proxy
    server: Server
    bucket: str
    program: Program
    here: Path

    @property
    def place(self) -> str:
        return f"s3://{self.bucket}/"

    def put(self, key: str, data: bytes) -> None:
        far_side.put_all(self.server, self.bucket, {key: data})

    def names(self) -> list[str]:
        """Everything here, temporary or not."""
        return sorted(str(path.relative_to(self.here)) for path in self.here.rglob("*"))

    def failed(self, ran: Ran, verb: str = "cp") -> None:
        """One item, and it failed."""
        ran.ended(3)
        assert ran.report["counts"] == {"done": 0, "skipped": 0, "failed": 1, "cancelled": 0}
        (item,) = ran.report["items"]
        assert item["outcome"] == "failed" and item["reason"] and ran.err


@pytest.fixture(params=["ministack", "moto"])
def far(
    request: pytest.FixtureRequest,
    proxy_for: Callable[[Server], Proxy],
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Proxy], Program],
    here: Path,
) -> Far:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    proxy = proxy_for(server)
    return Far(proxy, server, new_bucket(server), program_for(proxy), here)


@pytest.mark.parametrize("verb", ["cp", "mv"])
def test_a_damaged_upload_is_not_there(far: Far, verb: str) -> None:
    (far.here / "one").write_bytes(SMALL)
    rule = far.proxy.rule("PutObject", FlipRequest(100))
    far.failed(far.program.run(verb, "--json", "one", far.place))
    assert rule.hits
    assert far.server.keys(far.bucket) == []
    assert (far.here / "one").read_bytes() == SMALL


def test_a_damaged_upload_leaves_what_was_there(far: Far) -> None:
    far.put("one", b"older")
    (far.here / "one").write_bytes(SMALL)
    far.proxy.rule("PutObject", FlipRequest(100))
    ran = far.program.run("cp", "--json", "--on-conflict", "overwrite", "one", far.place)
    far.failed(ran)
    assert far_side.body(far.server, far.bucket, "one") == b"older"


@pytest.mark.parametrize("verb", ["cp", "mv"])
def test_a_damaged_download_is_not_there(far: Far, verb: str) -> None:
    far.put("one", SMALL)
    rule = far.proxy.rule("GetObject", FlipResponse(100))
    far.failed(far.program.run(verb, "--json", f"{far.place}one", "."))
    assert rule.hits
    assert far.names() == []
    assert far_side.body(far.server, far.bucket, "one") == SMALL


def test_a_damaged_download_leaves_what_was_there(far: Far) -> None:
    far.put("one", SMALL)
    (far.here / "one").write_bytes(b"older")
    far.proxy.rule("GetObject", FlipResponse(100))
    ran = far.program.run("cp", "--json", "--on-conflict", "overwrite", f"{far.place}one", ".")
    far.failed(ran)
    assert far.names() == ["one"]
    assert (far.here / "one").read_bytes() == b"older"


def test_damage_shown_by_cat_is_an_error(far: Far) -> None:
    far.put("one", SMALL)
    far.proxy.rule("GetObject", FlipResponse(100))
    ran = far.program.run("cat", f"{far.place}one")
    assert ran.code in (1, 3) and "one" in ran.err


def test_a_damaged_part_is_not_there(far: Far) -> None:
    (far.here / "large").write_bytes(LARGE)
    rule = far.proxy.rule("UploadPart", FlipRequest(5 * MIB))
    far.failed(far.program.run("mv", "--json", "large", far.place))
    assert rule.hits
    assert far.server.keys(far.bucket) == []
    assert far.server.uploads(far.bucket) == []
    assert (far.here / "large").read_bytes() == LARGE


def test_one_damaged_range_is_not_there(far: Far) -> None:
    (far.here / "large").write_bytes(LARGE)
    far.program.run("cp", "large", far.place).ended(0)
    (far.here / "large").write_bytes(b"older")
    rule = far.proxy.rule("GetObject", FlipResponse(MIB), nth=2)
    ran = far.program.run("mv", "--json", "--on-conflict", "overwrite", f"{far.place}large", ".")
    far.failed(ran)
    assert rule.hits == 1
    assert far.names() == ["large"]
    assert (far.here / "large").read_bytes() == b"older"
    assert far.server.keys(far.bucket) == ["large"]


def test_one_damaged_file_of_many_is_the_only_one_that_fails(far: Far) -> None:
    for number in range(20):
        (far.here / "up").mkdir(exist_ok=True)
        (far.here / "up" / f"f{number:02}").write_bytes(SMALL + b"%d" % number)
    far.proxy.rule("PutObject", FlipRequest(3), key="*f07")
    ran = far.program.run("mv", "--json", "up", far.place).ended(3)
    (name,) = [row["source"] for row in ran.report["items"] if row["outcome"] == "failed"]
    assert name.endswith("/f07") and name in ran.err
    assert far.names() == ["up", "up/f07"]
    assert len(far.server.keys(far.bucket)) == 19


def written(path: Path, size: int) -> str:
    """Make a file without ever holding it; its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(size // MIB):
            block = hashlib.sha256(b"%d" % number).digest() * (MIB // 32)
            file.write(block)
            digest.update(block)
    os.utime(path, ns=(0, 10**18 + 123456789))
    return digest.hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("size", [150 * MIB])
def test_150_mb_go_up_and_down_in_little_memory(
    ministack_server: Server,
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Server], Program],
    here: Path,
    size: int,
) -> None:
    bucket = new_bucket(ministack_server)
    program = program_for(ministack_server)
    wanted = written(here / "large", size)
    ran, up = program.peak_memory("cp", "large", f"s3://{bucket}/")
    ran.ended(0)
    digest = hashlib.sha256()
    answer = ministack_server.client().get_object(Bucket=bucket, Key="large")
    with answer["Body"] as body:
        while block := body.read(MIB):
            digest.update(block)
    assert digest.hexdigest() == wanted
    assert answer["Metadata"]["mtime"] == "1000000000.123456789"
    ran, down = program.peak_memory("mv", f"s3://{bucket}/large", "back")
    ran.ended(0)
    assert sha256(here / "back") == wanted
    assert (here / "back").stat().st_mtime_ns == 10**18 + 123456789
    assert ministack_server.keys(bucket) == []
    assert ministack_server.uploads(bucket) == []
    print(f"peak memory: {up / MIB:.0f} MiB up, {down / MIB:.0f} MiB down")
    assert max(up, down) < MEMORY
