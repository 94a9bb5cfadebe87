"""The log beneath the panes, and the screen to read it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.ui.chosen import choose

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_STEP = 0.05


def toggle(app: TfmApp) -> None:
    """Show the lines or hide them."""
    choose(app, "show_log", not app.log_pane.display)


def read(app: TfmApp) -> None:
    """Open the reader."""
    from tfm.ui.panels.log import LogReader

    app.push_screen(LogReader(app.start.log, app.log_pane.zone))


def _grow(share: float) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        if not app.log_pane.display:
            choose(app, "show_log", True)
        else:
            app.log_pane.grow(share)

    return act


def _page(pages: int) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        if app.log_pane.display:
            app.log_pane.scroll(pages * max(1, app.log_pane.size.height - 1))

    return act


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "log": toggle,
    "read_log": read,
    "log_higher": _grow(_STEP),
    "log_lower": _grow(-_STEP),
    "log_page_up": _page(-1),
    "log_page_down": _page(1),
}
