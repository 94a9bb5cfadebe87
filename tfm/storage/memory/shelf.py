"""What both ways of keeping files in memory have in common."""

from __future__ import annotations

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from tfm.model.entry import Entry, same_content
from tfm.model.errors import AlreadyExists, StorageError, TooLate
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints

Clock = Callable[[], int]
"""Nanoseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file and what was said about them when they were stored.

    `etag` is the MD5 in hexadecimal; `serial` is never given twice, like an inode that is not reused.
    """

    data: bytes
    stored_at: int
    etag: str
    serial: int
    mtime_ns: int | None = None
    mode: int | None = None
    content_type: str = ""
    metadata: tuple[tuple[str, str], ...] = ()


def refusal(
    kind: type[StorageError], place: Location, verb: str, reason: str, hint: str = ""
) -> StorageError:
    """The error of that kind, worded like everybody else's."""
    text = f"Cannot {verb} {safe_text(str(place))}: {reason}"
    return kind(text, place=place, verb=verb, hint=hint)


def check_expected(place: Location, verb: str, expected: Entry | None, now: Entry) -> None:
    """Raise TooLate if `now` is not the thing that was `expected`."""
    if expected is not None and not same_content(expected, now):
        raise refusal(TooLate, place, verb, "it changed meanwhile.", "Refresh and look again.")


def check_replaces(place: Location, hints: Hints, now: Entry | None, verb: str = "write") -> None:
    """Raise unless what stands at `place` is exactly what the hints allow to be replaced."""
    if hints.replaces is None:
        if now is not None:
            raise refusal(AlreadyExists, place, verb, "something of that name is already there.")
    elif now is None:
        raise refusal(TooLate, place, verb, "what it was to replace is gone.", "Refresh.")
    else:
        check_expected(place, verb, hints.replaces, now)


class Shelf(ABC):
    """Keeps files by location. Every method is one step: nobody sees half of it.

    Whoever looks and then acts in two calls holds `lock` around both.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self._serials = count(1)

    def stored(self, data: bytes, hints: Hints) -> Content:
        """The content that a write with these hints leaves behind."""
        return Content(
            data,
            self.clock(),
            hashlib.md5(data, usedforsecurity=False).hexdigest(),
            next(self._serials),
            hints.mtime_ns,
            hints.mode,
            hints.content_type,
            hints.metadata,
        )

    @abstractmethod
    def rows(self, directory: Location) -> list[Entry]:
        """Everything directly inside. Raises NotFound, NotDirectory."""

    @abstractmethod
    def stat(self, location: Location, verb: str = "stat") -> Entry:
        """The facts of one thing. Raises NotFound."""

    @abstractmethod
    def content(self, location: Location, verb: str = "read") -> Content:
        """The bytes of a file. Raises NotFound, IsDirectory."""

    @abstractmethod
    def check_place(self, location: Location, hints: Hints, verb: str = "write") -> None:
        """Raise what `put` would raise now; nothing is stored."""

    @abstractmethod
    def put(self, location: Location, content: Content, hints: Hints, verb: str = "write") -> Entry:
        """Publish a file as the hints allow. Raises AlreadyExists, TooLate, NotFound."""

    @abstractmethod
    def mkdir(self, location: Location) -> None:
        """Make one directory. Raises AlreadyExists, NotFound."""

    @abstractmethod
    def remove(self, location: Location, expected: Entry | None) -> None:
        """Remove one file or empty directory. Raises NotFound, NotEmpty, TooLate."""

    @abstractmethod
    def remove_key(self, location: Location, expected: Entry | None) -> None:
        """Remove exactly what has this name, as a bulk delete does. Raises as `remove`."""
