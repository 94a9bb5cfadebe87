"""From a key press to the name of an action."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual import events

from tfm.config.actions import Action
from tfm.config.keymap import Keymap
from tfm.config.keys import ESCAPE_DIGITS

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


class KeyReader:
    """Finds the action of a key; Esc and then a digit is the F-key of that number.

    Esc itself acts at once, so that nothing ever waits: only what follows may mean something else.
    Times are monotonic seconds.
    """

    def __init__(self, keymap: Keymap) -> None:
        self._keymap = keymap
        self._escape_at: float | None = None

    def read(self, key: str, now: float) -> Action | None:
        """The action that `key` means now, None if nothing is bound to it."""
        escaped, self._escape_at = self._escape_at, None
        if key == "escape":
            self._escape_at = now
        elif escaped is not None and now - escaped <= ESCAPE_WINDOW and key in ESCAPE_DIGITS:
            return self._keymap.action_for(ESCAPE_DIGITS[key])
        elif key.startswith("alt+") and key[4:] in ESCAPE_DIGITS:
            return self._keymap.action_for(ESCAPE_DIGITS[key[4:]])
        return self._keymap.action_for(key)
