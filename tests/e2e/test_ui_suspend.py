"""The terminal handed to a shell and back: Ctrl-Z and fg, another size meanwhile, a stop nobody announced."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import PROJECT
from tests.e2e.terminal import Terminal

pytestmark = [pytest.mark.e2e]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    """A shell with job control."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a-file.txt").write_text("x")
    shell = ["bash", "--norc", "--noprofile", "-i"]
    env = {"PS1": "prompt> ", "PYTHONPATH": str(PROJECT), "FOLDER": str(folder)}
    with Terminal(shell, columns=100, rows=24, env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("prompt>")
        terminal.type_text(f"{sys.executable} -m tfm --no-config $FOLDER $FOLDER\n")
        terminal.wait_for("10Quit", timeout=20)
        terminal.wait_for("a-file.txt")
        yield terminal


def _expect_sane_terminal(terminal: Terminal, when: str) -> None:
    words = "stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon|isig|icrnl)'"
    terminal.type_text(f"echo {when} $({words})\n")
    terminal.wait_for(f"{when} icrnl isig icanon echo")


def _expect_a_quiet_end(shell: Terminal) -> None:
    shell.wait_gone("10Quit")
    shell.type_text("echo left=$?\n")
    shell.wait_for("left=0")


def test_ctrl_z_gives_the_shell_its_terminal_and_fg_brings_the_panes_back(shell: Terminal) -> None:
    shell.send("ctrl+z")
    shell.wait_for("Stopped")
    _expect_sane_terminal(shell, "meanwhile")
    shell.type_text("bg; echo still $((20+3))\n")  # in the background it waits until it is in front
    shell.wait_for("still 23")
    shell.resize(80, 30)
    shell.type_text("clear; jobs\n")
    shell.wait_for("Stopped")
    shell.type_text("fg\n")
    shell.wait_for(lambda lines: "10Quit" in lines[-1] and len(lines) == 30)
    shell.send("down", "space")
    shell.wait_for("*")
    shell.send("q", "enter")
    _expect_a_quiet_end(shell)
    _expect_sane_terminal(shell, "afterwards")


def test_a_stop_that_nobody_announced_is_survived(shell: Terminal) -> None:
    shell_pid = shell.process.pid
    children = Path(f"/proc/{shell_pid}/task/{shell_pid}/children").read_text().split()
    (pid,) = [int(each) for each in children]
    shell.wait_quiet(0.3)
    threads = len(os.listdir(f"/proc/{pid}/task"))
    stops = 4
    for _ in range(stops):
        os.kill(pid, signal.SIGSTOP)
        shell.wait_for("Stopped")
        mark = shell.mark()
        shell.type_text("fg\n")
        shell.wait_bytes(b"\x1b[?1049h", mark)
        shell.wait_for("10Quit")
        shell.wait_quiet(0.3)
    # nobody reads or writes once more each time; a worker may have come, for panes that are read at once
    assert len(os.listdir(f"/proc/{pid}/task")) < threads + stops
    shell.send("q", "enter")
    _expect_a_quiet_end(shell)


QUICK_FINGERS = """
import select
from textual.app import App
from tfm.ui.driver import CalmDriver

class Slow(CalmDriver):
    def stop_application_mode(self):
        super().stop_application_mode()
        select.select([self.fileno], [], [])  # the panes are gone, and somebody typed

class Brief(App):
    def on_mount(self):
        self.exit()

Brief(driver_class=Slow).run()
print("the shell reads", input())
"""


def test_what_is_typed_once_the_panes_are_gone_is_for_the_shell(tmp_path: Path) -> None:
    command = [sys.executable, "-c", QUICK_FINGERS]
    with Terminal(command, env={"PYTHONPATH": str(PROJECT)}, cwd=tmp_path) as terminal:
        terminal.wait_bytes(b"\x1b[?1049l", timeout=20)
        terminal.type_text("a command\n")
        terminal.wait_for("the shell reads a command")
