import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from tests.ui.rig import Driven, Rig, write
from tfm.model.location import local
from tfm.ui.screen import PanesScreen
from tfm.ui.viewers.file_view import FileView
from tfm.ui.viewers.keys import VIEW_KEYS
from tfm.ui.viewers.text import Viewer


def view_of(it: Driven) -> FileView:
    screen = it.app.screen
    assert isinstance(screen, Viewer)
    return screen.view


async def opened(it: Driven, *keys: str) -> FileView:
    """Press keys that open the viewer, and wait for the file."""
    await it.press(*keys)
    await it.until(lambda: isinstance(it.app.screen, Viewer) and view_of(it).window is not None)
    return view_of(it)


def shows(it: Driven, *texts: str) -> Callable[[], bool]:
    return lambda: all(text in it.screen() for text in texts)


def test_it_scrolls_and_closes(rig: Rig, left: Path) -> None:
    (left / "zz.txt").write_text("".join(f"line {n} {'x' * 300} end\n" for n in range(5000)))

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        await opened(it, "v")
        await it.until(shows(it, "line 0 ", "UTF-8", "lines 1–38", "0 %"))
        await it.press("pagedown", "space", "down", "up", "pageup")
        await it.until(shows(it, "line 37 ", "lines 38–75"))
        await it.press("end")
        await it.until(shows(it, "line 4999", "100 %"))
        await it.press(*["pageup"] * 12)  # beyond what is at hand
        await it.until(shows(it, f"line {4999 - 37 - 12 * 37} "))
        await it.press("home", *["right"] * 13)
        await it.until(shows(it, "end", "column 209"))
        await it.press("left", "q")
        assert isinstance(it.app.screen, PanesScreen)
        await it.press("home")
        await it.press("v")
        assert it.status == "This is a directory: Enter opens it."

    rig.drive(scenario)


def test_ways_to_look(rig: Rig, left: Path) -> None:
    (left / "zz.py").write_text("# grün\n\tdef x():\n" + "y" * 200 + "\n")

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        view = await opened(it, "v")
        await it.until(lambda: view._spans, "the colours have come")
        await it.press("w", "number_sign", "t")
        await it.until(shows(it, "      2   def", "wrap, tab 2", "      3 yyy"))
        assert sum("yyyyyyy" in line for line in it.screen().splitlines()) == 2
        await it.press("e")
        await it.until(shows(it, "grÃ¼n", "CP1252"))
        await it.press("h")
        await it.until(shows(it, "00000000  23 20 67 72", "hex"))
        await it.press("h", "question_mark")
        await it.until(shows(it, "Keys of the viewer"))
        await it.press("escape", "escape")
        assert it.app.viewer_look.wrap

    rig.drive(scenario)


def test_an_expression_without_end_holds_nobody_up(rig: Rig, left: Path) -> None:
    (left / "zz.txt").write_text("a" * 40 + "b\n" + "a" * 5000 + "b\nrow\n")

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        view = await opened(it, "v")
        for endless in ("(a+)+$", "(a|aa)+$"):
            await it.press("slash", "ctrl+u")
            if not view.look.regex:
                await it.press("ctrl+r")
                assert view.look.regex
            await it.press(*endless, "enter")
            told, longest, ends, wraps = False, 0.0, time.monotonic() + 1, view.look.wrap
            while time.monotonic() < ends:
                before = time.monotonic()
                await asyncio.sleep(0.01)
                longest = max(longest, time.monotonic() - before)
                told = told or "takes too long" in view.note
            assert longest < 1, endless
            await it.press("w")  # which takes away what was told
            assert view.look.wrap is not wraps
            await it.until(lambda told=told: told or "takes too long" in view.note, seconds=60)  # type: ignore[misc]
        await it.press("slash", "ctrl+u", *"row", "enter")
        await it.until(lambda: view.match is not None, seconds=60)

    rig.drive(scenario)


def test_searching_while_typing_and_going_on(rig: Rig, left: Path) -> None:
    text = "".join(f"row {n}{' Needle' if n % 1000 == 7 else ''}\n" for n in range(3000))
    (left / "zz.txt").write_text(text)

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        view = await opened(it, "v")
        await it.press("slash", *"needl")
        await it.until(lambda: view.match is not None and view.match.start == text.index("Needle"))
        await it.press("e", "enter", "n")
        await it.until(shows(it, "row 1007 Needle"))
        await it.press("N")
        await it.until(shows(it, "row 7 Needle"))
        await it.press("N")
        await it.until(shows(it, "row 2007 Needle", "from the other end"))
        await it.press("slash", *"(", "ctrl+r")
        await it.until(shows(it, "No regular expression"))
        await it.press("backspace", *"^row 12.4$", "enter")
        await it.until(shows(it, "row 1204"))
        await it.press("slash", *"nowhere", "enter")
        await it.until(shows(it, "Not found: nowhere"))
        await it.press("n", "slash", "escape", "q")
        assert it.app.viewer_look.patterns[-1] == "nowhere"

    rig.drive(scenario)


