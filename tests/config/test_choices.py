"""Choices lie over the configuration: only what was switched, and only what can be used."""

from tfm.config.choices import CHOSEN, Chosen, laid_over
from tfm.config.settings import SETTINGS, Settings

THEMES = ("tfm-dark", "tfm-light")


def test_what_was_switched_lies_over_and_the_rest_is_the_configurations() -> None:
    choices: dict[str, Chosen] = {"exact_sizes": True, "theme": "tfm-light", "date_format": "%H:%M"}
    for icons in (True, False):
        found = laid_over(Settings(icons=icons, theme="x"), choices, THEMES)
        assert (found.exact_sizes, found.theme, found.date_pattern) == (True, "tfm-light", "%H:%M")
        assert found.icons is icons


def test_what_settings_would_not_take_is_passed_over() -> None:
    choices: dict[str, Chosen] = {
        "theme": "gone",
        "icons": "yes",
        "date_format": "\n",
        "confirm_delete": False,
        "tomorrow": True,
    }
    assert laid_over(Settings(), choices, THEMES) == Settings()


def test_every_choice_is_a_setting_that_a_running_program_takes() -> None:
    rows = {setting.field: setting for setting in SETTINGS.values()}
    assert not any(rows[name].restart for name in CHOSEN)
