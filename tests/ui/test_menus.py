"""Ways to an action that are not its key: palette, menu bar, the menu of a row."""

from dataclasses import replace

import pytest

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS, GROUPS
from tfm.model.location import parse
from tfm.session.session import Side
from tfm.storage.vfs import Vfs
from tfm.ui.menus import MenuBar, Popup
from tfm.ui.screen import PanesScreen


def test_the_palette_finds_by_letters_and_keys_and_remembers(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("ctrl+p", *"everyth", "enter")
        assert it.pane.marked_count == 5
        await it.press("ctrl+p")
        await it.pilot.pause()
        first = next(line for line in it.screen().splitlines() if "Mark everything" in line)
        assert "Shift-A" in first, "used last: the first row"
        assert it.screen().index("Mark everything") < it.screen().index("Page up")
        await it.press("4", "enter")
        assert it.pane.order.key.value == "time", "a key alone is its action"
        await it.press("ctrl+p", *"sub dir", "escape")
        await it.press("ctrl+p", *"unpa", "enter")
        await it.pilot.pause()
        assert "Unpack: not in this version yet" in it.screen()
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario)


def test_the_menu_bar_walks_all_actions(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        seen = set()
        await it.press("f9")
        for _ in GROUPS:
            assert isinstance(it.app.screen, MenuBar)
            await it.pilot.pause()
            for row in it.app.screen.list.rows:
                seen.add(row.value)
                assert row.label in ACTIONS[str(row.value)].title
                assert row.note.split("  ")[0] in it.app.keymap.labels_of(str(row.value))
            region = it.app.screen.query_one(".popup").region
            assert it.app.screen.region.contains_region(region)
            await it.press("right")
        assert seen == set(ACTIONS)
        await it.press("left", "right", "down", "up", "up", "home", "l", "enter")
        assert it.cursor == "b10.md", "Last row, by its first letter"
        await it.press("f9", "f9")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario, (80, 24))


