"""Unfinished uploads: what they hold, whose they are, and their end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from tfm.model.errors import (
    Cancelled,
    Denied,
    NotFound,
    StorageError,
    TooLate,
    Unsupported,
)
from tfm.model.location import Location
from tfm.model.past import now
from tfm.model.text import safe_text
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.storage.open_uploads import OpenUpload, PartsHeld, Uploads
from tfm.storage.vfs import Vfs

_AGE = re.compile(r"(\d{1,6})\s*([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NS = 10**9
_VERB = "abort the upload of"

RECENT_NS = 3600 * _NS
"""Who got a part so short a time ago may be being written, by whomever."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A job that began an upload. `running` while its program lives; `host` if that is another machine."""

    job: str
    title: str
    running: bool
    host: str = ""

    @property
    def refusal(self) -> str:
        """Why its uploads may not be aborted; empty if they may."""
        title = safe_text(self.title)
        if self.running:
            return f"The job “{title}” is writing it: cancel that job first."
        if self.host:
            return f"It is of a job on {safe_text(self.host)}, which may be writing it: discard it there."
        return ""


OwnerOf = Callable[[OpenUpload], Owner | None]
Gone = Callable[[OpenUpload], None]


class Ledger(Protocol):
    """Knows which uploads jobs of this user began."""

    def owners(self) -> OwnerOf:
        """What is written down now; does I/O. The answer does none."""
        ...

    def holding(self, owner: Owner) -> AbstractContextManager[Gone]:
        """Keep everybody from taking up that job meanwhile; what is given is told which are gone.

        Raises StorageError where somebody has taken it up.
        """
        ...


class _NoLedger:
    def owners(self) -> OwnerOf:
        return lambda _upload: None

    def holding(self, owner: Owner) -> AbstractContextManager[Gone]:  # noqa: ARG002 - nobody owns any
        return nullcontext(lambda _upload: None)


