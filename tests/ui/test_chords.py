"""Keys pressed one after the other, and the panel that says what may follow."""

import re

import pytest

from tests.ui.rig import Driven, Rig
from tfm.config.keymap import build_keymap
from tfm.config.rules import Binding
from tfm.ui.keys import KeyReader, Refused
from tfm.ui.menus import MenuBar
from tfm.ui.screen import PanesScreen


def test_the_reader_collects_a_chord_and_escape_ends_it() -> None:
    reader = KeyReader(build_keymap({"copy": "t t", "mark": Binding(("t s",), "required")}))

    def name(key: str, now: float = 0.0, *, marked: bool = False) -> str:
        found = reader.read(key, now, marked=marked)
        return found.told if isinstance(found, Refused) else found.id

    assert (name("t"), reader.prefix) == ("", "t")
    assert (name("t"), reader.prefix) == ("copy", "")
    name("t")
    assert (name("escape"), reader.prefix) == ("", ""), "it ends the chord and cancels nothing"
    name("t")
    assert name("f5") == "t F5: nothing is on these keys."
    assert name("down") == "cursor_down"
    name("t")
    assert name("s") == "Mark: mark something first (t s), or choose it from the menu."
    name("t")
    assert name("s", marked=True) == "mark"
    name("t")
    reader.forget()
    assert name("down") == "cursor_down"


def test_a_chord_typed_at_once_shows_no_panel_and_loses_no_key(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        it.app.which_key._after = 0.0
        await it.press("g", "e", "up", "space")
        marked = [name for name in it.rows() if name.startswith("*")]
        assert len(marked) == 1
        assert it.rows()[-2] == marked[0]

    rig.drive(scenario)


def test_the_panel_says_what_may_follow(rig: Rig) -> None:
    rig.app.which_key._after = 0.01

    async def scenario(it: Driven) -> None:
        await it.press("end")
        await it.press("g")
        await it.until(lambda: "g … (Esc: nothing)" in it.screen(), "the panel")
        assert "First row" in it.screen()
        assert "Last row" in it.screen()
        await it.press("escape")
        await it.pilot.pause()
        assert "First row" not in it.screen()
        await it.press("g", "x")
        await it.pilot.pause()
        assert it.status == "g x: nothing is on these keys."
        await it.press("g")
        await it.until(lambda: "First row" in it.screen(), "the panel")
        await it.press("g")
        await it.pilot.pause()
        assert it.cursor == it.rows()[0].rstrip("/")
        assert "First row" not in it.screen()

    rig.drive(scenario, (80, 24))


def test_a_dialog_ends_what_was_begun(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "g")
        it.app.run_action_id("menu")
        await it.pilot.pause()
        assert isinstance(it.app.screen, MenuBar)
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)
        await it.press("g")
        assert it.cursor != it.rows()[0].rstrip("/"), "g begins anew"
        await it.press("g")
        assert it.cursor == it.rows()[0].rstrip("/")

    rig.drive(scenario)


@pytest.mark.parametrize("size", [(80, 24), (40, 10)], ids=["80x24", "40x10"])
def test_nothing_that_may_follow_is_left_out_unsaid(rig: Rig, size: tuple[int, int]) -> None:
    rig.app.which_key._after = 0.01

    async def scenario(it: Driven) -> None:
        await it.press("comma")
        await it.until(lambda: it.app.which_key.display)
        titles = [title for _, title in it.app.keymap.after("comma")]
        screen = it.screen()
        missing = [
            title
            for title in titles
            if not re.search(rf" {re.escape(title)}(  |$)", screen, re.MULTILINE)
        ]
        if size == (80, 24):
            assert missing == []
        else:
            assert f"{len(missing)} more: F1" in screen

    rig.drive(scenario, size=size)
