"""The audit log of verbs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Tfm
from tests.servers.server import Server


@pytest.fixture
def audit(home: Path, here: Path) -> Path:
    """A configuration that wants one; the directory it lies in."""
    (here / "config.py").write_text('AUDIT_LOG = "required"\n')
    return home / ".local" / "state" / "tfm" / "audit"


@pytest.fixture
def bucket(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> str:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    return new_bucket(moto_server)


def records(directory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (directory / "audit.jsonl").read_text().splitlines()]


def test_what_changes_something_is_written_down(tfm: Tfm, here: Path, audit: Path) -> None:
    (here / "a").write_text("12345")
    config = ("--config", "config.py")
    assert tfm("ls", *config).code == 0
    assert tfm("cat", *config, "a").code == 0
    assert not audit.exists()
    assert tfm("cp", *config, "a", "b").code == 0
    assert tfm("mkdir", *config, "b").code == 1
    begin, end, again, failed = records(audit)
    assert (begin["act"], begin["title"], begin["places"]) == ("cp", "tfm cp a b", ["a", "b"])
    assert (end["job"], end["result"], end["counts"]) == (begin["job"], "done", {"done": 1})
    assert (again["act"], failed["result"], failed["counts"]) == ("mkdir", "failed", {"failed": 1})


def test_nothing_is_done_that_cannot_be_written_down(tfm: Tfm, here: Path, audit: Path) -> None:
    audit.parent.mkdir(parents=True)
    audit.write_text("a file is in the way")
    (here / "a").write_text("x")
    ran = tfm("rm", "--yes", "--config", "config.py", "a")
    assert ran.code == 1
    assert "cannot be written" in ran.err
    assert (here / "a").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("uploads", "s3://{}"),
        ("bucket", "s3://{}"),
        ("jobs",),
        ("jobs", "list"),
        ("rm", "--dry-run", "a"),
    ],
    ids=" ".join,
)
def test_who_only_looks_is_not_written_down(
    tfm: Tfm, here: Path, audit: Path, bucket: str, words: tuple[str, ...]
) -> None:
    """Also by a verb that may change something."""
    (here / "a").write_text("x")
    assert tfm(*(word.format(bucket) for word in words), "--config", "config.py").code == 0
    assert not audit.exists()


def test_an_end_of_uploads_is_written_down(
    tfm: Tfm, audit: Path, moto_server: Server, bucket: str
) -> None:
    moto_server.client().create_multipart_upload(Bucket=bucket, Key="a")
    place = f"s3://{bucket}"
    assert tfm("uploads", "--abort", "--yes", "--config", "config.py", place).code == 0
    begin, end = records(audit)
    assert (begin["act"], begin["places"]) == ("uploads", [place])
    assert (end["result"], end["counts"]) == ("done", {"done": 1})
    (whose,) = end["identities"]
    assert whose.startswith("s3://: ")


def test_it_is_off_unless_it_is_wanted(tfm: Tfm, here: Path, audit: Path) -> None:
    (here / "a").write_text("x")
    assert tfm("rm", "--yes", "a").code == 0
    assert not audit.exists()
