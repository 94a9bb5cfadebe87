"""`tfm jobs`: list, show, resume, discard."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm
from tests.servers.server import Server
from tfm.config.places import Places
from tfm.jobs.loans import Loans
from tfm.jobs.recovery import Journals
from tfm.model.entry import Entry, Kind
from tfm.model.location import local, parse
from tfm.ops.borrow import Borrowed
from tfm.ops.context import OpContext
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.storage.base import Leftover
from tfm.storage.vfs import Vfs


@pytest.fixture
def journals() -> Journals:
    return Journals(Places.from_environ(os.environ).journals, "AWS")


def cut_off(journals: Journals, here: Path, name: str = "a", verb: str = "copy") -> str:
    """A job on one file that was cut off with a temporary file beside its target; its id."""
    (here / "to").mkdir(exist_ok=True)
    (here / name).write_text(f"contents of {name}")
    vfs = Vfs()
    ((place, entry),) = pick(OpContext(vfs), [local(here / name)])
    order = Order(verb, ((place, entry),), local(here / "to"), True)  # type: ignore[arg-type]
    begun = journals.begin(f"Copy {name} to {here}/to", order)
    half = here / "to/.tfm-0123456789ab.part"
    half.write_text("half")
    target = local(here / "to" / name)
    begun.opened(place, entry, target, None).leave(Leftover(target, str(half)))
    begun.finish(keep=True)
    return begun.id


def test_no_job_was_interrupted(tfm: Tfm) -> None:
    for arguments in ((), ("list",)):
        ran = tfm("jobs", *arguments)
        assert (ran.code, ran.text) == (0, "")
    assert json.loads(tfm("jobs", "--json").out) == []
    for word in ("resume", "discard", "show"):
        ran = tfm("jobs", word, "--yes")
        assert ran.code == 1 and "No job was interrupted" in ran.err


def test_list_and_show(tfm: Tfm, here: Path, journals: Journals) -> None:
    name = cut_off(journals, here)
    (line,) = tfm("jobs").text.splitlines()
    assert (
        line.startswith(name)
        and "0 done, 1 left unfinished" in line
        and f"Copy a to {here}" in line
    )
    shown = tfm("jobs", "show").text
    assert f"left: {here}/to/.tfm-0123456789ab.part" in shown
    (row,) = json.loads(tfm("jobs", "show", name[:20], "--json").out)
    assert (row["id"], row["verb"], row["done"], row["finished"]) == (name, "copy", 0, False)
    assert row["left"] == [{"place": f"{here}/to/a", "name": f"{here}/to/.tfm-0123456789ab.part"}]


def test_an_edited_copy_that_did_not_get_back_is_named(tfm: Tfm, journals: Journals) -> None:
    loans = Loans(journals.directory.with_name("lent"), journals.endpoint)
    folder = loans.begin()
    (folder / "notes.txt").write_text("edited")
    home = parse("s3://bucket/notes.txt")
    loans.note(folder, [Borrowed(home, None, folder / "notes.txt", b"")])
    assert "did not get back" not in tfm("jobs").err  # its tfm lives
    loans.close()
    assert "the edited copy of s3://bucket/notes.txt did not get back" in tfm("jobs").err


def test_resume_goes_on_and_clears_up(tfm: Tfm, here: Path, journals: Journals) -> None:
    name = cut_off(journals, here, verb="move")
    ran = tfm("jobs", "resume", name, "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["counts"]["done"] == 1
    assert [path.name for path in here.rglob("*")] == ["to", "a"]
    assert (here / "to/a").read_text() == "contents of a"
    assert tfm("jobs").text == ""


def test_resume_answers_what_it_is_asked(tfm: Tfm, here: Path, journals: Journals) -> None:
    cut_off(journals, here)
    (here / "to/a").write_text("somebody else's")
    ran = tfm("jobs", "resume")
    assert ran.code == 3 and "already there" in ran.err
    assert (here / "to/a").read_text() == "somebody else's"
    cut_off(journals, here, "b")
    (here / "to/b").write_text("older")
    assert tfm("jobs", "resume", "--on-conflict", "overwrite").code == 0
    assert (here / "to/b").read_text() == "contents of b"


def test_a_job_whose_destination_is_away_can_be_resumed_later(
    tfm: Tfm, here: Path, journals: Journals
) -> None:
    name = cut_off(journals, here)
    (here / "to").rename(here / "away")
    ran = tfm("jobs", "resume")
    assert ran.code == 1 and f"to go on: tfm jobs resume {name}" in ran.err
    (here / "away").rename(here / "to")
    assert tfm("jobs", "resume").code == 0
    assert [path.name for path in (here / "to").iterdir()] == ["a"]
    assert tfm("jobs").text == ""


def test_a_job_is_not_resumed_where_its_connection_leads_elsewhere_now(
    tfm: Tfm,
    here: Path,
    journals: Journals,
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable, value in moto_server.environment().items():
        if "ENDPOINT" not in variable:
            monkeypatch.setenv(variable, value)
    bucket, client, url = new_bucket(moto_server), moto_server.client(), moto_server.endpoint_url
    client.put_object(Bucket=bucket, Key="a", Body=b"x")
    place = parse(f"s3://old@{bucket}/a")
    order = Order("delete", ((place, Entry("a", Kind.FILE, 1)),))
    config = here / "config.py"
    for server, code in (("http://old.example:9000", 1), (url, 0)):
        before = Journals(journals.directory, "AWS", connections={"old": server})
        before.begin("rm", order).finish(keep=True)
        connection = f"{{'provider': 'minio', 'endpoint_url': {url!r}}}"
        config.write_text(f"S3_CONNECTIONS = {{'old': {connection}}}\n")
        ran = tfm("jobs", "resume", "--config", config)
        assert ran.code == code, ran.err
        if code:
            assert "spoke to http://old.example:9000" in ran.err
            assert moto_server.keys(bucket) == ["a"]
            (kept,) = journals.directory.iterdir()
            kept.unlink()
    assert moto_server.keys(bucket) == []


@pytest.mark.parametrize("word", ["resume", "discard"])
def test_read_only_leaves_jobs_and_what_they_left(
    tfm: Tfm, here: Path, journals: Journals, word: str
) -> None:
    cut_off(journals, here)
    ran = tfm("jobs", word, "--read-only", *(("--yes",) if word == "discard" else ()))
    assert ran.code == 1 and "--read-only" in ran.err
    assert (here / "to/.tfm-0123456789ab.part").exists()
    assert tfm("jobs", "resume").code == 0


@pytest.mark.parametrize("verb", [("jobs",), ("uploads", "s3://box")])
def test_journals_that_cannot_be_read_are_said_to_be_so(
    tfm: Tfm, journals: Journals, verb: tuple[str, ...]
) -> None:
    journals.directory.parent.mkdir(parents=True)
    journals.directory.symlink_to(journals.directory)  # as those of root, after one sudo
    ran = tfm(*verb)
    assert ran.code == 1
    assert f"The journals in {journals.directory} cannot be read: Too many levels" in ran.err


def test_discard_needs_a_yes(tfm: Tfm, here: Path, journals: Journals) -> None:
    name = cut_off(journals, here)
    ran = tfm("jobs", "discard", name)
    assert ran.code == 2 and "nothing was discarded" in ran.err
    assert tfm("jobs", "discard", "--yes").code == 0
    assert sorted(path.name for path in here.rglob("*")) == ["a", "to"]
    assert tfm("jobs").text == ""


def test_several_jobs_want_a_name(tfm: Tfm, here: Path, journals: Journals) -> None:
    one, other = cut_off(journals, here), cut_off(journals, here, "b")
    ran = tfm("jobs", "resume")
    assert ran.code == 1 and "name one" in ran.err
    assert tfm("jobs", "resume", one, other).code == 0
    assert sorted(path.name for path in (here / "to").iterdir()) == ["a", "b"]


@pytest.mark.parametrize("arguments", [("stop",), ("list", "x"), ("show", "nothing")])
def test_what_is_wrong_is_said(tfm: Tfm, arguments: tuple[str, ...]) -> None:
    ran = tfm("jobs", *arguments)
    assert ran.code in (1, 2) and ran.err


@pytest.mark.parametrize("verb", ["cp", "mv", "rm"])
def test_an_orderly_end_leaves_no_journal(
    tfm: Tfm, here: Path, journals: Journals, verb: str
) -> None:
    (here / "a").write_text("x")
    (here / "b").write_text("y")
    assert (
        tfm(*{"cp": ("cp", "a", "c"), "mv": ("mv", "a", "c"), "rm": ("rm", "-y", "a")}[verb]).code
        == 0
    )
    assert tfm("cp", "c", "b", "--on-conflict", "fail").code in (1, 3)
    assert list(journals.directory.iterdir()) == []


def test_the_directories_above_a_journal_are_private_too(
    tfm: Tfm, here: Path, journals: Journals
) -> None:
    (here / "a").write_text("x")
    old = os.umask(0o002)
    try:
        assert tfm("cp", "a", "b").code == 0
    finally:
        os.umask(old)
    for each in (journals.directory, journals.directory.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700


def test_a_directory_that_others_can_write_gets_no_journal_and_stops_nothing(
    tfm: Tfm, here: Path, journals: Journals
) -> None:
    journals.directory.mkdir(parents=True)
    journals.directory.chmod(0o777)
    (here / "a").write_text("x")
    ran = tfm("cp", "--log", "log", "a", "b")
    assert ran.code == 0 and (here / "b").read_text() == "x"
    assert "can be written by others" in (here / "log").read_text()
