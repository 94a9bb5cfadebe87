"""New names for many things: what to find, what to put there, and at once what would come of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.model.text import plural
from tfm.ops.expression import TooSlow
from tfm.ops.plan import Picked
from tfm.ops.rename_plan import State, Verdict, Wanted, judge
from tfm.ops.rename_text import NameFault, Part, Rule, RuleFault, Subject
from tfm.ui.dialogs.confirm import Notice
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field
from tfm.ui.dialogs.rename_preview import Preview

_SLICE = 0.01
_TAKES_LINES = 14

Refuses = Callable[[Location, int | None], str]
Row = tuple[Picked, str]

_MACROS = (
    r"\0  what was found           \1 … \9  its groups, in ( )",
    r"\d  running number           \d{001}, \d{10+5}  first, and step",
    r"\n  name without extension   \e  extension    \p  directory",
    r"\t  date of the file         \t{%Y%m%d-%H%M}  in another form",
    r"\U…\E  CAPITALS   \L…\E  small   \C…\E  Each Word",
    r"\u \l  one letter large, small   \\  a backslash",
    " ",
    "Every match is replaced; without Find, the whole name is.",
    "Names may be swapped. Nothing is overwritten.",
    "It can be undone: “Undo the bulk rename” gives the old names back.",
)


class RenameDialog(Dialog[tuple[Row, ...]]):
    """Gives the things that get another name, each with that name.

    Names are made on the event loop in slices; an expression that never ends is broken off. `there`
    and `refuses` come later, by `known`.
    """

    def __init__(self, picked: Sequence[Picked]) -> None:
        find, self.put = text_field(""), text_field("")
        super().__init__(
            f"Rename {plural(len(picked), 'item')}",
            (Button("ok", "Rename"), Button("cancel", "Cancel")),
            classes="wide",
            field=find,
        )
        self.find = find
        self._picked = picked
        self._subjects = [
            Subject(place.name, entry.is_directory, number, _time(entry), place.parent.name)
            for number, (place, entry) in enumerate(picked)
        ]
        self.part = Part.NAME
        self.ignore_case = False
        self.literal = False
        self.verdicts: Sequence[Verdict] = ()
        self.preview = Preview([place.name for place, _ in picked])
        self._there: Collection[Location] = frozenset()
        self._refuses: Refuses = lambda _place, _size: ""
        self._fault = ""
        self._names: Iterator[None] | None = None
        self._wanted: list[Wanted] = []
        self._entered = False
        self._options = Label(self._told_options(), classes="muted slot")
        self._told = Label("", classes="slot")

    def body(self) -> ComposeResult:
        """Both fields, the switches, the preview, and what it comes to."""
        yield Label("Find:")
        yield self.find
        yield Label(r"Replace with (\1 \d \t …, F1 tells all):")
        yield self.put
        yield self._options
        yield Label("", classes="gap")
        room = self.app.size.height - _TAKES_LINES
        self.preview.styles.height = max(1, min(len(self._picked), room))
        yield self.preview
        yield self._told

    def on_mount(self) -> None:
        """Show the names as they are."""
        self.edited()

    def known(self, there: Collection[Location], refuses: Refuses) -> None:
        """What else is in those directories, and which names they can hold."""
        self._there, self._refuses = there, refuses
        if self._names is None and not self._fault:
            self._judge()

    # -- keys --------------------------------------------------------------------------------------

    def take_key(self, event: events.Key) -> None:
        """Tab changes the field, arrows scroll, F-keys turn the switches."""
        key = event.key
        if key in ("tab", "shift+tab"):
            (self.find if self.field is self.put else self.put).focus()
            self.field = self.find if self.field is self.put else self.put
        elif key not in ("home", "end") and self.preview.walk(key, letters=False):
            return  # those two are for the field
        elif key == "f1":
            self.app.push_screen(Notice("What stands for what", _MACROS))
        elif key == "f2":
            parts = list(Part)
            self.part = parts[(parts.index(self.part) + 1) % len(parts)]
            self._switched()
        elif key == "f3":
            self.ignore_case = not self.ignore_case
            self._switched()
        elif key == "f4":
            self.literal = not self.literal
            self._switched()
        else:
            super().take_key(event)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The mouse chose a field."""
        if isinstance(event.widget, Input):
            self.field = event.widget

    def _told_options(self) -> str:
        case = "any case" if self.ignore_case else "exact case"
        how = "plain text" if self.literal else "regular expression"
        return f"F2 {self.part.value} · F3 {case} · F4 {how}"

    def _switched(self) -> None:
        self._options.say(self._told_options())
        self.edited()

    # -- names -------------------------------------------------------------------------------------

    def edited(self) -> None:
        """Another rule: make the names anew."""
        self._entered = False
        self._fault = ""
        self._wanted = []
        try:
            rule = Rule(
                self.find.value,
                self.put.value,
                part=self.part,
                ignore_case=self.ignore_case,
                literal=self.literal,
            )
        except RuleFault as error:
            self._stop(str(error))
            return
        self._names = self._make(rule)
        self._go_on()

    def _make(self, rule: Rule) -> Iterator[None]:
        for subject in self._subjects:
            try:
                self._wanted.append(Wanted(rule.new_name(subject)))
            except NameFault as error:
                self._wanted.append(Wanted(subject.name, str(error)))
            yield

    def _go_on(self) -> None:
        names = self._names
        if names is None:
            return
        ends = time.monotonic() + _SLICE
        try:
            for _ in names:
                if time.monotonic() > ends:
                    break
        except TooSlow as error:
            self._stop(str(error))
            return
        if len(self._wanted) < len(self._subjects):
            self._told.say(f"{len(self._wanted):,} of {plural(len(self._subjects), 'name')} …")
            self.set_timer(0.001, self._go_on)
            return
        self._names = None
        self._judge()

    def _stop(self, fault: str) -> None:
        self._names = None
        self._fault = fault
        self.verdicts = ()
        self.preview.show(())
        self._tell(fault, "error")

    def _judge(self) -> None:
        self.verdicts = judge(self._picked, self._wanted, self._there, self._refuses)
        self.preview.show(self.verdicts)
        counts = dict.fromkeys(State, 0)
        for verdict in self.verdicts:
            counts[verdict.state] += 1
        told = f"{counts[State.OK]:,} of {len(self._picked):,} get another name"
        bad = counts[State.CONFLICT] + counts[State.INVALID]
        if bad:
            told += f"; {bad:,} cannot"
        self._tell(f"{told}.", "error" if bad else "muted")
        if self._entered:
            self.pressed("ok")

    def _tell(self, text: str, colour: str) -> None:
        self._told.set_class(colour == "error", "error")
        self._told.set_class(colour == "muted", "muted")
        self._told.say(text)

    # -- the end -----------------------------------------------------------------------------------

    def pressed(self, button: str) -> None:
        """Accept, if every name can be."""
        if button != "ok":
            self.dismiss(None)
        elif self._fault:
            self._tell(self._fault, "error")
        elif self._names is not None:
            self._entered = True  # typed faster than the names are made
        elif any(verdict.hinders for verdict in self.verdicts):
            self._entered = False
            at = self.preview.next_hindrance()
            self._tell(self.verdicts[at].reason, "error")
        else:
            rows = [
                (one, verdict.new)
                for one, verdict in zip(self._picked, self.verdicts, strict=True)
                if verdict.state is State.OK
            ]
            self.dismiss(tuple(rows))


def _time(entry: Entry) -> int | None:
    return entry.source_mtime_ns
