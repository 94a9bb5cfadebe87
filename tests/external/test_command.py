import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tfm.external import background
from tfm.external.associations import can_show, command_for
from tfm.external.command import Command, NotFoundProgram, editor, shell
from tfm.external.subshell import inner_shell
from tfm.model.program import Association


def program(folder: Path, name: str) -> str:
    file = folder / name
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return str(file)


def test_the_editor_of_the_setting_then_visual_then_editor_then_what_is_there(
    tmp_path: Path,
) -> None:
    paths = {name: program(tmp_path, name) for name in ("mine", "visual", "editor", "vi")}
    environ = {"PATH": str(tmp_path), "VISUAL": "visual -w", "EDITOR": "editor"}
    assert editor(("mine", "-x"), environ).words == (paths["mine"], "-x")
    assert editor((), environ).words == (paths["visual"], "-w")
    del environ["VISUAL"]
    assert editor((), environ).words == (paths["editor"],)
    del environ["EDITOR"]
    assert editor((), environ).words == (paths["vi"],)
    with pytest.raises(NotFoundProgram, match="TEXT_EDITOR"):
        editor((), {"PATH": "/nowhere"})


def test_a_program_is_found_by_path_and_said_when_it_is_not(tmp_path: Path) -> None:
    found = program(tmp_path, "tool")
    assert Command(("tool", "a b")).located({"PATH": str(tmp_path)}).words == (found, "a b")
    with pytest.raises(NotFoundProgram, match="There is no program tool"):
        Command(("tool",)).located({"PATH": "/nowhere"})


def test_the_shell_is_the_users_own_if_it_can_be_run(tmp_path: Path) -> None:
    own = program(tmp_path, "fish")
    assert shell({"SHELL": own}) == own
    assert shell({"SHELL": "/nowhere/zsh"}) in ("/bin/bash", "/bin/sh")
    assert shell({"SHELL": "relative"}) in ("/bin/bash", "/bin/sh")


def test_bash_has_its_own_prompt_with_our_mark_in_front(home: Path, tmp_path: Path) -> None:
    (home / ".bashrc").write_text("PS1='mine> '\nalias hello='echo hello there'\n")
    inner = inner_shell({**os.environ, "SHELL": "/bin/bash", "TFM_LEVEL": "1"}, tmp_path)
    script = "hello; printf '<%s>' \"$PS1\"; exit\n"
    ran = subprocess.run(
        inner.argv, env=inner.environ, input=script.encode(), capture_output=True, check=True
    )
    assert b"hello there" in ran.stdout
    assert ran.stdout.endswith(b"<[TFM] mine> >")


def test_a_shell_inside_a_shell_says_how_deep(tmp_path: Path) -> None:
    inner = inner_shell({"SHELL": "/bin/sh", "TFM_LEVEL": "2", "PS1": "$ "}, tmp_path)
    assert inner.environ["PS1"] == "[TFM 2] $ "


def test_the_first_rule_that_knows_the_deed_wins_and_none_stops() -> None:
    rules = [
        Association(("*.txt",), {"edit": ("special",)}),
        Association(("*.TXT", "*.md"), {"open": ("reader", "-r"), "edit": ("other",)}),
        Association(("*.bin",), {"open": ()}),
    ]
    assert command_for(rules, "a.txt", "edit") == ("special",)
    assert command_for(rules, "A.Txt", "open") == ("reader", "-r")  # falls through, any case
    assert command_for(rules, "x.bin", "open") == ()
    assert command_for(rules, "x.bin", "edit") is None


def test_a_desktop_opener_needs_a_desktop() -> None:
    assert not can_show(("/usr/bin/xdg-open",), {})
    assert can_show(("xdg-open",), {"DISPLAY": ":0"})
    assert can_show(("xdg-open",), {"WAYLAND_DISPLAY": "wayland-0"})
    assert can_show(("mpv",), {})


def test_output_of_a_background_program_goes_to_the_log_line_by_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended: list[int] = []
    over = threading.Event()

    def note(status: int) -> None:
        ended.append(status)
        over.set()

    script = "echo one; printf 'evil \\033[2J\\n' >&2; exit 3"
    with caplog.at_level(logging.INFO, "tfm.program"):
        background.start("Script", ["sh", "-c", script], cwd="/", environ=os.environ, ended=note)
        assert over.wait(10)
    assert ended == [3]
    said = [record.message for record in caplog.records]
    assert said[0] == "Script: started"
    assert said[1] == "Script: one"
    assert said[2].startswith("Script: evil ")
    assert "\x1b" not in said[2]
    assert said[3] == "Script: ended with status 3"


def test_a_background_program_outlives_tfm_although_nobody_reads_its_output_any_more(
    tmp_path: Path,
) -> None:
    go, told = tmp_path / "go", tmp_path / "told"
    os.mkfifo(go)
    os.mkfifo(told)
    script = f"exec 3>{told}; read _ <{go}; echo words; echo work saved >&3"
    leaves = (
        "import os\nfrom tfm.external import background\n"
        f"background.start('P', ['sh', '-c', {script!r}], cwd='/', environ=os.environ, ended=print)\n"
    )
    subprocess.run([sys.executable, "-c", leaves], check=True)
    with told.open() as lines:
        go.write_text("\n")
        assert lines.read() == "work saved\n"
