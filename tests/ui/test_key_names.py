"""Texts that name a key name the one that is bound now; an action without one is named itself."""

from __future__ import annotations

from pathlib import Path

from tests.ui.rig import Driven, Rig
from tfm.config.keymap import build_keymap

OTHERS = build_keymap(
    {"refresh": "Ctrl-T", "parent": "Left", "open": "Ctrl-E", "toggle_hidden": "none"}
)


def test_a_pane_names_the_keys_of_now(rig: Rig, left: Path, right: Path) -> None:
    (right / ".secret").write_text("x")

    async def scenario(it: Driven) -> None:
        it.app.take_keymap(OTHERS)
        await it.press("tab", "ctrl+t")
        await it.until(lambda: "“Hidden files” shows them" in it.screen())
        await it.press("tab", "home")
        await it.press("v")
        assert it.status == "This is a directory: Ctrl-E opens it."
        (left / "docs" / "one.txt").unlink()
        (left / "docs" / "deep" / "two.txt").unlink()
        (left / "docs" / "deep").rmdir()
        (left / "docs").rmdir()
        await it.press("ctrl+e")
        await it.until(lambda: "Ctrl-T tries again, Left goes up." in it.screen())

    rig.drive(scenario, (160, 40))
