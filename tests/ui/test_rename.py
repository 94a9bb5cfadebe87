"""Bulk rename on the screen: preview, refusals, the job, and back again."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig
from tests.ui.test_outside import Kept
from tfm.ops.rename_text import Part
from tfm.ui.dialogs import rename
from tfm.ui.dialogs.rename import RenameDialog


def names(left: Path) -> list[str]:
    return sorted(path.name for path in left.iterdir() if not path.name.startswith("."))


def dialog_of(it: Driven) -> RenameDialog:
    assert isinstance(it.app.screen, RenameDialog)
    return it.app.screen


def test_several_marks_are_renamed_by_a_rule_and_back(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("a", "r", *r"b(\d+)", "tab", *r"n\1-\d")
        await it.until(lambda: "n9-2.md" in it.screen() and "n10-3.md" in it.screen())
        assert "2 of 3 get another name." in it.screen()
        assert "UNCHANGED" in it.screen()
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: "n9-2.md" in it.rows())
        assert it.status == "Renamed 2 items."
        assert names(left) == ["a.txt", "docs", "music", "n10-3.md", "n9-2.md"]
        assert (left / "n9-2.md").read_text() == "beta nine\n"
        await it.press("ctrl+p", *"undo the bulk", "enter")
        await it.until(lambda: "old name back?" in it.screen())
        await it.press("enter")
        await it.until(lambda: "b9.md" in it.rows())
        assert names(left) == ["a.txt", "b10.md", "b9.md", "docs", "music"]

    rig.drive(scenario)


def test_what_cannot_be_is_refused(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("A", "r", *"^(docs|music)$", "tab", *"x")
        await it.until(lambda: "CONFLICT" in it.screen())
        await it.press("enter")
        await it.pilot.pause()
        assert "2 of them would be x." in it.screen()
        assert isinstance(it.app.screen, RenameDialog)
        await it.press("escape")
        assert not it.rig.jobs.snapshot()

    rig.drive(scenario)


def test_numbers_may_take_names_that_become_free(rig: Rig, left: Path) -> None:
    for name in ("n1", "n2", "n3"):
        (left / name).write_text(name)

    async def scenario(it: Driven) -> None:
        await it.press("a", "minus", *"*.*", "enter", "r", *r"\d", "tab", *r"\d")
        await it.until(lambda: "n3" in it.screen() and "UNCHANGED" in it.screen())
        assert it.rows()[-3:] == ["*n1", "*n2", "*n3"]
        await it.press("ctrl+u", *r"\d{3-1}", "enter")
        await it.jobs_ended()
        told = {path.name: path.read_text() for path in left.iterdir() if path.name[0] == "n"}
        assert told == {"n1": "n3", "n2": "n2", "n3": "n1"}

    rig.drive(scenario)


def test_a_hidden_neighbour_is_a_conflict_and_enter_shows_it(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "space", "up", "up", "space", "r")
        await it.press(*"a.txt", "tab", *".hidden")
        await it.until(lambda: "1 cannot" in it.screen())
        await it.press("enter")
        await it.pilot.pause()
        assert ".hidden is already there." in it.screen()
        assert not it.rig.jobs.snapshot()
        await it.press("ctrl+u", *"a/b")
        await it.until(lambda: "INVALID" in it.screen())
        await it.press("enter")
        await it.pilot.pause()
        assert "A name cannot hold a slash." in it.screen()

    rig.drive(scenario)


def test_switches_and_help(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("a", "r")
        dialog = dialog_of(it)
        await it.press("f2", "f3", "f4")
        assert (dialog.part, dialog.ignore_case, dialog.literal) == (Part.STEM, True, True)
        await it.pilot.pause()
        assert "without extension · F3 any case · F4 plain text" in it.screen()
        await it.press(*"B", "tab", *"c", "shift+tab", "end", *"9")
        assert dialog.find.value == "B9"
        await it.until(lambda: "c.md" in it.screen())
        await it.press("f1")
        await it.pilot.pause()
        assert "running number" in it.screen()
        await it.press("escape", "f4", "backspace", "backspace", *"(")
        await it.until(lambda: "Not a regular expression" in it.screen())
        await it.press("enter")
        assert dialog_of(it) is dialog

    rig.drive(scenario)


def test_an_expression_without_end_is_broken_off(rig: Rig, left: Path) -> None:
    (left / ("a" * 200 + "!")).write_text("")

    async def scenario(it: Driven) -> None:
        await it.press("a", "r")
        begun = time.monotonic()
        await it.press(*"(a|aa)+$")
        await it.until(lambda: "takes too long" in it.screen())
        assert time.monotonic() - begun < 5
        await it.press("ctrl+u", *"b9")
        await it.until(lambda: "1 of 4 get another name" in it.screen())

    rig.drive(scenario)


def test_many_names_are_made_in_slices_and_enter_waits_for_them(
    rig: Rig, left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rename, "_SLICE", -1.0)
    for number in range(40):
        (left / f"f{number}").write_text("")

    async def scenario(it: Driven) -> None:
        await it.press("a", "r", *"^f", "tab", *"g")
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: it.status == "Renamed 40 items.")
        assert (left / "g39").exists()

    rig.drive(scenario)


def in_the_editor(rig: Rig, program: str) -> None:
    """An editor that does with the names what a line of Python says."""
    rig.settings = rig.app.settings = replace(
        rig.settings, text_editor=(sys.executable, "-c", f"import sys, pathlib\n{program}")
    )
    rig.app.handover = Kept()


SWAPS = "pathlib.Path(sys.argv[1]).write_text('new.txt\\nb10.md\\nb9.md\\n')"


def test_names_are_changed_in_the_editor_and_swapped(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("a")
        assert it.rows()[2:] == ["*a.txt", "*b9.md", "*b10.md"]
        in_the_editor(rig, SWAPS)
        await it.press("comma", "v")
        await it.until(lambda: it.status == "Renamed 3 items.")
        assert names(left) == ["b10.md", "b9.md", "docs", "music", "new.txt"]
        assert (left / "b10.md").read_text() == "beta nine\n"

    rig.drive(scenario)


def _says(it: Driven, told: str) -> bool:
    return told in it.status


def test_lines_that_are_no_names_rename_nothing(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        for program, told in (
            ("pathlib.Path(sys.argv[1]).write_text('one\\n')", "1 line for 3 names"),
            ("pathlib.Path(sys.argv[1]).write_text('x\\nx\\ny\\n')", "2 of them would be x. (1"),
            ("sys.exit(3)", "ended with a fault"),
            ("pass", "Every name stays"),
        ):
            in_the_editor(rig, program)
            await it.press("comma", "v")
            await it.until(partial(_says, it, told), told)
        assert names(left) == ["a.txt", "b10.md", "b9.md", "docs", "music"]

    async def marked(it: Driven) -> None:
        await it.press("a")
        await scenario(it)

    rig.drive(marked)
