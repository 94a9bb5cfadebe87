"""A pane that shows what a search has found instead of a directory.

The place of such a pane is where the search began: new directories are made there, and what is copied to
the pane goes there. Its entries carry their path below that place as their name (`docs/a.txt`), so that
each row is told from its namesakes, and `PaneState.location` is right for them without asking what kind
of pane it is. Operations get what `PaneState.picked` hands out: places, and entries under their own names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tfm.model.location import Location, Style
from tfm.ops.plan import Picked


@dataclass(frozen=True, slots=True)
class Results:
    """What was searched for, in words, and the line of the first hit in a file, by path, from 1.

    `content` is what was looked for in files, empty if only names were; with `regex` it is a pattern.
    """

    title: str
    lines: Mapping[str, int] = field(default_factory=dict)
    content: str = ""
    regex: bool = False


def path_below(top: Location, place: Location) -> str | None:
    """The name of a result's row, None if the place is not beneath `top`."""
    if not top.holds(place):
        return None
    path = place.relative_to(top)
    return path.removesuffix("/") if top.root.style is Style.KEY else path


def outermost(picked: Iterable[Picked]) -> tuple[Picked, ...]:
    """What was picked, without what lies inside a picked directory: that goes along with it.

    Entries get their own names instead of their paths.
    """
    every = tuple(picked)
    directories = {place.as_directory() for place, entry in every if entry.is_directory}
    return tuple(
        (place, entry if entry.name == place.name else replace(entry, name=place.name))
        for place, entry in every
        if not directories or not directories.intersection(map(_directory, place.ancestors()))
    )


def _directory(place: Location) -> Location:
    return place.as_directory()
