"""Examples of the pages work: blocks marked `run` are executed, every `tfm` line is one tfm takes."""

import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PROJECT, Block, all_blocks, commands_of
from tests.servers.server import Server
from tfm.cli.arguments import VERBS, parse_screen, parse_verb

BLOCKS = all_blocks()
RUNNABLE = [block for block in BLOCKS if block.runs]
SHELL = [block for block in BLOCKS if block.language == "sh"]
_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z0-9-]*|-[A-Za-z0])(?![\w-])")
_CHAINED = {"|", "&&", "||", ";", ">", ">>", "<", "2>"}


def names(block: Block) -> str:
    return str(block)


@pytest.fixture
def prepare(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Block], str]]:
    """Go to an empty directory, with a server if the block needs one; gives the text to run."""
    monkeypatch.chdir(tmp_path)
    program = tmp_path / ".bin" / "tfm"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tfm "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/local/bin:/usr/bin:/bin")
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    made: list[tuple[Server, str]] = []

    def text_of(block: Block) -> str:
        if not block.needs_s3:
            return block.text
        server: Server = request.getfixturevalue("moto_server")
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        if "tfm presign" in block.text:
            monkeypatch.delenv("AWS_SESSION_TOKEN")  # it would stand in the link
        bucket = server.new_bucket()
        made.append((server, bucket))
        return block.text.replace("my-bucket", bucket)

    yield text_of
    for server, bucket in made:
        server.discard(bucket)


@pytest.mark.parametrize("block", RUNNABLE, ids=names)
def test_an_example_marked_so_runs(block: Block, prepare: Callable[[Block], str]) -> None:
    text = prepare(block)
    shell = shutil.which("sh")
    assert shell is not None
    command = {
        "python": [sys.executable, "-c", text],
        "sh": [shell, "-eu", "-c", text],
    }[block.language]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def test_there_are_examples_of_both_languages_and_both_worlds() -> None:
    kinds = {(block.language, block.needs_s3) for block in RUNNABLE}
    assert kinds == {("python", False), ("python", True), ("sh", False), ("sh", True)}


@pytest.mark.parametrize("block", SHELL, ids=names)
def test_every_command_line_of_a_page_is_one_that_tfm_takes(block: Block) -> None:
    for line in commands_of(block):
        words = shlex.split(line, comments=True)[1:]
        end = next((at for at, word in enumerate(words) if word in _CHAINED), len(words))
        words = words[:end]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            if words and words[0] in VERBS:
                parse_verb(words[0], words[1:])
            else:
                parse_screen(words)


def _help(*verb: str) -> str:
    """What `--help` prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit):
        if verb:
            parse_verb(verb[0], ["--help"])
        else:
            parse_screen(["--help"])
    return out.getvalue()


def _taken() -> dict[str, set[str]]:
    """Every option, with the verbs that take it; the screen is the empty verb."""
    found: dict[str, set[str]] = {}
    for verb in ("", *VERBS):
        rows = re.findall(r"^  (-.*?)(?:  |$)", _help(*filter(None, [verb])), re.MULTILINE)
        for option in {option for row in rows for option in _OPTION.findall(row)}:
            found.setdefault(option, set()).add(verb)
    return found


def test_every_option_is_in_the_table_of_the_scripting_page() -> None:
    page = (PROJECT / "docs" / "scripting.md").read_text("utf-8")
    table = page.partition("## All options")[2].partition("\n## ")[0]
    told: dict[str, set[str]] = {}
    for row in re.findall(r"^\| (`-.*?) \| (.*?) \|", table, re.MULTILINE):
        for option in _OPTION.findall(row[0]):
            words = {"" if word == "screen" else word for word in re.split(r"[ ,]+", row[1])}
            told[option] = {"", *VERBS} if row[1] == "all" else words
    taken = _taken()
    del taken["-h"], taken["--help"]
    assert told == taken


def test_every_verb_has_a_heading_on_the_scripting_page() -> None:
    page = (PROJECT / "docs" / "scripting.md").read_text("utf-8")
    assert [verb for verb in VERBS if f"\n### tfm {verb}\n" not in page] == []