def test_going_to_a_place(rig: Rig, left: Path) -> None:
    (left / "zz.txt").write_text("".join(f"row {n}\n" for n in range(1, 200_001)))

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        view = await opened(it, "v")
        await it.press("colon", *"150000", "enter")
        await it.until(lambda: view.top_line is not None and view.top_line.text == "row 150000")
        assert view.top_line is not None and view.top_line.number == 150_000
        await it.press("colon", *"50%", "enter")
        await it.until(shows(it, "50 %"))
        await it.press("end", "number_sign")
        await it.until(shows(it, " 200000 row 200000"))
        await it.press("colon", *"999999999", "enter")
        await it.until(shows(it, "There are only 200,000 lines"))
        await it.press("colon", *"apple", "enter")
        await it.until(shows(it, "apple is no line"))
        await it.press("h", "colon", *"0x100", "enter")
        await it.until(lambda: view.top_line is not None and view.top_line.start == 0x100)
        await it.press("q")

    rig.drive(scenario)


def test_following_a_file_that_grows(rig: Rig, left: Path) -> None:
    path = left / "zz.log"
    path.write_text("".join(f"row {n}\n" for n in range(200)))

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        view = await opened(it, "v")
        await it.press("F")
        await it.until(shows(it, "row 199", "following"))
        with path.open("a") as file:
            file.write("and more\n")
        view.poll()
        await it.until(shows(it, "and more"))
        path.write_text("begun anew\n")
        await it.until(lambda: view._polling is None)
        view.poll()
        await it.until(shows(it, "begun anew", "read again"))
        await it.press("up")
        assert not view.following
        await it.press("q")

    rig.drive(scenario)


def test_an_object_is_fetched_in_ranges_and_the_footer_says_how_much(remote: Rig) -> None:
    write(remote.vfs, "mem://photos/a.log", b"0123456789abcde\n" * 100_000)

    async def scenario(it: Driven) -> None:
        await it.go("tab", "ctrl+r", "home", "down")
        assert it.cursor == "a.log"
        view = await opened(it, "v")
        await it.until(shows(it, "64K fetched"))
        await it.press("end")
        await it.until(shows(it, "100 %"))
        assert view.content is not None
        assert view.content.fetched <= 3 * 65536
        await it.press("F")
        assert "never grows" in it.screen()
        await it.press("q")
        again = await opened(it, "v")
        await it.until(shows(it, "0 fetched"))
        assert again.content is not None and again.content.fetched == 0
        await it.press("q")

    remote.drive(scenario)


def test_a_file_that_cannot_be_read_says_why(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        entry = it.pane.rows.entries[2]
        place = local(left / "gone.txt")
        it.app.push_screen(Viewer(it.app.bridge, it.rig.vfs, place, entry))
        await it.until(shows(it, "gone.txt", "cannot be shown"))
        lines = it.screen().splitlines()
        told = " ".join(line.strip() for line in lines[1:6])
        assert "there is no such file" in told, "a long place does not push the reason out"
        for each in VIEW_KEYS:  # no key minds that there is nothing
            if each.act not in ("close", "help", "search", "go_to"):
                await it.press(each.keys[0])
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario, (60, 20))


def test_enter_views_a_file_and_an_empty_one_says_so(rig: Rig, left: Path) -> None:
    (left / "zz").write_bytes(b"")

    async def scenario(it: Driven) -> None:
        await it.go("ctrl+r", "end")
        await it.press("enter")
        await it.until(lambda: "(empty file)" in it.screen())
        for each in VIEW_KEYS:
            if each.act not in ("close", "help", "search", "go_to"):
                await it.press(each.keys[0])
        await it.press("f3")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario)


def test_the_keys_of_the_viewer_are_unambiguous_and_in_the_guide() -> None:
    keys = [key for each in VIEW_KEYS for key in each.keys]
    assert len(keys) == len(set(keys))
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
    for each in VIEW_KEYS:
        assert f"`{each.shown.split()[0]}`" in guide, each.act


def test_the_place_of_every_viewer_is_there(rig: Rig) -> None:
    import importlib

    from tfm.ui.viewers.registry import VIEWERS

    for kind in VIEWERS:
        module, _, name = kind.target.partition(":")
        assert hasattr(importlib.import_module(module), name)
