"""Permission bits, as chmod reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult

from tfm.ops.change_attributes import parse_mode
from tfm.ops.plan import Picked
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field
from tfm.ui.dialogs.transfer import named

_LETTERS = "rwxrwxrwx"


@dataclass(frozen=True, slots=True)
class Permissions:
    """What was typed, and whether all inside of directories is meant, too."""

    text: str
    recursive: bool


class PermissionsDialog(Dialog[Permissions]):
    """Gives what was typed, once it can be read. The line below shows what the first would get."""

    def __init__(self, picked: Sequence[Picked]) -> None:
        first = picked[0][1]
        self._mode = first.mode or 0
        self._directory = first.is_directory
        self._some_directory = any(entry.is_directory for _, entry in picked)
        buttons = (Button("ok", "Set"), Button("cancel", "Cancel"))
        super().__init__("Permissions", buttons, field=text_field(f"{self._mode:03o}"))
        self._picked = picked
        self.recursive = False
        self._told = Label(_shown(self._mode, self._mode), classes="muted slot")
        self._inside = Label(self._told_inside(), classes="muted slot")

    def _told_inside(self) -> str:
        if not self._some_directory:
            return ""
        return f"F2: {'directories and all inside' if self.recursive else 'only what is named'}"

    def body(self) -> ComposeResult:
        """What, the field, and what comes of it."""
        yield Label(f"Permissions of {named(self._picked)}".removesuffix(" and all inside"))
        yield Label("755, or u+x, go-w, a=rX, several with commas:")
        if self.field is not None:
            yield self.field
        yield self._told
        yield self._inside

    def take_key(self, event: events.Key) -> None:
        """F2 means what is inside, too; everything else is as in all dialogs."""
        if event.key == "f2" and self._some_directory:
            self.recursive = not self.recursive
            self._inside.say(self._told_inside())
        else:
            super().take_key(event)

    def edited(self) -> None:
        """Show what the first would get, once it can be read."""
        try:
            mode = parse_mode(self._text)(self._mode, self._directory)
        except ValueError:
            self._tell("", fault=False)
        else:
            self._tell(_shown(self._mode, mode), fault=False)

    @property
    def _text(self) -> str:
        return "" if self.field is None else self.field.value

    def _tell(self, text: str, *, fault: bool) -> None:
        self._told.set_class(fault, "error")
        self._told.set_class(not fault, "muted")
        self._told.say(text)

    def pressed(self, button: str) -> None:
        """Accept what can be read."""
        if button != "ok":
            self.dismiss(None)
            return
        try:
            parse_mode(self._text)
        except ValueError as error:
            self._tell(str(error), fault=True)
        else:
            self.dismiss(Permissions(self._text, self.recursive))


def _shown(before: int, after: int) -> str:
    """`rw-r--r-- → rwxr-xr-x`."""
    return _letters(before) if before == after else f"{_letters(before)} → {_letters(after)}"


def _letters(mode: int) -> str:
    plain = [letter if mode & (0o400 >> at) else "-" for at, letter in enumerate(_LETTERS)]
    for at, bit, letter in ((2, 0o4000, "s"), (5, 0o2000, "s"), (8, 0o1000, "t")):
        if mode & bit:
            plain[at] = letter if plain[at] != "-" else letter.upper()
    return "".join(plain)
