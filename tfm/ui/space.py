"""How much room is left where the panes are: asked on a worker, and not at every listing."""

from __future__ import annotations

from collections.abc import Callable

from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.session.session import Session, Side
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge
from tfm.ui.pane.pane import PaneView

ASKED_EVERY = 10.0
"""Seconds in which the answer for one directory counts as still right."""


class RoomLeft:
    """Tells the panes how much is left; a storage that does not know is asked once a visit."""

    def __init__(
        self,
        session: Session,
        vfs: Vfs,
        bridge: Bridge,
        views: dict[Side, PaneView],
        clock: Callable[[], float],
    ) -> None:
        self._session, self._vfs, self._bridge, self._views = session, vfs, bridge, views
        self._clock = clock
        self._asked: dict[Side, tuple[Location, float]] = {}

    def listed(self, side: Side) -> None:
        """A pane was read to its end, so its storage answers: ask unless that was just done."""
        place, now = self._session[side].place, self._clock()
        before = self._asked.get(side)
        if before is not None and before[0] == place and now - before[1] < ASKED_EVERY:
            return
        self._asked[side] = place, now

        pane = self._session[side]

        def told(free: int | None) -> None:
            if pane.place != place or pane.free == free:
                return
            pane.free = free
            for view in self._views.values():
                if view.pane is pane:
                    view.paint_footer()

        def failed(_error: StorageError) -> None:
            told(None)  # a comfort: the listing itself has said what is wrong, if anything is

        def ask() -> int | None:
            facet = self._vfs.facets(place).free_space
            return None if facet is None else facet.free_bytes(place)

        self._bridge.ask(lambda _cancel: ask(), told, failed)
