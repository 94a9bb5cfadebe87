"""A list of facts that somebody has to be asked for: opens at once, and is filled as they come."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult

from tfm.storage.facets import Fact
from tfm.ui.dialogs.details import FactList
from tfm.ui.dialogs.frame import Button, Dialog, Label


class FactsDialog(Dialog[None]):
    """Shows facts under a title; `told` or `failed` is called once they are known or cannot be."""

    def __init__(self, title: str, *, lines: int = 12) -> None:
        super().__init__(title, (Button("ok", "Close", "c"),), classes="wide")
        self.list = FactList()
        self._lines = lines
        self._problem = Label("", classes="error")

    def body(self) -> ComposeResult:
        """The list, and what went wrong."""
        self.list.styles.height = max(1, min(self._lines, self.app.size.height - 8))
        yield self.list
        yield self._problem

    def on_mount(self) -> None:
        """Something is on its way."""
        self.list.show((Fact("", "…"),))

    def told(self, facts: Sequence[Fact]) -> None:
        """They have come."""
        if self.is_attached:
            self.list.show(facts)

    def failed(self, text: str) -> None:
        """They will not come."""
        if self.is_attached:
            self.list.show(())
            self._problem.show_lines((text,))

    def take_key(self, event: events.Key) -> None:
        """Scroll, or leave."""
        if self.list.walk(event.key):
            return
        if event.key == "q":
            self.leave()
        else:
            super().take_key(event)
