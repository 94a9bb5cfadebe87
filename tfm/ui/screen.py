"""The screen with the two panes; it hears every key while no dialog is open."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen

from tfm.session.session import Side
from tfm.ui.pane.pane import PaneView
from tfm.ui.panels.fkeys import FKeyBar
from tfm.ui.panels.status import StatusLine


class PanesScreen(Screen[None], inherit_bindings=False):
    """No widget here can have the focus: changing it would repaint whole panes."""

    AUTO_FOCUS = ""

    def __init__(
        self,
        views: dict[Side, PaneView],
        status: StatusLine,
        fkeys: FKeyBar,
        pressed: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._views = views
        self._status = status
        self._fkeys = fkeys
        self._pressed = pressed

    def compose(self) -> ComposeResult:
        """The panes side by side, two lines beneath."""
        yield Horizontal(self._views[Side.LEFT], self._views[Side.RIGHT], id="panes")
        yield self._status
        yield self._fkeys

    def take_key(self, event: events.Key) -> None:
        """Every key is an action's."""
        self._pressed(event.key)

    def take_paste(self, text: str) -> None:
        """A paste into the panes means nothing."""
