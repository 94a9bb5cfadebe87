"""Jobs that were cut off: found, refused, taken up with what was decided, or cleared up behind."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tfm.jobs import journal, recorder
from tfm.jobs.job import JobEvent, JobState
from tfm.jobs.journal import JournalFile
from tfm.jobs.manager import JobManager
from tfm.jobs.recorder import JobRecorder
from tfm.jobs.recovery import JournalError, Journals
from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer, Decision
from tfm.model.entry import Entry, Kind
from tfm.model.errors import AlreadyExists, NotFound, Offline, StorageError
from tfm.model.location import S3, Location, Root, Style, local
from tfm.ops import reached
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.order import Order
from tfm.ops.plan import Picked, pick
from tfm.ops.thaw import NotYet
from tfm.storage.base import Evidence, Leftover
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

WAIT = 10.0


@pytest.fixture
def vfs() -> Vfs:
    return Vfs()


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path / "jobs", "AWS")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in ("from", "to"):
        (tmp_path / "here" / name).mkdir(parents=True)
    for name in ("a", "b", "c"):
        (tmp_path / "here/from" / name).write_text(f"new {name}")
    return tmp_path / "here"


def picked(vfs: Vfs, *paths: Path) -> tuple[Picked, ...]:
    return tuple(pick(OpContext(vfs), [local(path) for path in paths]))


def copy_of(vfs: Vfs, here: Path, verb: str = "copy", answer: Answer | None = None) -> Order:
    sources = picked(vfs, *sorted((here / "from").iterdir()))
    return Order(verb, sources, local(here / "to"), True, answer=answer)  # type: ignore[arg-type]


def cut_off(journals: Journals, order: Order) -> JobRecorder:
    """A job whose program went before anything was done; close its file to make it dead."""
    return journals.begin("Copy things", order)


def dead(begun: JobRecorder) -> str:
    begun.finish(keep=True)
    return begun.id


def take_up(vfs: Vfs, journals: Journals, name: str) -> Report:
    past, again = journals.take_up(name)
    report = past.order.run_again(OpContext(vfs, recorder=again))
    again.finish()
    return report


# -- found -------------------------------------------------------------------------------------------


def test_a_job_that_only_waited_is_found_with_its_order(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    order = copy_of(vfs, here)
    name = dead(cut_off(journals, order))
    (found,) = journals.interrupted()
    assert (found.id, found.title, found.order, found.done) == (name, "Copy things", order, 0)
    report = take_up(vfs, journals, name)
    assert report.all_done
    assert sorted(path.read_text() for path in (here / "to").iterdir()) == [
        "new a",
        "new b",
        "new c",
    ]
    assert journals.interrupted() == []
    assert list(journals.directory.iterdir()) == []


def test_a_rename_of_very_many_is_found_with_all_names(vfs: Vfs, journals: Journals) -> None:
    names = [f"{number:0300}" for number in range(8000)]
    things = tuple((local(f"/d/{name}"), Entry(name, Kind.FILE, 1)) for name in names)
    order = Order("rename", things, names=tuple(f"new {name}" for name in names), spare=".x-")
    dead(journals.begin(f"rename {names}", order))
    ((found, title),) = [(one.order, one.title) for one in journals.interrupted()]
    assert found == order
    assert len(title) == 1000 and title.endswith("…")


def test_a_job_that_lives_is_not_found(vfs: Vfs, journals: Journals, here: Path) -> None:
    begun = cut_off(journals, copy_of(vfs, here))
    assert journals.interrupted() == []
    with pytest.raises(JournalError, match="no interrupted job"):
        journals.take_up(begun.id)
    begun.finish()


def test_two_programs_cannot_take_up_the_same_job(
    vfs: Vfs, journals: Journals, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = dead(cut_off(journals, copy_of(vfs, here)))
    (seen,) = journals.interrupted()
    _, other = journals.take_up(name)
    monkeypatch.setattr(Journals, "find", lambda _self, _name: seen)  # as both saw it
    with pytest.raises(JournalError, match="just taken up"):
        journals.take_up(name)
    other.finish()


def test_what_is_no_journal_is_left_alone(
    vfs: Vfs, journals: Journals, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dead(cut_off(journals, copy_of(vfs, here)))
    (good,) = journals.directory.iterdir()
    lines = good.read_bytes().splitlines(keepends=True)
    (journals.directory / "1-cut.jsonl").write_bytes(lines[0] + lines[1])
    (journals.directory / "2-empty.jsonl").touch()
    (journals.directory / "3-binary.jsonl").write_bytes(bytes(range(256)))
    (journals.directory / "notes.txt").write_text("mine")
    newer = JournalFile.create(journals.directory)
    newer.append({"k": "job", "v": journal.VERSION + 1})
    newer.close()
    assert [one.id for one in journals.interrupted()] == [good.name.removesuffix(".jsonl")]
    assert "another version" in caplog.text
    kept = {path.name for path in journals.directory.iterdir()}
    assert kept == {good.name, "3-binary.jsonl", "notes.txt", newer.path.name}, (
        "the rest held no job"
    )


def test_names_may_be_shortened_while_they_mean_one(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    one, other = (dead(cut_off(journals, copy_of(vfs, here))) for _ in range(2))
    assert journals.find(one).id == one
    with pytest.raises(JournalError, match="more than one"):
        journals.find("20")
    assert one != other
    with pytest.raises(JournalError, match="no interrupted job called nothing"):
        journals.find("nothing")


def test_a_job_of_another_machine_stays_there(
    vfs: Vfs, journals: Journals, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(recorder, "host", lambda: "other")
        name = dead(cut_off(journals, copy_of(vfs, here)))
    assert journals.interrupted()[0].elsewhere == "other"
    for act in (lambda: journals.take_up(name), lambda: journals.discard(name, vfs)):
        with pytest.raises(JournalError, match="ran on other"):
            act()
    assert len(journals.interrupted()) == 1


def test_a_job_of_another_server_is_refused_but_a_local_one_is_not(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    far = Order("copy", picked(vfs, here / "from/a"), Location(S3, "bucket/x/"), True)
    name = dead(cut_off(journals, far))
    near = dead(cut_off(journals, copy_of(vfs, here)))
    elsewhere = Journals(journals.directory, "http://localhost:9000 as me")
    with pytest.raises(JournalError, match="That job spoke to AWS: start tfm with the same"):
        elsewhere.take_up(name)
    assert take_up(vfs, elsewhere, near).all_done


# -- decisions that were taken -----------------------------------------------------------------------


def killed_after(
    vfs: Vfs, journals: Journals, order: Order, stop: Callable[[ItemResult], bool], answer: Answer
) -> str:
    """Run a job that ends, with its journal, behind the first item for which `stop` is true."""
    begun, token = cut_off(journals, order), CancelToken()

    def ended(item: ItemResult) -> None:
        if stop(item):
            begun.finish(keep=True)  # what comes after that is not written any more
            token.cancel()

    class Answers:
        def resolve(self, _conflict: object) -> Decision:
            return Decision(answer)

    order.run(OpContext(vfs, token, recorder=begun, resolver=Answers(), on_item=ended))
    return begun.id


def test_what_was_skipped_is_not_asked_about_again(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    (here / "to/a").write_text("old a")
    name = killed_after(
        vfs, journals, copy_of(vfs, here), lambda item: item.source.name == "a", Answer.SKIP
    )
    report = take_up(vfs, journals, name)
    assert {item.source.name: item.outcome.value for item in report.items} == {
        "a": "skipped",
        "b": "done",
        "c": "done",
    }
    assert (here / "to/a").read_text() == "old a"


def test_a_second_name_is_not_chosen_twice(vfs: Vfs, journals: Journals, here: Path) -> None:
    (here / "to/a").write_text("old a")
    name = killed_after(
        vfs, journals, copy_of(vfs, here), lambda item: item.source.name == "a", Answer.KEEP_BOTH
    )
    report = take_up(vfs, journals, name)
    assert report.all_done
    assert len(list((here / "to").iterdir())) == 4
    notes = {item.source.name: item.note for item in report.items}
    assert notes["a"] == "done before the interruption"


def write(vfs: Vfs, *places: Location) -> None:
    for place in places:
        if place.root.style is Style.PATH and place.parent.key not in ("/", "/bucket"):
            with contextlib.suppress(AlreadyExists):
                vfs.mkdir(place.parent)
        with vfs.open_write(place) as writer:
            writer.write(b"data")
            writer.commit()


def there(vfs: Vfs, *places: Location) -> list[bool]:
    found = []
    for place in places:
        try:
            vfs.stat(place, fresh=True)
        except NotFound:
            found.append(False)
        else:
            found.append(True)
    return found


@pytest.fixture(params=["disk", "tree in memory", "keys in memory"])
def top(vfs: Vfs, here: Path, request: pytest.FixtureRequest) -> Location:
    """A directory in which others can be made."""
    if request.param == "disk":
        return local(here)
    style = Style.KEY if request.param.startswith("keys") else Style.PATH
    root = Root("mem", style.value, style)
    vfs._storages[root] = MemoryStorage(root, {})
    made = Location(root, "bucket/" if style is Style.KEY else "/bucket")
    vfs.mkdir(made)
    return made


def test_what_was_deleted_and_came_again_stays(vfs: Vfs, journals: Journals, top: Location) -> None:
    one, two = (top.child(name, directory=True) for name in ("one", "two"))
    write(vfs, one.child("x"), two.child("x"), two.child("y"))
    order = Order("delete", tuple(pick(OpContext(vfs), [one, two])))
    name = killed_after(
        vfs, journals, order, lambda item: item.source == two.child("x"), Answer.FAIL
    )
    write(vfs, one.child("new"), two.child("x"))
    report = take_up(vfs, journals, name)
    assert there(vfs, one.child("new"), two.child("x"), two.child("y")) == [True, True, False]
    outcomes = {item.source: item.outcome for item in report.items}
    assert outcomes[two.child("x")] is Outcome.SKIPPED
    assert outcomes[one.child("x")] is Outcome.DONE


def test_trying_a_delete_again_leaves_what_came_again(
    vfs: Vfs, journals: Journals, top: Location
) -> None:
    one, other = top.child("one", directory=True), top.child("other")
    write(vfs, one.child("x"), other)
    order = Order("delete", tuple(pick(OpContext(vfs), [one, other])))
    vfs.delete(other)
    with vfs.open_write(other) as writer:
        writer.write(b"newer data")
        writer.commit()
    jobs = JobManager(vfs, inline=True, journals=journals)
    first = jobs.order("Delete", order)
    assert there(vfs, one, other) == [False, True]
    write(vfs, one.child("new"))
    assert jobs.retry(first) is not None
    assert there(vfs, one.child("new"), other) == [True, True]


def test_a_source_that_changed_since_is_another_one(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    name = killed_after(
        vfs, journals, copy_of(vfs, here), lambda item: item.source.name == "a", Answer.FAIL
    )
    (here / "from/a").write_text("newer still")
    report = take_up(vfs, journals, name)
    (failed,) = report.failures
    assert failed.source.name == "a" and "already there" in failed.reason
    assert (here / "to/a").read_text() == "new a"


def test_after_a_power_cut_every_local_copy_is_compared(
    vfs: Vfs, journals: Journals, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(recorder, "boot", lambda: "before")
        begun = cut_off(journals, copy_of(vfs, here))
        order = copy_of(vfs, here)
        order.run(OpContext(vfs, recorder=begun))
    name = dead(begun)
    path = here / "to/b"
    facts = path.stat()
    path.write_bytes(b"\0" * facts.st_size)  # what a disk shows of blocks that were never written
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    report = take_up(vfs, journals, name)
    assert {item.source.name: item.outcome for item in report.items} == {
        "a": Outcome.DONE,
        "b": Outcome.FAILED,
        "c": Outcome.DONE,
    }


def test_without_a_power_cut_what_was_done_is_not_read_again(
    vfs: Vfs, journals: Journals, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = cut_off(journals, copy_of(vfs, here))
    copy_of(vfs, here).run(OpContext(vfs, recorder=begun))
    monkeypatch.setattr(reached, "is_copy", lambda *_arguments: pytest.fail("it was read again"))
    report = take_up(vfs, journals, dead(begun))
    assert report.all_done
    # the word of a journal is no digest: nobody may read "verified" into it
    assert {item.evidence for item in report.items if item.evidence} == {Evidence.SIZE}


def test_a_moved_source_that_is_gone_counts_only_with_its_copy(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    begun = cut_off(journals, copy_of(vfs, here, "move"))
    for name in ("a", "b"):
        place = local(here / "from" / name)
        begun.opened(place, vfs.stat(place), local(here / "to" / name), None)
    (here / "from/a").rename(here / "to/a")
    (here / "from/b").unlink()
    report = take_up(vfs, journals, dead(begun))
    assert {item.source.name: item.outcome for item in report.items} == {
        "a": Outcome.DONE,
        "b": Outcome.FAILED,
        "c": Outcome.DONE,
    }
    assert "not there any more" in report.failures[0].reason


# -- what is left ------------------------------------------------------------------------------------


def leave(begun: JobRecorder, vfs: Vfs, here: Path, leftover: Leftover) -> None:
    place = local(here / "from/a")
    begun.opened(place, vfs.stat(place), leftover.place, None).leave(leftover)


def test_discarding_removes_what_is_named_and_nothing_else(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    begun = cut_off(journals, copy_of(vfs, here))
    ours, foreign = here / "to/.tfm-0123456789ab.part", here / "to/.tfm-ba9876543210.part"
    for path in (ours, foreign):
        path.write_text("half")
    leave(begun, vfs, here, Leftover(local(here / "to/a"), str(ours)))
    name = dead(begun)
    assert [left.name for left in journals.interrupted()[0].leftovers] == [str(ours)]
    assert journals.discard(name, vfs) == []
    assert not ours.exists() and foreign.read_text() == "half"
    assert (here / "from/a").exists()
    assert journals.interrupted() == []


@pytest.mark.parametrize(
    ("name", "identity", "told"),
    [
        ("precious", "", "no temporary file of tfm"),
        (".tfm-0123456789ab.part", "1", "not what tfm wrote"),
    ],
)
def test_what_is_not_ours_is_never_removed(
    vfs: Vfs, journals: Journals, here: Path, name: str, identity: str, told: str
) -> None:
    (here / "to" / name).write_text("mine")
    begun = cut_off(journals, copy_of(vfs, here))
    leave(begun, vfs, here, Leftover(local(here / "to/a"), str(here / "to" / name), identity))
    job = dead(begun)
    (problem,) = journals.discard(job, vfs)
    assert told in problem
    assert (here / "to" / name).read_text() == "mine"
    (kept,) = journals.interrupted()
    assert kept.finished and kept.leftovers
    with pytest.raises(JournalError, match="discard it"):
        journals.take_up(job)


# -- the manager -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [True, False])
def test_a_shutdown_keeps_journals_only_when_it_cuts_off(
    vfs: Vfs, journals: Journals, here: Path, cut: bool
) -> None:
    jobs = JobManager(vfs, max_jobs=1, journals=journals)
    asking = threading.Event()
    jobs.subscribe(lambda _job, event: asking.set() if event is JobEvent.ASKING else None)
    (here / "to/a").write_text("old")
    jobs.order("asks", copy_of(vfs, here))
    assert asking.wait(WAIT)
    jobs.order("waits", copy_of(vfs, here))
    while not all(path.stat().st_size for path in journals.directory.iterdir()) or (
        len(list(journals.directory.iterdir())) < 2
    ):
        assert jobs.wait(99, 0.01)  # the second journal is begun on a thread of its own
    jobs.shutdown(WAIT, cut_off=cut)
    assert [one.title for one in journals.interrupted()] == (["asks", "waits"] if cut else [])


def test_a_job_that_an_outage_ended_is_offered_again(
    vfs: Vfs, journals: Journals, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = Offline("The server is away.")
    error.passing = True

    def fails(_order: Order, ctx: OpContext) -> Report:
        report = Report("copy")
        place = local(here / "from/a")
        ctx.end(report, ItemResult(place, None, Outcome.FAILED, reason=str(error), error=error))
        return report

    monkeypatch.setattr(Order, "run", fails)
    jobs = JobManager(vfs, inline=True, journals=journals)
    jobs.order("Copy", copy_of(vfs, here))
    jobs.shutdown(WAIT)
    assert [one.title for one in journals.interrupted()] == ["Copy"]


def test_a_state_directory_that_cannot_be_written_stops_no_job(
    vfs: Vfs, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (here / "file").touch()
    journals = Journals(here / "file" / "jobs")
    assert journals.interrupted() == []
    jobs = JobManager(vfs, inline=True, journals=journals)
    jobs.order("Copy", copy_of(vfs, here))
    assert [job.state for job in jobs.snapshot()] == [JobState.DONE]
    assert len(list((here / "to").iterdir())) == 3
    assert "No journal can be written" in caplog.text


def test_a_journal_holds_no_secret_and_is_json(vfs: Vfs, journals: Journals, here: Path) -> None:
    dead(cut_off(journals, replace(copy_of(vfs, here), answer=Answer.NEWER)))
    (path,) = journals.directory.iterdir()
    kinds = [json.loads(line.split(b" ", 1)[1])["k"] for line in path.read_bytes().splitlines()]
    assert kinds == ["job", "pick", "pick", "pick", "begin"]
    assert b"AKIA" not in path.read_bytes()


def test_the_unfinished_facet_says_why_it_could_not(vfs: Vfs, here: Path) -> None:
    facet = vfs.facets(local(here)).unfinished
    assert facet is not None
    facet.remove_leftover(Leftover(local(here / "x"), str(here / ".tfm-0123456789ab.part")), None)
    with pytest.raises(StorageError, match="no temporary file of tfm"):
        facet.remove_leftover(Leftover(local(here / "x"), str(here / "from/a")), None)


def test_a_job_that_was_refused_as_a_whole_is_tried_again(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    jobs = JobManager(vfs, inline=True, journals=journals)
    order = Order("copy", picked(vfs, here / "from/a"), local(here / "to/missing"), True)
    first = jobs.order("Copy", order)
    assert [job.report for job in jobs.snapshot()] == [None]
    (here / "to/missing").mkdir()
    second = jobs.retry(first)
    assert [job.state for job in jobs.snapshot() if job.id == second] == [JobState.DONE]
    assert (here / "to/missing/a").read_text() == "new a"


def test_a_job_that_was_taken_up_and_refused_is_kept_with_what_it_had_done(
    vfs: Vfs, journals: Journals, here: Path
) -> None:
    order = copy_of(vfs, here, "move")
    name = killed_after(vfs, journals, order, lambda item: item.source.name == "a", Answer.FAIL)
    (here / "to").rename(here / "away")
    jobs = JobManager(vfs, inline=True, journals=journals)
    first = jobs.take_up(*journals.take_up(name))
    assert [job.state for job in jobs.snapshot()] == [JobState.FAILED]
    assert [(one.id, one.done) for one in journals.interrupted()] == [(name, 1)]
    second = jobs.retry(first)
    assert second is not None
    assert [(one.id, one.done) for one in journals.interrupted()] == [(name, 1)]
    (here / "away").rename(here / "to")
    third = jobs.retry(second)
    assert [job.state for job in jobs.snapshot() if job.id == third] == [JobState.DONE]
    assert sorted(path.name for path in (here / "to").iterdir()) == ["a", "b", "c"]
    assert journals.interrupted() == []


def test_a_job_that_had_waited_and_is_refused_then_is_kept(
    vfs: Vfs, journals: Journals, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Exception] = [NotYet("Waits.", 60, 60), StorageError("The disk is full.")]

    def fails(_order: Order, _ctx: OpContext) -> Report:
        raise told.pop(0)

    monkeypatch.setattr(Order, "run", fails)
    jobs = JobManager(vfs, inline=True, journals=journals, alarm=lambda _s, _act: lambda: None)
    job = jobs.order("Copy", copy_of(vfs, here))
    jobs.resume(job)
    assert jobs.wait(job, WAIT)
    assert [one.title for one in journals.interrupted()] == ["Copy"]


def test_only_what_failed_is_tried_again(vfs: Vfs, journals: Journals, here: Path) -> None:
    (here / "to/b").mkdir()
    jobs = JobManager(vfs, inline=True, journals=journals)
    first = jobs.order("Move", copy_of(vfs, here, "move", Answer.FAIL))
    assert [path.name for path in (here / "from").iterdir()] == ["b"]
    (here / "to/b").rmdir()
    (here / "to/a").write_text("somebody works on it already")
    second = jobs.retry(first)
    (picture,) = [job for job in jobs.snapshot() if job.id == second]
    assert picture.report is not None and picture.state is JobState.DONE
    outcomes = {item.source.name: item.outcome for item in picture.report.items}
    assert outcomes == {"a": Outcome.DONE, "b": Outcome.DONE, "c": Outcome.DONE}
    assert (picture.items_done, picture.items_total) == (3, 3)
    assert (here / "to/b").read_text() == "new b"
    assert list((here / "from").iterdir()) == []
    assert second is not None and jobs.retry(second) is None, "nothing failed"
    assert journals.interrupted() == []
