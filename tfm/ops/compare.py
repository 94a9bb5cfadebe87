"""Whether one file is a whole copy of another: by their bytes, where nothing else is believed."""

from __future__ import annotations

import hashlib

from tfm.model.entry import Entry, Kind, LocalDetails
from tfm.model.location import Location
from tfm.ops.context import OpContext

_BLOCK = 1024 * 1024


def is_copy(ctx: OpContext, source: Location, entry: Entry, target: Location, there: Entry) -> bool:
    """True if `target`, seen as `there`, holds just what `source` holds. Reads both sides.

    Raises StorageError where one of them cannot be read or changes meanwhile.
    """
    if entry.kind is not there.kind:
        return False
    if entry.kind is Kind.LINK:
        mine, theirs = entry.details, there.details
        if not isinstance(mine, LocalDetails) or not isinstance(theirs, LocalDetails):
            return False
        return mine.target == theirs.target
    if entry.kind is not Kind.FILE or entry.size != there.size:
        return False
    return _digest(ctx, source, entry) == _digest(ctx, target, there)


def _digest(ctx: OpContext, place: Location, expected: Entry) -> bytes:
    digest = hashlib.sha256()
    with ctx.outlast(lambda: ctx.vfs.open_read(place, expected=expected)) as reader:
        while block := reader.read(_BLOCK):
            ctx.cancel.check()
            digest.update(block)
        reader.verify()
    return digest.digest()
