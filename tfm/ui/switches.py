"""What the view menu switches, and how each switch reaches the panes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tfm.config.rules import DATE_FORMATS
from tfm.model.text import safe_text
from tfm.ui.actions.view import toggle_hidden
from tfm.ui.chosen import as_configured, choose, choose_columns, kept, widen
from tfm.ui.dialogs.view import Switch
from tfm.ui.pane.ls_colors import file_colours

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_HOT_COLUMNS = "2345678"


def switches(app: TfmApp) -> list[Switch]:
    """All of them, for the active pane and the storage it shows."""
    return [
        Switch(
            "h", "Hidden files", lambda: _on(app.session.pane.hidden), lambda: toggle_hidden(app)
        ),
        _flag(app, "e", "Exact sizes", "exact_sizes"),
        _flag(app, "x", "Extensions in a column of their own", "separate_extensions"),
        Switch("t", "Times", lambda: _times(app), lambda: _next_times(app)),
        _flag(app, "i", "Icons (a Nerd Font is needed)", "icons"),
        Switch(
            "c",
            "Colours of LS_COLORS",
            lambda: _on(app.look.colours is not None),
            lambda: _colours(app),
        ),
        _flag(app, "d", "Directories first", "directories_first"),
        _flag(app, "n", "Natural order: 9 before 10, a beside A", "natural_sort"),
        _flag(app, "o", "One pane", "one_pane"),
        _flag(app, "l", "Log", "show_log"),
        *_columns(app),
        Switch("r", "All as the configuration says", lambda: kept(app), lambda: as_configured(app)),
    ]


def _on(state: bool) -> str:
    return "yes" if state else "no"


def _flag(app: TfmApp, hot: str, title: str, name: str) -> Switch:
    """A setting that is on or off."""

    def state() -> bool:
        return bool(getattr(app.settings, name))

    return Switch(hot, title, lambda: _on(state()), lambda: choose(app, name, not state()))


def _times(app: TfmApp) -> str:
    told = app.settings.date_format
    word = next((word for word, text in DATE_FORMATS.items() if text == told), told)
    return safe_text(word)


def _next_times(app: TfmApp) -> None:
    """The next of the known formats, then the user's own."""
    formats = list(dict.fromkeys([*DATE_FORMATS, app.configured.date_format]))
    now = app.settings.date_format
    at = formats.index(now) if now in formats else -1
    choose(app, "date_format", formats[(at + 1) % len(formats)])


def _colours(app: TfmApp) -> None:
    if app.look.colours is not None:
        choose(app, "ls_colors", False)
    elif file_colours(os.environ.get("LS_COLORS", "")) is None:
        app.say("The variable LS_COLORS says nothing: see dircolors(1).", "warning")
    else:
        choose(app, "ls_colors", True)


def _columns(app: TfmApp) -> list[Switch]:
    """One switch for each column that the storage of the active pane has."""
    found = app.view.told_columns
    return [
        _column(app, hot, name, title)
        for hot, (name, title) in zip(_HOT_COLUMNS, found, strict=False)
    ]


def _column(app: TfmApp, hot: str, name: str, title: str) -> Switch:
    side = app.session.active
    place = app.session.pane.place

    def now() -> str:
        if name in app.recall.columns_of(place).without:
            return "no"
        width = app.views[side].list.format.width_of(name)
        return "yes, but no room" if width is None else f"yes, {width} cells: Left, Right"

    def flip() -> None:
        choose_columns(app, side, app.recall.columns_of(place).turned(name))

    def step(cells: int) -> None:
        width = app.views[side].list.format.width_of(name)
        if width is not None:
            widen(app, side, name, width + cells)

    return Switch(hot, f"Column {safe_text(title)}", now, flip, step)
