"""A text that may be longer than a dialog has room for."""

from __future__ import annotations

from tfm.model.text import safe_text
from tfm.ui.dialogs.frame import Label, text_width
from tfm.ui.viewers.rows import wrapped

_TAKES_LINES = 8


class LongText(Label):
    """Takes as many lines as it needs and a `wide` dialog has; what is left out is told by an ellipsis.

    `beside` lines of the dialog are for other texts. The dialog calls `fit` when it is resized.
    """

    def __init__(self, text: str, *, beside: int) -> None:
        super().__init__("", classes="lines")
        self._text = text
        self._beside = beside

    def replace(self, text: str) -> None:
        """Another text."""
        self._text = text
        self.fit()

    def fit(self) -> None:
        """Break it for the screen there is."""
        width = text_width(self.app.size.width)
        lines = [
            piece for line in self._text.splitlines() for piece in wrapped(safe_text(line), width)
        ]
        room = max(1, self.app.size.height - _TAKES_LINES - self._beside)
        if len(lines) > room:
            lines = [*lines[: room - 1], safe_text("…")] if room > 1 else lines[:1]
        self.styles.height = len(lines)
        self.show_lines(lines)
