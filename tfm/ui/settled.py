"""Between what is configured or remembered and what is on the screen."""

from __future__ import annotations

from tfm.config.settings import Settings
from tfm.config.state import PaneState as SavedPane
from tfm.config.state import State
from tfm.session.pane import PaneState
from tfm.session.session import Session, Side
from tfm.ui.pane.pane import PaneLook


def look_of(settings: Settings) -> PaneLook:
    """How times are told; a pattern of the user's own is kept at every width."""
    if settings.date_format == "short":
        return PaneLook(settings.date_pattern)
    return PaneLook(settings.date_pattern, narrow_pattern=settings.date_pattern)


def state_of(session: Session) -> State:
    """What is worth remembering of the panes."""
    return State(
        _saved(session[Side.LEFT]),
        _saved(session[Side.RIGHT]),
        "left" if session.active is Side.LEFT else "right",
        session.ratio,
    )


def _saved(pane: PaneState) -> SavedPane:
    return SavedPane(str(pane.place), pane.order.key.value, pane.order.reverse, pane.hidden)
