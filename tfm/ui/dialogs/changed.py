"""Somebody else changed the file that was edited here: what now?"""

from __future__ import annotations

import enum
from typing import Final

from textual.app import ComposeResult

from tfm.model.text import safe_text
from tfm.ops.borrow import Borrowed
from tfm.ui.cells import cut_start
from tfm.ui.dialogs.frame import Button, Dialog, Label, text_width

_WIDEST: Final = 76


class Fate(enum.Enum):
    """What becomes of the changed copy."""

    OVERWRITE = "overwrite"
    BESIDE = "beside"
    KEEP_HERE = "keep"


class Changed(Dialog[Fate]):
    """Opens on the way that loses neither version; Esc keeps the local copy."""

    def __init__(self, borrowed: Borrowed) -> None:
        buttons = [
            Button(Fate.BESIDE.value, "Save under a new name", "s"),
            Button(Fate.OVERWRITE.value, "Overwrite", "o"),
            Button(Fate.KEEP_HERE.value, "Keep local copy", "k"),
        ]
        super().__init__("Changed by somebody else", buttons)
        self.borrowed = borrowed

    def body(self) -> ComposeResult:
        """The place, and what happened."""
        width = min(text_width(self.app.size.width), _WIDEST)
        yield Label(cut_start(safe_text(str(self.borrowed.home)), width))
        if self.borrowed.entry is None:
            yield Label("was made by somebody else while you edited yours.")
        else:
            yield Label("is no longer the version you edited.")

    def pressed(self, button: str) -> None:
        """Decide."""
        self.dismiss(Fate(button))

    def leave(self) -> None:
        """Esc changes nothing there."""
        self.dismiss(Fate.KEEP_HERE)
