"""One row of a directory, as the listing told it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple


class Kind(enum.Enum):
    """What a row is. A link is never silently its target."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"

    @property
    def is_special(self) -> bool:
        """True for what has no bytes to copy."""
        return self in (Kind.FIFO, Kind.SOCKET, Kind.DEVICE)


class LocalDetails(NamedTuple):
    """What `lstat` says beyond name, size and time. Times in nanoseconds."""

    mode: int
    uid: int
    gid: int
    dev: int
    ino: int
    nlink: int
    ctime_ns: int
    target: str = ""
    to_directory: bool = False


class ObjectDetails(NamedTuple):
    """What an object store's listing or answer says beyond name, size and time.

    `etag` is without quotes. `stored_mtime_ns` and `mode` come from user metadata and are None until
    an answer carried them; `checksums` maps an algorithm (`CRC32`) to base64 text.
    """

    etag: str = ""
    storage_class: str = ""
    version_id: str = ""
    restore: str = ""
    stored_mtime_ns: int | None = None
    mode: int | None = None
    marker: bool = False
    content_type: str = ""
    checksums: tuple[tuple[str, str], ...] = ()
    encryption: str = ""
    parts: int = 0


class ContainerDetails(NamedTuple):
    """What the list of containers says of one, and what a closer look at it has told.

    `told` holds short texts by the id of their column; it is empty until somebody looked.
    """

    region: str = ""
    told: tuple[tuple[str, str], ...] = ()


Details = LocalDetails | ObjectDetails | ContainerDetails


@dataclass(frozen=True, slots=True)
class Entry:
    """Name, kind, size in bytes and modification time in nanoseconds since 1970 of one row.

    `size` and `mtime_ns` are None where the storage does not tell them (a virtual directory).
    An object's `mtime_ns` is when it was uploaded; the time of the file it came from is in details.
    """

    name: str
    kind: Kind
    size: int | None = None
    mtime_ns: int | None = None
    details: Details | None = None

    @property
    def is_directory(self) -> bool:
        """True for a directory itself, not for a link to one."""
        return self.kind is Kind.DIRECTORY

    @property
    def opens_as_directory(self) -> bool:
        """True if Enter goes inside: a directory, or a link that leads to one."""
        return self.kind is Kind.DIRECTORY or (
            self.kind is Kind.LINK
            and isinstance(self.details, LocalDetails)
            and self.details.to_directory
        )

    @property
    def etag(self) -> str:
        """The entity tag, empty where there is none."""
        return self.details.etag if isinstance(self.details, ObjectDetails) else ""

    @property
    def mode(self) -> int | None:
        """Permission bits (07777), or None where none are known."""
        if isinstance(self.details, LocalDetails):
            return self.details.mode & 0o7777
        return self.details.mode if isinstance(self.details, ObjectDetails) else None

    @property
    def owner(self) -> tuple[int, int] | None:
        """Numbers of the owner and the group, or None where nobody is known to own it."""
        if isinstance(self.details, LocalDetails):
            return self.details.uid, self.details.gid
        return None

    @property
    def source_mtime_ns(self) -> int | None:
        """The time of the content: the stored one where an upload kept it, else `mtime_ns`."""
        if isinstance(self.details, ObjectDetails) and self.details.stored_mtime_ns is not None:
            return self.details.stored_mtime_ns
        return self.mtime_ns


def same_content(shown: Entry, now: Entry) -> bool:
    """True if `now` is still the thing that was shown: nothing decides on a changed item.

    Objects compare by ETag where both have one; files by device, inode, size and mtime.
    """
    if shown.kind is not now.kind:
        return False
    if isinstance(shown.details, LocalDetails) and isinstance(now.details, LocalDetails):
        a, b = shown.details, now.details
        return (a.dev, a.ino, shown.size, shown.mtime_ns) == (b.dev, b.ino, now.size, now.mtime_ns)
    if shown.etag and now.etag:
        return shown.etag == now.etag and shown.size == now.size
    return (shown.size, shown.mtime_ns) == (now.size, now.mtime_ns)
