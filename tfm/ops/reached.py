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
from tfm.storage.base import Evidence

DONE_BEFORE: Final = "done before the interruption"


@dataclass(frozen=True, slots=True)
class Standing:
    """A copy that stands, and what tells that it is whole: its bytes, or only the word of that run."""

    item: Item
    there: Entry
    evidence: Evidence


Reached = Standing | tuple[Item, Entry | None] | str


def what_was_reached(
    ctx: OpContext, item: Item, occupancy: Occupancy, *, move: bool
) -> Reached | None:
    """A copy that stands; or what had been decided, as `Settler.settle` tells it: where the item goes
    and what it may replace, or why it is skipped. None if nothing of that run counts any more.

    Raises StorageError.
    """
    before = ctx.recorder.before(item.source)
    if before is None:
        return None
    if before.skipped:
        return before.skipped
    same = before.entry is None or same_content(before.entry, item.entry)
    if before.target is None or not same:
        return None
    item = Item(item.source, item.entry, before.target, item.note)
    there = occupancy.at(item.target)
    if there is None:
        return (item, None) if before.replaces is None else None
    if before.replaces is not None and same_content(before.replaces, there):
        return item, there  # the user had agreed, and it has not happened yet
    if there.is_directory:
        return None
    # a move removes its source on the strength of this, so that a word is not enough
    # one that was encrypted has another size, and other bytes than a second attempt would have
    sized = ctx.cipher is not None or there.size == item.entry.size
    if before.done and not move and sized:
        return Standing(item, there, Evidence.SIZE)
    if is_copy(ctx, item.source, item.entry, item.target, there):
        return Standing(item, there, Evidence.CHECKSUM)
    return None
