"""Incremental search and filter in the panes; the dialog of a search and the pane of its results."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from textual.events import Paste

from tests.ui.rig import Driven, Rig
from tfm.ui.dialogs.find import FindDialog
from tfm.ui.dialogs.frame import Dialog
from tfm.ui.viewers.text import Viewer


def test_typing_a_search_moves_the_cursor_and_escape_brings_it_back(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f", "m", "d")
        assert it.cursor == "b9.md"
        assert "Search: md   1/2" in it.status
        await it.press("down")
        assert it.cursor == "b10.md"
        assert "2/2" in it.status
        await it.press("space", "0")
        assert it.status.startswith("Search: md 0   1/1")
        await it.press("x")
        assert "no match" in it.status
        await it.press("escape")
        assert it.cursor == "docs"
        assert it.status == ""
        assert it.app.is_running
        await it.press("slash", *"b9", "enter")
        assert it.cursor == "b9.md"
        assert it.status == ""

    rig.drive(scenario)


def test_only_rows_that_look_different_are_painted(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        painted = it.app.view.list
        await it.press("f")
        await it.pilot.pause()
        built = painted.rows_built
        await it.press("b")
        await it.pilot.pause()
        assert painted.rows_built - built <= 3, "two names with a b, and the row the cursor left"
        line = next(row for row in range(5) if it.rows()[row] == "b9.md")
        texts = [segment.text for segment in painted.render_line(line)]
        assert texts[:2] == [" ", "b"]
        await it.press("escape")
        await it.pilot.pause()
        assert len(list(painted.render_line(line))) == 1

    rig.drive(scenario)


def test_a_key_that_means_nothing_to_the_search_ends_it_and_acts(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f", *"b10", "f7")
        assert it.cursor == "b10.md"
        assert isinstance(it.app.screen, Dialog)
        await it.press("escape")
        await it.press("q")
        assert not it.app.is_running

    rig.drive(scenario)


def test_a_filter_follows_the_typing_and_is_told_in_the_footer(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("semicolon", *"*.md")
        assert it.rows() == ["docs/", "music/", "b9.md", "b10.md"]
        assert "2 of 3 files" in it.status
        await it.press("enter")
        assert "*.md" in it.app.view.footer.text
        await it.press("a")
        assert it.pane.marked_count == 2
        await it.press("semicolon", "ctrl+u", *"txt", "escape")
        assert it.rows() == ["docs/", "music/", "*b9.md", "*b10.md"], "Esc: as it was"
        await it.press("colon")
        assert it.rows() == ["docs/", "music/", "a.txt", "*b9.md", "*b10.md"]
        await it.press("semicolon", "up", "enter")
        assert it.pane.filter == "*.md", "from the history"
        await it.go("enter")
        assert it.rows() == ["deep/", "one.txt"], "another place, no filter"
        await it.go("backspace")
        assert it.pane.filter == "*.md"

    rig.drive(scenario)


def test_a_filter_reads_nothing(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        generation = it.pane.generation
        await it.press("semicolon", *"zzz", "enter")
        assert it.rows() == ["docs/", "music/"]
        await it.press("colon")
        assert it.pane.generation == generation
        await it.press("colon")
        assert "no filter" in it.status

    rig.drive(scenario)


def test_a_paste_is_typed_and_never_a_command(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f")
        it.app.post_message(Paste("b9\nq"))
        await it.until(lambda: it.cursor == "b9.md", "the first line of the paste is searched")
        await it.press("enter")
        assert it.app.is_running

    rig.drive(scenario)


def test_what_is_pasted_brings_no_control_characters(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("f7")
        it.app.post_message(Paste("new\x1b]0;evil\x07\x9b2J dir\n"))
        await it.until(lambda: "new]0;evil2J dir" in it.screen())
        await it.press("enter")
        await it.until((left / "new]0;evil2J dir").is_dir)

    rig.drive(scenario)


def dialog(it: Driven) -> FindDialog:
    top = it.app.screen
    assert isinstance(top, FindDialog)
    return top


async def searched(it: Driven, key: str, text: str, *paths: str) -> None:
    """Type into the dialog of a search, until these have been found."""
    await it.press(key, *text)
    await it.until(
        lambda: (
            sorted(hit.path for hit in dialog(it).hits) == sorted(paths)
            and (hunt := dialog(it).hunt) is not None
            and hunt.ended
        ),
        f"{paths} are found",
    )


def test_results_stream_in_while_typing_and_enter_goes_there(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await searched(it, "F", "*.txt", "a.txt", "docs/one.txt", "docs/deep/two.txt")
        assert "3 results." in it.screen()
        order = [hit.path for hit in dialog(it).hits]
        await it.press(*["down"] * order.index("docs/deep/two.txt"), "enter")
        await it.loaded()
        assert str(it.pane.place).endswith("/docs/deep")
        assert it.cursor == "two.txt"
        assert it.pane.results is None

    rig.drive(scenario)


def test_tab_searches_contents_and_the_line_is_shown(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await searched(it, "F", "beta")
        await it.press("tab")
        await it.until(lambda: len(dialog(it).hits) == 2, "two files hold the text")
        assert {(hit.path, hit.line) for hit in dialog(it).hits} == {("b9.md", 1), ("b10.md", 1)}
        assert "1: beta nine" in it.screen()
        await it.press("f2", "home", "(")
        await it.until(lambda: "no regular expression" in it.screen(), "the fault is told")
        await it.press("escape")
        assert it.app.is_running

    rig.drive(scenario)


def test_a_pane_of_results_bears_every_operation(rig: Rig, left: Path, right: Path) -> None:
    rig.settings = rig.app.settings = replace(
        rig.settings, confirm_delete=False, confirm_copy=False
    )

    async def scenario(it: Driven) -> None:
        await it.press("down", "down")
        await searched(it, "F", "txt", "a.txt", "docs/one.txt", "docs/deep/two.txt")
        await it.press("f5")
        await it.loaded()
        assert "Search: txt in" in it.app.view.header.text
        assert it.rows() == ["a.txt", "docs/deep/two.txt", "docs/one.txt"]
        await it.press("1")
        assert it.rows() == ["docs/one.txt", "docs/deep/two.txt", "a.txt"], "the order turned round"
        await it.press("a", "c")
        await it.jobs_ended()
        assert sorted(os.listdir(right)) == ["a.txt", "one.txt", "two.txt"], "under their own names"
        assert it.pane.marked_count == 0
        await it.press("home", "r", *"uno", "enter")
        await it.until(lambda: it.rows()[0] == "docs/uno.txt", "renamed, and still a result")
        assert (left / "docs" / "uno.txt").read_text() == "one"
        assert it.cursor == "docs/uno.txt"
        await it.press("k")
        await it.jobs_ended()
        await it.until(
            lambda: it.rows() == ["docs/deep/two.txt", "a.txt"], "what is gone is no row"
        )
        assert not (left / "docs" / "uno.txt").exists()
        (left / "docs" / "deep" / "two.txt").write_text("longer")
        await it.press("ctrl+r")
        await it.until(lambda: it.pane.rows.entries[0].size == 6, "looked at again")
        await it.press("semicolon", *"two", "enter")
        assert it.rows() == ["docs/deep/two.txt"]
        await it.press("enter")
        assert it.app.screen.__class__.__name__ == "Viewer"
        await it.press("escape")
        await it.go("O")
        other = it.rig.session.other
        assert str(other.place).endswith("/docs/deep"), "where the result lies"
        assert other.current is not None
        assert other.current.name == "two.txt"
        await it.go("backspace")
        assert it.pane.results is None
        assert (it.cursor, it.pane.filter) == ("a.txt", ""), "where the search began"

    rig.drive(scenario)


def test_feeding_before_the_search_is_over_goes_on_in_the_pane(
    rig: Rig, left: Path, right: Path
) -> None:
    (left / "music" / "b9.md").write_text("another")

    async def scenario(it: Driven) -> None:
        await it.press("F", *"9.md", "f5")
        await it.until(lambda: it.rows() == ["b9.md", "music/b9.md"], "the search goes on")
        await it.loaded()
        assert it.pane.taken_at is not None
        await it.press("a", "c", "enter")
        await it.jobs_ended()
        assert sorted(os.listdir(right)) == ["b9 (2).md", "b9.md"], "two of one name are both kept"
        assert (right / "b9 (2).md").read_text() == "another"

    rig.drive(scenario)


def test_results_that_are_taken_along_are_put_down_as_a_move_would(
    rig: Rig, left: Path, right: Path
) -> None:
    """A directory keeps what lies in it, though that was marked as well, and namesakes get numbers."""
    (left / "music" / "zz").mkdir()
    (left / "music" / "zz" / "zz.md").write_text("inside")
    (left / "docs" / "zz.md").write_text("docs")
    (left / "zz.md").write_text("top")

    async def scenario(it: Driven) -> None:
        await searched(it, "F", "zz", "music/zz", "music/zz/zz.md", "docs/zz.md", "zz.md")
        await it.press("f5")
        await it.loaded()
        await it.press("A")
        it.app.run_action_id("cut")
        await it.press("tab")
        it.app.run_action_id("paste")
        await it.jobs_ended()
        assert sorted(os.listdir(right)) == ["zz", "zz (2).md", "zz.md"]
        assert (right / "zz" / "zz.md").read_text() == "inside"
        assert not (left / "music" / "zz").exists()

    rig.drive(scenario)


def test_in_a_bucket_it_waits_for_enter_and_tells_the_price_of_contents(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("tab", "F", *"img")
        assert dialog(it).hunt is None
        assert "Enter searches" in it.screen()
        await it.press("enter")
        await it.until(lambda: len(dialog(it).hits) == 3, "from the flat listing")
        await it.press("tab", "ctrl+u", *"hello", "enter")
        await it.until(lambda: "This reads 4 objects, 605 bytes. Enter begins." in it.screen())
        assert dialog(it).hunt is None
        await it.press("enter")
        await it.until(lambda: [hit.path for hit in dialog(it).hits] == ["readme.txt"])
        await it.press("f5")
        await it.loaded()
        assert it.rows() == ["readme.txt"]
        assert it.pane.results is not None
        assert it.pane.results.lines == {"readme.txt": 1}
        await it.press("enter")
        viewer = it.app.screen
        assert isinstance(viewer, Viewer)
        await it.until(lambda: viewer.view.match is not None, "it stands on what was searched for")

    remote.drive(scenario)


def test_compare_marks_what_differs_and_contents_are_read_by_a_job(
    rig: Rig, left: Path, right: Path
) -> None:
    (right / "a.txt").write_text("ALPHA\n")
    (right / "b9.md").write_text("beta nine\n")
    for name in ("a.txt", "b9.md"):
        os.utime(left / name, (100, 100))
        os.utime(right / name, (100, 100))

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r")
        await it.press("w", "enter")
        assert it.rows() == ["*docs/", "*music/", "a.txt", "b9.md", "*b10.md"], "missing there"
        assert "Marked 3 rows." in it.status
        await it.press("w", "1", "2", "3", "3", "5")
        assert "different (reads both)" in it.screen()
        await it.press("enter")
        await it.jobs_ended()
        await it.until(
            lambda: it.rows() == ["docs/", "music/", "*a.txt", "b9.md", "b10.md"],
            "of one size and time, but not of one content",
        )
        await it.press("w", "6", "3", "left", "left", "enter")
        assert it.app.session.criteria.add

    rig.drive(scenario)


def test_comparing_contents_with_a_server_tells_the_price_first(remote: Rig, left: Path) -> None:
    (left / "readme.txt").write_text("hullo")

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r")
        await it.press("w", "1", "2", "3", "3", "5", "enter")
        assert it.rows()[-1] == "readme.txt"
        assert "1 object, 5 bytes" in it.screen()
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: it.rows()[-1] == "*readme.txt", "its content differs")
        assert it.pane.marked_count == 1

    remote.drive(scenario)
