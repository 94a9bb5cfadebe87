"""Where something is: a root and a key, kept verbatim.

Two styles of naming exist. `Style.PATH` roots (a local disk) have real directories whose names
carry no trailing slash. `Style.KEY` roots (object stores) have flat keys; there a directory is a
prefix that always ends with `/`, so `foo` never touches `foo2`, and `a` and `a/` are two places.
"""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass


class Style(enum.Enum):
    """How the names of a root are built."""

    PATH = "path"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Root:
    """Identity of one storage; "the same storage?" is `==`.

    `connection` is the name in front of `@` in `s3://connection@bucket/key`, empty for the default.
    """

    scheme: str
    connection: str = ""
    style: Style = Style.KEY

    @property
    def prefix(self) -> str:
        """The text in front of every key of this root."""
        if self == LOCAL:
            return ""
        return f"{self.scheme}://{self.connection}@" if self.connection else f"{self.scheme}://"


LOCAL = Root("file", style=Style.PATH)
S3 = Root("s3")


@dataclass(frozen=True, slots=True)
class Location:
    """One place: a value, hashable, cheap, never touching any storage.

    In a `Style.KEY` root the key begins with the container (`bucket/dir/object`), and the empty key
    is the list of containers. Keys are never normalised: `a//b`, `..` and a trailing slash mean
    exactly themselves.
    """

    root: Root
    key: str

    def __str__(self) -> str:
        return self.root.prefix + self.key

    @property
    def is_top(self) -> bool:
        """True where there is no parent to go to."""
        return self.key == ("/" if self.root.style is Style.PATH else "")

    @property
    def looks_like_directory(self) -> bool:
        """True if the text alone says directory: a trailing slash, or the top."""
        return not self.key or self.key.endswith("/")

    @property
    def container(self) -> str:
        """The bucket of a `Style.KEY` place; empty for the list of buckets and for paths."""
        return self.key.partition("/")[0] if self.root.style is Style.KEY else ""

    @property
    def inner_key(self) -> str:
        """What follows `container/`: the key a server sees. Empty for the container itself."""
        return self.key.partition("/")[2] if self.root.style is Style.KEY else self.key

    @property
    def is_container(self) -> bool:
        """True for a bucket itself."""
        return self.root.style is Style.KEY and self.key != "" and self.inner_key == ""

    @property
    def name(self) -> str:
        """The last component, without the slash of a directory; may be empty (`a//`)."""
        if self.root.style is Style.PATH:
            return self.key.rpartition("/")[2]
        return self.key.removesuffix("/").rpartition("/")[2]

    @property
    def parent(self) -> Location:
        """The directory that holds this place; the top is its own parent."""
        if self.is_top:
            return self
        if self.root.style is Style.PATH:
            return Location(self.root, self.key.rpartition("/")[0] or "/")
        if self.is_container:
            return Location(self.root, "")
        head, slash, _ = self.key.removesuffix("/").rpartition("/")
        return Location(self.root, head + slash)

    def child(self, name: str, *, directory: bool = False) -> Location:
        """The place called `name` inside this directory; adds at most one slash."""
        if self.root.style is Style.PATH:
            base = self.key if self.key.endswith("/") else self.key + "/"
            return Location(self.root, base + name)
        base = self.key if self.looks_like_directory else self.key + "/"
        return Location(self.root, base + name + ("/" if directory else ""))

    def as_directory(self) -> Location:
        """The same name as a directory place."""
        if self.root.style is Style.PATH or self.looks_like_directory:
            return self
        return Location(self.root, self.key + "/")

    def as_file(self) -> Location:
        """The same name without the directory's slash; containers stay what they are."""
        if self.root.style is Style.PATH or not self.inner_key.endswith("/"):
            return self
        return Location(self.root, self.key[:-1])

    def holds(self, other: Location) -> bool:
        """True if `other` lies beneath this directory, by name; a place does not hold itself."""
        if self.root != other.root:
            return False
        base = self.as_directory().key
        if self.root.style is Style.PATH and not base.endswith("/"):
            base += "/"
        return other.key != base and other.key.startswith(base)

    def relative_to(self, directory: Location) -> str:
        """The part of the key beneath `directory`, verbatim. Raises ValueError if it is not."""
        if not directory.holds(self):
            raise ValueError(f"{self} is not inside {directory}")
        base = directory.as_directory().key
        if self.root.style is Style.PATH and not base.endswith("/"):
            base += "/"
        return self.key[len(base) :]

    def ancestors(self) -> tuple[Location, ...]:
        """Every directory above, nearest first, ending with the top."""
        found: list[Location] = []
        here = self
        while not here.is_top:
            here = here.parent
            found.append(here)
        return tuple(found)

    def add_above(self, found: set[Location]) -> None:
        """Put every directory above into a set that holds, with each directory, all those above it.

        Ends at the first that is there: over a deep tree this costs its size, not its square.
        """
        here = self
        while not here.is_top:
            here = here.parent
            if here in found:
                return
            found.add(here)


class BadPlace(ValueError):
    """A text that names no place; the message says why."""


def local(path: str | os.PathLike[str]) -> Location:
    """The place of an absolute local path; a trailing slash and doubled slashes are dropped."""
    text = os.fspath(path)
    if not text.startswith("/"):
        raise BadPlace(f"{text!r} is not an absolute path.")
    if "\0" in text:
        raise BadPlace("A path cannot contain a NUL byte.")
    parts = [part for part in text.split("/") if part not in ("", ".")]
    return Location(LOCAL, "/" + "/".join(parts))


def parse(text: str, *, base: Location | None = None) -> Location:
    """The place that `text` names, never percent-decoded.

    `s3://[connection@]bucket/key` and `mem://…` are taken verbatim; anything else is a local path,
    `~` is the home directory, and a relative text is joined to `base` (which may be remote).
    Raises BadPlace.
    """
    scheme, found, rest = text.partition("://")
    if found and scheme.isalnum() and scheme.islower():
        if scheme == "file":
            return local(rest)
        connection, rest = _split_connection(rest)
        key = rest
        if key and "/" not in key:
            key += "/"  # a bucket is always a directory
        if key.startswith("/"):
            raise BadPlace(f"{text!r} has no bucket name between '//' and '/'.")
        return Location(Root(scheme, connection), key)
    if not text:
        raise BadPlace("An empty text names no place.")
    if text == "~" or text.startswith("~/"):
        return local(os.path.expanduser(text))
    if text.startswith("/"):
        return local(text)
    if base is None:
        raise BadPlace(f"{text!r} is relative, and there is no directory to join it to.")
    if base.root.style is Style.KEY:
        joined = Location(base.root, base.as_directory().key + text)
        return joined if "/" in joined.key else Location(base.root, joined.key + "/")
    return local(f"{base.key}/{text}")


def _split_connection(rest: str) -> tuple[str, str]:
    """Cut `connection@` off; an `@` after the first slash belongs to the key."""
    head, slash, tail = rest.partition("/")
    if "@" in head:
        connection, _, bucket = head.partition("@")
        return connection, bucket + slash + tail
    return "", rest
