"""Settings of a bucket, filled in as they become known; and the parts of one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult

from tfm.ops.settings import Looked
from tfm.storage.bucket_facets import NEW_PART, Setting
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_width

_TAKES_LINES = 9
_MOST_LINES = 30
_FRAME = 4
_LOW = 16
"""Below so many lines there is no empty one above the buttons."""
_BUTTONS = (
    Button("edit", "Edit", "e"),
    Button("json", "As JSON", "j"),
    Button("show", "Show", "s"),
    Button("remove", "Remove", "r"),
    Button("again", "Read again", "a"),
    Button("close", "Close", "c"),
)
_KEYS = {"f3": "show", "f4": "json", "f8": "remove", "delete": "remove", "ctrl+r": "again"}


class BucketSettings(Dialog[None]):
    """The list stays; `act` is called with what was pressed on which row.

    A row says what is there, why that is not known, or that it is being asked for.
    """

    def __init__(
        self, title: str, settings: Sequence[Setting], act: Callable[[str, Setting], None]
    ) -> None:
        super().__init__(title, _BUTTONS, classes="wide")
        self.settings = settings
        self._act = act
        self._known: dict[str, Looked] = {}
        self._busy: dict[str, str] = {}
        self.list = ChoiceList(wrap=True, widest_label=22)
        self._told = Label("", classes="muted slot")
        self._told_text = ""

    def body(self) -> ComposeResult:
        """The rows, and a line for what was done or cannot be."""
        height = self.app.size.height
        room = height * 9 // 10 - (_FRAME if height < _LOW else _FRAME + 1)
        self.list.styles.height = max(1, min(_MOST_LINES, room))
        yield self.list
        yield self._told

    def on_mount(self) -> None:
        """Nothing is known yet."""
        self._show()

    @property
    def known(self) -> Sequence[Looked]:
        """What came of the looks so far, in the order of the rows."""
        return [self._known[s.name] for s in self.settings if s.name in self._known]

    def of(self, setting: Setting) -> Looked | None:
        """What is known of one; None while it is asked for."""
        return None if setting.name in self._busy else self._known.get(setting.name)

    def looked(self, found: Looked) -> None:
        """One of them is known."""
        self._busy.pop(found.setting.name, None)
        self._known[found.setting.name] = found
        self._show()

    def busy(self, setting: Setting, words: str) -> None:
        """Something is done with it."""
        self._busy[setting.name] = words
        self._show()

    def tell(self, text: str, *, good: bool = False) -> None:
        """What was done, or why something cannot be."""
        self._told_text = text
        self._told.set_class(not good, "warning")
        self._told.set_class(good, "muted")
        self._told.say(text)

    def _show(self) -> None:
        rows: list[Choice[Setting]] = []
        held = self.list.current
        group = ""
        for setting in self.settings:
            if setting.group != group:
                group = setting.group
                rows.append(Choice(None, group))
            rows.append(self._row_of(setting))
        at = [n for n, row in enumerate(rows) if held is not None and row.value == held.value]
        self.list.show(rows, at[0] if at else 0)

    def _row_of(self, setting: Setting) -> Choice[Setting]:
        known = self._known.get(setting.name)
        words = self._busy.get(setting.name, "")
        if words or known is None:
            return Choice(setting, setting.title, words or "…")
        if known.value is None:
            return Choice(setting, setting.title, why_not=known.reason)
        return Choice(setting, setting.title, "; ".join(known.value.words))

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """Up and down walk the rows, left and right the buttons."""
        if self.list.walk(event.key):
            self.tell("", good=True)
        elif event.key in _KEYS:
            self.pressed(_KEYS[event.key])
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def on_choice_list_chosen(self) -> None:
        """A click edits."""
        self.pressed("edit")

    def pressed(self, button: str) -> None:
        """Leave, or have it done; what cannot be done says why."""
        row = self.list.current
        if button == "close":
            self.dismiss(None)
        elif row is not None and isinstance(row.value, Setting):
            why = self.why_not(button, row.value)
            self.tell(why)
            if not why:
                self._act(button, row.value)

    def why_not(self, button: str, setting: Setting) -> str:
        """Why this cannot be done with that row; empty if it can."""
        if button == "again":
            return ""
        known = self.of(setting)
        if known is None:
            return "It is not known yet."
        if known.value is None:
            return f"{setting.title}: {known.reason.rstrip('.')}."
        if button == "show":
            return "" if known.value.text else "There is no document: nothing is set."
        if setting.fixed:
            return f"{setting.title}: {setting.fixed}."
        if button == "remove" and not setting.removable:
            return f"{setting.title} cannot be taken away."
        if button == "remove" and not known.value.text:
            return "There is nothing to take away."
        return ""


PartChosen = tuple[str, int]
"""What is to be done, with which part."""


class Parts(Dialog[PartChosen]):
    """The parts of one setting: gives which is to be edited, added or removed; None if the user left.

    `width` is that of the screen, in cells.
    """

    def __init__(self, title: str, noun: str, parts: Sequence[str], width: int) -> None:
        buttons = (
            Button("edit", "Edit" if parts else "Add", "e" if parts else "a"),
            *((Button("add", "Add", "a"), Button("remove", "Remove", "r")) if parts else ()),
            Button("close", "Close", "c"),
        )
        super().__init__(title, buttons, classes="wide")
        self._parts = parts
        self._noun = noun
        self.list = ChoiceList(wrap=True, widest_label=max(20, text_width(width) - 3))

    def body(self) -> ComposeResult:
        """The rows."""
        room = max(1, self.app.size.height - _TAKES_LINES)
        rows: list[Choice[int]] = [Choice(at, text) for at, text in enumerate(self._parts)]
        self.list.styles.height = max(3, min(len(rows) * 2, room))
        self.list.show(rows or [Choice(None, f"There is no {self._noun}.")])
        yield self.list

    def take_key(self, event: events.Key) -> None:
        """Up and down walk the rows."""
        if self.list.walk(event.key):
            return
        if event.key in ("delete", "f8"):
            self.pressed("remove")
        elif event.key in ("insert", "n"):
            self.pressed("add")
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def on_choice_list_chosen(self) -> None:
        """A click edits."""
        self.pressed("edit")

    def pressed(self, button: str) -> None:
        """Leave with what is to be done."""
        row = self.list.current
        if button == "close":
            self.dismiss(None)
        elif button == "add" or row is None or row.value is None:
            self.dismiss(("add", NEW_PART))
        else:
            self.dismiss((button, row.value))
