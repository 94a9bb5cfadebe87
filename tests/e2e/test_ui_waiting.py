"""A bucket that keeps somebody waiting: the first page is there, keys work, leaving stops the rest."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import far_side
from tests.e2e.panes import Panes, opened
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

KEYS, LIMIT = 21, 0.050
"""Key presses measured, and seconds from a key to its effect on the screen (the median)."""


def seconds_to_effect(ui: Panes, key: str, name: str) -> float:
    """From the write of a key until the cursor is drawn on that row, below or above where it was."""
    row = 2 + ui.here.names.index(name)
    column = len(ui.terminal.screen()[0]) // 2 + 2
    before = ui.terminal.cell(row, column).bg
    began = time.monotonic()
    ui.press(key)
    ui.terminal.wait_for(lambda _lines: ui.terminal.cell(row, column).bg != before)
    return time.monotonic() - began


def test_the_second_page_is_held(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    here: Path,
) -> None:
    bucket, proxy = new_bucket(moto_server), proxy_for(moto_server)
    far_side.put_all(moto_server, bucket, {f"many/{n:04}": b"" for n in range(2100)})
    hold = Hold("response")
    proxy.rule("ListObjectsV2", hold, page=2, bucket=bucket)
    with opened("--no-config", here, f"s3://{bucket}/", env=proxy.environment(), cwd=here) as ui:
        ui.wait_rows("right", ["many/"])
        ui.to("right")
        proxy.reset()
        ui.press("enter")
        hold.wait_reached()
        ui.wait(lambda: ui.pane("right").names[:2] == ("0000", "0001"))
        ui.terminal.wait_for("Loading… 1,000")
        assert "Esc stops" in ui.pane("right").footer
        took = [seconds_to_effect(ui, "down", f"{n:04}") for n in range(1, KEYS + 1)]
        assert statistics.median(took) <= LIMIT, took
        ui.press("space", "end")  # marks and pages work as well, in what is there
        ui.wait_current("0999")
        ui.press("backspace")
        ui.wait_current("many/")
        ui.wait_rows("right", ["many/"])
        hold.release()
        proxy.wait_for("ListObjectsV2", 2, done=True)
        ui.terminal.wait_quiet(0.5)
        proxy.expect({"ListObjectsV2": 2})
        ui.press("enter")  # what was left half-way is not taken for a whole listing
        ui.wait_place("right", f"s3://{bucket}/many/ ")
        assert "2,100 files" in ui.pane("right").footer
        proxy.expect({"ListObjectsV2": 5})
        assert ui.quit() == 0


def test_keys_typed_ahead_of_a_slow_bucket(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    here: Path,
) -> None:
    bucket, proxy = new_bucket(moto_server), proxy_for(moto_server)
    far_side.put_all(moto_server, bucket, {f"slow/{n:02}": b"" for n in range(12)})
    with opened("--no-config", here, f"s3://{bucket}/", env=proxy.environment(), cwd=here) as ui:
        ui.wait_rows("right", ["slow/"])
        ui.to("right")
        hold = Hold()
        proxy.rule("ListObjectsV2", hold, bucket=bucket)
        ui.press("enter", *["down"] * 5)
        hold.wait_reached()
        ui.terminal.wait_for("Loading…")
        ui.press("down", "down", "up")
        ui.press("tab")  # the other pane does not wait
        ui.wait(lambda: ui.active == "left")
        ui.press("tab")
        ui.wait(lambda: ui.active == "right")
        hold.release()
        ui.wait_current("06")
        ui.press("backspace")
        ui.wait_current("slow/")
        assert ui.quit() == 0
