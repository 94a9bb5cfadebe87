"""The bar of function keys follows what can be done where the cursor stands."""

from dataclasses import replace
from pathlib import Path
from string import ascii_letters

import pytest

from tests.ui.rig import Driven, Rig
from tfm.config.keymap import build_keymap
from tfm.config.rules import Binding
from tfm.model.location import parse
from tfm.session.session import Side
from tfm.ui.panels.fkeys import FKey


def muted(it: Driven) -> str:
    """The digits of the keys that are shown as useless."""
    lines = [field.render_line(0) for field in it.app.fkeys.fields]
    muted_ones = [line for line in lines if line._segments[0].style == it.app.palette.bar_muted]
    return "".join(line.text.strip(ascii_letters + " ") for line in muted_ones)


def painted(it: Driven, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The keys that are painted from now on."""
    keys: list[int] = []
    refresh = FKey.refresh

    def note(field: FKey) -> FKey:
        keys.append(field.number)
        return refresh(field)

    monkeypatch.setattr(FKey, "refresh", note)
    assert it.app.fkeys.fields
    return keys


def test_the_bar_follows_the_row(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(it: Driven) -> None:
        assert it.cursor == "docs"
        assert muted(it) == "34", "a directory is neither viewed nor edited"
        keys = painted(it, monkeypatch)
        await it.press("down")
        assert not keys, "a directory again: nothing of the bar is painted"
        await it.press("down")
        assert muted(it) == ""
        assert keys == [3, 4]
        await it.press("down", "space")
        assert keys == [3, 4]
        await it.press("tab")
        assert muted(it) == "34568", "an empty pane"
        await it.press("tab")
        assert muted(it) == ""

    rig.drive(scenario)


def test_the_bar_follows_the_place(remote: Rig) -> None:
    storage = remote.vfs._storages[parse("mem://").root]
    storage.facets = replace(storage.facets, containers=None)

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
