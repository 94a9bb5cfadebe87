"""Themes: colours by meaning, read from TOML files and checked before they reach the screen."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from tfm.config.places import data_file, open_regular, read_all
from tfm.config.problems import ConfigProblem, did_you_mean

DEFAULT_THEME = "tfm-dark"

# Every colour a theme names, and where it is seen.
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "background": "behind the rows",
        "panel": "behind dialogs, help and the job panel",
        "text": "files and all plain text",
        "muted": "secondary text: times, counts, hints",
        "accent": "titles, focused fields, progress bars",
        "border": "lines around the passive pane and inside dialogs",
        "border_active": "lines around what has the focus",
        "cursor_background": "the cursor row of the active pane",
        "cursor_text": "text of that row",
        "cursor_inactive_background": "the cursor row of the other pane",
        "cursor_inactive_text": "text of that row",
        "marked": "marked rows",
        "directory": "directories and buckets",
        "link": "symbolic links",
        "special": "sockets, FIFOs, devices, unreadable rows",
        "header_background": "the path of the passive pane",
        "header_text": "its text",
        "header_active_background": "the path of the active pane",
        "header_active_text": "its text",
        "bar_background": "the F-key bar",
        "bar_key": "key numbers on it",
        "bar_text": "words on it; `muted` those of keys that are of no use here",
        "selection_background": "selected text in a field",
        "selection_text": "its text",
        "success": "what went well",
        "warning": "what needs a look",
        "error": "what failed",
    }
)

# What must be told apart from what, and how well (WCAG contrast ratio). A colour of the terminal's
# own palette is not measured: only the user knows how it looks.
CONTRASTS: tuple[tuple[str, str, float], ...] = (
    ("text", "background", 4.5),
    ("text", "panel", 4.5),
    ("muted", "background", 4.5),
    ("muted", "panel", 4.5),
    ("accent", "background", 4.5),
    ("accent", "panel", 4.5),
    ("cursor_text", "cursor_background", 4.5),
    ("cursor_inactive_text", "cursor_inactive_background", 4.5),
    ("cursor_background", "background", 1.5),
    ("border_active", "background", 3.0),
    ("marked", "background", 4.5),
    ("directory", "background", 4.5),
    ("link", "background", 4.5),
    ("special", "background", 4.5),
    ("header_text", "header_background", 4.5),
    ("header_active_text", "header_active_background", 4.5),
    ("bar_key", "bar_background", 4.5),
    ("bar_text", "bar_background", 4.5),
    ("muted", "bar_background", 3.0),
    ("selection_text", "selection_background", 4.5),
    ("success", "panel", 4.5),
    ("warning", "panel", 4.5),
    ("error", "panel", 4.5),
    ("success", "background", 4.5),
    ("warning", "background", 4.5),
    ("error", "background", 4.5),
)

_ANSI = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
ANSI_COLOURS = frozenset(
    {
        "ansi_default",
        *(f"ansi_{name}" for name in _ANSI),
        *(f"ansi_bright_{name}" for name in _ANSI),
    }
)

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LARGEST_FILE = 64 * 1024


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """One theme: `theme["text"]` is `#rrggbb` or a name from `ANSI_COLOURS`."""

    name: str
    title: str
    dark: bool
    colours: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """The colour of that meaning; KeyError for a name that is not in `COLOURS`."""
        return self.colours[name]


@dataclass(frozen=True, slots=True)
class Themes:
    """All good themes by name, and what was wrong with the others."""

    by_name: Mapping[str, ThemeSpec]
    problems: tuple[ConfigProblem, ...] = ()

    def find(self, name: str) -> tuple[ThemeSpec, str]:
        """The theme of that name and an empty text, or the default one and a notice."""
        if name in self.by_name:
            return self.by_name[name], ""
        hint = did_you_mean(name, self.by_name) or f"Themes: {', '.join(sorted(self.by_name))}."
        return self.by_name[DEFAULT_THEME], f'There is no theme "{name}". {hint}'


def load_themes(user_directory: Path | None = None) -> Themes:
    """The shipped themes and the user's own; one of the user's replaces a shipped namesake.

    Never raises for a file of the user's; raises OSError when the shipped default is missing.
    """
    themes: dict[str, ThemeSpec] = {}
    problems: list[ConfigProblem] = []
    for directory in (data_file("themes"), user_directory):
        if directory is None:
            continue
        for file in _files(directory, problems):
            theme, faults = read_theme(file)
            problems.extend(faults)
            if theme is not None:
                themes[theme.name] = theme
    if DEFAULT_THEME not in themes:
        raise FileNotFoundError(f"the installation is damaged: no theme {DEFAULT_THEME}")
    return Themes(MappingProxyType(themes), tuple(problems))


def _files(directory: Path, problems: list[ConfigProblem]) -> list[Path]:
    try:
        return [directory / name for name in sorted(os.listdir(directory)) if _is_theme(name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(
            ConfigProblem(directory, None, "", f"cannot be read: {error.strerror or error}")
        )
        return []


def _is_theme(name: str) -> bool:
    return name.endswith(".toml") and not name.startswith(".")


def read_theme(file: Path) -> tuple[ThemeSpec | None, list[ConfigProblem]]:
    """One theme and no problems, or no theme and all its problems; never raises."""
    faults: list[ConfigProblem] = []
    try:
        source = read_all(open_regular(file), _LARGEST_FILE).decode()
        data = tomllib.loads(source)
    except OSError as error:
        return None, [ConfigProblem(file, None, "", f"cannot be read: {error.strerror or error}")]
    except UnicodeDecodeError:
        return None, [ConfigProblem(file, None, "", "is not UTF-8 text")]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        return None, [
            ConfigProblem(file, int(line[1]) if line else None, "", f"is not valid TOML: {error}")
        ]

    def fault(name: str, message: str, hint: str = "") -> None:
        faults.append(ConfigProblem(file, _line_of(source, name), name, message, hint))

    if not _NAME.fullmatch(file.stem):
        fault("", "a theme's file name is made of a-z, 0-9, - and _")
    for name in data:
        if name not in {"title", "dark", "colors"}:
            fault(name, f"{name} is not known.", did_you_mean(name, ("title", "dark", "colors")))
    title, dark, colours = data.get("title", file.stem), data.get("dark"), data.get("colors")
    if not isinstance(title, str) or not title.isprintable() or not title:
        fault("title", "title must be a line of text.")
    if not isinstance(dark, bool):
        fault("dark", "dark must be true or false.")
    if not isinstance(colours, dict):
        fault("colors", "the table [colors] is missing.")
        return None, faults
    _check_colours(colours, fault)
    if faults:
        return None, faults
    lowered = {name: str(colours[name]).lower() for name in COLOURS}
    return ThemeSpec(file.stem, str(title), bool(dark), MappingProxyType(lowered)), []


class _Fault(Protocol):
    def __call__(self, name: str, message: str, hint: str = "") -> None: ...


def _check_colours(colours: Mapping[str, object], fault: _Fault) -> None:
    good: dict[str, str] = {}
    for name, value in colours.items():
        if name not in COLOURS:
            fault(name, f"{name} is not a colour of a theme.", did_you_mean(name, COLOURS))
        elif isinstance(value, str) and (_HEX.fullmatch(value) or value.lower() in ANSI_COLOURS):
            good[name] = value
        else:
            fault(name, f'{name} must be "#rrggbb" or an ANSI colour such as "ansi_blue".')
    missing = [name for name in COLOURS if name not in colours]
    if missing:
        fault("colors", f"these colours are missing: {', '.join(missing)}.")
    for front, back, least in CONTRASTS:
        ratio = contrast(good.get(front, ""), good.get(back, ""))
        if ratio is not None and ratio < least:
            fault(
                front,
                f"{front} on {back} has a contrast of {ratio:.1f}:1 and needs {least}:1.",
                "Make the one lighter or the other darker.",
            )


def _line_of(source: str, name: str) -> int | None:
    if not name:
        return None
    pattern = re.compile(rf"\s*\[?\s*[\"']?{re.escape(name)}[\"']?\s*[\]=]")
    for number, line in enumerate(source.splitlines(), 1):
        if pattern.match(line):
            return number
    return None


def contrast(front: str, back: str) -> float | None:
    """The WCAG contrast ratio of two `#rrggbb` colours, 1 to 21; None unless both are."""
    if not (_HEX.fullmatch(front) and _HEX.fullmatch(back)):
        return None
    light, dark = sorted((_luminance(front), _luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
