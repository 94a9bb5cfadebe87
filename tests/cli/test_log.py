"""The log file."""

import logging
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from tests.cli.conftest import Tfm
from tfm.cli.arguments import Usage
from tfm.cli.log import logging_to
from tfm.model.redact import redact


def test_private_and_appended(tmp_path: Path) -> None:
    file = tmp_path / "log"
    old = os.umask(0)
    try:
        for word in ("first", "second"):
            with logging_to(file):
                logging.getLogger("tfm.x").warning(word)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "first" in file.read_text() and "second" in file.read_text()


def test_a_log_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.touch(0o666)
    with logging_to(file):
        pass
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("what", ["missing", "directory", "fifo"])
def test_what_cannot_be_a_log(tmp_path: Path, what: str) -> None:
    place = tmp_path / "x"
    if what == "directory":
        place.mkdir()
    elif what == "fifo":
        os.mkfifo(place)
    else:
        place = place / "y"
    with pytest.raises(Usage, match="cannot be opened"), logging_to(place):
        raise AssertionError("not reached")


def test_no_secret_reaches_it(tmp_path: Path) -> None:
    file = tmp_path / "log"
    log = logging.getLogger("tfm.x")
    with logging_to(file, debug=True):
        log.warning("url https://h/b?X-Amz-Signature=%s&x=1", "deadbeef01")
        log.warning(
            "headers %r", {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAABCDEFGHIJKLMNOP"}
        )
        try:
            raise ValueError("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG")
        except ValueError:
            log.exception("failed at http://me:hunter2@host/")
    text = file.read_text()
    for secret in ("deadbeef01", "ABCDEFGHIJKLMNOP", "wJalrXUtnFEMI", "hunter2"):
        assert secret not in text
    assert "ValueError" in text


def test_an_event_cannot_forge_another(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with logging_to(file):
        logging.getLogger("tfm.x").warning("name %s", "a\n2026-01-01 00:00:00 INFO \x1b[2J")
    lines = file.read_text().splitlines()
    assert len(lines) == 1 and "\x1b" not in lines[0]


def test_the_sdk_never_speaks_below_warning(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with logging_to(file, debug=True):
        logging.getLogger("botocore.auth").debug("the signature is 12")
        logging.getLogger("urllib3").info("connect")
        logging.getLogger("tfm.s3").debug("ours")
    assert "ours" in file.read_text()
    assert "signature" not in file.read_text() and "connect" not in file.read_text()


def test_faults_nobody_catches_go_to_the_log_not_to_the_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"

    def fail() -> None:
        raise RuntimeError("lost in a thread")

    with logging_to(file):
        hook = threading.excepthook
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert "lost in a thread" in file.read_text()
    assert threading.excepthook is not hook
    assert capsys.readouterr().err == ""


def test_without_a_log_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with logging_to(None):
        logging.getLogger("tfm.x").error("unheard")
    assert "unheard" not in capsys.readouterr().err
    assert sys.unraisablehook is not None


def test_an_unforeseen_fault_is_one_line_and_the_rest_is_in_the_log(
    tfm: Tfm, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfm.cli import verbs

    def broken(_run: object) -> int:
        raise ZeroDivisionError("by \x1b nothing")

    monkeypatch.setattr(verbs, "_ACTS", {"ls": broken})
    log = here / "log"
    ran = tfm("ls", "--log", log)
    assert ran.code == 1
    assert ran.err.count("\n") == 1 and "ZeroDivisionError" in ran.err and "\x1b" not in ran.err
    assert "Traceback" in log.read_text()


def test_redaction_leaves_ordinary_words_alone() -> None:
    for text in (
        "s3://bucket/key=value",
        "the token of the day",
        "user@host:22",
        "a secret garden",
    ):
        assert redact(text) == text
