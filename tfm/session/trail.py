"""Back and forward: the places one pane has been to, as a browser keeps them."""

from __future__ import annotations

from tfm.model.location import Location

_LONGEST = 200


class Trail:
    """Both ways out of where a pane is; the place itself is not in it."""

    def __init__(self) -> None:
        self._back: list[Location] = []
        self._ahead: list[Location] = []

    def leave(self, here: Location) -> None:
        """Go somewhere new: what was ahead is gone."""
        self._ahead.clear()
        self._back.append(here)
        del self._back[:-_LONGEST]

    def back(self, here: Location) -> Location | None:
        """One step back from `here`, None at the beginning."""
        return _step(self._back, self._ahead, here)

    def forward(self, here: Location) -> Location | None:
        """One step forward from `here`, None at the end."""
        return _step(self._ahead, self._back, here)

    def latest(self, count: int) -> tuple[Location, ...]:
        """The last places it was left from, the latest last."""
        return tuple(self._back[-count:])

    def copy(self) -> Trail:
        """The same, going its own way from now on."""
        other = Trail()
        other._back, other._ahead = self._back[:], self._ahead[:]
        return other


def _step(source: list[Location], other: list[Location], here: Location) -> Location | None:
    while source:
        place = source.pop()
        if place != here:
            other.append(here)
            return place
    return None
