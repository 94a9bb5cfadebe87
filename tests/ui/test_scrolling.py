import pytest

from tests.ui.rig import Driven, Rig
from tfm.storage.facets import Fact
from tfm.ui.dialogs.checksums import ChecksumsDialog, Told
from tfm.ui.dialogs.facts import FactsDialog
from tfm.ui.dialogs.lines import LinesDialog


@pytest.mark.parametrize("sign", ["", "+"])
def test_lines_of_wide_characters_are_shown_to_their_end(rig: Rig, sign: str) -> None:
    async def scenario(it: Driven) -> None:
        it.app.push_screen(LinesDialog("Text", (f"{sign}{'漢' * 120}", ""), signs=bool(sign)))
        await it.pilot.pause()
        assert it.screen().count("漢") == 120

    rig.drive(scenario, size=(60, 20))


def test_lines_are_scrolled_by_rows_by_pages_and_to_their_ends(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        text = LinesDialog("Text", [f"line {n}" for n in range(100)], yes="Jump")
        it.app.push_screen(text)
        await it.pilot.pause()
        seen = text.list.size.height
        for key, top in (
            ("down", 1), ("pagedown", seen), ("up", seen - 1), ("end", 100 - seen), ("down", 100 - seen),
            ("space", 100 - seen), ("home", 0), ("up", 0),
        ):  # fmt: skip
            await it.press(key)
            assert (key, text.list.top) == (key, top)
        await it.press("j")
        assert it.app.screen is not text, (
            "a letter is for the buttons where there are some to choose"
        )

        facts = FactsDialog("Facts")
        it.app.push_screen(facts)
        await it.pilot.pause()
        facts.told([Fact(f"fact {n}", "") for n in range(100)])
        for key, top in (
            ("j", 1),
            ("space", facts.list.size.height),
            ("k", facts.list.size.height - 1),
        ):
            await it.press(key)
            assert (key, facts.list.top) == (key, top)

    rig.drive(scenario)


def test_rows_with_a_cursor_are_walked_by_the_same_keys(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        sums = ChecksumsDialog("Checksums", keeps=False)
        it.app.push_screen(sums)
        await it.pilot.pause()
        sums.add([Told(f"file {n}", f"digest {n}") for n in range(50)])
        page = sums.list.size.height - 1
        back = 99 - page - page % 2  # a heading is stepped over
        for key, row in (("down", 3), ("end", 99), ("pageup", back), ("home", 1), ("up", 1)):
            await it.press(key)
            assert (key, sums.list.cursor) == (key, row)

    rig.drive(scenario)
