"""Moving about: history, favourites, bookmarks, tabs, and what outlives the program."""

from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig, write
from tfm.config.memory import Memory, View, load_memory, merge_memory
from tfm.config.settings import Settings
from tfm.config.state import load_state
from tfm.model.location import local, parse
from tfm.model.order import SortKey
from tfm.session.recall import Recall
from tfm.session.session import Side
from tfm.storage.vfs import Vfs
from tfm.ui import keeper
from tfm.ui.settled import session_of


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("one/inner", "two", "three"):
        (tmp_path / "tree" / name).mkdir(parents=True)
    for name in "abc":
        (tmp_path / "tree" / "one" / f"{name}.txt").write_text(name)
    return tmp_path / "tree"


def rig(tree: Path, **more: object) -> Rig:
    vfs = Vfs()
    vfs.mkdir(parse("mem://bucket/"))
    write(vfs, "mem://bucket/logs/today.txt")
    return Rig(local(tree), parse("mem://bucket/"), vfs=vfs, **more)  # type: ignore[arg-type]


def test_back_forward_and_history_lead_through_both_worlds(tree: Path) -> None:
    async def scenario(d: Driven) -> None:
        await d.go("enter", "enter")  # one/inner
        assert d.pane.place == local(tree / "one/inner")
        await d.go("alt+left", "left_parenthesis")
        assert d.pane.place == local(tree)
        await d.go("alt+right")
        assert (d.pane.place, d.cursor) == (local(tree / "one"), "inner")
        await d.go("tab", "enter", "h")
        assert "today.txt" in d.rows(Side.RIGHT)
        await d.go("enter")  # the first row is where one was before
        assert d.pane.place == local(tree / "one")
        await d.go("h", *"buc", "enter")
        assert d.pane.place == parse("mem://bucket/logs/")
        await d.go("h", *"buc", "delete", "escape")
        assert parse("mem://bucket/") not in d.app.recall.history()

    rig(tree).drive(scenario)


def test_a_favourite_is_added_found_and_removed(tree: Path) -> None:
    async def scenario(d: Driven) -> None:
        await d.go("tab", "enter", "j", *"add this", "enter")
        await d.go(*"Ours", "enter")
        assert "Ours is a favourite now" in d.status
        await d.go("backspace", "j", *"ours", "enter")
        assert d.pane.place == parse("mem://bucket/logs/")
        await d.go("j", *"temp", "delete")
        assert "config.py" in d.screen()
        await d.go("escape", "j", *"ours", "delete", "escape")
        assert d.app.recall.memory.favorites == ()

    rig(tree).drive(scenario)


def test_a_letter_brings_back_the_place_and_the_row(tree: Path) -> None:
    async def scenario(d: Driven) -> None:
        await d.press("apostrophe")
        assert "no bookmark yet" in d.status
        await d.go("enter", "end", "B", "q", "backspace", "tab", "apostrophe")
        assert "c.txt" in d.screen()
        await d.go("q")
        assert (d.pane.place, d.cursor) == (local(tree / "one"), "c.txt")
        await d.go("apostrophe", "z")
        assert "Nothing is kept under z" in d.screen()

    rig(tree).drive(scenario)


def test_tabs_of_a_pane_and_panes_that_change_places(tree: Path) -> None:
    async def scenario(d: Driven) -> None:
        assert "[1]" not in d.screen()
        await d.go("t", "enter", "t")
        assert d.screen().startswith(" 1  2 [3] ")
        await d.go("greater_than_sign")
        assert (d.pane.place, d.rows()) == (local(tree), ["one/", "three/", "two/"])
        await d.go("less_than_sign", "less_than_sign", "T")
        assert (d.pane.place, len(d.app.session.tabs(Side.LEFT))) == (local(tree), 2)
        await d.pilot.click("#left", offset=(4, 0))
        await d.loaded()
        assert (d.pane.place, d.app.session.tab(Side.LEFT)) == (local(tree / "one"), 1)
        await d.go("ctrl+u")
        assert d.app.session[Side.RIGHT].place == local(tree / "one")
        assert d.rows(Side.LEFT) == ["logs/"]
        assert "1 [2] " in d.screen().splitlines()[0][60:]
        # the watch and the changes go with the pane
        (tree / "one" / "new.txt").touch()
        d.app.vfs.touch(local(tree / "one"))
        await d.until(lambda: "new.txt" in d.rows(Side.RIGHT))

    rig(tree).drive(scenario)


