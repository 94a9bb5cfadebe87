"""One line of text from the user."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult

from tfm.model.text import safe_text
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_field


class Prompt(Dialog[str]):
    """Gives the text, None if the user left. `check` says what is wrong with a text, or nothing.

    `value` is shown safely, and is still itself if nobody changed the text; `select` counts in what is shown.
    """

    def __init__(
        self,
        title: str,
        question: str,
        value: str = "",
        *,
        check: Callable[[str], str] = lambda _text: "",
        select: tuple[int, int] | None = None,
        noted: bool = False,
    ) -> None:
        buttons = (Button("ok", "OK"), Button("cancel", "Cancel"))
        self._value, self._shown = value, safe_text(value)
        field = text_field(self._shown, select=select)
        super().__init__(title, buttons, classes="wide", field=field)
        self._question = question
        self._check = check
        self._problem = Label("", classes="error slot")
        self._note = Label("", classes="warning slot")
        self._noted = noted

    def body(self) -> ComposeResult:
        """Question, field, and room for what is wrong."""
        yield Label(self._question)
        if self.field is not None:
            yield self.field
        if self._noted:
            yield self._note
        yield self._problem

    def note(self, text: str) -> None:
        """What is worth knowing, told later; only where room for it was asked for (`noted`)."""
        self._note.say(text)

    def edited(self) -> None:
        """A new text deserves a new judgement."""
        self._problem.say("")

    def pressed(self, button: str) -> None:
        """Accept the text if it is good."""
        text = self.field.value if self.field is not None else ""
        text = self._value if text == self._shown else text
        if button != "ok":
            self.dismiss(None)
        elif problem := self._check(text):
            self._problem.say(problem)
        else:
            self.dismiss(text)
