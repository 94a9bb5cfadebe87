"""How the name of a place that somebody is typing may go on: one look, one request at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Entry
from tfm.model.location import Location, Style
from tfm.model.order import is_hidden, natural_key
from tfm.storage.vfs import Vfs


@dataclass(frozen=True, slots=True)
class Completion:
    """`names` may stand where `start` stood, directories first and with a slash at their end.

    `common` is what all of them begin with. `more` says that there are others that were not asked for.
    """

    names: tuple[str, ...] = ()
    common: str = ""
    more: bool = False


def complete(
    vfs: Vfs, directory: Location, start: str, *, hidden: bool, cancel: CancelToken = NEVER
) -> Completion:
    """What in a directory begins with `start`. A known listing costs nothing. Raises StorageError.

    Where nothing on a disk begins so, what does without regard to case. Names that begin with a dot
    are left out unless `hidden`, or the dot is typed.
    """
    entries, more = _beginning_with(vfs, directory, start, cancel)
    shown = hidden or start.startswith(".")
    entries = [entry for entry in entries if shown or not is_hidden(entry)]
    fits = [entry for entry in entries if entry.name.startswith(start)]
    if not fits and directory.root.style is Style.PATH:
        wanted = start.casefold()
        fits = [entry for entry in entries if entry.name.casefold().startswith(wanted)]
    fits.sort(key=lambda entry: (not entry.opens_as_directory, natural_key(entry.name)))
    names = tuple(f"{e.name}/" if e.opens_as_directory else e.name for e in fits)
    return Completion(names, common_beginning(names), more)


def common_beginning(names: Sequence[str]) -> str:
    """What all of them begin with."""
    first, last = min(names, default=""), max(names, default="")
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[:length] if length is not None else first


def _beginning_with(
    vfs: Vfs, directory: Location, start: str, cancel: CancelToken
) -> tuple[Sequence[Entry], bool]:
    known = vfs.cached(directory)
    facet = vfs.facets(directory).beginnings
    if known is None and facet is not None and not directory.is_top:
        return facet.beginning_with(directory.as_directory(), start, cancel)
    # on a disk a look at the whole directory is the cheapest; the list of buckets is kept
    return (known or vfs.scan(directory, cancel=cancel)).entries, False
