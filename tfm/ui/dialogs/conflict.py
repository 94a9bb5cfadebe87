"""Something is already there: what to do?"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult

from tfm.model.conflict import Answer, Conflict, Decision
from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.model.text import local_time, safe_text, short_size
from tfm.ui.cells import cut_name, cut_start
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_width

_BUTTONS = (
    Button("overwrite", "Overwrite", "o"),
    Button("skip", "Skip", "s"),
    Button("rename", "Rename", "r"),
    Button("keep-both", "Keep both", "k"),
    Button("newer", "If newer", "n"),
    Button("cancel", "Cancel"),
)
_OFF, _ON = "[ ] a: the same for all the rest", "[x] a: the same for all the rest"
_NOT_YET = "…"
_WIDEST = 100
_BESIDE_NAME = 41


class ConflictDialog(Dialog[Decision]):
    """Gives the decision; opens on Skip, the answer that changes nothing. Esc cancels the job.

    It comes when the job comes to it, perhaps under typing hands. So for `GRACE` seconds it takes no
    key, and shows that it does by the line of the switch: what was meant for the panes overwrites
    nothing.
    """

    GRACE = 0.4

    def __init__(self, conflict: Conflict) -> None:
        super().__init__("Already there", _BUTTONS, selected=1)
        self.conflict = conflict
        self.to_all = False
        self.ready = False
        self._toggle = Label(_NOT_YET, classes="muted slot")

    def body(self) -> ComposeResult:
        """Both sides, one beneath the other."""
        conflict = self.conflict
        new, old = conflict.source_entry, conflict.destination_entry
        verb = conflict.verb.capitalize()
        width = min(text_width(self.app.size.width), _WIDEST)
        parent = cut_start(safe_text(str(conflict.destination.parent)), max(8, width - 8))
        yield Label(f"{verb} to {parent}")
        yield Label("", classes="gap")
        yield Label(side_line("From", conflict.source, new, _age(new, old), width))
        yield Label(side_line("There", conflict.destination, old, "", width))
        yield Label("", classes="gap")
        yield self._toggle

    def on_mount(self) -> None:
        """Take keys a moment after it can be seen."""
        self.set_timer(max(0.001, self.GRACE), self._get_ready)

    def _get_ready(self) -> None:
        self.ready = True
        self._toggle.say(_OFF)

    def take_key(self, event: events.Key) -> None:
        """`a` or Space turns the switch; everything else as in every dialog."""
        if not self.ready:
            return
        if event.key in ("a", "space"):
            self.to_all = not self.to_all
            self._toggle.say(_ON if self.to_all else _OFF)
        else:
            super().take_key(event)

    def leave(self) -> None:
        """Esc ends the job."""
        self.dismiss(Decision(Answer.CANCEL))

    def pressed(self, button: str) -> None:
        """Decide; a new name is asked for first."""
        answer = Answer(button)
        if answer is not Answer.RENAME:
            self.dismiss(Decision(answer, to_all=self.to_all))
            return
        from tfm.ui.dialogs.prompt import Prompt

        name = self.conflict.destination.name

        def named(text: str | None) -> None:
            if text is not None:
                self.dismiss(Decision(Answer.RENAME, name=text))

        question = "Another name for what is copied:"
        selection = stem_of(safe_text(name))
        self.app.push_screen(
            Prompt("Rename", question, name, check=name_fault, select=selection), named
        )


def side_line(word: str, place: Location, entry: Entry, note: str, width: int) -> str:
    """One side in `width` cells: name, size, time."""
    name = safe_text(place.name) + ("/" if entry.is_directory else "")
    when = local_time(entry.source_mtime_ns, full=True)
    return f"{word:<6}{cut_name(name, max(8, width - _BESIDE_NAME))} {short_size(entry.size):>6}  {when} {note}"


def _age(new: Entry, old: Entry) -> str:
    mine, theirs = new.source_mtime_ns, old.source_mtime_ns
    if mine is None or theirs is None or mine == theirs:
        return ""
    return "newer" if mine > theirs else "older"


def name_fault(text: str) -> str:
    """What is wrong with a typed name, or nothing."""
    if not text:
        return "Type a name."
    if text in (".", ".."):
        return f"{text} cannot be a name."
    return "A name cannot hold a slash." if "/" in text else ""


def stem_of(name: str) -> tuple[int, int]:
    """The part of a name that is mostly changed: all before the extension."""
    stem = name.rpartition(".")[0]
    return 0, len(stem) or len(name)
