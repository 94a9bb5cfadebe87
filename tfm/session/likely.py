"""Where somebody who stands here may go next, the most likely place first. No I/O."""

from __future__ import annotations

from collections.abc import Iterable

from tfm.model.listing import Listing
from tfm.model.location import Location
from tfm.model.order import is_hidden, sort
from tfm.session.pane import PaneState

_MOST_CHILDREN = 3
_STEPS = 4
"""So many steps back it shows that somebody walks from sibling to sibling."""


def likely(
    pane: PaneState, visited: Iterable[Location], above: Listing | None = None
) -> tuple[Location, ...]:
    """Directories: that under the cursor, those in this one that were opened before, the next sibling.

    `visited` are places of earlier visits, the latest first. `above` is the listing of the directory
    above, if it is known: the next sibling is told by it, and only while somebody walks along it.
    """
    if pane.results is not None or pane.as_of is not None:
        return ()
    found: list[Location] = []
    current = pane.current
    if current is not None and current.is_directory:
        found.append(pane.location(current))
    known = pane.rows.index
    children = (
        place
        for place in visited
        if place.parent == pane.place and (place.name, True) in known and place not in found
    )
    found += [place for place, _ in zip(children, range(_MOST_CHILDREN), strict=False)]
    if above is not None and _walks(pane):
        following = _next_sibling(pane, above)
        if following is not None:
            found.append(following)
    return tuple(dict.fromkeys(found))


def _walks(pane: PaneState) -> bool:
    """The steps before this one were among the siblings of this place."""
    parent = pane.place.parent
    return any(
        place.parent == parent and place not in (pane.place, parent)
        for place in pane.trail.latest(_STEPS)
    )


def _next_sibling(pane: PaneState, above: Listing) -> Location | None:
    rows = [
        entry
        for entry in above.entries
        if entry.is_directory and (pane.hidden or not is_hidden(entry))
    ]
    names = [entry.name for entry in sort(rows, pane.usual)]
    if pane.place.name not in names:
        return None
    following = names[names.index(pane.place.name) + 1 :]
    return above.where.child(following[0], directory=True) if following else None
