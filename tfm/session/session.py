"""The pair of panes, the tabs behind each, and which side is active."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from tfm.config.state import MOST_TABS
from tfm.model.location import Location
from tfm.session.compare import Criteria
from tfm.session.pane import PaneState
from tfm.session.taken import Taken


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

    Each side is a row of tabs; `session[side]` is the pane of the one that is shown.
    `filters` are those that were used, the latest first; `searches` the last pattern and its syntax, by
    name (False) and by content (True); `criteria` those of the last comparison. With `single` only
    the active pane is on the screen.
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
        self._tabs = {Side.LEFT: [left], Side.RIGHT: [right]}
        self.active = active
        self.taken: Taken | None = None
        self.filters: list[str] = []
        self.criteria = Criteria()
        self.searches: dict[bool, tuple[str, str]] = {}
        self.single = False
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

    # -- tabs --------------------------------------------------------------------------------------

    def tabs(self, side: Side) -> Sequence[PaneState]:
        """The tabs of a side from left to right; there is always one."""
        return tuple(self._tabs[side])

    def tab(self, side: Side) -> int:
        """Which of them is shown."""
        return self._tabs[side].index(self.panes[side])

    def all_panes(self) -> Iterator[PaneState]:
        """The panes of all tabs, also of those that are not shown."""
        for tabs in self._tabs.values():
            yield from tabs

    def put_tabs(self, side: Side, tabs: Sequence[PaneState], shown: int) -> None:
        """Replace all tabs of a side."""
        self._tabs[side] = list(tabs)
        self.panes[side] = tabs[shown]

    def add_tab(self, side: Side) -> bool:
        """Show a new tab beside the one shown, at the same place; False if there are too many."""
        tabs = self._tabs[side]
        if len(tabs) >= MOST_TABS:
            return False
        twin = self.panes[side].twin()
        tabs.insert(self.tab(side) + 1, twin)
        self.panes[side] = twin
        return True

    def close_tab(self, side: Side) -> bool:
        """Close the tab shown and show the one before it; False if it is the only one."""
        tabs, at = self._tabs[side], self.tab(side)
        if len(tabs) == 1:
            return False
        del tabs[at]
        self.panes[side] = tabs[max(0, at - 1)]
        return True

    def show_tab(self, side: Side, at: int) -> bool:
        """Show another tab, counted from 0 and round the ends; False if it is shown already."""
        before = self.panes[side]
        self.panes[side] = self._tabs[side][at % len(self._tabs[side])]
        return self.panes[side] is not before

    def swap(self) -> None:
        """What was left is right, with all its tabs; the same side stays active."""
        left, right = Side.LEFT, Side.RIGHT
        self._tabs[left], self._tabs[right] = self._tabs[right], self._tabs[left]
        self.panes[left], self.panes[right] = self.panes[right], self.panes[left]
