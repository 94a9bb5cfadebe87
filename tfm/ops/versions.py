"""Earlier versions: which of them would go, counted first, and their removal for good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from tfm.model.change import Change, around
from tfm.model.entry import Kind
from tfm.model.errors import Cancelled, StorageError, TooLate, Unsupported
from tfm.model.location import Location
from tfm.model.past import NO_ID, now
from tfm.model.text import safe_text
from tfm.ops.context import ItemResult, OpContext, Outcome, Report, outcome_of
from tfm.ops.plan import Picked
from tfm.storage.base import Removal
from tfm.storage.object_facets import Keeping, Version, Versions


@dataclass(frozen=True, slots=True)
class Doomed:
    """What would be removed: the versions themselves, so that exactly what was counted goes.

    `bytes` is the sum of their sizes.
    """

    versions: tuple[Version, ...] = ()

    @property
    def bytes(self) -> int:
        """What is freed."""
        return sum(each.entry.size or 0 for each in self.versions)

    @property
    def files(self) -> int:
        """Of how many files."""
        return len({each.place.key for each in self.versions})

    @property
    def marks(self) -> int:
        """How many of them are marks of a delete."""
        return sum(each.deleted for each in self.versions)


Choose = Callable[[Sequence[Version]], Iterable[Version]]
"""Of all versions of one file, newest first, those that go."""


def every_version(versions: Sequence[Version]) -> Sequence[Version]:
    """Nothing stays, neither now nor earlier."""
    return versions


@dataclass(frozen=True, slots=True)
class Outdated:
    """Versions that are not the current one: beyond the newest `keep` of them, and out of date since
    before a moment, in nanoseconds since 1970. A version is out of date since the next one came.
    """

    keep: int = 0
    before_ns: int | None = None

    def __call__(self, versions: Sequence[Version]) -> list[Version]:
        """As `Choose`."""
        chosen: list[Version] = []
        earlier = 0
        for newer, version in pairwise(versions):
            if version.latest:
                continue
            since = newer.entry.mtime_ns
            late = self.before_ns is not None and (since is None or since >= self.before_ns)
            if earlier >= self.keep and not late:
                chosen.append(version)
            earlier += not version.deleted  # a mark of a delete brings nothing back
        return chosen


def find(
    ctx: OpContext,
    picked: Sequence[Picked],
    choose: Choose,
    tell: Callable[[int], None] = lambda _count: None,
) -> Doomed:
    """Look at all versions of what was picked, with all beneath directories, and choose.

    `tell` gets the count as it grows. Raises Unsupported where there are no versions.
    """
    found: list[Version] = []
    for place, entry in picked:
        top = place.as_directory() if entry.is_directory else place
        for versions in _by_file(ctx, top):
            found.extend(choose(versions))
            tell(len(found))
    # of what was found by a search one may lie in another
    return Doomed(tuple(dict.fromkeys(found) if len(picked) > 1 else found))


def facet_of(ctx: OpContext, place: Location) -> Versions:
    """The ability of a place. Raises Unsupported."""
    facet = ctx.vfs.facets(now(place)).versions
    if facet is None:
        raise Unsupported(
            f"{ctx.vfs.features(now(place)).title} keeps no earlier versions.", place=place
        )
    return facet


def _by_file(ctx: OpContext, place: Location) -> Iterator[list[Version]]:
    pages = facet_of(ctx, place).versions(now(place), ctx.cancel)
    each = (version for page in pages for version in page)
    for _key, versions in groupby(each, key=lambda version: version.place.key):
        yield list(versions)


def marks_above(versions: Sequence[Version]) -> list[Version]:
    """The marks of a delete that hide the newest version of a file; none if nothing is hidden."""
    marks: list[Version] = []
    for version in versions:
        if not version.deleted:
            return marks
        marks.append(version)
    return []


def deleted_files(ctx: OpContext, top: Location) -> Iterator[Version]:
    """The newest mark of each file beneath a directory that is deleted and of which a version is left.

    Raises Unsupported, StorageError, Cancelled.
    """
    for versions in _by_file(ctx, top):
        marks = marks_above(versions)
        if marks and marks[0].latest and marks[0].entry.kind is Kind.FILE:
            yield marks[0]


def remove_versions(
    ctx: OpContext, versions: Sequence[Version], verb: str = "remove versions", code: str = ""
) -> Report:
    """Remove versions for good, in batches; each ends in the report.

    One without an id of its own is removed only if it still is what was seen: while no versions are kept,
    whatever is written or deleted takes its place. A `code` (see `Versions.remove_versions`) is good for one batch: what is beyond it fails.
    """
    report = Report(verb)
    ctx.meter.plan(len(versions), 0)
    ctx.meter.planned()
    done = 0
    try:
        while done < len(versions):
            ctx.cancel.check()
            facet = facet_of(ctx, versions[done].place)
            batch = versions[done : done + facet.batch]
            changed = _changed(ctx, facet, batch)
            for version, error in changed:
                ctx.end(report, _result(version, Outcome.FAILED, error))
            kept = [version for version, _ in changed]
            going = [version for version in batch if version not in kept]
            removals = remove_batch(ctx, facet, going, code) if going else ()
            for version, removal in zip(going, removals, strict=True):
                ctx.end(report, _result(version, outcome_of(removal.error), removal.error))
            done += len(batch)
            if code and done < len(versions):
                for version in versions[done:]:
                    spent = StorageError("The code was good for one request.", place=version.place)
                    ctx.end(report, _result(version, Outcome.FAILED, spent))
                break
    except Cancelled:
        for version in versions[done:]:
            ctx.end(report, _result(version, Outcome.CANCELLED))
    return report


def _changed(
    ctx: OpContext, facet: Versions, batch: Sequence[Version]
) -> list[tuple[Version, StorageError]]:
    """Those whose place something else has taken, or may have. Raises Cancelled."""
    doubtful = [version for version in batch if version.id == NO_ID]

    def look(version: Version) -> tuple[Version, StorageError | None]:
        try:
            same = _still_is(ctx, facet, version)
        except StorageError as error:
            return version, error
        place = now(version.place)
        told = f"Cannot remove a version of {safe_text(str(place))}: it is another one by now."
        hint = "Look at its versions again."
        return version, None if same else TooLate(told, place=place, verb="remove", hint=hint)

    return [(version, error) for version, error in ctx.fan_out(look, doubtful) if error]


def _still_is(ctx: OpContext, facet: Versions, version: Version) -> bool:
    """True also where it is gone. One request, but none where versions are kept: each has an id then."""
    if ctx.vfs.keeping(version.place) is Keeping.ON:
        return True
    for page in facet.versions(now(version.place), ctx.cancel):
        for found in page:
            if found.place == version.place:
                return _facts(found) == _facts(version)
        if version.place.looks_like_directory:
            break  # the rest lies beneath it
    return True


def _facts(version: Version) -> tuple[object, ...]:
    return version.deleted, version.entry.etag, version.entry.size, version.entry.mtime_ns


def _result(version: Version, outcome: Outcome, error: StorageError | None = None) -> ItemResult:
    kind = "delete marker" if version.deleted else "version"
    return ItemResult(
        now(version.place),
        None,
        outcome,
        reason=str(error) if error else "",
        note=f"{kind} {version.id}",
        error=error,
    )


@dataclass(frozen=True, slots=True)
class _Gone:
    change: Change
    removals: Sequence[Removal]


def remove_batch(
    ctx: OpContext, facet: Versions, batch: Sequence[Version], code: str = ""
) -> Sequence[Removal]:
    """Remove at most `Versions.batch` of them in one call, and tell what came of each."""
    places = list(dict.fromkeys(now(each.place) for each in batch))
    ctx.meter.start(places[0])
    try:
        gone = ctx.vfs.apply(
            lambda _storage: _Gone(
                around(*places), facet.remove_versions(batch, ctx.cancel, code=code)
            ),
            *places,
            verb="remove versions of",
        )
    except StorageError as error:
        return [Removal(each.place, error) for each in batch]
    return gone.removals
