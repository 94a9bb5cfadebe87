"""Search beneath a directory, by name or by content: hits come as they are found.

On a disk `fd` and `rg` do the walking where they are installed (`finders.py`), else the storage's own
scan does, which never follows a link. In a key store names come from one flat listing, which is kept;
contents cost a request for each object, so `estimate` tells how many before one is read, and `Limits`
bound them. Begin with `Query` and `search`.
"""

from __future__ import annotations

import enum
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tfm.model.entry import Entry, Kind
from tfm.model.errors import NotFound, StorageError
from tfm.model.listing import Listing
from tfm.model.location import LOCAL, Location, Style
from tfm.model.match import Fuzzy, composed, name_filter
from tfm.model.text import short_size
from tfm.ops.context import OpContext
from tfm.ops.expression import TooSlow, expression
from tfm.ops.finders import Finders, find_content, find_paths
from tfm.ops.grep import Grep, Looked
from tfm.ops.plan import can_walk_flat, pages

MIB = 1024 * 1024
_TELL_EVERY = 0.1


class BadPattern(ValueError):
    """A pattern that means nothing; the message says why."""


class Syntax(enum.Enum):
    """How a pattern is read. `GLOB` without wildcards and `TEXT` mean "contains"."""

    GLOB = "glob"
    REGEX = "regex"
    FUZZY = "fuzzy"
    TEXT = "text"


NAME_SYNTAXES = (Syntax.GLOB, Syntax.REGEX, Syntax.FUZZY)
CONTENT_SYNTAXES = (Syntax.TEXT, Syntax.REGEX)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a search ends. `objects` and `bytes` bound what is read from a remote storage.

    `file_bytes` is as far as one remote file is read.
    """

    results: int = 10_000
    objects: int = 1_000
    bytes: int = 256 * MIB
    file_bytes: int = 16 * MIB


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. `content` is empty for a search by name, where `names` is the pattern.

    In a search by content `names` is a glob for the files to look into; empty: all. A capital letter in
    a pattern makes capitals count. A name pattern with a slash is held against the path below `top`.
    """

    top: Location
    names: str = ""
    names_syntax: Syntax = Syntax.GLOB
    content: str = ""
    content_syntax: Syntax = Syntax.TEXT
    hidden: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: its path below the top, and for contents the first line that fits.

    `path` is verbatim, with `/` between the parts and none at the end; `line` counts from 1.
    """

    path: str
    entry: Entry
    line: int = 0
    text: str = ""


@dataclass(slots=True)
class Summary:
    """How far a search got; `ended` says why it stopped before everything was looked at."""

    seen: int = 0
    hits: int = 0
    read: int = 0
    read_bytes: int = 0
    binaries: int = 0
    unreadable: int = 0
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a search by content would read from a remote storage, within its limits and without."""

    objects: int
    bytes: int
    all_objects: int
    all_bytes: int

    @property
    def is_bounded(self) -> bool:
        """True if the limits leave something out."""
        return (self.objects, self.bytes) != (self.all_objects, self.all_bytes)


Tell = Callable[[Sequence[Hit], Summary], None]
Fits = Callable[[str], bool]


def check(query: Query) -> None:
    """Raise BadPattern if a pattern of the query means nothing."""
    _name_test(query)
    if query.content:
        _content_test(query)


def search(ctx: OpContext, query: Query, tell: Tell, finders: Finders | None = None) -> Summary:
    """Find it; `tell` gets hits about ten times a second, on this thread.

    Raises BadPattern, StorageError if `top` itself cannot be read, Cancelled. What cannot be read
    beneath it is counted, and the rest goes on.
    """
    run = _Run(ctx, query, tell, finders or Finders.installed())
    try:
        run.go()
        ctx.cancel.check()
    except (_Enough, TooSlow) as enough:
        run.summary.ended = str(enough)
    run.flush()
    return run.summary


def estimate(ctx: OpContext, query: Query) -> Estimate:
    """What `search` would read; costs the listing, which is kept for the search itself."""
    limits = query.limits
    run = _Run(ctx, query, lambda _hits, _summary: None, Finders())
    objects = size = all_objects = all_bytes = 0
    for _path, entry in run.candidates():
        cost = min(entry.size or 0, limits.file_bytes)
        all_objects, all_bytes = all_objects + 1, all_bytes + cost
        if all_objects <= limits.objects and all_bytes <= limits.bytes:
            objects, size = all_objects, all_bytes
    return Estimate(objects, size, all_objects, all_bytes)


class _Enough(Exception):
    """A limit was reached; the text says which."""


