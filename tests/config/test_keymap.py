"""Actions and keys: the promised keys are all there, and the user's keys are laid over them."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfm.config import actions as table
from tfm.config.actions import ACTIONS, ALIASES, GROUPS
from tfm.config.keymap import Keymap, build_keymap
from tfm.config.keys import ESCAPE_DIGITS, UnknownKey, key_label, parse_chord, parse_key, variants
from tfm.config.presets import PRESETS, preset_keys
from tfm.config.rules import Binding

# The table of default keys of the design and those added since, as a person writes them.
PROMISED = {
    "Up": "cursor_up", "Down": "cursor_down", "PgUp": "page_up", "PgDn": "page_down",
    "Home": "first_row", "End": "last_row", "Left": "left", "Right": "right",
    "Enter": "open", "Backspace": "parent", "Tab": "switch_pane",
    "Space": "mark", "Insert": "mark", "Shift-Up": "mark_up", "Shift-Down": "mark_down",
    "+": "mark_pattern", "-": "unmark_pattern", "*": "invert_marks",
    "a": "mark_files", "Shift-A": "mark_all",
    "c": "copy", "F5": "copy", "m": "move_or_mkdir", "F6": "move",
    "k": "delete", "F8": "delete", "Del": "delete", "r": "rename", "Shift-F6": "rename",
    "F7": "mkdir",
    "v": "view", "Shift-V": "quick_view", "Shift-S": "directory_sizes", "F3": "view", "e": "edit", "F4": "edit", "Shift-F4": "edit_new", "Shift-E": "touch", "i": "details",
    "o": "same_place", "Shift-O": "other_here",
    "f": "search", "/": "search", "Shift-F": "find_name", "Shift-G": "find_content",
    ";": "filter", ":": "clear_filter",
    "j": "favorites", "Shift-J": "goto", "h": "history", "d": "drives",
    "1": "sort_name", "2": "sort_extension", "3": "sort_size", "4": "sort_time",
    "s": "sort_menu", ".": "toggle_hidden", "Ctrl-R": "refresh",
    "w": "compare_marks", "Shift-W": "compare_directories", "=": "diff",
    "p": "pack", "u": "unpack", "Shift-U": "undo",
    "x": "programs", "F2": "programs", "Shift-X": "subshell", "!": "command_line",
    "b": "jobs", "l": "log", "Shift-L": "read_log", "z": "view_menu", "Shift-Z": "settings_menu",
    "[": "ratio_left", "]": "ratio_right", "|": "ratio_reset",
    "{": "log_higher", "}": "log_lower", "<": "previous_tab", ">": "next_tab",
    "(": "back", "Alt-Left": "back", "Alt-Y": "back",
    ")": "forward", "Alt-Right": "forward", "Alt-U": "forward",
    "Shift-B": "set_bookmark", "'": "jump", "t": "new_tab", "Shift-T": "close_tab",
    "Ctrl-U": "swap_panes", "g u": "swap_panes",
    "Ctrl-Down": "next_mark", "g n": "next_mark", "Ctrl-Up": "previous_mark", "g p": "previous_mark",
    "?": "help", "F1": "help", "F9": "menu", "Ctrl-P": "palette", "Ctrl-O": "terminal",
    "q": "quit", "F10": "quit", "Ctrl-Q": "quit",
    "g g": "first_row", "g e": "last_row", "Shift-M": "move", "Shift-N": "mkdir", ", m": "menu",
    ", e": "edit_config", ", r": "reload_config", ", p": "config_report",
    ", u": "undo_rename", ", t": "theme",
}  # fmt: skip


def means(keymap: Keymap, key: str) -> str:
    action = keymap.action_for(key)
    return action.id if action is not None else ""


@pytest.mark.parametrize(("key", "action"), PROMISED.items())
def test_every_key_of_the_design_has_its_action(key: str, action: str) -> None:
    found = build_keymap({}).action_for(parse_chord(key))
    assert found is not None
    assert found.id == action


TERMINAL_KEYS = {"escape", "ctrl+c", "ctrl+g", "ctrl+z"}
"""What every terminal program does on them: stop something, or stop itself."""


def test_letters_and_signs_mean_nothing_but_what_was_promised() -> None:
    """Chords, F-keys with Shift and keys with Ctrl or Alt may come; the plain ones are a wall."""
    keys = {key for action in ACTIONS.values() for key in action.keys if " " not in key}
    plain = {key for key in keys if "+" not in key} | {key for key in keys if "ctrl+" in key}
    assert plain - {parse_chord(key) for key in PROMISED} <= TERMINAL_KEYS


def test_what_comes_later_says_so_when_pressed() -> None:
    assert ACTIONS["compare_directories"].not_yet == "Not in this version yet: compare directories."
    assert ACTIONS["copy"].not_yet == ""


def test_the_table_is_sound() -> None:
    keys = [key for action in ACTIONS.values() for key in action.keys]
    assert len(keys) == len(set(keys))
    source = Path(table.__file__).read_text("utf-8")
    written = re.findall(r"^    (?:Action|_later)\(\"(\w+)\"", source, re.MULTILINE)
    assert sorted(written) == sorted(ACTIONS), "each action has one row"
    for action in ACTIONS.values():
        assert action.help.endswith(".")
        assert action.group in GROUPS
        assert action.keys, action.id
    assert not set(ALIASES) & set(ACTIONS)
    assert sum(len(action.aliases) for action in ACTIONS.values()) == len(ALIASES)


def test_the_f_key_bar_has_a_word_for_each_of_the_ten() -> None:
    keymap = build_keymap({})
    bar = [ACTIONS[means(keymap, f"f{number}")].fkey_label for number in range(1, 11)]
    assert bar == [
        "Help", "Progs", "View", "Edit", "Copy", "Move", "MkDir", "Delete", "Menu", "Quit",
    ]  # fmt: skip


def test_every_f_key_can_be_typed_as_escape_and_a_digit() -> None:
    assert ESCAPE_DIGITS["1"] == "f1"
    assert ESCAPE_DIGITS["0"] == "f10"
    assert set(ESCAPE_DIGITS) == set(string.digits)


# -- names of keys ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name", "label"),
    [
        ("c", "c", "c"),
        ("J", "J", "Shift-J"),
        ("shift+j", "J", "Shift-J"),
        ("Shift-J", "J", "Shift-J"),
        ("Control-r", "ctrl+r", "Ctrl-R"),
        ("CTRL+R", "ctrl+r", "Ctrl-R"),
        ("f5", "f5", "F5"),
        ("Shift-F6", "shift+f6", "Shift-F6"),
        ("shift-ctrl-Up", "ctrl+shift+up", "Ctrl-Shift-Up"),
        ("SPACE", "space", "Space"),
        (" ", "space", "Space"),
        ("Page_Up", "pageup", "PgUp"),
        ("ESCAPE", "escape", "Esc"),
        ("Alt-x", "alt+x", "Alt-X"),
        ("+", "plus", "+"),
        ("-", "minus", "-"),
        ("Alt--", "alt+minus", "Alt--"),
        ("MINUS", "minus", "-"),
        ("/", "slash", "/"),
        ("?", "question_mark", "?"),
        ("[", "left_square_bracket", "["),
        ("LEFT_BRACKET", "left_square_bracket", "["),
        ("|", "vertical_line", "|"),
        (".", "full_stop", "."),
        ("_", "underscore", "_"),
        ("@", "at", "@"),
        ("~", "tilde", "~"),
        ("^", "circumflex_accent", "^"),
        ("ö", "ö", "ö"),
    ],
)
def test_keys_are_read_and_told(written: str, name: str, label: str) -> None:
    assert parse_key(written) == name
    assert key_label(name) == label


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("F99", "no key"),
        ("Entr", "Did you mean Enter"),
        ("", "no key"),
        ("Ctrl-", "no key"),
        ("Hyper-x", "no key"),
        ("Cmd-c", "never reports"),
        ("Ctrl-I", "arrives from the terminal as Tab"),
        ("Ctrl-h", "arrives from the terminal as Backspace"),
        ("Shift-=", "name the character"),
        ("Shift-1", "name the character"),
        ("cc", "no key"),
    ],
)
def test_what_is_no_key_says_why(written: str, why: str) -> None:
    with pytest.raises(UnknownKey, match=why):
        parse_key(written)


def test_the_names_are_those_of_the_terminal_layer() -> None:
    from textual import keys

    for sign in string.punctuation:
        assert parse_key(sign) == keys._character_to_key(sign)
    known = {key.value for key in keys.Keys}
    for name in ("pageup", "pagedown", "home", "end", "insert", "delete", "backspace", "escape"):
        assert parse_key(name) in known


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        key = parse_key(text)
    except UnknownKey:
        return
    assert parse_key(key_label(key)) == key


# -- the map ---------------------------------------------------------------------------------


def test_shift_letter_means_the_letter_unless_bound_itself() -> None:
    keymap = build_keymap({})
    assert means(keymap, "C") == means(keymap, "shift+c") == "copy"
    assert means(keymap, "J") == means(keymap, "shift+j") == "goto"
    assert means(keymap, "Q") == "quit"
    assert keymap.keys_of("copy") == ("c", "f5")
    assert means(build_keymap({"goto": "none"}), "J") == "favorites"


def test_a_key_is_known_under_all_names_terminals_give_it() -> None:
    keymap = build_keymap({})
    assert means(keymap, "add") == "mark_pattern"
    assert means(keymap, "subtract") == "unmark_pattern"
    assert means(keymap, "multiply") == "invert_marks"
    assert means(keymap, "f18") == "rename"
    assert variants("shift+f6") == ("f18",)
    assert means(build_keymap({"refresh": "F18"}), "f18") == "refresh"


def test_an_entry_replaces_all_keys_of_its_action() -> None:
    keymap = build_keymap({"copy": ["F12", "y"]})
    assert keymap.keys_of("copy") == ("f12", "y")
    assert keymap.labels_of("copy") == ("F12", "y")
    assert keymap.action_for("f5") is None
    assert not keymap.problems


def test_none_unbinds() -> None:
    keymap = build_keymap({"delete": "none", "mkdir": ["None"]})
    assert keymap.keys_of("delete") == keymap.keys_of("mkdir") == ()
    assert keymap.action_for("k") is None
    assert not keymap.problems


def test_the_users_key_beats_a_default_and_a_lost_key_is_told() -> None:
    keymap = build_keymap({"refresh": "F5", "touch": "m"})
    assert means(keymap, "f5") == "refresh"
    assert keymap.keys_of("copy") == ("c",)
    assert keymap.keys_of("move_or_mkdir") == ()
    assert keymap.notices == ("Move, or new directory has no key now: yours took m.",)


def test_two_entries_for_one_key_are_a_clash_and_the_first_keeps_it() -> None:
    keymap = build_keymap({"copy": "y", "delete": ["Y", "y"]})
    assert means(keymap, "y") == "copy"
    assert keymap.keys_of("delete") == ("Y",)
    (problem,) = keymap.problems
    assert (problem.action, problem.message) == ("delete", "y is given to both copy and delete.")


def test_typos_are_told_with_a_suggestion_and_the_defaults_stay() -> None:
    keymap = build_keymap({"refesh": "F5", "copy": "F55"})
    assert [problem.action for problem in keymap.problems] == ["refesh", "copy"]
    assert "Did you mean refresh?" in keymap.problems[0].hint
    assert keymap.keys_of("copy") == ("c", "f5")


def test_names_of_the_earlier_program_are_understood() -> None:
    keymap = build_keymap({"copy_files": "F12", "create_directory": "n"})
    assert not keymap.problems
    assert means(keymap, "f12") == "copy"
    assert means(keymap, "n") == "mkdir"


@pytest.mark.parametrize(
    "user",
    [
        {"quit": "none"},
        {"quit": []},
        {"copy": "q", "move": "F10", "view": "Ctrl-Q"},
        {"quit": "x", "copy": "x", "refresh": "Ctrl-Q"} | {"quit": "none"},
    ],
)
def test_quit_always_keeps_a_key(user: dict[str, list[str] | str]) -> None:
    keymap = build_keymap(user)
    assert keymap.keys_of("quit") == ("ctrl+q",)
    assert means(keymap, "ctrl+q") == "quit"
    assert any("Ctrl-Q quits" in notice for notice in keymap.notices)


# -- chords, presets, rules ------------------------------------------------------------------


def test_a_chord_is_keys_one_after_the_other() -> None:
    keymap = build_keymap({"copy": ["t t", "Ctrl-X c"], "delete": "t Shift-D"})
    assert not keymap.problems
    assert keymap.labels_of("copy") == ("t t", "Ctrl-X c")
    assert means(keymap, "t t") == "copy"
    assert means(keymap, "t shift+t") == "copy", "Shift-letter means the letter"
    assert means(keymap, "t D") == "delete"
    assert means(keymap, "t") == ""
    assert keymap.is_prefix("t")
    assert keymap.is_prefix("ctrl+x")
    assert not keymap.is_prefix("t t")
    assert keymap.after("t") == [("Shift-D", "Delete"), ("t", "Copy")]


def test_several_chords_behind_one_key_are_told_as_so_many() -> None:
    keymap = build_keymap({"copy": "t a b", "move": "t a c"})
    assert keymap.after("t") == [("a", "Copy +1")]
    assert keymap.after("t a") == [("b", "Copy"), ("c", "Move")]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("gg", 'is written with blanks: "g g"'),
        ("g Esc", "Esc ends what was begun"),
        ("a b c d", "at most 3 keys"),
        ("g F55", 'there is no key "F55"'),
    ],
)
def test_a_chord_that_cannot_be_says_why(written: str, told: str) -> None:
    with pytest.raises(UnknownKey, match=told):
        parse_chord(written)


def test_a_key_cannot_act_and_begin_a_chord() -> None:
    keymap = build_keymap({"copy": "t", "delete": "t t"})
    assert keymap.keys_of("delete") == ()
    assert [each.message for each in keymap.problems] == ["t t of delete never comes: t is copy."]
    keymap = build_keymap({"copy": "t t", "delete": "t"})
    assert means(keymap, "t t") == "copy"
    assert [each.message for each in keymap.problems] == ["t of delete begins a chord of copy."]
    keymap = build_keymap({"touch": "g"})
    assert means(keymap, "g") == "touch"
    assert keymap.keys_of("first_row") == ("home",), "the chords of the table give way"
    assert not keymap.problems
    keymap = build_keymap({"touch": "c t"})
    assert keymap.keys_of("copy") == ("f5",)


def test_rules_let_actions_share_a_key() -> None:
    keymap = build_keymap(
        {"move": Binding(("m",), "required"), "mkdir": Binding(("m",), "none"), "touch": "m"}
    )
    assert [each.message for each in keymap.problems] == ["m is given to both mkdir and touch."]
    marked, unmarked = (keymap.action_for("m", marked=each) for each in (True, False))
    assert marked is not None
    assert unmarked is not None
    assert (marked.id, unmarked.id) == ("move", "mkdir")
    keymap = build_keymap({"view": Binding(("c",), "required")})
    assert keymap.action_for("c", marked=False) is None, "the key is the user's, whatever the rule"


def test_bare_capitals_beside_shift_are_read_as_the_earlier_program_did() -> None:
    keymap = build_keymap({"select_all_files": ["A"], "select_all_items": ["Shift-A"]})
    assert not keymap.problems
    assert (means(keymap, "a"), means(keymap, "A")) == ("mark_files", "mark_all")
    keymap = build_keymap({"mark_files": ["A"]})
    assert keymap.keys_of("mark_files") == ("A",)


def test_a_key_map_of_the_earlier_program_is_taken_as_it_is() -> None:
    keymap = build_keymap(
        {
            "copy_files": Binding(("C",), "required"),
            "move_files": Binding(("M",), "required"),
            "create_directory": Binding(("M",), "none"),
            "delete_files": Binding(("K", "DELETE", "Command-Backspace"), "required"),
            "jump_to_path": ["Shift-J"],
            "favorites": ["J"],
            "open_with_os": ["Command-ENTER"],
            "reset_log_height": ["_"],
            "quit": ["Q"],
        }
    )
    assert not keymap.problems
    assert set(keymap.earlier) == {"open_with_os", "reset_log_height"}
    assert [means(keymap, key) for key in ("c", "k", "J", "j", "q")] == [
        "copy", "delete", "goto", "favorites", "quit",
    ]  # fmt: skip
    assert keymap.action_for("c", marked=False) is None
    marked, unmarked = (keymap.action_for("m", marked=each) for each in (True, False))
    assert marked is not None
    assert unmarked is not None
    assert (marked.id, unmarked.id) == ("move_or_mkdir", "mkdir")
    assert means(keymap, "shift+up") == "mark_up"


@pytest.mark.parametrize("preset", PRESETS)
def test_no_action_is_without_a_key_and_no_f_key_without_a_twin(preset: str) -> None:
    keymap = build_keymap({}, preset=preset)
    assert not keymap.problems
    assert not keymap.notices
    for name in ACTIONS:
        assert keymap.keys_of(name), name
    for number in range(1, 11):
        action = keymap.action_for(f"f{number}")
        assert action is not None
        assert any(not key.startswith("f") or len(key) == 1 for key in keymap.keys_of(action.id))


VIM = {
    "h": "parent", "j": "cursor_down", "k": "cursor_up", "l": "open", "g g": "first_row",
    "G": "last_row", "/": "search", ":": "palette", "Space": "mark", "q": "quit", "F5": "copy",
    "c": "copy", "Ctrl-F": "page_down", "g h": "history", "g f": "favorites", "g d": "drives",
    "p a": "pack", "d D": "delete", "g t": "next_tab", "g T": "previous_tab", "'": "jump",
    "Shift-H": "back", "Shift-L": "forward",
}  # fmt: skip
NORTON = {
    "F3": "view", "F9": "menu", "Insert": "mark", "Ctrl-L": "refresh", "Ctrl-T": "mark",
    "Alt-c": "goto", "Alt-.": "toggle_hidden", "Shift-F4": "edit_new", "Ctrl-X d": "compare_directories",
    "c": "copy", "g g": "first_row",
}  # fmt: skip


@pytest.mark.parametrize(("preset", "keys"), [("vim", VIM), ("norton", NORTON)])
def test_a_preset_means_what_hands_expect(preset: str, keys: dict[str, str]) -> None:
    keymap = build_keymap({}, preset=preset)
    for key, action in keys.items():
        assert means(keymap, parse_chord(key)) == action, key
    for touched, own in preset_keys(preset).items():
        assert touched in ACTIONS
        for key in own:
            assert parse_chord(key) == key, "canonical"
            assert means(keymap, key) == touched


def test_the_users_keys_are_laid_over_the_preset() -> None:
    keymap = build_keymap({"view": "j"}, preset="vim")
    assert means(keymap, "j") == "view"
    assert keymap.keys_of("cursor_down") == ("down",)
    assert means(keymap, "k") == "cursor_up"


KEYS = st.sampled_from(
    ["a", "A", "q", "F10", "Ctrl-Q", "F5", "none", "??", "", "+", "a b", "a b c", "q q", "Ctrl-Q q"]
)
NAMES = st.sampled_from(sorted([*ACTIONS, *ALIASES])) | st.text(max_size=8)


@settings(deadline=None)  # a busy machine is no fault
@given(st.dictionaries(NAMES, KEYS | st.lists(KEYS, max_size=3), max_size=8))
def test_any_bindings_give_a_sound_map_with_a_way_out(user: dict[str, list[str] | str]) -> None:
    keymap = build_keymap(user)
    assert keymap.keys_of("quit")
    for action, keys in keymap.keys.items():
        assert action in ACTIONS
        for key in keys:
            assert action in {bound.action for bound in keymap.meanings(key)}


def test_a_text_names_the_first_key_of_an_action_or_the_action() -> None:
    keymap = build_keymap({"refresh": ("Ctrl-T", "F5"), "jobs": "none"})
    assert keymap.key_of("refresh") == "Ctrl-T"
    assert keymap.key_of("jobs") == "“Jobs”"
    assert keymap.key_of("parent") == "Backspace"
