"""`tfm versions`, and reading what was."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm
from tests.servers.server import Server


@pytest.fixture
def bucket(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """A bucket with versions: a file that was overwritten, one that was deleted."""
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    name, client = new_bucket(moto_server), moto_server.client()
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=name, Key="d/file", Body=b"old")
    client.put_object(Bucket=name, Key="d/file", Body=b"newer")
    client.put_object(Bucket=name, Key="d/gone", Body=b"gone")
    client.delete_object(Bucket=name, Key="d/gone")
    return name


def test_each_line_tells_a_version_that_can_be_read(tfm: Tfm, bucket: str) -> None:
    ran = tfm("versions", f"s3://{bucket}/d/file")
    assert ran.code == 0
    lines = [line.split() for line in ran.text.splitlines()]
    assert [line[2:-1] for line in lines] == [["5", "now"], ["3"]]
    assert tfm("cat", lines[1][-1]).out == b"old"


def test_a_directory_with_what_is_deleted(tfm: Tfm, bucket: str) -> None:
    ran = tfm("versions", "--json", f"s3://{bucket}/d")
    told = json.loads(ran.text)
    assert [(row["place"], row["size"], row["latest"], row["deleted"]) for row in told] == [
        (f"s3://{bucket}/d/file", 5, True, False),
        (f"s3://{bucket}/d/file", 3, False, False),
        (f"s3://{bucket}/d/gone", None, True, True),
        (f"s3://{bucket}/d/gone", 4, False, False),
    ]
    assert all(row["version"] in row["read_as"] for row in told)


def test_what_has_no_versions(tfm: Tfm, bucket: str) -> None:
    assert tfm("versions").code == 2
    missing = tfm("versions", f"s3://{bucket}/absent")
    assert missing.code == 1
    assert "no version" in missing.err
    local = tfm("versions", ".")
    assert local.code == 1
    assert "keeps no earlier versions" in local.err


def test_what_was_there_is_listed_and_copied(tfm: Tfm, bucket: str, here: Path) -> None:
    never = tfm("ls", "--at", "2001-01-01", f"s3://{bucket}/")
    assert (never.code, never.text) == (0, "")
    later = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + 60))
    assert tfm("ls", "--at", later, f"s3://{bucket}/d/").text == "file\n"
    assert tfm("cp", "-r", "--at", later, f"s3://{bucket}/d", "then").code == 0
    assert (here / "then" / "file").read_bytes() == b"newer"
    assert tfm("cat", "--at", later, f"s3://{bucket}/d/file").out == b"newer"
    refused = tfm("rm", "-r", "--yes", f"s3://at=2030-01-01T00:00:00Z@{bucket}/d")
    assert refused.code == 3
    assert "cannot be changed" in refused.err


def test_a_moment_that_is_none(tfm: Tfm, bucket: str) -> None:
    ran = tfm("ls", "--at", "yesterday", f"s3://{bucket}/")
    assert ran.code == 2
    assert "2026-11-20 14:05" in ran.err
    local = tfm("ls", "--at", "2d", ".")
    assert local.code == 2
    assert "has no past" in local.err


def test_where_the_past_may_be_incomplete_it_says_so(
    tfm: Tfm, bucket: str, moto_server: Server
) -> None:
    moto_server.client().put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    ran = tfm("ls", "--at", "2030-01-01", f"s3://{bucket}/d/")
    assert ran.text == "file\n"
    assert "history incomplete" in ran.err
