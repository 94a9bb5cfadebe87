"""A form that stores an object, as texts to copy: for a shell, a browser, a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.app import ComposeResult

from tfm.ui.dialogs.frame import Button, Dialog, Label
from tfm.ui.dialogs.long_text import LongText


class PostFormDialog(Dialog[None]):
    """Shows one of the texts; its button, pressed, shows and copies it. `copy` gets its name."""

    def __init__(
        self,
        title: str,
        texts: Mapping[str, str],
        told: Sequence[str],
        copy: Callable[[str], None],
    ) -> None:
        buttons = [Button(name, f"Copy {name}", name[0]) for name in texts]
        super().__init__(title, (Button("close", "Close", "l"), *buttons), classes="wide")
        self._texts = texts
        self._told = told
        self._copy = copy
        # what it lets people do takes two lines on a narrow screen
        self._shown = LongText(next(iter(texts.values())), beside=2 * len(told))

    def body(self) -> ComposeResult:
        """As much of the text as there is room for, and what it lets people do."""
        yield self._shown
        for line in self._told:
            yield Label(line, classes="muted")

    def on_resize(self) -> None:
        """It breaks elsewhere."""
        self._shown.fit()

    def pressed(self, button: str) -> None:
        """Show and copy, or leave."""
        if button == "close":
            self.dismiss(None)
            return
        self._shown.replace(self._texts[button])
        self._copy(button)
