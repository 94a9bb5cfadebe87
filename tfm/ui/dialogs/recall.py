"""One line of text, with what was typed before on Up and Down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.widgets.input import Selection

from tfm.ui.dialogs.prompt import Prompt


class Recall(Prompt):
    """As `Prompt`; `earlier` is newest last, and may come while the dialog is open.

    Up brings back earlier lines that begin with what was typed, Down the later ones and at last that.
    """

    def __init__(
        self, title: str, question: str, *, check: Callable[[str], str] = lambda _text: ""
    ) -> None:
        super().__init__(title, question, check=check)
        self.earlier: Sequence[str] = ()
        self._typed = ""
        self._back = 0

    def take_key(self, event: events.Key) -> None:
        """Up and Down walk through the past; everything else as in every dialog."""
        if event.key in ("up", "down"):
            self._walk(1 if event.key == "up" else -1)
        else:
            super().take_key(event)

    def edited(self) -> None:
        """What is typed now is where Down leads back to."""
        super().edited()
        if self.field is not None:
            self._typed, self._back = self.field.value, 0

    def _walk(self, step: int) -> None:
        fitting = [text for text in self.earlier if text.startswith(self._typed)]
        self._back = max(0, min(self._back + step, len(fitting)))
        if self.field is not None:
            self.field.value = fitting[-self._back] if self._back else self._typed
            end = len(self.field.value)
            self.field.selection = Selection(end, end)
