"""The dialogs before a copy, a move and a delete: open at once, count while they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult

from tfm.model.text import plural
from tfm.model.verify import Level
from tfm.ops.estimate import Choices, Estimate, Reckoned
from tfm.ops.plan import Picked
from tfm.ops.size import Count
from tfm.ui.cost_text import cost_line
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field
from tfm.ui.pane.lines import first_that_fits
from tfm.ui.pane.pane import size_text
from tfm.ui.selection import named

_NARROW = 70
"""Width of a screen on which a wide dialog is as wide as one that is not."""
_LEVELS = {
    Level.SIZE: "size only",
    Level.CHECKSUM: "checksums, where there are any",
    Level.READBACK: "read everything back",
}


def told(count: Count) -> str:
    """`12 files in 3 directories, 3.4M`; an ellipsis while it still counts."""
    text: str = plural(count.files, "file")
    if count.directories:
        text = f"{text} in {plural(count.directories, 'directory')}"
    text = f"{text}, {size_text(count.bytes)}"
    if count.unreadable:
        text += f"; {plural(count.unreadable, 'directory')} could not be read"
    return text if count.complete else f"{text} …"


@dataclass(frozen=True, slots=True)
class Transfer:
    """What was chosen: the destination as typed, how much to check, the class of storage if another one."""

    text: str
    level: Level
    tier: str = ""


class TransferDialog(Dialog[Transfer]):
    """Copy or move: gives what was chosen. `check` says what is wrong with a destination."""

    def __init__(
        self,
        verb: str,
        picked: Sequence[Picked],
        destination: str,
        check: Callable[[str], str],
        level: Level,
        *,
        leaves: bool = False,
        tiers: Sequence[str] = (),
        costs: bool = False,
    ) -> None:
        buttons = (Button("ok", verb), Button("cancel", "Cancel"))
        end = len(destination)
        super().__init__(
            verb, buttons, classes="wide", field=text_field(destination, select=(end, end))
        )
        self._picked = picked
        self._destination = destination
        self._check = check
        self._reckoned: Reckoned | None = None
        self._counts = Label("Counting …", classes="muted slot")
        self._room_for_cost = costs
        self._cost = Label("", classes="muted slot")
        self._problem = Label("", classes="error slot")
        self._level = level
        self._levels = Label("", classes="muted slot")
        self._room_for_leaves = leaves
        self._tiers = ("", *tiers)
        self._tier = ""
        self._to = Label("to:", classes="slot")
        self._leaves = Label("", classes="warning slot")

    def _tell_level(self) -> None:
        name = _LEVELS[self._level]
        short = name.partition(",")[0]
        wordings = [f"Verify: {name} (F2 changes it)", f"Verify: {short} (F2 changes it)"]
        self._levels.say(
            first_that_fits([*wordings, f"Verify: {short} (F2)"], self.app.size.width * 9 // 10 - 4)
        )

    def take_key(self, event: events.Key) -> None:
        """F2 turns to the next level, F3 to the next class; everything else is as in all dialogs."""
        if event.key == "f2":
            levels = list(Level)
            self._level = levels[(levels.index(self._level) + 1) % len(levels)]
            self._tell_level()
        elif event.key == "f3" and len(self._tiers) > 1:
            self._tier = self._tiers[(self._tiers.index(self._tier) + 1) % len(self._tiers)]
            self._tell_tier()
            self._tell_cost()
        else:
            super().take_key(event)

    def body(self) -> ComposeResult:
        """What, where to, and room for what is wrong."""
        yield Label(f"{self._box_title} {named(self._picked)}")
        yield self._counts
        if self._room_for_cost:
            yield self._cost
        self._tell_tier()
        yield self._to
        if self.field is not None:
            yield self.field
        yield self._problem
        self._tell_level()
        yield self._levels
        if self._room_for_leaves:
            yield self._leaves

    def _tell_tier(self) -> None:
        if len(self._tiers) == 1:
            return
        name = self._tier or "of the settings"
        wordings = [f"to, in the storage class {name} (F3):", f"to, class {name} (F3):", "to (F3):"]
        self._to.say(first_that_fits(wordings, self.app.size.width * 9 // 10 - 4))

    def count(self, count: Count, reckoned: Reckoned | None = None) -> None:
        """The counts as far as they are known, and what that costs."""
        self._counts.say(told(count))
        if reckoned is not None:
            self._reckoned = reckoned
            self._tell_cost()

    @property
    def estimate(self) -> Estimate | None:
        """What it costs as it is chosen now; None for another place than the first, or where it is not known."""
        text = self._destination if self.field is None else self.field.value
        if self._reckoned is None or text != self._destination:
            return None
        return self._reckoned(Choices(tier=self._tier))

    def _tell_cost(self) -> None:
        self._cost.say(cost_line(self.estimate, self.app.size.width))

    def leaves(self, text: str) -> None:
        """What stays where the things were."""
        self._leaves.say(text)

    def edited(self) -> None:
        """A new text deserves a new judgement."""
        self._problem.say("")
        self._tell_cost()

    def pressed(self, button: str) -> None:
        """Start, if the place is one."""
        text = self.field.value if self.field is not None else self._destination
        if button != "ok":
            self.dismiss(None)
        elif problem := self._check(text):
            self._problem.say(problem)
        else:
            self.dismiss(Transfer(text, self._level, self._tier))


class DeleteDialog(Dialog[bool]):
    """Opens on Cancel; says what will go, and whether it can come back."""

    def __init__(self, picked: Sequence[Picked], *, costs: bool = False) -> None:
        super().__init__("Delete", (Button("no", "Cancel", "c"), Button("yes", "Delete", "d")))
        self._picked = picked
        self.estimate: Estimate | None = None
        self._counts = Label("Counting …", classes="muted slot")
        self._room_for_cost = costs
        self._cost = Label("", classes="muted slot")
        self._fate = Label("", classes="warning slot")

    def body(self) -> ComposeResult:
        """What, how much, and what that means."""
        yield Label(f"Delete {named(self._picked)}?")
        yield self._counts
        if self._room_for_cost:
            yield self._cost
        yield self._fate

    def count(self, count: Count, reckoned: Reckoned | None = None) -> None:
        """The counts as far as they are known, and what that costs."""
        self._counts.say(told(count))
        if reckoned is not None:
            self.estimate = reckoned(Choices())
            self._cost.say(cost_line(self.estimate, min(_NARROW, self.app.size.width)))

    def fate(self, text: str) -> None:
        """Whether it can be undone."""
        self._fate.say(text)

    def pressed(self, button: str) -> None:
        """Done."""
        self.dismiss(button == "yes")
