"""Names of keys: what users write, what the terminal layer calls them, what people read.

The canonical name is the one the terminal layer reports: `f5`, `ctrl+r`, `question_mark`, and
`J` for Shift-J. A terminal may report the same key under other names; `variants` lists those.
A chord is several keys pressed one after the other: their names with a blank between, `g g`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from tfm.config.problems import did_you_mean

# Terminals that keep F-keys for themselves, and keyboards without them: Esc, then a digit.
ESCAPE_DIGITS: Mapping[str, str] = MappingProxyType(
    {str(number % 10): f"f{number}" for number in range(1, 11)}
)

_PLAIN = {
    "up": "Up", "down": "Down", "left": "Left", "right": "Right",
    "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End",
    "insert": "Insert", "delete": "Delete", "backspace": "Backspace",
    "enter": "Enter", "tab": "Tab", "escape": "Esc", "space": "Space",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}  # fmt: skip

# The terminal layer's names that differ from the Unicode name of the character.
_SPECIAL_SIGNS = {
    "/": "slash",
    "\\": "backslash",
    "@": "at",
    "-": "minus",
    "+": "plus",
    "_": "underscore",
}

_SIGNS = {
    sign: _SPECIAL_SIGNS.get(sign, re.sub("[ -]", "_", unicodedata.name(sign).lower()))
    for sign in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
}
_SIGN_OF = {name: sign for sign, name in _SIGNS.items()}

_SPELLINGS = {
    "return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "bs": "backspace",
    "pgup": "pageup", "page_up": "pageup", "pgdn": "pagedown", "pgdown": "pagedown",
    "page_down": "pagedown", "spacebar": "space", "equal": "equals_sign", "equals": "equals_sign",
    "left_bracket": "left_square_bracket", "right_bracket": "right_square_bracket",
    "left_brace": "left_curly_bracket", "right_brace": "right_curly_bracket",
    "pipe": "vertical_line", "period": "full_stop", "dot": "full_stop", "hyphen": "minus",
    "question": "question_mark", "exclamation": "exclamation_mark", "backquote": "grave_accent",
    "quote": "apostrophe", "less": "less_than_sign", "greater": "greater_than_sign",
    "star": "asterisk", "add": "plus", "subtract": "minus", "multiply": "asterisk",
    "divide": "slash", "hash": "number_sign",
}  # fmt: skip

_MODIFIERS = {"shift": "shift", "ctrl": "ctrl", "control": "ctrl", "alt": "alt", "option": "alt"}

_KEYPAD = {
    "plus": "add",
    "minus": "subtract",
    "asterisk": "multiply",
    "slash": "divide",
    "equals_sign": "equal",
}

_SAME_BYTE = {
    "ctrl+i": "Tab",
    "ctrl+m": "Enter",
    "ctrl+h": "Backspace",
    "ctrl+left_square_bracket": "Esc",
}


LONGEST_CHORD = 3


class UnknownKey(ValueError):
    """The text names no key that a terminal can report; says why."""


def parse_chord(text: str) -> str:
    """The canonical name of a key, or of keys pressed one after the other: `g g`, `Ctrl-X c`.

    Raises `UnknownKey`.
    """
    words = text.split()
    if len(words) < 2:
        return parse_key(text)
    if len(words) > LONGEST_CHORD:
        raise UnknownKey(f'"{text}": at most {LONGEST_CHORD} keys follow each other')
    strokes = [parse_key(word) for word in words]
    if "escape" in strokes:
        raise UnknownKey(f'"{text}": Esc ends what was begun, it cannot be a part of it')
    return " ".join(strokes)


def strokes_of(key: str) -> list[str]:
    """The keys of a chord; a plain key is one."""
    return key.split(" ")


def parse_key(text: str) -> str:
    """The canonical name of a key written as `F5`, `Ctrl-R`, `shift+f6`, `J` or `?`.

    An upper-case letter is the letter with Shift. Raises `UnknownKey`.
    """
    rest = text if text == " " else text.strip(" ")
    modifiers: set[str] = set()
    while match := re.match(r"([A-Za-z]+)[-+](?=.)", rest):
        word = match[1].lower()
        if word in {"cmd", "command", "super", "meta"}:
            raise UnknownKey(f'"{text}": a terminal never reports the {match[1]} key')
        if word not in _MODIFIERS:
            break
        modifiers.add(_MODIFIERS[word])
        rest = rest[match.end() :]
    return _joined(text, modifiers, _base(text, rest))


def _base(text: str, rest: str) -> str:
    if len(rest) == 1:
        if rest in _SIGNS:
            return _SIGNS[rest]
        if rest == " ":
            return "space"
        if rest.isalnum():
            return rest
    name = _SPELLINGS.get(rest.lower().replace("-", "_"), rest.lower().replace("-", "_"))
    if name in _PLAIN or name in _SIGN_OF:
        return name
    hint = did_you_mean(rest, (*_PLAIN.values(), *_SPELLINGS)) if len(rest) > 1 else ""
    if not hint and rest == text and 1 < len(rest) <= LONGEST_CHORD and rest.isalpha():
        hint = f'One after the other is written with blanks: "{" ".join(rest)}"'
    raise UnknownKey(f'there is no key "{text}". {hint}'.rstrip())


def _joined(text: str, modifiers: set[str], base: str) -> str:
    if len(base) == 1 and base.isalpha():
        # Ctrl and Alt with a letter: terminals do not tell upper from lower case there.
        if modifiers & {"ctrl", "alt"}:
            base = base.lower()
        elif "shift" in modifiers:
            base = base.upper()
            modifiers = modifiers - {"shift"}
    elif "shift" in modifiers and (base in _SIGN_OF or base.isdigit()):
        raise UnknownKey(f'"{text}": name the character that Shift gives on your keyboard')
    key = "+".join([*sorted(modifiers), base])
    if key in _SAME_BYTE:
        raise UnknownKey(f'"{text}" arrives from the terminal as {_SAME_BYTE[key]}')
    return key


def variants(key: str) -> tuple[str, ...]:
    """Other names under which some terminals report the same key (keypad, Shift, F13-F24)."""
    names = []
    if key in _KEYPAD:
        names.append(_KEYPAD[key])
    if len(key) == 1 and key.isupper():
        names.append(f"shift+{key.lower()}")
    match = re.fullmatch(r"shift\+f(\d+)", key)
    if match and int(match[1]) <= 12:
        names.append(f"f{int(match[1]) + 12}")
    return tuple(names)


def key_label(key: str) -> str:
    """How people read a canonical key or chord: `F5`, `Shift-J`, `Ctrl-R`, `?`, `g g`."""
    if " " in key:
        return " ".join(map(key_label, strokes_of(key)))
    if len(key) == 1:
        return f"Shift-{key}" if key.isupper() else key
    *modifiers, base = key.split("+")
    label = _PLAIN.get(base) or _SIGN_OF.get(base) or (base.upper() if modifiers else base)
    return "-".join([*(word.capitalize() for word in modifiers), label])
