"""What is asked before containers go, and before one is emptied; both look into them meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult

from tfm.model.location import Location
from tfm.model.text import plural, safe_text
from tfm.ops.containers import Held
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field

_SHOWN = 6


def _name(place: Location) -> str:
    return safe_text(place.container)


class DeleteContainers(Dialog[str]):
    """Gives `delete`, or `empty` for a single one that is not empty; None if the user left.

    Opens on Cancel and at once; what is in them is told as it is found out.
    """

    def __init__(self, places: Sequence[Location]) -> None:
        buttons = [Button("no", "Cancel", "c"), Button("delete", "Delete", "d")]
        if len(places) == 1:
            buttons.append(Button("empty", "Empty it", "e"))
        super().__init__("Delete bucket" if len(places) == 1 else "Delete buckets", buttons)
        self._places = places
        self._found: Mapping[Location, str] | None = None
        self._told = Label("Looking what is in it …", classes="muted slot")
        self._why = Label("", classes="warning slot")

    def body(self) -> ComposeResult:
        """Which, what is in them, and why something cannot be done."""
        if len(self._places) == 1:
            yield Label(f"Delete the bucket “{_name(self._places[0])}”?")
        else:
            yield Label(f"Delete {plural(len(self._places), 'bucket')}?")
            for place in self._places[:_SHOWN]:
                yield Label(f"  {_name(place)}")
            if len(self._places) > _SHOWN:
                yield Label(f"  and {len(self._places) - _SHOWN:,} more")
        yield self._told
        yield self._why

    def looked(self, found: Mapping[Location, str]) -> None:
        """What is in each: nothing, or words for it."""
        self._found = found
        full = [place for place in self._places if found.get(place)]
        if len(self._places) == 1:
            what = found.get(self._places[0], "")
            self._told.say(f"It is not empty: it holds {what}." if what else "It is empty.")
        elif full:
            self._told.say(f"{len(full):,} of them are not empty, and stay.")
        else:
            self._told.say("All of them are empty.")

    def failed(self, text: str) -> None:
        """Nobody can tell what is in them; the server refuses what is not empty."""
        self._found = {}
        self._told.say("What is in it is not known.")
        self._why.say(text)

    def pressed(self, button: str) -> None:
        """Only what makes sense goes on."""
        full = self._found is not None and all(self._found.get(each) for each in self._places)
        if button == "no":
            self.dismiss(None)
        elif self._found is None:
            self._why.say("Not looked into yet.")
        elif button == "delete" and full and self._found:
            self._why.say("Only an empty bucket can be deleted.")
        elif button == "empty" and self._found.get(self._places[0]) == "":
            self._why.say("There is nothing in it.")
        else:
            self.dismiss(button)


class EmptyContainer(Dialog[bool]):
    """Gives True once the name of the container was typed. Opens at once and counts meanwhile."""

    def __init__(self, place: Location) -> None:
        buttons = (Button("no", "Cancel"), Button("yes", "Empty it for good"))
        super().__init__("Empty bucket", buttons, classes="wide", field=text_field(""))
        self._place = place
        self._counts = Label("Counting …", classes="muted slot")
        self._problem = Label("", classes="error slot")

    def body(self) -> ComposeResult:
        """What goes, how much that is, and the field for its name."""
        name = _name(self._place)
        yield Label(f"Delete everything in the bucket “{name}”, with all versions?")
        yield self._counts
        yield Label(
            "The bucket stays, nothing in it does; this cannot be undone.", classes="warning"
        )
        yield Label(f"Type {name} to empty it:")
        if self.field is not None:
            yield self.field
        yield self._problem

    def counted(self, held: Held) -> None:
        """So much was found, so far or in all."""
        if held.is_empty:
            self._counts.say("There is nothing in it.")
        else:
            self._counts.say(f"{held}{'.' if held.complete else ' so far …'}")

    def failed(self, text: str) -> None:
        """They could not be counted."""
        self._counts.say("How much is in it is not known.")
        self._problem.say(text)

    def edited(self) -> None:
        """A new text deserves a new judgement."""
        self._problem.say("")

    def pressed(self, button: str) -> None:
        """Only the right name goes on."""
        if button != "yes":
            self.dismiss(None)
        elif self.field is None or self.field.value.strip() != self._place.container:
            self._problem.say("That is not its name.")
        else:
            self.dismiss(True)
