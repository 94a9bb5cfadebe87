"""What tfm does for the shell around it: functions and completion for start-up files, files it hands back."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tfm.cli.arguments import SHELLS, VERBS, ScreenCall, Usage, parse_screen, screen_parser
from tfm.cli.console import Console
from tfm.cli.hand_back import Outcome, hand_back
from tfm.cli.shell import shell_init
from tfm.model.location import local, parse

INSTALLED = [shell for shell in SHELLS if shell == "bash" or shutil.which(shell)]
HERE = "a $(touch PWNED)\nplace"


@pytest.fixture
def stand_in(tmp_path: Path) -> dict[str, str]:
    """An environment in which `tfm` is a script that goes to a place with an evil name."""
    (tmp_path / HERE).mkdir()
    binary = tmp_path / "bin" / "tfm"
    binary.parent.mkdir()
    binary.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = ls ]; then echo "listed $2"; exit 3; fi\n'
        '[ "$1" = --cwd-file ] || exit 99\n'
        'printf %s "$WENT_TO" > "$2"\n'
        'exit "${3:-0}"\n'
    )
    binary.chmod(0o755)
    path = f"{binary.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "WENT_TO": str(tmp_path / HERE), "TMPDIR": str(tmp_path)}


@pytest.mark.parametrize("shell", INSTALLED)
def test_the_shell_follows_but_verbs_pass(
    shell: str, stand_in: dict[str, str], tmp_path: Path
) -> None:
    init = tmp_path / "init"
    init.write_text(shell_init(shell))
    status = "$status" if shell == "fish" else "$?"
    script = f"""
source {init}
tfm ls there
echo verb {status}
printf '<%s>' "$PWD"
tfm 7
echo screen {status}
printf '<%s>' "$PWD"
"""
    bare = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    ran = subprocess.run(
        [shell, *bare, "-c", script], env=stand_in, cwd=tmp_path, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert ran.stderr == ""
    assert ran.stdout == f"listed there\nverb 3\n<{tmp_path}>screen 7\n<{tmp_path / HERE}>"
    assert sorted(os.listdir(tmp_path)) == sorted([HERE, "bin", "init"])


def test_without_a_place_the_shell_stays(stand_in: dict[str, str], tmp_path: Path) -> None:
    script = f'{shell_init("bash")}\ntfm; printf %s "$PWD"'
    ran = subprocess.run(
        ["bash", "-c", script], env={**stand_in, "WENT_TO": ""}, cwd=tmp_path, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert ran.stdout == str(tmp_path)


def completed(*words: str, cwd: Path) -> set[str]:
    line = " ".join(f"'{word}'" for word in words)
    script = (
        f"{shell_init('bash')}\nCOMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _tfm;"
        " printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    ran = subprocess.run(
        ["bash", "-c", script], cwd=cwd, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


def test_bash_completes_verbs_options_and_their_words(tmp_path: Path) -> None:
    assert completed("tfm", "", cwd=tmp_path) == set(VERBS)
    assert completed("tfm", "m", cwd=tmp_path) == {"mb", "measure", "mkdir", "mv"}
    assert completed("tfm", "--c", cwd=tmp_path) == {"--cwd-file", "--chooser-file", "--config"}
    assert completed("tfm", "cp", "--ver", cwd=tmp_path) == {"--verify"}
    assert completed("tfm", "cp", "--verify", "r", cwd=tmp_path) == {"readback"}
    assert completed("tfm", "rm", "--verify", cwd=tmp_path) == set()


@pytest.mark.parametrize("shell", INSTALLED)
def test_what_is_printed_is_good_and_knows_every_option(shell: str, tmp_path: Path) -> None:
    text = shell_init(shell)
    checked = subprocess.run([shell, "-n"], input=text, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    for action in screen_parser()._actions:
        for name in action.option_strings:
            wanted = f"-l {name[2:]} " if shell == "fish" and name.startswith("--") else name
            if shell != "fish" or name.startswith("--"):
                assert wanted in text, name


class TestHandedBack:
    @pytest.fixture
    def call(self, tmp_path: Path) -> ScreenCall:
        return ScreenCall(cwd_file=tmp_path / "cwd", chooser_file=tmp_path / "chosen")

    def test_the_directory_and_what_was_chosen(self, call: ScreenCall, tmp_path: Path) -> None:
        chosen = (local("/d/one file"), parse("s3://work@b/k/x.txt"))
        outcome = Outcome(local("/d/new\nline"), chosen)
        assert hand_back(call, 0, outcome, Console("tfm")) == 0
        assert (tmp_path / "cwd").read_bytes() == b"/d/new\nline"
        assert (tmp_path / "chosen").read_bytes() == b"/d/one file\ns3://b/k/x.txt\n"

    def test_a_bucket_is_no_directory_of_a_shell(self, call: ScreenCall, tmp_path: Path) -> None:
        outcome = Outcome(parse("s3://b/"), (local("/x"),))
        assert hand_back(call, 0, outcome, Console("tfm")) == 0
        assert not (tmp_path / "cwd").exists()

    def test_nothing_chosen_is_4_and_a_signal_writes_nothing(
        self, call: ScreenCall, tmp_path: Path
    ) -> None:
        assert hand_back(call, 0, Outcome(local("/d")), Console("tfm")) == 4
        (tmp_path / "cwd").unlink()
        assert hand_back(call, 143, Outcome(local("/d"), (local("/x"),)), Console("tfm")) == 143
        assert os.listdir(tmp_path) == []

    def test_line_breaks_need_nul(self, call: ScreenCall, tmp_path: Path) -> None:
        outcome = Outcome(local("/d"), (local("/d/a\nb"), local("/d/-rf")))
        assert hand_back(call, 0, outcome, Console("tfm")) == 1
        assert not (tmp_path / "chosen").exists()
        with_nul = ScreenCall(chooser_file=tmp_path / "chosen", null=True)
        assert hand_back(with_nul, 0, outcome, Console("tfm")) == 0
        assert (tmp_path / "chosen").read_bytes() == b"/d/a\nb\0/d/-rf\0"

    def test_what_cannot_be_written_is_an_error(self, tmp_path: Path) -> None:
        call = ScreenCall(cwd_file=tmp_path / "none" / "cwd")
        assert hand_back(call, 0, Outcome(local("/d")), Console("tfm")) == 1


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--null"], "--chooser-file"),
        (["--select", "/a", "/b"], "leave LEFT out"),
        (["--demo", "--select", "/a"], "--demo"),
        (["--print-shell-init", "tcsh"], "invalid choice"),
    ],
)
def test_what_does_not_go_together(argv: list[str], told: str) -> None:
    with pytest.raises(Usage, match=told):
        parse_screen(argv)
