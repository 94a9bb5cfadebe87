"""A form: several named texts and choices, one a line, one of them edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from tfm.model.text import safe_text
from tfm.ui.cells import pad
from tfm.ui.dialogs.frame import EDITS, Button, Dialog, Label, select_all, text_field

_TAKES_LINES = 9
_MOST_LINES = 14
_LABEL_WIDTH = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name, what stands in it, what it is for. With `choices` only they can stand there.

    `more` begins another empty line of the kind behind it once this one holds something. `pick` is
    called by F2, with what puts a text into the line: it opens a list to choose from.
    """

    id: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    more: bool = False
    pick: Callable[[Callable[[str], None]], None] | None = None


class Form(Dialog[Mapping[str, str]]):
    """Gives all texts by id, None if the user left. `check` says what is wrong with them, or nothing;
    `foot` what a line beneath says of them.

    `fault` says it of the text of one line, by its id, while it is typed. The line that is edited is the field;
    those before and behind it stand around it.
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[Line],
        *,
        accept: str = "OK",
        about: str = "",
        check: Callable[[Mapping[str, str]], str] = lambda _values: "",
        fault: Callable[[str, str], str] = lambda _line, _text: "",
        foot: Callable[[Mapping[str, str]], str] | None = None,
    ) -> None:
        buttons = (Button("ok", accept), Button("cancel", "Cancel"))
        super().__init__(title, buttons, classes="wide", field=text_field(lines[0].value))
        self.lines = list(lines)
        self.at = 0
        self._about = about
        self._check = check
        self._fault = fault
        self._above = Label("", classes="lines")
        self._front = Label("", classes="name")
        self._below = Label("", classes="lines")
        self._told = Label("", classes="muted slot")
        self._foot = foot
        self._foot_line = Label("", classes="muted slot")

    def body(self) -> ComposeResult:
        """What it is about, the lines, and room for a hint or what is wrong."""
        if self._about:
            yield Label(self._about, classes="muted")
        yield self._above
        with Horizontal(classes="slot"):
            yield self._front
            if self.field is not None:
                yield self.field
        yield self._below
        yield self._told
        if self._foot is not None:
            yield self._foot_line

    def on_mount(self) -> None:
        """The first line is edited."""
        self._lay_out()

    def on_resize(self, _event: events.Resize) -> None:
        """There may be room for fewer lines."""
        self._lay_out()

    @property
    def values(self) -> Mapping[str, str]:
        """All texts as they stand now."""
        self._keep()
        return {line.id: line.value for line in self.lines}

    def _keep(self) -> None:
        if self.field is not None:
            self.lines[self.at] = replace(self.lines[self.at], value=self.field.value)

    def take_key(self, event: events.Key) -> None:
        """Up, Down and Tab go from line to line; left and right turn a choice."""
        line, key = self.lines[self.at], event.key
        if key in ("up", "shift+tab"):
            self._go(-1)
        elif key in ("down", "tab"):
            self._go(1)
        elif line.choices and key in ("left", "right", "space", "home", "end"):
            self._turn(line, key)
        elif line.choices and event.is_printable and event.character:
            self._find(line, event.character)
        elif line.choices and key in EDITS:
            return
        elif line.pick is not None and key == "f2":
            line.pick(lambda text: self._picked(line.id, text))
        else:
            super().take_key(event)

    def take_paste(self, text: str) -> None:
        """Not into a choice."""
        if not self.lines[self.at].choices:
            super().take_paste(text)

    def _go(self, by: int) -> None:
        self._keep()
        line = self.lines[self.at]
        last = self.at == len(self.lines) - 1
        if by > 0 and last and line.more and line.value:
            self.lines.append(replace(line, id=f"{line.id}+", value=""))
        self.at = (self.at + by) % len(self.lines)
        self._put()

    def _turn(self, line: Line, key: str) -> None:
        at = line.choices.index(line.value) if line.value in line.choices else 0
        last = len(line.choices) - 1
        step = {"left": at - 1, "home": 0, "end": last}.get(key, at + 1)
        self._choose(line.choices[step % len(line.choices)])

    def _find(self, line: Line, letter: str) -> None:
        at = line.choices.index(line.value) + 1 if line.value in line.choices else 0
        turned = [*line.choices[at:], *line.choices[:at]]
        for choice in turned:
            if choice.lower().startswith(letter.lower()):
                self._choose(choice)
                return

    def _choose(self, value: str) -> None:
        if self.field is not None:
            self.field.value = value
            select_all(self.field)
        self._keep()
        self.edited()

    def _picked(self, name: str, text: str) -> None:
        """What was chosen from a list, for the line that asked, which may not be the one edited now."""
        self._keep()
        for at, line in enumerate(self.lines):
            if line.id == name:
                self.lines[at] = replace(line, value=text)
        self._put()

    def _put(self) -> None:
        line = self.lines[self.at]
        if self.field is not None:
            self.field.value = line.value
            select_all(self.field)
        self._lay_out()

    def edited(self) -> None:
        """A new text deserves a new judgement."""
        line = self.lines[self.at]
        text = line.value if self.field is None else self.field.value
        fault = self._fault(line.id, text) if text else ""
        self._tell(fault or self.hint(line), fault=bool(fault))
        self.tell_foot()

    def tell_foot(self) -> None:
        """What `foot` says of the values as they stand now."""
        if self._foot is not None:
            self._foot_line.say(self._foot(self.values))

    def hint(self, line: Line) -> str:
        """What the line below says of the one that is edited."""
        return f"{line.hint} ← → choose.".strip() if line.choices else line.hint

    def _lay_out(self) -> None:
        """As many lines around the field as there is room for."""
        taken = _TAKES_LINES + (self._foot is not None)
        room = max(0, min(_MOST_LINES, self.app.size.height - taken))
        above = self.lines[: self.at][-room:] if room else []
        behind = self.lines[self.at + 1 :]
        below = behind[: max(0, room - len(above))]
        if len(below) < len(behind) and len(above) > room // 2:
            above = above[-(room // 2) :] if room // 2 else []
            below = behind[: room - len(above)]
        for label, lines in ((self._above, above), (self._below, below)):
            label.display = bool(lines)
            label.styles.height = max(1, len(lines))
            label.show_lines([f"{_front_of(line)}{line.value}" for line in lines])
        self._front.say(_front_of(self.lines[self.at]))
        self.edited()

    def _tell(self, text: str, *, fault: bool) -> None:
        self._told.set_class(fault, "error")
        self._told.set_class(not fault, "muted")
        self._told.say(text)

    def pressed(self, button: str) -> None:
        """Accept the texts if all of them are good."""
        if button != "ok":
            self.dismiss(None)
            return
        values = self.values
        if problem := self._check(values):
            self._tell(problem, fault=True)
        else:
            self.dismiss(values)


def _front_of(line: Line) -> str:
    return pad(safe_text(line.label), _LABEL_WIDTH)
