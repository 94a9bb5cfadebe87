"""What the machine has reached: operation, pair of stores, how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

Cell = tuple[str, str, str]

CARRIES: Final = ("copy file", "copy tree", "move file", "move tree")
ENDS: Final = ("done", "refused", "fault", "cancelled", "lost answer", "outlasted")
VERBS: Final = ("copy", "move")
ANSWERS: Final = (
    "overwritten",
    "kept both",
    "skipped",
    "newer",
    "not newer",
    "different",
    "not different",
    "in the way",
    "cancelled by an answer",
    "link left out",
)
ALONE: Final[Mapping[str, tuple[str, ...]]] = {
    "make directory": ("done", "already there", "no parent", "fault", "lost answer", "outlasted"),
    "write": ("done", "overwritten", "fault", "lost answer", "outlasted"),
    "link": ("done", "already there"),
    "hard link": ("done", "already there", "names kept together"),
    "rename": ("done", "in the way", "fault", "lost answer", "outlasted"),
    "delete file": ("done", "fault", "cancelled", "stale", "lost answer", "outlasted"),
    "delete tree": ("done", "fault", "cancelled", "lost answer", "outlasted"),
    "delete marker": ("done",),
    "look": ("there", "not there"),
    "enter": ("there", "not there"),
    "refresh": ("there", "not there"),
    "somebody writes": ("new", "replaced"),
    "somebody deletes": ("done",),
}

_NO_LINK_SOURCE: Final = "a key store has no symbolic links to leave out"
_LINKS_KEPT: Final = "a disk takes the link itself"
_NO_PARENT: Final = "a key needs no parent"
_NO_LINKS: Final = "a key store has no links"
_NO_MARKER: Final = "a disk has directories, and no markers"
_NO_SEAM: Final = "a disk makes a directory by one call of the system that no test can make fail"
_NO_SERVER: Final = "answers get lost, and requests are repeated, only where there is a server"
_ONLY_READ: Final = "a copy to elsewhere changes nothing in the bucket, so no answer matters"
_BY_NAME: Final = (
    "only Amazon compares the ETag of a DeleteObjects; elsewhere the name decides, as `remove` says"
)
_NEVER_REFUSED: Final = (
    "between two stores nothing is refused beforehand but a missing directory of a disk"
)


def pairs(stores: Iterable[str]) -> list[str]:
    """The directions to reach in a world of these stores.

    Within each key store they are asked for where a disk is the other one, and not once more.
    """
    names = list(stores)
    alone = "disk" in names
    return [f"{one} to {other}" for one in names for other in names if alone or one != other]


def unreachable(cell: Cell) -> str:
    """Why this cell can never be reached; empty if it can."""
    verb, where, end = cell
    if end in ("lost answer", "outlasted") and "s3" not in where:
        return _NO_SERVER
    if " to " in where:
        here, _, there = where.partition(" to ")
        if end == "lost answer" and verb.startswith("copy") and there != "s3":
            return _ONLY_READ
        if end == "link left out" and here != "disk":
            return _NO_LINK_SOURCE
        if end == "link left out" and there == "disk":
            return _LINKS_KEPT
        if end == "refused" and here != there and there != "disk":
            return _NEVER_REFUSED
        return ""
    if where != "disk" and verb in ("link", "hard link"):
        return _NO_LINKS
    if where != "disk" and end == "no parent":
        return _NO_PARENT
    if where == "disk" and verb == "delete marker":
        return _NO_MARKER
    if (verb, where, end) == ("make directory", "disk", "fault"):
        return _NO_SEAM
    if where == "s3" and end == "stale":
        return _BY_NAME
    return ""


def every_cell(stores: Iterable[str]) -> list[Cell]:
    """All cells of a world of these stores, reachable or not."""
    names = list(stores)
    cells = [(verb, pair, end) for verb in CARRIES for pair in pairs(names) for end in ENDS]
    cells += [(verb, pair, end) for verb in VERBS for pair in pairs(names) for end in ANSWERS]
    if "disk" in names:
        cells += [
            (verb, name, end) for verb, ends in ALONE.items() for name in names for end in ends
        ]
    return cells


@dataclass
class Coverage:
    """Counts; one table for all examples of a run."""

    cells: Counter[Cell] = field(default_factory=Counter)
    operations: int = 0

    def note(self, verb: str, where: str, end: str) -> None:
        """One more of these."""
        self.cells[verb, where, end] += 1

    def empty(self, stores: Iterable[str]) -> list[Cell]:
        """The reachable cells that nothing fell into."""
        return [
            cell for cell in every_cell(stores) if not self.cells[cell] | bool(unreachable(cell))
        ]

    def impossible(self) -> list[Cell]:
        """What was reached and is called out of reach: then the reason is wrong."""
        return sorted(cell for cell in self.cells if unreachable(cell))

    def table(self) -> str:
        """For a reader: a line for each operation and place."""
        lines: dict[tuple[str, str], list[str]] = {}
        for (verb, where, end), count in sorted(self.cells.items()):
            lines.setdefault((verb, where), []).append(f"{end} {count}")
        return "\n".join(
            f"{verb:<16} {where:<16} {', '.join(ends)}" for (verb, where), ends in lines.items()
        )