def test_the_second_press_brings_only_the_cursor(tree: Path) -> None:
    async def scenario(d: Driven) -> None:
        await d.go("enter", "O", "space", "end", "tab")
        assert d.cursor == "inner"
        await d.press("space", "o")
        assert (d.cursor, d.pane.marked_count) == ("c.txt", 1)

    rig(tree).drive(scenario)


def test_what_changes_is_saved_while_the_program_runs_and_merged_at_its_end(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "SAVE_AFTER", 1000.0)
    state, memory = tmp_path / "state.json", tmp_path / "places.json"
    one = rig(tree, state_file=state, memory_file=memory)

    async def scenario(d: Driven) -> None:
        await d.go("enter", "end", "4", "t", "backspace")
        assert d.app.keeper.pending
        d.app.keeper.save_now()
        await d.until(lambda: load_memory(memory)[0].visits)
        saved, _ = load_state(state)
        assert saved is not None
        assert [tab.place for tab in saved.left.tabs] == [str(tree / "one"), str(tree)]
        assert (saved.left.tab, saved.left.tabs[0].cursor) == (1, "c.txt")
        # another instance
        merge_memory(memory, [lambda m: m.viewed("/theirs", View("x"))])
        await d.go("1", "end")
        assert d.cursor == "two"
        d.app.leave()

    one.drive(scenario)
    kept, notice = load_memory(memory)
    assert not notice
    assert kept.views[str(tree / "one")] == View("c.txt", "time")
    assert kept.views["/theirs"] == View("x")
    saved, _ = load_state(state)
    assert saved is not None
    assert saved.left.cursor == "two/"

    again = session_of(saved, Recall(kept), Settings())
    assert [str(tab.place) for tab in again.tabs(Side.LEFT)] == [str(tree / "one"), str(tree)]
    assert again.tabs(Side.LEFT)[0].order.key is SortKey.TIME


def test_a_place_opens_as_it_was_left_before_the_last_start(tree: Path) -> None:
    one = str(tree / "one")
    recall = Recall(Memory().viewed(one, View("b.txt", "name", True)))

    async def scenario(d: Driven) -> None:
        await d.go("enter")
        assert d.cursor == "b.txt"
        assert d.rows() == ["inner/", "c.txt", "b.txt", "a.txt"]

    rig(tree, recall=recall).drive(scenario)


def test_a_typed_place_is_completed_in_both_worlds(tree: Path) -> None:
    async def scenario(d: Driven) -> None:
        async def field(wanted: str) -> None:
            await d.until(lambda: f" {wanted} " in d.screen(), wanted)

        await d.press("J", "end", *"o", "tab")
        await field(f"{tree}/one/")
        await d.press(*"a", "tab", "enter")
        await d.until(lambda: d.cursor == "a.txt")
        await d.press("J", "ctrl+u", *"../t", "tab")
        await d.until(lambda: "2 begin so." in d.screen())
        await d.press("tab")
        await field("../three/")
        await d.press("tab", "enter")
        await d.until(lambda: d.pane.place == local(tree / "two"))
        await d.loaded()
        await d.press("J", *"mem://b", "tab")
        await field("mem://bucket/")
        await d.press("tab")
        await field("mem://bucket/logs/")
        await d.press(*"x", "tab")
        await d.until(lambda: "Nothing begins so." in d.screen())
        await d.press("backspace", "enter")
        await d.until(lambda: d.pane.place == parse("mem://bucket/logs/"))

    rig(tree).drive(scenario)


def test_a_completed_name_that_cannot_be_shown_is_still_itself(tree: Path) -> None:
    (tree / "zz\x1b[31m").mkdir()

    async def scenario(d: Driven) -> None:
        await d.press("J", "end", "z", "tab")
        await d.until(lambda: "zz" in d.screen().split("A local path")[1].splitlines()[1])
        await d.press("enter")
        await d.until(lambda: d.pane.place == local(tree / "zz\x1b[31m"))

    rig(tree).drive(scenario)
