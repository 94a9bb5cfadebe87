"""A question with what it would cost, which fills in while things are counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult

from tfm.ops.estimate import Choices, Estimate, Reckoned
from tfm.ops.size import Count
from tfm.ui.cost_text import cost_line
from tfm.ui.dialogs.frame import Button, Dialog, Label
from tfm.ui.dialogs.transfer import told


class EstimateDialog(Dialog[bool]):
    """Gives True for `yes`; opens at once, and on Cancel.

    `warn` makes lines of what an estimate warns of; `warned` are those that are known already.
    """

    def __init__(
        self,
        title: str,
        question: str,
        yes: str,
        warned: Sequence[str] = (),
        warn: Callable[[Estimate], Sequence[str]] = lambda _estimate: (),
    ) -> None:
        buttons = (Button("no", "Cancel", "c"), Button("yes", yes, yes[0].lower()))
        super().__init__(title, buttons, classes="wide")
        self.estimate: Estimate | None = None
        self._question = question
        self._warn = warn
        self._known = tuple(warned)
        self._warned = Label("", classes="lines warning")
        self._counts = Label("Counting …", classes="muted slot")
        self._cost = Label("", classes="muted slot")

    def body(self) -> ComposeResult:
        """The question, what it means, how much it is about, what it costs."""
        yield Label(self._question)
        yield self._warned
        yield self._counts
        yield self._cost

    def on_mount(self) -> None:
        """What is known is shown at once."""
        self._show_warnings(self._known)

    def _show_warnings(self, lines: Sequence[str]) -> None:
        self._warned.display = bool(lines)
        self._warned.styles.height = max(1, len(lines))
        self._warned.show_lines(lines)

    def count(self, count: Count, reckoned: Reckoned | None = None) -> None:
        """As far as it is known."""
        self._counts.say(told(count))
        if reckoned is not None:
            self.estimate = reckoned(Choices())
            self._show_warnings(self._warn(self.estimate) or self._known)
            self._cost.say(cost_line(self.estimate, self.app.size.width))

    def pressed(self, button: str) -> None:
        """Done."""
        self.dismiss(button == "yes")
