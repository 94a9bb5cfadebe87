"""Journals whose program died before its job had begun; and two programs that look at the same moment."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from tfm.jobs import journal
from tfm.jobs.journal import JournalFile
from tfm.jobs.recovery import Journals
from tfm.model.location import local
from tfm.ops.order import Order


@pytest.fixture
def begun(tmp_path: Path) -> bytes:
    """What a journal holds when its job begins."""
    kept = Journals(tmp_path / "other")
    recorder = kept.begin("a job", Order("delete", (), local(tmp_path)))
    assert recorder is not None
    (path,) = journal.paths(kept.directory)
    return path.read_bytes()


def left_behind(directory: Path, data: bytes) -> Path:
    directory.mkdir(exist_ok=True)
    path = directory / f"20260101T000000-1-aaaaaa{journal.SUFFIX}"
    path.write_bytes(data)
    return path


def test_a_journal_without_a_job_goes_when_somebody_looks(tmp_path: Path, begun: bytes) -> None:
    for length in range(len(begun)):
        path = left_behind(tmp_path, begun[:length])
        assert Journals(tmp_path).interrupted() == []
        assert not path.exists(), f"{length} bytes stay"


def test_a_journal_that_is_damaged_stays(tmp_path: Path, begun: bytes) -> None:
    data = begun.replace(b"delete", b"delewe")
    path = left_behind(tmp_path, data)
    assert Journals(tmp_path).interrupted() == []
    assert path.read_bytes() == data


def test_a_journal_with_a_line_that_is_too_long_stays(tmp_path: Path) -> None:
    path = left_behind(tmp_path, b"0" * 3_000_000 + b"\n")
    assert Journals(tmp_path).interrupted() == []
    assert path.exists()


def test_a_journal_that_is_held_stays(tmp_path: Path) -> None:
    file = JournalFile.create(tmp_path)
    assert Journals(tmp_path).interrupted() == []
    journal.remove_unbegun(file.path)
    assert file.path.exists()
    file.close()


def test_a_job_gets_its_journal_while_another_program_looks_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one holds the lock for a moment, before the job has it."""
    looking = threading.Event()
    plain_lock = journal._lock_file

    def looked(other: int) -> None:
        looking.set()
        os.close(other)

    def lock(fd: int, *, only_try: bool = False) -> bool:
        (path,) = journal.paths(tmp_path)
        other = os.open(path, os.O_RDWR)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        threading.Timer(0.05, looked, [other]).start()
        return plain_lock(fd, only_try=only_try)

    monkeypatch.setattr(journal, "_lock_file", lock)
    file = JournalFile.create(tmp_path)
    assert looking.is_set() and file.path.exists()
    file.close()


def test_a_job_whose_journal_was_taken_for_a_dead_one_gets_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_lock = journal._lock_file
    taken: list[Path] = []

    def lock(fd: int, *, only_try: bool = False) -> bool:
        if not taken:
            (path,) = journal.paths(tmp_path)
            taken.append(path)
            path.unlink()
        return plain_lock(fd, only_try=only_try)

    monkeypatch.setattr(journal, "_lock_file", lock)
    file = JournalFile.create(tmp_path)
    assert journal.paths(tmp_path) == [file.path] != taken
    file.close()
