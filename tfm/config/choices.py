"""What the user switched away from the configuration while the program ran, laid over it.

Only what differs is kept, so a configuration that changes still decides what was never switched.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from tfm.config.rules import Rejected
from tfm.config.settings import SETTINGS, Settings

Chosen = bool | str

CHOSEN = (
    "exact_sizes", "separate_extensions", "date_format", "icons", "ls_colors", "directories_first",
    "natural_sort", "one_pane", "show_log", "theme",
)  # fmt: skip
"""The settings that can be switched, by the names of their fields."""


def laid_over(
    settings: Settings, choices: Mapping[str, Chosen], themes: Collection[str]
) -> Settings:
    """The settings as they were chosen; what they would not take is passed over, and a theme that is gone."""
    taken: dict[str, Any] = {}
    for name in CHOSEN:
        chosen = choices.get(name)
        if chosen is None or (name == "theme" and chosen not in themes):
            continue
        try:
            taken[name] = SETTINGS[name.upper()].rule.accept(chosen)
        except Rejected:
            continue
    return replace(settings, **taken)
