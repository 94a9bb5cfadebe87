"""The program in a pseudo-terminal: bytes a key costs, hostile names, odd input, and every kind of end."""

import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, TerminalTimeout

PROJECT = Path(__file__).resolve().parents[2]

Start = Callable[..., Terminal]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start tfm on two directories; it is killed after the test."""
    running: list[Terminal] = []

    def begin(left: Path, right: Path, *, columns: int = 120, rows: int = 40) -> Terminal:
        terminal = Terminal(
            [sys.executable, "-m", "tfm", "--no-config", str(left), str(right)],
            columns=columns,
            rows=rows,
            env={"COLORTERM": "truecolor"},
            cwd=PROJECT,
        )
        running.append(terminal)
        terminal.wait_for("10Quit", timeout=20)
        return terminal

    yield begin
    for terminal in running:
        terminal.kill()


def cost(terminal: Terminal, *keys: str) -> int:
    terminal.wait_quiet(0.3)
    mark = terminal.mark()
    terminal.send(*keys)
    terminal.wait_quiet(0.3)
    return terminal.bytes_since(mark)


def test_what_keys_cost_in_a_directory_of_100_000_files(start: Start, tmp_path: Path) -> None:
    big, right = tmp_path / "big", tmp_path / "right"
    big.mkdir()
    right.mkdir()
    (right / "directory").mkdir()
    (right / "file").touch()
    (right / "other").touch()
    for number in range(100_000):
        (big / f"file-{number:06}.txt").touch()
    terminal = start(big, right)
    terminal.wait_for("100,000 files", timeout=30)
    terminal.wait_gone("Loading", timeout=30)
    terminal.wait_quiet(1.0)
    costs = {key: [cost(terminal, key) for _ in range(3)] for key in ("down", "pagedown")}
    costs["scroll"] = [cost(terminal, "down") for _ in range(2)]
    terminal.send("tab", "end", "tab")
    costs["tab"] = [cost(terminal, "tab") for _ in range(2)]
    terminal.send("tab", "home")
    costs["keys"] = [cost(terminal, key) for key in ("down", "up")]  # F3 and F4 are muted, or not
    terminal.send("tab")
    costs["space"] = [cost(terminal, "space")]
    assert max(costs["down"]) <= 300, costs
    assert max(costs["pagedown"]) <= 5000, costs
    assert max(costs["scroll"]) <= 5000, costs
    assert max(costs["tab"]) <= 700, costs  # with the title of the window
    assert max(costs["keys"]) <= 500, costs
    mark = terminal.mark()
    with pytest.raises(TerminalTimeout):  # an idle screen sends nothing
        terminal.wait_for(lambda _lines: terminal.bytes_since(mark) > 0, timeout=2.0)


HOSTILE = (
    "\x1b]0;pwn\x07",
    "\x1b[2J\x1b[31m",
    "[bold]x",
    "[red",
    "[@click=app.quit]link",
    "new\nline",
    "tab\tbell\x07back\x08",
    "\udcff\udcfe",
    "\u202egnp.exe",
    "漢字とかな.txt",
    "e\u0301\u0301combining",
    "👩\u200d👩\u200d👧 family",
    "\u200bzero",
    "del\x7f c1\x9b31m",
)

# What Textual and we send: moves, colours, modes, keyboard and title protocols.
_OURS = re.compile(
    rb"\x1b\[[0-9;]*[HmJK]|\x1b\[\?[0-9;]+[hl]|\x1b\[\?[0-9]+\$p|\x1b\[[<>][0-9]*u|\x1b\[[0-9]* q"
    rb"|\x1b\[2[23];2t"  # the title of the window is kept, and brought back
)
# The title and the directory of the next tab: text without any control character.
_TITLES = re.compile(rb"\x1b\](?:2|7);([^\x00-\x1f\x7f]*)\x1b\\")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
def test_hostile_names_in_both_panes(start: Start, tmp_path: Path, size: tuple[int, int]) -> None:
    nasty = tmp_path / "nasty"
    nasty.mkdir()
    for name in HOSTILE:
        (nasty / name).write_text(name, errors="surrogateescape")
    terminal = start(nasty, nasty, columns=size[0], rows=size[1])
    terminal.wait_for(lambda lines: any("漢字" in line for line in lines))
    for key in ("down", "space", "v", "q", "r", "escape", "c", "escape", "k", "escape") * 3:
        terminal.send(key)
        terminal.wait_quiet(0.05)
    terminal.wait_quiet(0.3)
    output = terminal.transcript
    rest = _OURS.sub(b"", _TITLES.sub(rb" \1 ", output))
    assert b"\x1b" not in rest, re.findall(rb"\x1b.{0,20}", rest)[:5]
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]", rest)
    for row in range(2, size[1] - 3):
        for column in (size[0] // 2 - 1, size[0] - 1):
            assert terminal.cell(row, column).data in "│┃", (row, terminal.screen()[row])


def test_late_answers_and_pastes_are_no_commands(start: Start, tmp_path: Path) -> None:
    terminal = start(tmp_path, tmp_path)
    terminal.wait_quiet(0.3)
    terminal.send_bytes(b"\x1b[?62;c\x1b]11;rgb:1414/1818/1f1f\x07\x1b[97;1:3u\x1b[I\x1b[O")
    terminal.paste("kd\nq")
    terminal.wait_quiet(0.3)
    assert "Delete" not in terminal.text().replace("8Delete", "")
    assert "Drives" not in terminal.text()
    terminal.send_bytes(b"\x1b7")
    terminal.wait_for("New directory")
    terminal.send("escape")
    terminal.wait_gone("New directory")
    terminal.send("f10")
    terminal.wait_for("Leave tfm?")
    terminal.send("enter")
    assert terminal.wait_exit() == 0
    assert terminal.restored(), terminal.leftovers()


def test_only_buttons_and_the_wheel_are_asked_of_the_mouse(start: Start, tmp_path: Path) -> None:
    terminal = start(tmp_path, tmp_path)
    terminal.wait_quiet(0.3)
    for unwanted in (b"?1003h", b"?1004h", b"?1015h", b"?1016h", b"?2048"):
        assert unwanted not in terminal.transcript


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_the_terminal_is_as_it_was(
    start: Start, tmp_path: Path, number: signal.Signals
) -> None:
    terminal = start(tmp_path, tmp_path)
    terminal.wait_quiet(0.3)
    terminal.signal(number)
    assert terminal.wait_exit(5.0) == 128 + number
    assert terminal.restored(), terminal.leftovers()


def test_a_lost_terminal_ends_it(start: Start, tmp_path: Path) -> None:
    terminal = start(tmp_path, tmp_path)
    terminal.wait_quiet(0.3)
    terminal.close()
    assert terminal.process.wait(5.0) in (128 + signal.SIGHUP, -signal.SIGHUP)


def test_a_slow_line_loses_no_key(start: Start, tmp_path: Path) -> None:
    left, right = tmp_path / "left", tmp_path / "right"
    left.mkdir()
    right.mkdir()
    for number in range(30):
        (left / f"f{number:02}").write_text(str(number))
    terminal = start(left, right, columns=80, rows=24)
    terminal.throttle(50_000, 200)
    terminal.send(*["down"] * 7, "space", "space", "c", "enter")
    terminal.wait_for("Copied 2 items", timeout=20)
    assert sorted(file.name for file in right.iterdir()) == ["f07", "f08"]
    terminal.send("f7")
    terminal.type_text("made")
    terminal.send("enter", "tab", "end", "r")
    terminal.type_text("last")
    terminal.send("enter")
    # what the status line says is overtaken by the next message; the panes keep it
    terminal.wait_for(
        lambda rows: (
            any("made/ " in row[:39] for row in rows) and any(" last " in row[39:] for row in rows)
        ),
        timeout=20,
    )
    assert (left / "made").is_dir()
    assert (right / "last").exists()
