"""`Path`: what a script does to files, on both worlds with one name."""

from __future__ import annotations

import io
import os
import pathlib
from collections.abc import Callable
from typing import IO, Any, Self

from tfm.model.change import Change, around, beneath
from tfm.model.conflict import Answer, Policy
from tfm.model.entry import Entry
from tfm.model.errors import (
    AlreadyExists,
    Denied,
    InvalidName,
    IsDirectory,
    NotDirectory,
    NotEmpty,
    NotFound,
    StorageError,
    Unsupported,
)
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.make import check_name
from tfm.ops.remove import keep_visible, remove
from tfm.ops.tree import copy, move
from tfm.path.default import default_vfs, removing
from tfm.path.look import Look
from tfm.path.pure import Segment
from tfm.path.streams import (
    BLOCK,
    ReadStream,
    WriteStream,
    check_mode,
    dress_reader,
    dress_writer,
    open_in_place,
)
from tfm.storage.base import Hints


class Path(Look):
    """A place on a local disk or in S3, used as one uses `pathlib.Path`.

    `Path('/tmp/x')`, `Path('notes.txt')`, `Path('s3://bucket/dir/file')`. Every public name of
    `pathlib.Path` is here. What differs from pathlib:

    * `rename` never replaces anything, on neither world; `replace` does.
    * A file opened with `w` or `x` appears whole when it is closed; if the `with` block raises, what
      was there before is still there. Another hard link of a replaced file keeps the old contents.
    * Remote keys are kept verbatim: nothing is normalised, decoded or resolved. `s3://b/x` and
      `s3://b/x/` are different paths; without the slash the object wins, else it is the directory.
    * In S3 directories need no parents; `chmod` does nothing; links, owners and append mode raise
      `Unsupported`, an `OSError`.
    * Answers about remote places may be up to the cache's lifetime old (60 s), but are always right
      about what this process changed.

    Every failure of a storage is an OSError; a missing thing is a FileNotFoundError, a refusal a
    PermissionError, missing credentials also a RuntimeError.
    """

    __slots__ = ()

    # -- reading and writing ---------------------------------------------------------------------

    def open(
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open as the builtin `open` does.

        `w` and `x` publish whole at `close`, and nothing if the `with` block raises. `a`, and every
        mode with `+`, change a local file in place and raise Unsupported for a remote one.
        """
        how = {"encoding": encoding, "errors": errors, "newline": newline}
        kind, text = check_mode(mode, buffering=buffering, how=how)
        if text:
            how["encoding"] = io.text_encoding(encoding, 2)
        if kind == "r":
            if self._pure is not None:
                return self._pure.open(mode, buffering, how["encoding"], errors, newline)
            raw = self._open_to_read()
            return dress_reader(raw, text=text, buffering=buffering, how=how)
        if kind in ("w", "x") and not self._is_special():
            writer = self._open_to_write(kind, None)
            return dress_writer(writer, text=text, buffering=buffering, how=how)
        if self._pure is None:
            raise Unsupported(
                f"Cannot open {safe_text(self._text)} with mode {mode!r}: "
                "an object can only be written whole.",
                place=self._place,
                verb="write",
                hint="Read it, add to it, and write it back with write_bytes or write_text.",
            )
        vfs, here = default_vfs(), self.location
        vfs.apply(lambda _s: around(here), here, verb="write")  # refused where nothing may change
        return open_in_place(
            self._text, mode, changed=lambda: vfs.touch(here.parent), buffering=buffering, how=how
        )

    def _is_special(self) -> bool:
        """True for devices and pipes, which are written into, not replaced."""
        return self._pure is not None and self._pure.exists() and not self._pure.is_file()

    def _open_to_read(self) -> ReadStream:
        vfs, place = default_vfs(), self._place
        try:
            if place.looks_like_directory:
                vfs.stat(place)
                raise self._is_directory("read")
            return ReadStream(vfs, place)
        except NotFound:
            if not place.looks_like_directory and vfs.exists(place.as_directory()):
                raise self._is_directory("read") from None
            raise

    def _is_directory(self, verb: str) -> IsDirectory:
        return IsDirectory(
            f"Cannot {verb} {safe_text(self._text)}: it is a directory.",
            place=self._location,
            verb=verb,
        )

    def _open_to_write(self, kind: str, size: int | None) -> WriteStream:
        vfs = default_vfs()
        place = self.location
        if self._pure is not None and kind == "w" and self._pure.is_symlink():
            place = Path(os.path.realpath(self._pure)).location  # as open() writes through a link
        elif self._pure is None and place.looks_like_directory:
            raise self._is_directory("write")
        try:
            there: Entry | None = vfs.stat(place, fresh=True)
        except NotFound:
            there = None
        if there is not None and kind == "x":
            raise self._exists()
        if there is not None and there.is_directory:
            raise self._is_directory("write")
        if there is not None and self._pure is not None and not os.access(place.key, os.W_OK):
            # its directory would let it be replaced, but its owner said no
            raise Denied(
                f"Cannot write {safe_text(self._text)}: permission denied.",
                place=place,
                verb="write",
                hint="Check its owner and mode with ls -l.",
            )
        writer = vfs.open_write(place, Hints(size=size, replaces=there))
        return WriteStream(writer, safe_text(self._text))

    def _exists(self) -> AlreadyExists:
        return AlreadyExists(f"{safe_text(self._text)} is already there.", place=self._location)

    def read_bytes(self) -> bytes:
        """The whole contents; remote: one request, checked against what the storage promised."""
        if self._pure is not None:
            return self._pure.read_bytes()
        with self._open_to_read() as stream:
            pieces = []
            while piece := stream.read(BLOCK):
                pieces.append(piece)
        return b"".join(pieces)

    def read_text(
        self, encoding: str | None = None, errors: str | None = None, newline: str | None = None
    ) -> str:
        """The whole contents as text."""
        encoding = io.text_encoding(encoding)
        with self.open("r", encoding=encoding, errors=errors, newline=newline) as file:
            text: str = file.read()
        return text

    def write_bytes(self, data: bytes | bytearray | memoryview) -> int:
        """Replace the whole contents, at once or not at all; how many bytes it has now."""
        view = memoryview(data)
        if self._is_special():
            with self.open("ab", buffering=0) as file:
                return int(file.write(view) or 0)
        with self._open_to_write("w", view.nbytes) as stream:
            return stream.write(view)

    def write_text(
        self,
        data: str,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> int:
        """Replace the whole contents by this text; how many characters it has."""
        if not isinstance(data, str):
            raise TypeError(f"data must be str, not {type(data).__name__}")
        collected = io.BytesIO()
        encoding = io.text_encoding(encoding)
        text = io.TextIOWrapper(collected, encoding=encoding, errors=errors, newline=newline)
        text.write(data)
        text.flush()
        self.write_bytes(collected.getvalue())
        return len(data)

    # -- making ----------------------------------------------------------------------------------

    def _act(self, verb: str, act: Callable[[], object], *others: Location) -> None:
        """Do something to a local path, as pathlib does it, and let everybody know."""
        here = self.location
        change = beneath(here, *others) | Change(frozenset(here.ancestors()))

        def told(_storage: object) -> Change:
            act()
            return change

        default_vfs().apply(told, here, *others, verb=verb)

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Make a directory. Raises FileExistsError unless `exist_ok`.

        In S3 it is an empty marker object; parents are never needed and `mode` says nothing there.
        """
        if self._pure is not None:
            pure = self._pure
            self._act("make directory", lambda: pure.mkdir(mode, parents, exist_ok))
            return
        vfs, place = default_vfs(), self._place
        ctx = OpContext(vfs)
        check_name(ctx, place.as_directory(), "make directory")
        try:
            there = self._look(fresh=True)[1]
        except NotFound:
            try:
                vfs.mkdir(place.as_directory())
                return
            except AlreadyExists:
                there = vfs.stat(place.as_directory(), fresh=True)
        if not (exist_ok and there.is_directory):
            raise self._exists()

    def touch(self, mode: int = 0o666, exist_ok: bool = True) -> None:
        """Make an empty file if nothing is there; sets the time of a local one.

        An object that exists is left exactly as it is. Raises FileExistsError unless `exist_ok`.
        """
        if self._pure is not None:
            pure = self._pure
            self._act("touch", lambda: pure.touch(mode, exist_ok))
            return
        vfs, place = default_vfs(), self._place
        try:
            self._look(fresh=True)
        except NotFound:
            check_name(OpContext(vfs), place, "make file")
            try:
                with vfs.open_write(place, Hints(size=0)) as writer:
                    writer.commit()
                return
            except AlreadyExists:
                pass  # somebody else made it meanwhile
        if not exist_ok:
            raise self._exists()

    def symlink_to(self, target: Segment, target_is_directory: bool = False) -> None:
        """Make a symbolic link to `target`. Raises Unsupported for remote paths."""
        if self._pure is None:
            raise self._unsupported("symbolic links")
        pure, text = self._pure, os.fspath(target)
        self._act("link", lambda: pure.symlink_to(text, target_is_directory))

    def hardlink_to(self, target: Segment) -> None:
        """Make this another name of the file `target`. Raises Unsupported for remote paths."""
        if self._pure is None:
            raise self._unsupported("hard links")
        pure, text = self._pure, os.fspath(target)
        self._act("link", lambda: pure.hardlink_to(text))

    def link_to(self, target: Segment) -> None:
        """Make `target` another name of this file, as pathlib's old method did."""
        if self._pure is None:
            raise self._unsupported("hard links")
        self.with_segments(target).hardlink_to(self)

    def chmod(self, mode: int, *, follow_symlinks: bool = True) -> None:
        """Change permission bits; does nothing in S3, which has none."""
        if self._pure is not None:
            pure = self._pure
            self._act("change mode", lambda: pure.chmod(mode, follow_symlinks=follow_symlinks))

    def lchmod(self, mode: int) -> None:
        """`chmod` of a link itself; does nothing in S3."""
        self.chmod(mode, follow_symlinks=False)

    # -- removing --------------------------------------------------------------------------------

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file or a link. Raises FileNotFoundError unless `missing_ok`.

        An S3 directory that becomes empty by it stays, as a marker. For a whole directory use
        `rmtree`, which removes a thousand with one request.
        """
        if self._pure is not None:
            pure = self._pure
            self._act("delete", lambda: pure.unlink(missing_ok))
            return
        vfs, place = default_vfs(), self._place
        try:
            if place.looks_like_directory:
                vfs.stat(place, fresh=True)
                raise self._is_directory("delete")
            self._delete(place)
        except NotFound:
            if not place.looks_like_directory and _is_there(self._at(place.as_directory())):
                raise self._is_directory("delete") from None
            if not missing_ok:
                raise

    def rmdir(self) -> None:
        """Remove an empty directory. Raises OSError (ENOTEMPTY) for any other."""
        if self._pure is not None:
            pure = self._pure
            self._act("delete", pure.rmdir)
            return
        place, entry = self._look(fresh=True)
        if not entry.is_directory:
            raise self._not_directory("remove")
        self._delete(place)

    def _delete(self, place: Location) -> None:
        vfs = default_vfs()
        known = vfs.cached(place.parent)
        with removing(place):
            vfs.delete(place)
        seen = self._seen
        # where others are known to be left, nobody need ask whether the directory is empty now
        if not (seen is not None and seen.others) and (known is None or len(known.entries) < 2):
            keep_visible(OpContext(vfs), place.parent)

    def _not_directory(self, verb: str) -> NotDirectory:
        return NotDirectory(
            f"Cannot {verb} {safe_text(self._text)}: it is not a directory.",
            place=self._location,
            verb=verb,
        )

    def rmtree(self) -> None:
        """Remove a directory with everything beneath it; links are removed, never followed.

        Goes on after a failure and then raises the first one; what could not be removed stays.
        Buckets, and the top of the disk, are refused.
        """
        vfs = default_vfs()
        place, entry = vfs.resolve(self.location, fresh=True)
        if not entry.is_directory:
            raise self._not_directory("remove")
        if place.is_top or place.is_container:
            raise Unsupported(
                f"{safe_text(self._text)} is not removed as a whole.",
                place=place,
                verb="delete",
                hint="Remove the directories in it one by one.",
            )
        _raise_first(remove(OpContext(vfs), [(place, entry)]))

    # -- carrying --------------------------------------------------------------------------------

    def _source(self) -> tuple[Location, Entry]:
        return default_vfs().resolve(self.location, fresh=True)

    def _target(self, target: Segment, *, same_world: bool) -> Self:
        that = target if isinstance(target, type(self)) else self.with_segments(target)
        if same_world and self.is_remote and not that.is_absolute():
            raise InvalidName(
                f"{safe_text(str(that))} names no place in {self.anchor}.",
                place=self._location,
                hint="Give the whole place, for example path.with_name('new').",
            )
        return that

    def rename(self, target: Segment) -> Self:
        """Give it another name or place; the new path. Works on directories and across worlds.

        Unlike pathlib's on POSIX it never replaces anything: raises FileExistsError. The new name of
        a remote path is a whole place. Across storages it copies, verifies, then removes.
        """
        that = self._target(target, same_world=True)
        if self == that:
            self._source()
            return that
        source = self._source()
        if self._changes_case(that):
            pure, new = pathlib.Path(self._text), that._text
            self._act("rename", lambda: os.rename(pure, new), that.location)
            return that
        if _is_there(that):
            raise that._exists()
        return self._carry(source, that, Answer.FAIL, moves=True)

    def _changes_case(self, that: Look) -> bool:
        """True where both names are one thing because the disk folds case."""
        return (
            self._pure is not None
            and that._pure is not None
            and self.name != that.name
            and self.name.casefold() == that.name.casefold()
            and self.location.parent == that.location.parent
            and that.name not in os.listdir(self.location.parent.key)
            and os.path.lexists(that._pure)
        )

    def replace(self, target: Segment) -> Self:
        """As `rename`, but replaces a file, or an empty directory by a directory."""
        that = self._target(target, same_world=True)
        source = self._source()
        if self == that:
            return that
        if self._pure is not None and that._pure is not None:
            pure, new = self._pure, that._pure
            try:
                self._act("rename", lambda: pure.replace(new), that.location)
                return that
            except StorageError as error:
                if error.code != "EXDEV":
                    raise
        if _is_there(that):
            place, entry = default_vfs().resolve(that.location, fresh=True)
            if entry.is_directory != source[1].is_directory:
                raise (that._is_directory if entry.is_directory else that._not_directory)("replace")
            if entry.is_directory:
                if default_vfs().scan(place, fresh=True).entries:
                    raise NotEmpty(
                        f"Cannot replace {safe_text(str(that))}: the directory is not empty.",
                        place=place,
                        verb="replace",
                    )
                default_vfs().delete(place)
        return self._carry(source, that, Answer.OVERWRITE, moves=True)

    def copy_to(self, target: Segment, overwrite: bool = False) -> Self:
        """Copy a file, or a directory with everything in it, to the name `target`; the new path.

        Both may be of either world; within S3 the server copies. A file whose target ends with a
        slash (a bucket does) goes inside it under its own name. Raises FileExistsError if the target
        is there, unless `overwrite`: then files are replaced, and a directory is merged into the
        one that is there. Goes on after a failure and then raises the first one; links that the
        target cannot hold count as failures.
        """
        return self._transfer(target, overwrite=overwrite, moves=False)

    def move_to(self, target: Segment, overwrite: bool = False) -> Self:
        """Move likewise: renamed where that is possible, else copied, verified, then removed."""
        return self._transfer(target, overwrite=overwrite, moves=True)

    def _transfer(self, target: Segment, *, overwrite: bool, moves: bool) -> Self:
        that = self._target(target, same_world=False)
        source = self._source()
        inside = isinstance(target, str) and target.endswith("/")
        if that._location is not None:
            inside = that._location.looks_like_directory
        if inside and not source[1].is_directory:
            that = that / self.name
        if not overwrite and _is_there(that):
            raise that._exists()
        answer = Answer.OVERWRITE if overwrite else Answer.FAIL
        return self._carry(source, that, answer, moves=moves)

    def _carry(
        self, source: tuple[Location, Entry], that: Self, answer: Answer, *, moves: bool
    ) -> Self:
        ctx = OpContext(default_vfs(), resolver=Policy(answer))
        target = that.location
        check_name(ctx, target, "move" if moves else "copy")
        run = move if moves else copy
        report = run(ctx, [source], target, into=False)
        _raise_first(report)
        if that._location is None:
            return that
        directory = source[1].is_directory
        return self._at(target.as_directory() if directory else target.as_file())


def _is_there(path: Look) -> bool:
    """True if anything has this name now: a broken link counts, the cache does not."""
    try:
        default_vfs().resolve(path.location, fresh=True)
    except (NotFound, NotDirectory):
        return False
    return True


def _raise_first(report: Report) -> None:
    """Raise the first thing that was not done; what was done stays done."""
    for item in report.items:
        if item.outcome is Outcome.DONE:
            continue
        if item.error is not None:
            raise item.error
        reason = item.reason or "it was not done."
        raise StorageError(
            f"Cannot {report.verb} {safe_text(str(item.source))}: {reason}",
            place=item.source,
            verb=report.verb,
        )
