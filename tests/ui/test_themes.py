"""Another theme at run time: what is on the screen changes its colours, and nothing else does."""

from dataclasses import replace

from rich.color import Color

from tests.ui.rig import Driven
from tests.ui.test_looks import rig
from tfm.config.themes import load_themes


def ground(driven: Driven) -> set[Color | None]:
    """The background colours that a person sees, without those of cursor and headers."""
    strips = driven.app.screen._compositor.render_strips()
    return {
        segment.style.bgcolor
        for strip in strips
        for segment in strip
        if segment.style is not None and segment.text.strip().startswith(("track", "index"))
    }


def test_the_theme_under_the_cursor_is_worn_and_esc_brings_the_old_one_back() -> None:
    one = rig()
    themes = load_themes().by_name
    one.app.start = replace(one.app.start, themes=themes)

    async def scenario(driven: Driven) -> None:
        text = driven.screen()
        dark = ground(driven)
        assert dark == {Color.parse(themes["tfm-dark"]["background"])}
        driven.app.run_action_id("theme")
        await driven.until(lambda: "Theme" in driven.screen())
        await driven.press("end")
        last = max((theme for theme in themes.values() if not theme.dark), key=lambda t: t.title)
        await driven.until(lambda: driven.app.worn is last)
        await driven.press("escape")
        await driven.until(lambda: driven.app.worn.name == "tfm-dark")
        assert ground(driven) == dark
        assert driven.screen() == text

        driven.app.run_action_id("theme")
        await driven.press("end", "enter")
        await driven.until(lambda: ground(driven) == {Color.parse(last["background"])})
        assert driven.screen() == text

    one.drive(scenario)


def test_every_theme_can_be_worn() -> None:
    one = rig()
    themes = load_themes().by_name

    async def scenario(driven: Driven) -> None:
        text = driven.screen()
        for theme in themes.values():
            driven.app.wear(theme)
            await driven.pilot.pause()
            assert driven.screen() == text, theme.name

    one.drive(scenario)


def test_colours_of_the_terminal_go_to_it_as_they_are() -> None:
    one = rig()
    terminal = load_themes().by_name["terminal"]

    async def scenario(driven: Driven) -> None:
        driven.app.wear(terminal)
        await driven.until(lambda: ground(driven) == {Color.parse("default")})
        driven.app.wear(load_themes().by_name["nord"])
        await driven.until(lambda: ground(driven) == {Color.parse("#2e3440")})

    one.drive(scenario)