class _Run:
    def __init__(self, ctx: OpContext, query: Query, tell: Tell, finders: Finders) -> None:
        self.ctx = ctx
        self.query = query
        self.summary = Summary()
        self._tell = tell
        self._finders = finders if query.top.root == LOCAL else Finders()
        self._fits = _name_test(query)
        self._waiting: list[Hit] = []
        self._told_at = time.monotonic()

    def go(self) -> None:
        if self.query.content:
            self._by_content()
        else:
            self._by_name()

    # -- hits ----------------------------------------------------------------------------------------

    def hit(self, hit: Hit) -> None:
        if self.summary.hits >= self.query.limits.results:
            raise _Enough(f"stopped at {self.summary.hits:,} results")
        self.summary.hits += 1
        self._waiting.append(hit)
        self.tick()

    def tick(self) -> None:
        """Between any two things that were looked at."""
        self.ctx.cancel.check()
        if time.monotonic() - self._told_at >= _TELL_EVERY:
            self.flush()

    def flush(self) -> None:
        hits, self._waiting = self._waiting, []
        self._told_at = time.monotonic()
        self._tell(hits, self.summary)

    # -- by name -------------------------------------------------------------------------------------

    def _by_name(self) -> None:
        paths = find_paths(self._finders, self.query.top, self.query.hidden, self.ctx.cancel)
        if paths is None:
            for path, entry in self._everything():
                if self._fits(path):
                    self.hit(Hit(path, entry))
            return
        for path in paths:
            self.summary.seen += 1
            if self._fits(path):
                self._hit_at(path)
            self.tick()

    def _hit_at(self, path: str, line: int = 0, text: str = "") -> None:
        entry = self._look(path)
        if entry is not None:
            self.hit(Hit(path, entry, line, text))

    def _look(self, path: str) -> Entry | None:
        """What stands there; None if it went meanwhile."""
        try:
            return self.ctx.vfs.stat(self.query.top.child(path), fresh=True)
        except NotFound:
            return None
        except StorageError:
            self.summary.unreadable += 1
            return None

    # -- by content ------------------------------------------------------------------------------------

    def candidates(self) -> Iterator[tuple[str, Entry]]:
        """Files that may be looked into."""
        for path, entry in self._everything():
            if entry.kind is Kind.FILE and entry.size and self._fits(path):
                yield path, entry

    def _by_content(self) -> None:
        pattern = _content_test(self.query)
        if self._by_rg(pattern):
            return
        limits = self.query.limits
        remote = self.ctx.vfs.features(self.query.top).remote
        grep = Grep(self.ctx, pattern, limits.file_bytes if remote else None)

        def feed() -> Iterator[tuple[str, Location, Entry]]:
            read = size = 0
            for path, entry in self.candidates():
                read, size = read + 1, size + min(entry.size or 0, limits.file_bytes)
                if remote and read > limits.objects:
                    raise _Enough(f"stopped after {limits.objects:,} objects")
                if remote and size > limits.bytes:
                    raise _Enough(f"stopped after {short_size(limits.bytes)}")
                yield path, _place(self.query.top, path, entry), entry

        for looked in self.ctx.fan_out(grep.look, feed()):
            self._looked(looked)

    def _looked(self, looked: Looked) -> None:
        summary = self.summary
        summary.read += 1
        summary.read_bytes += looked.size
        summary.binaries += looked.binary
        summary.unreadable += looked.failed
        if looked.line:
            self.hit(Hit(looked.path, looked.entry, looked.line, looked.text))
        self.tick()

    def _by_rg(self, pattern: re.Pattern[str]) -> bool:
        """True if `rg` has done it."""
        query = self.query
        found = find_content(
            self._finders,
            query.top,
            query.content,
            fixed=query.content_syntax is Syntax.TEXT,
            ignore_case=bool(pattern.flags & re.IGNORECASE),
            hidden=query.hidden,
            cancel=self.ctx.cancel,
        )
        if found is None:
            return False
        for path, line, text in found:
            self.summary.read += 1
            if line and self._fits(path):
                self._hit_at(path, line, text)
            self.tick()
        return True

    # -- walking -------------------------------------------------------------------------------------

    def _everything(self) -> Iterator[tuple[str, Entry]]:
        """All beneath the top, with hidden parts left out unless they were asked for."""
        top = self.query.top
        flat = can_walk_flat(top) and self.ctx.vfs.facets(top).walk is not None
        for path, entry in self._flat() if flat else self._deep():
            self.summary.seen += 1
            yield path, entry
            self.tick()

    def _shown(self, path: str) -> bool:
        return self.query.hidden or not is_hidden_path(path)

    def _flat(self) -> Iterator[tuple[str, Entry]]:
        """One listing of all keys; directories are the prefixes that occur, each once."""
        met: set[str] = set()
        for entry in pages(self.ctx.vfs.walk(self.query.top, cancel=self.ctx.cancel)):
            head, slash, name = entry.name.rpartition("/")
            for prefix in _new_prefixes(head if slash else "", met):
                if self._shown(prefix):
                    yield prefix, Entry(prefix.rpartition("/")[2], Kind.DIRECTORY)
            if name and self._shown(entry.name):
                yield entry.name, replace(entry, name=name)

    def _deep(self) -> Iterator[tuple[str, Entry]]:
        """Directory by directory. Each is opened as the one that was seen: no link is followed."""
        ctx, top = self.ctx, self.query.top.as_directory()
        tree = ctx.vfs.facets(top).tree_copy
        seen = tree.pin(top) if tree is not None else Entry(top.name, Kind.DIRECTORY)
        waiting: list[tuple[str, Entry]] = [("", seen)]
        while waiting:
            base, directory = waiting.pop()
            here = top.child(base, directory=True) if base else top
            try:
                if tree is None:
                    entries: Sequence[Entry] = ctx.vfs.scan(here, cancel=ctx.cancel).entries
                else:
                    entries = [e for page in tree.scan(here, directory, ctx.cancel) for e in page]
            except StorageError:
                if not base:
                    raise
                self.summary.unreadable += 1
                continue
            for entry in entries:
                path = f"{base}/{entry.name}" if base else entry.name
                if self._shown(path):
                    yield path, entry
                    if entry.is_directory:
                        waiting.append((path, entry))


