"""The bytes an xterm sends for a key, by the names Textual uses: `key_bytes("shift+down")`."""

from typing import Final

_PLAIN: Final = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "backspace": "\x7f",
    "space": " ",
    "ctrl+space": "\x00",
    "ctrl+backslash": "\x1c",
    "ctrl+right_square_bracket": "\x1d",
    "plus": "+",
}
_LETTERED: Final = {
    "up": "A",
    "down": "B",
    "right": "C",
    "left": "D",
    "end": "F",
    "home": "H",
    "f1": "P",
    "f2": "Q",
    "f3": "R",
    "f4": "S",
}
_NUMBERED: Final = {
    "insert": 2,
    "delete": 3,
    "pageup": 5,
    "pagedown": 6,
    "f5": 15,
    "f6": 17,
    "f7": 18,
    "f8": 19,
    "f9": 20,
    "f10": 21,
    "f11": 23,
    "f12": 24,
}
_MODIFIERS: Final = {"shift": 1, "alt": 2, "ctrl": 4}


def key_bytes(name: str) -> bytes:
    """Bytes of a key name or of one character. Raises ValueError for what is neither."""
    if len(name) == 1:
        return name.encode()
    if name in _PLAIN:
        return _PLAIN[name].encode()
    *modifiers, key = name.split("+")
    if not set(modifiers) <= _MODIFIERS.keys():
        raise ValueError(f"no such key: {name!r} (literal text goes through type_text())")
    code = 1 + sum(_MODIFIERS[modifier] for modifier in modifiers)
    if key in _LETTERED:
        introducer = "\x1bO" if key.startswith("f") else "\x1b["
        sequence = (
            f"{introducer}{_LETTERED[key]}" if code == 1 else f"\x1b[1;{code}{_LETTERED[key]}"
        )
        return sequence.encode()
    if key in _NUMBERED:
        return f"\x1b[{_NUMBERED[key]}{f';{code}' if code > 1 else ''}~".encode()
    if modifiers == ["alt"] and (len(key) == 1 or key in _PLAIN):
        return b"\x1b" + key_bytes(key)
    if modifiers == ["shift"] and len(key) == 1 and key.isalpha():
        return key.upper().encode()
    if modifiers == ["ctrl"] and len(key) == 1 and key.isascii() and key.isalpha():
        return bytes([ord(key.upper()) & 0x1F])
    raise ValueError(f"no such key: {name!r} (literal text goes through type_text())")


def mouse_bytes(button: int, row: int, column: int, *, release: bool = False) -> bytes:
    """SGR report; rows and columns from 0. Buttons: 0 left, 1 middle, 2 right, 64 wheel up, 65 wheel down."""
    return f"\x1b[<{button};{column + 1};{row + 1}{'m' if release else 'M'}".encode()
