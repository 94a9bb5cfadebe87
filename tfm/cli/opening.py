"""Where the panes open: what the command line names, else the settings, else what was left, else here."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tfm.cli.arguments import VERBS, Usage, current_directory
from tfm.cli.places import typed
from tfm.config.memory import Memory, load_memory
from tfm.config.places import Places
from tfm.config.settings import Settings
from tfm.config.state import PaneState as SavedPane
from tfm.config.state import Side, State, load_state
from tfm.model.location import LOCAL, BadPlace, Location, local, parse
from tfm.model.text import safe_text
from tfm.storage.listing_store import ListingStore
from tfm.storage.registry import BACKENDS

_LOOKS_FOR = 1.0
"""Seconds to look whether a remembered directory is still there: its disk may hang."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Where the panes open. `given` are the sides named on the command line, `read` those that are
    read at once although they are remote.
    """

    left: SavedPane
    right: SavedPane
    given: tuple[str, ...]
    home: Location
    state_file: Path | None = None
    memory_file: Path | None = None
    active: Side = "left"
    ratio: float = 0.5
    read: tuple[str, ...] = ()
    memory: Memory = field(default_factory=Memory)
    notices: Sequence[str] = ()
    selected: Location | None = None
    choosing: bool = False
    listings: ListingStore | None = None

    @property
    def state(self) -> State:
        """The panes as a state."""
        return State(self.left, self.right, self.active, self.ratio)


def given(text: str) -> str:
    """The text of a place that can be opened, or empty. Local ones are looked at. Raises Usage."""
    if not text:
        return ""
    place = typed(text).location
    if place.root == LOCAL:
        path = Path(place.key)
        shown = safe_text(text)
        if not os.path.lexists(path):
            hint = f" As a verb it comes first: tfm {text}" if text in VERBS else ""
            raise Usage(f"There is no {shown}.{hint}")
        if not path.is_dir():
            raise Usage(f"{shown} is not a directory.")
        if not os.access(path, os.R_OK | os.X_OK):
            raise Usage(f"{shown} cannot be read: permission denied.")
    return str(place)


def opening_of(left: str, right: str, places: Places, settings: Settings) -> Opening:
    """What was named, else what the settings say, else what was left, else the current directory."""
    state, notice = load_state(places.state_file)
    memory, forgotten = load_memory(places.memory_file)
    notices = [each for each in (notice, forgotten) if each]
    here = _here()
    fresh = SavedPane(
        here,
        settings.default_sort_mode,
        settings.default_sort_reverse,
        settings.show_hidden_files,
    )
    remembered = state or State(fresh, fresh, ratio=settings.default_left_pane_ratio)
    panes, read = [], []
    for side, text, chosen, saved in (
        ("left", left, settings.start_left, remembered.left),
        ("right", right, settings.start_right, remembered.right),
    ):
        started = "" if text else _start(chosen, side, notices)
        place = text or started or _still_there(saved.place) or here
        cursor = saved.cursor if place == saved.place else ""
        panes.append(_with_place(saved, place, cursor))
        if text or started:
            read.append(side)
    sides = tuple(side for side, text in (("left", left), ("right", right)) if text)
    home = local(str(Path.home())) if Path.home().is_absolute() else local("/")
    return Opening(
        panes[0],
        panes[1],
        sides,
        home,
        places.state_file,
        places.memory_file,
        "left" if sides else remembered.active,
        remembered.ratio,
        tuple(read),
        memory,
        notices,
    )


def _with_place(saved: SavedPane, place: str, cursor: str) -> SavedPane:
    """The shown tab of a pane somewhere else; its other tabs stay where they are."""
    tabs = tuple(
        replace(each, place=place, cursor=cursor) if at == saved.tab else each
        for at, each in enumerate(saved.tabs)
    )
    return replace(saved, place=place, cursor=cursor, tabs=tabs)


def _start(text: str, side: str, notices: list[str]) -> str:
    """The place of START_LEFT or START_RIGHT; what cannot be opened is told."""
    if not text:
        return ""
    place = parse(text)  # the settings took it, so it is one
    if place.root.scheme not in BACKENDS:
        notices.append(f"START_{side.upper()}: nothing here opens {place.root.scheme}:// places.")
        return ""
    found = str(place) if place.root != LOCAL else _still_there(str(place))
    if found != str(place):
        notices.append(f"START_{side.upper()}: there is no directory {safe_text(text)}.")
        return ""
    return found


def _here() -> str:
    try:
        return current_directory()
    except Usage:
        return "/"


def _still_there(text: str) -> str:
    """A remembered place; a local directory that is gone becomes the nearest one above."""
    try:
        place = parse(text)
    except BadPlace:
        return ""
    if place.root.scheme not in BACKENDS:
        return ""
    if place.root != LOCAL:
        return text  # remote places are not asked at the start
    found: list[str] = []

    def look() -> None:
        above = (each for each in (place, *place.ancestors()) if Path(each.key).is_dir())
        found.append(str(next(above, "")))

    looking = threading.Thread(target=look, daemon=True, name="tfm-still-there")
    looking.start()
    looking.join(_LOOKS_FOR)
    return found[0] if found else text  # on a disk that hangs: the pane says so, and can be left
