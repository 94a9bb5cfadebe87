"""The contract with scripts, held by real ones: every form of the names reaches a real shell and a real Python.

mc's CVE-2012-4463 was exactly this: a name in a variable, read by a shell.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tfm.external.env import (
    LARGEST_VALUE,
    Shown,
    Situation,
    Told,
    level_of,
    tell,
    text_of,
    working_directory,
)
from tfm.model.location import Location, Root, local, parse

HOSTILE = [
    "$(touch PWNED)",
    "`touch PWNED`",
    "new\nline",
    "-rf",
    "it's",
    'two "quoted"',
    "back\\slash",
    " lead and trail ",
    "*",
    "$HOME",
    "caf\udce9",  # not UTF-8
]

BY_EVAL = """
eval "set -- $TFM_THIS_SELECTED"
for name do printf '%s\\0' "$TFM_THIS_DIR/$name"; done
"""
BY_ARRAY = """
eval "names=($TFM_THIS_SELECTED)"
for name in "${names[@]}"; do printf '%s\\0' "$TFM_THIS_DIR/$name"; done
"""
BY_XARGS = """
xargs -0 sh -c 'for name do printf "%s\\0" "$name"; done' sh < "$TFM_THIS_SELECTED_FILE"
"""
BY_READ = """
while IFS= LC_ALL=C read -r -d '' name; do printf '%s\\0' "$name"; done < "$TFM_THIS_SELECTED_FILE"
"""
BY_SHLEX = """
import os, shlex, sys
for name in shlex.split(os.environ["TFM_THIS_SELECTED"]):
    sys.stdout.buffer.write(os.fsencode(os.environ["TFM_THIS_DIR"] + "/" + name) + b"\\0")
"""
BY_FILE = """
import os, sys
with open(os.environ["TFM_THIS_SELECTED_FILE"], "rb") as names:
    sys.stdout.buffer.write(names.read())
