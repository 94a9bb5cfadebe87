"""The one door: everybody reaches every storage through a `Vfs`.

It opens backends, answers from the cache, joins two askers of one directory into one request, and
after every act drops what the act touched and tells whoever listens. Backends stay private to it,
so invalidation cannot be forgotten. All methods may be called from any thread except one that was
forbidden (`forbid_this_thread`, the UI's): no key press ever waits for I/O.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, beneath
from tfm.model.columns import Column
from tfm.model.entry import Entry, Kind
from tfm.model.errors import Cancelled, NotFound, ReadOnly, StorageError, Unsupported
from tfm.model.listing import Listing
from tfm.model.location import Location, Root, Style
from tfm.model.past import is_past, now
from tfm.model.text import safe_text
from tfm.storage.asked import AFRESH, MISS, asked, each_asked
from tfm.storage.base import Features, Hints, Reader, Storage, Work, Writer
from tfm.storage.blocks import ContentCache, stamp_of
from tfm.storage.cache import ListingCache, Ticket, size_of
from tfm.storage.device_codes import DeviceCodes
from tfm.storage.facets import Facets, Fact
from tfm.storage.flight import Flight
from tfm.storage.guard import guarded, harmless
from tfm.storage.object_facets import Keeping
from tfm.storage.publishing import PublishingWriter
from tfm.storage.registry import Options, open_storage

_log = logging.getLogger("tfm.vfs")

_DESCRIBED_BYTES = 1024 * 1024
# each may be of a whole bucket; what is larger than the cache is not kept at all
_FLAT_LISTINGS = 32
_FOR_REPORTS = 1.0

OnPage = Callable[[Sequence[Entry]], None]


class HasChange(Protocol):
    """What an act returns: a `Change`, or something that carries one. Never None."""

    @property
    def change(self) -> Change:
        """What was touched."""
        ...


C = TypeVar("C", bound=HasChange)


def _tell_hit(verb: str, place: Location) -> None:
    if _log.isEnabledFor(logging.DEBUG):
        _log.debug("%s %s cache=hit", verb, safe_text(str(place)))


class Vfs:
    """Lists, reads, writes and changes places of all roots.

    `options` are plain values by scheme, handed to the backend when it is first needed. `codes` is who answers those
    that want the code of a device; the options of their scheme name it, too.
    """

    def __init__(
        self,
        options: Mapping[str, Options] | None = None,
        *,
        read_only: bool = False,
        cache: ListingCache | None = None,
        storages: Mapping[Root, Storage] | None = None,
        codes: DeviceCodes | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.cache = cache or ListingCache()
        self.blocks: ContentCache[bytes] = ContentCache(len)
        self.described: ContentCache[tuple[Fact, ...]] = ContentCache(
            lambda facts: sum(len(fact.label) + len(fact.value) for fact in facts),
            max_bytes=_DESCRIBED_BYTES,
        )
        self.flat = ListingCache(max_entries=_FLAT_LISTINGS, deep=True)
        self.codes = codes or DeviceCodes()
        self.read_only = read_only
        self._options = dict(options or {})
        self._clock = clock
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._storages: dict[Root, Storage] = dict(storages or {})
        self._flights: dict[Location, Flight] = {}
        self._listeners: list[Callable[[Change], None]] = []
        self._keeping: dict[tuple[Root, str], Keeping] = {}
        self._forbidden: set[int] = set()

    # -- facts -----------------------------------------------------------------------------------

    def features(self, location: Location) -> Features:
        """The facts about the storage of a place; opens the backend, no request."""
        return self._storage(location).features

    def facets(self, location: Location) -> Facets:
        """The abilities of the storage of a place."""
        return self._storage(location).facets

    def known_features(self, location: Location) -> Features | None:
        """As `features` where the backend is in use already, else None; opens nothing."""
        storage = self._storages.get(location.root)
        return None if storage is None else storage.features

    def known_facets(self, location: Location) -> Facets:
        """As `facets` where the backend is in use already, else none; opens nothing."""
        storage = self._storages.get(location.root)
        return Facets() if storage is None else storage.facets

    def columns(self, location: Location) -> tuple[Column, ...]:
        """What stands beside the names there, most important first."""
        storage = self._storage(location)
        facet = storage.facets.containers if location.is_top else None
        return storage.columns if facet is None else facet.columns

    def lifetime(self, location: Location) -> float:
        """How long a listing of that storage is kept, in seconds; 0 where never."""
        return self._lifetime(self._storage(location))

    def _lifetime(self, storage: Storage) -> float:
        kept = storage.features.cache_ttl
        chosen = self.cache.chosen_ttl
        # a choice is about storages that are worth caching, not about the local disk
        return kept if chosen is None or not (kept or storage.features.remote) else chosen

    def opened(self) -> tuple[Storage, ...]:
        """The backends in use so far, for whoever ends the program."""
        with self._lock:
            return tuple(self._storages.values())

    def forbid_this_thread(self) -> None:
        """From now on any I/O asked for on the calling thread raises RuntimeError."""
        self._forbidden.add(threading.get_ident())

    # -- reading ---------------------------------------------------------------------------------

    def cached(self, directory: Location, *, used: bool = False) -> Listing | None:
        """The listing if it is known; never any I/O. With `used` it counts as a hit, and as recent."""
        directory = directory.as_directory()
        with harmless("cache"):
            if used:
                return self.cache.get(directory, counted=False)
            return self.cache.peek(directory)
        return None

    def _is_kept(self, root: Root) -> bool:
        """Whether listings of a storage are worth keeping: else nobody missed one."""
        storage = self._storages.get(root)
        return root.style is Style.KEY if storage is None else self._lifetime(storage) > 0

    def scan(
        self,
        directory: Location,
        *,
        cancel: CancelToken = NEVER,
        on_page: OnPage | None = None,
        fresh: bool = False,
        ttl: float | None = None,
    ) -> Listing:
        """The whole listing of a directory; `on_page` sees the entries as they arrive.

        A known listing costs no request. `fresh` asks the storage in any case. `ttl` keeps what is
        read now for so many seconds. Raises StorageError; Cancelled if `cancel` is set, and then the
        paging stops unless somebody else still waits.
        """
        self._check_thread()
        directory = directory.as_directory()
        if not fresh:
            with harmless("cache"):
                known = self.cache.get(directory, counted=self._is_kept(directory.root))
                if known is not None:
                    _tell_hit("list", directory)
                    if on_page and known.entries:
                        on_page(known.entries)
                    return known
        with self._lock:
            flight = None if fresh else self._flights.get(directory)
            lead = flight is None or not flight.join()
            if flight is None or lead:
                flight = self._flights[directory] = Flight()
                flight.join()
        forget = cancel.on_cancel(flight.leave)
        try:
            if lead:
                why = AFRESH if fresh else MISS
                return self._lead(directory, flight, cancel, on_page, ttl, why)
            return self._follow(flight, cancel, on_page)
        finally:
            forget()

    def _lead(
        self,
        directory: Location,
        flight: Flight,
        cancel: CancelToken,
        on_page: OnPage | None,
        ttl: float | None,
        why: str,
    ) -> Listing:
        ticket = self._ticket(directory)
        try:
            storage = self._storage(directory)
            with guarded(directory, "list"):
                for page in each_asked(why, storage.scan(directory, flight.token)):
                    flight.token.check()
                    flight.add(page)
                    if on_page and page and not cancel.cancelled:
                        on_page(page)
                flight.token.check()
            listing = Listing(directory, tuple(flight.entries), self._clock())
            with harmless("cache"):
                self.cache.put(ticket, listing, self._lifetime(storage) if ttl is None else ttl)
            flight.end(listing, None)
        except BaseException as error:
            flight.end(None, error)
            raise
        finally:
            self._discard(ticket)
            with self._lock:
                if self._flights.get(directory) is flight:
                    del self._flights[directory]
        cancel.check()
        return listing

    @staticmethod
    def _follow(flight: Flight, cancel: CancelToken, on_page: OnPage | None) -> Listing:
        seen = 0
        while True:
            with flight.condition:
                flight.condition.wait_for(
                    lambda seen=seen: (  # type: ignore[misc]
                        len(flight.entries) > seen
                        or flight.outcome is not None
                        or flight.error is not None
                        or cancel.cancelled
                    )
                )
                page = flight.entries[seen:]
                outcome, error = flight.outcome, flight.error
            cancel.check()
            if page:
                seen += len(page)
                if on_page:
                    on_page(page)
            elif outcome is not None:
                return outcome
            elif isinstance(error, StorageError | Cancelled):
                raise error
            elif error is not None:
                raise RuntimeError("the listing that was waited for failed") from error

    def walk(
        self, directory: Location, *, cancel: CancelToken = NEVER, fresh: bool = False
    ) -> Iterator[Sequence[Entry]]:
        """Everything beneath a directory of a key store, by one flat listing; see `Walk.walk`.

        It is kept as long as a listing is, and dropped with any change beneath: a known one costs no
        request. What is larger than the cache is not kept. Raises Unsupported where there is none.
        """
        self._check_thread()
        directory = directory.as_directory()
        if not fresh:
            with harmless("cache"):
                known = self.flat.get(directory)
                if known is not None:
                    _tell_hit("walk", directory)
                    yield known.entries
                    return
        storage = self._storage(directory)
        facet = storage.facets.walk
        if facet is None:
            raise Unsupported(f"{safe_text(str(directory))} has no flat listing.", place=directory)
        ticket = Ticket(directory)
        with harmless("cache"):
            ticket = self.flat.ticket(directory)
        try:
            entries: list[Entry] = []
            room = self.flat.max_bytes
            with guarded(directory, "list"):
                for page in each_asked(AFRESH if fresh else MISS, facet.walk(directory, cancel)):
                    cancel.check()
                    room -= size_of(page)
                    if room > 0:
                        entries.extend(page)
                    else:
                        entries.clear()
                    yield page
            if room > 0:
                listing = Listing(directory, tuple(entries), self._clock())
                with harmless("cache"):
                    self.flat.put(ticket, listing, self._lifetime(storage))
        finally:
            with harmless("cache"):
                self.flat.discard(ticket)

    def stat(self, location: Location, *, fresh: bool = False) -> Entry:
        """The facts of one thing: from a cached listing, a remembered fact, or one request.

        In a key store `a` is the object and `a/` the directory. Links are not followed. Raises
        NotFound; Denied, Offline …
        """
        self._check_thread()
        if not fresh:
            with harmless("cache"):
                known, entry = self._remembered(location)
                if known:
                    _tell_hit("stat", location)
                if known and entry is None:
                    raise NotFound(
                        f"There is no {safe_text(str(location))}.", place=location, verb="stat"
                    )
                if entry is not None:
                    return entry
        storage = self._storage(location)
        ttl = self._lifetime(storage)
        ticket = self._ticket(location.parent)
        try:
            with guarded(location, "stat"), asked(AFRESH if fresh else MISS):
                entry = storage.stat(location)
        except NotFound:
            with harmless("cache"):
                self.cache.put_fact(ticket, location, None, ttl)
            raise
        except BaseException:
            self._discard(ticket)
            raise
        with harmless("cache"):
            self.cache.put_fact(ticket, location, entry, ttl)
        return entry

    def remembered(self, location: Location) -> Entry | None:
        """The facts of one thing if they are known; never any I/O."""
        with harmless("cache"):
            return self._remembered(location)[1]
        return None

    def _remembered(self, location: Location) -> tuple[bool, Entry | None]:
        if location.root.style is Style.KEY and location.looks_like_directory:
            if self.cache.peek(location) is not None:
                return True, Entry(location.name, Kind.DIRECTORY)
            if location.is_top:
                return True, Entry("", Kind.DIRECTORY)
        parent = self.cache.peek(location.parent)
        # a container may exist although the account's list does not show it
        if parent is not None and not location.is_top and not location.is_container:
            self.cache.get(parent.where)  # it was of use: count it, keep it longer
            directory = (
                location.looks_like_directory if parent.where.root.style is Style.KEY else None
            )
            return True, parent.find(location.name, directory=directory)
        return self.cache.fact(location, counted=self._is_kept(location.root))

    def exists(self, location: Location) -> bool:
        """True if something of that name is there; in a key store an object or a directory."""
        try:
            self.resolve(location)
        except NotFound:
            return False
        return True

    def resolve(self, location: Location, *, fresh: bool = False) -> tuple[Location, Entry]:
        """What a typed place means: the thing itself, else the directory of that name."""
        if location.root.style is Style.PATH or location.looks_like_directory:
            return location, self.stat(location, fresh=fresh)
        try:
            return location, self.stat(location, fresh=fresh)
        except NotFound as missing:
            directory = location.as_directory()
            try:
                return directory, self.stat(directory, fresh=fresh)
            except NotFound:
                raise missing from None

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        """Open a file for reading; see `Storage.open_read`."""
        self._check_thread()
        with guarded(location, "read"):
            storage = self._storage(location)
            return storage.open_read(location, offset, expected=expected, length=length)

    def describe(self, location: Location, entry: Entry) -> tuple[Fact, ...]:
        """What the storage knows beyond the listing; of unchanged content it is asked once."""
        self._check_thread()
        facet = self.facets(location).describe
        if facet is None:
            return ()
        stamp, ttl = stamp_of(entry), self.lifetime(location)
        known = self.described.get(location, stamp) if stamp and ttl > 0 else None
        if known is not None:
            return known
        epoch = self.described.epoch
        with guarded(location, "look at"):
            facts = tuple(facet.describe(location))
        if stamp:
            self.described.put(location, stamp, facts, ttl, epoch)
        return facts

    def keeping(self, location: Location) -> Keeping:
        """Whether the container of a place keeps versions; one request, remembered by the storage."""
        self._check_thread()
        today = now(location)
        facet = self.facets(today).versions
        with guarded(location, "look at"):
            state = Keeping.NONE if facet is None else facet.keeping(today)
        self._keeping[today.root, today.container] = state
        return state

    def known_keeping(self, location: Location) -> Keeping | None:
        """What was last said of it, or what needs no question; never any I/O."""
        today = now(location)
        storage = self._storages.get(today.root)
        if storage is not None and storage.facets.versions is None:
            return Keeping.NONE
        return self._keeping.get((today.root, today.container))

    def forget_keeping(self, location: Location) -> None:
        """The container may keep versions now, or no more: what was said of it holds no longer."""
        self._keeping.pop((location.root, location.container), None)

    # -- changing --------------------------------------------------------------------------------

    def apply(self, act: Callable[[Storage], C], *locations: Location, verb: str = "change") -> C:
        """Run an act on the storage of the first place; drop and publish what it touched.

        If the act raises, everything at and beneath the places named counts as touched.
        """
        self._check_thread()
        first = locations[0]
        self.check_writable(first, verb)
        change = beneath(*locations)
        try:
            with guarded(first, verb):
                result = act(self._storage(first))
            change = result.change
            return result
        finally:
            self._publish(change)

    def check_writable(self, location: Location, verb: str) -> None:
        """Raise ReadOnly where nothing may be changed: for what is not itself an act, but lets somebody write."""
        if is_past(location.root):
            raise ReadOnly(
                f"Cannot {verb} {safe_text(str(location))}: what was cannot be changed.",
                place=location,
                verb=verb,
                hint="Go back to the present first.",
            )
        if self.read_only:
            raise ReadOnly(
                f"Cannot {verb} {safe_text(str(location))}: tfm was started with --read-only.",
                place=location,
                verb=verb,
                hint="Start it without --read-only to change anything.",
            )
        if not self._storage(location).features.writable:
            raise ReadOnly(
                f"Cannot {verb} {safe_text(str(location))}: its connection is read-only.",
                place=location,
                verb=verb,
                hint="S3_CONNECTIONS in the configuration says so.",
            )

    def mkdir(self, location: Location) -> Change:
        """Make one directory; see `Storage.mkdir`."""
        return self.apply(lambda s: s.mkdir(location), location, verb="make directory")

    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
        """Remove one file, link or empty directory; see `Storage.delete`."""
        return self.apply(lambda s: s.delete(location, expected=expected), location, verb="delete")

    def open_write(
        self, location: Location, hints: Hints | None = None, work: Work | None = None
    ) -> Writer:
        """Begin to write a file; its commit drops and publishes what changed."""
        self._check_thread()
        self.check_writable(location, "write")
        with guarded(location, "write"):
            writer = self._storage(location).open_write(location, hints or Hints(), work or Work())
        return PublishingWriter(writer, location, self._publish)

    def touch(self, *directories: Location) -> None:
        """Somebody else may have changed these directories: forget them and say so."""
        self.forget(Change(directories=frozenset(d.as_directory() for d in directories)))

    def forget(self, change: Change) -> None:
        """The same for whole subtrees."""
        self._publish(change)

    def _publish(self, change: Change) -> None:
        if not change:
            return
        with harmless("cache"):
            self.cache.drop(change)
            self.blocks.drop(change)
            self.described.drop(change)
        with harmless("cache"):
            self.flat.drop(change)
        with self._lock:
            # whoever asks from now on must not join a listing that began before the change
            for place in [place for place in self._flights if change.covers(place)]:
                del self._flights[place]
            listeners = tuple(self._listeners)
        for listener in listeners:
            with harmless("listener"):  # what was done is done, whoever cannot bear to hear it
                listener(change)

    def subscribe(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call `listener` with every change, on whatever thread made it; returns the way out."""
        with self._lock:
            self._listeners.append(listener)

        def leave() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return leave

    def close(self) -> None:
        """Close every backend. What they report gets a second for its last word, and no more."""
        with self._lock:
            storages, self._storages = list(self._storages.values()), {}
        reports = [each for storage in storages if (each := storage.facets.reports) is not None]
        for report in reports:
            report.end()
        deadline = time.monotonic() + _FOR_REPORTS
        for report in reports:
            report.ended(max(0.0, deadline - time.monotonic()))
        for storage in storages:
            storage.close()

    # -- inside ----------------------------------------------------------------------------------

    def _storage(self, location: Location) -> Storage:
        root = location.root
        storage = self._storages.get(root)
        if storage is None:
            self._check_thread()
            today = self._storage(now(location)) if is_past(root) else None
            with self._opening, guarded(location, "open"):
                storage = self._storages.get(root)
                if storage is None:
                    storage = (
                        self._past(today, root) if today else open_storage(root, self._options)
                    )
                    if storage.facets.reports is not None:
                        storage.facets.reports.use_cache(lambda: self.cache.used(root))
                    with self._lock:
                        self._storages[root] = storage
        return storage

    @staticmethod
    def _past(today: Storage, root: Root) -> Storage:
        facet = today.facets.versions
        if facet is None:
            raise Unsupported(
                f"{today.features.title} keeps no earlier versions.", place=Location(root, "")
            )
        return facet.past(root)

    def _ticket(self, directory: Location) -> Ticket:
        with harmless("cache"):
            return self.cache.ticket(directory)
        return Ticket(directory)

    def _discard(self, ticket: Ticket) -> None:
        with harmless("cache"):
            self.cache.discard(ticket)

    def _check_thread(self) -> None:
        if threading.get_ident() in self._forbidden:
            raise RuntimeError("I/O was asked for on a thread that must never wait")