def test_the_mouse_opens_menus_and_chooses(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.pilot.click("FKeyBar", offset=(97, 0))
        await it.pilot.pause()
        await it.pilot.click("#menu-titles", offset=(16, 0))
        await it.pilot.pause()
        assert isinstance(it.app.screen, MenuBar)
        box = it.app.screen.query_one(".popup").region
        assert "Mark by pattern" in it.screen()
        row = next(n for n, each in enumerate(it.app.screen.list.rows) if each.value == "mark_all")
        await it.pilot.click(offset=(box.x + 3, box.y + 1 + row))
        await it.pilot.pause()
        assert it.pane.marked_count == 5
        await it.press("f9")
        await it.pilot.click(offset=(100, 30))
        await it.pilot.pause()
        assert isinstance(it.app.screen, PanesScreen), "a click outside leaves"

    rig.drive(scenario)


def test_the_right_button_opens_the_menu_of_the_row(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.pilot.click("FileList", offset=(5, 2), button=3)
        await it.pilot.pause()
        assert isinstance(it.app.screen, Popup)
        assert it.cursor == "a.txt"
        await it.press("m", "m")
        current = it.app.screen.list.current
        assert current is not None
        assert current.label.startswith("M")
        await it.press("escape")
        await it.press("comma", "comma")
        await it.pilot.pause()
        assert isinstance(it.app.screen, Popup)
        box = it.app.screen.query_one(".popup").region
        assert it.app.screen.region.contains_region(box)
        await it.press("escape")

    rig.drive(scenario, (80, 24))


@pytest.mark.parametrize("size", [(40, 10), (24, 6)])
def test_menus_survive_a_tiny_screen(rig: Rig, size: tuple[int, int]) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f9", "right", "right", "right", "end")
        await it.pilot.pause()
        await it.press("escape", "comma", "comma", "end")
        await it.pilot.pause()
        assert isinstance(it.app.screen, Popup)
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario, size)


def test_what_cannot_be_done_is_grey_with_the_reason(remote: Rig) -> None:
    remote.session.active = Side.RIGHT
    remote.session[Side.RIGHT].place = parse("mem://")

    async def scenario(it: Driven) -> None:
        await it.press("f9", "right", "right")
        await it.pilot.pause()
        assert isinstance(it.app.screen, MenuBar)
        reasons = {row.value: row.why_not for row in it.app.screen.list.rows}
        assert reasons["rename"] == "buckets stay as they are"
        assert reasons["paste"] == "nothing was taken along yet"
        assert reasons["unpack"] == "not in this version yet"
        assert reasons["view"] == "this is a directory"
        assert not reasons["copy"]
        await it.press("r", "enter")
        await it.pilot.pause()
        assert isinstance(it.app.screen, MenuBar), "it is not tried"
        assert "buckets stay as they are" in it.screen()

    remote.drive(scenario)


def test_the_words_of_amazon_lead_to_the_actions(rig: Rig) -> None:
    titles = {
        "glacier": "Restore from the archive",
        "presign": "Link to share",
        "multipart": "Unfinished uploads",
        "kms": "Encryption",
        "acl": "Access",
        "undelete": "Deleted files",
        "lifecycle": "Bucket settings",
    }

    async def scenario(it: Driven) -> None:
        for word, title in titles.items():
            await it.press("ctrl+p", *word)
            await it.pilot.pause()
            assert title in it.screen(), word
            await it.press("escape")

    rig.drive(scenario)


def test_the_menu_of_a_row_has_what_only_objects_have(on_s3: OnS3) -> None:
    async def menu_of_row(it: Driven) -> list[object]:
        await it.press("comma", "comma")
        await it.until(lambda: isinstance(it.app.screen, Popup))
        assert isinstance(it.app.screen, Popup)
        rows = [row.value for row in it.app.screen.list.rows]
        await it.press("escape")
        return rows

    async def scenario(it: Driven) -> None:
        rows = await menu_of_row(it)
        assert {"versions", "share_link", "edit_tags", "storage_class"} < set(rows)
        assert "bucket_settings" not in rows
        await it.go("backspace")
        rows = await menu_of_row(it)
        assert "edit_tags" in rows, "of a directory, for all inside"
        assert "share_link" not in rows
        await it.go("backspace")
        rows = await menu_of_row(it)
        assert rows[-3:] == ["bucket_settings", "storage_cost", "empty_bucket"]

    on_s3.rig.drive(scenario)


def test_in_a_read_only_program_changes_are_grey(rig: Rig) -> None:
    closed = replace(rig, vfs=Vfs(read_only=True))

    async def scenario(it: Driven) -> None:
        await it.press("end", "comma", "comma")
        await it.pilot.pause()
        assert isinstance(it.app.screen, Popup)
        reasons = {row.value: row.why_not for row in it.app.screen.list.rows}
        why = "nothing is changed: tfm runs with --read-only"
        assert reasons["delete"] == reasons["mkdir"] == why
        assert not reasons["view"]
        await it.press("escape", "f8")
        assert isinstance(it.app.screen, PanesScreen)
        assert it.status == "Nothing is changed: tfm runs with --read-only."

    closed.drive(scenario)


def test_take_along_and_put_down(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("y", "v")
        assert it.status == "Nothing was taken along yet."
        await it.press("end", "y", "y")
        assert it.status.startswith("b10.md taken along to be copied: y v puts it")
        await it.press("tab", "y", "v")
        await it.jobs_ended()
        assert it.rows(Side.RIGHT) == ["b10.md"]
        await it.press("tab", "up", "y", "x", "tab", "y", "v")
        await it.jobs_ended()
        assert it.rows(Side.RIGHT) == ["b9.md", "b10.md"]
        assert "b9.md" not in it.rows(Side.LEFT), "moved"
        await it.press("y", "v")
        assert it.status == "Nothing was taken along yet.", "what was moved is moved once"

    rig.drive(scenario)


def test_a_menu_says_how_much_of_it_there_is_no_room_for(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "comma", "comma")
        await it.until(lambda: isinstance(it.app.screen, Popup))
        rows = len(it.app.screen.list.rows)  # type: ignore[attr-defined]
        shown = it.app.size.height - 3
        await it.until(lambda: f" {rows - shown} more below" in it.screen())
        await it.press("end")
        await it.until(lambda: "more below" not in it.screen())

    rig.drive(scenario, (80, 12))
