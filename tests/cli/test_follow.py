"""`tfm log`: what one tfm logs, read from another terminal over a socket nobody else can open."""

import logging
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tfm.cli.arguments import Usage, parse_verb
from tfm.cli.console import Console
from tfm.cli.follow import follow_log, log_offered
from tfm.config.places import Places
from tfm.session.logbook import LogBook


class Reader(Console):
    """Keeps what it is told to print."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.came = threading.Semaphore(0)

    def line(self, text: str, end: str = "\n") -> None:
        self.lines.append(text)
        self.came.release()

    def flush(self) -> None:
        pass


def places(tmp_path: Path) -> Places:
    # the path of a socket may have about a hundred characters only
    return replace(Places.from_environ({"HOME": str(tmp_path)}), runtime=tmp_path / "r")


def test_lines_come_as_they_are_written_until_that_tfm_ends(tmp_path: Path) -> None:
    book, here, reader = LogBook(10), places(tmp_path), Reader()
    book.write(0.0, logging.INFO, "tfm.files", "copy done: a")
    status: list[int] = []
    with log_offered(book, here):
        thread = threading.Thread(
            target=lambda: status.append(follow_log(here, reader, process=None, follow=True))
        )
        thread.start()
        assert reader.came.acquire(timeout=10)
        book.write(1.0, logging.WARNING, "tfm.files", "copy failed: \x1b[31mb")
        assert reader.came.acquire(timeout=10)
    thread.join(10)
    assert status == [0]
    first, second = reader.lines
    assert first.endswith("tfm.files copy done: a")
    assert second.endswith("tfm.files warning: copy failed: ␛[31mb")
    assert not list(here.runtime.iterdir())


def test_without_follow_it_prints_what_is_there_and_ends(tmp_path: Path) -> None:
    book, here, reader = LogBook(10), places(tmp_path), Reader()
    book.write(0.0, logging.INFO, "tfm", "one")
    book.write(0.0, logging.INFO, "tfm", "two")
    with log_offered(book, here):
        assert follow_log(here, reader, process=os.getpid(), follow=False) == 0
    assert [line.split()[-1] for line in reader.lines] == ["one", "two"]


def test_only_the_owner_can_open_the_socket(tmp_path: Path) -> None:
    here = places(tmp_path)
    with log_offered(LogBook(10), here):
        (path,) = here.runtime.iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(here.runtime.stat().st_mode) == 0o700


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    here = places(tmp_path)
    with pytest.raises(Usage, match="No tfm is running here"):
        follow_log(here, Reader(), process=None, follow=False)
    with log_offered(LogBook(10), here):
        (path,) = here.runtime.iterdir()
        path.rename(path.with_name("log-1"))
        with pytest.raises(Usage, match="process number 99"):
            follow_log(here, Reader(), process=99, follow=False)


def test_a_socket_that_cannot_be_made_is_said_in_the_log_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here = places(tmp_path)
    here.runtime.write_text("a file in the way")
    caplog.set_level(logging.INFO, "tfm.cli")
    with log_offered(LogBook(10), here):
        pass
    assert "The log is not offered" in caplog.text


def test_its_arguments() -> None:
    call = parse_verb("log", ["--follow", "--process", "12"])
    assert call.follow
    assert call.process == 12
