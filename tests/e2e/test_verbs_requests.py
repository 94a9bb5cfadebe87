"""What the verbs cost at the server: every request counted by a proxy, an unexpected kind fails."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import far_side
from tests.e2e.odd_names import Held
from tests.e2e.program import PROJECT, Program
from tests.fakes.proxy import Proxy
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

COUNT = 100


@dataclass(frozen=True)
class Far:
    """A bucket on a server, seen by the program through a proxy only."""

    proxy: Proxy
    server: Server
    bucket: str
    program: Program
    here: Path

    def fill(self, prefix: str, count: int = COUNT, start: int = 0) -> None:
        """Objects `f0000` … with their number in them."""
        names = range(start, start + count)
        rows = {f"{prefix}f{number:04}": b"%d" % number for number in names}
        far_side.put_all(self.server, self.bucket, rows)

    def fill_here(self, name: str, count: int = COUNT) -> None:
        """The same in a directory here."""
        (self.here / name).mkdir()
        for number in range(count):
            (self.here / name / f"f{number:04}").write_bytes(b"%d" % number)
            os.utime(self.here / name / f"f{number:04}", ns=(0, 10**18 + number))

    def costs(self, *arguments: object, **requests: int) -> str:
        """Run a verb; exactly these requests must come. Its standard output."""
        self.proxy.reset()
        ran = self.program.run(*arguments).ended(0)
        self.proxy.expect(requests)
        return ran.text


@pytest.fixture
def far(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    new_bucket: Callable[[Server], str],
    program_for: Callable[[Proxy], Program],
    here: Path,
) -> Far:
    proxy = proxy_for(ministack_server)
    return Far(proxy, ministack_server, new_bucket(ministack_server), program_for(proxy), here)


def test_a_listing_costs_one_request_for_a_thousand_rows(far: Far) -> None:
    far.fill("dir/", 900)
    far.server.client().put_object(Bucket=far.bucket, Key="empty/", Body=b"")
    where = f"s3://{far.bucket}/"
    assert len(far.costs("ls", f"{where}dir/", ListObjectsV2=1).splitlines()) == 900
    assert far.costs("ls", f"{where}empty/", ListObjectsV2=1) == ""
    assert far.costs("ls", "-l", where, ListObjectsV2=1).count("\n") == 2
    assert far.costs("ls", "--json", f"{where}dir/f0007", HeadObject=1).count('"etag"') == 1
    # without the slash it might be an object
    assert far.costs("ls", "-0", f"{where}dir", HeadObject=1, ListObjectsV2=1).count("\0") == 900
    assert far.bucket in far.costs("ls", "s3://", ListBuckets=1)


@pytest.mark.slow
def test_2001_rows_cost_three_listings_and_2500_objects_three_deletes(far: Far) -> None:
    far.fill("many/", 2001)
    place = f"s3://{far.bucket}/many/"
    assert far.costs("ls", place, ListObjectsV2=3).count("\n") == 2001
    far.fill("many/", 499, start=2001)
    far.fill("kept/", 1)
    # one listing of one row: is it there? and one for each thousand keys
    far.costs("rm", "-r", "--yes", place, ListObjectsV2=1 + 3, DeleteObjects=3)
    assert far.server.keys(far.bucket) == ["kept/f0000"]


def test_a_hundred_files_up(far: Far) -> None:
    far.fill_here("up")
    # one listing: what stands in to/up/ already
    far.costs("cp", "-r", "up", f"s3://{far.bucket}/to/", ListObjectsV2=1, PutObject=COUNT)
    files, _ = far_side.held(far.server, far.bucket, "to/up/")
    assert files["f0042"] == Held(b"42", 10**18 + 42)
    assert len(files) == COUNT
    for request in far.proxy.exchanges("PutObject"):
        assert request.headers.get("if-none-match") == "*", request
        assert "content-md5" in request.digests, request


# A source named without a slash: HEAD of the object, one row of the directory, then all its keys.
NAMED = {"HeadObject": 1, "ListObjectsV2": 2}


def test_a_hundred_files_down(far: Far) -> None:
    far.fill("down/")
    far.costs("cp", "-r", f"s3://{far.bucket}/down", ".", **NAMED, GetObject=COUNT)
    for request in far.proxy.exchanges("GetObject"):
        assert request.headers.get("if-match"), request
    assert (far.here / "down/f0042").read_bytes() == b"42"
    assert len(list((far.here / "down").iterdir())) == COUNT


def test_a_hundred_files_inside(far: Far) -> None:
    far.fill("from/")
    # and one listing of what stands in to/from/ already
    requests = NAMED | {"ListObjectsV2": 3, "CopyObject": COUNT}
    far.costs("cp", "-r", f"s3://{far.bucket}/from", f"s3://{far.bucket}/to/", **requests)
    assert far_side.body(far.server, far.bucket, "to/from/f0042") == b"42"
    assert len(far.server.keys(far.bucket)) == 2 * COUNT


def test_a_hundred_files_gone(far: Far) -> None:
    far.fill("gone/")
    far.fill("kept/", 1)
    far.costs("rm", "-r", "--yes", f"s3://{far.bucket}/gone", **NAMED, DeleteObjects=1)
    assert far.server.keys(far.bucket) == ["kept/f0000"]


def test_a_hundred_files_move(far: Far) -> None:
    far.fill_here("tree")
    place = f"s3://{far.bucket}/"
    far.costs("mv", "tree", place, ListObjectsV2=1, PutObject=COUNT)
    assert not (far.here / "tree").exists()
    # Only Amazon compares what it is told to delete: here each source is looked at, then deleted.
    singly = {"HeadObject": 1 + COUNT, "DeleteObject": COUNT}
    requests = NAMED | singly | {"ListObjectsV2": 3, "CopyObject": COUNT}
    far.costs("mv", "-T", f"{place}tree", f"{place}other", **requests)
    far.costs("mv", f"{place}other", ".", **NAMED | singly, GetObject=COUNT)
    assert len(list((far.here / "other").iterdir())) == COUNT
    assert far.server.keys(far.bucket) == []


def test_single_files(far: Far) -> None:
    (far.here / "one").write_bytes(b"one")
    place = f"s3://{far.bucket}/d/"
    far.costs("cp", "one", place, HeadObject=1, PutObject=1)
    far.costs("cp", f"{place}one", "two", HeadObject=1, GetObject=1)
    far.costs("cat", f"{place}one", GetObject=1)
    # is the new name a directory (HEAD, one row), and is it free (HEAD)
    free = {"HeadObject": 2, "ListObjectsV2": 1}
    far.costs("cp", "one", f"{place}new", **free, PutObject=1)
    far.costs("cp", f"{place}one", f"{place}too", **free | {"HeadObject": 3}, CopyObject=1)
    # the last listing: does the directory still show? `one` is still in it
    far.costs("rm", "--yes", f"{place}too", HeadObject=1, DeleteObjects=1, ListObjectsV2=1)


def test_a_dry_run_only_reads(far: Far) -> None:
    far.fill_here("up", 3)
    far.fill("down/", 3)
    place = f"s3://{far.bucket}/"
    # is up/ there (one row), and what stands in it
    far.costs("cp", "-r", "--dry-run", "up", place, ListObjectsV2=2)
    far.costs("mv", "--dry-run", f"{place}down", ".", **NAMED)
    far.costs("rm", "-r", "--dry-run", f"{place}down", **NAMED)
    assert len(far.server.keys(far.bucket)) == 3
    assert [path.name for path in far.here.iterdir()] == ["up"]


SCRIPT = """
import sys
from tfm import Path

place = Path(sys.argv[1])
other = place.parent / "other"

def step(word):
    print(word, flush=True)
    sys.stdin.readline()

step(place.exists())
step(place.exists())
step(other.write_bytes(b"new"))
step(other.exists())
step(place.exists())
step(other.exists())
"""


def test_exists_costs_one_then_nothing_and_one_after_a_write(far: Far) -> None:
    far.fill("dir/", 3)
    command = [sys.executable, "-c", SCRIPT, f"s3://{far.bucket}/dir/f0001"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), **far.proxy.environment()}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for word, requests in (
            ("True", {"HeadObject": 1}),
            ("True", {}),
            ("3", {"HeadObject": 1, "PutObject": 1}),  # what it replaces, and the write
            ("True", {"HeadObject": 1}),
            ("True", {"HeadObject": 1}),
            ("True", {}),
        ):
            assert process.stdout.readline() == f"{word}\n"
            far.proxy.expect(requests)
            far.proxy.reset()
            process.stdin.write("\n")
            process.stdin.flush()
    assert process.returncode == 0
