"""Duplicates, links, permissions and times from the screen."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.session.session import Side
from tfm.ui.actions.reasons import why_not


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_duplicate_one_under_a_name_and_several_under_free_ones(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("down", "down", "comma", "d")
        await it.pilot.pause()
        assert "a (2).txt" in it.screen()
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: it.cursor == "a (2).txt")
        assert (left / "a (2).txt").read_text() == "alpha\n"
        await it.press("home", "space", "down", "space", "comma", "d")
        await it.jobs_ended()
        await it.until(lambda: "docs (2)/" in it.rows())
        assert (left / "docs (2)" / "deep" / "two.txt").read_text() == "two"
        assert "a (2).txt" in it.rows()

    rig.drive(scenario)


def test_a_name_with_control_characters_is_harmless_in_a_field_and_stays_what_it_is(
    rig: Rig, left: Path, right: Path
) -> None:
    evil = "z\x1b]0;evil\x07.txt"
    (left / evil).write_bytes(b"x")
    (right / evil).write_bytes(b"other")

    def drawn(it: Driven) -> str:
        field = it.app.screen.query_one(Input)
        return field.render_line(0).text

    async def scenario(it: Driven) -> None:
        await it.press("end", "comma", "d")
        await it.until(lambda: "Name of the copy" in it.screen())
        assert "z␛]0;evil␇ (2).txt" in drawn(it)
        await it.press("enter")
        await it.jobs_ended()
        assert (left / "z\x1b]0;evil\x07 (2).txt").read_bytes() == b"x"
        await it.until(lambda: it.cursor.endswith(" (2).txt"))
        await it.press("up" if it.rows()[-1].endswith(" (2).txt") else "down", "c", "enter")
        await it.until(lambda: getattr(it.app.screen, "ready", False))
        await it.press("r")
        await it.until(lambda: "Another name" in it.screen())
        assert "z␛]0;evil␇.txt" in drawn(it)
        await it.press("escape")

    rig.drive(scenario)


def test_links_go_to_the_other_pane(rig: Rig, left: Path, right: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("down", "down", "comma", "l")
        await it.until(lambda: "Hard" in it.screen())
        await it.press("r")
        await it.jobs_ended()
        await it.until(lambda: it.rows(Side.RIGHT) == ["a.txt"])
        assert (right / "a.txt").readlink() == Path("../left/a.txt")
        await it.press("comma", "l")
        await it.until(lambda: "Hard" in it.screen())
        await it.press("h")
        await it.jobs_ended()
        await it.until(lambda: "already there" in it.status or "exists" in it.status)

    rig.drive(scenario)


def test_permissions_and_time(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "a")
        await it.until(lambda: "only what is named" in it.screen())
        await it.press("f2", *"u=rwX,go=", "enter")
        await it.jobs_ended()
        await it.until(lambda: mode_of(left / "docs" / "deep" / "two.txt") == 0o600)
        assert mode_of(left / "docs" / "deep") == 0o700
        await it.press("down", "down", "comma", "a")
        await it.until(lambda: "Permissions of" in it.screen())
        await it.press(*"u+q", "enter")
        await it.pilot.pause()
        assert "Write 755" in it.screen()
        await it.press("escape", "comma", "n")
        await it.until(lambda: "nothing for now" in it.screen())
        await it.press(*"2001-02-03", "enter")
        await it.jobs_ended()
        await it.until(lambda: (left / "a.txt").stat().st_mtime < 1e9)

    rig.drive(scenario, (80, 24))


def test_owner_and_group(rig: Rig, left: Path) -> None:
    import grp

    here = grp.getgrgid(os.getegid())

    async def scenario(it: Driven) -> None:
        await it.press("down", "down", "comma", "a", "tab")
        await it.until(lambda: "now " in it.screen())
        assert here.gr_name in it.screen()
        await it.press(*"no such user", "enter")
        await it.until(lambda: "There is no user no such user" in it.screen())
        await it.press("ctrl+u", ":", *here.gr_name[:-1])
        await it.until(lambda: f"{here.gr_name}" in it.screen())
        await it.press("tab")
        await it.until(lambda: f":{here.gr_name}" in it.screen())
        before = mode_of(left / "a.txt")
        await it.press("enter")
        await it.jobs_ended()
        assert (left / "a.txt").stat().st_gid == here.gr_gid
        assert mode_of(left / "a.txt") == before

    rig.drive(scenario, (80, 24))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")
def test_a_tree_given_away_by_number_and_its_mode_in_one_go(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "a")
        await it.until(lambda: "only what is named" in it.screen())
        await it.press("f2", *"u=rwX,go=", "down", *"1234:2345", "enter")
        await it.jobs_ended()
        for path in (left / "docs", left / "docs" / "deep" / "two.txt"):
            facts = path.stat()
            assert (facts.st_uid, facts.st_gid) == (1234, 2345)
        assert mode_of(left / "docs" / "deep") == 0o700

    rig.drive(scenario, (40, 10))


def test_a_place_that_cannot_says_why(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("tab", "end", "comma", "a")
        await it.until(lambda: "keeps no permissions" in it.status)
        await it.press("comma", "n")
        await it.until(lambda: "keeps no permissions or times" in it.status)
        await it.press("comma", "l")
        await it.until(lambda: "knows no links" in it.status)

    remote.drive(scenario)


def test_menus_say_so_without_asking_the_place(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        told = {
            name: why_not(it.app, ACTIONS[name]) for name in ("link", "permissions", "set_time")
        }
        assert told["link"].startswith("keys have no links")
        assert not told["permissions"]
        await it.press("tab")
        assert why_not(it.app, ACTIONS["permissions"]).startswith("keys have no permissions")
        assert why_not(it.app, ACTIONS["undo_rename"]) == "nothing was renamed in bulk yet"

    remote.drive(scenario)
