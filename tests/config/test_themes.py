"""Themes: the shipped ones are complete and readable, the user's are checked, none breaks the start."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfm.config.places import data_file
from tfm.config.themes import (
    ANSI_COLOURS,
    COLOURS,
    CONTRASTS,
    DEFAULT_THEME,
    contrast,
    load_themes,
    read_theme,
)

GOOD = (data_file("themes") / "tfm-dark.toml").read_text()


def test_the_shipped_themes_load_without_a_problem() -> None:
    themes = load_themes()
    assert themes.problems == ()
    assert {"tfm-dark", "tfm-light"} <= set(themes.by_name)
    assert themes.by_name["tfm-dark"].dark
    assert not themes.by_name["tfm-light"].dark


def test_shipped_themes_name_real_colours_so_that_every_contrast_is_measured() -> None:
    for theme in load_themes().by_name.values():
        assert set(theme.colours) == set(COLOURS)
        if theme.name == "terminal":
            continue
        for front, back, least in CONTRASTS:
            ratio = contrast(theme[front], theme[back])
            assert ratio is not None
            assert ratio >= least


def test_there_is_something_for_every_eye() -> None:
    themes = load_themes().by_name
    assert len(themes) >= 10
    assert {theme.dark for theme in themes.values()} == {True, False}
    for name in ("high-contrast-dark", "high-contrast-light"):
        theme = themes[name]
        pairs = [pair for pair in CONTRASTS if "border" not in pair[0] and pair[2] > 2]
        assert min(contrast(theme[front], theme[back]) or 0 for front, back, _least in pairs) >= 7
    sixteen = themes["terminal"].colours.values()
    assert set(sixteen) <= ANSI_COLOURS


def test_rows_differ_by_type_in_every_theme() -> None:
    for theme in load_themes().by_name.values():
        names = ("text", "directory", "link", "special", "marked")
        assert len({theme[name] for name in names}) == len(names)


def test_contrast_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("ansi_red", "#ffffff") is None


def test_the_terminal_layer_knows_every_colour_of_the_palette() -> None:
    from textual.color import Color

    for name in ANSI_COLOURS:
        assert Color.parse(name).ansi is not None


def test_a_theme_of_the_users_is_found_and_may_replace_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD.replace('"Dark"', '"Mine"'))
    (tmp_path / "tfm-light.toml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("no theme")
    themes = load_themes(tmp_path)
    assert themes.problems == ()
    assert themes.by_name["mine"].title == "Mine"
    assert themes.by_name["tfm-light"].dark


def test_colours_of_the_terminal_are_accepted_and_not_measured(tmp_path: Path) -> None:
    file = tmp_path / "plain.toml"
    colours = "".join(f'{name} = "ansi_default"\n' for name in COLOURS)
    file.write_text(f"dark = true\n[colors]\n{colours}")
    theme, problems = read_theme(file)
    assert problems == []
    assert theme is not None
    assert theme["text"] == "ansi_default"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('text = "#d5dbe5"', 'text = "red"', 8, 'text must be "#rrggbb"'),
        ('text = "#d5dbe5"', "text = 7", 8, 'text must be "#rrggbb"'),
        ('text = "#d5dbe5"', 'text = "#20242b"', 8, "text on background has a contrast of"),
        ('text = "#d5dbe5"', 'textt = "#d5dbe5"', 8, "textt is not a colour of a theme"),
        ("dark = true", 'dark = "yes"', 3, "dark must be true or false"),
        ("dark = true", "", None, "dark must be true or false"),
        ("dark = true", "dark = true\nlight = 1", 4, "light is not known"),
        ('title = "Dark"', 'title = "a\\u001b"', 2, "title must be a line of text"),
        ("[colors]", "[colours]", None, "[colors] is missing"),
        ("[colors]", "[colors", 5, "not valid TOML"),
    ],
)
def test_a_faulty_theme_names_line_and_reason(
    tmp_path: Path, old: str, new: str, line: int | None, told: str
) -> None:
    assert old in GOOD
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new, 1))
    theme, problems = read_theme(file)
    assert theme is None
    hits = [problem for problem in problems if told in problem.message]
    assert hits, problems
    assert hits[0].line == line
    assert str(hits[0]).isprintable()


def test_missing_colours_are_all_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('dark = true\n[colors]\ntext = "#ffffff"\n')
    _, problems = read_theme(file)
    (problem,) = problems
    assert all(name in problem.message for name in COLOURS if name != "text")


def test_bad_themes_are_collected_and_the_good_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("=")
    (tmp_path / "Bad Name.toml").write_text(GOOD)
    (tmp_path / "latin.toml").write_bytes(b"title = '\xe4'")
    (tmp_path / "dir.toml").mkdir()
    (tmp_path / "huge.toml").write_text("#" * 70_000)
    (tmp_path / "fine.toml").write_text(GOOD)
    themes = load_themes(tmp_path)
    assert "fine" in themes.by_name
    assert {problem.file.name for problem in themes.problems} == {
        "broken.toml",
        "Bad Name.toml",
        "latin.toml",
        "dir.toml",
        "huge.toml",
    }


def test_an_unknown_theme_falls_back_with_a_notice() -> None:
    themes = load_themes()
    assert themes.find("tfm-light") == (themes.by_name["tfm-light"], "")
    theme, notice = themes.find("tfm-drak")
    assert theme.name == DEFAULT_THEME
    assert "Did you mean tfm-dark?" in notice


@given(source=st.text(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_a_theme_or_a_problem(tmp_path: Path, source: str) -> None:
    file = tmp_path / "any.toml"
    file.write_text(source, encoding="utf-8", errors="surrogatepass")
    theme, problems = read_theme(file)
    assert theme is None
    assert problems
