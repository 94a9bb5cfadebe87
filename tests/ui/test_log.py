"""The log on the screen."""

import logging

import pytest

from tests.ui.rig import Driven
from tests.ui.test_clipboard import sent
from tests.ui.test_looks import rig
from tfm.session.logbook import BookHandler
from tfm.ui import clipboard
from tfm.ui.actions import program


def test_the_log_is_shown_grows_scrolls_and_goes() -> None:
    one = rig()
    book = one.app.start.log
    for number in range(60):
        book.write(0.0, logging.INFO, "tfm.files", f"copy done: file{number}")

    async def scenario(driven: Driven) -> None:
        before = driven.screen()
        await driven.press("l")
        await driven.until(lambda: "copy done: file59" in driven.screen())
        assert driven.screen().count("copy done") == 10  # a quarter of forty lines
        await driven.press("left_curly_bracket")
        await driven.until(lambda: driven.screen().count("copy done") == 12)
        await driven.press("shift+pageup")
        await driven.until(lambda: "copy done: file37" in driven.screen())
        book.write(0.0, logging.INFO, "tfm.files", "copy done: another")
        await driven.pilot.pause(0.3)
        assert "another" not in driven.screen()  # who reads is not pulled away
        for _ in range(2):
            await driven.press("shift+pagedown")
        await driven.until(lambda: "copy done: another" in driven.screen())
        await driven.press("l")
        await driven.until(lambda: driven.screen() == before)

    one.drive(scenario)


def test_every_file_of_a_job_has_its_line() -> None:
    one = rig()
    logger = logging.getLogger("tfm")
    handler, level = BookHandler(one.app.start.log), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)

    async def scenario(driven: Driven) -> None:
        await driven.press("end", "f5", "enter")
        await driven.jobs_ended()

    try:
        one.drive(scenario)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    texts = [line.text for line in one.app.start.log.lines() if line.source == "tfm.files"]
    assert len(texts) == 1
    assert texts[0].startswith("copy failed: 読書メモ.md  mem://work/ → mem://photos/読書メモ.md: ")


def test_the_reader_chooses_by_level_and_words() -> None:
    one = rig()
    book = one.app.start.log
    book.write(0.0, logging.INFO, "tfm.files", "copy done: alpha")
    book.write(0.0, logging.ERROR, "tfm.files", "copy failed: beta")

    async def scenario(driven: Driven) -> None:
        await driven.press("L")
        await driven.until(lambda: "2 lines" in driven.screen())
        await driven.press("w")
        await driven.until(lambda: "1 line" in driven.screen())
        assert "beta" in driven.screen()
        assert "alpha" not in driven.screen()
        await driven.press("i", "slash")
        await driven.until(lambda: "Filter the log" in driven.screen())
        await driven.type("alpha")
        await driven.press("enter")
        await driven.until(lambda: "with: alpha" in driven.screen())
        assert "beta" not in driven.screen()
        await driven.press("q")
        await driven.until(lambda: "with: alpha" not in driven.screen())

    one.drive(scenario)


def test_the_reader_copies_what_it_shows_and_refuses_what_no_terminal_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = rig()
    book = one.app.start.log
    book.write(0.0, logging.INFO, "tfm.files", "copy done: alpha")
    book.write(0.0, logging.ERROR, "tfm.files", "copy failed: beta")

    async def scenario(driven: Driven) -> None:
        await driven.press("L")
        await driven.until(lambda: "2 lines" in driven.screen())
        found = sent(driven, monkeypatch)
        await driven.press("e", "y")
        await driven.until(lambda: "To the clipboard" in driven.screen())
        assert [text.partition(b" ")[2] for text in found] == [b"copy failed: beta"]
        monkeypatch.setattr(clipboard, "LONGEST", 12)
        await driven.press("y")
        await driven.until(lambda: "more than terminals take" in driven.screen())
        assert len(found) == 1

    one.drive(scenario)


def test_help_on_the_last_error() -> None:
    one = rig()
    book = one.app.start.log
    told = "Cannot list s3://b/: no AWS credentials were found. Run aws configure."
    book.write(0.0, logging.ERROR, "tfm", told)
    book.write(0.0, logging.ERROR, "tfm", "Cannot read /a: it is being restored already.")

    async def scenario(driven: Driven) -> None:
        await driven.press("comma", "question_mark")
        await driven.until(lambda: "## Denied" in driven.screen())
        await driven.press("q", "L", "slash", *"credentials", "enter", "question_mark")
        await driven.until(lambda: "## Logging in" in driven.screen())

    one.drive(scenario)


def test_help_on_the_failure_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    one, asked = rig(), list[str]()
    monkeypatch.setattr(program, "help_on", lambda _app, message: asked.append(message))

    async def scenario(driven: Driven) -> None:
        await driven.press("end", "f5", "enter")
        await driven.jobs_ended()
        await driven.press("b", "question_mark")
        await driven.until(lambda: asked)

    one.drive(scenario)
    assert asked == ["Cannot copy mem://work/読書メモ.md: there is no such container."]


def test_help_on_nothing_is_the_whole_page() -> None:
    one = rig()

    async def scenario(driven: Driven) -> None:
        await driven.press("comma", "question_mark")
        await driven.until(lambda: "# Troubleshooting" in driven.screen())

    one.drive(scenario)
