"""The search for secrets finds them, wherever they may get out."""

import base64
import logging
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal
from tests.house import planted
from tests.servers.keys import SECRET_KEY, SESSION_TOKEN
from tfm.model.errors import NotFound

LINK = "http://host/key?X-Amz-Signature=1"


def logged(text: str, _home: Path) -> None:
    logging.getLogger("tfm.s3").debug("said %s", text)


def raised(text: str, _home: Path) -> None:
    NotFound("Nothing is there.", hint=text)


def printed(text: str, _home: Path) -> None:
    said = {"PATH": os.defpath, "SAID": text}
    code = "import os; print(os.environ['SAID'])"
    subprocess.run([sys.executable, "-c", code], env=said, capture_output=True, check=True)


def on_a_command_line(text: str, _home: Path) -> None:
    subprocess.run(["true", f"--key={text}"], check=True)


def handed_to_a_program(text: str, _home: Path) -> None:
    subprocess.run(["true"], env={"PATH": os.defpath, "TFM_THIS": text}, check=True)


def kept(text: str, home: Path) -> None:
    journal = home / ".local" / "state" / "tfm" / "jobs" / "1.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_text(text)
    planted.look_below(home)


def kept_for_a_moment(text: str, home: Path) -> None:
    cached = home / ".cache" / "tfm" / "a"
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_text(text)
    cached.unlink()


WAYS = [logged, raised, printed, on_a_command_line, handed_to_a_program, kept, kept_for_a_moment]
Way = Callable[[str, Path], None]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_every_way_out_is_watched(way: Way, home: Path) -> None:
    way("nothing", home)
    assert planted.found() == []
    way(SECRET_KEY, home)
    (home / ".local" / "state" / "tfm" / "jobs" / "1.jsonl").unlink(missing_ok=True)
    assert planted.found()
    assert planted.found() == []


def test_screens_are_watched() -> None:
    for text, seen in (("nothing", []), (SESSION_TOKEN, ["a terminal"])):
        with Terminal([sys.executable, "-c", f"print({text!r}, end='')"]) as terminal:
            terminal.wait_for(text)
            planted.found()  # it stands on the command line, too
        assert planted.found() == seen


@pytest.mark.parametrize("way", [raised, kept, kept_for_a_moment], ids=lambda way: way.__name__)
def test_signed_links_are_kept_nowhere(way: Way, home: Path) -> None:
    way(LINK, home)
    (home / ".local" / "state" / "tfm" / "jobs" / "1.jsonl").unlink(missing_ok=True)
    assert planted.found()


@pytest.mark.parametrize("secret", [SECRET_KEY, SESSION_TOKEN])
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_forms_in_which_a_secret_hides(secret: str, before: str) -> None:
    hidden = [
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(f"{before}{secret}{before}".encode()).decode(),
        f"{before}{secret}".encode().hex(),
    ]
    for form in hidden:
        planted.look(form, f"<{form}>")
    assert planted.found() == hidden
