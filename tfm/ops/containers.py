"""Containers at the top of a storage: made, removed when they are empty, emptied by themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tfm.model.cancel import CancelToken
from tfm.model.change import Change, around
from tfm.model.errors import Cancelled, NotEmpty, Stopped, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.past import now, version_of
from tfm.model.text import plural, safe_text
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.plan import Picked
from tfm.ops.remove import delete_batch
from tfm.ops.versions import remove_batch
from tfm.storage.base import Removal
from tfm.storage.container_facets import Containers, Gain, NewContainer
from tfm.storage.open_uploads import OpenUpload

T = TypeVar("T")

MOST_COUNTED = 100_000
"""What a question counts at most: listings cost requests, and the answer would be the same."""
_MOST_TOLD = 1000


def facet_of(ctx: OpContext, place: Location) -> Containers:
    """The ability of a place. Raises Unsupported."""
    facet = ctx.vfs.facets(place).containers
    if facet is None:
        raise Unsupported(
            f"{ctx.vfs.features(place).title} has no containers to make or remove.", place=place
        )
    return facet


def create(ctx: OpContext, place: Location, chosen: Mapping[str, str]) -> NewContainer:
    """Make one. Raises AlreadyExists, and then nothing was touched."""
    facet = facet_of(ctx, place)
    return ctx.vfs.apply(lambda _s: facet.create(place, chosen, ctx.cancel), place, verb="make")


def told_of(made: NewContainer, place: Location) -> str:
    """What there is now and what was not set, in one line."""
    name = safe_text(place.container)
    text = f"Made {name}"
    if made.kept:
        text += f": {', '.join(made.kept)}"
    text += "."
    if made.missed:
        reasons = "; ".join(f"{words}, because {error.reason}" for words, error in made.missed)
        text = f"{text} It is there, but not set: {reasons.rstrip('.')}."
    return " ".join([text, *made.notes])


def remove_containers(ctx: OpContext, picked: Sequence[Picked]) -> Report:
    """Remove each that holds nothing; what is in the others stays, and they do."""
    report = Report("delete")
    ctx.meter.plan(len(picked), 0)
    ctx.meter.planned()
    for place, _entry in picked:
        ctx.meter.start(place)
        facet = facet_of(ctx, place)
        ctx.attempt(
            report,
            place,
            place,
            lambda place=place, facet=facet: ctx.vfs.apply(  # type: ignore[misc]
                lambda _s: facet.remove(place, ctx.cancel), place, verb="delete"
            ),
        )
    return report


def measure_gain(ctx: OpContext, place: Location, size: int) -> Gain:
    """What acceleration gains to a container, by a sample of so many bytes. Raises Unsupported."""
    facet = ctx.vfs.facets(place).acceleration
    if facet is None:
        raise Unsupported(
            f"{ctx.vfs.features(place).title} has no acceleration to measure.", place=place
        )
    # a listing that somebody makes meanwhile may show the samples
    return ctx.vfs.apply(
        lambda _s: _Measured(around(place.child("sample")), facet.measure(place, size, ctx.cancel)),
        place,
        verb="measure",
    ).gain


@dataclass(frozen=True, slots=True)
class _Measured:
    change: Change
    gain: Gain


@dataclass(frozen=True, slots=True)
class Held:
    """What is in a container: how much was counted of it, whether that is all."""

    things: int = 0
    unfinished: int = 0
    complete: bool = True

    @property
    def is_empty(self) -> bool:
        """True if nothing at all is in it."""
        return self.complete and not self.things and not self.unfinished

    def __str__(self) -> str:
        return _amounts(self.things, self.unfinished)


def _amounts(things: int, uploads: int) -> str:
    words = "object or version" if things == 1 else "objects and versions"
    text = f"{things:,} {words}"
    return f"{text}, {plural(uploads, 'unfinished upload')}" if uploads else text


def look_into(
    ctx: OpContext, place: Location, tell: Callable[[Held], None] = lambda _held: None
) -> Held:
    """Count what is in a container, with versions and what is unfinished; at most `MOST_COUNTED`.

    `tell` gets the count as it grows.
    """
    uploads = 0
    for page in _uploads_in(ctx, place):
        uploads += len(page)
        if uploads >= MOST_COUNTED:
            break
    found = 0
    for count in _counts(ctx, place):
        found += count
        tell(Held(found, uploads, complete=False))
        if found >= MOST_COUNTED:
            return Held(found, uploads, complete=False)
    return Held(found, uploads)


def _uploads_in(
    ctx: OpContext, place: Location, *, patient: bool = False
) -> Iterator[Sequence[OpenUpload]]:
    """None where there are none, or the server has no word for them: it cannot hold any."""
    facet = ctx.vfs.facets(place).uploads
    if facet is None:
        return
    with contextlib.suppress(Unsupported):
        yield from facet.uploads(place, ctx.cancel, patient=patient)


def _counts(ctx: OpContext, place: Location) -> Iterator[int]:
    facets = ctx.vfs.facets(place)
    if _by_versions(ctx, place) and facets.versions is not None:
        for page in facets.versions.versions(place, ctx.cancel):
            yield len(page)
        return
    if facets.walk is not None:
        for entries in facets.walk.walk(place, ctx.cancel):
            yield len(entries)


def _by_versions(ctx: OpContext, place: Location) -> bool:
    return ctx.vfs.facets(place).versions is not None and ctx.vfs.keeping(place).may_have_versions


class _Tally:
    """Counts what went; what stays is told one by one, up to a limit, and counted."""

    def __init__(self, ctx: OpContext, report: Report) -> None:
        self._ctx = ctx
        self._report = report
        self.gone = 0
        self.stays = 0

    def add(self, removals: Iterable[Removal]) -> None:
        for removal in removals:
            if removal.error is None:
                self.gone += 1
                self._ctx.meter.finish()
                continue
            if isinstance(removal.error, Stopped):
                continue  # it ends as cancelled, as a whole
            self.stays += 1
            if self.stays <= _MOST_TOLD:
                self._ctx.end(self._report, _left(removal.location, removal.error))
            else:
                self._ctx.meter.finish()


def _left(place: Location, error: StorageError) -> ItemResult:
    version = version_of(place.root)
    note = f"version {version}" if version else ""
    return ItemResult(now(place), None, Outcome.FAILED, reason=str(error), note=note, error=error)


def empty(ctx: OpContext, place: Location) -> Report:
    """Remove everything in a container for good: objects, all versions, marks of deletes, what is unfinished.

    The container stays. What cannot be removed is in the report, each with the reason; then comes the
    container itself: done if it was seen to be empty at the end. Memory is that of two pages.
    """
    place = place.as_directory()
    facet, report = facet_of(ctx, place), Report("empty")
    versions = ctx.vfs.facets(place).versions
    if versions is not None and versions.needs_code(place):
        raise Unsupported(
            f"Cannot empty {safe_text(str(place))}: each removal there wants the code of a device (MFA delete).",
            place=place,
            verb="empty",
            hint="Switch MFA delete off first, or delete versions inside of it, with a code each.",
        )
    tally = _Tally(ctx, report)
    uploads = 0
    try:
        _remove_all(ctx, place, tally)
        uploads = _abort_all(ctx, place, tally)
        ctx.meter.planned()
        ctx.cancel.check()
        ctx.end(report, _verdict(facet, place, tally, uploads, ctx.cancel))
    except Cancelled:
        note = f"{_told(tally.gone, uploads)} before it was cancelled"
        ctx.end(report, ItemResult(place, None, Outcome.CANCELLED, note=note))
    except StorageError as error:
        note = _told(tally.gone, uploads)
        failed = ItemResult(place, None, Outcome.FAILED, reason=str(error), note=note, error=error)
        ctx.end(report, failed)
    return report


def _told(gone: int, uploads: int) -> str:
    return f"{_amounts(gone, uploads)} removed"


def _verdict(
    facet: Containers, place: Location, tally: _Tally, uploads: int, cancel: CancelToken
) -> ItemResult:
    """Whether it is empty now, as the server says."""
    note, found = _told(tally.gone, uploads), facet.holds(place, cancel)
    if not found:
        return ItemResult(place, None, Outcome.DONE, note=note)
    if tally.stays:
        why = f"{safe_text(str(place))} is not empty: {tally.stays:,} could not be removed."
    else:
        why = (
            f"{safe_text(str(place))} is not empty: it holds {found} that came meanwhile. "
            "Empty it again."
        )
    error = NotEmpty(why, place=place, verb="empty")
    return ItemResult(place, None, Outcome.FAILED, reason=why, note=note, error=error)


def _remove_all(ctx: OpContext, place: Location, tally: _Tally) -> None:
    facets = ctx.vfs.facets(place)
    if _by_versions(ctx, place) and facets.versions is not None:
        facet = facets.versions
        for page in _late(facet.versions(place, ctx.cancel)):
            ctx.meter.plan(len(page), 0)
            for batch in _batches(page, facet.batch):
                ctx.cancel.check()
                tally.add(remove_batch(ctx, facet, batch))
        return
    if facets.walk is None or facets.delete_many is None:
        raise Unsupported(
            f"{ctx.vfs.features(place).title} cannot be emptied as a whole.", place=place
        )
    for entries in _late(facets.walk.walk(place, ctx.cancel)):
        ctx.meter.plan(len(entries), 0)
        for rows in _batches(entries, facets.delete_many.batch):
            ctx.cancel.check()
            tally.add(delete_batch(ctx, [(place.child(row.name), None) for row in rows]))


def _late(pages: Iterable[Sequence[T]]) -> Iterator[Sequence[T]]:
    """Each page once the next one is there: that begins at the end of this one, which must still stand."""
    before: Sequence[T] | None = None
    for page in pages:
        if before is not None:
            yield before
        before = page
    if before is not None:
        yield before


def _batches(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _abort_all(ctx: OpContext, place: Location, tally: _Tally) -> int:
    facet = ctx.vfs.facets(place).uploads
    ended = 0
    if facet is None:
        return ended
    for page in _late(_uploads_in(ctx, place, patient=True)):
        ctx.meter.plan(len(page), 0)
        for upload in page:
            ctx.cancel.check()
            ctx.meter.start(upload.place)
            try:
                ctx.vfs.apply(
                    lambda _s, upload=upload: facet.abort(upload, ctx.cancel),  # type: ignore[misc]
                    upload.place,
                    verb="abort",
                )
            except StorageError as error:
                tally.add([Removal(upload.place, error)])
            else:
                ended += 1
                ctx.meter.finish()
    return ended
