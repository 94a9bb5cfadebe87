"""What object stores can do beside what file systems can: versions, headers, classes, tags, links."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.location import Location, Root
from tfm.storage.base import Removal, Storage, Work, Written
from tfm.storage.prices import PriceList

Pairs = tuple[tuple[str, str], ...]
"""Names and values."""


class Keeping(enum.Enum):
    """Whether a container keeps what is overwritten and deleted there."""

    ON = "on"
    SUSPENDED = "suspended"
    OFF = "off"
    DENIED = "may not be asked"
    NONE = "not known to this server"

    @property
    def may_have_versions(self) -> bool:
        """False where there certainly are none."""
        return self not in (Keeping.OFF, Keeping.NONE)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a file, or the mark that a delete has left (`deleted`).

    `place` is where it can be read; `entry` is what a listing of that time would show. `owner` is
    empty where the server does not tell.
    """

    place: Location
    id: str
    entry: Entry
    latest: bool
    deleted: bool = False
    owner: str = ""


class Versions(Protocol):
    """Knows earlier versions of files."""

    batch: int

    def keeping(self, location: Location) -> Keeping:
        """One request; remembered for as long as listings are kept. Raises StorageError if offline."""
        ...

    def versions(self, place: Location, cancel: CancelToken) -> Iterator[Sequence[Version]]:
        """All versions of a file, or of everything beneath a directory, in pages.

        The newest of each file comes first, in the order the server keeps. None is no error.
        """
        ...

    def needs_code(self, location: Location) -> bool:
        """Whether each removal there wants the code of a device; asked together with `keeping`."""
        ...

    def remove_versions(
        self, versions: Sequence[Version], cancel: CancelToken = NEVER, *, code: str = ""
    ) -> Sequence[Removal]:
        """Remove at most `batch` of them for good; each is in the answer once, by its place.

        What is gone already counts as removed. Removing the mark of a delete brings the file back.
        `code` is the name of a device, a blank, and what it shows: good for one call.
        """
        ...

    def past(self, root: Root) -> Storage:
        """The storage of a past root (`model/past.py`) of this one; read-only, no I/O."""
        ...


