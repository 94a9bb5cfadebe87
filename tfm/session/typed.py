"""One line of text under a cursor, for what is typed into the status line."""

from __future__ import annotations

from collections.abc import Sequence


class TypedLine:
    """`cursor` counts characters; `history` holds earlier lines, the latest first."""

    def __init__(self, text: str = "", history: Sequence[str] = ()) -> None:
        self.text = text
        self.cursor = len(text)
        self._history = [line for line in history if line != text]
        self._at = -1
        self._own = text

    def put(self, text: str) -> None:
        """Type at the cursor; what cannot be printed is left out."""
        kept = "".join(character for character in text if character.isprintable())
        self.text = self.text[: self.cursor] + kept + self.text[self.cursor :]
        self.cursor += len(kept)
        self._at = -1

    def edit(self, key: str) -> bool:
        """Do what a key means to a line of text; False if it means nothing."""
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        if key == "backspace":
            before = before[:-1]
        elif key in ("delete", "ctrl+d"):
            after = after[1:]
        elif key == "ctrl+w":
            stripped = before.rstrip()
            before = stripped[: stripped.rfind(" ") + 1]
        elif key == "ctrl+u":
            before = ""
        elif key == "ctrl+k":
            after = ""
        elif key == "left":
            before, after = before[:-1], before[-1:] + after
        elif key == "right":
            before, after = before + after[:1], after[1:]
        elif key in ("home", "ctrl+a"):
            before, after = "", before + after
        elif key in ("end", "ctrl+e"):
            before, after = before + after, ""
        else:
            return False
        self.text, self.cursor = before + after, len(before)
        return True

    def recall(self, older: int) -> bool:
        """Go back in the history (1) or forward again (-1); False at its ends."""
        wanted = self._at + older
        if not -1 <= wanted < len(self._history):
            return False
        if self._at < 0:
            self._own = self.text
        self._at = wanted
        self.text = self._own if wanted < 0 else self._history[wanted]
        self.cursor = len(self.text)
        return True


def remember(history: list[str], line: str, at_most: int = 100) -> None:
    """Put a line first in a history, once."""
    if line:
        history[:] = [line, *(each for each in history if each != line)][:at_most]
