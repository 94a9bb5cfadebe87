"""The questions: what is there, what is in it, what does it say."""

from __future__ import annotations

import os
import pathlib
import stat as modes
import sys
from collections.abc import Callable, Iterator
from typing import Self

from tfm.model.entry import Entry, Kind, LocalDetails, ObjectDetails
from tfm.model.errors import NotDirectory, NotFound, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.path.default import default_vfs, seen
from tfm.path.finding import find
from tfm.path.pattern import matches_whole, split
from tfm.path.pure import PurePlace, Segment

_FILE_MODE = modes.S_IFREG | 0o644
_DIRECTORY_MODE = modes.S_IFDIR | 0o755


class Look(PurePlace):
    """Questions about a place. Local ones are asked of the disk, as pathlib does, every time.

    Remote ones are answered by the listing the path came from, by the cache, or by one request.
    Raises FileNotFoundError and its kin; every failure of a storage is an OSError.
    """

    __slots__ = ()

    def _known(self) -> Entry | None:
        """What the listing said, as long as that counts."""
        token = self._seen
        return self._info if token is not None and token.counts(self._location) else None

    def _look(self, *, fresh: bool = False) -> tuple[Location, Entry]:
        """The place and facts of a remote path: the object, else the directory of that name."""
        if not fresh:
            known = self._known()
            if known is not None:
                return self._place, known
        return default_vfs().resolve(self._place, fresh=fresh)

    def _kind(self) -> Kind | None:
        try:
            return self._look()[1].kind
        except NotFound:
            return None

    def _unsupported(self, what: str) -> Unsupported:
        title = default_vfs().features(self._place).title
        return Unsupported(
            f"{title} has no {what}: {safe_text(self._text)}", place=self._place, verb=what
        )

    # -- is it there, and what is it -------------------------------------------------------------

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """True if it is there. `s3://b/x` asks for the object, then for the directory `x/`.

        Raises PermissionError where nobody could look; a refusal is not taken for "no".
        """
        if self._pure is not None:
            return self._pure.exists() if follow_symlinks else os.path.lexists(self._pure)
        return self._kind() is not None

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """True for a directory; remote: where both stand side by side, `s3://b/x` is the object."""
        if self._pure is not None:
            if not follow_symlinks and self._pure.is_symlink():
                return False
            return self._pure.is_dir()
        return self._kind() is Kind.DIRECTORY

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """True for a regular file, or an object."""
        if self._pure is not None:
            if not follow_symlinks and self._pure.is_symlink():
                return False
            return self._pure.is_file()
        return self._kind() is Kind.FILE

    def is_symlink(self) -> bool:
        """True for a symbolic link; S3 has none."""
        return self._pure is not None and self._pure.is_symlink()

    def is_junction(self) -> bool:
        """False: only Windows has them."""
        return False

    def is_mount(self) -> bool:
        """True for a mount point of this machine."""
        return self._pure is not None and self._pure.is_mount()

    def is_socket(self) -> bool:
        """True for a local socket."""
        return self._pure is not None and self._pure.is_socket()

    def is_fifo(self) -> bool:
        """True for a local pipe."""
        return self._pure is not None and self._pure.is_fifo()

    def is_block_device(self) -> bool:
        """True for a local block device."""
        return self._pure is not None and self._pure.is_block_device()

    def is_char_device(self) -> bool:
        """True for a local character device."""
        return self._pure is not None and self._pure.is_char_device()

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Size, times and kind. Raises FileNotFoundError.

        Remote: `st_mtime` is when it was uploaded (0 where nothing tells, as for directories),
        `st_mode` says file or directory and, where it was stored, the mode; owner, inode and links
        are 0.
        """
        if self._pure is not None:
            return self._pure.stat(follow_symlinks=follow_symlinks)
        return _stat_result(self._known() or self._look()[1])

    def lstat(self) -> os.stat_result:
        """The facts of a link itself; the same as `stat` for everything else."""
        return self.stat(follow_symlinks=False)

    def owner(self, *, follow_symlinks: bool = True) -> str:
        """The user who owns it. Raises Unsupported for remote paths."""
        if self._pure is None:
            raise self._unsupported("owners of files")
        import pwd

        return pwd.getpwuid(self.stat(follow_symlinks=follow_symlinks).st_uid).pw_name

    def group(self, *, follow_symlinks: bool = True) -> str:
        """The group that owns it. Raises Unsupported for remote paths."""
        if self._pure is None:
            raise self._unsupported("groups of files")
        import grp

        return grp.getgrgid(self.stat(follow_symlinks=follow_symlinks).st_gid).gr_name

    def readlink(self) -> Self:
        """Where a symbolic link leads. Raises Unsupported for remote paths."""
        if self._pure is None:
            raise self._unsupported("symbolic links")
        return self._of(self._pure.readlink())

    def samefile(self, other: Segment) -> bool:
        """True if both are one thing; never across worlds. Raises FileNotFoundError."""
        that = other if isinstance(other, Look) else self.with_segments(other)
        if self._pure is not None and that._pure is not None:
            return self._pure.samefile(that._pure)
        if self._location is None or that._location is None:
            self.stat()
            that.stat()
            return False
        vfs = default_vfs()
        mine, theirs = self._look()[0], that._look()[0]
        facet, other_facet = vfs.facets(mine).identity, vfs.facets(theirs).identity
        if facet is not None and other_facet is not None:
            return facet.identity(mine) == other_facet.identity(theirs)
        return mine == theirs

    # -- where it is -----------------------------------------------------------------------------

    @classmethod
    def cwd(cls) -> Self:
        """The current directory of the process."""
        return cls._of(os.getcwd())

    @classmethod
    def home(cls) -> Self:
        """The home directory of the user."""
        return cls._of(pathlib.Path.home())

    def absolute(self) -> Self:
        """A local path joined to the current directory; a remote path is already."""
        return self if self._pure is None else self._of(self._pure.absolute())

    def resolve(self, strict: bool = False) -> Self:
        """A local path with links and `..` resolved; a remote path is itself.

        `strict` raises FileNotFoundError for what is not there, on both worlds.
        """
        if self._pure is not None:
            return self._of(self._pure.resolve(strict))
        if strict:
            self._look()
        return self

    def expanduser(self) -> Self:
        """A leading `~` replaced by the home directory; a remote path is itself."""
        return self if self._pure is None else self._of(self._pure.expanduser())

    # -- what is in it ---------------------------------------------------------------------------

    def iterdir(self, *, ttl: float | None = None) -> Iterator[Self]:
        """The paths in this directory, in the order of the storage.

        Remote: one cached listing (a request per 1,000 names, none if it is known), and directories
        end with a slash. Every path carries what the listing said: `is_dir`, `is_file`, `exists` and
        `stat` ask nothing more until tfm changes that directory or the listing is too old. `ttl`
        keeps this listing for so many seconds. Raises FileNotFoundError, NotADirectoryError at the
        first step.
        """
        if self._pure is not None:
            for child in self._pure.iterdir():
                yield self._of(child)
            return
        yield from self._children(ttl)

    def _children(self, ttl: float | None = None) -> list[Self]:
        vfs = default_vfs()
        place = self._place
        try:
            listing = vfs.scan(place.as_directory(), ttl=ttl)
        except NotFound:
            if not place.looks_like_directory and self._kind() is Kind.FILE:
                raise NotDirectory(
                    f"{safe_text(self._text)} is a file.", place=place, verb="list"
                ) from None
            raise
        token = seen(listing, vfs.lifetime(place) if ttl is None else ttl)
        made = self._at
        if place.is_top:
            return [
                made(listing.where.child(e.name, directory=True), e, token) for e in listing.entries
            ]
        return [made(listing.location(entry), entry, token) for entry in listing.entries]

    def glob(
        self,
        pattern: str,
        *,
        case_sensitive: bool | None = None,
        recurse_symlinks: bool = False,
    ) -> Iterator[Self]:
        """The paths beneath that match, without order.

        `**` in a remote pattern is one flat listing of everything beneath (a request per 1,000
        keys), not one per directory; without it the listings of the directories are used, cached.
        Local links are not followed unless `recurse_symlinks`.
        """
        pattern = os.fspath(pattern)
        if self._pure is None:
            parts, only_directories = split(pattern)
            for place, entry, token in find(
                self._place,
                parts,
                only_directories=only_directories,
                case_sensitive=case_sensitive is not False,
            ):
                yield self._at(place, entry, token)
            return
        if case_sensitive is None and not recurse_symlinks:
            yield from (self._of(found) for found in self._pure.glob(pattern))
            return
        yield from self._search(pattern, case_sensitive is not False, recurse_symlinks)

    def _search(self, pattern: str, sensitive: bool, follow: bool) -> Iterator[Self]:
        """The local patterns that pathlib learned to take after 3.11."""
        parts, only_directories = split(pattern)
        with_files = not only_directories and (parts[-1:] != ["**"] or sys.version_info >= (3, 13))
        above = len(self.parts)
        for here, directories, files in self.walk(follow_symlinks=follow):
            at = here.parts[above:]
            if not at and matches_whole((), parts, case_sensitive=sensitive):
                yield here
            for name in [*directories, *files] if with_files else directories:
                if matches_whole((*at, name), parts, case_sensitive=sensitive):
                    yield here._of(here._text + "/" + name)

    def rglob(
        self,
        pattern: str,
        *,
        case_sensitive: bool | None = None,
        recurse_symlinks: bool = False,
    ) -> Iterator[Self]:
        """`glob` with `**/` in front."""
        pattern = os.fspath(pattern)
        split(pattern or ".")
        return self.glob(
            f"**/{pattern}", case_sensitive=case_sensitive, recurse_symlinks=recurse_symlinks
        )

    def walk(
        self,
        top_down: bool = True,
        on_error: Callable[[OSError], object] | None = None,
        follow_symlinks: bool = False,
    ) -> Iterator[tuple[Self, list[str], list[str]]]:
        """(directory, names of directories, names of files) for this tree, as pathlib 3.12.

        Top-down, what you remove from the directories' list is not entered. A directory that cannot
        be listed is left out, and `on_error` is told.
        """
        waiting: list[Self | tuple[Self, list[str], list[str]]] = [self]
        while waiting:
            here = waiting.pop()
            if isinstance(here, tuple):
                yield here
                continue
            try:
                directories, files = here._names(follow=follow_symlinks)
            except OSError as error:
                if on_error is not None:
                    on_error(error)
                continue
            if top_down:
                yield here, directories, files
            else:
                waiting.append((here, directories, files))
            waiting += [here._child(name) for name in reversed(directories)]

    def _child(self, name: str) -> Self:
        if self._pure is not None:
            return self._of(self._pure / name)
        return self._at(self._place.child(name, directory=True))

    def _names(self, *, follow: bool) -> tuple[list[str], list[str]]:
        directories: list[str] = []
        files: list[str] = []
        if self._pure is not None:
            with os.scandir(self._pure) as rows:
                for row in rows:
                    try:
                        inside = row.is_dir(follow_symlinks=follow)
                    except OSError:
                        inside = False
                    (directories if inside else files).append(row.name)
            return directories, files
        for entry in default_vfs().scan(self._place.as_directory()).entries:
            (directories if entry.is_directory else files).append(entry.name)
        return directories, files


def _stat_result(entry: Entry) -> os.stat_result:
    """What `os.stat` would say of such a thing; made in about a microsecond."""
    mtime_ns = entry.mtime_ns or 0
    seconds = mtime_ns // 1_000_000_000
    details = entry.details
    mode = _DIRECTORY_MODE if entry.kind is Kind.DIRECTORY else _FILE_MODE
    inode = device = links = uid = gid = 0
    if isinstance(details, LocalDetails):
        mode, uid, gid = details.mode, details.uid, details.gid
        device, inode, links = details.dev, details.ino, details.nlink
    elif isinstance(details, ObjectDetails) and details.mode is not None:
        mode = modes.S_IFMT(mode) | details.mode
    exact = mtime_ns / 1e9
    return os.stat_result(
        (mode, inode, device, links, uid, gid, entry.size or 0, seconds, seconds, seconds),
        {
            "st_atime": exact,
            "st_mtime": exact,
            "st_ctime": exact,
            "st_atime_ns": mtime_ns,
            "st_mtime_ns": mtime_ns,
            "st_ctime_ns": mtime_ns,
        },
    )
