"""`tfm checksum`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.cli.conftest import Tfm


def test_it_prints_what_sha256sum_prints(tfm: Tfm, here: Path) -> None:
    (here / "d").mkdir()
    (here / "d" / "a").write_bytes(b"one")
    (here / "b").write_bytes(b"two")
    ran = tfm("checksum", "b", "d")
    one, two = (hashlib.sha256(data).hexdigest() for data in (b"one", b"two"))
    assert (ran.code, sorted(ran.text.splitlines())) == (0, sorted([f"{two}  b", f"{one}  d/a"]))
    ran = tfm("checksum", "-a", "md5", "--tag", "b")
    assert ran.text == f"MD5 (b) = {hashlib.md5(b'two').hexdigest()}\n"


def test_a_list_is_checked_beside_its_files(tfm: Tfm, here: Path) -> None:
    (here / "d").mkdir()
    for name in "ab":
        (here / "d" / name).write_bytes(name.encode())
    ran = tfm("checksum", "d/a", "d/b")
    (here / "d" / "SHA256SUMS").write_text(ran.text.replace("d/", ""))
    ran = tfm("checksum", "--check", "d/SHA256SUMS")
    assert ran.code == 0
    assert sorted(ran.text.splitlines()) == [f"{here}/d/a: OK", f"{here}/d/b: OK"]
    (here / "d" / "b").write_bytes(b"changed")
    ran = tfm("checksum", "-c", "d/SHA256SUMS")
    assert ran.code == 3
    assert ran.text == f"{here}/d/a: OK\n"
    assert "Its SHA-256 is" in ran.err


def test_what_is_missing_or_no_list(tfm: Tfm, here: Path) -> None:
    assert tfm("checksum").code == 2
    (here / "a").write_bytes(b"x")
    ran = tfm("checksum", "gone", "a")
    assert ran.code == 3
    assert ran.text.endswith("  a\n")
    assert tfm("checksum", "gone").code == 1
    ran = tfm("checksum", "-c", "a")
    assert ran.code == 1
    assert "no checksum that can be read" in ran.err
    (here / "list").write_text(f"{'0' * 32}  a\nnonsense\n")
    ran = tfm("checksum", "-c", "list")
    assert ran.code == 3
    assert "1 of its lines" in ran.err
