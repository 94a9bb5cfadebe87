"""Versions of one file, as they become known; and the typed confirmation before many of them go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo

from textual import events
from textual.app import ComposeResult

from tfm.model.entry import ObjectDetails
from tfm.model.location import Location
from tfm.model.text import exact_size, local_time, plural, safe_text, short_size
from tfm.ops.versions import Doomed
from tfm.storage.object_facets import Version
from tfm.ui.dialogs.choose import Choice, ChoiceList
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field

_TAKES_LINES = 11
_MOST_LINES = 20
_BUTTONS = (
    Button("view", "View", "v"),
    Button("diff", "Diff", "d"),
    Button("copy", "Copy", "c"),
    Button("restore", "Restore", "r"),
    Button("delete", "Delete", "e"),
    Button("undelete", "Undelete", "u"),
    Button("close", "Close", "l"),
)
_KEYS = {
    "f3": "view",
    "equals_sign": "diff",
    "f5": "copy",
    "delete": "delete",
    "f8": "delete",
}
_STAYS = ("view", "diff", "restore", "delete")
_CHANGES = ("restore", "delete", "undelete")

Chosen = tuple[str, Version]
"""What is to be done, with which version."""


class VersionsDialog(Dialog[Chosen]):
    """Gives what is to be done with a version, None if the user left.

    `look` is called for what is shown or asked over the list, which stays beneath: to view one, compare it,
    restore or delete it. `versions` are all that are known, newest first; marks of deletes are shown when they
    are asked for, or hide the file now. `frozen` says why nothing can be changed; empty if it can.
    """

    def __init__(
        self,
        place: Location,
        look: Callable[[Chosen], None],
        zone: tzinfo | None,
        frozen: str = "",
    ) -> None:
        super().__init__(f"Versions of {safe_text(place.name)}", _BUTTONS, classes="wide")
        self.versions: list[Version] = []
        self.ended = False
        self._look = look
        self._frozen = frozen
        self._zone = zone
        self._marks = False
        self.list = ChoiceList()
        self._head = Label("", classes="muted slot")
        self._told = Label("Reading …", classes="muted slot")
        self._why = Label("", classes="warning slot")

    def body(self) -> ComposeResult:
        """The rows, how many there are, and why something cannot be done."""
        room = self.app.size.height - _TAKES_LINES
        self.list.styles.height = max(1, min(_MOST_LINES, room))
        yield self._head
        yield self.list
        yield self._told
        yield self._why

    def add(self, versions: Sequence[Version]) -> None:
        """More of them are known."""
        self.versions.extend(versions)
        self._show()

    def end(self, text: str = "") -> None:
        """All are known; or `text` says why none are."""
        self.ended = True
        if text:
            self._told.say(text)
        else:
            self._count()

    def _show(self) -> None:
        held = self.list.current
        shown = [each for each in self.versions if self._marks or each.latest or not each.deleted]
        widest = max((len(_class_of(each)) for each in shown), default=0)
        tier, owner = (
            (f"{'Class':<{widest}}  " if widest else ""),
            any(each.owner for each in shown),
        )
        front = f" {'Stored':<19} {'Size':>7} {'':3} {tier}"
        self._head.say(f"{front}{'Owner, id' if owner else 'Id'}")
        rows = [self._row_of(version, widest) for version in shown]
        at = [n for n, row in enumerate(rows) if held is not None and row.value == held.value]
        self.list.show(rows, at[0] if at else 0)
        self._count()

    def _row_of(self, version: Version, widest: int) -> Choice[Version]:
        when = local_time(version.entry.mtime_ns, self._zone, full=True)
        what = safe_text("deleted") if version.deleted else short_size(version.entry.size)
        told = [f"{_class_of(version):<{widest}}", version.owner, version.id]
        now = "now" if version.latest else ""
        note = "  ".join(text for text in told if text)
        return Choice(version, f"{when:<19} {what:>7} {now:3}", note)

    def _count(self) -> None:
        marks = sum(version.deleted for version in self.versions)
        size = sum(each.entry.size or 0 for each in self.versions if not each.deleted)
        told = exact_size(size) if size < 1000 else short_size(size)
        text = f"{plural(len(self.versions) - marks, 'version')}, {told} in all"
        if marks:
            text += f", deleted {marks} ×"
        if any(each.deleted and not each.latest for each in self.versions):
            text += f" (m {'hides' if self._marks else 'shows'} that)"
        self._told.say(text if self.ended else f"{text} …")

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """Up and down walk the rows, left and right the buttons; m shows marks of deletes."""
        if self.list.walk(event.key):
            self._why.say("")
        elif event.key in _KEYS:
            self.pressed(_KEYS[event.key])
        elif event.character == "m":
            self._marks = not self._marks
            self._show()
        elif event.character == "q":
            self.leave()
        else:
            super().take_key(event)

    def pressed(self, button: str) -> None:
        """Look, or leave with what is to be done; what cannot be done says why."""
        row = self.list.current
        if button == "close":
            self.dismiss(None)
        elif row is None or row.value is None:
            self._why.say("There is no version to do that with.")
        elif why := self.why_not(button, row.value):
            self._why.say(why)
        elif button in _STAYS:
            self._look((button, row.value))
        else:
            self.dismiss((button, row.value))

    def why_not(self, button: str, version: Version) -> str:
        """Why this cannot be done with that version; empty if it can."""
        if self._frozen and button in _CHANGES:
            return self._frozen
        hidden = any(each.latest and each.deleted for each in self.versions)
        if button == "undelete":
            if not hidden:
                return "It is not deleted."
            return "" if self.ended else "Not all of them are known yet."
        if version.deleted and button != "delete":
            return "This marks a delete; it has no bytes."
        if button == "diff" and version.latest:
            return "This is the one of now: choose an older one to compare with it."
        if button == "diff" and hidden:
            return "The file is deleted: there is none now to compare it with."
        if button == "restore" and version.latest:
            return "This is the one that is there now."
        return ""


def _class_of(version: Version) -> str:
    details = version.entry.details
    return details.storage_class if isinstance(details, ObjectDetails) else ""


class DoomDialog(Dialog[Doomed]):
    """Gives what is to go, once its number was typed. Opens at once and counts meanwhile."""

    def __init__(self, title: str, what: str, stays: str) -> None:
        buttons = (Button("no", "Cancel"), Button("yes", "Delete for good"))
        super().__init__(title, buttons, classes="wide", field=text_field(""))
        self._what = what
        self._stays = stays
        self._doomed: Doomed | None = None
        self._counts = Label("Counting …", classes="muted slot")
        self._question = Label("", classes="slot")
        self._problem = Label("", classes="error slot")

    def body(self) -> ComposeResult:
        """What goes, how much that is, and the field for its number."""
        yield Label(self._what)
        yield self._counts
        yield Label(self._stays, classes="warning")
        yield self._question
        if self.field is not None:
            yield self.field
        yield self._problem

    def counting(self, count: int) -> None:
        """So many are known to go."""
        self._counts.say(f"{plural(count, 'version')} …")

    def counted(self, doomed: Doomed) -> None:
        """All that would go."""
        self._doomed = doomed
        count = len(doomed.versions)
        if not count:
            self._counts.say("There is nothing to delete.")
            return
        text = f"{plural(count, 'version')} of {plural(doomed.files, 'file')}"
        if doomed.marks:
            text += f", with {plural(doomed.marks, 'delete marker')}"
        self._counts.say(f"{text}; {exact_size(doomed.bytes)}.")
        self._question.say(f"Type {count} to delete them:")

    def failed(self, text: str) -> None:
        """They could not be counted."""
        self._counts.say("")
        self._problem.say(text)

    def edited(self) -> None:
        """A new text deserves a new judgement."""
        self._problem.say("")

    def pressed(self, button: str) -> None:
        """Only the right number goes on."""
        if button != "yes":
            self.dismiss(None)
        elif self._doomed is None:
            self._problem.say("They are not counted yet.")
        elif not self._doomed.versions:
            self.dismiss(None)
        elif self.field is None or self.field.value.strip() != str(len(self._doomed.versions)):
            self._problem.say("That is not their number.")
        else:
            self.dismiss(self._doomed)
