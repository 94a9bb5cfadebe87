"""Keys that a server encrypts with, to choose one; what is known of each is asked when the cursor is on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult

from tfm.model.text import plural, safe_text, sentence
from tfm.storage.server_keys import KeyFacts, ServerKey
from tfm.ui.cells import wrapped
from tfm.ui.dialogs.choose import Choice, Choose
from tfm.ui.dialogs.frame import Label

_LINES = 12
_WIDTH = 60


class KeysDialog(Choose[ServerKey]):
    """Gives a key, None if the user left. `look` is called once for each that the cursor comes to."""

    def __init__(self, look: Callable[[ServerKey], None]) -> None:
        super().__init__("KMS keys", [Choice(None, "Reading …")], typing=True, lines=_LINES)
        self._look = look
        self._keys: list[ServerKey] = []
        self._facts: dict[str, KeyFacts] = {}
        self._asked: set[str] = set()
        self._told = Label("", classes="muted slot lines")

    def body(self) -> ComposeResult:
        """The list, and what is known of the chosen one."""
        yield from super().body()
        yield self._told

    def add_keys(self, keys: Sequence[ServerKey]) -> None:
        """More of them are known."""
        self._keys += keys
        self._rows(["Reading …"])

    def end(self, problem: str = "") -> None:
        """All are known; or `problem` says why not."""
        if problem:
            self._rows([*wrapped(safe_text(problem), _WIDTH), "Its id can be typed."])
        else:
            self._rows([] if self._keys else ["There are no keys."])

    def facts(self, key: ServerKey, facts: KeyFacts) -> None:
        """What is known of one."""
        self._facts[key.name] = facts
        self._tell()

    def _rows(self, notices: Sequence[str]) -> None:
        rows: list[Choice[ServerKey]] = [
            Choice(
                key,
                key.alias.removeprefix("alias/") or key.name.rpartition("/")[2],
                key.name.rpartition("/")[2] if key.alias else "",
                why_not=key.refusal,
                also=key.name,
                keep_end=True,
            )
            for key in self._keys
        ]
        rows += [Choice(None, notice) for notice in notices]
        self.replace(rows)
        self._tell()

    @property
    def _chosen(self) -> ServerKey | None:
        row = self.list.current
        key = None if row is None else row.value
        return key if isinstance(key, ServerKey) else None

    def _tell(self) -> None:
        key = self._chosen
        if key is None:
            self._told.say(plural(len(self._keys), "key") if self._keys else "")
            return
        facts = self._facts.get(key.name)
        if facts is not None:
            self._told.say(facts.refusal or facts.text or key.name)
        else:
            self._told.say(key.refusal or key.name)
            if key.name not in self._asked:
                self._asked.add(key.name)
                self._look(key)

    def edited(self) -> None:
        """Another row may be the first."""
        super().edited()
        self._tell()

    def take_key(self, event: events.Key) -> None:
        """As in all lists."""
        super().take_key(event)
        self._tell()

    def _choose(self) -> None:
        key = self._chosen
        if key is None:
            return
        facts = self._facts.get(key.name)
        if refusal := key.refusal or (facts.refusal if facts is not None else ""):
            self._told.say(sentence(refusal))
        else:
            self.dismiss(key)
