"""What compare-and-mark looks at: one row for each condition, its values in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from textual import events
from textual.app import ComposeResult

from tfm.session.compare import Criteria
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label

_ROWS: Sequence[tuple[str, str, Sequence[tuple[object, str]]]] = (
    ("size", "Size", (("any", "does not count"), ("equal", "equal"), ("different", "different"))),
    (
        "time",
        "Time",
        (
            ("any", "does not count"),
            ("same", "the same"),
            ("newer", "newer here"),
            ("older", "older here"),
            ("different", "different"),
        ),
    ),
    (
        "content",
        "Content",
        (
            ("any", "does not count"),
            ("equal", "equal (reads both)"),
            ("different", "different (reads both)"),
        ),
    ),
    ("every", "Of these", ((False, "one is enough"), (True, "all must hold"))),
    (
        "missing",
        "Missing there",
        (("too", "marked as well"), ("no", "not marked"), ("only", "nothing else is marked")),
    ),
    ("add", "Marks", ((False, "replace those there are"), (True, "add to those there are"))),
)


class CompareDialog(Dialog[Criteria]):
    """Gives the criteria, None if the user left."""

    def __init__(self, criteria: Criteria) -> None:
        super().__init__(
            "Compare with the other pane",
            (Button("mark", "Mark", "m"), Button("cancel", "Cancel", "c")),
        )
        assert [name for name, _, _ in _ROWS] == [each.name for each in fields(Criteria)]
        self.criteria = criteria
        self.list = ChoiceList()
        self._show(0)

    def body(self) -> ComposeResult:
        """The conditions."""
        yield Label("Mark rows of this pane whose namesake over there has:")
        self.list.styles.height = max(1, min(len(_ROWS), self.app.size.height - 8))
        yield self.list
        yield Label("Up Down choose, Left Right or the digit change.", classes="muted slot")

    def _show(self, at: int) -> None:
        rows = [
            Choice(name, label, dict(values)[getattr(self.criteria, name)], str(number))
            for number, (name, label, values) in enumerate(_ROWS, 1)
        ]
        self.list.show(rows, at)

    def _turn(self, row: int, by: int) -> None:
        name, _, values = _ROWS[row]
        words = [value for value, _ in values]
        at = words.index(getattr(self.criteria, name))
        changed: dict[str, object] = {name: words[(at + by) % len(words)]}
        self.criteria = replace(self.criteria, **changed)  # type: ignore[arg-type]
        self._show(row)

    def take_key(self, event: events.Key) -> None:
        """Choose a condition, change it, begin."""
        key = event.key
        if key in ("up", "down"):
            self.list.move(1 if key == "down" else -1)
        elif key in ("left", "right", "space"):
            self._turn(self.list.cursor, -1 if key == "left" else 1)
        elif key.isdecimal() and 1 <= int(key) <= len(_ROWS):
            self._turn(int(key) - 1, 1)
        else:
            super().take_key(event)

    def on_choice_list_chosen(self) -> None:
        """A click changes what it falls on."""
        self._turn(self.list.cursor, 1)

    def pressed(self, button: str) -> None:
        """Begin, or leave."""
        self.dismiss(self.criteria if button == "mark" else None)
