"""A place for one case: `from`, `to` on a disk of memory, and a home; all of it gone afterwards."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

MIB = 1 << 20
DEEPEST = 40
"""A nest deeper than this is not looked at any further."""


class NoDisk(Exception):
    """A disk of memory could not be mounted."""


class Ground:
    """A temporary directory of its own; `to` is another device of `room` bytes."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._mounted = False
        self.top = Path()

    @property
    def here(self) -> Path:
        """Where sources lie; nothing else is in it."""
        return self.top / "from"

    @property
    def there(self) -> Path:
        """The destination, on its own small disk."""
        return self.top / "to"

    @property
    def home(self) -> Path:
        """The home directory of the program, empty at first."""
        return self.top / "home"

    def __enter__(self) -> Self:
        self.top = Path(tempfile.mkdtemp(prefix="tfm-battery-"))
        for path in (self.here, self.there, self.home):
            path.mkdir()
        size = f"size={self._room}"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tfm-battery", str(self.there)],
            capture_output=True,
            timeout=20,
            check=False,
        )
        if mounted.returncode:
            shutil.rmtree(self.top)
            raise NoDisk("no right to mount a disk of memory")
        self._mounted = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._mounted:
            subprocess.run(["umount", "-l", str(self.there)], check=True, timeout=20)
        # a nest may be too deep for Python's own way of removing it
        clear = ["rm", "-rf", "--one-file-system", str(self.top)]
        subprocess.run(clear, check=True, timeout=120)


def contents(size: int, seed: int) -> bytes:
    """Bytes that no other seed gives, of which every part tells where it belongs."""
    block = random.Random(seed).randbytes(min(size, MIB))
    if size <= MIB:
        return block
    count = -(-size // MIB)
    return b"".join(number.to_bytes(8, "big") + block[8:] for number in range(count))[:size]


@dataclass(frozen=True)
class Found:
    """A file that lies somewhere: where, from the top of the ground, and what is in it."""

    where: str
    data: bytes


def files(ground: Ground) -> list[Found]:
    """Every regular file in `from` and `to`."""
    found = []
    for top in (ground.here, ground.there):
        for directory, names, others in os.walk(top):
            if directory.count(os.sep) > str(top).count(os.sep) + DEEPEST:
                names.clear()
            for name in others:
                path = Path(directory, name)
                if path.is_file() and not path.is_symlink():
                    place = path.relative_to(ground.top).as_posix()
                    found.append(Found(place, path.read_bytes()))
    return found


def picture(*tops: Path) -> dict[str, tuple[int, int]]:
    """Size and time of everything beneath some directories: two are equal while nothing happens."""
    seen = {}
    for top in tops:
        for directory, names, others in os.walk(top):
            if directory.count(os.sep) > str(top).count(os.sep) + DEEPEST:
                names.clear()
            for name in [*names, *others]:
                path = os.path.join(directory, name)
                try:
                    facts = os.lstat(path)
                except OSError:
                    continue
                seen[path] = (facts.st_size, facts.st_mtime_ns)
    return seen
