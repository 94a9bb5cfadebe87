"""Incremental search and filter in the panes."""

from __future__ import annotations

from textual.events import Paste

from tests.ui.rig import Driven, Rig


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
        assert it.app.screen.__class__.__name__ == "Prompt"
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
