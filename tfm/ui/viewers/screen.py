"""The screen of whatever is read: a line of title, what is looked at, a line that tells and asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from tfm.ui.pane.lines import Line

if TYPE_CHECKING:
    from tfm.ui.viewers.keys import ViewKey


class ReadingScreen(ModalScreen[None], inherit_bindings=False):
    """Header, body and footer over the whole window; subclasses paint the lines and take the keys."""

    AUTO_FOCUS = ""

    def __init__(self, body: Widget) -> None:
        super().__init__()
        self._body = body
        self._header = Line(classes="header")
        self._footer = Line(classes="footer")

    def compose(self) -> ComposeResult:
        """The lines from top to bottom."""
        with Vertical(id="reader"):
            yield self._header
            yield self._body
            yield self._footer

    def list_keys(
        self, title: str, keys: Sequence[ViewKey], acts: Mapping[str, Callable[[], None]]
    ) -> None:
        """Show a table of keys; what is chosen there is done, and `_paint` called."""
        from tfm.ui.dialogs.choose import Choice, Choose

        def chosen(act: str | None) -> None:
            if act is not None:
                acts[act]()
                self._paint()

        choices = [Choice(each.act, each.shown, each.help) for each in keys]
        self.app.push_screen(Choose(title, choices), chosen)

    def _paint(self) -> None:
        """Draw header and footer; called when what they tell has changed."""

    def take_paste(self, _text: str) -> None:
        """Where nothing is asked there is nothing to paste into."""
