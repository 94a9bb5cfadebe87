"""The `TFM_*` variables: what a program learns about the panes. The contract is docs/external-programs.md.

Names come from anywhere, also from people who mean harm: each is quoted by `shlex.quote`, so that a
script may `eval` the list, and stands verbatim in a file of names that needs no quoting at all.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tfm.model.location import LOCAL, Location
from tfm.model.past import is_past

LARGEST_VALUE: Final = 96 * 1024
"""Bytes of one `*_SELECTED` variable; Linux refuses to start a program with one above 128 KiB."""

ACTIVE: Final = "TFM_ACTIVE"
LEVEL: Final = "TFM_LEVEL"
OMITTED: Final = "TFM_SELECTED_OMITTED"
_PANES: Final = ("LEFT", "RIGHT", "THIS", "OTHER")


@dataclass(frozen=True, slots=True)
class Shown:
    """One pane: its directory, and what an action there works on, in the order of the screen.

    With `results` the pane shows what a search found: `place` is where it began, and names are told as
    full paths.
    """

    place: Location
    selected: tuple[Location, ...] = ()
    results: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Both panes, and which is active."""

    left: Shown
    right: Shown
    left_is_active: bool = True

    @property
    def this(self) -> Shown:
        """The active pane."""
        return self.left if self.left_is_active else self.right

    @property
    def other(self) -> Shown:
        """The other pane."""
        return self.right if self.left_is_active else self.left


def text_of(place: Location) -> str:
    """A place as programs know it: a local path, or a URI without the name of our connection.

    A place of the past keeps it: without the moment, a program would work on what is there now.
    """
    if place.root == LOCAL:
        return place.key
    if is_past(place.root):
        return str(place)
    return f"{place.root.scheme}://{place.key}"


def names_of(shown: Shown) -> list[str]:
    """The selected names as `*_SELECTED` lists them: without directory, or in full in a result pane."""
    if shown.results:
        return [text_of(place) for place in shown.selected]
    return [place.name for place in shown.selected]


def level_of(environ: Mapping[str, str]) -> int:
    """How many tfm this one was started from, one inside the other; 0 for the first."""
    told = environ.get(LEVEL, "")
    if told.isascii() and told.isdigit():
        return min(int(told), 99)
    return 1 if ACTIVE in environ else 0


def cleared(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without what a tfm around this one has told: it is true no more."""
    ours = {
        f"TFM_{pane}_{what}" for pane in _PANES for what in ("DIR", "SELECTED", "SELECTED_FILE")
    }
    return {name: value for name, value in environ.items() if name not in ours | {OMITTED}}


@dataclass(frozen=True, slots=True)
class Told:
    """What a program is told: its environment, and the private folder with its files of names."""

    environ: Mapping[str, str]
    folder: Path

    def close(self) -> None:
        """Remove the files; idempotent."""
        shutil.rmtree(self.folder, ignore_errors=True)


def tell(situation: Situation, environ: Mapping[str, str]) -> Told:
    """The environment of a program in this situation. Raises OSError; `close` what it returns."""
    folder = Path(tempfile.mkdtemp(prefix="tfm-"))  # mode 0700
    try:
        return Told(_build(situation, environ, folder), folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _build(situation: Situation, environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    made = cleared(environ)
    made[ACTIVE] = "1"
    made[LEVEL] = str(level_of(environ) + 1)
    this = "LEFT" if situation.left_is_active else "RIGHT"
    for pane, shown in (("LEFT", situation.left), ("RIGHT", situation.right)):
        role = "THIS" if pane == this else "OTHER"
        file = folder / f"{pane.lower()}-selected"
        _write_names(file, shown)
        quoted = shlex.join(names_of(shown))
        fits = len(os.fsencode(quoted)) <= LARGEST_VALUE
        if not fits:
            made[OMITTED] = "1"
        for name in (pane, role):
            made[f"TFM_{name}_DIR"] = text_of(shown.place)
            made[f"TFM_{name}_SELECTED_FILE"] = str(file)
            if fits:
                made[f"TFM_{name}_SELECTED"] = quoted
    return made


def _write_names(file: Path, shown: Shown) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.writelines(os.fsencode(text_of(place)) + b"\0" for place in shown.selected)


def working_directory(place: Location, last_local: str) -> str:
    """Where a program starts: the directory of the pane, or for a remote one the last local one."""
    if place.root == LOCAL:
        return place.key
    return last_local
