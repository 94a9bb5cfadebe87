"""What is remembered between two runs: places of both panes, their order, the active side.

One JSON file with a version. It is data only, written whole beside and renamed over the old one, so
that a reader never sees half of it. With two instances the last writer wins. State is a comfort:
whatever is wrong with it ends in a notice, never in a failed start.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from tfm.config.places import make_private, open_regular, read_all
from tfm.model.text import safe_text

VERSION = 1
_LARGEST_FILE = 1024 * 1024
_SET_ASIDE_AT_MOST = 9

SortMode = Literal["name", "extension", "size", "time"]
Side = Literal["left", "right"]
_MODES: tuple[SortMode, ...] = ("name", "extension", "size", "time")
_SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True, slots=True)
class PaneState:
    """One pane: the text of its place (empty: none yet) and how it was shown."""

    place: str = ""
    sort: SortMode = "name"
    reverse: bool = False
    hidden: bool = False


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
    try:
        source = read_all(open_regular(file), _LARGEST_FILE)
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, _told("The last places cannot be read", file, error)
    try:
        return _decoded(json.loads(source)), ""
    except _Newer:
        return None, _set_aside(file, "was written by a newer version")
    except (ValueError, RecursionError):
        return None, _set_aside(file, "is damaged")


class _Newer(Exception):
    """The file carries a version that this program does not know."""


def _decoded(data: object) -> State:
    """Raises ValueError for anything that is not a state, `_Newer` for one of tomorrow."""
    whole = _mapping(data)
    version = whole.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError("no version")
    if version > VERSION:
        raise _Newer
    ratio = whole.get("ratio")
    if not isinstance(ratio, int | float) or isinstance(ratio, bool) or not 0.1 <= ratio <= 0.9:
        raise ValueError("ratio")
    active = next((side for side in _SIDES if side == whole.get("active")), None)
    if active is None:
        raise ValueError("active")
    return State(_pane(whole.get("left")), _pane(whole.get("right")), active, float(ratio))


def _pane(data: object) -> PaneState:
    whole = _mapping(data)
    place, reverse, hidden = whole.get("place"), whole.get("reverse"), whole.get("hidden")
    mode = next((mode for mode in _MODES if mode == whole.get("sort")), None)
    if not isinstance(place, str) or "\0" in place or mode is None:
        raise ValueError("place or sort")
    if not isinstance(reverse, bool) or not isinstance(hidden, bool):
        raise ValueError("reverse or hidden")
    return PaneState(place, mode, reverse, hidden)


def _mapping(data: object) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise ValueError("not a mapping")
    return data


def _set_aside(file: Path, why: str) -> str:
    """Rename it to the first free `.bad-<n>`; the ninth is used again and again."""
    names = [file.with_name(f"{file.name}.bad-{n}") for n in range(1, _SET_ASIDE_AT_MOST + 1)]
    aside = next((each for each in names if not os.path.lexists(each)), names[-1])
    try:
        file.replace(aside)
    except OSError as error:
        return _told(f"{file.name} {why} and cannot be set aside", file, error)
    return str(safe_text(f"{file} {why}: set aside as {aside.name}; the last places are lost."))


def save_state(file: Path, state: State) -> str:
    """Write it (0600, atomically, on the disk); a notice when that failed, else an empty text."""
    text = json.dumps({"version": VERSION, **asdict(state)}, indent=1)
    try:
        make_private(file.parent)
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        return _told("The places of the panes cannot be remembered", file.parent, error)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as beside:
            beside.write(text)
            beside.flush()
            os.fsync(beside.fileno())
        Path(name).replace(file)
        _sync_directory(file.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        return _told("The places of the panes cannot be remembered", file, error)
    return ""


def _sync_directory(directory: Path) -> None:
    """So that the rename outlives a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _told(what: str, where: Path, error: OSError) -> str:
    return str(safe_text(f"{what}: {where}: {error.strerror or error}."))
