"""The screen with the two panes; it hears every key while no dialog is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget

from tfm.session.session import Side
from tfm.ui.pane.pane import PaneView


class KeyMode(Protocol):
    """Something that hears keys before the panes do, such as a search that is being typed."""

    def take_key(self, event: events.Key) -> bool:
        """One key; False if it is not meant for this, and the panes get it."""
        ...

    def take_paste(self, text: str) -> None:
        """Pasted text."""
        ...


class PanesScreen(Screen[None], inherit_bindings=False):
    """No widget here can have the focus: changing it would repaint whole panes."""

    AUTO_FOCUS = ""

    def __init__(
        self,
        views: dict[Side, PaneView],
        under: Sequence[Widget],
        pressed: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._views = views
        self._under = under
        self._pressed = pressed
        self.mode: KeyMode | None = None

    def compose(self) -> ComposeResult:
        """The panes side by side, and what stands beneath or over them."""
        yield Horizontal(self._views[Side.LEFT], self._views[Side.RIGHT], id="panes")
        yield from self._under

    def take_key(self, event: events.Key) -> None:
        """Every key is an action's, unless a mode hears it first."""
        if self.mode is None or not self.mode.take_key(event):
            self._pressed(event.key)

    def take_paste(self, text: str) -> None:
        """A paste into the panes means nothing, except to a mode."""
        if self.mode is not None:
            self.mode.take_paste(text)
