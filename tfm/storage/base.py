"""What every storage does: seven methods, a record of facts, a record of abilities.

A storage is shared by all threads. Every method raises `StorageError` (see `model/errors.py`) and
looks at its `CancelToken` between pages and blocks. Nothing here knows another storage.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self, TypeVar

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.columns import Column
from tfm.model.entry import Entry
from tfm.model.errors import StorageError
from tfm.model.location import Location, Root

if TYPE_CHECKING:
    from tfm.storage.facets import Facets

T = TypeVar("T")
R = TypeVar("R")

Page = Sequence[Entry]


COLOURS = ("red", "green", "yellow", "blue", "magenta", "cyan")


@dataclass(frozen=True, slots=True)
class Connection:
    """A name that may stand before the `@` of a place. `quiet`: using it asks nobody and runs nothing."""

    name: str
    quiet: bool = True


@dataclass(frozen=True, slots=True)
class Features:
    """Facts about a storage.

    `cache_ttl` is in seconds, 0 where listings are never cached. `stores_mtime` is true where a
    written file keeps the time it is given. `free_names` is true where any text is a legal name
    (so names that come down to a local disk may need encoding). `part_threshold` is the size in
    bytes above which a transfer goes in parallel pieces and therefore runs on its own.
    `refuses` says why a name or size (in bytes) cannot be stored there; empty if it can. `label`
    names the account or server for the header of a pane; empty where both are the default. `colour` is one of
    `COLOURS`, in which that is shown; empty where none was chosen. `begins`
    is the directory above which nothing is shown, None for the top.
    """

    title: str
    real_directories: bool = True
    cache_ttl: float = 0.0
    remote: bool = False
    stores_mtime: bool = True
    free_names: bool = False
    writable: bool = True
    part_threshold: int = 2**63 - 1
    refuses: Callable[[Location, int | None], str] = lambda _location, _size: ""
    label: str = ""
    colour: str = ""
    begins: Location | None = None


class Evidence(enum.IntEnum):
    """How well a copy was checked; a higher value proves more."""

    SIZE = 1
    CHECKSUM = 2
    READBACK = 3


class Extent(NamedTuple):
    """A run of bytes that arrived whole: where it begins, its length in bytes, its CRC-32."""

    offset: int
    size: int
    crc: int


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something unfinished that outlives a killed program: a temporary file, an open upload.

    `name` is the path of the file or the id of the upload; empty while a server was asked for one
    and has not answered. `place` is where the finished thing would have been. `identity` tells the
    file from another one that may have got its name; empty while it is not known. `since` is when it
    was begun, in nanoseconds since 1970 by our clock. `extents` are what a file is known to hold.
    `properties` is a digest of what the finished thing would have besides its bytes; empty if nobody told.
    """

    place: Location
    name: str = ""
    identity: str = ""
    since: int = 0
    extents: tuple[Extent, ...] = ()
    properties: str = ""


class Trail(Protocol):
    """Where a writer tells of what it leaves about, so that it can be taken up or cleared up later.

    Called before the thing exists, or at the moment its name is known; from any thread.
    """

    @property
    def stays(self) -> bool:
        """True when the job is cut off: what a later run can take up is to be left where it is."""
        ...

    def cut_off(self) -> None:
        """A server went away for longer than anybody waits: from now on this file `stays`."""
        ...

    def earlier(self) -> Sequence[Leftover]:
        """What an interrupted run left of this very file, whose source has not changed since."""
        ...

    def leave(self, leftover: Leftover) -> None:
        """It may be there from now on."""
        ...

    def arrived(self, leftover: Leftover, extent: Extent) -> None:
        """A file holds these bytes now."""
        ...

    def gone(self, leftover: Leftover) -> None:
        """It was published, or removed for certain."""
        ...


class _NoTrail:
    stays = False

    def cut_off(self) -> None:
        pass

    def earlier(self) -> Sequence[Leftover]:
        return ()

    def leave(self, leftover: Leftover) -> None:
        pass

    def arrived(self, leftover: Leftover, extent: Extent) -> None:
        pass

    def gone(self, leftover: Leftover) -> None:
        pass


