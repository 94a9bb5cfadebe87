"""`tfm ls`."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm


@pytest.fixture
def tree(here: Path) -> Path:
    (here / "sub").mkdir()
    (here / "sub" / "inner").write_bytes(b"12345")
    (here / "file10").write_bytes(b"1234567")
    (here / "file9").touch()
    (here / ".hidden").touch()
    os.utime(here / "file10", (1_700_000_000, 1_700_000_000))
    return here


def test_directories_first_in_natural_order(tfm: Tfm, tree: Path) -> None:
    assert tfm("ls").text == "sub/\nfile9\nfile10\n"
    assert tfm("ls", "-a").text == "sub/\n.hidden\nfile9\nfile10\n"


def test_long_has_exact_bytes_and_local_time(tfm: Tfm, tree: Path) -> None:
    line = tfm("ls", "-l", "file10").text
    assert line.split()[:3] == ["7", "2023-11-14", "22:13"]
    assert line.endswith("file10\n")


def test_a_file_is_listed_as_it_was_typed(tfm: Tfm, tree: Path) -> None:
    assert tfm("ls", "sub/inner").text == "sub/inner\n"


def test_several_places_have_headings(tfm: Tfm, tree: Path) -> None:
    assert tfm("ls", "sub", "file9", ".").text == "sub:\ninner\nfile9\n\n.:\nsub/\nfile9\nfile10\n"


def test_raw_names_end_with_nul(tfm: Tfm, here: Path) -> None:
    names = [b"new\nline", b"\xff\xfe bytes", b"esc\x1b[2J"]
    for name in names:
        Path(os.fsdecode(bytes(here) + b"/" + name)).touch()
    assert sorted(tfm("ls", "-0").out.split(b"\0")[:-1]) == sorted(names)


def test_without_0_one_line_is_one_name(tfm: Tfm, here: Path) -> None:
    (here / "new\nline").touch()
    Path(os.fsdecode(bytes(here) + b"/\xff")).touch()
    ran = tfm("ls")
    assert sorted(ran.out.splitlines()) == sorted(["new␊line".encode(), b"\xff"])
    assert "use -0" in ran.err


def test_json_has_every_fact_in_utc(tfm: Tfm, tree: Path) -> None:
    rows = {row["name"]: row for row in json.loads(tfm("ls", "--json", "-a").out)}
    assert set(rows) == {"sub", ".hidden", "file9", "file10"}
    assert rows["file10"]["size"] == 7
    assert rows["file10"]["time"] == "2023-11-14T22:13:20+00:00"
    assert rows["file10"]["place"] == str(tree / "file10")
    assert rows["sub"]["kind"] == "directory"


def test_a_link_to_a_directory_is_entered(tfm: Tfm, tree: Path) -> None:
    (tree / "link").symlink_to("sub")
    assert tfm("ls", "link").text == "inner\n"
    assert tfm("ls", "link/../sub").text == "inner\n"


def test_missing_ends_with_1_and_with_3_beside_others(tfm: Tfm, tree: Path) -> None:
    alone = tfm("ls", "nope")
    assert (alone.code, alone.out) == (1, b"") and "nope" in alone.err
    both = tfm("ls", "nope", "sub/inner")
    assert (both.code, both.text) == (3, "sub/inner\n")


def test_memory_is_a_place(tfm: Tfm) -> None:
    assert tfm("ls", "mem://").code == 0
