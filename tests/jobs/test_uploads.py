"""Whose unfinished uploads are whose, as the journals say; and that nobody takes them up meanwhile."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tfm.jobs import journal
from tfm.jobs.recorder import JobRecorder
from tfm.jobs.recovery import JournalError, Journals
from tfm.jobs.uploads import JobUploads
from tfm.model.entry import Entry, Kind
from tfm.model.location import S3, Location, Root, local
from tfm.ops.order import Order
from tfm.ops.uploads import Owner
from tfm.storage.base import Leftover
from tfm.storage.open_uploads import OpenUpload

MINUTE = 60 * 10**9
NOW = 1_795_176_000 * 10**9
ENTRY = Entry("a", Kind.FILE, 9)


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path / "jobs", "AWS")


def running(journals: Journals, *left: Leftover, title: str = "Copy a") -> JobRecorder:
    """A job of some program that lives, and what it has begun."""
    source = local("/home/a")
    order = Order("copy", ((source, ENTRY),), Location(S3, "box/"), True)
    recorder = journals.begin(title, order)
    for each in left:
        recorder.opened(source, ENTRY, each.place, None).leave(each)
    return recorder


def upload(key: str, name: str, began_ns: int = NOW, root: Root = S3) -> OpenUpload:
    return OpenUpload(Location(root, f"box/{key}"), name, began_ns, NOW)


NAMED = Leftover(Location(S3, "box/d/a"), "id1", since=NOW)


def test_of_a_job_that_runs_and_of_one_that_was_cut_off(journals: Journals) -> None:
    recorder = running(journals, NAMED)
    ledger = JobUploads(journals)
    owner = Owner(recorder.id, "Copy a", running=True)
    assert ledger.owners()(upload("d/a", "id1")) == owner
    recorder.finish(keep=True)
    assert ledger.owners()(upload("d/a", "id1")) == Owner(recorder.id, "Copy a", running=False)
    assert ledger.owners()(upload("d/a", "id2")) is None
    assert ledger.owners()(upload("d/b", "id1")) is None


def test_through_another_connection_it_is_the_same(journals: Journals) -> None:
    running(journals, NAMED)
    assert JobUploads(journals).owners()(upload("d/a", "id1", root=Root("s3", "prod"))) is not None


def test_what_was_completed_is_nobodys(journals: Journals) -> None:
    recorder = running(journals, NAMED)
    recorder.gone(NAMED)
    assert JobUploads(journals).owners()(upload("d/a", "id1")) is None


def test_one_that_is_just_being_begun_is_of_the_job_that_asked_for_it(journals: Journals) -> None:
    """The server may list it before its id is known here."""
    asked = Leftover(Location(S3, "box/d/a"), since=NOW)
    recorder = running(journals, asked)
    owner_of = JobUploads(journals).owners()
    assert owner_of(upload("d/a", "any", NOW + MINUTE)) is not None
    assert owner_of(upload("d/a", "old", NOW - 10 * MINUTE)) is None
    assert owner_of(upload("d/b", "any")) is None
    recorder.leave(_left(recorder, NAMED))
    owner_of = JobUploads(journals).owners()
    assert owner_of(upload("d/a", "id1")) is not None
    assert owner_of(upload("d/a", "any", NOW + MINUTE)) is None, "it has its name by now"


def _left(recorder: JobRecorder, leftover: Leftover):  # type: ignore[no-untyped-def]
    from tfm.ops.record import Left

    return Left(leftover, recorder.left()[0].source, None)


def test_a_journal_that_cannot_be_read_hides_no_other(
    journals: Journals, caplog: pytest.LogCaptureFixture
) -> None:
    running(journals, NAMED)
    (journals.directory / f"0000{journal.SUFFIX}").mkdir()
    with caplog.at_level(logging.WARNING, "tfm.jobs"):
        assert JobUploads(journals).owners()(upload("d/a", "id1")) is not None
    assert "cannot be read" in caplog.text


def test_without_journals_there_are_no_owners(journals: Journals) -> None:
    assert JobUploads(journals).owners()(upload("d/a", "id1")) is None


def test_while_it_is_held_nobody_takes_it_up_and_then_it_is_noted(journals: Journals) -> None:
    other = Leftover(Location(S3, "box/d/b"), "id2", since=NOW)
    recorder = running(journals, NAMED, other)
    recorder.finish(keep=True)
    ledger = JobUploads(journals)
    owner = ledger.owners()(upload("d/a", "id1"))
    assert owner is not None
    with ledger.holding(owner) as gone:
        assert journals.interrupted() == []
        assert (held := ledger.owners()(upload("d/a", "id1"))) is not None and held.running
        gone(upload("d/a", "id1", root=Root("s3", "prod")))
    (again,) = journals.interrupted()
    assert [each.name for each in again.leftovers] == ["id2"]
    assert not again.finished, "what it has not done yet can still be taken up"
    assert ledger.owners()(upload("d/a", "id1")) is None


def test_a_job_that_had_nothing_else_to_do_is_forgotten_with_its_last_upload(
    journals: Journals,
) -> None:
    recorder = running(journals, NAMED)
    recorder.finish()
    assert journals.interrupted()[0].finished
    ledger = JobUploads(journals)
    owner = ledger.owners()(upload("d/a", "id1"))
    assert owner is not None
    with ledger.holding(owner) as gone:
        gone(upload("d/a", "id1"))
    assert journals.interrupted() == []


def test_one_that_runs_cannot_be_held(journals: Journals) -> None:
    recorder = running(journals, NAMED)
    ledger = JobUploads(journals)
    with pytest.raises(JournalError), ledger.holding(Owner(recorder.id, "", running=False)):
        pytest.fail("it is held by the job itself")
