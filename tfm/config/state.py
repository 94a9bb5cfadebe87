"""Where the panes are when tfm begins again: their tabs, their order, the active side.

One small file with a version. It is data only. With two instances the last writer wins, since a screen
can only begin in one place; what they learn of places and what the user keeps is merged (`memory`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from tfm.config.kept_file import mapping, read_kept, write_kept

VERSION = 1
MOST_TABS = 20
_WHAT = "The last places"

SortMode = Literal["name", "extension", "size", "time"]
Side = Literal["left", "right"]
MODES: tuple[SortMode, ...] = ("name", "extension", "size", "time")
_SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True, slots=True)
class PaneState:
    """One pane, or one tab of it: the text of its place (empty: none yet) and how it was shown.

    `cursor` is the name of the row it stood on, with a slash at its end if that was a directory. `tabs`
    are all tabs of a pane that has several, `tab` says which of them is this one.
    """

    place: str = ""
    sort: SortMode = "name"
    reverse: bool = False
    hidden: bool = False
    cursor: str = ""
    tabs: tuple[PaneState, ...] = ()
    tab: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """Both panes, the active side, and the left pane's share of the width (0.1 to 0.9)."""

    left: PaneState = field(default_factory=PaneState)
    right: PaneState = field(default_factory=PaneState)
    active: Side = "left"
    ratio: float = 0.5


def load_state(file: Path) -> tuple[State | None, str]:
    """The state, or None when there is none that can be used, and a notice (mostly empty).

    A file that is damaged or from a newer version is set aside as `<name>.bad-<n>`. Never raises.
    """
    return read_kept(file, VERSION, _decoded, _WHAT)


def save_state(file: Path, state: State) -> str:
    """Write it (0600, atomically, on the disk); a notice when that failed, else an empty text."""
    return write_kept(file, VERSION, asdict(state), _WHAT)


def _decoded(whole: Mapping[str, object]) -> State:
    """Raises ValueError for anything that is not a state."""
    ratio = whole.get("ratio")
    if not isinstance(ratio, int | float) or isinstance(ratio, bool) or not 0.1 <= ratio <= 0.9:
        raise ValueError("ratio")
    active = next((side for side in _SIDES if side == whole.get("active")), None)
    if active is None:
        raise ValueError("active")
    return State(_pane(whole.get("left")), _pane(whole.get("right")), active, float(ratio))


def _pane(data: object) -> PaneState:
    whole = mapping(data)
    pane = _tab(whole)
    tabs, tab = whole.get("tabs", ()), whole.get("tab", 0)
    if not isinstance(tabs, list | tuple) or not isinstance(tab, int) or isinstance(tab, bool):
        raise ValueError("tabs")
    if not tabs:
        return pane
    if not 0 <= tab < len(tabs) <= MOST_TABS:
        raise ValueError("tab")
    return replace(pane, tabs=tuple(_tab(mapping(each)) for each in tabs), tab=tab)


def _tab(whole: Mapping[str, object]) -> PaneState:
    place, reverse, hidden = whole.get("place"), whole.get("reverse"), whole.get("hidden")
    cursor = whole.get("cursor", "")
    mode = sort_mode(whole.get("sort"))
    if not isinstance(place, str) or "\0" in place or mode is None:
        raise ValueError("place or sort")
    if not isinstance(reverse, bool) or not isinstance(hidden, bool):
        raise ValueError("reverse or hidden")
    if not isinstance(cursor, str):
        raise ValueError("cursor")
    return PaneState(place, mode, reverse, hidden, cursor)


def sort_mode(data: object) -> SortMode | None:
    """The sort mode of that name."""
    return next((mode for mode in MODES if mode == data), None)
