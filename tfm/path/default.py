"""The Vfs behind every `Path` of this process: the one global of the house."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from tfm.model.change import Change
from tfm.model.listing import Listing
from tfm.model.location import Location
from tfm.storage.vfs import Vfs

LEAST_SECONDS = 1.0
"""How long the facts of a listing count for the paths it gave, even where nothing is cached."""


class Seen:
    """Whether what one listing said still counts; shared by all paths that it gave.

    `rows` is how many those were, 0 where nobody counted.
    """

    __slots__ = ("__weakref__", "_deep", "_directory", "_gone", "rows", "until")

    def __init__(self, directory: Location, until: float, *, rows: int, deep: bool) -> None:
        self._directory = directory
        self._deep = deep
        self._gone: set[Location] = set()
        self.rows = rows
        self.until = until

    def counts(self, place: Location | None) -> bool:
        """False once the listing is too old, or anything of ours changed that directory."""
        return time.time() < self.until and not (self._gone and place in self._gone)

    @property
    def others(self) -> bool:
        """True if the listing showed more than has been removed since."""
        return self.rows > len(self._gone) and time.time() < self.until

    def hear(self, change: Change, removing: Location | None) -> None:
        """Stop counting if the change touches what was listed.

        A path that removes itself says nothing about its neighbours.
        """
        top = self._directory
        if not change.covers(top) and not (
            self._deep and any(top.holds(place) for place in change.directories | change.subtrees)
        ):
            return
        inside = removing is not None and (
            removing.parent == top or (self._deep and top.holds(removing))
        )
        if removing is not None and inside and _is_only(change, removing):
            self._gone.add(removing)
        else:
            self.until = 0.0


def _is_only(change: Change, place: Location) -> bool:
    """True if nothing but this one thing can have changed."""
    return change.subtrees <= {place.as_directory()} and change.directories <= set(
        place.ancestors()
    )


class _Default:
    """Makes the Vfs when it is first needed, and hears of every change made through it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._vfs: Vfs | None = None
        self._leave: Callable[[], None] = lambda: None
        self._seen: weakref.WeakSet[Seen] = weakref.WeakSet()
        self._thread = threading.local()

    def get(self) -> Vfs:
        found = self._vfs
        if found is not None:
            return found
        with self._lock:
            if self._vfs is None:
                self._take(Vfs())
            assert self._vfs is not None
            return self._vfs

    def set(self, vfs: Vfs | None) -> Vfs | None:
        with self._lock:
            before = self._vfs
            self._leave()
            self._leave = lambda: None
            self._vfs = None
            for seen in self._seen:
                seen.until = 0.0
            if vfs is not None:
                self._take(vfs)
            return before

    def _take(self, vfs: Vfs) -> None:
        self._vfs = vfs
        self._leave = vfs.subscribe(self._changed)

    @contextmanager
    def removing(self, place: Location) -> Iterator[None]:
        self._thread.removing = place
        try:
            yield
        finally:
            self._thread.removing = None

    def _changed(self, change: Change) -> None:
        removing: Location | None = getattr(self._thread, "removing", None)
        with self._lock:
            for seen in self._seen:
                seen.hear(change, removing)

    def seen(self, directory: Location, until: float, *, rows: int, deep: bool) -> Seen:
        until = max(until, time.time() + LEAST_SECONDS)
        seen = Seen(directory, until, rows=rows, deep=deep)
        with self._lock:
            self._seen.add(seen)
        return seen

    def forget(self) -> None:
        with self._lock:
            for seen in self._seen:
                seen.until = 0.0


_DEFAULT = _Default()


def default_vfs() -> Vfs:
    """The Vfs that every `Path` uses; made at the first call, without settings of config.py."""
    return _DEFAULT.get()


def set_default_vfs(vfs: Vfs | None) -> Vfs | None:
    """Let every `Path` use this Vfs from now on; None makes a new one when needed.

    Returns the one before. Neither is closed.
    """
    return _DEFAULT.set(vfs)


def seen(listing: Listing, lifetime: float) -> Seen:
    """The token for paths made from a listing that is kept for `lifetime` seconds."""
    return _DEFAULT.seen(
        listing.where, listing.taken_at + lifetime, rows=len(listing.entries), deep=False
    )


def seen_beneath(directory: Location, lifetime: float) -> Seen:
    """The same for a flat listing of everything beneath, which begins now.

    Take it before the listing begins, so that no change in between is missed.
    """
    return _DEFAULT.seen(directory, time.time() + lifetime, rows=0, deep=True)


def removing(place: Location) -> AbstractContextManager[None]:
    """What this thread changes in the block is the removal of this one thing."""
    return _DEFAULT.removing(place)


def forget_seen() -> None:
    """Every path asks again, whatever its listing said."""
    _DEFAULT.forget()
