"""Names of what is to be made: one, or one a line."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult

from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field

_TAKES_LINES = 9
_MOST_LINES = 12
_HINT = "Down: one more name. a/b makes a as well. Pasted lines are names."


class MakeDialog(Dialog[tuple[str, ...]]):
    """Gives the names; None if the user left. `check` says what is wrong with one, or nothing.

    The line that is edited is the field; those before and behind it stand around it.
    """

    def __init__(self, title: str, question: str, check: Callable[[str], str]) -> None:
        buttons = (Button("ok", "Make"), Button("cancel", "Cancel"))
        super().__init__(title, buttons, classes="wide", field=text_field(""))
        self._question = question
        self._check = check
        self._before: list[str] = []
        self._behind: list[str] = []
        self._above = Label("", classes="muted lines")
        self._below = Label("", classes="muted lines")
        self._told = Label(_HINT, classes="muted slot")

    def body(self) -> ComposeResult:
        """The lines, and room for what is wrong."""
        yield Label(self._question)
        yield self._above
        if self.field is not None:
            yield self.field
        yield self._below
        yield self._told

    def on_mount(self) -> None:
        """One line to begin with."""
        self._lay_out()

    @property
    def _text(self) -> str:
        return "" if self.field is None else self.field.value

    @property
    def names(self) -> list[str]:
        """All lines that hold something."""
        return [line for line in (*self._before, self._text, *self._behind) if line]

    def take_key(self, event: events.Key) -> None:
        """Up and Down go from line to line; Down at the end of them begins one."""
        if event.key == "up":
            if self._before:
                self._behind[:0] = [self._text] if self._text or self._behind else []
                self._put(self._before.pop())
        elif event.key in ("down", "ctrl+j", "alt+enter", "shift+enter"):
            if self._behind or self._text:
                self._before.append(self._text)
                self._put(self._behind.pop(0) if self._behind else "")
        elif event.key == "backspace" and not self._text and self._before:
            self._put(self._before.pop())
        else:
            super().take_key(event)

    def take_paste(self, text: str) -> None:
        """Every line that is pasted is a name of its own."""
        lines = text.splitlines()
        if not lines:
            return
        super().take_paste(lines[0])
        for line in lines[1:]:
            self._before.append(self._text)
            self._put(line)
        self.edited()

    def edited(self) -> None:
        """A new text deserves a new judgement."""
        self._tell("", fault=False)

    def _put(self, line: str) -> None:
        if self.field is not None:
            self.field.value = line
            self.field.action_end()
        self._tell("", fault=False)
        self._lay_out()

    def _lay_out(self) -> None:
        """As many lines around the field as there is room for."""
        room = max(0, min(_MOST_LINES, self.app.size.height - _TAKES_LINES))
        above = self._before[-room:] if room else []
        below = self._behind[: max(0, room - len(above))]
        for label, lines in ((self._above, above), (self._below, below)):
            label.display = bool(lines)
            label.styles.height = max(1, len(lines))
            label.show_lines(lines)

    def _tell(self, text: str, *, fault: bool) -> None:
        self._told.set_class(fault, "error")
        self._told.set_class(not fault, "muted")
        self._told.say(text or _HINT)

    def pressed(self, button: str) -> None:
        """Accept the names if all of them are good."""
        names = self.names
        if button != "ok":
            self.dismiss(None)
            return
        if not names:
            self._tell("Type a name.", fault=True)
            return
        for name in names:
            if problem := self._check(name):
                shown = f"{name}: {problem}" if len(names) > 1 else problem
                self._tell(shown, fault=True)
                return
        if len(set(names)) < len(names):
            self._tell("One of the names is there twice.", fault=True)
            return
        self.dismiss(tuple(names))
