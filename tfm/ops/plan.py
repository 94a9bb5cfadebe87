"""What a copy, move or delete will touch, found by walking the sources afresh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tfm.model.entry import Entry, Kind
from tfm.model.errors import NotFound, StorageError
from tfm.model.location import Location, Style
from tfm.model.naming import beside_directory, encode_component
from tfm.ops.context import OpContext

Picked = tuple[Location, Entry]
"""A place and what was seen there."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on its way; `depth` 0 is what the user picked."""

    source: Location
    entry: Entry
    target: Location
    note: str = ""


@dataclass(slots=True)
class Plan:
    """Directories (parents first) and everything else, with what could not be looked at.

    `marked` are key-store directories that have an object of their own; `filled` are directories
    that hold something.
    """

    directories: list[Item] = field(default_factory=list)
    others: list[Item] = field(default_factory=list)
    unreadable: list[tuple[Item, StorageError]] = field(default_factory=list)
    marked: set[Location] = field(default_factory=set)
    filled: set[Location] = field(default_factory=set)

    @property
    def bytes(self) -> int:
        """Sum of the known sizes."""
        return sum(item.entry.size or 0 for item in self.others if item.entry.kind is Kind.FILE)


def pick(ctx: OpContext, places: Sequence[Location]) -> list[Picked]:
    """Look at typed places, afresh: the object, else the directory of that name."""
    return [
        ctx.outlast(lambda place=place: ctx.vfs.resolve(place, fresh=True))  # type: ignore[misc]
        for place in places
    ]


def target_for(picked: Picked, destination: Location, called: str | None = None) -> Item:
    """Where a picked thing goes inside the directory `destination`, by its own name or as `called`."""
    source, entry = picked
    name, note = _name_there(source, source.name if called is None else called, destination)
    if called not in (None, source.name) and not note:
        note = f"stored as {called!r}: another one has the name {source.name!r}"
    target = destination.as_directory().child(name, directory=entry.is_directory)
    return Item(source, entry, target, note)


def _name_there(source: Location, name: str, destination: Location) -> tuple[str, str]:
    """The name at the destination, and a note where it had to be encoded."""
    if source.root.style is Style.KEY and destination.root.style is Style.PATH:
        encoded = encode_component(name)
        if encoded != name:
            return encoded, f"stored as {encoded!r}: this disk cannot hold {name!r}"
    return name, ""


def walk(ctx: OpContext, top: Item, plan: Plan) -> None:
    """Add `top` and everything beneath it to the plan, asking the storage, never the cache.

    A directory that cannot be listed is entered as unreadable; the rest goes on.
    """
    if not top.entry.is_directory:
        _add(ctx, plan, top)
        return
    first = len(plan.others)
    plan.directories.append(top)
    ctx.meter.plan(1, 0)
    if can_walk_flat(top.source) and ctx.vfs.facets(top.source).walk:
        _walk_flat(ctx, top, plan)
    else:
        _walk_deep(ctx, top, plan)
    if top.source.root.style is Style.KEY and top.target.root.style is Style.PATH:
        plan.others[first:] = part_twins(plan.directories, plan.others[first:])


def part_twins(directories: Sequence[Item], files: Sequence[Item]) -> list[Item]:
    """The files, renamed where a directory of the same name goes to the same disk."""
    taken = {item.target for item in directories}
    return [_beside(item) if item.target in taken else item for item in files]


def _beside(item: Item) -> Item:
    name = beside_directory(item.target.name)
    note = f"stored as {name!r}: a directory has the name {item.source.name!r}"
    return replace(item, target=item.target.parent.child(name), note=note)


def can_walk_flat(directory: Location) -> bool:
    """True if everything beneath has keys with one prefix: not so for the list of containers."""
    return directory.root.style is Style.KEY and not directory.is_top


def _add(ctx: OpContext, plan: Plan, item: Item) -> None:
    plan.others.append(item)
    ctx.meter.plan(1, (item.entry.size or 0) if item.entry.kind is Kind.FILE else 0)


def _walk_deep(ctx: OpContext, top: Item, plan: Plan) -> None:
    """Directory by directory, without recursion, so depth has no limit."""
    waiting = [top]
    while waiting:
        here = waiting.pop()
        try:
            entries = ctx.outlast(lambda here=here: _list_pinned(ctx, here))  # type: ignore[misc]
        except StorageError as error:
            plan.unreadable.append((here, error))
            continue
        if entries:
            plan.filled.add(here.source)
        for entry in entries:
            name, note = _name_there(here.source, entry.name, here.target)
            target = here.target.child(name, directory=entry.is_directory)
            source = here.source.child(entry.name, directory=entry.is_directory)
            item = Item(source, entry, target, note)
            if entry.is_directory:
                plan.directories.append(item)
                ctx.meter.plan(1, 0)
                waiting.append(item)
            else:
                _add(ctx, plan, item)


def _list_pinned(ctx: OpContext, here: Item) -> Sequence[Entry]:
    """What is in the directory that was seen. A link that was put in its place since is not entered:
    a move would go on to delete what it leads to.
    """
    tree = ctx.vfs.facets(here.source).tree_copy
    if tree is None:
        return ctx.vfs.scan(here.source, cancel=ctx.cancel, fresh=True).entries
    return list(pages(tree.scan(here.source, here.entry, ctx.cancel)))


def _walk_flat(ctx: OpContext, top: Item, plan: Plan) -> None:
    """One listing of all keys; the directories are the prefixes that occur."""
    facet = ctx.vfs.facets(top.source).walk
    assert facet is not None
    directories = {"": top}

    def directory(prefix: str) -> Item:
        """The item of the prefix `a/b/`, made with its parents when first met."""
        if prefix in directories:
            return directories[prefix]
        head, slash, name = prefix[:-1].rpartition("/")
        parent = directory(head + slash)
        plan.filled.add(parent.source)
        shown, note = _name_there(top.source, name, top.target)
        source = top.source.as_directory().child(prefix)
        target = parent.target.child(shown, directory=True)
        item = Item(source, Entry(name, Kind.DIRECTORY), target, note)
        directories[prefix] = item
        plan.directories.append(item)
        ctx.meter.plan(1, 0)
        return item

    try:
        for entry in pages(facet.walk(top.source.as_directory(), ctx.cancel)):
            head, slash, name = entry.name.rpartition("/")
            parent = directory(head + slash)
            if not name:  # the object of the directory itself
                plan.marked.add(parent.source)
                if entry.size:
                    problem = StorageError(
                        "It is a directory marker that holds bytes; it was left where it is.",
                        place=parent.source,
                        hint="Copy that object by its key.",
                    )
                    plan.unreadable.append((parent, problem))
                continue
            plan.filled.add(parent.source)
            shown, note = _name_there(top.source, name, top.target)
            row = Entry(name, entry.kind, entry.size, entry.mtime_ns, entry.details)
            source = top.source.as_directory().child(entry.name)
            _add(ctx, plan, Item(source, row, parent.target.child(shown), note))
    except NotFound:
        return  # it vanished meanwhile, or is empty: nothing beneath it
    except StorageError as error:
        plan.unreadable.append((top, error))


def pages(source: Iterator[Sequence[Entry]]) -> Iterator[Entry]:
    """The entries of all pages."""
    for page in source:
        yield from page
