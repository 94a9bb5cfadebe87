"""Programs on the real terminal: a shell that leaves it in a bad way, a chooser, an editor that is closed with the line."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.program import PROGRAM, PROJECT
from tests.e2e.terminal import Terminal

pytestmark = [pytest.mark.e2e]


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("-rf", "$(touch PWNED)", "new\nline", "plain.txt"):
        (folder / name).write_text(name)
    return folder


def _start(tmp_path: Path, *arguments: object, **env: str) -> Terminal:
    command = [*PROGRAM, "--no-config", *map(str, arguments)]
    told = {"PYTHONPATH": str(PROJECT), "SHELL": "/bin/bash", **env}
    return Terminal(command, columns=100, rows=24, env=told, cwd=tmp_path)


def test_a_shell_that_is_killed_in_the_middle_of_a_mess(tmp_path: Path, home: Path) -> None:
    (home / ".bashrc").write_text("PS1='mine> '\n")
    folder = _folder(tmp_path)
    with _start(tmp_path, folder, folder) as terminal:
        terminal.wait_for("plain.txt", timeout=20)
        terminal.send("down", "down")
        terminal.send("shift+x")
        terminal.wait_for("[TFM] mine>")
        terminal.type_text(
            'eval "set -- $TFM_THIS_SELECTED"; cat -- "$1"; echo " and $TFM_LEVEL"\n'
        )
        terminal.wait_for("new")
        terminal.wait_for("line and 1")
        terminal.resize(90, 30)
        mess = (
            r"stty raw -echo; printf '\033[?1h\033[?1003h\033[5;10r\033[?25l\033[?6n'; kill -9 $$"
        )
        terminal.type_text(mess + "\n")
        terminal.wait_for(lambda lines: "10Quit" in lines[-1] and len(lines) == 30)
        terminal.send("end", "space")
        terminal.wait_for("*plain.txt")
        terminal.wait_for(lambda _lines: "folder" in terminal.title)
        terminal.send("q", "enter")
        assert terminal.wait_exit() == 0
        assert terminal.restored(), terminal.leftovers()
    assert sorted(os.listdir(folder)) == ["$(touch PWNED)", "-rf", "new\nline", "plain.txt"]


def test_enter_chooses_and_the_directory_is_handed_back(tmp_path: Path) -> None:
    folder, chosen, cwd = _folder(tmp_path), tmp_path / "chosen", tmp_path / "cwd"
    options = ["--chooser-file", chosen, "--null", "--cwd-file", cwd]
    with _start(tmp_path, *options, "--select", folder / "new\nline") as terminal:
        terminal.wait_for("Enter on a file chooses it", timeout=20)
        terminal.wait_for("plain.txt")
        terminal.send("space", "space", "enter")
        assert terminal.wait_exit() == 0
        assert terminal.restored(), terminal.leftovers()
    names = chosen.read_bytes().split(b"\0")
    assert names == [os.fsencode(folder / name) for name in ("new\nline", "plain.txt")] + [b""]
    assert cwd.read_bytes() == os.fsencode(folder)


def test_a_sigterm_reaches_the_program_and_then_ends_tfm(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    marks = "import signal, sys\nsignal.signal(15, lambda *_: sys.exit('told'))\nprint('edit' + 'ing', flush=True)\nsignal.pause()\n"
    editor = tmp_path / "editor.py"
    editor.write_text(marks)
    with _start(tmp_path, folder, folder, EDITOR=f"{sys.executable} {editor}") as terminal:
        terminal.wait_for("plain.txt", timeout=20)
        terminal.send("e")
        terminal.wait_for("editing")
        terminal.signal(signal.SIGTERM)
        terminal.wait_for("told")
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.restored(), terminal.leftovers()
