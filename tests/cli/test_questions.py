"""Questions, asked in this process: the answers were typed ahead."""

import os
import pty
import select
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Ran, Tfm

Ask = Callable[..., Ran]

_END = "\x02end\x03"


@pytest.fixture
def ask(tfm: Tfm, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Run tfm with a terminal as standard input and error, on which `keys` were typed."""
    master, slave = pty.openpty()
    stdin = os.fdopen(os.dup(slave), "r")
    stderr = os.fdopen(os.dup(slave), "w")

    def run(keys: bytes, *arguments: object) -> Ran:
        monkeypatch.setattr(sys, "stdin", stdin)
        monkeypatch.setattr(sys, "stderr", stderr)
        os.write(master, keys)
        ran = tfm(*arguments)
        stderr.write(_END)  # what a terminal shows comes through a moment later
        stderr.flush()
        words = b""
        while _END.encode() not in words:  # the echo of what was typed may come behind it
            assert select.select([master], [], [], 10)[0], words
            words += os.read(master, 100_000)
        words = words.replace(_END.encode(), b"")
        return Ran(ran.code, ran.out, words.decode().replace("\r", ""))

    yield run
    stdin.close()
    stderr.close()
    os.close(master)
    os.close(slave)


@pytest.fixture
def clash(here: Path) -> Path:
    (here / "d").mkdir()
    for name in ("f", "g"):
        (here / name).write_text("new")
        (here / "d" / name).write_text("old!")
    return here / "d"


@pytest.mark.parametrize(
    ("keys", "code", "f", "g"),
    [
        (b"o\ns\n", 3, "new", "old!"),
        (b"oa\n", 0, "new", "new"),
        (b"O\nO\n", 0, "new", "new"),
        (b"sa\n", 3, "old!", "old!"),
        (b"ka\n", 0, "old!", "old!"),
        (b"da\n", 0, "new", "new"),
        (b"s\nc\n", 4, "old!", "old!"),
        (b"\nox\nra\no\no\n", 0, "new", "new"),
        (b"r\n\nr\na/b\nr\nfresh\ns\n", 3, "old!", "old!"),
        (b"\x04", 4, "old!", "old!"),
    ],
)
def test_answers(ask: Ask, clash: Path, keys: bytes, code: int, f: str, g: str) -> None:
    ran = ask(keys, "cp", "f", "g", "d/")
    assert ran.code == code, ran.err
    assert ((clash / "f").read_text(), (clash / "g").read_text()) == (f, g)
    assert (clash / "fresh").exists() is (b"fresh" in keys)
    assert (clash / "f (2)").exists() is (b"ka" in keys)


def test_both_sides_are_shown(ask: Ask, clash: Path) -> None:
    os.utime(clash / "f", (1_700_000_000, 1_700_000_000))
    ran = ask(b"s\n", "cp", "f", "d/")
    assert "there: 4 bytes, 2023-11-14 22:13:20" in ran.err
    assert "yours: 3 bytes" in ran.err


def test_ask_is_what_happens_anyway(ask: Ask, clash: Path) -> None:
    assert ask(b"o\n", "cp", "--on-conflict", "ask", "f", "d/").code == 0


def test_a_dry_run_says_that_it_would_ask(ask: Ask, clash: Path) -> None:
    assert "(already there: ask)" in ask(b"", "cp", "--dry-run", "f", "d/").text


@pytest.mark.parametrize("keys", [b"n\n", b"\n", b"what\nno\n", b"\x04"])
def test_rm_stops_at_anything_but_yes(ask: Ask, clash: Path, keys: bytes) -> None:
    ran = ask(keys, "rm", "f", "g")
    assert ran.code == 4 and "Nothing was deleted." in ran.err
    assert "Delete 2 files (6): " in ran.err and "Permanent." in ran.err
    assert (clash.parent / "f").exists()


def test_rm_after_yes(ask: Ask, clash: Path) -> None:
    ran = ask(b"y\n", "rm", "-r", "d", "f")
    assert ran.code == 0 and "Delete 3 files, 1 directory (11): " in ran.err
    assert sorted(path.name for path in clash.parent.iterdir()) == ["g"]


def test_rm_names_a_few_and_counts_the_rest(ask: Ask, here: Path) -> None:
    for number in range(6):
        (here / f"{number}").touch()
    assert f"{here}/2 and 3 more?" in ask(b"n\n", "rm", *range(6)).err
    assert "Nothing" not in ask(b"", "rm", "--yes", *range(6)).err
    assert list(here.iterdir()) == []


def test_a_stream_from_the_terminal(ask: Ask, here: Path) -> None:
    assert ask(b"line\n\x04", "cp", "-", "got").code == 0
    assert (here / "got").read_bytes() == b"line\n"
    assert ask(b"new\n\x04", "cp", "-", "got").code == 1
    assert ask(b"", "cp", "--on-conflict", "skip", "-", "got").code == 3
    assert ask(b"new\n\x04", "cp", "--on-conflict", "overwrite", "-", "got").code == 0
    assert (here / "got").read_bytes() == b"new\n"
    (here / "d").mkdir()
    assert ask(b"", "cp", "-", "d").code == 1
