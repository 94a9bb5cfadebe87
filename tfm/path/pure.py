"""The names: everything a path tells and makes without looking at any storage."""

from __future__ import annotations

import os
import pathlib
import posixpath
from types import ModuleType
from typing import Any, Self
from urllib.parse import unquote_to_bytes

from tfm.model.entry import Entry
from tfm.model.errors import Unsupported
from tfm.model.location import LOCAL, BadPlace, Location, local, parse
from tfm.path.default import Seen
from tfm.path.pattern import matches_whole

Segment = str | os.PathLike[str]


class PurePlace:
    """The half of `Path` that does no I/O.

    A local path is pathlib's, name for name. A remote one is a key, kept verbatim.
    """

    __slots__ = ("_info", "_location", "_pure", "_seen", "_text")

    _text: str
    _pure: pathlib.Path | None
    _location: Location | None
    _info: Entry | None
    _seen: Seen | None

    def __init__(self, *segments: Segment) -> None:
        here: str | Location = ""
        for segment in segments:
            here = _join(here, segment)
        if isinstance(here, str):
            self._be_local(here, verbatim=len(segments) == 1 and _is_verbatim(segments[0]))
        elif here.root == LOCAL:
            self._be_local(here.key)
        else:
            self._be(here)

    def _be_local(self, text: str, *, verbatim: bool = False) -> None:
        self._pure = pathlib.Path(text)
        self._text = text if verbatim else str(self._pure)
        self._location = self._info = self._seen = None

    def _be(self, location: Location, info: Entry | None = None, seen: Seen | None = None) -> None:
        self._pure = None
        self._text = str(location)
        self._location = location
        self._info = info
        self._seen = seen

    @classmethod
    def _at(cls, location: Location, info: Entry | None = None, seen: Seen | None = None) -> Self:
        made = cls.__new__(cls)
        made._be(location, info, seen)
        return made

    @classmethod
    def _of(cls, pure: pathlib.PurePath | str, *, verbatim: bool = False) -> Self:
        made = cls.__new__(cls)
        made._be_local(str(pure), verbatim=verbatim)
        return made

    def with_segments(self, *segments: Segment) -> Self:
        """A path of the same class from these pieces."""
        return type(self)(*segments)

    # -- what it is ------------------------------------------------------------------------------

    @property
    def _place(self) -> Location:
        """The place of a remote path."""
        assert self._location is not None
        return self._location

    @property
    def location(self) -> Location:
        """The place by which the rest of tfm knows it; a relative path is joined to the cwd."""
        if self._location is not None:
            return self._location
        text = os.path.join(os.getcwd(), self._text)
        if ".." in text.split("/"):
            # only the disk knows where `..` behind a link leads
            head, name = os.path.split(text)
            text = os.path.realpath(text) if name == ".." else f"{os.path.realpath(head)}/{name}"
        return local(text)

    @property
    def is_remote(self) -> bool:
        """True for everything that is not a path of the local disk."""
        return self._location is not None

    @property
    def info(self) -> Entry | None:
        """What the listing said about it, if `iterdir` or `glob` made this path; never asks.

        pathlib's own `info` (3.14) has methods instead; here it is tfm's `Entry`.
        """
        return self._info

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def __fspath__(self) -> str:
        if self._location is not None:
            raise Unsupported(
                f"{self._text} is not a file of this machine, so other programs cannot open it.",
                place=self._location,
                hint="Bring it here first with copy_to('/some/local/path').",
            )
        return self._text

    def __bytes__(self) -> bytes:
        return os.fsencode(self._text)

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PurePlace):
            return NotImplemented
        return self._text == other._text and self.is_remote == other.is_remote

    def _order(self) -> tuple[Any, ...]:
        if self._pure is not None:
            return (0, self._pure)
        return (1, self._place.root.prefix, self._place.key.split("/"))

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, PurePlace):
            return NotImplemented
        return self._order() < other._order()

    def __le__(self, other: object) -> bool:
        if not isinstance(other, PurePlace):
            return NotImplemented
        return self._order() <= other._order()

    def __gt__(self, other: object) -> bool:
        if not isinstance(other, PurePlace):
            return NotImplemented
        return self._order() > other._order()

    def __ge__(self, other: object) -> bool:
        if not isinstance(other, PurePlace):
            return NotImplemented
        return self._order() >= other._order()

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), self._text, self.is_remote))

    def as_posix(self) -> str:
        """The text with slashes, which is the text."""
        return self._text

    def as_uri(self) -> str:
        """`file:///…` of an absolute local path; of a remote one its text, nothing encoded."""
        return self._text if self._pure is None else self._pure.as_uri()

    @classmethod
    def from_uri(cls, uri: str) -> Self:
        """The path of a `file:` URI (percent-decoded) or of a remote text (taken verbatim)."""
        if not uri.startswith("file:"):
            if "://" not in uri:
                raise ValueError(f"{uri!r} is not a URI")
            return cls(uri)
        rest = uri.removeprefix("file:")
        if rest.startswith("//localhost/"):
            rest = rest.removeprefix("//localhost")
        elif rest.startswith("///"):
            rest = rest[2:]
        if not rest.startswith("/") or rest.startswith("//"):
            raise ValueError(f"{uri!r} is not absolute")
        return cls._of(os.fsdecode(unquote_to_bytes(rest)))

    # -- its pieces ------------------------------------------------------------------------------

    parser: ModuleType = posixpath
    """How pathlib would take texts apart (3.13)."""

    @property
    def drive(self) -> str:
        """Empty for a local path; `s3://bucket` for a remote one."""
        if self._pure is not None:
            return self._pure.drive
        return self._place.root.prefix + self._place.container

    @property
    def root(self) -> str:
        """The slash behind the drive, if there is one."""
        if self._pure is not None:
            return self._pure.root
        return "/" if self._place.container else ""

    @property
    def anchor(self) -> str:
        """Drive and root: `/`, or `s3://bucket/`."""
        return self.drive + self.root

    @property
    def name(self) -> str:
        """The last component, without the slash of a directory; a bucket's name for a bucket."""
        return self._place.name if self._pure is None else self._pure.name

    def _last(self) -> pathlib.PurePosixPath:
        """The name alone, for pathlib's rules about endings."""
        return pathlib.PurePosixPath("/", self.name if self.name not in (".", "..") else "")

    @property
    def suffix(self) -> str:
        """The ending with its dot, or an empty text."""
        return self._last().suffix if self._pure is None else self._pure.suffix

    @property
    def suffixes(self) -> list[str]:
        """All endings."""
        return self._last().suffixes if self._pure is None else self._pure.suffixes

    @property
    def stem(self) -> str:
        """The name without the last ending."""
        if self._pure is not None:
            return self._pure.stem
        return self._last().stem or self.name

    @property
    def parts(self) -> tuple[str, ...]:
        """The components, the first of them the anchor: `('s3://bucket/', 'dir', 'file')`."""
        if self._pure is not None:
            return self._pure.parts
        inner = self._place.inner_key.removesuffix("/")
        first = (self.anchor,)
        return (*first, *inner.split("/")) if self._place.inner_key else first

    @property
    def parent(self) -> Self:
        """The directory that holds it; `s3://b/d/f` gives `s3://b/d/`.

        A bucket is its own parent, as `/` is. `s3://` itself lists the buckets.
        """
        if self._pure is not None:
            return self._of(self._pure.parent)
        place = self._place
        return self._at(place if place.is_container else place.parent)

    @property
    def parents(self) -> tuple[Self, ...]:
        """All directories above it, nearest first; a bucket has none."""
        if self._pure is not None:
            return tuple(self._of(above) for above in self._pure.parents)
        if self._place.is_container:
            return ()
        return tuple(self._at(above) for above in self._place.ancestors() if not above.is_top)

    def is_absolute(self) -> bool:
        """True for a remote path; pathlib's answer for a local one."""
        return True if self._pure is None else self._pure.is_absolute()

    def is_reserved(self) -> bool:
        """False: no name is reserved on POSIX or S3."""
        return False

    # -- others made from it ---------------------------------------------------------------------

    def joinpath(self, *segments: Segment) -> Self:
        """This path with the segments beneath it.

        Local: as pathlib. Remote: every text is part of the key and kept verbatim, so that `..` and
        doubled slashes mean themselves; a segment that is an absolute path or holds `://` starts
        anew.
        """
        return self.with_segments(self, *segments) if segments else self

    def __truediv__(self, segment: Segment) -> Self:
        try:
            return self.joinpath(segment)
        except TypeError:
            return NotImplemented

    def __rtruediv__(self, segment: Segment) -> Self:
        try:
            return self.with_segments(segment, self)
        except TypeError:
            return NotImplemented

    def with_name(self, name: str) -> Self:
        """Another name in the same directory; a directory stays one (`…/y/` gives `…/z/`).

        Raises ValueError for what is no name, and for a bucket.
        """
        if self._pure is not None:
            return self._of(self._pure.with_name(name))
        place = self._place
        if not place.inner_key or not self.name:
            raise ValueError(f"{self!r} has no name that could be changed")
        if not name or "/" in name:
            raise ValueError(f"Invalid name {name!r}")
        return self._at(place.parent.child(name, directory=place.looks_like_directory))

    def with_stem(self, stem: str) -> Self:
        """The same ending behind another stem."""
        if self._pure is not None:
            return self._of(self._pure.with_stem(stem))
        return self.with_name(stem + self.suffix)

    def with_suffix(self, suffix: str) -> Self:
        """The same stem with another ending, which begins with a dot or is empty."""
        if self._pure is not None:
            return self._of(self._pure.with_suffix(suffix))
        if not self.name:
            raise ValueError(f"{self!r} has no name that could be changed")
        if "/" in suffix or suffix == "." or (suffix and not suffix.startswith(".")):
            raise ValueError(f"Invalid suffix {suffix!r}")
        return self.with_name(self.stem + suffix)

    def relative_to(self, other: Segment, *more: Segment, walk_up: bool = False) -> Self:
        """The part beneath `other`, by whole components. Raises ValueError if it is not beneath.

        The part of a remote path is kept verbatim, also `a//b`: joined to another remote directory
        it gives the same key there. A part that would begin with a slash is refused (ValueError).
        Before you join a key that somebody else chose to a local directory, look for `..` in it;
        `copy_to` of the directory does that for you. `walk_up` works on local paths.
        """
        base = self.with_segments(other, *more)
        if self._pure is not None and base._pure is not None:
            return self._of(_relative(self._pure, base._pure, walk_up=walk_up))
        if self._location is None or base._location is None:
            raise ValueError(f"{str(self)!r} is not in the subpath of {str(base)!r}")
        if self._location.as_directory() == base._location.as_directory():
            return self._of(".")
        try:
            text = self._location.relative_to(base._location)
        except ValueError:
            raise ValueError(f"{str(self)!r} is not in the subpath of {str(base)!r}") from None
        if text.startswith("/"):
            # joined to anything it would mean the top of the local disk
            raise ValueError(f"what {str(self)!r} has beneath {str(base)!r} begins with a slash")
        return self._of(text, verbatim=True)

    def is_relative_to(self, other: Segment, *more: Segment) -> bool:
        """True if it is `other` or lies beneath it, by whole components."""
        base = self.with_segments(other, *more)
        if self._pure is not None and base._pure is not None:
            return self._pure.is_relative_to(base._pure)
        if self._location is None or base._location is None:
            return False
        return self._location.as_directory() == base._location.as_directory() or (
            base._location.holds(self._location)
        )

    # -- patterns --------------------------------------------------------------------------------

    def match(self, pattern: str, *, case_sensitive: bool | None = None) -> bool:
        """Hold a pattern against it as pathlib does: a relative one against its end.

        For a remote path an absolute pattern begins with `s3://bucket/`.
        """
        if self._pure is not None:
            if case_sensitive is None:
                return self._pure.match(pattern)
            wanted = pathlib.PurePosixPath(pattern).parts
            parts = self.parts[-len(wanted) :] if not pattern.startswith("/") else self.parts
            return len(parts) == len(wanted) and matches_whole(
                parts, wanted, case_sensitive=case_sensitive, deep=False
            )
        wanted = tuple(part for part in _pattern_parts(pattern) if part != ".")
        if not wanted:
            raise ValueError("empty pattern")
        parts = self.parts if "://" in pattern else self.parts[-len(wanted) :]
        sensitive = case_sensitive is not False
        return matches_whole(parts, wanted, case_sensitive=sensitive, deep=False)

    def full_match(self, pattern: str, *, case_sensitive: bool | None = None) -> bool:
        """True if the whole path is what the pattern says; `**` stands for any directories."""
        return matches_whole(
            self.parts, _pattern_parts(pattern), case_sensitive=case_sensitive is not False
        )