@dataclass(frozen=True, slots=True)
class Encryption:
    """How a server encrypts what it stores, and with which of its keys; both empty: as it does unasked."""

    kind: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What an object has besides its bytes.

    `headers` are all that can be changed, in the order people want; an empty text is not set.
    """

    entry: Entry
    headers: tuple[tuple[str, str], ...]
    metadata: tuple[tuple[str, str], ...]
    storage_class: str
    encryption: Encryption


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be another about an object; whatever is not named stays as it is.

    An empty value takes a header or a piece of metadata away.
    """

    headers: tuple[tuple[str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    storage_class: str = ""
    encryption: Encryption | None = None


class Rewrite(Protocol):
    """Changes what an object has besides its bytes, by storing it anew over itself."""

    @property
    def headers(self) -> Sequence[str]:
        """Names of those that can be changed, in the order people want."""
        ...

    @property
    def encryptions(self) -> Sequence[Tier]:
        """Kinds of encryption that can be asked for; the first, without a name, is none in particular."""
        ...

    @property
    def parts_above(self) -> int:
        """Size in bytes above which a change goes in parallel pieces and therefore runs on its own."""
        ...

    def held(self, location: Location) -> Held:
        """All of it, asked afresh. Raises NotFound."""
        ...

    def fault_in(self, edit: Edit) -> str:
        """Why no object can be given that; empty if one can. No request."""
        ...

    def rewrite(self, location: Location, entry: Entry, edit: Edit, work: Work) -> Written:
        """Change it if it still is `entry`; everything that `edit` does not name stays, or a note says
        what did not. Nothing is sent, and the change is empty, where all is as wanted already.

        Raises TooLate if it is another one by now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tier:
    """A class of storage, or a speed of restoring; `refusal` says why nobody can choose it."""

    name: str
    title: str
    refusal: str = ""


class Tiers(Protocol):
    """Knows the classes of storage, and brings archived things back for a while.

    All but `restore` send nothing. `entry` is what was seen, `wanted` the name of a class.
    """

    @property
    def classes(self) -> Sequence[Tier]:
        """All of them."""
        ...

    @property
    def speeds(self) -> Sequence[Tier]:
        """How fast a restore can be, the usual one first."""
        ...

    def fault(self, location: Location, entry: Entry, wanted: str) -> str:
        """Why it cannot become that class; empty if it can be tried."""
        ...

    def warning(self, entry: Entry, wanted: str, now_ns: int) -> str:
        """What becoming that class costs beside the copy; empty if nothing."""
        ...

    def archived(self, entry: Entry) -> bool:
        """True for what cannot be read before it is restored, as far as was seen."""
        ...

    def pauses(self, speed: str) -> tuple[float, float]:
        """Seconds before the first look whether a restore has come, and the longest between two."""
        ...

    def restorable(self, entry: Entry, speed: str) -> str:
        """Why it cannot be restored so fast, or needs not; empty if it can be tried."""
        ...

    def restore(
        self,
        location: Location,
        entry: Entry,
        days: int,
        speed: str,
        cancel: CancelToken = NEVER,
    ) -> Change:
        """Ask for a copy that can be read for so many days; it comes hours later.

        Raises TooLate where it was asked for already and has not come.
        """
        ...


class Costs(Protocol):
    """Knows what storing and asking costs. Nothing here sends a request."""

    def prices(self, location: Location) -> PriceList | None:
        """Those that hold there, None where none are known; may read configuration."""
        ...

    def pieces(self, size: int, *, inside: bool = False) -> int:
        """In how many pieces so many bytes are sent, or with `inside` copied by the server; 1 is one request."""
        ...


class Access(Protocol):
    """Shows and sets who may reach an object by its own access list, whatever else lets people in."""

    @property
    def kinds(self) -> Sequence[Tier]:
        """What can be set, the most private first; each with who that lets in."""
        ...

    def access(self, location: Location) -> Pairs:
        """Who may do what; one request. Raises NotFound, Denied where there are no such lists."""
        ...

    def set_access(self, location: Location, kind: str, cancel: CancelToken = NEVER) -> Change:
        """One of `kinds`; what was granted before is gone."""
        ...


class Tags(Protocol):
    """Reads and writes the tags of objects. They can be changed without storing the object anew."""

    def tags(self, location: Location, cancel: CancelToken = NEVER) -> Pairs:
        """All of them, sorted by name; one request. Raises NotFound."""
        ...

    def fault_in(self, tags: Pairs) -> str:
        """Why no object can have these; empty if one can. No request."""
        ...

    def set_tags(self, location: Location, tags: Pairs, cancel: CancelToken = NEVER) -> Change:
        """These and no others; of two who write at once the second wins."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """An address that lets whoever has it do one thing: a secret, so its text is not shown.

    `until` is in seconds since 1970; `notes` are short sentences on when it ends sooner, or fails.
    """

    url: str = field(repr=False)
    until: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostLimits:
    """What a form takes: so many bytes, and a content type; `image/*` is any that begins so, empty any at all."""

    largest: int
    smallest: int = 0
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class PostForm:
    """A form that lets whoever has it store an object: a secret, so its fields are not shown.

    The file is its last field, `file`. `open_type` is the beginning of a content type that whoever fills it in
    completes, empty where there is none to choose. `until` and `notes` are those of a `Link`.
    """

    url: str
    fields: Pairs = field(repr=False)
    until: float
    notes: tuple[str, ...] = ()
    open_type: str = ""


class Presign(Protocol):
    """Makes links and forms for people without an account. `longest` is in seconds."""

    longest: int

    def link(self, location: Location, seconds: int, *, upload: bool = False) -> Link:
        """A link to download one file, or to put one there; no request is sent but one that asks where the
        container lies, if that is not known yet.

        Raises StorageError where requests are not signed.
        """
        ...

    def post(self, location: Location, seconds: int, limits: PostLimits) -> PostForm:
        """A form to store one file, or any beneath a directory; as `link`."""
        ...
