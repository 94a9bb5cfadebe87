"""Why a source may be removed.

A move deletes its source only against a `VerifiedCopy`, and only `verify` can make one; a reviewer
who reads this file has read every way in which a source can be lost.
"""

from __future__ import annotations

from tfm.model.entry import Entry
from tfm.model.errors import Corrupt
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.context import OpContext
from tfm.storage.base import Evidence, Written

_KEY = object()


class VerifiedCopy:
    """The destination stands, published, with the bytes of exactly this source."""

    __slots__ = ("source", "source_entry", "written")

    def __init__(self, key: object, source: Location, entry: Entry, written: Written) -> None:
        if key is not _KEY:
            raise TypeError("only verify() makes a VerifiedCopy")
        self.source = source
        self.source_entry = entry
        self.written = written


def verify(
    source: Location, entry: Entry, written: Written, *, needs: Evidence = Evidence.SIZE
) -> VerifiedCopy:
    """Turn what a writer reports into a proof. Raises Corrupt if it proves too little."""
    if entry.size is not None and written.entry.size != entry.size:
        raise Corrupt(
            f"{safe_text(source.name)} has {entry.size} bytes, but its copy has "
            f"{written.entry.size}.",
            place=source,
            verb="verify",
            hint="The source is untouched. Try again.",
        )
    if written.evidence < needs:
        raise Corrupt(
            f"The copy of {safe_text(source.name)} could be checked by size only.",
            place=source,
            verb="verify",
            hint="The source was kept. Compare the two, then delete it yourself.",
        )
    return VerifiedCopy(_KEY, source, entry, written)


def remove_source(ctx: OpContext, proof: VerifiedCopy) -> None:
    """Delete the source of a proved copy, if it is still exactly what was copied."""
    ctx.outlast(lambda: ctx.vfs.delete(proof.source, expected=proof.source_entry))
    ctx.recorder.source_removed(proof.source)
