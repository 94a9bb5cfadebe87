"""What stands at the destination, and what to do about it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tfm.model.cancel import CancelToken
from tfm.model.conflict import Answer, Conflict, Decision
from tfm.model.entry import Entry
from tfm.model.errors import AlreadyExists, Cancelled, NotDirectory, NotFound, SameObject
from tfm.model.location import Location, Style
from tfm.model.naming import numbered
from tfm.model.text import safe_text
from tfm.ops.context import OpContext
from tfm.ops.plan import Item
from tfm.ops.refuse import identity_of

# below this many items a look at each name is cheaper than listing its directory
_LISTING_PAYS = 3
# rows of one page: each costs about what one look costs
_PAGE = 1000


class Occupancy:
    """What is at the destination now, asked as seldom as possible and never from the cache."""

    def __init__(self, ctx: OpContext, targets: Iterable[Location]) -> None:
        self._ctx = ctx
        self._targets = set(targets)
        self._planned = Counter(target.parent for target in self._targets)
        self._directories: dict[Location, dict[tuple[str, bool], Entry] | None] = {}
        self._looked_at: set[Location] = set()
        self._too_long: set[Location] = set()

    def looked_at(self, target: Location) -> bool:
        """True if what `at` said came from a look at that very place, not from a listing."""
        return target in self._looked_at

    def at(self, target: Location) -> Entry | None:
        """What stands there, or None."""
        if target.root.style is Style.PATH:
            return self._look(target)
        if self._planned[target.parent] < _LISTING_PAYS and target.parent not in self._directories:
            if self._known_missing(target.parent):
                return None
            return self._look(target)
        held = self._directory(target.parent)
        if target.parent in self._too_long:
            return self._look(target)
        return None if held is None else held.get((target.name, target.looks_like_directory))

    def _look(self, target: Location) -> Entry | None:
        try:
            found = self._ctx.outlast(lambda: self._ctx.vfs.stat(target, fresh=True))
        except (NotFound, NotDirectory):
            return None
        self._looked_at.add(target)
        return found

    def _known_missing(self, directory: Location) -> bool:
        """True if a listing already made shows that this directory, or one above, is not there."""
        here = directory
        while not here.is_top and not here.is_container:
            if here in self._too_long:
                return False
            if here in self._directories:
                return self._directories[here] is None
            above = self._directories.get(here.parent)
            if above is not None and here.parent not in self._too_long:
                return (here.name, True) not in above
            if above is None and here.parent in self._directories:
                return True
            here = here.parent
        return False

    def _directory(self, directory: Location) -> dict[tuple[str, bool], Entry] | None:
        if directory not in self._directories:
            above = directory.parent
            if above in self._targets and self._planned[above] >= _LISTING_PAYS:
                self._directory(above)  # in a tree that is new it tells so of all its directories
            if self._known_missing(directory):
                self._directories[directory] = None
            else:
                self._directories[directory] = self._list(directory)
        return self._directories[directory]

    def _list(self, directory: Location) -> dict[tuple[str, bool], Entry] | None:
        """List it, but give up once the pages cost more than a look at each planned name."""
        enough = CancelToken()
        forget = self._ctx.cancel.on_cancel(enough.cancel)
        rows = 0

        def count(page: Sequence[Entry]) -> None:
            nonlocal rows
            rows += len(page)
            if rows > _PAGE * self._planned[directory]:
                enough.cancel()

        try:
            listing = self._ctx.outlast(
                lambda: self._ctx.vfs.scan(directory, cancel=enough, on_page=count, fresh=True)
            )
        except NotFound:
            return None
        except Cancelled:
            self._ctx.cancel.check()
            self._too_long.add(directory)
            return {}
        finally:
            forget()
        return dict(listing.index())


class Settler:
    """Answers conflicts: asks the resolver, remembers "apply to all", finds free names."""

    def __init__(self, ctx: OpContext, occupancy: Occupancy, verb: str) -> None:
        self._ctx = ctx
        self.occupancy = occupancy
        self._verb = verb
        self._standing: Decision | None = None
        self._taken: set[Location] = set()
        self._spellings: dict[str, list[Location]] = {}

    def settle(self, item: Item) -> tuple[Item, Entry | None] | str:
        """The item, perhaps under a new name, with what it may replace; or why it is skipped.

        Raises AlreadyExists where nobody may answer, Cancelled where the answer was cancel.
        """
        while True:
            existing = self.occupancy.at(item.target)
            if existing is None and item.target not in self._taken:
                self._take(item.target)
                return item, None
            if existing is None:
                existing = self._of_this_job(item)
            elif not existing.is_directory and not self.occupancy.looked_at(item.target):
                # the listing does not tell the stored time, and may be seconds old
                existing = self._stat(item.target)
            decision = self._ask(item, existing)
            settled = self._follow(item, existing, decision)
            if isinstance(settled, Item):
                item = settled
                continue
            return settled

    def _of_this_job(self, item: Item) -> Entry:
        """What this job has put there. Raises AlreadyExists where it is not there yet, or never came."""
        try:
            return self._stat(item.target)
        except NotFound as error:
            raise AlreadyExists(
                f"Two of the sources would be {safe_text(str(item.target))}.",
                place=item.target,
                verb=self._verb,
                hint=f"{self._verb.capitalize()} this one again under another name.",
            ) from error

    def _ask(self, item: Item, existing: Entry) -> Decision:
        if self._standing is not None:
            return self._standing
        source_entry = self._full(item)
        decision = self._ctx.resolver.resolve(
            Conflict(item.source, source_entry, item.target, existing, self._verb)
        )
        if decision.to_all:
            self._standing = decision
        return decision

    def _follow(
        self, item: Item, existing: Entry, decision: Decision
    ) -> Item | tuple[Item, Entry | None] | str:
        answer = decision.answer
        if answer is Answer.CANCEL:
            self._ctx.cancel.cancel()
            raise Cancelled
        if answer is Answer.SKIP:
            return "something of that name is already there"
        if answer is Answer.FAIL:
            raise AlreadyExists(
                f"{safe_text(str(item.target))} is already there.",
                place=item.target,
                verb=self._verb,
                hint="Nothing was changed. Choose what to do with --on-conflict.",
            )
        if answer is Answer.KEEP_BOTH:
            return replace(item, target=self._free_name(item))
        if answer is Answer.RENAME:
            target = item.target.parent.child(decision.name, directory=item.entry.is_directory)
            return replace(item, target=target)
        if existing.is_directory != item.entry.is_directory:
            raise AlreadyExists(
                f"A {'directory' if existing.is_directory else 'file'} named "
                f"{safe_text(item.target.name)} is in the way.",
                place=item.target,
                verb=self._verb,
                hint="Rename one of the two.",
            )
        if answer is Answer.NEWER and not self._newer(item, existing):
            return "the one already there is not older"
        if answer is Answer.DIFFERENT and not self._different(item, existing):
            return "the one already there is the same"
        self._refuse_own(item)
        if self._verb == "move" and _seem_one(item, existing):
            raise SameObject(
                f"{safe_text(str(item.target))} seems to be the source itself under another name.",
                place=item.target,
                verb=self._verb,
                hint="Nothing was changed. If they are two, copy it, then delete the source.",
            )
        self._take(item.target)
        return item, existing

    def _take(self, target: Location) -> None:
        self._taken.add(target)
        if target.root.style is Style.PATH:
            self._spellings.setdefault(_folded(target), []).append(target)

    def _refuse_own(self, item: Item) -> None:
        """Never replace what this job has put there itself: a disk may take two names for one.

        Which names are one only the disk knows, so those that differ in case or in the form of
        their letters are compared by identity.
        """
        others = self._spellings.get(_folded(item.target), [])
        if item.target in others:
            return
        mine = identity_of(self._ctx, item.target) if others else None
        for place in others:
            if mine is not None and mine == identity_of(self._ctx, place):
                raise AlreadyExists(
                    f"{safe_text(str(item.target))} and {safe_text(place.name)} are one name there.",
                    place=item.target,
                    verb=self._verb,
                    hint="The first was kept. Choose to keep both, or rename one of the two.",
                )

    def _newer(self, item: Item, existing: Entry) -> bool:
        mine = self._full(item).source_mtime_ns
        theirs = existing.source_mtime_ns
        return mine is not None and theirs is not None and mine > theirs

    def _different(self, item: Item, existing: Entry) -> bool:
        if item.entry.size != existing.size:
            return True
        if item.entry.etag and existing.etag and item.source.root == item.target.root:
            return item.entry.etag != existing.etag
        return self._full(item).source_mtime_ns != existing.source_mtime_ns

    def _full(self, item: Item) -> Entry:
        """The source as it is now, with its stored time; one request where the storage is remote."""
        return self._stat(item.source)

    def _stat(self, place: Location) -> Entry:
        return self._ctx.outlast(lambda: self._ctx.vfs.stat(place, fresh=True))

    def _free_name(self, item: Item) -> Location:
        """`name (2).ext`, `name (3).ext` … the first that nobody has."""
        directory = item.entry.is_directory
        names = numbered(item.target.name, directory=directory)
        places = (item.target.parent.child(name, directory=directory) for name in names)
        return next(
            place
            for place in places
            if place not in self._taken and self.occupancy.at(place) is None
        )


def _folded(target: Location) -> str:
    """The same for all places that some disk may take for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", target.key).casefold())


def _seem_one(item: Item, there: Entry) -> bool:
    """True if the key and all that is told of two objects is the same: they may be one by two names.

    A bucket and its access point, or one server under two addresses, cannot be told apart by name,
    and a move would delete what it has just written onto itself.
    """
    mine, source = item.entry, item.source
    if Style.PATH in (source.root.style, item.target.root.style):
        return False
    if source.inner_key != item.target.inner_key:
        return False
    if not mine.etag or mine.etag != there.etag or mine.size != there.size:
        return False
    second = 10**9  # a listing and a look tell the time of an upload in different grain
    return (mine.mtime_ns or 0) // second == (there.mtime_ns or 0) // second
