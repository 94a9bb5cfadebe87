"""`tfm cp` and `tfm mv`: each rule of "Verbs" is one test."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or path.name)
    return path


def names(directory: Path) -> set[str]:
    found = directory.rglob("*")
    return {str(path.relative_to(directory)) for path in found if not path.is_dir()}


@pytest.mark.parametrize("verb", ["cp", "mv"])
def test_a_new_name_is_the_name(tfm: Tfm, here: Path, verb: str) -> None:
    write(here / "a")
    assert tfm(verb, "a", "b").code == 0
    assert (here / "b").read_text() == "a"
    assert (here / "a").exists() is (verb == "cp")


@pytest.mark.parametrize("destination", ["d", "d/", "./d", "d/.", "link"])
@pytest.mark.parametrize("verb", ["cp", "mv"])
def test_a_directory_receives_inside(tfm: Tfm, here: Path, verb: str, destination: str) -> None:
    write(here / "a")
    (here / "d").mkdir()
    (here / "link").symlink_to("d")
    assert tfm(verb, "a", destination).code == 0
    assert names(here / "d") == {"a"}


def test_a_slash_demands_a_directory(tfm: Tfm, here: Path) -> None:
    write(here / "a")
    ran = tfm("cp", "a", "missing/")
    assert ran.code == 1 and "missing" in ran.err
    assert names(here) == {"a"}


@pytest.mark.parametrize("source", ["d", "d/"])
@pytest.mark.parametrize("verb", [["cp", "-r"], ["mv"]])
def test_a_slash_on_a_source_changes_nothing(
    tfm: Tfm, here: Path, verb: list[str], source: str
) -> None:
    write(here / "d" / "f")
    (here / "to").mkdir()
    assert tfm(*verb, source, "to").code == 0
    assert names(here / "to") == {"d/f"}
    assert (here / "d").exists() is (verb[0] == "cp")


def test_exact_name_puts_nothing_inside(tfm: Tfm, here: Path) -> None:
    write(here / "d" / "f")
    write(here / "to" / "old")
    assert tfm("cp", "-r", "-T", "d", "to").code == 0
    assert names(here / "to") == {"f", "old"}
    write(here / "plain")
    ran = tfm("cp", "-T", "plain", "to")
    assert ran.code in (1, 3) and names(here / "to") == {"f", "old"}


def test_cp_needs_r_for_a_tree_and_does_nothing_without(tfm: Tfm, here: Path) -> None:
    write(here / "d" / "f")
    write(here / "a")
    (here / "to").mkdir()
    ran = tfm("cp", "a", "d", "to/")
    assert ran.code == 2 and "Add -r" in ran.err
    assert names(here / "to") == set()


def test_mv_needs_no_r(tfm: Tfm, here: Path) -> None:
    write(here / "d" / "deep" / "f")
    assert tfm("mv", "d", "e").code == 0
    assert names(here) == {"e/deep/f"}


@pytest.mark.parametrize("verb", ["cp", "mv"])
def test_nothing_is_overwritten_unasked(tfm: Tfm, here: Path, verb: str) -> None:
    write(here / "a", "new")
    write(here / "d" / "a", "old")
    write(here / "b")
    ran = tfm(verb, "a", "b", "d")
    assert ran.code == 3
    assert (here / "d" / "a").read_text() == "old"
    assert (here / "d" / "b").read_text() == "b"
    assert (here / "a").read_text() == "new"
    assert "--on-conflict" in ran.err


@pytest.mark.parametrize(
    ("answer", "code", "left", "old_name_holds"),
    [
        ("overwrite", 0, {"f"}, "new"),
        ("skip", 3, {"f"}, "old"),
        ("keep-both", 0, {"f", "f (2)"}, "old"),
        ("newer", 0, {"f"}, "new"),
        ("different", 3, {"f"}, "old"),
        ("fail", 3, {"f"}, "old"),
    ],
)
def test_every_answer(
    tfm: Tfm, here: Path, answer: str, code: int, left: set[str], old_name_holds: str
) -> None:
    source, old = write(here / "f", "new"), write(here / "d" / "f", "old")
    moment = 1_700_000_000
    os.utime(source, (moment, moment))
    older = moment if answer == "different" else moment - 60
    os.utime(old, (older, older))
    ran = tfm("cp", "--on-conflict", answer, "f", "d/")
    assert ran.code == code, ran.err
    assert names(here / "d") == left
    assert old.read_text() == old_name_holds


def test_newer_leaves_a_newer_one(tfm: Tfm, here: Path) -> None:
    source, old = write(here / "f", "new"), write(here / "d" / "f", "old")
    os.utime(source, (1_600_000_000, 1_600_000_000))
    ran = tfm("cp", "--on-conflict", "newer", "f", "d/")
    assert ran.code == 3 and "skipped" in ran.err
    assert old.read_text() == "old"


@pytest.mark.parametrize("verb", [["cp", "-r"], ["mv"]])
def test_onto_itself_and_into_itself_is_refused(tfm: Tfm, here: Path, verb: list[str]) -> None:
    write(here / "d" / "f")
    for destination in ("d/sub", "d", "."):
        ran = tfm(*verb, "d", destination)
        assert ran.code == 1, destination
    assert names(here) == {"d/f"}


def test_many_sources_need_a_directory(tfm: Tfm, here: Path) -> None:
    write(here / "a")
    write(here / "b")
    ran = tfm("cp", "a", "b", "new")
    assert ran.code == 1 and "is not a directory" in ran.err
    assert names(here) == {"a", "b"}


def test_a_missing_source_does_not_stop_the_others(tfm: Tfm, here: Path) -> None:
    write(here / "a")
    (here / "d").mkdir()
    ran = tfm("cp", "nope", "a", "d")
    assert ran.code == 3 and "nope" in ran.err
    assert names(here / "d") == {"a"}
    assert tfm("cp", "nope", "d").code == 1


def test_dry_run_tells_and_changes_nothing(tfm: Tfm, here: Path) -> None:
    write(here / "d" / "new")
    write(here / "d" / "both", "mine")
    write(here / "to" / "d" / "both", "theirs")
    before = names(here)
    ran = tfm("cp", "-r", "--dry-run", "d", "to")
    assert ran.code == 0
    assert f"copy {here}/d/new -> {here}/to/d/new\n" in ran.text
    assert f"copy {here}/d/both -> {here}/to/d/both  (already there: fail)\n" in ran.text
    assert names(here) == before
    assert "move " in tfm("mv", "--dry-run", "d", "elsewhere").text
    assert names(here) == before
    document = json.loads(tfm("cp", "-r", "--dry-run", "--json", "d", "to").out)
    assert document["dry_run"] is True and len(document["items"]) == 2


def test_dry_run_refuses_what_the_real_one_refuses(tfm: Tfm, here: Path) -> None:
    write(here / "d" / "f")
    assert tfm("cp", "-r", "--dry-run", "d", "d/sub").code == 1


def test_json_reports_every_item(tfm: Tfm, here: Path) -> None:
    write(here / "d" / "a")
    write(here / "d" / "b", "new")
    write(here / "to" / "d" / "b", "old")
    ran = tfm("cp", "-r", "--json", "d", "to")
    report = json.loads(ran.out)
    assert report["exit"] == ran.code == 3
    assert report["counts"] == {"done": 2, "skipped": 0, "failed": 1, "cancelled": 0}
    rows = {row["source"]: row for row in report["items"]}
    assert rows[str(here / "d" / "a")]["outcome"] == "done"
    failed = rows[str(here / "d" / "b")]
    assert failed["outcome"] == "failed" and failed["error"]["kind"] == "AlreadyExists"


def test_json_also_when_everything_is_refused(tfm: Tfm, here: Path) -> None:
    write(here / "d" / "f")
    ran = tfm("cp", "-r", "--json", "d", "d/sub")
    report = json.loads(ran.out)
    assert report["exit"] == ran.code == 1 and len(report["items"]) == 1


def test_times_and_contents_survive_a_round_trip_of_odd_names(tfm: Tfm, here: Path) -> None:
    odd = [
        b"new\nline",
        b"\xff\xfe",
        b"%2e",
        b" lead",
        b"trail ",
        "名前 é".encode(),
        b"-dash",
        b"a;b",
    ]
    for number, name in enumerate(odd):
        path = Path(os.fsdecode(bytes(here / "src") + b"/" + name))
        write(path, str(number))
        os.utime(path, ns=(1, 1_600_000_000_123_456_789 + number))
    assert tfm("cp", "-r", "src", "dst").code == 0
    for name in odd:
        one, two = (os.fsdecode(bytes(here / d) + b"/" + name) for d in ("src", "dst"))
        assert Path(one).read_bytes() == Path(two).read_bytes()
        assert os.stat(one).st_mtime_ns == os.stat(two).st_mtime_ns


def test_read_only_refuses_every_change(tfm: Tfm, here: Path) -> None:
    write(here / "a")
    for arguments in (["cp", "a", "b"], ["mv", "a", "b"], ["mkdir", "d"], ["rm", "--yes", "a"]):
        ran = tfm(*arguments, "--read-only")
        assert ran.code in (1, 3) and "--read-only" in ran.err, arguments
    assert names(here) == {"a"}


def test_hostile_names_do_not_act_on_the_terminal(tfm: Tfm, here: Path) -> None:
    write(here / "\x1b]0;owned\x07")
    ran = tfm("cp", "\x1b]0;owned\x07", "missing/")
    assert ran.code == 1 and "\x1b" not in ran.err
