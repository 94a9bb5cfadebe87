"""Who comes from the earlier program finds each key where it was, or in the table of the page."""

from __future__ import annotations

import re
from typing import Final

from tests.docs.pages import PROJECT
from tfm.config.actions import ACTIONS, ALIASES
from tfm.config.keymap import build_keymap
from tfm.config.keys import UnknownKey, key_label, parse_chord

EARLIER: Final = {
    "q": "quit",
    "?": "help",
    "F5": "redraw",
    "Up": "cursor_up",
    "Down": "cursor_down",
    "PgUp": "page_up",
    "PgDn": "page_down",
    "Enter": "open_item",
    "Backspace": "go_parent",
    "Tab": "switch_pane",
    "Space": "select_file",
    "Shift-Space": "select_file_up",
    "Home": "select_all",
    "End": "select_all",
    "a": "select_all_files",
    "Shift-A": "select_all_items",
    "c": "copy_files",
    "m": "move_files",
    "k": "delete_files",
    "r": "rename_file",
    "Shift-E": "create_file",
    "v": "view_file",
    "e": "edit_file",
    "i": "file_details",
    "=": "diff_files",
    "Shift-=": "diff_directories",
    "p": "create_archive",
    "u": "extract_archive",
    "f": "search",
    "Shift-F": "search_dialog",
    "Shift-G": "search_content",
    ";": "filter",
    ":": "clear_filter",
    "s": "sort_menu",
    "1": "quick_sort_name",
    "2": "quick_sort_ext",
    "3": "quick_sort_size",
    "4": "quick_sort_date",
    "j": "favorites",
    "Shift-J": "jump_to_path",
    "h": "history",
    "d": "drives_dialog",
    "o": "sync_current_to_other",
    "Shift-O": "sync_other_to_current",
    "w": "compare_selection",
    "[": "adjust_pane_left",
    "]": "adjust_pane_right",
    "-": "reset_pane_boundary",
    "{": "adjust_log_up",
    "}": "adjust_log_down",
    "Shift-Up": "scroll_log_up",
    "Shift-Down": "scroll_log_down",
    ".": "toggle_hidden",
    "t": "toggle_color_scheme",
    "z": "view_options",
    "Shift-Z": "settings_menu",
    "x": "programs",
    "Shift-X": "subshell",
}
"""Its keys and what they were for, in its own names."""


def table() -> dict[str, tuple[str, str]]:
    """Each key of the table of the page → the key and the action that are there for it now."""
    page = (PROJECT / "docs" / "upgrading.md").read_text("utf-8")
    part = page.partition("## Keys that are others now")[2].partition("\n## ")[0]
    found: dict[str, tuple[str, str]] = {}
    for row in re.findall(
        r"^\| (`.*)$", part.replace("<code>&#124;</code>", "`PIPE`"), re.MULTILINE
    ):
        was, _, now, _ = (cell.strip() for cell in row.rstrip("| ").split(" | "))
        key, action = re.findall(r"`([^`]+)`", now)
        for each in re.findall(r"`([^`]+)`", was):
            found[each] = (key.replace("PIPE", "|"), action)
    return found


def label_of(key: str) -> str:
    try:
        return key_label(parse_chord(key))
    except UnknownKey:  # one that is another character on each keyboard
        return ""


def test_a_key_does_what_it_did_or_the_page_tells_the_one_that_does() -> None:
    keymap, told = build_keymap({}), table()
    for key, name in EARLIER.items():
        action = name if name in ACTIONS else ALIASES[name]
        labels = keymap.labels_of(action)
        as_before = label_of(key) in labels
        assert as_before != (key in told), (key, action, labels)
        if key in told:
            now, named = told[key]
            assert named == action
            assert now in labels


def test_the_table_has_no_key_of_its_own() -> None:
    assert table().keys() <= EARLIER.keys()
