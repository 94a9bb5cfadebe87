"""The audit log: what is written, when a job must not begin, and that no line is ever lost or torn."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import pwd
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfm.config.places import make_private
from tfm.jobs.audit import AuditError, AuditLog
from tfm.jobs.job import JobEvent, JobState
from tfm.jobs.manager import JobManager
from tfm.model.location import local
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.ops.thaw import NotYet
from tfm.storage.vfs import Vfs

MIB = 1024 * 1024
MOMENT = 1_795_183_509.12  # 2026-11-20 14:05:09.12 UTC


def made(tmp_path: Path, *, required: bool = False, largest: int = MIB) -> AuditLog:
    return AuditLog(
        tmp_path / "audit",
        make_private,
        largest=largest,
        required=required,
        clock=lambda: MOMENT,
    )


def records(directory: Path) -> list[dict[str, Any]]:
    """Every line of every file; each must be whole."""
    found = []
    for file in sorted(directory.glob("*.jsonl")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_bytes().endswith(b"\n")
        found += [json.loads(line) for line in file.read_bytes().splitlines()]
    return found


def managed(audit: AuditLog) -> JobManager:
    return JobManager(Vfs(), inline=True, audit=audit)


def test_an_order_has_a_beginning_and_an_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("12345")
    (tmp_path / "to").mkdir()
    log = made(tmp_path)
    jobs = managed(log)
    picked = tuple(pick(OpContext(Vfs()), [local(tmp_path / "a")]))
    jobs.order("Copy a", Order("copy", picked, local(tmp_path / "to"), into=True))
    begin, end = records(log.directory)
    assert (begin["event"], end["event"]) == ("begin", "end")
    assert begin["job"] == end["job"]
    assert begin["time"] == "2026-11-20T14:05:09.120+00:00"
    assert begin["user"] == pwd.getpwuid(os.getuid()).pw_name
    assert begin["uid"] == os.getuid()
    assert begin["host"]
    assert (begin["act"], begin["title"]) == ("copy", "Copy a")
    assert begin["places"] == [str(tmp_path / "a")]
    assert begin["destination"] == str(tmp_path / "to")
    assert (end["result"], end["counts"], end["bytes"]) == ("done", {"done": 1}, 5)


def test_a_job_of_any_kind_is_written_down_with_what_failed(tmp_path: Path) -> None:
    log = made(tmp_path)
    place = local(tmp_path / "x")

    def run(ctx: OpContext) -> Report:
        report = Report("tag")
        ctx.end(
            report,
            ItemResult(place, None, Outcome.FAILED, reason="refused: aws_secret_access_key=hush"),
        )
        return report

    managed(log).submit("Tag x", run, [place])
    begin, end = records(log.directory)
    assert (begin["act"], begin["title"], begin["places"]) == ("", "Tag x", [str(place)])
    assert (end["act"], end["result"], end["counts"]) == ("tag", "failed", {"failed": 1})
    assert end["failures"][0]["source"] == str(place)
    assert "hush" not in json.dumps(end)


def test_a_title_is_never_as_long_as_a_command_line(tmp_path: Path) -> None:
    log = made(tmp_path)
    log.ended(log.begun("rm", f"rm {'name ' * 100_000}", [local("/d")]), "done")
    assert log.file.stat().st_size < 10_000
    assert records(log.directory)[0]["title"].startswith("rm name name")


def test_a_job_that_fails_as_a_whole_has_its_end(tmp_path: Path) -> None:
    log = made(tmp_path)

    def run(_ctx: OpContext) -> Report:
        raise ValueError("nobody foresaw it")

    jobs = managed(log)
    jobs.submit("Odd", run)
    _, end = records(log.directory)
    assert end["result"] == "failed"
    assert "Unforeseen fault" in end["error"]


def test_a_job_that_waits_has_an_end_for_each_stretch(tmp_path: Path) -> None:
    log, looks = made(tmp_path), 0
    alarms: list[Callable[[], None]] = []

    def run(_ctx: OpContext) -> Report:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise NotYet("an archive", 60, 600)
        return Report("copy")

    def alarm(_seconds: float, ring: Callable[[], None]) -> Callable[[], None]:
        alarms.append(ring)
        return lambda: None

    jobs = JobManager(Vfs(), audit=log, alarm=alarm)
    ended = threading.Event()
    waits = threading.Event()
    marks = {JobEvent.WAITING: waits, JobEvent.FINISHED: ended}
    jobs.subscribe(lambda _job, event: marks[event].set() if event in marks else None)
    jobs.submit("Copy", run)
    assert waits.wait(10)
    alarms[0]()
    assert ended.wait(10)
    jobs.shutdown(5.0)
    told = [(each["event"], each.get("result")) for each in records(log.directory)]
    assert sorted(told, key=str) == [
        ("begin", None),
        ("begin", None),
        ("end", "done"),
        ("end", "waiting"),
    ]


@pytest.mark.parametrize("required", [True, False])
def test_a_log_that_cannot_be_written(
    tmp_path: Path, required: bool, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audit").write_text("a file is in the way")
    ran: list[int] = []

    def run(_ctx: OpContext) -> Report:
        ran.append(1)
        return Report("tag")

    jobs = managed(made(tmp_path, required=required))
    jobs.submit("Tag", run)
    (job,) = jobs.snapshot()
    if required:
        assert ran == []
        assert job.state is JobState.FAILED
        assert "audit log" in job.error
        assert "cannot be written" in job.error
        assert "AUDIT_LOG" in job.error
    else:
        assert ran == [1]
        assert job.state is JobState.DONE
        told = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert len(told) == 2
        assert "cannot be written" in told[0].getMessage()


def test_no_line_is_lost_or_torn_when_many_write_and_files_are_set_aside(tmp_path: Path) -> None:
    count, largest = 40, 4096
    start = threading.Barrier(4)

    def work(number: int) -> None:
        log = made(tmp_path, largest=largest)  # as another program would
        start.wait()
        for n in range(count):
            log.ended(log.begun("copy", f"{number}.{n}", []), "done")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    directory = tmp_path / "audit"
    found = records(directory)
    assert len(found) == 4 * count * 2
    begun = {record["job"]: record["title"] for record in found if record["event"] == "begin"}
    assert sorted(begun.values()) == sorted(f"{a}.{n}" for a in range(4) for n in range(count))
    assert {record["job"] for record in found if record["event"] == "end"} == set(begun)
    files = list(directory.glob("*.jsonl"))
    assert len(files) > 10
    assert all(file.stat().st_size <= largest for file in files)


def test_whoever_writes_or_sets_aside_has_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, plain = made(tmp_path, largest=600), os.write
    alone: list[bool] = []

    def write(descriptor: int, data: bytes) -> int:
        other = os.open(log.directory / "audit.lock", os.O_RDWR)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone.append(True)
        else:
            alone.append(False)
        finally:
            os.close(other)
        return plain(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    for number in range(4):
        log.begun("copy", str(number), [])
    assert alone == [True] * 4
    assert len(records(log.directory)) == 4


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = made(tmp_path, required=True)
    log.begun("copy", "first", [])
    before = log.file.read_bytes()
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) < 50:
            raise OSError(28, "No space left on device")
        return write(descriptor, bytes(data)[: len(data) - 30])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(AuditError, match="No space left"):
        log.begun("copy", "second", [])
    monkeypatch.undo()
    assert log.file.read_bytes() == before
    log.begun("copy", "third", [])
    assert [record["title"] for record in records(log.directory)] == ["first", "third"]


def test_a_torn_line_of_a_power_cut_does_not_tear_the_next(tmp_path: Path) -> None:
    log = made(tmp_path)
    log.begun("copy", "first", [])
    with log.file.open("ab") as file:
        file.write(b'{"time": "20')
    log.begun("copy", "second", [])
    lines = log.file.read_bytes().splitlines()
    assert [json.loads(line)["title"] for line in (lines[0], lines[2])] == ["first", "second"]


@pytest.mark.parametrize("kind", ["link", "fifo", "open to all"])
def test_what_is_not_our_own_file_is_not_written_to(tmp_path: Path, kind: str) -> None:
    log = made(tmp_path, required=True)
    make_private(log.directory)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    if kind == "link":
        log.file.symlink_to(elsewhere)
    elif kind == "fifo":
        os.mkfifo(log.file)
    else:
        log.directory.chmod(0o777)
    with pytest.raises(AuditError):
        log.begun("copy", "x", [])
    assert elsewhere.read_text() == ""
