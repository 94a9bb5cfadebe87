"""New directories and files from the screen: one, or several in one prompt."""

from __future__ import annotations

from pathlib import Path

from textual import events

from tests.ui.rig import Driven, Rig
from tfm.ui.screen import PanesScreen


def test_one_name_a_line(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f7", *"one", "down", *"two/deep", "down", *"thre", "up", "down", *"e")
        await it.pilot.pause()
        assert "two/deep" in it.screen()
        await it.press("enter")
        await it.until(lambda: it.status == "Made 3 items.")
        assert it.cursor == "one"
        for name in ("one", "two/deep", "three"):
            assert (left / name).is_dir()

    rig.drive(scenario, (80, 24))


def test_pasted_lines_are_names_and_what_fails_is_told(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("E")
        it.app.post_message(events.Paste("new.txt\na.txt\nsub/x.md\n"))
        await it.pilot.pause()
        await it.press("enter")
        await it.until(lambda: "Made 2 items; 1 not" in it.status)
        assert "a.txt is already there" in it.status
        assert (left / "a.txt").read_text() == "alpha\n"
        assert (left / "sub/x.md").read_bytes() == b""

    rig.drive(scenario)


def test_lines_can_be_taken_back_and_bad_ones_are_told(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f7", "enter")
        await it.pilot.pause()
        assert "Type a name." in it.screen()
        await it.press(*"a/../b", "down", *"x", "enter")
        await it.pilot.pause()
        assert "a/../b: .. cannot be a name." in it.screen()
        await it.press("backspace", "backspace", "ctrl+u", *"x", "down", *"x", "enter")
        await it.pilot.pause()
        assert "there twice" in it.screen()
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)
        assert sorted(p.name for p in left.iterdir() if p.is_dir()) == ["docs", "music"]

    rig.drive(scenario)
