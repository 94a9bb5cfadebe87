"""From key presses to the name of an action."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from textual import events

from tfm.config.actions import ACTIONS, Action
from tfm.config.keymap import Keymap
from tfm.config.keys import ESCAPE_DIGITS, key_label

ESCAPE_WINDOW = 1.5


@runtime_checkable
class TakesKeys(Protocol):
    """A screen that is handed keys one by one, in the order they were typed.

    The app calls it directly and not through its message queue: a key that closes a dialog has
    closed it before the next one is looked at, however fast they were typed.
    """

    def take_key(self, event: events.Key) -> None:
        """One key."""
        ...

    def take_paste(self, text: str) -> None:
        """Pasted text; it is never a string of commands."""
        ...


@dataclass(frozen=True, slots=True)
class Refused:
    """The key does nothing now, and what there is to say about it (may be empty)."""

    told: str = ""


class KeyReader:
    """Finds the action of a key, or of a chord; Esc and then a digit is the F-key of that number.

    Esc itself acts at once, so that nothing ever waits: only what follows may mean something else.
    After a prefix it ends what was begun and does nothing besides. A chord waits for its next key
    as long as it takes. Times are monotonic seconds.
    """

    def __init__(self, keymap: Keymap) -> None:
        self.keymap = keymap
        self.prefix = ""
        self._escape_at: float | None = None

    def forget(self) -> None:
        """Something else came between: the keys of a chord that were pressed mean nothing."""
        self.prefix = ""

    def read(self, key: str, now: float, *, marked: bool = False) -> Action | Refused:
        """The action that `key` means now; `prefix` says whether more keys have to follow."""
        escaped, self._escape_at = self._escape_at, None
        prefix, self.prefix = self.prefix, ""
        if key == "escape":
            self._escape_at = now
            if prefix:
                return Refused()
        elif not prefix:
            key = _function_key(key, escaped=escaped is not None and now - escaped <= ESCAPE_WINDOW)
        chord = self.keymap.follow(prefix, key)
        if chord is None:
            spelled = f"{prefix} {key}"
            return Refused(f"{key_label(spelled)}: nothing is on these keys." if prefix else "")
        if self.keymap.is_prefix(chord):
            self.prefix = chord
            return Refused()
        return self._meant(chord, marked=marked)

    def _meant(self, chord: str, *, marked: bool) -> Action | Refused:
        bounds = self.keymap.by_key[chord]
        for bound in bounds:
            if bound.fits(marked=marked):
                return ACTIONS[bound.action]
        title = ACTIONS[bounds[0].action].title
        if marked:
            return Refused(f"{title}: this key works only while nothing is marked.")
        key = self.keymap.key_of("mark")
        return Refused(f"{title}: mark something first ({key}), or choose it from the menu.")


def _function_key(key: str, *, escaped: bool) -> str:
    if escaped and key in ESCAPE_DIGITS:
        return ESCAPE_DIGITS[key]
    if key.startswith("alt+") and key[4:] in ESCAPE_DIGITS:
        return ESCAPE_DIGITS[key[4:]]
    return key
