"""Deleting files and trees: in batches where the storage takes them, every item accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tfm.model.cancel import CancelToken
from tfm.model.change import Change, around
from tfm.model.entry import Entry, Kind
from tfm.model.errors import Cancelled, NotFound, StorageError
from tfm.model.location import Location, Style
from tfm.ops.context import ItemResult, OpContext, Outcome, Report, outcome_of
from tfm.ops.plan import Item, Picked, Plan, can_walk_flat, walk
from tfm.storage.base import Removal
from tfm.storage.facets import DeleteMany, DeleteTree

_End = Callable[[Removal], None]
_Stays = Callable[[Location], bool]
_CAME_AGAIN = "it was deleted, and came again; this one stays"


def remove(ctx: OpContext, picked: Sequence[Picked], *, again: bool = False) -> Report:
    """Delete what was picked, directories with all beneath them; links are never followed.

    Each picked thing is deleted only if it is still what was seen. Every item ends in the report;
    a directory that holds something that could not be deleted stays. What an interrupted run had
    deleted is not deleted again: what has its name now is something else, which nobody has seen.
    `again` says that there was such a run, so that it may be long since somebody saw them.
    """
    report = Report("delete")
    left = [one for one in picked if not _went_before(ctx, one[0])]
    files = [one for one in left if not one[1].is_directory]
    trees = [one for one in left if one[1].is_directory]
    ctx.meter.plan(len(files), 0)

    def done(location: Location, error: StorageError | None) -> None:
        if isinstance(error, NotFound):
            error = None  # gone is gone
        outcome = outcome_of(error)
        reason = str(error) if error else ""
        ctx.end(report, ItemResult(location, None, outcome, reason=reason, error=error))

    try:
        for removal in _remove_files(ctx, files, again=again):
            done(removal.location, removal.error)
        for location, entry in trees:
            ctx.cancel.check()
            _remove_tree(ctx, location, entry, report)
            left = [one for one in left if one[0] != location]
    except Cancelled:
        ended = {item.source for item in report.items}
        for location, _entry in left:
            if location not in ended:
                ctx.end(report, ItemResult(location, None, Outcome.CANCELLED))
    ctx.meter.planned()
    for parent in {location.parent for location, _ in picked}:
        keep_visible(ctx, parent)
    return report


def _went_before(ctx: OpContext, place: Location) -> bool:
    before = ctx.recorder.before(place)
    return before is not None and (before.done or before.removed or bool(before.skipped))


def keep_visible(ctx: OpContext, directory: Location) -> None:
    """Give a directory that we emptied a marker, so that it does not vanish under the cursor.

    A fault here is no fault of the delete, which is already done and reported.
    """
    if (
        directory.root.style is not Style.KEY
        or directory.is_top
        or directory.is_container
        or ctx.vfs.features(directory).real_directories
    ):
        return
    try:
        ctx.vfs.stat(directory, fresh=True)
    except NotFound:
        try:
            ctx.vfs.mkdir(directory)
        except StorageError:
            return
    except StorageError:
        return


def _remove_files(ctx: OpContext, files: Sequence[Picked], *, again: bool) -> Iterator[Removal]:
    # each by the storage it lies in: another one may have a thing of the same name
    for root in dict.fromkeys(where.root for where, _ in files):
        yield from _remove_at(ctx, [one for one in files if one[0].root == root], again=again)


def _remove_at(ctx: OpContext, files: Sequence[Picked], *, again: bool) -> Iterator[Removal]:
    """Those of one storage."""
    many = ctx.vfs.facets(files[0][0]).delete_many
    if many is not None:
        for start in range(0, len(files), many.batch):
            ctx.cancel.check()
            batch = files[start : start + many.batch]
            expected = [entry if again else _expect(many, entry) for _, entry in batch]
            places = [where for where, _ in batch]
            yield from delete_batch(ctx, list(zip(places, expected, strict=True)))
        return

    def one(picked: Picked) -> Removal:
        location, entry = picked
        ctx.meter.start(location)
        try:
            ctx.outlast(lambda: ctx.vfs.delete(location, expected=entry))
        except StorageError as error:
            return Removal(location, error)
        return Removal(location)

    yield from ctx.fan_out(one, _checked(ctx, files))


def _checked(ctx: OpContext, files: Sequence[Picked]) -> Iterator[Picked]:
    for one in files:
        ctx.cancel.check()
        yield one


def _expect(many: DeleteMany, entry: Entry) -> Entry | None:
    """What must still be there. Where the server does not compare, a look would cost a request a
    key and still leave a gap, so the name alone decides, as the user saw and confirmed it.
    """
    return entry if many.conditional else None


def delete_batch(ctx: OpContext, items: Sequence[tuple[Location, Entry | None]]) -> list[Removal]:
    """Delete by name in one call; a call that fails as a whole fails for each of its items."""
    many = ctx.vfs.facets(items[0][0]).delete_many
    assert many is not None
    ctx.meter.start(items[0][0])
    answer = _Answer(many, items, ctx.cancel)
    try:
        ctx.vfs.apply(lambda _s: answer.ask(), *[where for where, _ in items], verb="delete")
    except StorageError as error:
        return [Removal(where, error) for where, _ in items]
    return answer.removals


class _Answer:
    """Carries the per-item answers of a bulk delete past `Vfs.apply`, which wants the change."""

    def __init__(
        self,
        many: DeleteMany,
        items: Sequence[tuple[Location, Entry | None]],
        cancel: CancelToken,
    ) -> None:
        self._cancel = cancel
        self._many = many
        self._items = items
        self.removals: list[Removal] = []

    def ask(self) -> Change:
        self.removals = list(self._many.delete_many(self._items, self._cancel))
        return around(*[where for where, _ in self._items])


def _remove_tree(ctx: OpContext, location: Location, entry: Entry, report: Report) -> None:
    facets = ctx.vfs.facets(location)

    def end(removal: Removal) -> None:
        error = None if isinstance(removal.error, NotFound) else removal.error
        outcome = outcome_of(error)
        reason = str(error) if error else ""
        ctx.end(report, ItemResult(removal.location, None, outcome, reason=reason, error=error))

    def stays(place: Location) -> bool:
        if not _went_before(ctx, place):
            return False
        ctx.end(report, ItemResult(place, None, Outcome.SKIPPED, reason=_CAME_AGAIN))
        return True

    try:
        if facets.delete_tree is not None:
            _by_storage(ctx, facets.delete_tree, location, end, stays)
        elif can_walk_flat(location) and facets.walk and facets.delete_many:
            _by_batches(ctx, location, facets.delete_many, end, stays)
        else:
            _one_by_one(ctx, location, entry, end, stays)
    except StorageError as error:
        end(Removal(location, error))


def _by_storage(
    ctx: OpContext, facet: DeleteTree, location: Location, end: _End, stays: _Stays
) -> None:
    def report(removal: Removal) -> None:
        ctx.meter.plan(1, 0)
        ctx.meter.start(removal.location)
        end(removal)

    ctx.vfs.apply(
        lambda _s: facet.delete_tree(location, ctx.work(alone=True), report, stays),
        location,
        verb="delete",
    )


def _by_batches(
    ctx: OpContext, location: Location, many: DeleteMany, end: _End, stays: _Stays
) -> None:
    """Flat keys in full batches, exactly those that the walk saw; markers are keys like others."""
    facet = ctx.vfs.facets(location).walk
    assert facet is not None
    top = location.as_directory()
    batch: list[tuple[Location, Entry | None]] = []
    found_any, whole = False, True

    def send() -> None:
        nonlocal whole
        ctx.cancel.check()
        for removal in delete_batch(ctx, batch):
            whole = whole and removal.error is None
            end(removal)
        batch.clear()

    for page in facet.walk(top, ctx.cancel):
        found_any = found_any or bool(page)
        ctx.meter.plan(len(page), 0)
        for found in page:
            place = top.child(found.name)
            if stays(place):
                continue
            batch.append((place, _expect(many, found)))
            if len(batch) == many.batch:
                send()
    if batch:
        send()
    if whole:
        ctx.recorder.source_removed(location)
    if not found_any:
        end(Removal(top))


def _one_by_one(ctx: OpContext, location: Location, entry: Entry, end: _End, stays: _Stays) -> None:
    plan = Plan()
    walk(ctx, Item(location, entry, location), plan)
    kept: set[Location] = set()
    for item, error in plan.unreadable:
        item.source.add_above(kept)
        kept.add(item.source)
        end(Removal(item.source, error))
    again = {item.source for item in plan.directories if stays(item.source)}
    for place in again:
        place.add_above(kept)
    kept |= again
    for item in [*plan.others, *reversed(plan.directories)]:
        ctx.cancel.check()
        if item.source in kept:
            continue
        if not again.isdisjoint(item.source.ancestors()) or (
            item.entry.kind is not Kind.DIRECTORY and stays(item.source)
        ):
            item.source.add_above(kept)
            continue
        expected = None if item.entry.kind is Kind.DIRECTORY else item.entry
        try:
            ctx.outlast(
                lambda item=item, expected=expected: ctx.vfs.delete(  # type: ignore[misc]
                    item.source, expected=expected
                )
            )
        except NotFound:
            end(Removal(item.source))
        except StorageError as error:
            item.source.add_above(kept)
            end(Removal(item.source, error))
        else:
            end(Removal(item.source))
