"""From the text of a place on the command line to the place."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from tfm.cli.arguments import Usage, current_directory
from tfm.cli.running import VerbRun
from tfm.model.entry import Entry
from tfm.model.errors import NeedsLogin, NotFound, Offline, StorageError
from tfm.model.location import BadPlace, Location, Style, local, parse
from tfm.model.past import at_moment, parse_moment
from tfm.model.text import safe_text
from tfm.ops.plan import Picked
from tfm.storage.registry import BACKENDS
from tfm.storage.vfs import Vfs


@dataclass(frozen=True, slots=True)
class Typed:
    """A place with the text it was typed as; `inside` is true where the text says directory."""

    text: str
    location: Location
    inside: bool


def typed(text: str) -> Typed:
    """The place a text means. Raises Usage."""
    scheme, found, _ = text.partition("://")
    try:
        if found and scheme.isalnum():
            if scheme.lower() not in BACKENDS:
                known = ", ".join(f"{name}://" for name in BACKENDS)
                raise Usage(
                    f"Nothing here opens {safe_text(scheme)}:// places. Known are: {known}."
                )
            if scheme != scheme.lower():
                raise Usage(f"Write {scheme.lower()}:// in small letters.")
            location = parse(text)
        else:
            location = local(_physical(os.path.expanduser(text)))
    except BadPlace as error:
        raise Usage(str(safe_text(str(error)))) from error
    return Typed(text, location, _says_directory(text, location))


def typed_at(text: str, at: str) -> Typed:
    """The place a text means at a moment, now if `at` is empty. Raises Usage."""
    place = typed(text)
    if not at:
        return place
    if place.location.root.style is not Style.KEY:
        raise Usage(f"{safe_text(text)} has no past: --at is for buckets.")
    try:
        moment = parse_moment(at, time.time_ns())
    except ValueError as error:
        raise Usage(f"--at {safe_text(at)}: {error}") from error
    root = at_moment(place.location.root, moment)
    return replace(place, location=Location(root, place.location.key))


def _says_directory(text: str, location: Location) -> bool:
    if location.root.style is Style.KEY:
        return location.looks_like_directory
    return text.endswith("/") or text.rpartition("/")[2] in (".", "..")


def _physical(path: str) -> str:
    """Absolute; up to the last `..` as the disk sees it, since a link may stand before it."""
    if not path.startswith("/"):
        path = f"{current_directory()}/{path}"
    parts = path.split("/")
    if ".." not in parts:
        return path
    last = len(parts) - parts[::-1].index("..")
    return "/".join([os.path.realpath("/".join(parts[:last])), *parts[last:]])


def look(vfs: Vfs, place: Typed) -> tuple[Location, Entry]:
    """What is there now: the thing itself, else the directory of that name. Raises NotFound …"""
    return vfs.resolve(place.location, fresh=True)


def found_of(
    run: VerbRun,
    places: Iterable[Typed],
    refused: Callable[[str, StorageError], None],
    directory: str,
) -> Iterator[Picked]:
    """What is there of the places named; `refused` is told of what cannot be looked at.

    `directory` says, behind the place, why none is taken; empty where they are. Raises Usage then, and NeedsLogin
    or Offline at once: the others would end the same way.
    """
    for place in places:
        run.cancel.check()
        try:
            found = look(run.vfs, place)
        except (NeedsLogin, Offline):
            raise
        except StorageError as error:
            refused(place.text, error)
            continue
        if directory and found[1].is_directory:
            raise Usage(f"{safe_text(place.text)} is a directory{directory}")
        yield found


def receives(vfs: Vfs, destination: Typed, *, exact_name: bool) -> bool:
    """True if sources go inside the destination rather than become it."""
    if exact_name:
        return False
    if destination.inside:
        return True
    try:
        return look(vfs, destination)[1].opens_as_directory
    except NotFound:
        return False
