"""What the view menu switches, and how each switch reaches the panes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tfm.config.rules import DATE_FORMATS
from tfm.model.order import SortSpec
from tfm.model.text import safe_text
from tfm.ui.actions.log import toggle
from tfm.ui.actions.view import one_pane, toggle_hidden
from tfm.ui.dialogs.view import Switch
from tfm.ui.pane.look import PaneLook
from tfm.ui.pane.ls_colors import file_colours

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp

_HOT_COLUMNS = "2345678"


def switches(app: TfmApp) -> list[Switch]:
    """All of them, for the active pane and the storage it shows."""
    longest = app.settings.max_extension_length
    return [
        Switch(
            "h", "Hidden files", lambda: _on(app.session.pane.hidden), lambda: toggle_hidden(app)
        ),
        _look(
            app,
            "e",
            "Exact sizes",
            lambda look: look.exact_sizes,
            lambda look: replace(look, exact_sizes=not look.exact_sizes),
        ),
        Switch(
            "x",
            "Extensions in a column of their own",
            lambda: _on(app.look.extension_width > 0),
            lambda: app.take_look(
                replace(app.look, extension_width=0 if app.look.extension_width else longest)
            ),
        ),
        Switch("t", "Times", lambda: _times(app.look), lambda: _next_times(app)),
        _look(
            app,
            "i",
            "Icons (a Nerd Font is needed)",
            lambda look: look.icons,
            lambda look: replace(look, icons=not look.icons),
        ),
        Switch(
            "c",
            "Colours of LS_COLORS",
            lambda: _on(app.look.colours is not None),
            lambda: _colours(app),
        ),
        _order(
            app,
            "d",
            "Directories first",
            lambda order: order.directories_first,
            lambda order: replace(order, directories_first=not order.directories_first),
        ),
        _order(
            app,
            "n",
            "Natural order: 9 before 10, a beside A",
            lambda order: order.natural,
            lambda order: replace(order, natural=not order.natural),
        ),
        Switch("o", "One pane", lambda: _on(app.session.single), lambda: one_pane(app)),
        Switch("l", "Log", lambda: _on(app.log_pane.display), lambda: toggle(app)),
        *_columns(app),
    ]


def _on(state: bool) -> str:
    return "yes" if state else "no"


def _look(
    app: TfmApp,
    hot: str,
    title: str,
    state: Callable[[PaneLook], bool],
    turned: Callable[[PaneLook], PaneLook],
) -> Switch:
    return Switch(hot, title, lambda: _on(state(app.look)), lambda: app.take_look(turned(app.look)))


def _times(look: PaneLook) -> str:
    word = next((word for word, text in DATE_FORMATS.items() if text == look.date_pattern), "")
    return word or safe_text(look.date_pattern)


def _next_times(app: TfmApp) -> None:
    """The next of the known formats, then the user's own."""
    own = app.settings.date_pattern
    patterns = list(dict.fromkeys([*DATE_FORMATS.values(), own]))
    now = app.look.date_pattern
    at = patterns.index(now) if now in patterns else -1
    following = patterns[(at + 1) % len(patterns)]
    narrow = "%y-%m-%d" if following == DATE_FORMATS["short"] else following
    app.take_look(replace(app.look, date_pattern=following, narrow_pattern=narrow))


def _colours(app: TfmApp) -> None:
    found = None if app.look.colours is not None else file_colours(os.environ.get("LS_COLORS", ""))
    if found is None and app.look.colours is None:
        app.say("The variable LS_COLORS says nothing: see dircolors(1).", "warning")
    app.take_look(replace(app.look, colours=found))


def _order(
    app: TfmApp,
    hot: str,
    title: str,
    state: Callable[[SortSpec], bool],
    turned: Callable[[SortSpec], SortSpec],
) -> Switch:
    def flip() -> None:
        order = turned(app.session.pane.order)
        app.session.pane.group(directories_first=order.directories_first, natural=order.natural)
        app.navigator.arrange(app.session.active)

    return Switch(hot, title, lambda: _on(state(app.session.pane.order)), flip)


def _columns(app: TfmApp) -> list[Switch]:
    """One switch for each column that the storage of the active pane has."""
    found = app.view.told_columns
    return [
        _column(app, hot, name, title)
        for hot, (name, title) in zip(_HOT_COLUMNS, found, strict=False)
    ]


def _column(app: TfmApp, hot: str, name: str, title: str) -> Switch:
    def flip() -> None:
        app.take_look(replace(app.look, without=app.look.without ^ {name}))

    return Switch(
        hot, f"Column {safe_text(title)}", lambda: _on(name not in app.look.without), flip
    )