def _new_prefixes(prefix: str, met: set[str]) -> list[str]:
    """`a/b` and those above it that were not met before, the shortest first."""
    missing: list[str] = []
    while prefix and prefix not in met:
        met.add(prefix)
        missing.append(prefix)
        prefix = prefix.rpartition("/")[0]
    missing.reverse()
    return [each for each in missing if each.rpartition("/")[2]]


def _place(top: Location, path: str, entry: Entry) -> Location:
    return top.as_directory().child(path, directory=entry.is_directory)


def is_hidden_path(path: str) -> bool:
    """True if any part of a path begins with a dot."""
    return path.startswith(".") or "/." in path


# -- patterns ----------------------------------------------------------------------------------------


def _flags(pattern: str) -> re.RegexFlag:
    """A capital letter in the pattern makes capitals count."""
    return re.NOFLAG if any(letter.isupper() for letter in pattern) else re.IGNORECASE


def _regex(pattern: str) -> re.Pattern[str]:
    try:
        return expression(pattern, _flags(pattern) | re.MULTILINE)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(f"This is no regular expression: {error}.") from None


def _name_test(query: Query) -> Fits:
    pattern = composed(query.names.strip() if query.names_syntax is Syntax.GLOB else query.names)
    if not pattern:
        return lambda _path: True
    if query.names_syntax is Syntax.FUZZY:
        return Fuzzy(pattern).fits
    whole = "/" in pattern
    if query.names_syntax is Syntax.REGEX:
        found = _regex(pattern).search
    else:
        if whole and not pattern.startswith(("*", "/")):
            pattern = f"*{pattern}"
        flags = _flags(pattern)
        parts = ";".join(part.strip().removeprefix("/") for part in pattern.split(";"))
        found = name_filter(parts, flags).match

    def fits(path: str) -> bool:
        name = path if whole else path.rpartition("/")[2]
        return found(composed(name)) is not None

    return fits


def _content_test(query: Query) -> re.Pattern[str]:
    fixed = query.content_syntax is Syntax.TEXT
    pattern = re.escape(query.content) if fixed else query.content
    if fixed:
        return re.compile(pattern, _flags(query.content))
    return _regex(pattern)


# -- looking again -------------------------------------------------------------------------------------

# below this many results in one directory of a key store a look at each costs less than its listing
_LISTING_PAYS = 8


def look_again(
    ctx: OpContext, top: Location, found: Sequence[Entry], *, fresh: bool
) -> list[Entry]:
    """The results that are still there, as they are now; entries carry their path as their name.

    On a disk each is looked at. In a key store a directory with many of them is listed instead.
    """
    top = top.as_directory()
    by_parent: dict[Location, list[Entry]] = {}
    for entry in found:
        place = _place(top, entry.name, entry)
        by_parent.setdefault(place.parent, []).append(entry)
    kept: dict[tuple[str, bool], Entry] = {}
    for parent, entries in by_parent.items():
        ctx.cancel.check()
        listing = None
        if parent.root.style is Style.KEY and len(entries) > _LISTING_PAYS:
            listing = _list(ctx, parent, fresh=fresh)
        for entry in entries:
            place = _place(top, entry.name, entry)
            if listing is None:
                now = _see(ctx, place, entry, fresh=fresh)
            else:
                now = listing.find(place.name, directory=entry.is_directory)
            if now is not None:
                kept[entry.name, entry.is_directory] = replace(now, name=entry.name)
    return [kept[key] for e in found if (key := (e.name, e.is_directory)) in kept]


def _list(ctx: OpContext, directory: Location, *, fresh: bool) -> Listing | None:
    try:
        return ctx.vfs.scan(directory, cancel=ctx.cancel, fresh=fresh)
    except NotFound:
        return Listing(directory, (), time.time())
    except StorageError:
        return None  # what may not be listed may still be looked at


def _see(ctx: OpContext, place: Location, found: Entry, *, fresh: bool) -> Entry | None:
    try:
        return ctx.vfs.stat(place, fresh=fresh)
    except NotFound:
        return None
    except StorageError:
        return found  # it cannot be looked at: what was found stays in sight
