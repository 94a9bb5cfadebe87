"""What some storages can do: one Protocol per ability, those of object stores in `object_facets`,
`container_facets` and `bucket_facets`.

A facet is present or None; nobody finds out by trying. `Vfs.facets(location)` hands out the record.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.location import Location
from tfm.storage.base import Extent, Hints, Leftover, Page, Removal, Work, Written
from tfm.storage.bucket_facets import Settings
from tfm.storage.container_facets import Acceleration, Containers, Payment
from tfm.storage.object_facets import Access, Costs, Presign, Rewrite, Tags, Tiers, Versions
from tfm.storage.object_locks import Locks
from tfm.storage.open_uploads import Uploads
from tfm.storage.server_facets import Abilities
from tfm.storage.server_keys import ServerKeys
from tfm.storage.statistics import RequestFigures


class Rename(Protocol):
    """Gives a file or a whole directory another name, at once and atomically."""

    def rename(
        self, source: Location, destination: Location, *, replaces: Entry | None = None
    ) -> Change:
        """Move within this storage.

        Raises AlreadyExists unless the thing at the destination is `replaces` (a file), CrossDevice
        where only copying helps.
        """
        ...


class ServerCopy(Protocol):
    """Copies a file inside the storage, without the bytes passing through the caller.

    On a local disk this is the kernel's copy (clone, extents, holes) with all attributes.
    """

    def copy(
        self, source: Location, entry: Entry, destination: Location, hints: Hints, work: Work
    ) -> Written:
        """Copy one regular file; fails with TooLate if the source is no longer `entry`."""
        ...


class Source(Protocol):
    """A local file that a transfer reads in pieces."""

    size: int
    entry: Entry

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes at `offset`. Raises TooLate if the file ends before."""
        ...

    def check_unchanged(self) -> None:
        """Raise TooLate if the file is no longer what it was when it was opened."""
        ...


class Sink(Protocol):
    """A local file under construction that a transfer fills in pieces, in any order."""

    def write_at(self, offset: int, data: bytes) -> None:
        """Store `data` at `offset`."""
        ...

    def arrived(self, extent: Extent) -> None:
        """These bytes were written and are whole: a later run may build on them."""
        ...

    def kept(self, offset: int, size: int) -> Iterator[bytes] | None:
        """Blocks of just these bytes, if an interrupted run wrote them and they are still the same."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """A download that arrived whole: the facts of the answer and how it was checked."""

    entry: Entry
    checked: bool
    notes: tuple[str, ...] = ()


class Transfer(Protocol):
    """Moves one file between a local disk and this storage, in parallel pieces when it is large."""

    def upload(self, source: Source, destination: Location, hints: Hints, work: Work) -> Written:
        """Store `source`; on any failure nothing stays, neither object nor unfinished upload."""
        ...

    def download(self, source: Location, entry: Entry, sink: Sink, work: Work) -> Fetched:
        """Fill `sink` with the object that the listing showed as `entry`; TooLate if it changed."""
        ...


class OpenPieces(Protocol):
    """Opens local files for a transfer in pieces."""

    def open_source(self, location: Location, expected: Entry | None) -> SourceHandle:
        """Open a regular file for reading; TooLate if it is no longer `expected`."""
        ...

    def open_sink(self, location: Location, hints: Hints) -> SinkHandle:
        """Begin a file beside its final name."""
        ...


class SourceHandle(Source, Protocol):
    """A `Source` with an end."""

    def close(self) -> None:
        """Give the descriptor back."""
        ...


class SinkHandle(Sink, Protocol):
    """A `Sink` that can be published once it is filled."""

    def commit(self, hints: Hints, *, checked: bool) -> Written:
        """Set metadata and publish. `hints` come from the answer that was read."""
        ...

    def abort(self) -> None:
        """Remove the unfinished file; idempotent, without effect after `commit`."""
        ...


class DeleteMany(Protocol):
    """Removes many files by name in one call.

    `conditional` is true where the server itself refuses, item by item, to remove something that
    is no longer what was expected; elsewhere each expectation costs a look of its own.
    """

    batch: int

    @property
    def conditional(self) -> bool:
        """Whether the server compares; may read configuration, sends nothing."""
        ...

    def delete_many(
        self, items: Sequence[tuple[Location, Entry | None]], cancel: CancelToken = NEVER
    ) -> Sequence[Removal]:
        """Remove at most `batch` items; every one of them is in the answer exactly once.

        What is gone already counts as removed; a real directory fails with IsDirectory. `cancel`
        ends the waiting for a server that does not answer; what it came too early for ends with Stopped.
        Raises Cancelled where that is all of them.
        """
        ...


class DeleteTree(Protocol):
    """Removes a directory and all beneath it, without ever following a link out of it."""

    def delete_tree(
        self,
        location: Location,
        work: Work,
        report: Callable[[Removal], None],
        keep: Callable[[Location], bool],
    ) -> Change:
        """Remove bottom-up; each item is reported; what fails or is kept keeps its parents."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, or given its attributes: what changed, what stands there, what was not kept."""

    change: Change
    entry: Entry
    notes: tuple[str, ...] = ()


