"""What a directory gets once it is filled: everything that would be changed, or in the way, before."""

from __future__ import annotations

from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.ops.context import OpContext
from tfm.ops.plan import Item
from tfm.storage.base import Hints


def give_attributes(ctx: OpContext, item: Item, made: Entry | None, *, durable: bool) -> str:
    """All that the source has, within one storage; elsewhere time and mode. Says what was lost.

    `made` is the directory as this job made or found it, where the storage can tell.
    """
    tree = ctx.vfs.facets(item.target).tree_copy
    attributes = ctx.vfs.facets(item.target).attributes
    try:
        if tree is not None and made is not None and item.source.root == item.target.root:
            hints = Hints(durable=durable)
            kept = ctx.vfs.apply(
                lambda _s: tree.copy_attributes(item.source, item.entry, item.target, made, hints),
                item.target,
                verb="set attributes",
            )
            return "; ".join(kept.notes)
        if attributes is not None and item.entry.mtime_ns is not None:
            ctx.vfs.apply(
                lambda _s: attributes.set_attributes(
                    item.target, mtime_ns=item.entry.mtime_ns, mode=item.entry.mode
                ),
                item.target,
                verb="set time",
            )
    except StorageError as error:
        return f"owner, permissions and time were not kept: {error.message}"
    return ""
