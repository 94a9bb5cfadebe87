"""Standard input and output of the real program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Spawn, ended


def test_a_reader_that_leaves_ends_cat_quietly_with_141(spawn: Spawn, here: Path) -> None:
    (here / "big").write_bytes(b"x" * (4 << 20))
    process = spawn("cat", "big")
    assert process.stdout is not None
    assert process.stdout.read(10) == b"x" * 10
    process.stdout.close()
    assert process.wait(30) == 141
    assert process.stderr is not None and process.stderr.read() == b""


def test_a_reader_that_leaves_ends_ls_quietly_with_141(spawn: Spawn, here: Path) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = spawn("ls", stdout=write_end)
    os.close(write_end)
    ran = ended(process)
    assert (ran.code, ran.err) == (141 if any(here.iterdir()) else 0, "")


@pytest.mark.parametrize("verb", [["ls"], ["cat", "f"], ["rm", "--json", "--yes", "g"]])
def test_a_full_disk_behind_standard_output_is_an_error(
    spawn: Spawn, here: Path, verb: list[str]
) -> None:
    (here / "f").write_text("f")
    with Path("/dev/full").open("wb") as full:
        ran = ended(spawn(*verb, stdout=full))
    assert ran.code == 1
    assert "Cannot write to standard output: No space left on device." in ran.err
    assert "Traceback" not in ran.err


def test_standard_input_becomes_a_file_exactly(spawn: Spawn, here: Path) -> None:
    data = os.urandom(3 << 20)
    ran = ended(spawn("cp", "-", "got"), data)
    assert (ran.code, ran.err) == (0, "")
    assert (here / "got").read_bytes() == data
    assert [path.name for path in here.iterdir()] == ["got"]


def test_an_empty_standard_input_makes_an_empty_file(spawn: Spawn, here: Path) -> None:
    assert ended(spawn("cp", "-", "got"), b"").code == 0
    assert (here / "got").read_bytes() == b""


@pytest.mark.parametrize(
    ("answer", "code", "content"), [("", 1, b"old"), ("skip", 3, b"old"), ("overwrite", 0, b"new")]
)
def test_standard_input_overwrites_only_when_told(
    spawn: Spawn, here: Path, answer: str, code: int, content: bytes
) -> None:
    (here / "f").write_bytes(b"old")
    options = ["--on-conflict", answer] if answer else []
    assert ended(spawn("cp", *options, "-", "f"), b"new").code == code
    assert (here / "f").read_bytes() == content


def test_standard_input_into_a_directory_is_refused(spawn: Spawn, here: Path) -> None:
    (here / "d").mkdir()
    ran = ended(spawn("cp", "-", "d"), b"data")
    assert ran.code == 1 and "is a directory" in ran.err
    assert list((here / "d").iterdir()) == []


def test_progress_is_for_terminals_only(spawn: Spawn, here: Path) -> None:
    (here / "f").write_bytes(b"x" * (32 << 20))
    ran = ended(spawn("cp", "f", "g"))
    assert (ran.code, ran.out, ran.err) == (0, b"", "")


def test_closed_standard_streams_are_no_crash(here: Path) -> None:
    (here / "f").write_text("f")
    script = 'exec <&- >&- 2>"$0"; exec "$@"'
    command = [sys.executable, "-m", "tfm"]
    for verb, code in ((["ls"], 1), (["cp", "f", "g"], 0), (["cp", "-", "h"], 1)):
        ran = subprocess.run(
            ["sh", "-c", script, "err", *command, *verb],
            cwd=here,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            timeout=30,
            check=False,
        )
        words = (here / "err").read_text()
        assert ran.returncode == code, words
        assert "Traceback" not in words
    assert not (here / "h").exists()
