"""What an interrupted run had reached with one item: its word, held against what stands there now.

A copy which that run did not tell the end of is compared byte by byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tfm.model.entry import Entry, same_content
from tfm.ops.compare import is_copy
from tfm.ops.conflicts import Occupancy
from tfm.ops.context import OpContext
from tfm.ops.plan import Item

DONE_BEFORE: Final = "done before the interruption"


@dataclass(frozen=True, slots=True)
class Reached:
    """One of three: `decided` where it goes and what it may replace; `stands`: its copy, with what was
    found there; else it was `skipped` for that reason.
    """

    decided: tuple[Item, Entry | None] | None = None
    stands: tuple[Item, Entry] | None = None
    skipped: str = ""


def what_was_reached(
    ctx: OpContext, item: Item, occupancy: Occupancy, *, move: bool
) -> Reached | None:
    """None if there was no such run, or nothing of what it did counts any more. Raises StorageError."""
    before = ctx.recorder.before(item.source)
    if before is None:
        return None
    if before.skipped:
        return Reached(skipped=before.skipped)
    same = before.entry is None or same_content(before.entry, item.entry)
    if before.target is None or not same:
        return None
    item = Item(item.source, item.entry, before.target, item.note)
    there = occupancy.at(item.target)
    if there is None:
        return Reached(decided=(item, None)) if before.replaces is None else None
    if before.replaces is not None and same_content(before.replaces, there):
        return Reached(decided=(item, there))  # the user had agreed, and it has not happened yet
    if there.is_directory:
        return None
    # a move removes its source on the strength of this, so that a word is not enough
    trusted = before.done and not move and there.size == item.entry.size
    if not trusted and not is_copy(ctx, item.source, item.entry, item.target, there):
        return None
    return Reached(stands=(item, there))
