"""The dialogs before a copy, a move and a delete: open at once, count while they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult

from tfm.model.text import plural
from tfm.model.verify import Level
from tfm.ops.age import Age
from tfm.ops.estimate import Choices, Estimate, Reckoned
from tfm.ops.plan import Picked
from tfm.ops.size import Count
from tfm.ops.thaw import RESTORE_DAYS
from tfm.ui.cost_text import cost_line
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field, text_width
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
    """What was chosen: the destination as typed, how much to check, the class of storage if another one, how
    fast what is archived is restored first, empty if it is not, and what is done to the bytes on the way.
    """

    text: str
    level: Level
    tier: str = ""
    speed: str = ""
    age: Age | None = None


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
        speeds: Sequence[str] = (),
        ages: Sequence[Age] = (),
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
        self._speeds = ("", *speeds)
        self._speed = ""
        self._archived = Label("", classes="warning slot")
        self._ages = (None, *ages)
        self._age: Age | None = None
        self._encryption = Label("", classes="muted slot")
        self._to = Label("to:", classes="slot")
        self._leaves = Label("", classes="warning slot")

    def _tell_level(self) -> None:
        name = _LEVELS[self._level]
        short = name.partition(",")[0]
        wordings = [f"Verify: {name} (F2 changes it)", f"Verify: {short} (F2 changes it)"]
        self._levels.say(
            first_that_fits([*wordings, f"Verify: {short} (F2)"], text_width(self.app.size.width))
        )

    def take_key(self, event: events.Key) -> None:
        """F2 turns to the next level, F3 to the next class, F4 to the next way to treat what is archived, F6 to
        encrypting and decrypting.
        """
        if event.key == "f2":
            levels = list(Level)
            self._level = levels[(levels.index(self._level) + 1) % len(levels)]
            self._tell_level()
        elif event.key == "f3" and len(self._tiers) > 1:
            self._tier = self._tiers[(self._tiers.index(self._tier) + 1) % len(self._tiers)]
            self._tell_tier()
            self._tell_cost()
        elif event.key == "f4" and self._counts_archived:
            speeds = self._speeds
            self._speed = speeds[(speeds.index(self._speed) + 1) % len(speeds)]
            self._tell_cost()
        elif event.key == "f6" and len(self._ages) > 1:
            self._age = self._ages[(self._ages.index(self._age) + 1) % len(self._ages)]
            self._tell_age()
        else:
            super().take_key(event)

    def body(self) -> ComposeResult:
        """What, where to, and room for what is wrong."""
        yield Label(f"{self._box_title} {named(self._picked)}")
        yield self._counts
        if self._room_for_cost:
            yield self._cost
            if len(self._speeds) > 1:
                yield self._archived
        self._tell_tier()
        yield self._to
        if self.field is not None:
            yield self.field
        yield self._problem
        self._tell_level()
        yield self._levels
        if len(self._ages) > 1:
            self._tell_age()
            yield self._encryption
        if self._room_for_leaves:
            yield self._leaves

    def _tell_tier(self) -> None:
        if len(self._tiers) == 1:
            return
        name = self._tier or "of the settings"
        wordings = [f"to, in the storage class {name} (F3):", f"to, class {name} (F3):", "to (F3):"]
        self._to.say(first_that_fits(wordings, text_width(self.app.size.width)))

    def _tell_age(self) -> None:
        if self._age is None:
            text = "Bytes: as they are (F6 encrypts or decrypts)"
        elif self._age.act == "encrypt":
            text = f"Bytes: encrypted with age for {plural(len(self._age.keys), 'key')} (F6)"
        else:
            text = "Bytes: decrypted with age, where they are encrypted (F6)"
        self._encryption.say(text)

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
        if text != self._destination:
            return None
        if self._reckoned is None:
            return Estimate() if self._room_for_cost else None
        return self._reckoned(Choices(self._tier, self._speed, RESTORE_DAYS))

    @property
    def _counts_archived(self) -> int:
        """How many of them cannot be read before they are restored, wherever they go."""
        if self._reckoned is None or len(self._speeds) == 1:
            return 0
        return self._reckoned(Choices()).archived

    def _tell_cost(self) -> None:
        self._cost.say(cost_line(self.estimate, self.app.size.width))
        if count := self._counts_archived:
            what = f"{plural(count, 'archived object')}"
            if self._speed:
                told = f"{what}: restored first ({self._speed}, {RESTORE_DAYS} days; F4)"
            else:
                told = f"{what}. F4: restore first, go on when restored."
            short = f"{what} (F4: {self._speed or 'restore first'})"
            width = text_width(self.app.size.width)
            self._archived.say(first_that_fits([told, short], width))

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
            self.dismiss(Transfer(text, self._level, self._tier, self._speed, self._age))


class DeleteDialog(Dialog[bool]):
    """Opens on Cancel; says what will go, and whether it can come back."""

    def __init__(self, picked: Sequence[Picked], *, costs: bool = False) -> None:
        super().__init__("Delete", (Button("no", "Cancel", "c"), Button("yes", "Delete", "d")))
        self._picked = picked
        self.estimate = Estimate() if costs else None
        self._counts = Label("Counting …", classes="muted slot")
        self._room_for_cost = costs
        self._cost = Label("", classes="muted slot")
        self._early = Label("", classes="warning slot")
        self._fate = Label("Asking whether it can be undone …", classes="warning slot")

    def body(self) -> ComposeResult:
        """What, how much, and what that means."""
        yield Label(f"Delete {named(self._picked)}?")
        yield self._counts
        if self._room_for_cost:
            yield self._cost
            yield self._early
        yield self._fate

    def count(self, count: Count, reckoned: Reckoned | None = None) -> None:
        """The counts as far as they are known, and what that costs."""
        self._counts.say(told(count))
        if reckoned is not None:
            self.estimate = reckoned(Choices())
            self._cost.say(cost_line(self.estimate, min(_NARROW, self.app.size.width)))
            if early := self.estimate.early:
                leave, its = ("leaves", "its") if early == 1 else ("leave", "their")
                front = f"{plural(early, 'object')} {leave} early"
                self._early.say(f"{front}: {its} class bills its least time.")

    def fate(self, text: str) -> None:
        """Whether it can be undone."""
        self._fate.say(text)

    def pressed(self, button: str) -> None:
        """Done."""
        self.dismiss(button == "yes")
