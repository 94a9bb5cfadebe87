"""The bar of function keys follows what can be done where the cursor stands."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.geometry import Region

from tests.ui.rig import Driven, Rig
from tfm.config.keymap import build_keymap
from tfm.config.rules import Binding
from tfm.model.location import parse
from tfm.session.session import Side


def muted(it: Driven) -> str:
    """The digits of the keys that are shown as useless."""
    bar, found = it.app.fkeys, ""
    for segment in bar.render_line(0):
        word = segment.text.strip()
        if word.isdigit() and segment.style == bar._palette.bar_muted:
            found += word
    return found


def painted(it: Driven, monkeypatch: pytest.MonkeyPatch) -> list[Region]:
    """What of the bar is painted from now on."""
    regions: list[Region] = []
    refresh = it.app.fkeys.refresh

    def note(*told: Region, **how: bool) -> object:
        regions.extend(told or (Region(0, 0, 120, 1),))
        return refresh(*told, **how)

    monkeypatch.setattr(it.app.fkeys, "refresh", note)
    return regions


def test_the_bar_follows_the_row(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(it: Driven) -> None:
        assert it.cursor == "docs"
        assert muted(it) == "34", "a directory is neither viewed nor edited"
        regions = painted(it, monkeypatch)
        await it.press("down")
        assert not regions, "a directory again: nothing of the bar is painted"
        await it.press("down")
        assert muted(it) == ""
        assert regions == [Region(24, 0, 12, 1), Region(36, 0, 12, 1)]
        await it.press("down", "space")
        assert len(regions) == 2
        await it.press("tab")
        assert muted(it) == "34568", "an empty pane"
        await it.press("tab")
        assert muted(it) == ""

    rig.drive(scenario)


def test_the_bar_follows_the_place(remote: Rig) -> None:
    storage = remote.vfs._storages[parse("mem://").root]
    storage.features = replace(storage.features, makes_containers=False)

    async def scenario(it: Driven) -> None:
        await it.press("tab", "end")
        assert muted(it) == ""
        await it.go("backspace")
        assert it.pane.place == parse("mem://")
        assert muted(it) == "34678", "buckets stay as they are, and none is made"
        await it.go("comma", "comma")
        reasons = {row.value: row.why_not for row in it.app.screen.list.rows}  # type: ignore[attr-defined]
        assert reasons["mkdir"] == "tfm makes no buckets"
        assert reasons["view"] == "this is a directory"
        await it.go("escape", "J", *"mem://photos/readme.txt", "enter")
        assert muted(it) == ""
        await it.press("tab")
        assert muted(it) == "34"

    remote.drive(scenario)


def test_the_words_follow_the_marks(rig: Rig) -> None:
    keys = {
        "rename": Binding(("F6",), selection="none"),
        "move": Binding(("F6",), selection="required"),
    }

    async def scenario(it: Driven) -> None:
        it.app.take_keymap(build_keymap(keys))
        await it.press("end")
        assert "6Rename" in it.screen()
        await it.press("space")
        await it.pilot.pause()
        assert "6Move" in it.screen()

    rig.drive(scenario)


def test_without_colours_the_digits_tell(
    left: Path, right: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfm.model.location import local

    monkeypatch.setenv("NO_COLOR", "1")
    rig = Rig(local(left), local(right))

    async def scenario(it: Driven) -> None:
        assert muted(it) == "34"
        assert it.app.palette.bar_key.bold
        assert not it.app.palette.bar_muted.bold
        assert it.app.session.active is Side.LEFT

    rig.drive(scenario)
