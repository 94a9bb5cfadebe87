"""How much a copy is checked before it counts as done."""

from __future__ import annotations

import enum


class Level(enum.Enum):
    """`size`: bytes are counted. `checksum`: digests are compared where a server has them, and without
    one a move between storages keeps its source. `readback`: all that was written is read again.
    """

    SIZE = "size"
    CHECKSUM = "checksum"
    READBACK = "readback"
