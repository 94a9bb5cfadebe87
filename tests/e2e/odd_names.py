"""A tree of 300 files whose names nobody would choose, and how to tell whether it arrived.

Names are relative paths; `TREE` maps those of files to what they hold, `EMPTY` are directories with
nothing in them. Times have nanoseconds that differ from file to file.
"""

import hashlib
import os
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024
THRESHOLD: Final = 5 * MIB
"""Above this size an upload goes in parts."""
COUNT: Final = 300
FIRST_TIME: Final = 1_234_567_890_000_000_007
STEP: Final = 13_003_171_717
EARLY_TIMES: Final = (0, 1, -1, -1_500_000_001)
"""The first files have these; all others one that is `STEP` after that of the file before."""
EMPTY: Final = ("empty", "deep/with an empty/ d i r ", ".hidden-empty")

NFC: Final = unicodedata.normalize("NFC", "Ångström é")
NFD: Final = unicodedata.normalize("NFD", NFC)
_NAMES: Final = (
    " leading space",
    "trailing space ",
    "two  spaces",
    "trailing dot.",
    "..almost-parent",
    "...",
    ".hidden",
    "-rf",
    "--help",
    "it's",
    'say "x"',
    "a`b",
    "line\nbreak",
    "carriage\rreturn",
    "tab\there",
    "esc\x1b[31mred\x1b[0m",
    "bell\x07",
    "del\x7f",
    "c1\x9b31m",
    "a+b",
    "100%",
    "%2e%2e%2f",
    "%00",
    "a#b",
    "a?b=c&d",
    "*[a-z]?",
    "back\\slash",
    "C:a",
    "x@y",
    "<a&amp;b>",
    "[bold]markup[/]",
    "~",
    "$HOME",
    "a;b|c&",
    NFC,
    NFD,
    "👩‍💻🏽 emoji",
    "漢字かな",
    "\u202eoverride",
    "\ufeffbom",
    "x" * 255,
    "é" * 127 + "x",
    "http:%2F%2Fhost",
    '{"json": null}',
    "s3:",
    "null",
    "a.tar.gz",
    "UPPER",
    "upper",
)
_DIRECTORIES: Final = (
    "",
    "plain/",
    ".hidden dir/",
    "sp ace/tr ail /",
    "q'u\"o/",
    "per%2ecent/pl+us/",
)
_DEEP: Final = "deep/" + "/".join(f"level {n}" for n in range(40)) + "/"
_SIZES: Final = {
    "size/zero": 0,
    "size/one": 1,
    "size/below": THRESHOLD - 1,
    "size/at": THRESHOLD,
    "size/above": THRESHOLD + 1,
    "size/two parts": 8 * MIB + 17,
}


@dataclass(frozen=True)
class Held:
    """What a file holds: bytes, and a time in nanoseconds."""

    data: bytes
    mtime_ns: int


def _content(path: str, size: int) -> bytes:
    """Bytes that belong to this path and no other."""
    seed = hashlib.sha256(path.encode()).digest()
    return (seed * (size // len(seed) + 1))[:size]


def _time(number: int) -> int:
    return EARLY_TIMES[number] if number < len(EARLY_TIMES) else FIRST_TIME + number * STEP


def _paths() -> dict[str, int]:
    sizes = {f"{directory}{name}": 40 for directory in _DIRECTORIES for name in _NAMES}
    sizes |= _SIZES | {f"{_DEEP}bottom": 40}
    number = 0
    while len(sizes) > COUNT:
        sizes.pop(next(path for path in reversed(sizes) if path.startswith("per%2ecent/")))
    while len(sizes) < COUNT:
        sizes[f"plain/filler {number}"] = number % 50
        number += 1
    return sizes


TREE: Final[Mapping[str, Held]] = {
    path: Held(_content(path, size), _time(number))
    for number, (path, size) in enumerate(_paths().items())
}


def plant(top: Path, without: Collection[str] = ()) -> tuple[dict[str, Held], set[str]]:
    """Make the tree on the disk, leaving out files of some names; its files and empty directories."""
    held = {path: file for path, file in TREE.items() if path.rpartition("/")[2] not in without}
    empty = {path for path in EMPTY if path.rpartition("/")[2] not in without}
    for path in empty:
        (top / path).mkdir(parents=True)
    for path, file in held.items():
        place = top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.data)
        os.utime(place, ns=(0, file.mtime_ns))
    return held, empty


def found(top: Path) -> tuple[dict[str, Held], set[str]]:
    """What a directory holds: its files, and those of its directories with nothing in them."""
    files: dict[str, Held] = {}
    empty: set[str] = set()
    for here, directories, names in os.walk(top):
        relative = os.path.relpath(here, top)
        prefix = "" if relative == "." else f"{relative}/"
        if not directories and not names:
            empty.add(prefix[:-1])
        for name in names:
            place = Path(here, name)
            files[prefix + name] = Held(place.read_bytes(), place.stat().st_mtime_ns)
    return files, empty


def differences(wanted: Mapping[str, Held], got: Mapping[str, Held]) -> list[str]:
    """Every file that is missing, too many, or not the same; empty if all is well."""
    words = [f"missing: {path!r}" for path in wanted if path not in got]
    words += [f"too many: {path!r}" for path in got if path not in wanted]
    for path in sorted(wanted.keys() & got.keys()):
        if wanted[path].data != got[path].data:
            words.append(f"other bytes: {path!r}")
        if wanted[path].mtime_ns != got[path].mtime_ns:
            words.append(f"other time: {path!r}: {got[path].mtime_ns}")
    return words
