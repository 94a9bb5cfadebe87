"""One file from here to there: the ladder of ways, each verified and published whole.

Same storage: its own copy. Between a local disk and a storage that transfers in pieces: that
transfer. Everything else: a verified stream.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.ops.context import OpContext, Step
from tfm.storage.base import Hints, Storage, Work, Written
from tfm.storage.facets import OpenPieces, ServerCopy, Transfer

BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileItem:
    """One regular file to copy: what it is, where it goes, what it may replace there.

    `durable`: it must be on the disk, not only in memory, before anybody removes the source.
    """

    source: Location
    entry: Entry
    target: Location
    replaces: Entry | None = None
    note: str = ""
    durable: bool = False


def is_large(ctx: OpContext, item: FileItem) -> bool:
    """True if the file moves in parallel pieces, and therefore one at a time."""
    size = item.entry.size or 0
    return item.source.root != item.target.root and (
        size > ctx.vfs.features(item.source).part_threshold
        or size > ctx.vfs.features(item.target).part_threshold
    )


def copy_file(ctx: OpContext, item: FileItem, *, alone: bool) -> Written:
    """Copy one file, verified and published, or raise and leave no trace.

    Raises AlreadyExists or TooLate if the destination is not what the item says it is, TooLate if
    the source changed, Corrupt if the bytes do not agree.
    """
    ctx.cancel.check()
    ctx.meter.start(item.source)
    ctx.record(Step.OPENED, item.source, item.target)
    here, there = ctx.vfs.facets(item.source), ctx.vfs.facets(item.target)
    work = ctx.work(alone=alone)
    if item.source.root == item.target.root and here.server_copy:
        written = _inside(ctx, item, here.server_copy, work)
    elif here.pieces and there.transfer:
        written = _upload(ctx, item, here.pieces, there.transfer, work)
    elif here.transfer and there.pieces:
        written = _download(ctx, item, here.transfer, there.pieces, work)
    else:
        written = _stream(ctx, item, work)
    ctx.record(Step.VERIFIED, item.source, item.target)
    return written


def hints_for(item: FileItem, entry: Entry) -> Hints:
    """What the writer of the target is told; `entry` holds the facts of the source as read."""
    across = item.source.root != item.target.root
    return Hints(
        size=entry.size,
        mtime_ns=entry.source_mtime_ns,
        mode=entry.mode,
        replaces=item.replaces,
        durable=item.durable or across,
    )


def _inside(ctx: OpContext, item: FileItem, way: ServerCopy, work: Work) -> Written:
    # the storage carries time, mode and metadata of the source itself; a listing may not know them
    hints = Hints(size=item.entry.size, replaces=item.replaces, durable=item.durable)
    return ctx.vfs.apply(
        lambda _storage: way.copy(item.source, item.entry, item.target, hints, work),
        item.target,
        verb="copy",
    )


def _upload(
    ctx: OpContext, item: FileItem, pieces: OpenPieces, transfer: Transfer, work: Work
) -> Written:
    source = pieces.open_source(item.source, item.entry)
    try:
        hints = hints_for(item, source.entry)

        def act(_storage: Storage) -> Written:
            return transfer.upload(source, item.target, hints, work)

        return ctx.vfs.apply(act, item.target, verb="upload")
    finally:
        source.close()


def _download(
    ctx: OpContext, item: FileItem, transfer: Transfer, pieces: OpenPieces, work: Work
) -> Written:
    sink = pieces.open_sink(item.target, hints_for(item, item.entry))
    try:
        fetched = transfer.download(item.source, item.entry, sink, work)
        hints = hints_for(item, fetched.entry)
        written = ctx.vfs.apply(
            lambda _storage: sink.commit(hints, checked=fetched.checked), item.target, verb="write"
        )
        return replace(written, notes=written.notes + fetched.notes)
    finally:
        sink.abort()


def _stream(ctx: OpContext, item: FileItem, work: Work) -> Written:
    with ctx.outlast(lambda: ctx.vfs.open_read(item.source, expected=item.entry)) as reader:
        hints = hints_for(item, reader.entry)
        # the bytes are counted here, as they are read
        uncounted = Work(work.cancel, fan_out=work.fan_out)
        with ctx.vfs.open_write(item.target, hints, uncounted) as writer:
            while block := reader.read(BLOCK):
                ctx.cancel.check()
                writer.write(block)
                ctx.meter.advance(len(block))
            read = reader.verify()
            written = writer.commit()
    # a disk has no digest to compare with, so only other sides can weaken the evidence
    sides = ((item.source, read), (item.target, written.evidence))
    told = [evidence for place, evidence in sides if not _is_disk(ctx, place)]
    return replace(written, evidence=min(told) if told else max(read, written.evidence))


def _is_disk(ctx: OpContext, place: Location) -> bool:
    features = ctx.vfs.features(place)
    return features.real_directories and not features.remote