NO_LEDGER: Ledger = _NoLedger()
"""Where no journals are kept."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """An upload, what it held when it was looked at (None where that may not be asked), whose it is."""

    upload: OpenUpload
    held: PartsHeld | None = None
    owner: Owner | None = None

    @property
    def recent(self) -> bool:
        """True if it was begun, or got a part, within the last hour: somebody may be writing it."""
        latest = self.held.latest_ns if self.held is not None else None
        since = max(latest or 0, self.upload.began_ns or 0)
        return self.upload.seen_ns - since < RECENT_NS


def uploads_of(vfs: Vfs, place: Location) -> Uploads:
    """The ability of a place. Raises Unsupported."""
    place = now(place)
    facet = vfs.facets(place).uploads
    if facet is None or place.is_top:
        raise Unsupported(
            f"{vfs.features(place).title} has no unfinished uploads here.",
            place=place,
            hint="Name a bucket, or a directory in one.",
        )
    return facet


def older_than(uploads: Sequence[OpenUpload], seconds: int) -> list[OpenUpload]:
    """Those that were begun longer ago; of unknown age is none."""
    return [each for each in uploads if (each.age_ns or 0) > seconds * _NS]


def parse_age(text: str) -> int:
    """Seconds of `30m`, `12h`, `7d` or `2w`. Raises ValueError."""
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError("Write 12h, 7d or 2w.")
    return int(found[1]) * _SECONDS[found[2]]


def weigh(
    ctx: OpContext,
    uploads: Sequence[OpenUpload],
    owner_of: OwnerOf = lambda _upload: None,
    tell: Callable[[Weighed], None] = lambda _weighed: None,
) -> list[Weighed]:
    """Ask each for its parts, many at a time; what is gone by now is left out.

    `tell` gets each as it is known, on the caller's thread. Raises StorageError if the server is away.
    """

    def look(numbered: tuple[int, OpenUpload]) -> tuple[int, Weighed | None]:
        at, upload = numbered
        ctx.cancel.check()
        held: PartsHeld | None
        try:
            held = uploads_of(ctx.vfs, upload.place).parts(upload, ctx.cancel)
        except NotFound:
            return at, None
        except (Denied, Unsupported):
            held = None
        return at, Weighed(upload, held, owner_of(upload))

    known: dict[int, Weighed] = {}
    for at, weighed in ctx.fan_out(look, enumerate(uploads)):
        if weighed is not None:
            known[at] = weighed
            tell(weighed)
    return [known[at] for at in sorted(known)]


def refusal(vfs: Vfs, weighed: Weighed) -> str:
    """Why it may not be aborted; empty if it may. No I/O."""
    if weighed.owner is not None and weighed.owner.refusal:
        return weighed.owner.refusal
    if _written_here(vfs, weighed.upload):
        return "A job of this tfm is writing it: cancel that job first."
    return ""


def _written_here(vfs: Vfs, upload: OpenUpload) -> bool:
    """By whichever connection: two may lead to one bucket."""
    facets = (storage.facets.uploads for storage in vfs.opened())
    return any(facet is not None and facet.writes(upload) for facet in facets)


def abort(ctx: OpContext, doomed: Sequence[Weighed], ledger: Ledger = NO_LEDGER) -> Report:
    """End uploads; each is in the report.

    Whose they are is looked up anew, and so is what they hold: one that has grown since it was weighed is
    being written, and stays. While one of an interrupted job goes, nobody can take up that job.
    """
    report = Report("abort")
    ctx.meter.plan(len(doomed), 0)
    ctx.meter.planned()
    owner_of = ledger.owners()
    loose: list[Weighed] = []
    owned: dict[Owner, list[Weighed]] = {}
    for each in doomed:
        owner = owner_of(each.upload)
        if owner is None:
            loose.append(each)
        elif owner.refusal:
            ctx.end(report, _failed(each, TooLate(owner.refusal, place=each.upload.place)))
        else:
            owned.setdefault(owner, []).append(each)
    for result in ctx.fan_out(lambda each: _end(ctx, each), loose):
        ctx.end(report, result)
    for owner, uploads in owned.items():
        for result in _end_owned(ctx, ledger, owner, uploads):
            ctx.end(report, result)
    return report


def _end_owned(
    ctx: OpContext, ledger: Ledger, owner: Owner, uploads: Sequence[Weighed]
) -> Iterator[ItemResult]:
    told = 0
    try:
        with ledger.holding(owner) as gone:
            for each in uploads:
                result = _end(ctx, each)
                if result.outcome in (Outcome.DONE, Outcome.SKIPPED):
                    gone(each.upload)
                told += 1
                yield result
    except StorageError as error:
        for each in uploads[told:]:
            yield _failed(each, error)


def _end(ctx: OpContext, weighed: Weighed) -> ItemResult:
    upload = weighed.upload
    place = now(upload.place)
    ctx.meter.start(place)
    try:
        ctx.cancel.check()
        if _written_here(ctx.vfs, upload):
            raise TooLate("A job of this tfm is writing it: cancel that job first.", place=place)
        facet = uploads_of(ctx.vfs, place)
        if weighed.held is not None:
            try:
                held = facet.parts(upload, ctx.cancel)
            except NotFound:
                return _result(weighed, Outcome.SKIPPED, "it is gone already")
            if held != weighed.held:  # also where a part took the place of another as large
                raise TooLate(
                    f"The upload of {safe_text(str(place))} changed meanwhile: somebody is writing it.",
                    place=place,
                    verb=_VERB,
                    hint="Look again.",
                )
        ctx.vfs.apply(lambda _s: facet.abort(upload, ctx.cancel), place, verb=_VERB)
    except Cancelled:
        return _result(weighed, Outcome.CANCELLED)
    except StorageError as error:
        return _failed(weighed, error)
    return _result(weighed, Outcome.DONE)


def _failed(weighed: Weighed, error: StorageError) -> ItemResult:
    return _result(weighed, Outcome.FAILED, str(error), error)


def _result(
    weighed: Weighed, outcome: Outcome, reason: str = "", error: StorageError | None = None
) -> ItemResult:
    size = weighed.held.bytes if weighed.held is not None else 0
    return ItemResult(
        now(weighed.upload.place), None, outcome, size, reason, f"upload {weighed.upload.id}",
        error=error,
    )  # fmt: skip
