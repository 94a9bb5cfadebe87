"""One file from here to there: the ladder of ways, each verified and published whole.

Same storage: its own copy. Between a local disk and a storage that transfers in pieces: that
transfer. Everything else, and what is encrypted or decrypted on the way: a verified stream.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from tfm.model.change import Change, around
from tfm.model.entry import Entry, LocalDetails, ObjectDetails, same_content
from tfm.model.errors import AlreadyExists, Corrupt, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.past import at_version, present
from tfm.model.text import safe_text
from tfm.model.verify import Level
from tfm.ops.age import Cipher
from tfm.ops.compare import digest_of, is_copy
from tfm.ops.context import OpContext
from tfm.storage.base import (
    NO_TRAIL,
    Evidence,
    Hints,
    Reader,
    Removal,
    Storage,
    Trail,
    Work,
    Writer,
    Written,
)
from tfm.storage.facets import OpenPieces, ServerCopy, Transfer
from tfm.storage.object_facets import Version

BLOCK = 1024 * 1024

Twin = tuple[Location, Written]
"""Where another name of the same file was copied to, and what was written there."""


@dataclass(frozen=True, slots=True)
class FileItem:
    """One regular file to copy: what it is, where it goes, what it may replace there.

    `durable`: it must be on the disk, not only in memory, before anybody removes the source. `within`
    is the directory it goes to, as it was made or seen. `first` is a copy of this very file, made in
    this job under another name. `keeps`: it is another version of what it replaces. `trail` is told of what is left about.
    """

    source: Location
    entry: Entry
    target: Location
    replaces: Entry | None = None
    note: str = ""
    durable: bool = False
    within: Entry | None = None
    first: Twin | None = None
    keeps: bool = False
    trail: Trail = field(default=NO_TRAIL, compare=False)


def is_large(ctx: OpContext, item: FileItem) -> bool:
    """True if the file moves in parallel pieces, and therefore one at a time."""
    size = item.entry.size or 0
    return not _on_one_server(item) and (
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
    trail = ctx.recorder.opened(item.source, item.entry, item.target, item.replaces)
    item = replace(item, trail=trail)
    here, there = ctx.vfs.facets(item.source), ctx.vfs.facets(item.target)
    work = ctx.work(alone=alone)
    linked = _link(ctx, item) if item.first else None
    if linked is not None:
        written = linked
    elif ctx.cipher is not None:
        written = _stream(ctx, item, work)
    elif _on_one_server(item) and there.server_copy:
        written = _inside(ctx, item, there.server_copy, work)
    elif here.pieces and there.transfer:
        written = _upload(ctx, item, here.pieces, there.transfer, work)
    elif here.transfer and there.pieces:
        written = _download(ctx, item, here.transfer, there.pieces, work)
    else:
        written = _stream(ctx, item, work)
    if ctx.level is Level.READBACK and ctx.cipher is None and not _is_disk(ctx, item.target):
        written = _read_back(ctx, item, written)
    ctx.recorder.published(item.source)
    return written


def _on_one_server(item: FileItem) -> bool:
    """True if the storage of the target also has the source, be it an earlier version."""
    return present(item.source.root) == item.target.root


def _read_back(ctx: OpContext, item: FileItem, written: Written) -> Written:
    """Ask a server for what it stores, and compare it with the source: for those who trust no digest."""
    same = is_copy(ctx, item.source, item.entry, item.target, written.entry)
    return _if_same(ctx, item, written, same=same)


def _if_same(ctx: OpContext, item: FileItem, written: Written, *, same: bool) -> Written:
    if same:
        return replace(written, evidence=max(written.evidence, Evidence.READBACK))
    _take_back(ctx, item.target, written.entry)
    raise Corrupt(
        f"Cannot write {safe_text(str(item.target))}: the server gives back other bytes than were sent.",
        place=item.target,
        verb="copy",
        hint="The damaged object was removed. Try again.",
    )


def _take_back(ctx: OpContext, place: Location, entry: Entry) -> None:
    """Remove what was written. Where there are versions just that one goes, so that the one before stands there
    again; without the right to that both are hidden.
    """
    versions, details = ctx.vfs.facets(place).versions, entry.details
    version = details.version_id if isinstance(details, ObjectDetails) else ""
    if versions is not None and version not in ("", "null"):
        there = Location(at_version(place.root, version), place.key)
        damaged = Version(there, version, entry, latest=True)
        removals: list[Removal] = []

        def act(_storage: Storage) -> Change:
            removals.extend(versions.remove_versions([damaged], ctx.cancel))
            return around(place)

        ctx.vfs.apply(act, place, verb="remove")
        if all(gone.error is None for gone in removals):
            return
    ctx.vfs.delete(place, expected=entry)


def hints_for(ctx: OpContext, item: FileItem, entry: Entry) -> Hints:
    """What the writer of the target is told; `entry` holds the facts of the source as read."""
    across = item.source.root != item.target.root
    return Hints(
        size=entry.size,
        mtime_ns=entry.source_mtime_ns,
        mode=entry.mode,
        replaces=item.replaces,
        durable=item.durable or across,
        within=item.within,
        read_back=ctx.level is Level.READBACK,
        keeps=item.keeps,
        tier=ctx.tier,
        trail=item.trail,
    )


def copy_link(ctx: OpContext, item: FileItem) -> Written:
    """Copy a symbolic link itself. Raises AlreadyExists: a link never replaces something."""
    trail = ctx.recorder.opened(item.source, item.entry, item.target, item.replaces)
    written = _new_link(ctx, replace(item, trail=trail))
    ctx.recorder.published(item.source)
    return written


def _new_link(ctx: OpContext, item: FileItem) -> Written:
    if item.replaces is not None:
        raise AlreadyExists(
            f"{safe_text(str(item.target))} is already there.",
            place=item.target,
            verb="copy",
            hint="A link never replaces something. Keep both, or delete the old one first.",
        )
    linked = _link(ctx, item) if item.first else None
    if linked is not None:
        return linked
    facets = ctx.vfs.facets(item.target)
    if item.source.root == item.target.root and facets.tree_copy is not None:
        tree = facets.tree_copy
        made = ctx.vfs.apply(
            lambda _storage: tree.copy_link(
                item.source, item.entry, item.target, _where(ctx, item)
            ),
            item.target,
            verb="link",
        )
        return Written(made.change, made.entry, Evidence.SIZE, made.notes)
    details, links = item.entry.details, facets.links
    assert links is not None
    text = details.target if isinstance(details, LocalDetails) else ""
    change = ctx.vfs.apply(
        lambda _storage: links.make_link(item.target, text), item.target, verb="link"
    )
    return Written(change, item.entry, Evidence.SIZE)


def _where(ctx: OpContext, item: FileItem) -> Hints:
    """Hints about the place alone, where the storage itself looks at the source."""
    return Hints(
        replaces=item.replaces,
        durable=item.durable,
        within=item.within,
        tier=ctx.tier,
        trail=item.trail,
    )


def _link(ctx: OpContext, item: FileItem) -> Written | None:
    """One more name for what this job copied already; None where that cannot be."""
    tree = ctx.vfs.facets(item.target).tree_copy
    assert item.first is not None and tree is not None
    first, copied = item.first
    if not same_content(item.entry, ctx.vfs.stat(item.source, fresh=True)):
        return None  # it changed since it was seen: what copies it will say so
    try:
        made = ctx.vfs.apply(
            lambda _storage: tree.hard_link(first, copied.entry, item.target, _where(ctx, item)),
            item.target,
            verb="link",
        )
    except Unsupported:
        return None
    ctx.meter.advance(item.entry.size or 0)
    return Written(made.change, made.entry, copied.evidence, copied.notes + made.notes)


def _inside(ctx: OpContext, item: FileItem, way: ServerCopy, work: Work) -> Written:
    # the storage carries time, mode and metadata of the source itself; a listing may not know them
    back = ctx.level is Level.READBACK
    hints = replace(_where(ctx, item), size=item.entry.size, read_back=back)
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
        hints = hints_for(ctx, item, source.entry)

        def act(_storage: Storage) -> Written:
            return transfer.upload(source, item.target, hints, work)

        return ctx.vfs.apply(act, item.target, verb="upload")
    finally:
        source.close()


def _download(
    ctx: OpContext, item: FileItem, transfer: Transfer, pieces: OpenPieces, work: Work
) -> Written:
    # the commit asks, too, but that is after the bytes
    ctx.vfs.check_writable(item.target, "write")
    sink = pieces.open_sink(item.target, hints_for(ctx, item, item.entry))
    try:
        fetched = transfer.download(item.source, item.entry, sink, work)
        hints = hints_for(ctx, item, fetched.entry)
        written = ctx.vfs.apply(
            lambda _storage: sink.commit(hints, checked=fetched.checked), item.target, verb="write"
        )
        return replace(written, notes=written.notes + fetched.notes)
    except StorageError as error:
        if error.passing:
            item.trail.cut_off()
        raise
    finally:
        sink.abort()


def _stream(ctx: OpContext, item: FileItem, work: Work) -> Written:
    """Through this program; encrypted or decrypted on the way, where that was asked for."""
    with ctx.outlast(lambda: ctx.vfs.open_read(item.source, expected=item.entry)) as opened:
        reader = _Counted(ctx, opened)
        hints = hints_for(ctx, item, opened.entry)
        hints = replace(hints, headers=opened.headers, metadata=opened.metadata)
        if ctx.cipher is not None:
            hints = ctx.cipher.hints(hints)
        # the bytes are counted as they are read
        uncounted = Work(work.cancel, fan_out=work.fan_out)
        sent: bytes | None = None
        notes: tuple[str, ...] = ()
        with ctx.vfs.open_write(item.target, hints, uncounted) as writer:
            if ctx.cipher is None:
                while block := reader.read(BLOCK):
                    writer.write(block)
            else:
                sent, note = _turned(ctx.cipher, item.source, reader, writer)
                notes = (note,)
            read = reader.verify()
            written = writer.commit()
    notes = (*written.notes, *notes, *_tags_lost(ctx, item, opened.tags))
    written = replace(_weighed(ctx, item, read, written), notes=notes)
    if sent is not None and ctx.level is Level.READBACK and not _is_disk(ctx, item.target):
        same = digest_of(ctx, item.target, written.entry) == sent
        written = _if_same(ctx, item, written, same=same)
    return written


def _turned(cipher: Cipher, source: Location, reader: Reader, writer: Writer) -> tuple[bytes, str]:
    """What the cipher makes of it; the SHA-256 of what was written, and a note."""
    digest = hashlib.sha256()

    def write(block: bytes) -> None:
        digest.update(block)
        writer.write(block)

    note = cipher.turn(source, reader, write)
    return digest.digest(), note


def _tags_lost(ctx: OpContext, item: FileItem, count: int | None) -> tuple[str, ...]:
    """Take the tags along, where there may be any and the other side knows some; a note where they stay behind."""
    here, there = ctx.vfs.facets(item.source).tags, ctx.vfs.facets(item.target).tags
    if count == 0 or there is None:
        return ()
    some = "Its tags" if count else "Its tags, if it has any,"
    if here is None:
        return (f"{some} were not copied.",)
    try:
        # it is published: what belongs to it is not left out by a cancel any more
        tags = here.tags(item.source)
        if tags:
            some = "Its tags"
            ctx.vfs.apply(
                lambda _storage: there.set_tags(item.target, tags), item.target, verb="tag"
            )
    except StorageError as error:
        if isinstance(error, Unsupported) and some != "Its tags":
            return ()  # the source has none
        return (f"{some} were not copied. {safe_text(error.message)}",)
    return ()


class _Counted(Reader):
    """A source whose bytes are counted as they are read, until it is cancelled."""

    def __init__(self, ctx: OpContext, reader: Reader) -> None:
        self.entry = reader.entry
        self._ctx = ctx
        self._reader = reader

    def read(self, size: int) -> bytes:
        self._ctx.cancel.check()
        block = self._reader.read(size)
        self._ctx.meter.advance(len(block))
        return block

    def verify(self) -> Evidence:
        return self._reader.verify()

    def close(self) -> None:
        self._reader.close()


def _weighed(ctx: OpContext, item: FileItem, read: Evidence, written: Written) -> Written:
    # a disk has no digest to compare with, so only other sides can weaken the evidence
    sides = ((item.source, read), (item.target, written.evidence))
    told = [evidence for place, evidence in sides if not _is_disk(ctx, place)]
    best = max(read, written.evidence)
    return replace(written, evidence=min(*told, best) if told else best)


def _is_disk(ctx: OpContext, place: Location) -> bool:
    features = ctx.vfs.features(place)
    return features.real_directories and not features.remote
