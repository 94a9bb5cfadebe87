"""Presets: keys to begin with, for hands that come from elsewhere.

A preset lists, for each action it touches, all its keys; every other action keeps those of the
table as far as the preset did not take them. An action that loses its key gets another one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Midnight Commander: Ctrl-X chords and Alt keys beside the letters and F-keys of the table.
_NORTON = {
    "refresh": ("ctrl+r", "ctrl+l"),
    "mark": ("space", "insert", "ctrl+t"),
    "unmark_pattern": ("minus", "backslash"),
    "search": ("f", "slash", "ctrl+s", "alt+s"),
    "find_name": ("F", "alt+question_mark"),
    "favorites": ("j", "ctrl+backslash"),
    "history": ("h", "alt+h"),
    "goto": ("J", "alt+c"),
    "toggle_hidden": ("full_stop", "alt+full_stop"),
    "other_here": ("O", "alt+i"),
    "open": ("enter", "ctrl+pagedown"),
    "parent": ("backspace", "ctrl+pageup"),
    "jobs": ("b", "ctrl+x j"),
    "compare_directories": ("W", "ctrl+x d"),
    "details": ("i", "ctrl+x i"),
    "sort_menu": ("s", "alt+t"),
}

# vim, as ranger and yazi read it for files: y and p take along and put, d takes away.
_VIM = {
    "cursor_down": ("down", "j"),
    "cursor_up": ("up", "k"),
    "parent": ("backspace", "h"),
    "open": ("enter", "l"),
    "page_down": ("pagedown", "ctrl+f", "ctrl+d"),
    "page_up": ("pageup", "ctrl+b", "ctrl+u"),
    "first_row": ("home", "g g"),
    "last_row": ("end", "G"),
    "delete": ("f8", "delete", "d D"),
    "yank": ("y y",),
    "cut": ("d d",),
    "paste": ("p p",),
    "palette": ("ctrl+p", "colon"),
    "clear_filter": ("comma semicolon",),
    "favorites": ("g f",),
    "history": ("g h",),
    "drives": ("g d",),
    "find_content": ("g slash",),
    "log": ("g l",),
    "pack": ("p a",),
    "read_log": ("g L",),
    "back": ("H", "left_parenthesis", "alt+left"),
    "forward": ("L", "right_parenthesis", "alt+right"),
    "next_tab": ("greater_than_sign", "g t"),
    "previous_tab": ("less_than_sign", "g T"),
    "swap_panes": ("g u",),
    "set_bookmark": ("B", "g m"),
    "jump": ("apostrophe", "grave_accent"),
}

_PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "default": MappingProxyType({}),
        "norton": MappingProxyType(_NORTON),
        "vim": MappingProxyType(_VIM),
    }
)

PRESETS = tuple(_PRESETS)


def preset_keys(name: str) -> Mapping[str, tuple[str, ...]]:
    """Canonical keys of the actions that a preset touches."""
    return _PRESETS[name]
