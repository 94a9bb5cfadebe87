"""The title of the window, and the directory a terminal opens its next tab in (OSC 2 and OSC 7).

Sent only when the place has changed and stood for a moment, so that walking costs nothing.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tfm.external.env import level_of, text_of
from tfm.model.location import LOCAL, Location
from tfm.model.text import safe_text
from tfm.ui.cells import cut_start

if TYPE_CHECKING:
    from textual.timer import Timer

    from tfm.ui.app import TfmApp

REST: Final = 0.5
"""Seconds a place has to stand before it is told."""

_LONGEST: Final = 60
_KEEP, _GIVE_BACK = "\x1b[22;2t", "\x1b[23;2t"


def title_of(place: Location, level: int) -> str:
    """`tfm: /a/place`; inside another tfm it says how deep."""
    depth = f" {level + 1}" if level else ""
    return f"tfm{depth}: {cut_start(safe_text(text_of(place)), _LONGEST)}"


def sequence_of(place: Location, level: int, host: str) -> str:
    """What the terminal is sent; a remote place has no directory to tell."""
    told = f"\x1b]2;{title_of(place, level)}\x1b\\"
    if place.root == LOCAL:
        told += f"\x1b]7;file://{quote(host)}{quote(os.fsencode(place.key))}\x1b\\"
    return told


class Title:
    """Follows the active pane; event loop only."""

    def __init__(self, app: TfmApp, wanted: bool) -> None:
        self._app = app
        self._wanted = wanted
        self._level = level_of(os.environ)
        self._told: Location | None = None
        self._kept = False
        self._timer: Timer | None = None

    def follow(self) -> None:
        """The active pane or its place may be another one."""
        new = self._app.session.pane.place != self._told
        if self._wanted and new and self._timer is None and self._app.is_running:
            self._timer = self._app.set_timer(REST, self._tell)

    def again(self) -> None:
        """Another program had the terminal: what it was told is gone."""
        self._told = None
        self.follow()

    def end(self) -> None:
        """Give the terminal its own title back."""
        if self._timer is not None:
            self._timer.stop()
        if self._kept:
            self._write(_GIVE_BACK)
            self._kept = False

    def _write(self, text: str) -> None:
        if self._app._driver is not None:
            self._app._driver.write(text)

    def _tell(self) -> None:
        self._timer = None
        place = self._app.session.pane.place
        if place == self._told:
            return
        if not self._kept:
            self._write(_KEEP)
            self._kept = True
        self._told = place
        self._write(sequence_of(place, self._level, socket.gethostname()))
