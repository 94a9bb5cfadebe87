"""A local copy of a file for a program that knows only local files, and the way back.

The copy is taken of one version. It goes back only if it was changed, and only over that very version:
whoever changed the file meanwhile is not overwritten unasked.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tfm.model.entry import Entry, Kind
from tfm.model.errors import IsDirectory, NotFound
from tfm.model.location import Location, local
from tfm.model.naming import encode_component, numbered
from tfm.model.text import safe_text
from tfm.ops.context import OpContext
from tfm.ops.copy import FileItem, copy_file
from tfm.storage.base import Written

_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A file that was lent: where it lives, as what it was read, the copy, and the copy's digest.

    One that is not there yet has no entry.
    """

    home: Location
    entry: Entry | None
    copy: Path
    digest: bytes

    @property
    def changed(self) -> bool:
        """True if the copy holds other bytes by now; one that vanished is none. Reads it whole.

        True also where it cannot be read: who brings it home is told why.
        """
        try:
            return digest_of(self.copy) != self.digest
        except FileNotFoundError:
            return False
        except OSError:
            return True


def borrow(ctx: OpContext, home: Location, folder: Path) -> Borrowed:
    """Copy one file into `folder`, which is private, under its own name as far as a disk can hold it.

    Raises StorageError, IsDirectory for a directory.
    """
    entry = ctx.vfs.stat(home, fresh=True)
    if entry.is_directory:
        raise IsDirectory(
            f"{safe_text(str(home))} is a directory.",
            place=home,
            verb="copy here",
            hint="Only files can be lent to a program.",
        )
    copy = _free_name(folder, home.name)
    copy_file(ctx, FileItem(home, entry, local(copy)), alone=True)
    copy.chmod(stat.S_IMODE(copy.stat().st_mode) | 0o600)
    return Borrowed(home, entry, copy, digest_of(copy))


def new_copy(home: Location, folder: Path) -> Borrowed:
    """The copy of a file that is not there yet: a name in `folder` for a program to fill."""
    return Borrowed(home, None, _free_name(folder, home.name), b"")


def give_back(ctx: OpContext, borrowed: Borrowed) -> Written:
    """Put the changed copy over the version that was lent.

    Raises TooLate, NotFound or AlreadyExists if something else stands there by now, or nothing: then
    nothing was written.
    """
    return _put(ctx, borrowed, borrowed.home, borrowed.entry)


def give_back_anyway(ctx: OpContext, borrowed: Borrowed) -> Written:
    """Put it over whatever stands there at this moment. Raises TooLate if that changes meanwhile."""
    try:
        now = ctx.vfs.stat(borrowed.home, fresh=True)
    except NotFound:
        return _put(ctx, borrowed, borrowed.home, None)
    return _put(ctx, borrowed, borrowed.home, now)


def give_back_beside(ctx: OpContext, borrowed: Borrowed) -> tuple[Location, Written]:
    """Put it beside the other one, under a new name like `name (2).txt`; returns where."""
    directory = borrowed.home.parent
    for name in chain((borrowed.home.name,), numbered(borrowed.home.name)):
        place = directory.child(name)
        try:
            ctx.vfs.stat(place, fresh=True)
        except NotFound:
            return place, _put(ctx, borrowed, place, None)
    raise AssertionError("numbers do not end")


def _put(ctx: OpContext, borrowed: Borrowed, place: Location, replaces: Entry | None) -> Written:
    source = local(borrowed.copy)
    entry = ctx.vfs.stat(source, fresh=True)
    if entry.kind is Kind.LINK:
        # some editors leave a link where the file was: what it leads to is what was written
        source = local(os.path.realpath(borrowed.copy))  # a circle stays what it is
        entry = ctx.vfs.stat(source, fresh=True)
    item = FileItem(source, entry, place, replaces=replaces, keeps=True)
    return copy_file(ctx, item, alone=True)


def left_beside(copy: Path, copies: Sequence[Path]) -> tuple[str, ...]:
    """What a program left in the directory of a copy or beneath, as paths from there, but for backups
    of what was before.

    Editors call it after the file; what is called after none belongs to the first one there.
    """
    here = [each for each in copies if each.parent == copy.parent]
    found = []
    for path in copy.parent.rglob("*"):
        if path in copies or path.name.endswith("~") or (path.is_dir() and not path.is_symlink()):
            continue
        called_so = [each for each in here if each.name in path.name]
        if copy == (max(called_so, key=lambda each: len(each.name)) if called_so else here[0]):
            found.append(str(path.relative_to(copy.parent)))
    return tuple(sorted(found))


def digest_of(file: Path) -> bytes:
    """SHA-256 of a file, read whole. Raises OSError."""
    found = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            found.update(block)
    return found.digest()


def _free_name(folder: Path, name: str) -> Path:
    """The name itself where it is free; several files of one name may be lent at once."""
    plain = encode_component(name)
    names = chain((plain,), numbered(plain))
    return next(folder / each for each in names if not os.path.lexists(folder / each))
