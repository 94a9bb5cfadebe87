"""What is stored beneath a directory, by storage class and by directory: counted from flat listings.

One request for each 1,000 keys and no other: the listing tells the class. The count is a lower bound that grows; it can be
looked at from any thread while it does. It only informs, so what is cached is used.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tfm.model.entry import Entry, ObjectDetails
from tfm.model.errors import NotFound, StorageError
from tfm.model.location import Location
from tfm.model.past import now
from tfm.ops.context import OpContext
from tfm.ops.plan import can_walk_flat
from tfm.storage.object_facets import Version
from tfm.storage.prices import NO_TERMS, NOTHING, Amount, Amounts, PriceList, amount_of

_MOST_DIRECTORIES = 20_000
_MOST_CHILDREN = 1000
_AT_ONCE = 200
"""Entries that are added before somebody who wants to look gets a turn."""


class _Node:
    """One directory: all beneath it by class, and the directories in it that were told apart."""

    __slots__ = ("children", "sums")

    def __init__(self) -> None:
        self.sums: dict[str, list[int]] = {}
        self.children: dict[str, _Node] = {}

    def add(self, storage_class: str, amount: Amount) -> None:
        # in place: this runs for each object in each of its directories
        sums = self.sums.get(storage_class)
        if sums is None:
            sums = self.sums[storage_class] = [0, 0, 0, 0, 0]
        sums[0] += amount.objects
        sums[1] += amount.bytes
        sums[2] += amount.billed
        sums[3] += amount.index
        sums[4] += amount.watched

    @property
    def amounts(self) -> dict[str, Amount]:
        return {name: Amount(*sums) for name, sums in self.sums.items()}


@dataclass(frozen=True, slots=True)
class Level:
    """One directory as it was counted so far: `amounts` of all beneath it by class.

    `children` are the directories in it, `right_here` is what lies in none of them. `left_out` directories are
    in neither: there are too many to show, and these hold least.
    """

    path: str
    amounts: Amounts
    children: Sequence[tuple[str, Amounts]]
    right_here: Amounts
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """What is paid for and no listing shows: earlier versions and unfinished uploads, by class.

    `marks` of deletes hold nothing. `no_uploads` says why uploads are not known.
    """

    versions: Amounts = field(default_factory=dict)
    marks: int = 0
    uploads: Amounts = field(default_factory=dict)
    no_versions: bool = False
    no_uploads: str = ""
    complete: bool = False


class Usage:
    """A count under way; every method may be called from any thread.

    `prices` are those of the place, None where none are known. `complete` is true once all was counted,
    `unreadable` how many directories could not be.
    """

    def __init__(self, top: Location, prices: PriceList | None = None) -> None:
        self.top = top
        self.prices = prices
        self.complete = False
        self.unreadable = 0
        self._lock = threading.Lock()
        self._root = _Node()
        self._nodes = 1

    def add(self, entries: Sequence[Entry]) -> None:
        """Count these; their names are paths beneath the top, as a flat listing tells them."""
        for at in range(0, len(entries), _AT_ONCE):
            with self._lock:
                for entry in entries[at : at + _AT_ONCE]:
                    self._add(entry)

    def add_one(self, storage_class: str, amount: Amount) -> None:
        """Count one thing that lies in no directory beneath."""
        with self._lock:
            self._root.add(storage_class, amount)

    def end(self) -> None:
        """All are counted."""
        self.complete = True

    def level(self, path: str = "") -> Level:
        """What is known of a directory, by its path beneath the top, which ends with a slash."""
        with self._lock:
            node = self._node(path)
            if node is None:
                return Level(path, {}, (), {})
            children = [(name, child.amounts) for name, child in node.children.items()]
            amounts = node.amounts
        right_here = dict(amounts)
        for _, inside in children:
            for name, amount in inside.items():
                right_here[name] = _less(right_here[name], amount)
        right_here = {name: amount for name, amount in right_here.items() if amount.objects}
        shown: Sequence[tuple[str, Amounts]] = children
        if len(children) > _MOST_CHILDREN:
            shown = heapq.nlargest(_MOST_CHILDREN, children, key=lambda child: bytes_of(child[1]))
        return Level(path, amounts, shown, right_here, len(children) - len(shown))

    def _node(self, path: str) -> _Node | None:
        node: _Node | None = self._root
        for name in path.split("/")[:-1]:
            node = node.children.get(name) if node is not None else None
        return node

    def _add(self, entry: Entry) -> None:
        kept = class_of(entry)
        terms = NO_TERMS if self.prices is None else self.prices.terms_of(kept)
        amount = amount_of(entry.size or 0, terms)
        node = self._root
        node.add(kept, amount)
        for name in entry.name.split("/")[:-1]:
            child = node.children.get(name)
            if child is None:
                if self._nodes >= _MOST_DIRECTORIES:
                    return  # its bytes are in the directory above, where it is not told apart
                child = node.children[name] = _Node()
                self._nodes += 1
            node = child
            node.add(kept, amount)


def class_of(entry: Entry) -> str:
    """The storage class that a listing told, empty where it told none."""
    return entry.details.storage_class if isinstance(entry.details, ObjectDetails) else ""


def bytes_of(amounts: Amounts) -> int:
    """Of all classes together."""
    return sum(amount.bytes for amount in amounts.values())


def objects_of(amounts: Amounts) -> int:
    """Of all classes together."""
    return sum(amount.objects for amount in amounts.values())


def _less(whole: Amount, part: Amount) -> Amount:
    return Amount(
        whole.objects - part.objects,
        whole.bytes - part.bytes,
        whole.billed - part.billed,
        whole.index - part.index,
        whole.watched - part.watched,
    )


def prices_at(ctx: OpContext, place: Location) -> PriceList | None:
    """The prices there, None where none are known; may read configuration, sends nothing.

    What was is told with the prices of today.
    """
    place = now(place)
    facet = ctx.vfs.facets(place).costs
    return None if facet is None else facet.prices(place)


def measure(
    ctx: OpContext,
    usage: Usage,
    tell: Callable[[], None] = lambda: None,
    *,
    fresh: bool = False,
) -> Usage:
    """Count everything beneath `usage.top`; `tell` is called after each page. Raises StorageError, Cancelled."""
    top = usage.top.as_directory()
    if can_walk_flat(top) and ctx.vfs.facets(top).walk is not None:
        for page in ctx.vfs.walk(top, cancel=ctx.cancel, fresh=fresh):
            usage.add(page)
            tell()
    else:
        _measure_deep(ctx, top, usage, tell, fresh=fresh)
    usage.end()
    tell()
    return usage


def _measure_deep(
    ctx: OpContext, top: Location, usage: Usage, tell: Callable[[], None], *, fresh: bool
) -> None:
    """Directory by directory, where there is no flat listing; links are not followed."""
    waiting = [(top, "")]
    while waiting:
        here, path = waiting.pop()
        try:
            listing = ctx.vfs.scan(here, cancel=ctx.cancel, fresh=fresh)
        except StorageError:
            if here == top:
                raise
            usage.unreadable += 1
            continue
        files: list[Entry] = []
        for entry in listing.entries:
            if entry.is_directory:
                waiting.append((listing.location(entry), f"{path}{entry.name}/"))
            else:
                files.append(
                    Entry(path + entry.name, entry.kind, entry.size, entry.mtime_ns, entry.details)
                )
        usage.add(files)
        tell()


def measure_beside(
    ctx: OpContext,
    top: Location,
    prices: PriceList | None,
    tell: Callable[[Beside], None] = lambda _beside: None,
) -> Beside:
    """Earlier versions and unfinished uploads beneath a directory, or of one object: a request for each 1,000 of
    them, and one for each upload, whose parts are counted. Raises StorageError, Cancelled.
    """
    facets = ctx.vfs.facets(top)
    found = Beside(no_versions=True)
    if facets.versions is not None and ctx.vfs.keeping(top).may_have_versions:
        found = Beside()
        for page in facets.versions.versions(top, ctx.cancel):
            found = _with_versions(found, page, prices)
            tell(found)
    if facets.uploads is not None:
        try:
            for uploads in facets.uploads.uploads(top, ctx.cancel):
                for upload in uploads:
                    try:
                        held = facets.uploads.parts(upload, ctx.cancel).bytes
                    except NotFound:
                        continue  # it has just ended
                    found = _with_upload(found, upload.storage_class, held)
                    tell(found)
        except (
            StorageError
        ) as error:  # not every server lists them, and the versions are of use without
            found = replace(found, no_uploads=str(error))
    found = replace(found, complete=True)
    tell(found)
    return found


def _with_versions(found: Beside, page: Sequence[Version], prices: PriceList | None) -> Beside:
    amounts, marks = dict(found.versions), found.marks
    for version in page:
        if version.deleted:
            marks += 1
        elif not version.latest:
            kept = class_of(version.entry)
            terms = NO_TERMS if prices is None else prices.terms_of(kept)
            amounts[kept] = amounts.get(kept, NOTHING) + amount_of(version.entry.size or 0, terms)
    return replace(found, versions=amounts, marks=marks)


def _with_upload(found: Beside, kept: str, size: int) -> Beside:
    # no object yet: nothing of a least size or beside it is billed
    held = found.uploads.get(kept, NOTHING) + amount_of(size)
    return replace(found, uploads={**found.uploads, kept: held})


def usual_class(ctx: OpContext, place: Location) -> str:
    """What is called the class of things that were stored without naming one; empty if there are no classes."""
    tiers = ctx.vfs.facets(now(place)).tiers
    return tiers.classes[0].name if tiers is not None and tiers.classes else ""


def named(amounts: Amounts, usual: str) -> Mapping[str, Amount]:
    """With a name for the class that the listing did not name."""
    found: dict[str, Amount] = {}
    for name, amount in amounts.items():
        found[name or usual] = found.get(name or usual, NOTHING) + amount
    return found
