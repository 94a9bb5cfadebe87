"""Every way the screen ends, and what is left then: the terminal as it was, no server, no upload."""

import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.panes import Panes, opened
from tests.e2e.program import wait_until
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

MIB = 1024 * 1024
SECONDS = 5.0
"""From the signal to the end of the process."""
HANGUP = "the terminal is closed"


def end(ui: Panes, how: signal.Signals | str) -> None:
    """End it that way; the status and, where there still is one, the state of the terminal."""
    if isinstance(how, str):
        ui.terminal.close()
        status = ui.terminal.process.wait(SECONDS)
        assert status in (128 + signal.SIGHUP, -signal.SIGHUP)
        return
    ui.terminal.signal(how)
    assert ui.terminal.wait_exit(SECONDS) == 128 + how
    assert ui.terminal.restored(), ui.terminal.leftovers()
    assert "Traceback" not in ui.terminal.text()


def nobody_listens(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) != 0


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, HANGUP])
def test_the_demo_takes_its_server_along(here: Path, how: signal.Signals | str) -> None:
    temporary = here / "tmp"
    temporary.mkdir()
    with opened("--demo", env={"TMPDIR": str(temporary)}, cwd=here, columns=80, rows=24) as ui:
        url = f"http://{ui.wait_place('right', 's3://', 30).header.split()[-1]}"
        assert not nobody_listens(url)
        end(ui, how)
        wait_until(lambda: nobody_listens(url), SECONDS)
        assert list(temporary.iterdir()) == []


def upload_in_flight(ui: Panes, part: Hold) -> None:
    """Copy the only row to the bucket; back when its second part is under way."""
    ui.wait_rows("right", [])
    ui.order("c", "Copy", "enter")
    part.wait_reached(20)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, HANGUP, signal.SIGKILL])
def test_an_upload_in_flight_is_offered_at_the_next_start(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    here: Path,
    home: Path,
    how: signal.Signals | str,
) -> None:
    bucket, proxy, folder = new_bucket(moto_server), proxy_for(moto_server), here / "up"
    folder.mkdir()
    with (folder / "large.bin").open("wb") as file:
        file.truncate(60 * MIB)
    part = Hold()
    proxy.rule("UploadPart", part, nth=2)
    places = ("--no-config", folder, f"s3://{bucket}/")
    with opened(*places, env=proxy.environment(), cwd=here) as ui:
        upload_in_flight(ui, part)
        if how is signal.SIGKILL:
            ui.terminal.signal(how)
            ui.terminal.process.wait(SECONDS)
        else:
            end(ui, how)
    assert len(moto_server.uploads(bucket)) == 1
    assert len(list(home.rglob("tfm/jobs/*.jsonl"))) == 1
    assert proxy.count("AbortMultipartUpload") == 0
    part.release()
    with opened(*places, env=proxy.environment(), cwd=here) as ui:
        ui.terminal.wait_for(lambda lines: any("Interrupted jobs" in line for line in lines))
        told = f"upload of s3://{bucket}/large.bin"
        ui.terminal.wait_for(lambda lines: any(told in line for line in lines))
        ui.press("enter")
        ui.wait_rows("right", ["large.bin"])
        wait_until(lambda: list(home.rglob("tfm/jobs/*.jsonl")) == [], SECONDS)
    assert moto_server.uploads(bucket) == []
    assert moto_server.keys(bucket) == ["large.bin"]
    assert [file.name for file in folder.iterdir()] == ["large.bin"]


@pytest.mark.parametrize("answers", [True, False])
def test_an_upload_in_flight_is_aborted_or_named_when_one_quits(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    here: Path,
    answers: bool,
) -> None:
    bucket, proxy, log = new_bucket(moto_server), proxy_for(moto_server), here / "log"
    folder = here / "up"
    folder.mkdir()
    with (folder / "large.bin").open("wb") as file:
        file.truncate(60 * MIB)
    part = Hold()
    proxy.rule("UploadPart", part, nth=2)
    if not answers:
        proxy.rule("AbortMultipartUpload", Hold())
    with opened(
        "--no-config", "--log", log, folder, f"s3://{bucket}/", env=proxy.environment(), cwd=here
    ) as ui:
        upload_in_flight(ui, part)
        began = time.monotonic()
        ui.press("q")
        ui.terminal.wait_for(lambda lines: any("not finished yet" in line for line in lines))
        ui.press("q")
        assert ui.terminal.wait_exit(SECONDS) == 0
        asked = proxy.wait_for("AbortMultipartUpload").started - began
        assert asked < SECONDS - 3, f"asked after {asked:.1f} s: 3 s to answer do not fit any more"
        told = f"s3://{bucket}/large.bin"
        if answers:
            assert proxy.open_uploads() == []
            assert moto_server.uploads(bucket) == []
            assert told not in ui.terminal.text()
        else:
            lines = [line for line in log.read_text().splitlines() if "unfinished" in line]
            assert any(told in line for line in lines), log.read_text()[-2000:]
            shown = ui.terminal.text().replace("\n", "")
            assert "left unfinished" in shown
            assert told in shown
    assert moto_server.keys(bucket) == []
    assert [file.name for file in folder.iterdir()] == ["large.bin"]


def test_ctrl_c_is_a_key_and_windows_change_their_size(here: Path) -> None:
    folder = here / "folder"
    folder.mkdir()
    for number in range(60):
        (folder / f"f{number:02}").touch()
    with opened("--no-config", folder, folder, env={}, cwd=here) as ui:
        terminal = ui.terminal
        ui.wait_current("f00")
        ui.press(*["ctrl+c"] * 3)
        ui.press(*["down"] * 40)
        ui.wait_current("f40")
        assert terminal.process.poll() is None
        ui.order("f5", "Copy", "ctrl+c")
        for columns, rows in ((80, 24), (200, 60), (20, 5), (1, 1), (120, 3), (120, 40)):
            mark = terminal.mark()
            terminal.resize(columns, rows)
            terminal.wait_for(lambda _lines, mark=mark: terminal.bytes_since(mark) > 0)  # type: ignore[misc]
            if columns > 1 and rows > 4:
                where = "f40"
                terminal.wait_for(
                    lambda lines, where=where: any(where in line for line in lines)  # type: ignore[misc]
                )
            terminal.wait_quiet(0.1)
        ui.wait_current("f40")
        ui.press("down")
        ui.wait_current("f41")
        assert "10Quit" in terminal.text()
        terminal.resize(20, 5)
        terminal.wait_quiet(0.2)
        ui.press("q")
        terminal.wait_quiet(0.2)
        ui.press("enter")
        assert terminal.wait_exit() == 0
        assert terminal.restored(), terminal.leftovers()
