"""The demo at the end of a slow line: 50 kB/s, 200 ms. Everything works, and no key is lost."""

from pathlib import Path

import pytest

from tests.e2e import far_side
from tests.e2e.panes import disk_rows, opened
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

BYTES_PER_SECOND, DELAY_MS = 50_000, 200
ROWS = 60


def test_the_demo_through_a_slow_line(here: Path) -> None:
    temporary = here / "tmp"
    temporary.mkdir()
    with opened("--demo", env={"TMPDIR": str(temporary)}, cwd=here, columns=100, rows=30) as ui:
        seen = ui.wait_place("right", "s3://", 30)
        server = Server("demo", f"http://{seen.header.split()[-1]}", "demo", "demo", here)
        folder = next(temporary.iterdir()) / "Sample folder"
        many = folder / "A directory"
        many.mkdir()
        for number in range(ROWS):
            (many / f"file {number:02}.txt").write_text(str(number))
        with (folder / "0 large.bin").open("wb") as file:
            file.truncate(300 * 1024 * 1024)
        ui.wait_rows("left", disk_rows(folder))
        ui.terminal.throttle(BYTES_PER_SECOND, DELAY_MS)

        # browse, everything typed ahead: into the directory, thirty rows down, marks, pages
        ui.press("home", "enter", *["down"] * 30)
        ui.wait_current("file 30.txt")
        ui.press("space", "insert", "shift+down", "up", "pagedown", "pageup", "end")
        ui.wait_current(f"file {ROWS - 1:02}.txt")
        assert "3 of 60 marked" in ui.pane("left").footer
        ui.press("tab", "enter", *["down"] * 5)  # into demo-photos
        ui.wait_current("index.txt")

        # copy, typed ahead through the dialog
        ui.press("tab", "c", "enter")
        ui.said("Copied 3 items.")
        ui.wait_rows(
            "right",
            [
                *("2024/", "2025/", "2026/", "covers/", "to be sorted/", "index.txt"),
                *(f"file {number}.txt" for number in (30, 31, 32)),
            ],
        )
        assert far_side.body(server, "demo-photos", "file 31.txt") == b"31"
        assert ui.pane("left").marked == frozenset()

        # cancel a large upload, typed ahead: copy, panel of jobs, cancel, close
        ui.press("backspace")
        ui.wait_current("A directory/")
        ui.stand_on("0 large.bin")
        ui.press("f5", "enter", "b", "c")
        ui.terminal.wait_for("cancelled", 30)
        ui.press("escape")
        ui.wait_no_dialog()
        ui.wait(lambda: server.uploads("demo-photos") == [])
        assert "0 large.bin" not in server.keys("demo-photos")
        server.close()
        assert ui.quit() == 0
        assert ui.terminal.restored(), ui.terminal.leftovers()
