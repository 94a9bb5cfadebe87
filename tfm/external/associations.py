"""Which program opens, shows or edits a file, by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from tfm.model.program import Association, Deed


def matches(patterns: Sequence[str], name: str) -> bool:
    """By glob, whatever the case."""
    lowered = name.lower()
    return any(fnmatchcase(lowered, pattern.lower()) for pattern in patterns)


def command_for(rules: Sequence[Association], name: str, deed: Deed) -> tuple[str, ...] | None:
    """The words for a file: of the first rule that knows; () means deliberately none, None no rule."""
    for rule in rules:
        if deed in rule.commands and matches(rule.patterns, name):
            return rule.commands[deed]
    return None


_DESKTOP_OPENERS = frozenset({"xdg-open", "gio", "kde-open", "exo-open"})
_HAND_ON = _DESKTOP_OPENERS | {"open"}


def hands_on(words: Sequence[str]) -> bool:
    """True for openers: they end at once, while the program they have called still reads the file."""
    return bool(words) and words[0].rpartition("/")[2] in _HAND_ON


def can_show(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """False for what needs a desktop where there is none, as over SSH: the built-in viewer can help."""
    if not words or words[0].rpartition("/")[2] not in _DESKTOP_OPENERS:
        return True
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