def _pattern_parts(pattern: str) -> tuple[str, ...]:
    """The components of a pattern, the anchor first."""
    if "://" not in pattern:
        return pathlib.PurePosixPath(pattern).parts
    scheme, _, rest = pattern.partition("://")
    container, _, inner = rest.partition("/")
    inner = inner.removesuffix("/")
    return (f"{scheme}://{container}/", *(inner.split("/") if inner else ()))


def _is_verbatim(segment: Segment) -> bool:
    return isinstance(segment, PurePlace)


def _join(here: str | Location, segment: Segment) -> str | Location:
    """What `segment` means in the directory `here`."""
    if isinstance(segment, PurePlace):
        if segment._location is not None:
            return segment._location
        text = segment._text
        starts_anew = text.startswith("/")
    else:
        text = os.fspath(segment)
        if not isinstance(text, str):
            raise TypeError(f"a path is made of text, not of {type(text).__name__}")
        if "://" in text and _names_a_place(text):
            return parse(text)
        starts_anew = text.startswith("/") and not isinstance(segment, str)
    if isinstance(here, str):
        return posixpath.join(here, text) if here else text
    if starts_anew:
        return text
    if text in ("", "."):
        return here
    if here.is_top and text.startswith("/"):
        raise BadPlace(f"{text!r} is not the name of a bucket.")
    joined = Location(here.root, here.as_directory().key + text)
    return joined if "/" in joined.key else Location(here.root, joined.key + "/")


def _names_a_place(text: str) -> bool:
    scheme = text.partition("://")[0]
    return scheme.isalnum() and scheme.islower()


def _relative(path: pathlib.PurePath, base: pathlib.PurePath, *, walk_up: bool) -> pathlib.PurePath:
    """`relative_to` of pathlib 3.12, on every Python."""
    for step, above in enumerate((base, *base.parents)):
        if path.is_relative_to(above):
            up = [".."] * step
            return pathlib.PurePath(*up, *path.parts[len(above.parts) :])
        if not walk_up:
            raise ValueError(f"{str(path)!r} is not in the subpath of {str(base)!r}")
        if above.name == "..":
            raise ValueError(f"'..' segment in {str(base)!r} cannot be walked")
    raise ValueError(f"{str(path)!r} and {str(base)!r} have different anchors")


def _restore(kind: type[PurePlace], text: str, remote: bool) -> PurePlace:
    return kind(text) if remote else kind._of(text, verbatim=True)
