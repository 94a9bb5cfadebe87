import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, TerminalTimeout
from tests.e2e.terminal_keys import key_bytes
from tests.e2e.terminal_screen import Display

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).resolve().parents[2]

ECHO_KEYS = """
import os, sys, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"ready\\r\\n")
while True:
    data = os.read(0, 100)
    if data == b"q":
        break
    os.write(1, repr(data).encode() + b"\\r\\n")
termios.tcsetattr(0, termios.TCSANOW, before)
"""

FULL_SCREEN = """
import os, sys, termios, tty
before = termios.tcgetattr(0)
print("before", flush=True)
tty.setraw(0)
os.write(1, b"\\x1b[?1049h\\x1b[?25l\\x1b[?1000h\\x1b[?2004h\\x1b[H\\x1b[31minside\\x1b[m")
os.read(0, 1)
os.write(1, b"\\x1b[?1000l\\x1b[?2004l\\x1b[?25h\\x1b[?1049l")
if len(sys.argv) == 1:
    termios.tcsetattr(0, termios.TCSANOW, before)
print("after", flush=True)
"""

APP = """
from textual.app import App
from textual.widgets import Input, Static

class Small(App):
    BINDINGS = [("f10", "quit", "Quit")]

    def compose(self):
        yield Static("a small app", id="text")
        yield Input()

    def on_resize(self, event):
        self.query_one("#text").update(f"size {event.size.width} by {event.size.height}")

    def on_input_submitted(self, event):
        self.query_one("#text").update(f"got {event.value}")

Small().run()
"""

Run = Callable[..., Terminal]


@pytest.fixture
def run() -> Iterator[Run]:
    with ExitStack() as stack:

        def make(code: str, *arguments: str, columns: int = 80, rows: int = 12) -> Terminal:
            command = [sys.executable, "-c", code, *arguments]
            return stack.enter_context(Terminal(command, columns=columns, rows=rows))

        yield make


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("a", b"a"),
        ("é", b"\xc3\xa9"),
        ("+", b"+"),
        ("plus", b"+"),
        ("enter", b"\r"),
        ("down", b"\x1b[B"),
        ("shift+down", b"\x1b[1;2B"),
        ("ctrl+right", b"\x1b[1;5C"),
        ("f1", b"\x1bOP"),
        ("shift+f1", b"\x1b[1;2P"),
        ("f5", b"\x1b[15~"),
        ("shift+f6", b"\x1b[17;2~"),
        ("pagedown", b"\x1b[6~"),
        ("ctrl+r", b"\x12"),
        ("shift+j", b"J"),
        ("alt+5", b"\x1b5"),
        ("alt+enter", b"\x1b\r"),
    ],
)
def test_keys_are_what_xterm_sends(name: str, sent: bytes) -> None:
    assert key_bytes(name) == sent


@pytest.mark.parametrize("name", ["dwon", "shfit+j", "ctrl+5", ""])
def test_a_misspelt_key_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="no such key"):
        key_bytes(name)


def test_keys_arrive(run: Run) -> None:
    terminal = run(ECHO_KEYS)
    terminal.wait_for("ready")
    terminal.send("shift+f6")
    terminal.wait_for(repr(b"\x1b[17;2~"))
    terminal.type_text("down")
    terminal.wait_for(repr(b"down"))
    terminal.click(3, 4)
    terminal.wait_for(repr(b"\x1b[<0;5;4M\x1b[<0;5;4m"))
    terminal.send("q")
    assert terminal.wait_exit() == 0
    assert terminal.restored(), terminal.leftovers()


def test_a_full_screen_program_that_cleans_up(run: Run) -> None:
    terminal = run(FULL_SCREEN)
    terminal.wait_for("inside")
    assert "before" not in terminal.text()
    assert terminal.cell(0, 0).fg == "red"
    assert terminal.find("inside") == (0, 0)
    assert len(terminal.leftovers()) == 5
    terminal.send("enter")
    assert terminal.wait_exit() == 0
    assert terminal.restored(), terminal.leftovers()
    assert terminal.text() == "before\nafter"


def test_a_program_that_leaves_the_terminal_raw_is_found_out(run: Run) -> None:
    terminal = run(FULL_SCREEN, "forget")
    terminal.wait_for("inside")
    terminal.send("enter")
    assert terminal.wait_exit() == 0
    assert terminal.leftovers() == ["line settings changed (not cooked)"]


def test_a_program_that_is_killed_leaves_everything(run: Run) -> None:
    terminal = run(FULL_SCREEN)
    terminal.wait_for("inside")
    terminal.signal(signal.SIGKILL)
    assert terminal.wait_exit() == -signal.SIGKILL
    assert "alternate screen on" in terminal.leftovers()
    assert "cursor hidden" in terminal.leftovers()
    assert "mouse clicks on" in terminal.leftovers()


def test_the_program_has_a_controlling_terminal_of_the_right_size(run: Run) -> None:
    code = "import os; print(os.get_terminal_size(os.open('/dev/tty', os.O_RDWR)), os.getsid(0)==os.getpid())"
    terminal = run(code, columns=97, rows=13)
    terminal.wait_for("columns=97, lines=13) True")


def test_interrupt_key(run: Run) -> None:
    terminal = run("print('on'); import time; time.sleep(60)")
    terminal.wait_for("on")
    terminal.send("ctrl+c")
    assert terminal.wait_exit() == -signal.SIGINT


# `end=''` below: a terminal passes on a line and its end one after the other. Hung up between the two, as soon
# as the line is seen, the program would end of its own failed write.


