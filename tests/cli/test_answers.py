"""Questions on a real terminal."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, PROJECT
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.e2e

Type = Callable[..., Terminal]


@pytest.fixture
def terminal(here: Path) -> Iterator[Type]:
    """Start tfm in a terminal."""
    opened: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        made = Terminal(
            [*PROGRAM, *arguments], cwd=here, columns=100, rows=24, env={"PYTHONPATH": str(PROJECT)}
        )
        opened.append(made)
        return made

    yield start
    for each in opened:
        each.close()


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.fixture
def clash(here: Path) -> Path:
    """`f` and `g` here, others of the same names in `d`."""
    (here / "d").mkdir()
    for name in ("f", "g"):
        (here / name).write_text("new")
        (here / "d" / name).write_text("old!")
    return here / "d"


def test_every_single_answer(terminal: Type, clash: Path) -> None:
    for keys, code, content, left in (
        ("s", 3, "old!", {"f", "g"}),
        ("c", 4, "old!", {"f", "g"}),
        ("k", 0, "old!", {"f", "f (2)", "g"}),
        ("r", 0, "old!", {"f", "f (2)", "fresh", "g"}),
        ("o", 0, "new", {"f", "f (2)", "fresh", "g"}),
    ):
        run = terminal("cp", "f", "d/")
        run.wait_for("for all:")
        assert "4 bytes" in run.text() and "3 bytes" in run.text()
        run.type_text(keys + "\n")
        if keys == "r":
            run.wait_for("New name:")
            run.type_text("fresh\n")
        assert run.wait_exit() == code, keys
        assert (clash / "f").read_text() == content, keys
        assert names(clash) == left, keys


def test_an_answer_for_all(terminal: Type, clash: Path) -> None:
    run = terminal("cp", "f", "g", "d/")
    run.wait_for("for all:")
    run.type_text("what\n")
    run.wait_for("is not an answer")
    run.type_text("oa\n")
    assert run.wait_exit() == 0
    assert (clash / "f").read_text() == (clash / "g").read_text() == "new"


def test_the_end_of_input_is_cancel(terminal: Type, clash: Path) -> None:
    run = terminal("mv", "f", "g", "d/")
    run.wait_for("for all:")
    run.send_bytes(b"\x04")
    assert run.wait_exit() == 4
    assert (clash / "f").read_text() == (clash / "g").read_text() == "old!"


def test_interrupt_at_a_question(terminal: Type, clash: Path) -> None:
    run = terminal("cp", "f", "d/")
    run.wait_for("for all:")
    run.send_bytes(b"\x03")
    assert run.wait_exit() == 128 + signal.SIGINT
    assert (clash / "f").read_text() == "old!"


def test_rm_asks_with_exact_counts(terminal: Type, here: Path) -> None:
    (here / "x" / "y").mkdir(parents=True)
    for number in range(3):
        (here / "x" / "y" / f"{number}").write_bytes(b"x" * 1000)
    (here / "lone").touch()
    for answer, code, stays in (("n\n", 4, True), ("\n", 4, True), ("yes\n", 0, False)):
        run = terminal("rm", "-r", "x")
        run.wait_for("[y/N]")
        text = run.text().replace("\n", "")
        assert "Delete 3 files, 2 directories (2.9K) in" in text and "Permanent." in text
        run.type_text(answer)
        assert run.wait_exit() == code
        assert (here / "x").exists() is stays
    assert (here / "lone").exists()


def test_a_hostile_name_in_a_question(terminal: Type, here: Path) -> None:
    name = "\x1b]0;owned\x07\nDelete nothing"
    (here / name).touch()
    run = terminal("rm", name)
    run.wait_for("[y/N]")
    assert "␛]0;owned" in run.text().replace("\n", "")
    assert b"\x1b]0;" not in run.transcript
    run.type_text("n\n")
    assert run.wait_exit() == 4


def test_names_on_a_terminal_are_safe(terminal: Type, here: Path) -> None:
    (here / "a\x1b[31mred\nline").touch()
    run = terminal("ls")
    assert run.wait_exit() == 0
    assert "a␛[31mred␊line" in run.text()


def test_progress_goes_and_leaves_no_trace(terminal: Type, here: Path) -> None:
    run = terminal("cp", "-", "got")  # the terminal itself is the input
    run.type_text("some words\n")
    run.wait_for("11 of", 10)
    run.send_bytes(b"\x04")
    assert run.wait_exit() == 0
    assert (here / "got").read_bytes() == b"some words\n"
    assert "11 of" not in run.text()
