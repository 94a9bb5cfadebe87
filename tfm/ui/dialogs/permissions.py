"""Permission bits, as chmod reads them, and owner and group, as chown does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from tfm.model.errors import StorageError
from tfm.ops.change_attributes import accounts, owner_named, parse_mode, parse_owner
from tfm.ops.complete import common_beginning
from tfm.ops.context import OpContext
from tfm.ops.plan import Picked
from tfm.storage.facets import Accounts, Ownership
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Pending
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field
from tfm.ui.selection import quoted

_LETTERS = "rwxrwxrwx"


@dataclass(frozen=True, slots=True)
class Permissions:
    """What was typed, what the owner means, and whether all inside of directories is meant, too.

    Empty texts leave permissions or owner as they are.
    """

    text: str
    recursive: bool
    owner_text: str = ""
    owner: Ownership | None = None


class PermissionsDialog(Dialog[Permissions]):
    """Gives what was typed, once it can be read. The line below shows what the first would get.

    `no_owners` says why nothing can be given away at the place; then there is no field for it. Names
    come from a worker: keys never wait for a directory service.
    """

    def __init__(
        self, bridge: Bridge, vfs: Vfs, picked: Sequence[Picked], *, no_owners: str = ""
    ) -> None:
        self._place, self._first = picked[0]
        self._mode = self._first.mode or 0
        self._some_directory = any(entry.is_directory for _, entry in picked)
        self.mode, self.owner = text_field(f"{self._mode:03o}"), text_field("")
        buttons = (Button("ok", "Set"), Button("cancel", "Cancel"))
        super().__init__(f"Permissions of {quoted(picked)}", buttons, field=self.mode)
        self._bridge = bridge
        self._vfs = vfs
        self._no_owners = no_owners
        self._accounts: Accounts | None = None
        self._pending: Pending | None = None
        self._mode_typed = False
        self.recursive = False
        self._told = Label(_shown(self._mode, self._mode), classes="muted slot")
        self._inside = Label(self._told_inside(), classes="muted slot")

    def _told_inside(self) -> str:
        if not self._some_directory:
            return ""
        return f"F2: {'directories and all inside' if self.recursive else 'only what is named'}"

    def body(self) -> ComposeResult:
        """The fields, and what comes of them."""
        yield Label("As chmod: 755, u+x, go-w, a=rX:")
        yield self.mode
        if self._no_owners:
            yield Label(self._no_owners, classes="muted")
        else:
            yield Label("As chown: ada, ada:staff, :staff:")
            yield self.owner
        yield self._told
        yield self._inside

    def on_mount(self) -> None:
        """Ask for the names."""
        if not self._no_owners:
            self._bridge.ask(
                lambda cancel: accounts(OpContext(self._vfs, cancel=cancel), self._place),
                self._known,
            )

    def _known(self, found: Accounts) -> None:
        self._accounts = found
        if self.field is self.owner and self._pending is None:
            self._tell_owner()

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """F2 means what is inside, too; Tab completes a name, or changes the field as arrows do."""
        key = event.key
        if key == "f2" and self._some_directory:
            self.recursive = not self.recursive
            self._inside.say(self._told_inside())
        elif key == "tab" and self.field is self.owner and self._complete():
            self.edited()
        elif key in ("tab", "shift+tab", "up", "down") and not self._no_owners:
            (self.mode if self.field is self.owner else self.owner).focus()
            self.field = self.mode if self.field is self.owner else self.owner
            self._tell_field()
        else:
            super().take_key(event)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The mouse chose a field."""
        if isinstance(event.widget, Input) and event.widget is not self.field:
            self.field = event.widget
            self._tell_field()

    def edited(self) -> None:
        """Show what the first would get, once it can be read, or the names that fit."""
        self._forget()
        self._mode_typed = self._mode_typed or self.field is self.mode
        self._tell_field()

    def leave(self) -> None:
        """Esc: nothing is asked any more."""
        self._forget()
        super().leave()

    def _forget(self) -> None:
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None

    # -- what is told ------------------------------------------------------------------------------

    def _tell(self, text: str, *, fault: bool = False) -> None:
        self._told.set_class(fault, "error")
        self._told.set_class(not fault, "muted")
        self._told.say(text)

    def _tell_field(self) -> None:
        if self.field is self.owner:
            self._tell_owner()
            return
        try:
            mode = parse_mode(self.mode.value)(self._mode, self._first.is_directory)
        except ValueError:
            self._tell("")
        else:
            self._tell(_shown(self._mode, mode))

    def _tell_owner(self) -> None:
        if not self.owner.value and self._first.owner is not None:
            known = self._accounts or Accounts({}, {})
            user, group = self._first.owner
            self._tell(f"now {_name(known.users, user)}:{_name(known.groups, group)}")
        else:
            self._tell("  ".join(self._fitting()))

    # -- names -------------------------------------------------------------------------------------

    def _fitting(self) -> list[str]:
        """Names that begin as the part being typed does."""
        user, colon, group = self.owner.value.partition(":")
        start = group if colon else user
        if self._accounts is None or not start:
            return []
        names = self._accounts.groups if colon else self._accounts.users
        return sorted(name for name in names if name.startswith(start))

    def _complete(self) -> bool:
        """Type what all names that fit have in common; False if that is nothing."""
        fitting = self._fitting()
        user, colon, group = self.owner.value.partition(":")
        more = common_beginning(fitting)[len(group if colon else user) :]
        self.owner.value += more
        self.owner.cursor_position = len(self.owner.value)
        return bool(more) or len(fitting) > 1

    # -- the end -----------------------------------------------------------------------------------

    def pressed(self, button: str) -> None:
        """Accept what can be read; a mode that nobody typed does not come along with an owner."""
        if button != "ok":
            self.leave()
            return
        if self._pending is not None:
            return  # the answer to the first Enter is on its way
        owner = self.owner.value.strip()
        text = self.mode.value.strip() if self._mode_typed or not owner else ""
        try:
            if text or not owner:
                parse_mode(text)
            if owner:
                parse_owner(owner)
        except ValueError as error:
            self._tell(str(error), fault=True)
            return
        if not owner:
            self.dismiss(Permissions(text, self.recursive))
            return

        def found(meant: Ownership) -> None:
            self._pending = None
            self.dismiss(Permissions(text, self.recursive, owner, meant))

        def failed(error: StorageError) -> None:
            self._pending = None
            self._tell(error.message, fault=True)

        self._pending = self._bridge.ask(
            lambda cancel: owner_named(OpContext(self._vfs, cancel=cancel), self._place, owner),
            found,
            failed,
        )


def _name(names: Mapping[str, int], number: int) -> str:
    return next((name for name, known in names.items() if known == number), str(number))


def _shown(before: int, after: int) -> str:
    """`rw-r--r-- → rwxr-xr-x`."""
    return _letters(before) if before == after else f"{_letters(before)} → {_letters(after)}"


def _letters(mode: int) -> str:
    plain = [letter if mode & (0o400 >> at) else "-" for at, letter in enumerate(_LETTERS)]
    for at, bit, letter in ((2, 0o4000, "s"), (5, 0o2000, "s"), (8, 0o1000, "t")):
        if mode & bit:
            plain[at] = letter if plain[at] != "-" else letter.upper()
    return "".join(plain)
