"""A terminal of the C locale gets nothing but ASCII, on whatever is open."""

from pathlib import Path

import pytest

from tests.e2e.panes import opened

pytestmark = [pytest.mark.e2e]

OPENS = {
    "f5": "+- Copy",
    "f1": "+- Help",
    "s": "+- Sort by",
    "i": "[ Close ]",
    "v": "alpha > beta",
    "shift+l": "Log: ",
}


def test_nothing_but_ascii_leaves_for_the_terminal(here: Path) -> None:
    (here / "naïve – 読書.txt").write_text("alpha → beta\n")
    (here / "odd\x1b[31m\n.txt").write_text("x\n")
    env = {"LC_ALL": "C", "TERM": "xterm"}
    with opened("--no-config", here, here, env=env, cwd=here, columns=80, rows=24) as ui:
        ui.terminal.wait_for("na?ve - ????.txt")
        assert "odd?[31m?.txt" in ui.terminal.text()
        for number, (key, shown) in enumerate(OPENS.items()):
            if number == len(OPENS) // 2:
                ui.terminal.resize(40, 10)
            ui.press(key)
            ui.terminal.wait_for(shown)
            ui.press("escape")
            ui.terminal.wait_gone(shown)
        assert "\ufffd" not in ui.terminal.text()
        assert ui.terminal.transcript.isascii(), ui.terminal.text()
        ui.press("q")
        ui.terminal.wait_for("Quit")
        ui.press("enter")
        assert ui.terminal.wait_exit() == 0
