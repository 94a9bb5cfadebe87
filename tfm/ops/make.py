"""Making and naming things: directories, empty files, another name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tfm.model.change import Change
from tfm.model.conflict import Answer, Policy
from tfm.model.entry import same_content
from tfm.model.errors import (
    AlreadyExists,
    InvalidName,
    NotDirectory,
    NotFound,
    StorageError,
)
from tfm.model.location import Location, Style
from tfm.model.text import safe_text
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.plan import Picked
from tfm.ops.tree import move
from tfm.storage.base import Hints, Written


def check_name(ctx: OpContext, place: Location, verb: str) -> None:
    """Raise InvalidName for a name that its storage cannot hold."""
    reason = ctx.vfs.features(place).refuses(place, None)
    if not place.name:
        reason = "an empty name is no name."
    if reason:
        raise InvalidName(
            f"Cannot {verb} {safe_text(str(place))}: {reason}",
            place=place,
            verb=verb,
            hint="Choose another name.",
        )


def make_directory(ctx: OpContext, directory: Location, *, parents: bool = False) -> Change:
    """Make one directory; with `parents`, those above it too, and one that exists is no error."""
    directory = directory.as_directory()
    check_name(ctx, directory, "make directory")
    if not parents:
        return ctx.vfs.mkdir(directory)
    missing: list[Location] = []
    here = directory
    while not here.is_top:
        try:
            if not ctx.vfs.stat(here, fresh=True).opens_as_directory:
                raise NotDirectory(
                    f"{safe_text(str(here))} is a file.", place=here, verb="make directory"
                )
            break
        except NotFound:
            missing.append(here)
            if here.root.style is Style.KEY:
                break  # a key needs no parents
            here = here.parent
    change = Change()
    for place in reversed(missing):
        try:
            change |= ctx.vfs.mkdir(place)
        except AlreadyExists:
            continue  # somebody else made it meanwhile
    return change


def make_file(ctx: OpContext, place: Location) -> Written:
    """Make one empty file; raises AlreadyExists rather than touch what is there."""
    check_name(ctx, place, "make file")
    if _is_there(ctx, place):
        raise already_there(place, "make file")
    with ctx.vfs.open_write(place, Hints(size=0), ctx.work(alone=True)) as writer:
        return writer.commit()


def make_all(ctx: OpContext, directory: Location, names: Sequence[str], *, files: bool) -> Report:
    """Make files or directories, each by a path beneath `directory`; what is above them is made too.

    With `files`, a name that ends with a slash is a directory. What is there already fails, and the
    others are made.
    """
    report = Report("make")
    ctx.meter.plan(len(names), 0)
    ctx.meter.planned()
    for name in names:
        parents, _, last = name.removesuffix("/").rpartition("/")
        is_file = files and not name.endswith("/")
        above = directory
        for part in parents.split("/") if parents else ():
            above = above.child(part, directory=True)
        place = above.child(last, directory=not is_file)
        # a key needs no parents
        missing = above if parents and directory.root.style is Style.PATH else None
        ctx.attempt(report, place, place, partial(_make_one, ctx, place, missing, is_file=is_file))
    return report


def _make_one(ctx: OpContext, place: Location, above: Location | None, *, is_file: bool) -> None:
    if above is not None:
        make_directory(ctx, above, parents=True)
    if is_file:
        make_file(ctx, place)
    else:
        make_directory(ctx, place)


def path_fault(name: str) -> str:
    """What is wrong with a path beneath a directory, or nothing; a slash at the end says directory."""
    for part in name.removesuffix("/").split("/"):
        if not part:
            return "Begin without a slash, and write one slash at a time."
        if part in (".", ".."):
            return f"{part} cannot be a name."
    return "A name cannot hold a NUL byte." if "\0" in name else ""


def already_there(place: Location, verb: str) -> AlreadyExists:
    """The error for a name that is taken."""
    return AlreadyExists(
        f"{safe_text(str(place))} is already there.",
        place=place,
        verb=verb,
        hint="Nothing was changed. Choose another name.",
    )


def _is_there(ctx: OpContext, place: Location) -> bool:
    try:
        ctx.vfs.stat(place, fresh=True)
    except NotFound:
        return False
    return True


def rename(ctx: OpContext, picked: Picked, name: str) -> Report:
    """Give a file or directory another name in the same directory; never replaces anything."""
    source, entry = picked
    if "/" in name:
        raise InvalidName(
            "A name cannot contain a slash.",
            place=source,
            verb="rename",
            hint="To put it into another directory, move it.",
        )
    if not name:  # joined to a key it would name the directory above
        raise InvalidName(
            f"Cannot rename {safe_text(str(source))}: an empty name is no name.",
            place=source,
            verb="rename",
            hint="Choose another name.",
        )
    target = source.parent.child(name, directory=entry.is_directory)
    check_name(ctx, target, "rename")
    if _only_case_differs(ctx, picked, target):
        facet = ctx.vfs.facets(source).rename
        assert facet is not None
        # nothing is replaced: with two hard links the name is taken, and one of them would go
        ctx.vfs.apply(lambda _s: facet.rename(source, target), source, target, verb="rename")
        report = Report("rename")
        ctx.end(report, ItemResult(source, target, Outcome.DONE))
        return report
    seen_first = ctx.recorder.before(source) is None
    if entry.is_directory and target != source and seen_first and _is_there(ctx, target):
        report = Report("rename")  # a move would merge the two
        error = already_there(target, "rename")
        ctx.meter.plan(1, 0)
        ctx.end(report, ItemResult(source, target, Outcome.FAILED, reason=str(error), error=error))
        return report
    report = move(replace(ctx, resolver=Policy(Answer.FAIL)), [picked], target, into=False)
    report.verb = "rename"
    return report


def _only_case_differs(ctx: OpContext, picked: Picked, target: Location) -> bool:
    """True where both names mean one thing because the disk folds case or normal form."""
    source, entry = picked
    facets = ctx.vfs.facets(source)
    if source == target or facets.rename is None or facets.identity is None:
        return False
    if source.name.casefold() != target.name.casefold():
        return False
    try:
        if not same_content(entry, ctx.vfs.stat(target, fresh=True)):
            return False  # say, a link to the other spelling: identity looks behind links
        return facets.identity.identity(source) == facets.identity.identity(target)
    except StorageError:
        return False
