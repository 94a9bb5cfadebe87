"""Other programs: the shell that started us, and whatever works on the files of the panes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def to_shell(app: TfmApp) -> None:
    """Stop, as Ctrl-Z stops every other program."""
    from tfm.ui import suspend

    refusal = suspend.to_shell(app)
    if refusal:
        app.say(refusal, "warning")


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {"to_shell": to_shell}
