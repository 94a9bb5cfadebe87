"""Listings that outlive the program: a folder for each account, in it a file for each directory.

They are only ever drawn, with their age, until the server has told what is there now: nothing is
decided by them, and the cache of listings never sees them. So a file that is stale, lost, cut or
damaged harms nobody; what cannot be read is removed and counts as not there.

Files and not a database: several programs write at once, homes lie on NFS, where the shared
memory of SQLite's log cannot be and locks may hang, and one damaged file is one listing. Each is
written beside its name and renamed. Bounded in bytes and in age; the least recently used go first.

Synchronous, for worker threads; no method raises OSError.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from tfm.model.change import Change
from tfm.model.listing import Listing
from tfm.model.location import BadPlace, Location, parse
from tfm.storage.listing_file import HEAD_BYTES, Earlier, pack, read_head, unpack

DAY = 86_400.0
DEFAULT_MAX_BYTES = 64 * 1024 * 1024
DEFAULT_MAX_AGE = 30 * DAY

_ENDING = ".listing"
_BESIDE = ".new"
_LEFT_BEHIND = 3600.0
"""Seconds after which a file beside its name belongs to nobody any more."""
_SHARE = 4
"""One listing takes at most this part of all there is room for."""
_AHEAD = 60.0
"""Seconds by which the clock of another machine with the same home may be ahead."""

_log = logging.getLogger("tfm.listings")


def usual_directory(environ: Mapping[str, str]) -> Path | None:
    """Where they are kept: `$XDG_CACHE_HOME/tfm/listings`; None without a home."""
    told, home = environ.get("XDG_CACHE_HOME", ""), environ.get("HOME", "")
    if told.startswith("/"):
        return Path(told) / "tfm" / "listings"
    return Path(home) / ".cache" / "tfm" / "listings" if home.startswith("/") else None


class ListingStore:
    """`make_private` makes a directory that nobody else can enter, or raises OSError.

    `max_age` is in seconds, `clock` in seconds since 1970. Several programs may use one directory.
    """

    def __init__(
        self,
        directory: Path,
        make_private: Callable[[Path], Path],
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        max_age: float = DEFAULT_MAX_AGE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.max_bytes = max_bytes
        self.max_age = max_age
        self._make_private = make_private
        self._clock = clock
        self._bytes: int | None = None
        self._told: set[str] = set()

    # -- one listing -----------------------------------------------------------------------------

    def store(self, account: str, listing: Listing) -> bool:
        """Keep a listing for an account, in the place of the one before; False if that failed."""
        try:
            data = pack(_digest(account), listing)
        except ValueError:
            return False
        if len(data) > self.max_bytes // _SHARE:
            self._remove(self._file(account, listing.where))
            return False
        try:
            self._make_private(self.directory)
            file = self._file(account, listing.where)
            self._make_private(file.parent)
            _write_beside(file, data)
        except OSError as error:
            self._tell(f"Listings are not kept: {error.strerror or error}")
            return False
        self._bytes = None if self._bytes is None else self._bytes + len(data)
        if self._bytes is None or self._bytes > self.max_bytes:
            self.tidy()
        return True

    def load(self, account: str, place: Location) -> Earlier | None:
        """What was last read of a directory for that account, if it is kept and not too old."""
        file = self._file(account, place)
        try:
            data = _read_ours(file, self.max_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell(f"A kept listing cannot be read: {error.strerror or error}")
            return None
        try:
            head, entries = unpack(data)
            if (head.account, head.place) != (_digest(account), str(place)):
                raise ValueError("the listing of another place")
        except ValueError as error:
            _log.info("A kept listing is removed: %s", error)
            self._remove(file)
            return None
        age = self._clock() - head.taken_at
        if not -_AHEAD <= age <= self.max_age:
            self._remove(file)
            return None
        with suppress(OSError):
            os.utime(file)  # the time of a file tells when it was last of use
        return Earlier(entries, head.taken_at, head.whole)

    # -- forgetting ------------------------------------------------------------------------------

    def drop(self, account: str, change: Change) -> None:
        """Forget what a change may have made wrong."""
        folder = self.directory / _digest(account)
        try:
            names = set(os.listdir(folder))
        except OSError:
            return
        for name in names & {_name(place) for place in change.directories}:
            self._remove(folder / name)
            names.discard(name)
        if change.subtrees:
            self._drop_where(folder, names, change.covers)

    def drop_where(self, covers: Callable[[Location], bool]) -> None:
        """Forget the listings of the directories for which that holds, of all accounts."""
        for folder in self._folders():
            with suppress(OSError):
                self._drop_where(folder, os.listdir(folder), covers)

    def _drop_where(
        self,
        folder: Path,
        names: Iterator[str] | set[str] | list[str],
        covers: Callable[[Location], bool],
    ) -> None:
        for name in names:
            file = folder / name
            try:
                head, _ = read_head(_read_ours(file, HEAD_BYTES, all_of_it=False))
                if covers(parse(head.place)):
                    self._remove(file)
            except FileNotFoundError:
                continue
            except (OSError, ValueError, BadPlace):
                if name.endswith(_ENDING):
                    self._remove(file)

    def clear(self) -> None:
        """Forget everything, of all accounts."""
        for file, _ in self._files():
            self._remove(file)
        self._remove_empty()

    def tidy(self) -> int:
        """Remove what is too old, what nobody finished, and what there is no room for; bytes left."""
        now, left = self._clock(), []
        for file, facts in self._files():
            limit = self.max_age if file.name.endswith(_ENDING) else _LEFT_BEHIND
            if now - facts.st_mtime > limit:
                self._remove(file)
            else:
                left.append((facts.st_mtime, facts.st_size, file))
        total = sum(size for _, size, _ in left)
        for _, size, file in sorted(left):
            if total <= self.max_bytes:
                break
            self._remove(file)
            total -= size
        self._remove_empty()
        self._bytes = total
        return total

    # -- files -----------------------------------------------------------------------------------

    def _file(self, account: str, place: Location) -> Path:
        return self.directory / _digest(account) / _name(place)

    def _folders(self) -> list[Path]:
        try:
            with os.scandir(self.directory) as found:
                return [Path(e.path) for e in found if e.is_dir(follow_symlinks=False)]
        except OSError:
            return []

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for folder in self._folders():
            with suppress(OSError), os.scandir(folder) as found:
                for entry in found:
                    with suppress(OSError):  # another program was quicker
                        if entry.name.endswith((_ENDING, _BESIDE)):
                            yield Path(entry.path), entry.stat(follow_symlinks=False)

    def _remove_empty(self) -> None:
        for folder in self._folders():
            with suppress(OSError):
                folder.rmdir()

    @staticmethod
    def _remove(file: Path) -> None:
        with suppress(OSError):
            file.unlink()

    def _tell(self, text: str) -> None:
        """Into the log, the same thing once."""
        if text not in self._told:
            self._told.add(text)
            _log.warning("%s", text)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _name(place: Location) -> str:
    return _digest(str(place)) + _ENDING


def _write_beside(file: Path, data: bytes) -> None:
    """Publish at once. Not synced: what a power cut tears is told by its checksums, and read again."""
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=_BESIDE, dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as beside:
            beside.write(data)
        Path(name).replace(file)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _read_ours(file: Path, most: int, *, all_of_it: bool = True) -> bytes:
    """The bytes of a regular file of this user; never waits for a FIFO, never follows a link."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(file, flags), "rb") as opened:
        facts = os.fstat(opened.fileno())
        if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid():
            raise OSError("it is not a file of ours")
        if all_of_it and facts.st_size > most:
            raise OSError("it is larger than any of ours")
        return opened.read(most)
