import os
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events

from tests.ui.rig import Driven, Rig
from tfm.config.settings import Settings
from tfm.model.location import local, parse
from tfm.session.session import Side
from tfm.storage.vfs import Vfs


def test_both_panes_show_their_directory(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert it.rows() == ["docs/", "music/", "a.txt", "b9.md", "b10.md"]
        seen = it.screen()
        assert "docs/" in seen
        assert "Empty directory" in seen
        assert "2 dirs, 3 files, 106 bytes, 1 hidden" in seen
        assert "14:05:09" in seen, "the time of the listing"
        assert "5Copy" in seen
        assert all(len(line) <= 120 for line in seen.splitlines())

    rig.drive(scenario)


def test_cursor_keys_and_edges(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("down", "down", "down")
        assert it.cursor == "b9.md"
        await it.press("end")
        assert it.cursor == "b10.md"
        await it.press("down", "pagedown")
        assert it.cursor == "b10.md"
        await it.press("home", "up", "pageup")
        assert it.cursor == "docs"

    rig.drive(scenario)


def test_enter_and_backspace_land_on_the_child(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("enter")
        assert it.rows() == ["deep/", "one.txt"]
        await it.go("enter")
        assert it.rows() == ["two.txt"]
        await it.go("backspace")
        assert it.cursor == "deep"
        await it.go("backspace", "down")
        await it.go("enter", "backspace")
        assert it.cursor == "music"

    rig.drive(scenario)


def test_left_and_right_change_the_pane_or_go_up(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        here = it.pane.place
        await it.go("right")
        assert it.pane is it.rig.session[Side.RIGHT]
        await it.go("left")
        assert it.pane is it.rig.session[Side.LEFT]
        assert it.pane.place == here
        await it.go("left")
        assert it.pane.place == here.parent
        assert it.cursor == "left"

    rig.drive(scenario)


def test_backspace_in_a_bucket_lists_the_buckets_with_the_cursor_on_it(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("tab")
        assert it.rows() == ["2024/", "readme.txt"]
        await it.go("enter")
        assert it.rows() == ["img0.jpg", "img1.jpg", "img2.jpg"]
        await it.go("backspace", "backspace")
        assert it.rows() == ["aaa/", "photos/", "zzz/"]
        assert it.cursor == "photos"
        await it.go("backspace")
        assert it.pane.place == parse("mem://"), "the top is the top"

    remote.drive(scenario)


def test_marks_show_without_colours_too(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("down", "down", "space", "insert")
        assert it.rows() == ["docs/", "music/", "*a.txt", "*b9.md", "b10.md"]
        await it.pilot.pause()
        assert "*a.txt" in it.screen()
        assert "2 of 5 marked, 16 bytes of 106 bytes" in it.screen()
        await it.press("shift+up", "asterisk")
        assert it.rows() == ["*docs/", "*music/", "a.txt", "b9.md", "b10.md"]
        await it.press("a")
        assert it.rows() == ["*docs/", "*music/", "*a.txt", "*b9.md", "*b10.md"]
        await it.press("A")
        assert not it.pane.marked_count

    rig.drive(scenario)


def test_marks_by_pattern(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("plus", *"*.md", "enter")
        await it.pilot.pause()
        assert it.rows() == ["docs/", "music/", "a.txt", "*b9.md", "*b10.md"]
        assert it.status == "Marked 2 rows."
        await it.press("minus", *"b9*", "enter")
        assert it.rows() == ["docs/", "music/", "a.txt", "b9.md", "*b10.md"]

    rig.drive(scenario)


def test_from_mark_to_mark_round_the_ends(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("ctrl+down")
        assert (it.cursor, it.status) == ("docs", "Nothing is marked.")
        await it.press("down", "space", "down", "down", "space", "home")
        assert it.rows() == ["docs/", "*music/", "a.txt", "b9.md", "*b10.md"]
        for key, cursor in (
            ("ctrl+down", "music"),
            ("ctrl+down", "b10.md"),
            ("ctrl+down", "music"),
            ("ctrl+up", "b10.md"),
            ("ctrl+up", "music"),
        ):
            await it.press(key)
            assert it.cursor == cursor
        await it.press("end", "space", "g", "n")
        assert it.cursor == "music"
        await it.press("g", "p")
        assert (it.cursor, it.status) == ("music", "No other row is marked.")

    rig.drive(scenario)


def test_sorting_by_keys_and_by_menu(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("3")
        assert it.rows()[2:] == ["a.txt", "b9.md", "b10.md"]
        await it.press("3")
        assert it.rows()[2:] == ["b10.md", "b9.md", "a.txt"]
        await it.pilot.pause()
        assert "Size▼" in it.screen()
        await it.press("s", "1")
        assert it.rows()[2:] == ["a.txt", "b9.md", "b10.md"]
        await it.press("s", "escape", "2")
        assert it.rows()[2:] == ["b9.md", "b10.md", "a.txt"]

    rig.drive(scenario)


def test_hidden_files(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("down", "down", "full_stop")
        assert ".hidden" in it.rows()
        assert it.cursor == "a.txt"
        await it.press("full_stop")
        assert ".hidden" not in it.rows()

    rig.drive(scenario)


def test_the_other_pane_follows_and_is_followed(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("enter")
        await it.go("O")
        assert it.rig.session[Side.RIGHT].place == local(left / "docs")
        await it.go("backspace", "tab", "o")
        assert it.rig.session[Side.RIGHT].place == local(left)
        assert it.cursor == "docs"

    rig.drive(scenario)


def test_a_directory_that_cannot_be_read_says_so_and_backspace_works(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        (left / "music").rmdir()
        await it.go("down", "enter")
        assert it.pane.error is not None
        assert "Backspace goes up" in it.screen()
        await it.go("backspace")
        assert it.rows()[0] == "docs/"
        assert "music/" not in it.rows()

    quiet = replace(Settings(), file_monitoring_enabled=False)
    Rig(rig.left, rig.right, settings=quiet).drive(scenario)


def test_refresh_asks_again(rig: Rig, right: Path) -> None:
    async def scenario(it: Driven) -> None:
        (right / "new").write_text("")
        await it.go("tab", "ctrl+r")
        assert it.rows() == ["new"]

    rig.drive(scenario)


def test_changes_of_ours_show_in_both_panes(left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f7", *"made", "enter")
        await it.until(lambda: "made/" in it.rows(Side.LEFT) and "made/" in it.rows(Side.RIGHT))
        assert it.cursor == "made"

    quiet = replace(Settings(), file_monitoring_enabled=False)
    Rig(local(left), local(left), settings=quiet).drive(scenario)


def test_local_changes_of_others_show_by_themselves(rig: Rig, right: Path) -> None:
    async def scenario(it: Driven) -> None:
        assert it.rig.vfs.facets(it.rig.right).watch is not None

        def another() -> bool:  # the watch may begin a moment after the listing
            (right / f"f{len(os.listdir(right))}").write_text("")
            return bool(it.rows(Side.RIGHT))

        await it.until(another, "a file of somebody else shows up")

    rig.drive(scenario)


def test_a_remote_pane_is_not_read_at_start_unless_it_was_named(left: Path) -> None:
    scans: list[object] = []

    class Counting(Vfs):
        def scan(self, directory, **options):  # type: ignore[no-untyped-def]
            scans.append(directory)
            return super().scan(directory, **options)

    vfs = Counting()
    vfs.mkdir(parse("mem://photos/"))

    async def scenario(it: Driven) -> None:
        await it.until(lambda: scans)
        assert scans == [local(left)]
        assert "Not read yet" in it.screen()
        await it.go("tab")
        assert parse("mem://photos/") in scans

    Rig(local(left), parse("mem://photos/"), vfs=vfs, given=frozenset()).drive(scenario)


def test_the_ratio_changes_and_no_line_is_torn(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        for key in ("left_square_bracket", "left_square_bracket", "right_square_bracket"):
            await it.go(key)
        assert it.app.views[Side.LEFT].size.width == round(120 * 0.45)
        await it.go("vertical_line")
        assert it.app.views[Side.LEFT].size.width == 60
        assert all(len(line) <= 120 for line in it.screen().splitlines())

    rig.drive(scenario)


def test_the_mouse_chooses_opens_scrolls_and_sorts(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.pilot.click(offset=(5, 4))
        assert it.cursor == "a.txt"
        await it.pilot.click(offset=(70, 10))
        assert it.rig.session.active is Side.RIGHT
        await it.pilot.click(offset=(5, 2), times=2)
        await it.loaded()
        assert it.pane.place.name == "docs"
        await it.go("backspace")
        view = it.app.views[Side.LEFT]
        at = view.titles.text.index("Size")
        await it.pilot.click(offset=(at, 1))
        assert it.pane.order.key.value == "size"
        view.list.post_message(
            events.MouseScrollDown(view.list, 1, 1, 0, 0, 0, False, False, False)
        )
        await it.pilot.pause()
        assert it.cursor == "b9.md"
        await it.pilot.click(offset=(5, 39))
        assert "Help" in it.screen()

    rig.drive(scenario)


def test_keys_of_later_actions_say_so_and_escape_digit_is_an_f_key(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("p")
        assert it.status == "Not in this version yet: pack."
        await it.press("escape")
        assert it.status == ""
        await it.press("escape", "7")
        assert "New directory" in it.screen()
        await it.press("escape")
        assert "New directory" not in it.screen()

    rig.drive(scenario)


def test_state_is_saved_on_the_way_out(rig: Rig, tmp_path: Path, left: Path) -> None:
    from tfm.config.state import load_state

    async def scenario(it: Driven) -> None:
        await it.go("enter", "3", "3", "full_stop", "tab", "right_square_bracket")
        await it.press("q")
        await it.pilot.pause()

    rig.state_file = tmp_path / "state" / "state.json"
    again = Rig(rig.left, rig.right, state_file=rig.state_file)
    again.drive(scenario)
    state, notice = load_state(rig.state_file)
    assert state is not None
    assert not notice
    assert state.left.place == str(local(left / "docs"))
    assert (state.left.sort, state.left.reverse, state.left.hidden) == ("size", True, True)
    assert state.right.hidden is False
    assert (state.active, state.ratio) == ("right", 0.55)
    assert again.app.return_code == 0


def test_backspace_lands_on_the_link_that_was_entered(rig: Rig, left: Path) -> None:
    (left / "link").symlink_to("docs")

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r")
        it.pane.land_on(("link", False))
        await it.go("enter")
        assert it.pane.place == local(left / "link")
        assert it.rows() == ["deep/", "one.txt"]
        await it.go("backspace")
        assert it.cursor == "link"

    rig.drive(scenario)


def test_without_colours_no_colour_is_sent(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Rig(rig.left, rig.right)

    async def scenario(it: Driven) -> None:
        await it.press("down", "space", "J")
        await it.pilot.pause()
        assert "*music/" in it.screen()
        for strip in it.app.screen._compositor.render_strips():
            for segment in strip:
                style = segment.style
                colours = (style.color, style.bgcolor) if style is not None else ()
                assert all(c is None or c.is_default for c in colours), segment

    plain.drive(scenario)