NO_TRAIL: Trail = _NoTrail()
"""For writers nobody would clear up behind."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a writer is told about the file to come.

    `replaces` is the entry that may be replaced, as it was shown: the publish fails with TooLate if
    something else stands there by then, or nothing does. None means that nothing may stand there
    (AlreadyExists). `size` in bytes and `mtime_ns` are those of the source, None if unknown.
    `within` is the directory as it was made or seen, where directories are real: TooLate if another
    one, or a link, has taken its place. `trail` is told of what is left about meanwhile. With `read_back`
    a disk reads from the medium what it wrote, before it gets its name: Corrupt if it differs. `keeps`
    is for another version of what is replaced: what a key store holds of that besides the bytes stays.
    `tier` is the class of storage it is to have, where there are any; empty leaves that to the settings.
    `headers` and `metadata` are what the source has besides its bytes, as its reader told.
    """

    size: int | None = None
    mtime_ns: int | None = None
    mode: int | None = None
    replaces: Entry | None = None
    durable: bool = False
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    within: Entry | None = None
    read_back: bool = False
    keeps: bool = False
    tier: str = ""
    trail: Trail = field(default=NO_TRAIL, compare=False)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was published: what changed, what stands there now, how it was checked.

    `notes` are short sentences for the report ("Modification time was not kept.").
    """

    change: Change
    entry: Entry
    evidence: Evidence
    notes: tuple[str, ...] = ()


class FanOut(Protocol):
    """A bounded, cancellable map; results come as they are ready, in any order.

    If `act` raises, the rest is not started, what runs is waited for, and the error is raised.
    """

    def __call__(self, act: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Apply `act` to all items."""
        ...


def one_by_one(act: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The fan-out that uses no thread."""
    return map(act, items)


@dataclass(frozen=True, slots=True)
class Work:
    """What an act that takes long may use: a token, a byte counter, spare hands.

    `progress` is called with bytes moved since the last call (negative when a piece is repeated),
    from any thread.
    """

    cancel: CancelToken = NEVER
    progress: Callable[[int], None] = lambda _count: None
    fan_out: FanOut = field(default=one_by_one)


class Reader(ABC):
    """Reads one file from an offset to its end.

    `entry` holds the facts of the very answer that is read (size, time, mode, ETag), so that nobody
    asks twice. Leaving the `with` block closes it. `headers` (by their names in HTTP) and `metadata` are what
    a key store keeps beside the bytes, `tags` how many it has of those, None where that is not told.
    """

    entry: Entry
    headers: tuple[tuple[str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    tags: int | None = 0

    @abstractmethod
    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty only at the end. Raises TooLate if the source changed."""

    @abstractmethod
    def verify(self) -> Evidence:
        """After the end: check count and digest. Raises Corrupt, or TooLate if it changed."""

    @abstractmethod
    def close(self) -> None:
        """Give the connection or descriptor back; idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Writer(ABC):
    """Writes one file beside its name and publishes it whole; nobody ever sees half of it.

    Leaving the `with` block without `commit` aborts.
    """

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Append `data`. Raises NoSpace, Offline …; the writer must then be aborted.

        Does not count progress: whoever reads the other side does.
        """

    @abstractmethod
    def commit(self) -> Written:
        """Verify what was stored and publish it under its name, as the hints allow."""

    @abstractmethod
    def abort(self) -> None:
        """Leave nothing behind; idempotent, and without effect after `commit`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.abort()


class Storage(ABC):
    """One storage, whole. `tests/contract` is the test of every sentence here.

    All methods may be called from any thread at once.
    """

    root: Root
    features: Features
    facets: Facets
    columns: tuple[Column, ...]

    @abstractmethod
    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """The entries of one directory, in pages of about 1,000, in the order they come.

        An empty directory yields no page or empty ones. Raises NotFound, NotDirectory (in a key
        store a file is no directory of that name: NotFound), Denied;
        Cancelled between pages.
        """

    @abstractmethod
    def stat(self, location: Location) -> Entry:
        """The facts of one thing, asked afresh; links are not followed. Raises NotFound.

        In a key store `a` asks for the object and `a/` for the directory; neither means the other.
        """

    @abstractmethod
    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        """Open a regular file. With `expected`, raises TooLate if it is another one by now.

        With `length` in bytes the storage is asked for no more than that: a look at a file that
        may be long or still growing, which `verify` proves nothing about.
        Raises NotFound, IsDirectory, Denied, ColdStorage; Unsupported for special files.
        """

    @abstractmethod
    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        """Begin to write; missing parents are an error where directories are real."""

    @abstractmethod
    def mkdir(self, location: Location) -> Change:
        """Make one directory. Raises AlreadyExists, NotFound (parent); Denied for containers that
        this backend does not make.
        """

    @abstractmethod
    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
        """Remove one file, link or empty directory, never what lies beneath.

        Raises NotFound, NotEmpty; TooLate if `expected` is given and something else stands there.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of connections; calls in flight may fail."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of one thing in a bulk delete; `error` is None if it is gone."""

    location: Location
    error: StorageError | None = None