"""
SCRIPTS = {
    "sh eval": (["sh", "-c", BY_EVAL]),
    "bash array": (["bash", "-c", BY_ARRAY]),
    "xargs": (["sh", "-c", BY_XARGS]),
    "bash read": (["bash", "-c", BY_READ]),
    "python shlex": ([sys.executable, "-c", BY_SHLEX]),
    "python file": ([sys.executable, "-c", BY_FILE]),
}


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """The hostile names are selected in the left pane, which is active."""
    for name in HOSTILE:
        (tmp_path / name).touch()
    here = local(tmp_path)
    left = Shown(here, tuple(here.child(name) for name in HOSTILE))
    made = tell(Situation(left, Shown(local("/"))), os.environ)
    yield made
    made.close()


@pytest.mark.parametrize("script", SCRIPTS)
def test_hostile_names_pass_through_every_form_unharmed(
    script: str, told: Told, tmp_path: Path
) -> None:
    ran = subprocess.run(
        SCRIPTS[script], env=told.environ, cwd=tmp_path, capture_output=True, check=True
    )
    assert ran.stderr == b""
    found = [os.fsdecode(each) for each in ran.stdout.split(b"\0")[:-1]]
    assert found == [str(tmp_path / name) for name in HOSTILE]
    assert sorted(os.listdir(tmp_path)) == sorted(HOSTILE)  # nothing was made, nothing is gone


def test_a_program_in_a_directory_of_that_name_is_as_safe(tmp_path: Path) -> None:
    trap = tmp_path / "$(touch PWNED)"
    trap.mkdir()
    told = tell(Situation(Shown(local(trap)), Shown(local(tmp_path))), os.environ)
    script = 'cd -- "$TFM_THIS_DIR" && eval "set -- $TFM_OTHER_SELECTED" && printf %s "$PWD$#"'
    ran = subprocess.run(["sh", "-c", script], env=told.environ, capture_output=True, check=True)
    told.close()
    assert ran.stdout.decode() == f"{trap}0"
    assert os.listdir(tmp_path) == [trap.name]


def test_twenty_thousand_files_pass_through_the_file_and_the_program_starts(tmp_path: Path) -> None:
    here = local(tmp_path)
    selected = tuple(here.child(f"a-file-with-a-name-{number:06}.txt") for number in range(20_000))
    told = tell(Situation(Shown(here, selected), Shown(here)), os.environ)
    assert "TFM_THIS_SELECTED" not in told.environ
    assert "TFM_LEFT_SELECTED" not in told.environ
    assert told.environ["TFM_OTHER_SELECTED"] == ""
    assert told.environ["TFM_SELECTED_OMITTED"] == "1"
    ran = subprocess.run(
        [sys.executable, "-c", BY_FILE], env=told.environ, capture_output=True, check=True
    )
    told.close()
    assert ran.stdout == b"".join(os.fsencode(str(each)) + b"\0" for each in selected)


def test_just_what_fits_is_still_told() -> None:
    here = local("/d")
    for size, fits in ((LARGEST_VALUE, True), (LARGEST_VALUE + 1, False)):
        told = tell(Situation(Shown(here, (here.child("n" * size),)), Shown(here)), {})
        told.close()
        assert ("TFM_THIS_SELECTED" in told.environ) is fits
        assert ("TFM_SELECTED_OMITTED" in told.environ) is not fits


def _values(environ: Mapping[str, str], what: str) -> dict[str, str]:
    return {pane: environ[f"TFM_{pane}_{what}"] for pane in ("LEFT", "RIGHT", "THIS", "OTHER")}


def test_left_and_right_this_and_other() -> None:
    left = Shown(local("/l"), (local("/l/one"), local("/l/two words")))
    right = Shown(parse("s3://work@bucket/dir/"), (parse("s3://work@bucket/dir/sub/"),))
    told = tell(Situation(left, right, left_is_active=False), {"HOME": "/h"})
    environ = told.environ
    far = "s3://bucket/dir/"  # without the name of our connection
    assert _values(environ, "DIR") == {"LEFT": "/l", "RIGHT": far, "THIS": far, "OTHER": "/l"}
    names = {"LEFT": "one 'two words'", "RIGHT": "sub", "THIS": "sub", "OTHER": "one 'two words'"}
    assert _values(environ, "SELECTED") == names
    files = _values(environ, "SELECTED_FILE")
    assert files["THIS"] == files["RIGHT"] != files["LEFT"] == files["OTHER"]
    assert Path(files["RIGHT"]).read_bytes() == b"s3://bucket/dir/sub/\0"
    assert (environ["TFM_ACTIVE"], environ["TFM_LEVEL"], environ["HOME"]) == ("1", "1", "/h")
    told.close()


def test_results_of_a_search_are_told_in_full() -> None:
    found = (local("/root/a/x.txt"), local("/root/b/x.txt"))
    told = tell(
        Situation(Shown(local("/root"), found, results=True), Shown(local("/"))), os.environ
    )
    told.close()
    assert told.environ["TFM_THIS_DIR"] == "/root"
    assert told.environ["TFM_THIS_SELECTED"] == "/root/a/x.txt /root/b/x.txt"


def test_the_files_are_private_and_go() -> None:
    told = tell(Situation(Shown(local("/")), Shown(local("/"))), os.environ)
    file = Path(told.environ["TFM_THIS_SELECTED_FILE"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert told.folder.stat().st_mode & 0o777 == 0o700
    told.close()
    assert not told.folder.exists()


def test_what_an_outer_tfm_has_told_is_forgotten() -> None:
    outer = {"TFM_THIS_SELECTED": "stale", "TFM_SELECTED_OMITTED": "1", "TFM_LEVEL": "2"}
    here = local("/d")
    big = Shown(here, (here.child("n" * (LARGEST_VALUE + 1)),))
    told = tell(Situation(big, Shown(here)), {**outer, "TFM_ACTIVE": "1"})
    told.close()
    assert "TFM_THIS_SELECTED" not in told.environ
    assert told.environ["TFM_LEVEL"] == "3"


@pytest.mark.parametrize(
    ("environ", "level"),
    [
        ({}, 0),
        ({"TFM_ACTIVE": "1"}, 1),
        ({"TFM_ACTIVE": "1", "TFM_LEVEL": "4"}, 4),
        ({"TFM_LEVEL": "many"}, 0),
    ],
)
def test_how_deep_we_are(environ: Mapping[str, str], level: int) -> None:
    assert level_of(environ) == level


def test_a_remote_pane_starts_programs_in_the_last_local_directory() -> None:
    assert working_directory(local("/here"), "/last") == "/here"
    assert working_directory(parse("s3://b/d/"), "/last") == "/last"


def test_what_was_is_never_told_as_what_is_there_now() -> None:
    past = "s3://prod,at=2026-11-20T14:05:03Z@b/d/k"
    assert text_of(parse(past)) == past


def test_other_schemes_keep_their_own() -> None:
    assert text_of(Location(Root("mem", "name"), "b/k")) == "mem://b/k"
