"""Whether one file is a whole copy of another: by their bytes, where nothing else is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from tfm.model.entry import Entry, Kind, LocalDetails
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.storage.base import Reader

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
    return digest_of(ctx, source, entry) == digest_of(ctx, target, there)


Pair = tuple[tuple[Location, Entry], tuple[Location, Entry]]
"""Two things as they were seen, which may hold the same."""


def compare_contents(
    ctx: OpContext, pairs: Sequence[Pair], equal: Callable[[Pair], object]
) -> Report:
    """Read pairs of files until they differ; `equal` is told of those that do not, on this thread.

    Each pair is an item of the report; one that cannot be read, or changes meanwhile, has failed and is
    neither equal nor different.
    """
    report = Report("compare")
    for (_, mine), (_, theirs) in pairs:
        ctx.meter.plan(1, (mine.size or 0) + (theirs.size or 0))
    ctx.meter.planned()

    def look(pair: Pair) -> tuple[Pair, bool, StorageError | None]:
        ctx.cancel.check()
        ctx.meter.start(pair[0][0])
        try:
            return pair, _same(ctx, pair), None
        except StorageError as error:
            return pair, False, error

    for pair, same, error in ctx.fan_out(look, pairs):
        (place, entry), (other, _) = pair
        outcome = Outcome.DONE if error is None else Outcome.FAILED
        note = "equal" if same else "" if error else "different"
        reason = str(error) if error else ""
        size = entry.size or 0
        ctx.end(report, ItemResult(place, other, outcome, size, reason, note, error))
        if same:
            equal(pair)
    return report


def _same(ctx: OpContext, pair: Pair) -> bool:
    (place, mine), (other, theirs) = pair
    if mine.kind is not theirs.kind or mine.size != theirs.size:
        return False
    if mine.kind is not Kind.FILE:
        return is_copy(ctx, place, mine, other, theirs)
    if place.root == other.root and mine.etag and mine.etag == theirs.etag:
        return True  # one server has one tag for one content
    with (
        ctx.outlast(lambda: ctx.vfs.open_read(place, expected=mine)) as one,
        ctx.outlast(lambda: ctx.vfs.open_read(other, expected=theirs)) as two,
    ):
        while True:
            ctx.cancel.check()
            a, b = _block(one), _block(two)
            ctx.meter.advance(len(a) + len(b))
            if a != b:
                return False
            if not a:
                return True


def _block(reader: Reader) -> bytes:
    """A full block; readers may give less than they are asked for."""
    pieces: list[bytes] = []
    left = _BLOCK
    while left and (piece := reader.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def digest_of(ctx: OpContext, place: Location, expected: Entry) -> bytes:
    """SHA-256 of a file, read whole. Raises StorageError, TooLate if it is another one by now."""
    digest = hashlib.sha256()
    with ctx.outlast(lambda: ctx.vfs.open_read(place, expected=expected)) as reader:
        while block := reader.read(_BLOCK):
            ctx.cancel.check()
            digest.update(block)
        reader.verify()
    return digest.digest()
