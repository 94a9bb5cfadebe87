"""What is known about a thing on the disk, beyond its row."""

import errno
import os
from pathlib import Path

import pytest

from tfm.model.location import local
from tfm.storage.local.describe import LocalDescriptions


def facts(path: Path) -> dict[str, str]:
    return {fact.label: fact.value for fact in LocalDescriptions().describe(local(path))}


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    path.chmod(0o640)
    os.link(path, tmp_path / "other")
    told = facts(path)
    assert told["Permissions"] == "-rw-r----- (0640)"
    assert told["Hard links"] == "2"
    assert told["Owner"].endswith(f"({os.getuid()})")
    assert told["Changed"].endswith("UTC")
    assert str(path.stat().st_ino) in told["Inode"]


def test_a_link_is_described_itself(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("no\nwhere")
    assert facts(tmp_path / "link")["Leads to"] == "no\nwhere"


def test_extended_attributes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    try:
        os.setxattr(path, "user.note", "grün".encode())
        os.setxattr(path, "user.raw", b"\x00\xff")
        os.setxattr(path, "user.none", b"")
    except (OSError, AttributeError) as error:
        assert getattr(error, "errno", errno.ENOTSUP) == errno.ENOTSUP
        pytest.skip("needs a disk with access lists")
    told = facts(path)
    assert told["Attribute user.note"] == "grün"
    assert told["Attribute user.raw"] == "0x00ff"
    assert told["Attribute user.none"] == "empty"
