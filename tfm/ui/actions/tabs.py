"""Tabs of a pane, and the two panes changing places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.session.session import Side

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def new_tab(app: TfmApp) -> None:
    """Another tab at the same place."""
    side = app.session.active
    app.navigator.leave_tab(side)
    if app.session.add_tab(side):
        _shown(app, side)
        _say_which(app, side)
    else:
        app.navigator.show_tab(side)
        app.say(f"There are {len(app.session.tabs(side))} tabs already.", "warning")


def close_tab(app: TfmApp) -> None:
    """Show the one before it; the last tab stays."""
    side = app.session.active
    if len(app.session.tabs(side)) == 1:
        app.say("The last tab of a pane stays.", "warning")
        return
    app.navigator.leave_tab(side)
    app.session.close_tab(side)
    _shown(app, side)


def _step(by: int) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        side = app.session.active
        if len(app.session.tabs(side)) == 1:
            key = next(iter(app.keymap.labels_of("new_tab")), "")
            app.say(f"This pane has one tab.{f' {key} opens another.' if key else ''}")
        else:
            show_tab(app, side, app.session.tab(side) + by)

    return act


def show_tab(app: TfmApp, side: Side, at: int) -> None:
    """Show a tab of a side, counted from 0 and round the ends."""
    if app.session.tabs(side)[at % len(app.session.tabs(side))] is app.session[side]:
        return
    app.navigator.leave_tab(side)
    app.session.show_tab(side, at)
    _shown(app, side)
    app.keeper.later()


def _shown(app: TfmApp, side: Side) -> None:
    paint_tabs(app, side)
    app.navigator.show_tab(side)


def paint_tabs(app: TfmApp, *sides: Side) -> None:
    """Tell the headers about the tabs."""
    for side in sides:
        app.views[side].set_tabs(app.session.tab(side), len(app.session.tabs(side)))


def _say_which(app: TfmApp, side: Side) -> None:
    count = len(app.session.tabs(side))
    before, after = (
        next(iter(app.keymap.labels_of(action)), "") for action in ("previous_tab", "next_tab")
    )
    if before and after:
        app.say(f"Tab {app.session.tab(side) + 1} of {count}. {before} and {after} change tabs.")


def swap_panes(app: TfmApp) -> None:
    """What is left goes right, with its tabs; the cursor stays on its side."""
    app.navigator.swap()
    paint_tabs(app, *Side)


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "new_tab": new_tab,
    "close_tab": close_tab,
    "previous_tab": _step(-1),
    "next_tab": _step(1),
    "swap_panes": swap_panes,
}
