"""What an act touched: the currency of invalidation and refresh."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tfm.model.location import Location, Style


@dataclass(frozen=True, slots=True)
class Change:
    """Directories whose listing changed, and subtrees in which anything may have changed."""

    directories: frozenset[Location] = frozenset()
    subtrees: frozenset[Location] = frozenset()

    @property
    def change(self) -> Change:
        """Itself, so that whatever carries a change can be applied alike."""
        return self

    def __or__(self, other: Change) -> Change:
        return Change(self.directories | other.directories, self.subtrees | other.subtrees)

    def __bool__(self) -> bool:
        return bool(self.directories or self.subtrees)

    def covers(self, directory: Location) -> bool:
        """True if the listing of `directory` may no longer be right."""
        if directory in self.directories:
            return True
        return any(top == directory or top.holds(directory) for top in self.subtrees)

    def reaches(self, top: Location) -> bool:
        """True if anything at or beneath `top` may have changed."""
        return self.covers(top) or any(
            top.holds(place) for places in (self.directories, self.subtrees) for place in places
        )


NOTHING = Change()


def around(*places: Location) -> Change:
    """The change made by creating, replacing or removing each of `places` itself.

    Where directories are only prefixes, the first key beneath one makes it appear in its parent, so
    every directory above counts as touched.
    """
    directories: set[Location] = set()
    for place in places:
        if place.root.style is Style.KEY:
            directories.update(place.ancestors())
            if place.looks_like_directory:
                # whoever listed it must not go on believing that it is there
                directories.add(place)
        else:
            directories.add(place.parent)
    return Change(frozenset(directories))


def beneath(*tops: Location) -> Change:
    """The change made by an act on whole trees: all listings inside, and those that show them."""
    return around(*tops) | Change(subtrees=frozenset(top.as_directory() for top in tops))


def merge(changes: Iterable[Change]) -> Change:
    """All of them in one."""
    total = NOTHING
    for change in changes:
        total |= change
    return total
