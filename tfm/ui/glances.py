"""What stands beside the names of containers: asked for those on the screen, while they are on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tfm.model.entry import ContainerDetails, Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.session.pane import PaneState
from tfm.session.session import Session, Side
from tfm.storage.container_facets import Containers, Glance
from tfm.storage.vfs import Vfs
from tfm.ui.bridge import Bridge, Pending
from tfm.ui.pane.pane import PaneView


@dataclass
class _Asked:
    """What one pane has asked for: under way, and (until it is read again) at all."""

    generation: int = 0
    pending: dict[Location, Pending] = field(default_factory=dict)
    places: set[Location] = field(default_factory=set)

    def leave(self) -> None:
        """Nobody waits for any of it any more."""
        self.cancel(self.pending)
        self.places.clear()
        self.generation = 0

    def cancel(self, places: Iterable[Location]) -> None:
        """Nobody waits for these. Those that were not begun go first, or they would get the hands of the others."""
        for place in reversed(list(places)):
            self.pending.pop(place).cancel()
            self.places.discard(place)


class Glances:
    """Follows what the panes show; event loop only. A few looks run at a time, on the lane aside.

    Nothing is asked where none of the columns that need it is shown.
    """

    def __init__(
        self, session: Session, vfs: Vfs, bridge: Bridge, views: Mapping[Side, PaneView]
    ) -> None:
        self._session, self._vfs, self._bridge, self._views = session, vfs, bridge, views
        self._asked = {side: _Asked() for side in Side}

    def follow(self, side: Side) -> None:
        """The rows of a pane, or those of them that can be seen, are others."""
        pane, view, asked = self._session[side], self._views[side], self._asked[side]
        facet = self._facet_of(pane, view)
        if facet is None:
            asked.leave()
            return
        if asked.generation != pane.generation:
            asked.leave()
            asked.generation = pane.generation
        shown = pane.rows.entries[pane.top : pane.top + max(1, view.list.height)]
        places = {pane.location(entry): entry for entry in shown}
        asked.cancel([place for place in asked.pending if place not in places])
        known = [(entry, facet.known(place)) for place, entry in places.items()]
        self._show(side, ((entry, glance) for entry, glance in known if glance is not None))
        for place in places:
            if place not in asked.places and facet.known(place) is None:
                asked.places.add(place)
                asked.pending[place] = self._ask(side, facet, place)

    def _facet_of(self, pane: PaneState, view: PaneView) -> Containers | None:
        if not pane.place.is_top or pane.results is not None or pane.as_of is not None:
            return None
        facet = self._vfs.known_facets(pane.place).containers
        if facet is None or not facet.asked:
            return None
        told = {column.id for column in view.list.format.columns}
        return facet if told & facet.asked else None

    def _ask(self, side: Side, facet: Containers, place: Location) -> Pending:
        asked, generation = self._asked[side], self._asked[side].generation

        def told(glance: Glance) -> None:
            asked.pending.pop(place, None)
            pane = self._session[side]
            if pane.generation == generation:
                row = pane.rows.index.get((place.name, True))
                if row is not None:
                    self._show(side, [(pane.rows.entries[row], glance)])

        def failed(_error: StorageError) -> None:
            asked.pending.pop(place, None)  # a comfort: whoever opens it is told what is wrong

        return self._bridge.ask(
            lambda cancel: facet.glance(place, cancel), told, failed, aside=True
        )

    def _show(self, side: Side, found: Iterable[tuple[Entry, Glance]]) -> None:
        """Put what is known of these rows into them, and paint those that are others then."""
        better: list[Entry] = []
        for entry, glance in found:
            details = entry.details
            region = details.region if isinstance(details, ContainerDetails) else ""
            known = ContainerDetails(region, glance.told)
            if details != known:
                better.append(replace(entry, details=known))
        for row in self._session[side].tell_more(better):
            self._views[side].list.repaint_row(row)
