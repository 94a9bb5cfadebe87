"""What the screen leaves for the shell or program that started it: the directory, and what was chosen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tfm.cli.arguments import ScreenCall
from tfm.cli.console import Console
from tfm.external.env import text_of
from tfm.model.location import LOCAL, Location
from tfm.model.text import safe_text

_NOTHING_CHOSEN: Final = 4


@dataclass(slots=True)
class Outcome:
    """Where the active pane was at the end, and what was chosen with Enter."""

    place: Location | None = None
    chosen: Sequence[Location] = ()


def hand_back(call: ScreenCall, code: int, outcome: Outcome, console: Console) -> int:
    """Write the files that were asked for; the exit status. After a signal or a fault nothing is written.

    A directory that is not local is not written: the shell stays where it is.
    """
    if code:
        return code
    place = outcome.place
    if call.cwd_file is not None and place is not None and place.root == LOCAL:
        code = _write(call.cwd_file, os.fsencode(place.key), console)
    if call.chooser_file is not None:
        if not outcome.chosen:
            return _NOTHING_CHOSEN
        names = [text_of(each) for each in outcome.chosen]
        if not call.null and any("\n" in name for name in names):
            console.say("a chosen name holds a line break: add --null, and read names up to NUL")
            return 1
        end = b"\0" if call.null else b"\n"
        data = b"".join(os.fsencode(name) + end for name in names)
        code = _write(call.chooser_file, data, console) or code
    return code


def _write(file: Path, data: bytes, console: Console) -> int:
    try:
        file.write_bytes(data)
    except OSError as error:
        console.say(f"cannot write {safe_text(str(file))}: {error.strerror or error}")
        return 1
    return 0
