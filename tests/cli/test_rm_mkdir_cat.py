"""`tfm rm`, `tfm mkdir`, `tfm cat`."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm


def test_rm_without_terminal_and_yes_does_nothing(tfm: Tfm, here: Path) -> None:
    (here / "a").touch()
    ran = tfm("rm", "a")
    assert ran.code == 2 and "--yes" in ran.err
    assert (here / "a").exists()


def test_rm_needs_r_for_a_tree(tfm: Tfm, here: Path) -> None:
    (here / "d").mkdir()
    (here / "a").touch()
    ran = tfm("rm", "--yes", "a", "d")
    assert ran.code == 2 and "Add -r" in ran.err
    assert (here / "a").exists() and (here / "d").exists()
    assert tfm("rm", "--yes", "-r", "a", "d").code == 0
    assert list(here.iterdir()) == []


def test_rm_removes_a_link_not_what_it_points_to(tfm: Tfm, here: Path) -> None:
    (here / "d").mkdir()
    (here / "d" / "f").touch()
    (here / "link").symlink_to("d")
    assert tfm("rm", "--yes", "link").code == 0
    assert (here / "d" / "f").exists() and not (here / "link").is_symlink()


def test_rm_goes_on_after_what_is_missing(tfm: Tfm, here: Path) -> None:
    (here / "a").touch()
    assert tfm("rm", "--yes", "nope", "a").code == 3
    assert not (here / "a").exists()
    assert tfm("rm", "--yes", "nope").code == 1


@pytest.mark.parametrize("place", ["/", ".", "..", "s3://"])
def test_rm_refuses_what_nobody_means(tfm: Tfm, here: Path, place: str) -> None:
    (here / "a").touch()
    ran = tfm("rm", "-r", "--yes", place)
    assert ran.code == 2 and "nothing was deleted" in ran.err
    assert (here / "a").exists()


def test_rm_dry_run_and_json(tfm: Tfm, here: Path) -> None:
    (here / "d").mkdir()
    (here / "d" / "f").touch()
    ran = tfm("rm", "-r", "--dry-run", "d")
    assert ran.text == f"delete {here}/d/f\ndelete {here}/d\n"
    assert (here / "d" / "f").exists()
    report = json.loads(tfm("rm", "-r", "--yes", "--json", "d").out)
    assert report["counts"]["done"] == 2
    assert not (here / "d").exists()


def test_mkdir(tfm: Tfm, here: Path) -> None:
    assert tfm("mkdir", "a", "b").code == 0
    ran = tfm("mkdir", "a", "c")
    assert ran.code == 3 and "a" in ran.err
    assert tfm("mkdir", "a").code == 1
    assert tfm("mkdir", "x/y").code == 1
    assert tfm("mkdir", "-p", "x/y/z", "a").code == 0
    assert sorted(path.name for path in here.iterdir()) == ["a", "b", "c", "x"]


def test_cat_is_exact_to_the_byte(tfm: Tfm, here: Path) -> None:
    data = bytes(range(256)) * 8192
    (here / "one").write_bytes(data)
    (here / "two").write_bytes(b"\r\n\0tail")
    assert tfm("cat", "one", "two").out == data + b"\r\n\0tail"


def test_cat_goes_on_after_what_fails(tfm: Tfm, here: Path) -> None:
    (here / "d").mkdir()
    (here / "f").write_bytes(b"f")
    ran = tfm("cat", "nope", "d", "f")
    assert (ran.code, ran.out) == (3, b"f")
    assert tfm("cat", "d").code == 1


def test_cp_to_standard_output(tfm: Tfm, here: Path) -> None:
    (here / "f").write_bytes(b"\0\xff")
    assert tfm("cp", "f", "-").out == b"\0\xff"
    assert tfm("cp", "nope", "-").code == 1
