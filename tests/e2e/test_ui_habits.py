"""Hands that come from elsewhere: Midnight Commander, vim, and the letters of the earlier program.

Each habit is a walk in the real program: every key does what those hands expect, none is dead.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.panes import Panes, disk_rows, opened

pytestmark = [pytest.mark.e2e]


@contextmanager
def _habit(here: Path, preset: str) -> Iterator[tuple[Panes, Path, Path]]:
    left, right = here / "left", here / "right"
    (left / "docs").mkdir(parents=True)
    right.mkdir()
    for name in ("a.txt", "b.txt", "c.log", "d.md"):
        (left / name).write_text(f"{name}\n" * 3)
    (left / "docs" / "inner.txt").write_text("inner")
    config = here / "config.py"
    config.write_text(f"KEY_PRESET = {preset!r}\n")
    config.chmod(0o600)
    env = {"EDITOR": "true", "PS1": "$ "}
    with opened("--config", config, left, right, env=env, cwd=here) as ui:
        ui.wait_rows("left", disk_rows(left))
        yield ui, left, right


def test_midnight_commander(tmp_path: Path) -> None:
    with _habit(tmp_path, "norton") as (ui, left, right):
        ui.press("down", "insert", "insert")
        ui.wait(lambda: ui.pane("left").marked == {"a.txt", "b.txt"})
        ui.order("f5", "Copy", "enter")
        ui.wait_rows("right", ["a.txt", "b.txt"])
        ui.press("plus")
        ui.wait_dialog("Mark")
        ui.terminal.type_text("*.log")
        ui.press("enter")
        ui.wait(lambda: ui.pane("left").marked == {"c.log"})
        ui.order("f6", "Move", "enter")
        ui.wait_rows("right", ["a.txt", "b.txt", "c.log"])
        assert not (left / "c.log").exists()
        ui.press("f7")
        ui.wait_dialog("New directory")
        ui.terminal.type_text("made")
        ui.press("enter")
        ui.wait_rows("left", ["docs/", "made/", "a.txt", "b.txt", "d.md"])
        ui.wait_current("made/")
        ui.press("ctrl+o")
        ui.terminal.wait_for("Any key: back to tfm")
        ui.terminal.wait_gone("10Quit")
        ui.press("ctrl+o")
        ui.wait_current("made/")
        ui.press("f9")
        ui.terminal.wait_for("Parent directory")
        ui.press("escape")
        ui.terminal.wait_gone("Parent directory")
        ui.press("f2")
        ui.wait_dialog("Programs")
        ui.press("escape")
        ui.wait_no_dialog()
        ui.stand_on("a.txt")
        ui.press("f3")
        ui.terminal.wait_gone("10Quit")
        ui.press("f10")
        ui.wait_current("a.txt")
        ui.stand_on("made/")
        ui.order("f8", "Delete", "left", "enter")
        ui.wait_rows("left", ["docs/", "a.txt", "b.txt", "d.md"])
        ui.order_no_wait("f10", "Quit", "enter")
        assert ui.terminal.wait_exit() == 0
        assert sorted(os.listdir(right)) == ["a.txt", "b.txt", "c.log"]


def test_vim(tmp_path: Path) -> None:
    with _habit(tmp_path, "vim") as (ui, left, right):
        ui.press("G")
        ui.wait_current("d.md")
        ui.press("g", "g")
        ui.wait_current("docs/")
        ui.press("j", "j", "k")
        ui.wait_current("a.txt")
        ui.press("k", "l")
        ui.wait_rows("left", ["inner.txt"])
        ui.press("h")
        ui.wait_current("docs/")
        ui.press("/")
        ui.terminal.type_text("c.l")
        ui.wait_current("c.log")
        ui.press("enter", "y", "y")
        ui.said("taken along to be copied: p p puts it")
        ui.to("right")
        ui.press("p", "p")
        ui.wait_rows("right", ["c.log"])
        ui.to("left")
        ui.press("G", "d", "d")
        ui.said("taken along to be moved")
        ui.to("right")
        ui.press("p", "p")
        ui.wait_rows("right", ["c.log", "d.md"])
        assert not (left / "d.md").exists()
        ui.press("g")
        ui.terminal.wait_for("g … (Esc: nothing)")
        ui.press("escape")
        ui.terminal.wait_gone("g … (Esc: nothing)")
        ui.press(":")
        ui.wait_dialog("Do what?")
        ui.press("q", "enter")
        ui.wait_dialog("Quit")
        ui.press("enter")
        assert ui.terminal.wait_exit() == 0
        assert sorted(os.listdir(right)) == ["c.log", "d.md"]


def test_letters_of_the_earlier_program(tmp_path: Path) -> None:
    with _habit(tmp_path, "default") as (ui, left, right):
        ui.press("a")
        ui.wait(lambda: len(ui.pane("left").marked) == 4)
        ui.press("a", "down", "space")
        ui.wait(lambda: ui.pane("left").marked == {"a.txt"})
        ui.order("c", "Copy", "enter")
        ui.wait_rows("right", ["a.txt"])
        ui.order("m", "New directory", "escape")
        ui.press("space")
        ui.wait(lambda: ui.pane("left").marked == {"b.txt"})
        ui.order("m", "Move", "enter")
        ui.wait_rows("right", ["a.txt", "b.txt"])
        ui.order("s", "Sort by", "3")
        ui.press("1")
        ui.press("f")
        ui.terminal.type_text("d.m")
        ui.wait_current("d.md")
        ui.press("enter", "r")
        ui.wait_dialog("Rename")
        ui.press("end", "ctrl+u")
        ui.terminal.type_text("e.md")
        ui.press("enter")
        ui.wait_rows("left", ["docs/", "a.txt", "c.log", "e.md"])
        for key, title in (("j", "Favourites"), ("d", "Drives and buckets"), ("h", "History")):
            ui.order(key, title, "escape")
        ui.press("o")
        ui.wait_rows("left", ["a.txt", "b.txt"])
        ui.order("?", "Help: keys and what they do", "escape")
        ui.order("Z", "Settings", "escape")
        ui.order_no_wait("q", "Quit", "enter")
        assert ui.terminal.wait_exit() == 0
        assert sorted(os.listdir(left)) == ["a.txt", "c.log", "docs", "e.md"]
        assert sorted(os.listdir(right)) == ["a.txt", "b.txt"]
