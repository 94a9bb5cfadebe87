from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS, Action
from tfm.config.keymap import build_keymap
from tfm.model.location import local, parse
from tfm.session.session import Side
from tfm.ui.actions.drives import mounts
from tfm.ui.actions.table import HANDLERS
from tfm.ui.dialogs.choose import Choice, Choose
from tfm.ui.dialogs.confirm import Confirm, Notice
from tfm.ui.dialogs.form import Form, Line
from tfm.ui.dialogs.transfer import DeleteDialog
from tfm.ui.keys import KeyReader
from tfm.ui.screen import PanesScreen


def test_every_action_of_this_version_is_served_and_no_other() -> None:
    assert set(HANDLERS) == {action.id for action in ACTIONS.values() if action.available}


def test_help_lists_every_action_and_narrows_down(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("question_mark")
        assert "Shift-Up" in it.screen() or "Up" in it.screen()
        await it.press(*"by size")
        await it.pilot.pause()
        assert "Sort by size; once more" in it.screen()
        assert "Sort by name" not in it.screen()
        await it.press("enter")
        assert it.pane.order.key.value == "size"

    rig.drive(scenario)


def test_goto_reaches_both_worlds_and_says_what_is_wrong(remote: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("J", *"mem://photos/2024/", "enter")
        await it.until(lambda: it.rows()[:1] == ["img0.jpg"])
        await it.press("J", *str(left / "b9.md"), "enter")
        await it.until(lambda: it.pane.place == local(left))
        await it.loaded()
        assert it.cursor == "b9.md", "a file is shown in its directory"
        await it.press("J", *"docs", "enter")
        assert "relative" not in it.status
        await it.until(lambda: it.pane.place == local(left / "docs"))
        await it.press("J", *"/nowhere/at/all", "enter")
        await it.until(lambda: "/nowhere/at/all" in it.status)
        await it.press("J", *"s3:///", "enter")
        await it.pilot.pause()
        assert "no bucket name" in it.screen()

    remote.drive(scenario)


def test_drives_offer_home_and_root(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("d")
        assert "Home" in it.screen()
        await it.press(*"root", "enter")
        await it.until(lambda: it.pane.place == local("/"))
        await it.press("d", "escape")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario)


def test_mounts_are_read_from_the_table_alone(tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(
        "/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n/dev/sdb1 /mnt/My\\040Disk ext4 rw 0 0\n"
        "/dev/sda2 /boot vfat rw 0 0\nnas:/x /srv/nas nfs4 rw 0 0\nbroken\n"
    )
    assert mounts(str(table)) == [local("/mnt/My Disk"), local("/srv/nas")]


def test_a_confirmation_opens_on_cancel(rig: Rig) -> None:
    answers: list[bool | None] = []

    async def scenario(it: Driven) -> None:
        for keys in (
            ["enter"],
            ["right", "enter"],
            ["g"],
            ["escape"],
            ["c"],
            ["tab", "tab", "enter"],
        ):
            it.app.push_screen(Confirm("Really?", ["[bold]Go[/nope]?"], "Go"), answers.append)
            await it.pilot.pause()
            assert "[bold]Go[/nope]?" in it.screen()
            await it.press(*keys)
        assert answers == [False, True, True, None, False, False]
        it.app.push_screen(Notice("Note", ["Read this."]))
        await it.pilot.pause()
        await it.pilot.click("ButtonRow", offset=(3, 0))
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario)


def test_two_fast_keys_close_a_dialog_once_and_reach_the_panes(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        from textual import events

        for key, character in (("J", "J"), ("escape", None), ("escape", None), ("down", None)):
            it.app.post_message(events.Key(key, character))
        await it.pilot.pause()
        assert isinstance(it.app.screen, PanesScreen)
        assert it.cursor == "music"

    rig.drive(scenario)


def test_a_paste_into_the_panes_means_nothing_and_a_field_takes_one_line(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        from textual import events

        it.app.post_message(events.Paste("kd\n"))
        await it.pilot.pause()
        assert isinstance(it.app.screen, PanesScreen)
        await it.press("J", "ctrl+u")
        it.app.post_message(events.Paste(str(it.pane.place) + "/docs\nkd\n"))
        await it.press("enter")
        await it.until(lambda: it.pane.place.name == "docs")

    rig.drive(scenario)


def test_a_list_scrolls_and_takes_the_mouse(rig: Rig) -> None:
    chosen: list[int | None] = []

    async def scenario(it: Driven) -> None:
        choices = [Choice(n, f"row {n}", "note") for n in range(100)]
        dialog = Choose("Rows", choices, lines=10)
        it.app.push_screen(dialog, chosen.append)
        await it.pilot.pause()
        await it.press("pagedown", "pagedown", "down")
        assert "row 21" in it.screen()
        assert "row 0 " not in it.screen()
        await it.press("enter")
        it.app.push_screen(Choose("Rows", choices, lines=10), chosen.append)
        await it.pilot.pause()
        await it.pilot.click("ChoiceList", offset=(3, 4))
        assert chosen == [21, 4]

    rig.drive(scenario)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 60)])
def test_every_dialog_fits_the_screen(rig: Rig, right: Path, size: tuple[int, int]) -> None:
    async def scenario(it: Driven) -> None:
        for key in (
            "question_mark",
            "J",
            "d",
            "s",
            "c",
            "k",
            "r",
            "f7",
            "plus",
            "b",
            "ctrl+p",
            "f6",
        ):
            await it.press(key)
            await it.pilot.pause()
            boxes = it.app.screen.query(".dialog")
            assert boxes, key
            region = boxes.first().region
            assert it.app.screen.region.contains_region(region), (key, region)
            for child in boxes.first().displayed_children:
                assert region.contains_region(child.region), (key, child)
            await it.press("escape")
            assert isinstance(it.app.screen, PanesScreen), key

    rig.drive(scenario, size)


def test_escape_then_a_digit_within_a_moment_is_a_function_key() -> None:
    reader = KeyReader(build_keymap({}))

    def name(key: str, now: float) -> str:
        action = reader.read(key, now)
        return action.id if isinstance(action, Action) else ""

    assert name("escape", 0.0) == "cancel"
    assert name("5", 0.3) == "copy"
    assert name("escape", 1.0) == "cancel"
    assert name("3", 5.0) == "sort_size", "too late: the digit itself"
    assert name("alt+1", 6.0) == "help"
    assert name("f99", 7.0) == ""


def test_a_place_beside_the_other_pane_is_shown_short(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        header = it.app.views[Side.RIGHT].header.text
        assert "mem://photos/" in header
        assert "memory" in header
        assert parse("mem://photos/") == it.rig.session[Side.RIGHT].place

    remote.drive(scenario)


def test_a_list_that_fits_shows_all_its_rows_wherever_it_begins(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        it.app.push_screen(Choose("Rows", [Choice(n, f"row {n}") for n in range(6)], at=4))
        await it.pilot.pause()
        assert "row 0" in it.screen()
        assert "row 5" in it.screen()

    rig.drive(scenario)


def test_a_delete_says_meanwhile_that_it_asks_whether_it_can_be_undone(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        dialog = DeleteDialog([*it.pane.picked()])
        it.app.push_screen(dialog)
        await it.until(lambda: "Asking whether it can be undone …" in it.screen())
        dialog.fate("This is permanent.")
        await it.until(lambda: "This is permanent." in it.screen())
        assert "Asking whether" not in it.screen()

    rig.drive(scenario, (80, 24))


def test_in_a_form_the_first_letter_replaces_what_stands_in_any_line(rig: Rig) -> None:
    lines = (Line("one", "One", "first"), Line("two", "Two", "second"), Line("three", "Three", "3"))
    given: list[Mapping[str, str] | None] = []

    async def scenario(it: Driven) -> None:
        it.app.push_screen(Form("A form", lines), given.append)
        await it.press("a", "down", "b", "down", "end", "c", "up", "right", "d", "enter")

    rig.drive(scenario)
    assert given == [{"one": "a", "two": "bd", "three": "3c"}]


def test_a_choice_is_turned_and_never_edited(rig: Rig) -> None:
    lines = (Line("way", "Way", "left", choices=("left", "right")),)
    given: list[Mapping[str, str] | None] = []

    async def scenario(it: Driven) -> None:
        it.app.push_screen(Form("A form", lines), given.append)
        await it.press("r", "l", "backspace", "enter")

    rig.drive(scenario)
    assert given == [{"way": "left"}]
