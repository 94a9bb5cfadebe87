"""`glob` over storages: by cached listings, or by one flat listing where the pattern goes deep."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tfm.model.cancel import NEVER
from tfm.model.entry import Entry, Kind
from tfm.model.errors import NotFound
from tfm.model.location import Location
from tfm.path.default import Seen, default_vfs, seen, seen_beneath
from tfm.path.pattern import DEEP, component, is_plain, matches_whole

Found = tuple[Location, Entry | None, Seen | None]

# since 3.13 a pattern that ends with ** also gives files
_DEEP_GIVES_FILES = sys.version_info >= (3, 13)


def find(
    top: Location, parts: list[str], *, only_directories: bool, case_sensitive: bool
) -> Iterator[Found]:
    """Everything beneath `top` that matches the components; a directory that is gone is empty."""
    plain = 0
    while plain < len(parts) and is_plain(parts[plain]) and case_sensitive:
        plain += 1
    here = top.as_directory()
    if plain == len(parts):
        yield from _exactly(here, parts, only_directories=only_directories)
        return
    for name in parts[:plain]:
        here = here.child(name, directory=True)
    rest = parts[plain:]
    try:
        if DEEP in rest:
            yield from _deep(here, rest, only_directories, case_sensitive)
        else:
            yield from _level(here, rest, only_directories, case_sensitive)
    except NotFound:
        return


def _exactly(here: Location, parts: list[str], *, only_directories: bool) -> Iterator[Found]:
    if not parts:
        yield here, None, None
        return
    for name in parts[:-1]:
        here = here.child(name, directory=True)
    try:
        place, entry = default_vfs().resolve(here.child(parts[-1], directory=only_directories))
    except NotFound:
        return
    yield place, entry, None


def _level(
    here: Location, parts: list[str], only_directories: bool, case_sensitive: bool
) -> Iterator[Found]:
    """The first component against one listing, the rest beneath what it found."""
    vfs = default_vfs()
    first, rest = parts[0], parts[1:]
    if is_plain(first) and case_sensitive and not rest:
        yield from _exactly(here, parts, only_directories=only_directories)
        return
    listing = vfs.scan(here)
    token = seen(listing, vfs.lifetime(here))
    fits = component(first, case_sensitive=case_sensitive)
    for entry in listing.entries:
        if not fits(entry.name):
            continue
        if not rest:
            if entry.is_directory or not only_directories:
                yield listing.location(entry), entry, token
        elif entry.is_directory:
            try:
                yield from _level(listing.location(entry), rest, only_directories, case_sensitive)
            except NotFound:
                continue


def _deep(
    here: Location, parts: list[str], only_directories: bool, case_sensitive: bool
) -> Iterator[Found]:
    files = not only_directories and (parts[-1] != DEEP or _DEEP_GIVES_FILES)
    for place, entry, token in _beneath(here):
        if not entry.is_directory and not files:
            continue
        key = place.key[len(here.key) :].removesuffix("/")
        names = key.split("/") if place != here else []
        if matches_whole(names, parts, case_sensitive=case_sensitive):
            yield place, entry, token


def _beneath(here: Location) -> Iterator[tuple[Location, Entry, Seen | None]]:
    """`here` itself and everything beneath it, directories when they are first met."""
    vfs = default_vfs()
    facet = None if here.is_top else vfs.facets(here).walk
    if facet is None:
        yield from _by_listings(here)
        return
    token = seen_beneath(here, vfs.lifetime(here))
    met: set[str] = set()
    for page in facet.walk(here, NEVER):
        for found in page:
            head, slash, name = found.name.rpartition("/")
            for prefix in _new_prefixes(head + slash, met):
                place = Location(here.root, here.key + prefix)
                yield place, Entry(place.name, Kind.DIRECTORY), token
            if name:
                row = Entry(name, found.kind, found.size, found.mtime_ns, found.details)
                yield Location(here.root, here.key + found.name), row, token
    if not met:  # empty, or not there at all
        yield here, vfs.stat(here), token


def _new_prefixes(prefix: str, met: set[str]) -> list[str]:
    """`a/b/` and those above it, the top (an empty text) first, that were not met before."""
    missing: list[str] = []
    while prefix not in met:
        met.add(prefix)
        missing.append(prefix)
        if not prefix:
            break
        above, slash, _ = prefix[:-1].rpartition("/")
        prefix = above + slash
    missing.reverse()
    return missing


def _by_listings(top: Location) -> Iterator[tuple[Location, Entry, Seen | None]]:
    vfs = default_vfs()
    yield top, vfs.stat(top), None
    waiting = [top]
    while waiting:
        here = waiting.pop()
        try:
            listing = vfs.scan(here)
        except NotFound:
            continue
        token = seen(listing, vfs.lifetime(here))
        for entry in listing.entries:
            place = listing.location(entry)
            yield place, entry, token
            if entry.is_directory:
                waiting.append(place)