class TreeCopy(Protocol):
    """Carries what surrounds the files of a tree: directories, links, further names of one file.

    Directories are pinned by the entry that was seen or made: whatever was put in the place of one
    since, a link first of all, raises TooLate, so that neither side is ever led out of its tree.
    Of `Hints`, `within`, `durable` and what each method names count.
    """

    def pin(self, directory: Location) -> Entry:
        """The directory that a name leads to now; links are followed, for the user chose the name."""
        ...

    def scan(self, directory: Location, expected: Entry, cancel: CancelToken) -> Iterator[Page]:
        """As `Storage.scan`, of the directory that was seen as `expected`."""
        ...

    def make_directory(self, location: Location, hints: Hints) -> Made:
        """Make a directory, or find it; AlreadyExists if anything else is there, also a link to one.

        With a `mode` nobody else may enter before `copy_attributes`.
        """
        ...

    def copy_link(self, source: Location, entry: Entry, target: Location, hints: Hints) -> Made:
        """Copy a symbolic link with its attributes; AlreadyExists if something is there."""
        ...

    def hard_link(self, first: Location, entry: Entry, target: Location, hints: Hints) -> Made:
        """Give the copy that was published as `entry` a further name, `replaces` permitting.

        Unsupported if there cannot be one, or if `first` is no longer that copy.
        """
        ...

    def copy_attributes(
        self, source: Location, entry: Entry, target: Location, made: Entry, hints: Hints
    ) -> Made:
        """Give the directory `made` all attributes of the directory `entry`, whose time counts."""
        ...