def test_hanging_up(run: Run, tmp_path: Path) -> None:
    note = tmp_path / "note"
    code = (
        "import signal, sys, pathlib\n"
        "def hung_up(*_): pathlib.Path(sys.argv[1]).write_text('hung up'); sys.exit(3)\n"
        "signal.signal(signal.SIGHUP, hung_up); print('on', end='', flush=True); signal.pause()"
    )
    terminal = run(code, str(note))
    terminal.wait_for("on")
    terminal.close()
    assert terminal.wait_exit() == 3
    assert note.read_text() == "hung up"
    assert "on" in terminal.text()
    with pytest.raises(RuntimeError):
        terminal.restored()


def test_a_program_that_ignores_everything_is_ended() -> None:
    code = (
        "import signal\nfor n in (signal.SIGHUP, signal.SIGTERM): signal.signal(n, signal.SIG_IGN)\n"
        "print('on', end='', flush=True)\nwhile True: signal.pause()"
    )
    terminal = Terminal([sys.executable, "-c", code])
    terminal.wait_for("on")
    terminal.kill(patience=0.1)
    assert terminal.process.returncode == -signal.SIGKILL


def test_nothing_stays_when_the_test_run_is_killed() -> None:
    code = (
        "import sys; from tests.e2e.terminal import Terminal\n"
        "t = Terminal(['sh', '-c', 'trap \"\" HUP; echo on; while :; do sleep 60; done'])\n"
        "t.wait_for('on'); print(t.process.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as harness:
        assert harness.stdout is not None
        descriptor = os.pidfd_open(int(harness.stdout.readline()))
        harness.kill()
        gone = bool(select.select([descriptor], [], [], 10)[0])
        os.close(descriptor)
        assert gone


def test_a_failed_wait_shows_the_screen_and_the_state(run: Run) -> None:
    terminal = run("print('what there is'); exit(9)")
    began = time.monotonic()
    with pytest.raises(TerminalTimeout, match=r"(?s)'absent'.*ended with status 9.*what there is"):
        terminal.wait_for("absent", timeout=30)
    assert time.monotonic() - began < 5  # nothing more can come
    with pytest.raises(TerminalTimeout, match="no 'what there is'"):
        terminal.wait_gone("what there is")
    other = run("import signal; signal.pause()")
    with pytest.raises(TerminalTimeout, match="still runs"):
        other.wait_for(lambda lines: False, timeout=0.1)
    with pytest.raises(TerminalTimeout, match="the end"):
        other.wait_exit(0.1)


def test_bytes_are_counted(run: Run) -> None:
    terminal = run("input('one'); print('x' * 1000); input()")
    terminal.wait_for("one")
    mark = terminal.mark()
    terminal.send("enter")
    terminal.wait_quiet(0.2)
    # Both line ends arrive as CR LF.
    assert terminal.bytes_since(mark) == 1000 + 2 + 2
    assert terminal.output_since(mark).count(b"x") == 1000


def test_a_slow_line(run: Run) -> None:
    terminal = run("input('one'); print('x' * 4000, 'two'); input()")
    terminal.wait_for("one")
    terminal.throttle(10_000, delay_ms=200)
    began = time.monotonic()
    terminal.send("enter")
    terminal.wait_for("x")
    assert time.monotonic() - began >= 0.2
    terminal.wait_for("two")
    assert 0.6 <= time.monotonic() - began < 3
    terminal.throttle(None)
    terminal.send("enter")
    assert terminal.wait_exit() == 0


def test_unknown_sequences_stay_off_the_screen_however_they_are_cut() -> None:
    answers: list[bytes] = []
    output = (
        b"a\x1b[>1ub\x1b[?2026$pc\x1b]22;pointer\x1b\\d\x1b]8;;http://x\x07e\x1b[2 qf\x1b[4:3mg"
        b"\x1bP+q544e\x1b\\h\x1b_Gi=1\x1b\\i\x1b[<uj\x1b[?uk\x1b]0;title\x07l\x1b[?2048$pm\xe2\x82\xacn\x1b[6n"
    )
    for size in (1, 2, 3, len(output)):
        answers.clear()
        display = Display(40, 2, answers.append)
        for at in range(0, len(output), size):
            display.feed(output[at : at + size])
        assert display.lines[0].rstrip() == "abcdefghijklm€n"
        assert display.title == "title"
        assert answers == [b"\x1b[?2026;2$y", b"\x1b[?2048;0$y", b"\x1b[1;16R"]


def test_a_textual_app(run: Run) -> None:
    terminal = run(APP, columns=60, rows=10)
    terminal.wait_for("size 60 by 10")
    terminal.type_text("hello")
    terminal.wait_for("hello")
    # The answered query switches synchronized output on: every frame comes whole.
    terminal.wait_bytes(b"\x1b[?2026h")
    terminal.paste("\x1b world")
    terminal.send("enter")
    terminal.wait_for(lambda lines: re.search("got hello.* world", lines[0]) is not None)
    terminal.resize(70, 12)
    terminal.wait_for("size 70 by 12")
    terminal.send("f10")
    assert terminal.wait_exit() == 0
    assert terminal.restored(), terminal.leftovers()


def test_a_textual_app_that_is_terminated_leaves_a_mess(run: Run) -> None:
    terminal = run(APP)
    terminal.wait_for("size 80")
    terminal.signal(signal.SIGTERM)
    assert terminal.wait_exit() == -signal.SIGTERM
    assert not terminal.restored()
