"""The log beneath the panes, and the screen to read it in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tfm.config.places import data_file
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.location import Location, local
from tfm.session.error_help import heading_for
from tfm.session.logbook import LogLine
from tfm.ui.chosen import choose

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_PAGE = "docs/troubleshooting.md"
_LARGEST = 2**20
_STEP = 0.05


def toggle(app: TfmApp) -> None:
    """Show the lines or hide them."""
    choose(app, "show_log", not app.log_pane.display)


def read(app: TfmApp) -> None:
    """Open the reader."""
    from tfm.ui.panels.log import LogReader

    app.push_screen(LogReader(app.start.log, app.log_pane.zone))


def help_on(app: TfmApp, message: str) -> None:
    """Open the page on troubleshooting where it tells about a message, else at its beginning."""
    from tfm.ui.viewers.registry import open_viewer
    from tfm.ui.viewers.search import Wanted

    def work(cancel: CancelToken) -> tuple[Location, Entry, str]:
        place = local(data_file(_PAGE))
        with app.vfs.open_read(place) as reader:
            page = reader.read(_LARGEST).decode()
        cancel.check()
        return place, app.vfs.stat(place), heading_for(page, message)

    def show(found: tuple[Location, Entry, str]) -> None:
        place, entry, heading = found
        open_viewer(app, place, entry, Wanted(f"## {heading}") if heading else None)

    app.bridge.ask(work, show, lambda error: app.say(str(error), "error"))


def last_error(lines: Sequence[LogLine]) -> str:
    """The newest error, else the newest warning; empty if there is none."""
    for level in (logging.ERROR, logging.WARNING):
        for line in reversed(lines):
            if line.level >= level:
                return line.text
    return ""


def _error_help(app: TfmApp) -> None:
    help_on(app, last_error(app.start.log.lines()))


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
    "error_help": _error_help,
    "log_higher": _grow(_STEP),
    "log_lower": _grow(-_STEP),
    "log_page_up": _page(-1),
    "log_page_down": _page(1),
}
