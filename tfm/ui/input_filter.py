"""What the terminal sends, made harmless before it is read as keys.

A late answer of the terminal, or a paste with an escape byte in it, would otherwise be taken apart
into single letters, and letters are commands here.
"""

from __future__ import annotations

import re

_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"

# Answers nobody waits for: device attributes, status, window and colour reports, strings.
_ANSWER = re.compile(
    r"\x1b\[[?>=][0-9;:]*[ -/]*[a-xz@-Z]"  # private: all but mode reports, which end in $y
    r"|\x1b\[[0-9;]*[cnt]"
    r"|\x1b\[[IO]"  # focus in and out
    r"|\x1b\][0-9]+;[^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[P_^X][^\x1b]*\x1b\\"
)
# The beginning of one, at the end of what was read.
_HALF = re.compile(
    r"\x1b\[[?>=][0-9;:]*[ -/]*\Z|\x1b\][0-9]+;?[^\x07\x1b]*\x1b?\Z|\x1b[P_^X][^\x1b]+\x1b?\Z"
)
_ESCAPE_DIGIT = re.compile(r"\x1b([0-9])")
_FUNCTION_KEYS = {
    "1": "\x1bOP",
    "2": "\x1bOQ",
    "3": "\x1bOR",
    "4": "\x1bOS",
    "5": "\x1b[15~",
    "6": "\x1b[17~",
    "7": "\x1b[18~",
    "8": "\x1b[19~",
    "9": "\x1b[20~",
    "0": "\x1b[21~",
}
_LONGEST_HALF = 4096


class InputFilter:
    """Takes text as it was read, gives back what may be parsed; keeps a half answer back."""

    def __init__(self) -> None:
        self._held = ""
        self._pasting = False

    @property
    def holds(self) -> bool:
        """True while a half answer is kept back."""
        return bool(self._held)

    def give_up(self) -> None:
        """The rest of a half answer did not come: it is dropped, it was never a key."""
        self._held = ""

    def feed(self, text: str) -> str:
        """The part of `text` (and of what was kept back) that is keys, mouse or paste."""
        text, self._held = self._held + text, ""
        pieces: list[str] = []
        while text:
            if self._pasting:
                body, end, text = text.partition(_PASTE_END)
                if not end:
                    # the end marker itself may have been cut in two
                    keep = next((n for n in range(5, 0, -1) if body.endswith(_PASTE_END[:n])), 0)
                    self._held = body[len(body) - keep :]
                    body = body[: len(body) - keep]
                pieces.append(body.replace("\x1b", "") + end)
                self._pasting = not end
            else:
                before, begin, text = text.partition(_PASTE_BEGIN)
                pieces.append(self._keys(before, last=not begin) + begin)
                self._pasting = bool(begin)
        return "".join(pieces)

    def _keys(self, text: str, *, last: bool) -> str:
        if "\x1b" not in text:
            return text
        text = _ANSWER.sub("", text)
        if last and (half := _HALF.search(text)) and len(half[0]) < _LONGEST_HALF:
            self._held = half[0]
            text = text[: half.start()]
        return _ESCAPE_DIGIT.sub(lambda match: _FUNCTION_KEYS[match[1]], text)
