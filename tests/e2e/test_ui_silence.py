"""A mount that hangs and an endpoint that never answers: every key goes on, and so does leaving."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.panes import Panes, disk_rows, opened
from tests.e2e.program import wait_until

pytestmark = [pytest.mark.e2e]

HUNG = """
import sys, threading
from tfm.__main__ import main
from tfm.storage.local.attributes import LocalFreeSpace
from tfm.storage.local.storage import LocalStorage

def hanging(verb):
    def asked(self, location, *more, **named):
        if "/hung" in location.key:
            threading.Event().wait()  # what a mount does whose server is gone
        return verb(self, location, *more, **named)
    return asked

for name in ("scan", "stat", "open_read"):
    setattr(LocalStorage, name, hanging(getattr(LocalStorage, name)))
LocalFreeSpace.free_bytes = hanging(LocalFreeSpace.free_bytes)
sys.exit(main())
"""


@pytest.fixture
def mute() -> Iterator[socket.socket]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening


@pytest.fixture
def folder(here: Path) -> Path:
    directory = here / "folder"
    directory.mkdir()
    (directory / "a.txt").write_text("alpha\n")
    (here / "hung").mkdir()
    (here / "hung" / "inside.txt").write_text("never seen\n")
    return directory


def opens(ui: Panes, *keys: str, shows: str) -> None:
    """Keys open something that lives: it is drawn, and Esc closes it."""
    ui.press(*keys)
    ui.terminal.wait_for(shows)
    ui.press("escape")
    ui.terminal.wait_gone(shows)


def lives(ui: Panes, folder: Path, silent: str) -> None:
    """Everything that hands do, in the pane that waits and in the other one."""
    ui.wait_rows("left", disk_rows(folder))
    ui.to("right")
    ui.press("down", "up", "pagedown", "home", "space", "2", "1")
    opens(ui, ";", shows="Filter")
    opens(ui, "shift+j", shows="─ Go to")
    ui.press("shift+j")
    ui.wait_dialog("Go to")
    ui.press("ctrl+u")
    ui.terminal.type_text(silent + "in")
    ui.press("tab")
    ui.terminal.type_text("side")  # the completion never comes; typing goes on
    ui.terminal.wait_for("inside")
    ui.press("escape")
    ui.wait_no_dialog()
    opens(ui, "shift+f", shows="─ Find by name")
    opens(ui, "f1", shows="─ Help")
    ui.press("ctrl+r", "backspace")
    ui.to("left")
    ui.stand_on("a.txt")
    opens(ui, "v", shows="alpha")
    opens(ui, "i", shows="Place")
    ui.type_into("f7", "New directory", "made")
    ui.wait_current("made/")
    ui.wait_rows("left", disk_rows(folder))
    assert "Traceback" not in ui.terminal.text()


def leaves_nothing_behind(ui: Panes) -> None:
    group = ui.terminal.process.pid
    assert ui.quit() == 0

    def gone() -> bool:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    wait_until(gone)
    assert ui.terminal.restored(), ui.terminal.leftovers()


def test_a_mount_that_hangs(here: Path, folder: Path) -> None:
    program = (sys.executable, "-c", HUNG)
    hung = f"{here}/hung/"
    with opened("--no-config", folder, hung, env={}, cwd=here, program=program) as ui:
        lives(ui, folder, hung)
        leaves_nothing_behind(ui)


def test_an_endpoint_that_never_answers(here: Path, folder: Path, mute: socket.socket) -> None:
    env = {
        "AWS_ACCESS_KEY_ID": "akey",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{mute.getsockname()[1]}",
    }
    with opened("--no-config", folder, "s3://mute/", env=env, cwd=here) as ui:
        lives(ui, folder, "s3://mute/")
        leaves_nothing_behind(ui)
