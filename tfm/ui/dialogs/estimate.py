"""A question with what it would cost, which fills in while things are counted."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tfm.ops.estimate import Choices, Estimate, Reckoned
from tfm.ops.size import Count
from tfm.ui.cost_text import cost_line
from tfm.ui.dialogs.frame import Button, Dialog, Label
from tfm.ui.dialogs.transfer import told


class EstimateDialog(Dialog[bool]):
    """Gives True for `yes`; opens at once, and on Cancel."""

    def __init__(self, title: str, lines: Sequence[str], yes: str) -> None:
        buttons = (Button("no", "Cancel", "c"), Button("yes", yes, yes[0].lower()))
        super().__init__(title, buttons, classes="wide")
        self.estimate: Estimate | None = None
        self._lines = lines
        self._counts = Label("Counting …", classes="muted slot")
        self._cost = Label("", classes="muted slot")

    def body(self) -> ComposeResult:
        """The question, how much it is about, what it costs."""
        for line in self._lines:
            yield Label(line)
        yield self._counts
        yield self._cost

    def count(self, count: Count, reckoned: Reckoned | None = None) -> None:
        """As far as it is known."""
        self._counts.say(told(count))
        if reckoned is not None:
            self.estimate = reckoned(Choices())
            self._cost.say(cost_line(self.estimate, self.app.size.width))

    def pressed(self, button: str) -> None:
        """Done."""
        self.dismiss(button == "yes")
