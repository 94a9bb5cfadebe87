"""What may stand on the command line; what is wrong ends with 2 and does nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PROJECT, Tfm
from tfm import __version__
from tfm.cli.arguments import VERBS, Usage, parse_screen, parse_verb


def test_help_names_every_verb_and_every_exit_status(tfm: Tfm) -> None:
    ran = tfm("--help")
    assert ran.code == 0
    for verb, about in VERBS.items():
        assert f"{verb} " in ran.text and about in ran.text
    for status in ("0 all done", "1 error", "2 wrong usage", "3 some", "4 cancelled", "128+n"):
        assert status in ran.text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(tfm: Tfm, verb: str) -> None:
    ran = tfm(verb, "--help")
    assert ran.code == 0
    assert f"usage: tfm {verb}" in ran.text
    assert "--profile" in ran.text


def test_version(tfm: Tfm) -> None:
    assert tfm("--version").text == f"tfm {__version__}\n"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["ls", "--help"], ["--nonsense"]])
def test_help_is_cheap(arguments: list[str]) -> None:
    code = (
        "import sys; from tfm.__main__ import main; main(sys.argv[1:]);"
        "heavy = {'textual', 'boto3', 'botocore', 'moto', 'rich', 'asyncio', 'tfm.ui', 'tfm.ops',"
        " 'tfm.storage'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_a_verb_loads_neither_screen_nor_sdk(tmp_path: Path) -> None:
    code = (
        "import sys; from tfm.__main__ import main; code = main(['ls', sys.argv[1]]);"
        "heavy = {'textual', 'boto3', 'botocore', 'moto', 'asyncio', 'tfm.ui'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["a", "b", "c"], "two panes, but 3 places"),
        (["a", "--left", "b"], "two places"),
        ([""], "empty text"),
        (["--demo", "x"], "places of its own"),
        (["--debug"], "--log FILE"),
        (["--config", "x.py", "--no-config"], "exclude each other"),
        (["ls", "-z"], "unrecognized arguments: -z"),
        (["ls", "nope://x"], "Known are: file://, s3://"),
        (["ls", "S3://x"], "small letters"),
        (["ls", "s3:///x"], "no bucket name"),
        (["cp", "a"], "a source and a destination"),
        (["mv"], "a source and a destination"),
        (["rm"], "Name what to delete"),
        (["mkdir"], "Name a directory"),
        (["cat"], "Name a file"),
        (["checksum"], "Name a file"),
        (["cp", "a", "b", "--on-conflict", "guess"], "invalid choice"),
        (["cp", "a", "b", "--on-conflict", "ask"], "needs a terminal"),
        (["cp", "-", "-"], "one source and one destination"),
        (["cp", "a", "b", "-"], "one source and one destination"),
        (["mv", "-", "b"], "cannot be moved"),
        (["cp", "-", "d/"], "name the file"),
        (["cp", "-", "x", "--on-conflict", "newer"], "overwrite, skip or fail"),
        (["ls", "--endpoint-url", "http://user:word@host"], "without a user name"),
        (["nowhere"], "There is no nowhere."),
        (["--left", "ls"], "As a verb it comes first"),
        (["--log", "missing/log", "."], "cannot be opened: No such file"),
    ],
)
def test_wrong_usage_says_why_and_does_nothing(
    tfm: Tfm, here: Path, arguments: list[str], words: str
) -> None:
    ran = tfm(*arguments)
    assert (ran.code, ran.out) == (2, b"")
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert list(here.iterdir()) == []


def test_what_is_wrong_is_said_without_acting_on_the_terminal(tfm: Tfm) -> None:
    ran = tfm("--\x1b]0;owned\x07")
    assert ran.code == 2
    assert "\x1b" not in ran.err and "\x07" not in ran.err


def test_options_may_stand_anywhere_and_two_dashes_end_them() -> None:
    call = parse_verb("cp", ["a", "-r", "b", "--json", "c"])
    assert call.places == ("a", "b", "c") and call.recursive and call.json
    assert parse_verb("rm", ["--yes", "--", "-r"]).places == ("-r",)
    assert not parse_verb("rm", ["--", "-r"]).recursive


def test_places_of_the_panes() -> None:
    call = parse_screen(["one", "--right", "two", "--read-only"])
    assert (call.left, call.right, call.choice.read_only) == ("one", "two", True)


def test_options_are_not_guessed_from_their_beginning() -> None:
    with pytest.raises(Usage):
        parse_verb("rm", ["--ye", "x"])


def test_a_file_is_no_place_for_a_pane(tfm: Tfm, here: Path) -> None:
    (here / "file").touch()
    ran = tfm("file")
    assert ran.code == 2 and "file is not a directory." in ran.err


def test_a_directory_called_like_a_verb_opens_as_dot_slash(tfm: Tfm, here: Path) -> None:
    (here / "ls").mkdir()
    ran = tfm("./ls")  # no terminal here: that it gets so far is the point
    assert ran.code == 2 and "need a terminal" in ran.err


def test_a_named_configuration_with_faults_ends_with_2(tfm: Tfm, here: Path) -> None:
    config = here / "mine.py"
    config.write_text("THEME = 'x'\nS3_MAX_RETRIES = 'many'\nNONSENSE = 1\n")
    for start in ([], ["ls"]):
        ran = tfm(*start, "--config", config)
        assert ran.code == 2 and ran.out == b""
        assert f"{config}:2:" in ran.err and f"{config}:3:" in ran.err


def test_the_usual_configuration_with_faults_is_named_and_the_verb_goes_on(
    tfm: Tfm, home: Path, here: Path
) -> None:
    file = home / ".config/tfm/config.py"
    file.parent.mkdir(parents=True)
    file.write_text("S3_MAX_RETRIES = 'many'\n")
    (here / "seen").touch()
    ran = tfm("ls")
    assert (ran.code, ran.text) == (0, "seen\n")
    assert "config.py:1:" in ran.err
    assert tfm("ls", "--no-config").err == ""
