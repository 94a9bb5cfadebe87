"""What a server can do: a row for each ability, with what that means here."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult

from tfm.model.text import safe_text
from tfm.storage.server_facets import Ability, Acquaintance, Can
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label

_TAKES_LINES = 10
_MOST_LINES = 30
_BUTTONS = (
    Button("probe", "Probe now", "p"),
    Button("trial", "Try writing", "t"),
    Button("close", "Close", "l"),
)
_WORDS = {Can.UNKNOWN: "?"}


class AbilitiesDialog(Dialog[None]):
    """`ask` is called with `probe` or `trial`; the rows stay meanwhile, and are replaced by `show`."""

    def __init__(self, title: str, ask: Callable[[str], None]) -> None:
        super().__init__(title, _BUTTONS, selected=2, classes="wide")
        self.acquaintance: Acquaintance | None = None
        self._ask = ask
        self._asking = True
        self.list = ChoiceList(wrap=True)
        self._who = Label("Looking …", classes="slot")
        self._source = Label("", classes="muted slot")
        self._problem = Label("", classes="warning slot")

    def body(self) -> ComposeResult:
        """Who it is, the rows, how the one at the cursor is known, and what went wrong."""
        room = self.app.size.height - _TAKES_LINES
        self.list.styles.height = max(1, min(_MOST_LINES, room))
        yield self._who
        yield self.list
        yield self._source
        yield self._problem

    def show(self, acquaintance: Acquaintance) -> None:
        """More is known."""
        self.acquaintance, self._asking = acquaintance, False
        self._who.say(_who(acquaintance))
        self._problem.say("")
        self.list.show([_row(ability) for ability in acquaintance.abilities], self.list.cursor)
        self._tell_source()

    def failed(self, text: str) -> None:
        """It could not be asked."""
        self._asking = False
        if self.acquaintance is None:
            self._who.say("")
        self._problem.say(text)

    def asking(self, text: str) -> None:
        """A question is under way."""
        self._asking = True
        self._problem.say(text)

    def _tell_source(self) -> None:
        row = self.list.current
        ability = None if row is None else row.value
        if isinstance(ability, Ability):
            known = f"Known by: {ability.known_by}" if ability.known_by else "Not asked yet."
            self._source.say(known)

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """Up and down walk the rows, left and right the buttons."""
        if self.list.walk(event.key):
            self._tell_source()
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def pressed(self, button: str) -> None:
        """One question at a time."""
        if button == "close":
            self.dismiss(None)
        elif not self._asking:
            self._ask(button)


def _who(acquaintance: Acquaintance) -> str:
    if not acquaintance.server:
        return "A server of a make that is not known; what is said of it here was seen."
    return f"{safe_text(acquaintance.server)}, recognised {acquaintance.by}"


def _row(ability: Ability) -> Choice[Ability]:
    word = _WORDS.get(ability.can, ability.can.value)
    return Choice(ability, f"{word:<8}{ability.title}", ability.meaning)
