"""What was taken along, to be put down elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tfm.ops.plan import Picked


@dataclass(frozen=True, slots=True)
class Taken:
    """Places with what stood there, and whether they are to be copied or moved; `names` are those that
    they get, where it is not their own.

    Nothing happens to them before they are put down; what has changed by then is told by the job.
    """

    verb: Literal["copy", "move"]
    picked: tuple[Picked, ...]
    names: tuple[str, ...] = ()
