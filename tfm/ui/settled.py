"""Between what is configured or remembered and what is on the screen."""

from __future__ import annotations

import os
from dataclasses import replace

from tfm.config.settings import Settings
from tfm.config.state import PaneState as SavedPane
from tfm.config.state import State
from tfm.model.location import local
from tfm.model.order import SortKey, SortSpec
from tfm.session.pane import PaneState
from tfm.session.recall import Recall, cursor_text, place_of, row_of
from tfm.session.session import Session, Side
from tfm.ui.pane.look import PaneLook
from tfm.ui.pane.ls_colors import file_colours


def look_of(settings: Settings) -> PaneLook:
    """How rows are shown; a date pattern of the user's own is kept at every width."""
    look = PaneLook(
        settings.date_pattern,
        exact_sizes=settings.exact_sizes,
        extension_width=settings.max_extension_length if settings.separate_extensions else 0,
        icons=settings.icons,
        colours=file_colours(os.environ.get("LS_COLORS", "")) if settings.ls_colors else None,
    )
    if settings.date_format == "short":
        return look
    return replace(look, narrow_pattern=settings.date_pattern)


def session_of(state: State, recall: Recall, settings: Settings) -> Session:
    """The panes as they were left; places that mean nothing are left out by whoever made `state`."""
    session = Session(
        _pane(state.left, recall, settings),
        _pane(state.right, recall, settings),
        active=Side(state.active),
        ratio=state.ratio,
    )
    session.filters = list(recall.memory.filters)
    session.single = settings.one_pane
    for side, saved in ((Side.LEFT, state.left), (Side.RIGHT, state.right)):
        if len(saved.tabs) > 1:
            tabs = [_pane(tab, recall, settings) for tab in saved.tabs]
            tabs[saved.tab] = session[side]
            session.put_tabs(side, tabs, saved.tab)
    return session


def _pane(saved: SavedPane, recall: Recall, settings: Settings) -> PaneState:
    order = SortSpec(
        SortKey(saved.sort), saved.reverse, settings.directories_first, settings.natural_sort
    )
    pane = PaneState(place_of(saved.place) or local("/"), order=order, hidden=saved.hidden)
    pane.remind(recall.order_of(pane.place))
    pane.filter = recall.filter_of(pane.place)
    wanted = row_of(saved.cursor) or recall.cursor_of(pane.place)
    if wanted is not None:
        pane.land_on(wanted)
    return pane


def state_of(session: Session) -> State:
    """What is worth remembering of the panes."""
    return State(
        _side(session, Side.LEFT),
        _side(session, Side.RIGHT),
        "left" if session.active is Side.LEFT else "right",
        session.ratio,
    )


def _side(session: Session, side: Side) -> SavedPane:
    shown, tabs = _saved(session[side]), session.tabs(side)
    if len(tabs) == 1:
        return shown
    return replace(shown, tabs=tuple(_saved(tab) for tab in tabs), tab=session.tab(side))


def _saved(pane: PaneState) -> SavedPane:
    order = pane.usual  # what was chosen for the place itself is remembered with the place
    return SavedPane(
        str(pane.place), order.key.value, order.reverse, pane.hidden, cursor_text(pane)
    )
