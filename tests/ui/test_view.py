"""What the panes show and how: the view menu, one pane, the line between the panes, room left."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from rich.style import Style

from tests.ui.rig import Driven, Rig
from tfm.config.choices import laid_over
from tfm.config.load import Loaded
from tfm.config.memory import load_memory
from tfm.config.settings import Settings
from tfm.config.themes import load_themes
from tfm.model.location import local, parse
from tfm.session.recall import Recall
from tfm.session.session import Side
from tfm.ui.configuration import apply
from tfm.ui.settled import look_of


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / "zoo").mkdir()
    (folder / "img10.png").write_bytes(b"x" * 1_234_567)
    (folder / "img9.png").write_bytes(b"x")
    (folder / "Readme.markdown").write_bytes(b"")
    run = folder / "run.sh"
    run.write_bytes(b"")
    run.chmod(0o755)
    (tmp_path / "right").mkdir()
    return tmp_path


def rig(tree: Path, **settings: object) -> Rig:
    chosen = replace(Settings(), confirm_quit=False, **settings)  # type: ignore[arg-type]
    return Rig(local(str(tree / "left")), local(str(tree / "right")), settings=chosen)


def test_the_switches_act_at_once_and_the_menu_stays(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        assert "1.2M" in it.screen()
        await it.press("z")
        await it.until(lambda: "Exact sizes" in it.screen())
        await it.press("e")
        await it.until(lambda: "1,234,567" in it.screen())
        await it.press("x")
        await it.until(lambda: "Ext" in it.screen())
        assert "img9.png" not in it.screen()
        assert "Readme.markdown" in it.screen()  # too long for a column
        await it.press("d", "n")
        await it.until(lambda: it.rows()[0] == "Readme.markdown", "bytes decide, directories too")
        assert it.rows() == ["Readme.markdown", "img10.png", "img9.png", "run.sh", "zoo/"]
        await it.press("3")  # the second column: times
        assert "Exact sizes" in it.screen()
        await it.press("escape")
        await it.until(lambda: "Exact sizes" not in it.screen())
        assert "Modified" not in it.screen()
        assert "1,234,567" in it.screen()

    rig(tree).drive(scenario)


def test_the_settings_are_the_beginning(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        screen = it.screen()
        assert "Ext" in screen
        assert "1,234,567" in screen
        assert "\uf07b zoo" in screen
        assert "\uf1c5 img9 " in screen

    one = rig(tree, separate_extensions=True, exact_sizes=True, icons=True)
    one.app.take_look(look_of(one.settings))
    one.drive(scenario)


def test_what_is_switched_away_from_the_configuration_is_kept(tree: Path) -> None:
    one = rig(tree, icons=True)
    one.app.start = replace(one.app.start, themes=load_themes().by_name)

    async def scenario(it: Driven) -> None:
        await it.press("z", "e", "i", "d", "l", "t", "escape")
        await it.until(lambda: it.app.log_pane.display)
        await it.press("comma", "1", "comma", "t", "end", "enter")
        choices = {
            "exact_sizes": True,
            "icons": False,
            "directories_first": False,
            "show_log": True,
            "date_format": "full",
            "one_pane": True,
            "theme": it.app.worn.name,
        }
        assert it.app.recall.memory.choices == choices
        assert it.app.worn.name != "tfm-dark"
        await it.press("l", "z", "i", "escape")
        del choices["show_log"], choices["icons"]
        assert it.app.recall.memory.choices == choices, "as the configuration says"

        await it.press("z", "h", "end")
        await it.until(lambda: "All as the configuration says" in it.screen())
        await it.until(lambda: "drops 5 choices" in it.screen())
        await it.press("space", "escape")
        assert not it.app.recall.memory.choices
        await it.until(lambda: it.app.worn.name == "tfm-dark")
        assert it.app.settings == it.rig.settings
        assert it.rows()[0] == "zoo/"
        assert not it.pane.hidden
        assert not it.app.session.single
        await it.until(lambda: "1.2M" in it.screen())

    one.drive(scenario)


def test_a_choice_outlives_the_program_and_the_configuration_rules_the_rest(
    tree: Path, tmp_path: Path
) -> None:
    file = tmp_path / "places.json"
    first = rig(tree)
    first.app.keeper._memory_file = file

    async def choose(it: Driven) -> None:
        await it.press("z", "e", "d", "escape")

    first.drive(choose)
    memory, told = load_memory(file)
    assert not told
    says = Settings(confirm_quit=False, separate_extensions=True)
    settings = laid_over(says, memory.choices, ())
    again = Rig(
        local(str(tree / "left")),
        local(str(tree / "right")),
        settings=settings,
        recall=Recall(memory),
        configured=says,
    )
    again.app.take_look(look_of(settings))

    async def seen(it: Driven) -> None:
        screen = it.screen()
        assert "1,234,567" in screen
        assert "Ext" in screen
        config = replace(says, separate_extensions=False, exact_sizes=True)
        apply(it.app, Loaded(config, it.app.keymap))
        await it.until(lambda: "Ext" not in it.screen())
        assert "1,234,567" in it.screen()
        await it.press("z", "e", "escape")
        assert it.app.recall.memory.choices == {"exact_sizes": False, "directories_first": False}

    again.drive(seen)


def title(it: Driven, side: Side) -> str:
    return it.app.views[side].titles.text


def test_columns_are_chosen_for_a_place(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        left, right = Side.LEFT, Side.RIGHT
        await it.press("z", "4", "escape")
        assert "Mode" not in title(it, left)
        await it.go("enter")  # the last choice goes on in the storage
        assert "Mode" not in title(it, left)
        await it.press("z", "4", "escape")
        assert "Mode" in title(it, left)
        await it.go("backspace")
        assert "Mode" not in title(it, left), "this place has a choice of its own"
        assert "Mode" in title(it, right)
        await it.press("z", "r", "escape")
        assert "Mode" in title(it, left)
        assert not it.app.recall.memory.columns

    rig(tree).drive(scenario, (140, 30))


def test_widths_by_keys_in_the_menu(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        before = title(it, Side.LEFT)
        await it.press("z", *["down"] * 11)
        await it.until(lambda: "yes, 14 cells: Left, Right" in it.screen(), "the column of times")
        await it.press("left")
        await it.until(lambda: "yes, 13 cells" in it.screen())
        assert title(it, Side.LEFT).index("Modified") == before.index("Modified") + 1
        assert "26-" in it.screen()
        await it.press("right", "right", "escape")
        assert title(it, Side.LEFT).index("Modified") == before.index("Modified") - 1
        await it.go("enter", "backspace")
        assert title(it, Side.LEFT).index("Modified") == before.index("Modified") - 1
        await it.press("z", "3", "end", "up", "up")
        await it.press(*["right"] * 99, "escape")
        view = it.app.views[Side.LEFT]
        assert [column.id for column in view.list.format.columns] == ["size", "mode"]
        assert view.list.format.name_width >= 15

    rig(tree).drive(scenario, (140, 30))


def test_the_mouse_draws_the_border_of_a_column(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        view = it.app.views[Side.LEFT]
        width = {column.id: column.width for column in view.list.format.columns}
        at = title(it, Side.LEFT).index("Mode") - 1
        await it.pilot.mouse_down(offset=(at, 1))
        await it.pilot.hover(offset=(at - 5, 1))
        await it.until(lambda: view.list.format.columns[2].width == width["mode"] + 5)
        await it.pilot.mouse_up(offset=(at - 5, 1))
        assert title(it, Side.LEFT)[at - 4 :].startswith("Mode")
        assert view.list.format.columns[1].width == width["time"]
        assert it.pane.order.key.value == "name", "nothing was sorted"
        at = title(it, Side.LEFT).index("Modified") - 1
        await it.pilot.mouse_down(offset=(at, 1))
        await it.pilot.hover(offset=(at + 6, 1))
        await it.pilot.mouse_up(offset=(at + 6, 1))
        await it.until(lambda: view.list.format.columns[1].width == width["time"] - 6)
        assert str(it.app.recall.columns_of(it.pane.place).width("time")) == "8"
        row = it.screen().splitlines()[3]
        assert "…" not in row, "a narrow column of times tells the day only"
        await it.pilot.click(offset=(at + 9, 1))
        await it.until(lambda: it.pane.order.key.value == "time")

    rig(tree).drive(scenario, (140, 30))


def test_one_pane_has_the_whole_width_and_tab_brings_the_other(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "1")
        await it.until(lambda: not it.app.views[Side.RIGHT].display)
        await it.until(lambda: it.app.views[Side.LEFT].size.width == 120)
        await it.press("tab")
        await it.until(lambda: it.app.views[Side.RIGHT].size.width == 120)
        assert not it.app.views[Side.LEFT].display
        await it.press("comma", "1")
        await it.until(lambda: it.app.views[Side.LEFT].size.width == 60)

    rig(tree).drive(scenario)


def test_both_panes_fit_again_also_where_textual_tells_of_no_new_size(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "1")
        await it.until(lambda: it.app.views[Side.LEFT].size.width == 80)
        compositor = it.app.screen._compositor
        compositor._full_map_invalidated = True
        it.app.run_action_id("one_pane")
        assert compositor.full_map  # as happens where a region is asked for before the layout
        await it.until(lambda: it.app.views[Side.LEFT].size.width == 40)
        await it.until(lambda: it.screen().splitlines()[-3].count(" 14:05:09") == 2)
        assert it.screen().splitlines()[1].count("Modified  ") == 1

    rig(tree).drive(scenario, (80, 24))


def test_the_mouse_draws_the_line_between_the_panes(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.pilot.mouse_down(offset=(59, 10))
        await it.pilot.hover(offset=(83, 10))
        await it.pilot.mouse_up(offset=(83, 10))
        await it.until(lambda: it.app.views[Side.LEFT].size.width == 84)
        await it.pilot.hover(offset=(30, 10))  # let go: nothing moves any more
        assert it.app.views[Side.LEFT].size.width == 84

    rig(tree).drive(scenario)


def test_the_footer_tells_the_room_that_is_left(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.until(lambda: it.app.session[Side.LEFT].free is not None)
        facts = os.statvfs(tree)
        free = it.app.session[Side.LEFT].free
        assert free is not None
        assert abs(free - facts.f_bavail * facts.f_frsize) < 2**30
        assert " free  name" in it.screen()

    rig(tree).drive(scenario)


def test_the_room_that_is_left_goes_with_its_pane(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.until(lambda: " free  name" in it.screen())
        await it.press("ctrl+u")
        footer = next(line for line in it.screen().splitlines() if " free  name" in line)
        assert footer.index(" free  name") > len(footer) // 2

    Rig(local(str(tree / "left")), parse("mem://")).drive(scenario)


def test_leaving_the_storage_forgets_the_room_that_is_left(tree: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.until(lambda: " free  name" in it.screen())
        await it.press("J", *"mem://", "enter")
        await it.until(lambda: " free  name" not in it.screen())

    Rig(local(str(tree / "left")), parse("mem://")).drive(scenario)


def test_colours_of_the_users_own(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LS_COLORS", "*.png=01;35:ex=04:di=7\x1b]52;c;x\x07:*.sh=9999")

    async def scenario(it: Driven) -> None:
        await it.press("z", "c", "escape")
        styles: dict[str, Style] = {}
        for strip in it.app.screen._compositor.render_strips():
            for segment in strip:
                for name in ("img10", "run.sh", "zoo"):
                    if name in segment.text and segment.style is not None:
                        styles[name] = segment.style
        assert styles["img10"].bold
        assert styles["img10"].color != styles["run.sh"].color
        assert styles["run.sh"].underline
        assert not styles["zoo"].reverse

    rig(tree).drive(scenario)
