"""The pair of panes and which of them is active."""

from __future__ import annotations

import enum

from tfm.model.location import Location
from tfm.session.compare import Criteria
from tfm.session.pane import PaneState


class Side(enum.Enum):
    """One of the two panes."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite one."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


SMALLEST_RATIO, LARGEST_RATIO = 0.15, 0.85


class Session:
    """Two panes, the active side, and the share of the width that the left one has.

    `filters` are those that were used, the latest first; `searches` the last pattern and its syntax, by
    name (False) and by content (True); `criteria` those of the last comparison.
    """

    def __init__(
        self,
        left: PaneState,
        right: PaneState,
        *,
        active: Side = Side.LEFT,
        ratio: float = 0.5,
    ) -> None:
        self.panes = {Side.LEFT: left, Side.RIGHT: right}
        self.active = active
        self.filters: list[str] = []
        self.criteria = Criteria()
        self.searches: dict[bool, tuple[str, str]] = {}
        self.ratio = 0.5
        self.set_ratio(ratio)

    def __getitem__(self, side: Side) -> PaneState:
        return self.panes[side]

    @property
    def pane(self) -> PaneState:
        """The active pane."""
        return self.panes[self.active]

    @property
    def other(self) -> PaneState:
        """The pane that is not active."""
        return self.panes[self.active.other]

    def set_ratio(self, ratio: float) -> None:
        """Divide the width; neither pane ever vanishes."""
        self.ratio = round(max(SMALLEST_RATIO, min(ratio, LARGEST_RATIO)), 2)

    def sides_at(self, place: Location) -> tuple[Side, ...]:
        """The panes that show this directory."""
        return tuple(side for side, pane in self.panes.items() if pane.place == place)
