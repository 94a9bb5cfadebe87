"""What is refused before anything happens, with nothing changed."""

from __future__ import annotations

from collections.abc import Sequence

from tfm.model.entry import Kind
from tfm.model.errors import (
    AlreadyExists,
    InvalidName,
    NotDirectory,
    ReadOnly,
    SameObject,
    StorageError,
    Unsupported,
)
from tfm.model.location import Location, Style
from tfm.model.past import is_past
from tfm.model.text import safe_text
from tfm.ops.context import OpContext
from tfm.ops.plan import Item, Plan


def refuse(
    ctx: OpContext, tops: Sequence[Item], destination: Location, *, into: bool, verb: str
) -> None:
    """Raise for what can never be right: no directory, two of one name, onto or into itself."""
    for place in (destination, *(top.source for top in tops if verb == "move")):
        if is_past(place.root):
            raise ReadOnly(
                f"Cannot {verb}: {safe_text(str(place))} is the past, which cannot be changed.",
                place=place,
                verb=verb,
                hint="Nothing was changed. Copy from there to a place of today.",
            )
    for top in tops if verb == "move" else ():
        if not ctx.vfs.features(top.source).writable:
            raise ReadOnly(
                f"Cannot {verb} {safe_text(str(top.source))}: its connection is read-only.",
                place=top.source,
                verb=verb,
                hint="Nothing was changed. Copy it instead.",
            )
    if verb == "move" and ctx.cipher is not None:
        # the proof that a source may go is that its copy has the same bytes
        raise Unsupported(
            "What is encrypted or decrypted on the way is copied, not moved.",
            place=destination,
            verb=verb,
            hint="Copy it, look at the copy, then delete what you copied.",
        )
    if into and destination.root.style is Style.PATH:
        _, there = ctx.vfs.resolve(destination, fresh=True)
        if not there.opens_as_directory:
            raise NotDirectory(
                f"{safe_text(str(destination))} is not a directory.", place=destination, verb=verb
            )
    if destination.root.style is Style.KEY and (
        destination.is_top or any(top.target.is_container for top in tops)
    ):
        raise Unsupported(
            "Files cannot lie beside buckets.",
            place=destination,
            verb=verb,
            hint="Choose a bucket, or a directory in one, as the destination.",
        )
    seen: set[Location] = set()
    for top in tops:
        if top.target in seen:
            raise AlreadyExists(
                f"Two of the sources are called {safe_text(top.target.name)}.",
                place=top.target,
                verb=verb,
                hint=f"{verb.capitalize()} them one after the other.",
            )
        seen.add(top.target)
        _refuse_same(ctx, top, verb)


def _refuse_same(ctx: OpContext, top: Item, verb: str) -> None:
    """By name first, then by identity: links, mounts and second connections have many names."""
    same = top.source == top.target
    inside = top.entry.is_directory and top.source.holds(top.target)
    if not same and not inside:
        mine = identity_of(ctx, top.source)
        if mine is not None:
            same = mine == identity_of(ctx, top.target)
            inside = top.entry.is_directory and mine in _lineage(ctx, top.target.parent)
    if same or inside:
        name = safe_text(top.source.name or str(top.source))
        raise SameObject(
            f"Cannot {verb} {name} " + ("onto itself." if same else "into its own subdirectory."),
            place=top.source,
            verb=verb,
            hint="Nothing was changed. Choose another destination.",
        )


def identity_of(ctx: OpContext, location: Location) -> object:
    """What tells a thing from all others; None if nothing is there."""
    facet = ctx.vfs.facets(location).identity
    if facet is None:
        return location
    try:
        return facet.identity(location)
    except StorageError:
        return None


def _lineage(ctx: OpContext, directory: Location) -> Sequence[object]:
    """A directory and all it lies in; a link may lead into what the text of its path does not tell."""
    facet = ctx.vfs.facets(directory).identity
    if facet is None:
        return [directory, *directory.ancestors()]
    try:
        return facet.lineage(directory)
    except StorageError:
        return []  # it is not there yet


def refuse_names(ctx: OpContext, plan: Plan, *, verb: str) -> None:
    """Raise InvalidName for the first item that its destination cannot hold.

    A name that is not text is different: that item alone fails later, with the reason.
    """
    for item in [*plan.directories, *plan.others]:
        if item.entry.kind not in (Kind.FILE, Kind.DIRECTORY) or not _is_text(item.source.key):
            continue
        size = item.entry.size if item.entry.kind is Kind.FILE else None
        reason = ctx.vfs.features(item.target).refuses(item.target, size)
        if reason:
            raise InvalidName(
                f"Cannot {verb} {safe_text(str(item.source))}: {reason}",
                place=item.source,
                verb=verb,
                hint="Nothing was changed. Rename it, or leave it out.",
            )


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
