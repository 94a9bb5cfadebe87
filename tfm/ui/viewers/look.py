"""How files are looked at; stays the same from one file to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

TABS = (2, 4, 8)


@dataclass
class Look:
    """Switches of the viewer, width of a tab in cells, and what was searched for, oldest first."""

    wrap: bool = False
    numbers: bool = False
    colours: bool = True
    tab: int = 8
    regex: bool = False
    patterns: list[str] = field(default_factory=list)