class Walk(Protocol):
    """Lists all keys beneath a directory of a key store in one go."""

    def walk(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        """Entries whose `name` is the key relative to `directory`, verbatim.

        Markers end with `/`; the marker of `directory` itself has the empty name. NotFound where
        no key begins with the directory's.
        """
        ...


class Beginnings(Protocol):
    """Lists the rows of a directory whose names begin with a text, without listing the others."""

    def beginning_with(
        self, directory: Location, start: str, cancel: CancelToken
    ) -> tuple[Page, bool]:
        """At most one page of rows, and whether there are more: one request. None is no error."""
        ...


class LocalPath(Protocol):
    """Knows the path by which the operating system reaches a place."""

    def local_path(self, location: Location) -> str:
        """The absolute path."""
        ...


class Attributes(Protocol):
    """Changes time and permission bits."""

    def set_attributes(
        self, location: Location, *, mtime_ns: int | None = None, mode: int | None = None
    ) -> Change:
        """Set what is given; links themselves, not their targets."""
        ...


@dataclass(frozen=True, slots=True)
class Ownership:
    """Numbers of an owner and a group; None leaves one as it is."""

    user: int | None
    group: int | None


@dataclass(frozen=True, slots=True)
class Accounts:
    """Users and groups that can be named, with their numbers. A directory service may keep more."""

    users: Mapping[str, int]
    groups: Mapping[str, int]


class Owners(Protocol):
    """Gives things to other owners and groups."""

    def accounts(self) -> Accounts:
        """All that the system lists; may ask a directory service."""
        ...

    def resolve(self, user: str, group: str | None) -> Ownership:
        """What names or numbers mean: no user and None leave one as it is.

        An empty group is that of the user's login. Raises InvalidName for what is unknown.
        """
        ...

    def set_owner(self, location: Location, expected: Entry, ownership: Ownership) -> Made:
        """Give away a thing, a link itself and not its target; TooLate if it is no longer `expected`.

        Set-user-ID and set-group-ID of a file may go with that; then a note says so.
        """
        ...


class Links(Protocol):
    """Reads and makes symbolic links, and hard links."""

    def read_link(self, location: Location) -> str:
        """The target text, verbatim."""
        ...

    def make_link(self, location: Location, target: str) -> Change:
        """Make a symbolic link; AlreadyExists if something is there."""
        ...

    def make_hard_link(self, location: Location, existing: Location) -> Change:
        """Make another name for a file."""
        ...


class Fate(enum.Enum):
    """What a delete means at a place."""

    UNDOABLE = "can be undone"
    PERMANENT = "permanent"
    UNKNOWN = "not known"


class Retention(Protocol):
    """Knows whether deleted things can come back."""

    def fate(self, location: Location) -> Fate:
        """At most one request per container, remembered."""
        ...


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what is known about a thing: what it is called, and its value, verbatim."""

    label: str
    value: str


class Describe(Protocol):
    """Knows more about a thing than its row in the listing tells."""

    def describe(self, location: Location) -> Sequence[Fact]:
        """All of it, in the order a reader wants; a request or two. Times are UTC. Raises NotFound."""
        ...


class Measures(Protocol):
    """Knows how much a bucket holds without looking into it: somebody measures it now and then."""

    def measured(self, bucket: Location) -> Sequence[Fact]:
        """How much it is, in words, and of when; some requests. Raises Unsupported where nobody measures."""
        ...


class Watch(Protocol):
    """Tells when a directory changes behind our back."""

    def watch(self, directory: Location, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` from some thread after changes; returns the way to stop."""
        ...


class Identity(Protocol):
    """Tells whether two places are one and the same thing, whatever they are called."""

    def identity(self, location: Location) -> Hashable:
        """Equal for equal things, links followed, also across connections. Raises NotFound."""
        ...

    def lineage(self, directory: Location) -> Sequence[Hashable]:
        """Identities of a directory and of all it really lies in, links resolved. Raises NotFound."""
        ...


class FreeSpace(Protocol):
    """Knows how much room is left."""

    def free_bytes(self, location: Location) -> int:
        """Bytes an ordinary user can still write there."""
        ...


class Unfinished(Protocol):
    """Knows what it has begun and not yet published, for a program that must leave now."""

    def abort_unfinished(self, seconds: float, /) -> Sequence[str]:
        """Give up everything unfinished, within `seconds`; names what could not be given up.

        Called from the main thread while other threads may still be at work. Never raises.
        """
        ...

    def remove_leftover(self, leftover: Leftover, replaced: Entry | None) -> None:
        """Clear up what a killed program left; nothing happens if it is gone already.

        `replaced` is what that program was allowed to replace: only that, and what it wrote itself, is
        ever removed. Raises StorageError with what is still there.
        """
        ...


class Fingerprint(Protocol):
    """Tells whose listings these are, so that they can be kept for the next run."""

    def fingerprint(self) -> str:
        """Another text for every other account and server; no secret in it, and no request.

        Empty where that cannot be known without one: then nothing is kept.
        """
        ...


class Counts(Protocol):
    """Counts what it asks a server for."""

    def requests(self) -> Sequence[RequestFigures]:
        """Since it was opened, by kind, the most frequent first; any thread, nothing is asked."""
        ...


class Reports(Protocol):
    """Sends its figures to a service beside the storage, in the background; present where the user wants that."""

    def use_cache(self, used: Callable[[], tuple[int, int]]) -> None:
        """Report these as well: hits and misses of the cache, since the start."""
        ...

    def end(self) -> None:
        """Begin to send what is left, and nothing after that; returns at once."""
        ...

    def ended(self, seconds: float) -> bool:
        """Wait so long at most for the end of that; False if it needs longer."""
        ...


class Login(Protocol):
    """Knows as whom it asks a server."""

    def known(self) -> str:
        """The credentials in use, in words and without secrets; asks nobody; empty where none were used yet."""
        ...

    def login(self, location: Location) -> Sequence[Fact]:
        """Where they come from, whose they are, how long they last; a request. Raises NeedsLogin."""
        ...


class Outside(Protocol):
    """Tells other programs how to reach this storage."""

    def environ(self, place: Location) -> Mapping[str, str]:
        """Variables for tools that speak to the same server: who, where; never a secret. No request."""
        ...


@dataclass(frozen=True, slots=True)
class Facets:
    """The abilities of one storage; None where it has none of that kind."""

    rename: Rename | None = None
    server_copy: ServerCopy | None = None
    transfer: Transfer | None = None
    pieces: OpenPieces | None = None
    delete_many: DeleteMany | None = None
    delete_tree: DeleteTree | None = None
    tree_copy: TreeCopy | None = None
    walk: Walk | None = None
    beginnings: Beginnings | None = None
    local_path: LocalPath | None = None
    attributes: Attributes | None = None
    owners: Owners | None = None
    links: Links | None = None
    retention: Retention | None = None
    describe: Describe | None = None
    presign: Presign | None = None
    rewrite: Rewrite | None = None
    access: Access | None = None
    tags: Tags | None = None
    tiers: Tiers | None = None
    costs: Costs | None = None
    watch: Watch | None = None
    free_space: FreeSpace | None = None
    identity: Identity | None = None
    unfinished: Unfinished | None = None
    outside: Outside | None = None
    fingerprint: Fingerprint | None = None
    counts: Counts | None = None
    reports: Reports | None = None
    login: Login | None = None
    measures: Measures | None = None
    versions: Versions | None = None
    containers: Containers | None = None
    settings: Settings | None = None
    uploads: Uploads | None = None
    abilities: Abilities | None = None
    payment: Payment | None = None
    acceleration: Acceleration | None = None
    locks: Locks | None = None
    keys: ServerKeys | None = None
