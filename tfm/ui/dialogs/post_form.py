"""A form that stores an object, as texts to copy: for a shell, a browser, a program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.app import ComposeResult

from tfm.model.text import safe_text
from tfm.ui.dialogs.frame import Button, Dialog, Label
from tfm.ui.viewers.rows import wrapped

_TAKES_LINES = 8


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
        self._way = next(iter(texts))
        self._shown = Label("", classes="lines")

    def body(self) -> ComposeResult:
        """As much of the text as there is room for, and what it lets people do."""
        yield self._shown
        for line in self._told:
            yield Label(line, classes="muted")

    def on_resize(self) -> None:
        """It breaks elsewhere."""
        self._show()

    def _show(self) -> None:
        width = max(1, self.app.size.width * 9 // 10 - 4)
        lines = [
            piece
            for line in self._texts[self._way].splitlines()
            for piece in wrapped(safe_text(line), width)
        ]
        room = max(1, self.app.size.height - _TAKES_LINES - 2 * len(self._told))
        if len(lines) > room:
            lines = [*lines[: room - 1], safe_text("…")] if room > 1 else lines[:1]
        self._shown.styles.height = len(lines)
        self._shown.show_lines(lines)

    def pressed(self, button: str) -> None:
        """Show and copy, or leave."""
        if button == "close":
            self.dismiss(None)
            return
        self._way = button
        self._show()
        self._copy(button)
