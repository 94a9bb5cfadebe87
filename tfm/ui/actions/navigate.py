"""Moving about: cursor, places, the other pane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tfm.session.pane import PaneState
from tfm.session.session import Side
from tfm.ui.actions.external import opened_elsewhere

if TYPE_CHECKING:
    from tfm.ui.app import TfmApp


def _step(rows: int) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        move_cursor(app, app.session.pane.cursor + rows)

    return act


def _page(direction: int) -> Callable[[TfmApp], None]:
    def act(app: TfmApp) -> None:
        pane, height = app.session.pane, max(1, app.view.list.height - 1)
        edge = pane.top + height if direction > 0 else pane.top
        if pane.cursor != edge and pane.top <= pane.cursor <= pane.top + height:
            move_cursor(app, edge)
        else:
            move_cursor(app, pane.cursor + direction * height)

    return act


def move_cursor(app: TfmApp, row: int) -> None:
    """Put the cursor of the active pane on a row."""
    app.session.pane.move_to(row)
    app.view.cursor_moved()


def first_row(app: TfmApp) -> None:
    """The first row."""
    move_cursor(app, 0)


def last_row(app: TfmApp) -> None:
    """The last row."""
    move_cursor(app, len(app.session.pane.rows) - 1)


def open_row(app: TfmApp) -> None:
    """Enter a directory, view a file; in a pane that was not read yet, read it."""
    pane = app.session.pane
    entry = pane.current
    if entry is None:
        if pane.taken_at is None:
            app.navigator.reload(app.session.active)
    elif entry.opens_as_directory:
        app.navigator.enter(app.session.active, pane.location(entry))
    elif app.start.choosing:
        app.chosen = tuple(pane.location(each) for each in pane.targets())
        app.leave()
    elif not opened_elsewhere(app, entry):
        app.run_action_id("view")


def parent(app: TfmApp) -> None:
    """Go up; a connection that is rooted at a bucket or prefix ends there."""
    if not app.navigator.parent(app.session.active) and not app.session.pane.place.is_top:
        app.say("This connection begins here.")


def switch_pane(app: TfmApp) -> None:
    """The other pane becomes active."""
    app.activate(app.session.active.other)


def left(app: TfmApp) -> None:
    """To the left pane; in the left one, up."""
    _sideways(app, Side.LEFT)


def right(app: TfmApp) -> None:
    """To the right pane; in the right one, up."""
    _sideways(app, Side.RIGHT)


def _sideways(app: TfmApp, side: Side) -> None:
    if app.session.active is side:
        parent(app)
    else:
        app.activate(side)


def same_place(app: TfmApp) -> None:
    """This pane goes where the other one is; from the results of a search, to where the row is."""
    side = app.session.active
    _follow(app, side, app.session[side if app.session.pane.results else side.other])


def other_here(app: TfmApp) -> None:
    """The other pane comes where this one is."""
    _follow(app, app.session.active.other, app.session.pane)


def _follow(app: TfmApp, side: Side, leader: PaneState) -> None:
    """The pane goes where the leader's cursor is, and stands on the same row.

    Once more brings only the cursor there.
    """
    current, pane = leader.current, app.session[side]
    if current is None:
        app.navigator.enter(side, leader.place)
        return
    place = leader.location(current)
    where = leader.place if leader.results is None else place.parent
    land_on = (place.name, current.is_directory)
    if where != pane.place or pane.results is not None or pane.error is not None:
        app.navigator.enter(side, where, land_on=land_on)
    else:
        pane.land_on(land_on)
        app.views[side].cursor_moved()


HANDLERS: Mapping[str, Callable[[TfmApp], None]] = {
    "cursor_up": _step(-1),
    "cursor_down": _step(1),
    "page_up": _page(-1),
    "page_down": _page(1),
    "first_row": first_row,
    "last_row": last_row,
    "left": left,
    "right": right,
    "open": open_row,
    "parent": parent,
    "switch_pane": switch_pane,
    "same_place": same_place,
    "other_here": other_here,
}
