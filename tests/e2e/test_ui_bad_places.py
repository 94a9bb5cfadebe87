"""A pane that cannot show its place says what is wrong and what to do; the other one goes on working."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.panes import Panes, disk_rows, opened
from tests.servers.server import Server, free_port

pytestmark = [pytest.mark.e2e]

NEXT = "Ctrl-R tries again"
WITHOUT_RIGHTS = """
import ctypes, os, sys
if os.geteuid() == 0:  # root reads everything; without these two capabilities it does not
    libc = ctypes.CDLL(None)
    for capability in (1, 2):
        assert libc.prctl(24, capability, 0, 0, 0) == 0, "cannot drop a capability"
os.execv(sys.executable, [sys.executable, "-m", "tfm", *sys.argv[1:]])
"""


@pytest.fixture
def folder(here: Path) -> Path:
    directory = here / "folder"
    directory.mkdir()
    (directory / "a.txt").write_text("a\n")
    return directory


def told(ui: Panes, *words: str, seconds: float = 20.0) -> str:
    """Wait until the right pane says all this and what to press; its text in one line."""

    def text() -> str:
        return " ".join(ui.pane("right").text.split())

    ui.wait(
        lambda: all(word in text() for word in (*words, NEXT)), seconds, f"right pane says {words}"
    )
    return text()


def the_other_works(ui: Panes, folder: Path) -> None:
    """The left pane can be used, with the right one as it is; nothing ends as a traceback."""
    if ui.active != "left":
        ui.to("left")
    name = f"made {len(list(folder.iterdir()))}"
    ui.type_into("f7", "New directory", name)
    ui.wait_current(f"{name}/")
    ui.wait_rows("left", disk_rows(folder))
    assert "Traceback" not in ui.terminal.text()


def test_buckets_that_are_not_there(
    ministack_server: Server, new_bucket: Callable[[Server], str], here: Path, folder: Path
) -> None:
    bucket = new_bucket(ministack_server)
    ministack_server.client().put_object(Bucket=bucket, Key="here.txt", Body=b"x")
    env = ministack_server.environment()
    with opened("--no-config", folder, "s3://no-such-bucket/", env=env, cwd=here) as ui:
        told(ui, "no-such-bucket")
        the_other_works(ui, folder)
        ui.to("right")
        ui.go("s3://Not a Bucket/x/")
        told(ui, "Not a Bucket")
        ui.go(str(here / "nowhere"))
        ui.said("nowhere")
        ui.go("gopher://x")
        told(ui, "gopher://", "s3://")
        ui.go(f"s3://{bucket}/")
        ui.wait_rows("right", ["here.txt"])
        ui.go(f"s3://{bucket}/no/such/prefix/")
        told(ui, "there is no such directory")
        ui.go("s3://no-such-bucket/")
        told(ui, "no-such-bucket")
        ui.press("backspace")
        ui.wait(lambda: f"{bucket}/" in ui.pane("right").names)
        assert ui.quit() == 0


def test_no_credentials(ministack_server: Server, here: Path, folder: Path) -> None:
    env = {"AWS_ENDPOINT_URL": ministack_server.endpoint_url, "AWS_REGION": "us-east-1"}
    with opened("--no-config", folder, "s3://some-bucket/", env=env, cwd=here) as ui:
        text = told(ui, "credentials").lower()
        assert "aws_access_key_id" in text or "aws configure" in text or "--profile" in text, text
        the_other_works(ui, folder)
        assert ui.quit() == 0


def test_an_endpoint_that_is_down(here: Path, folder: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    env = {
        "AWS_ACCESS_KEY_ID": "akey",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
    }
    with opened("--no-config", folder, "s3://some-bucket/", env=env, cwd=here) as ui:
        the_other_works(ui, folder)  # also while the right one still tries
        told(ui, "endpoint cannot be reached", "--endpoint-url", seconds=30)
        the_other_works(ui, folder)
        ui.stand_on("a.txt")
        ui.order("f5", "Copy", "enter")
        ui.said("failed", 40)
        assert (folder / "a.txt").read_text() == "a\n"
        assert ui.quit() == 0
        assert b"very-secret" not in ui.terminal.transcript


def test_a_directory_that_may_not_be_read(here: Path, folder: Path) -> None:
    locked = here / "locked"
    locked.mkdir()
    (locked / "secret").touch()
    locked.chmod(0o000)
    program = (sys.executable, "-c", WITHOUT_RIGHTS)
    with opened("--no-config", folder, here, env={}, cwd=here, program=program) as ui:
        ui.wait_rows("right", ["folder/", "locked/"])
        ui.to("right")
        ui.stand_on("locked/")
        ui.press("enter")
        text = told(ui, "locked")
        assert "permission" in text.lower(), text
        the_other_works(ui, folder)
        ui.to("right")
        ui.press("backspace")
        ui.wait_current("locked/")
        assert ui.quit() == 0
