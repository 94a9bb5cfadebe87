"""What a job did so far, on the disk: so that one cut off by a kill can go on, or be cleared up.

One append-only file of JSON lines a job, one writer, a checksum on each line; a torn last line is
dropped. The file is locked while its job lives, so a lock that can be had tells of a dead one, and
two instances never take up the same job. Ids of uploads are synced, with all that stands before
them; the rest outlives the program, which is enough: what a lost line would have said is found out
anew, by looking. A journal that cannot be written is a warning, never the end of a job.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import secrets
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tfm.model.errors import StorageError
from tfm.model.text import safe_text

_log = logging.getLogger("tfm.jobs")

VERSION: Final = 1
LONGEST_TITLE: Final = 1000
"""Characters of the title of a job that are kept: a command line may be as long as all names in a directory."""
SUFFIX: Final = ".jsonl"
_LARGEST: Final = 1 << 30  # bytes; a job of two million items needs about 600 MB
_LONGEST_LINE: Final = 1 << 20

Record = dict[str, Any]


class JournalFile:
    """One file, open and locked. `append` may be called from any thread."""

    def __init__(self, path: Path, fd: int, sequence: int = 0) -> None:
        self.path = path
        self._fd = fd
        self._sequence = sequence
        self._broken = False
        self._lock = threading.Lock()

    @classmethod
    def create(cls, directory: Path) -> JournalFile:
        """A new one, 0600, with a name of its own. Raises OSError."""
        while True:
            file = cls._create(directory)
            if os.fstat(file._fd).st_nlink:
                return file
            file.close()  # taken for one that nobody writes, before it was locked

    @classmethod
    def _create(cls, directory: Path) -> JournalFile:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        path = directory / f"{stamp}-{os.getpid()}-{secrets.token_hex(3)}{SUFFIX}"
        with _opened(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL) as (fd, keep):
            _lock_file(fd)
            keep()
        return cls(path, fd)

    @classmethod
    def take_over(cls, path: Path) -> tuple[JournalFile, list[Record]] | None:
        """One whose writer is dead, with its records; None while somebody holds it."""
        with _opened(path, os.O_RDWR | os.O_APPEND) as (fd, keep):
            if not _lock_file(fd, only_try=True):
                return None
            records, end = _read(fd)
            if os.fstat(fd).st_size > end:
                os.ftruncate(fd, end)  # a torn line would swallow the next one
            keep()
        return cls(path, fd, len(records)), records

    @property
    def id(self) -> str:
        """The name that lists show and verbs take."""
        return self.path.name.removesuffix(SUFFIX)

    def append(self, *records: Record, durable: bool = False) -> None:
        """Write records; with `durable` they are on the disk when this returns. Never raises."""
        with self._lock:
            if self._fd < 0 or self._broken:
                return
            lines = [
                _line({"n": number, **record})
                for number, record in enumerate(records, self._sequence + 1)
            ]
            self._sequence += len(lines)
            try:
                _write_all(self._fd, b"".join(lines))
                if durable:
                    os.fsync(self._fd)
            except OSError as error:
                # half a record must not stand before a whole one; the lock is kept
                _log.warning("The journal %s ends here: %s", self.path.name, error.strerror)
                self._broken = True

    def close(self) -> None:
        """Let go of the file and its lock; idempotent."""
        with self._lock:
            fd, self._fd = self._fd, -1
            if fd >= 0:
                os.close(fd)

    def remove(self) -> None:
        """The job has ended and left nothing: so has its journal."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("The journal %s stays: %s", self.path.name, error.strerror)
        self.close()


def read(path: Path) -> list[Record]:
    """The whole records of a journal, whoever writes it. Raises OSError."""
    with _opened(path, os.O_RDONLY) as (fd, _keep):
        return _read(fd)[0]


def scan(path: Path, kinds: Sequence[str]) -> Iterator[Record]:
    """The records of some kinds (`k`), whoever writes the journal; others are not even parsed.

    What is damaged is left out. Raises OSError.
    """
    marks = [f'"k":"{kind}"'.encode("ascii") for kind in kinds]
    with _opened(path, os.O_RDONLY) as (fd, _keep):
        for line in _lines(fd):
            if any(mark in line for mark in marks):
                record = _parsed(line)
                if record is not None and record.get("k") in kinds:
                    yield record


def is_held(path: Path) -> bool:
    """True while the job of this journal lives. Raises OSError."""
    with _opened(path, os.O_RDWR) as (fd, _keep):
        return not _lock_file(fd, only_try=True)


def paths(directory: Path) -> list[Path]:
    """All journals, oldest first; none where there is no directory. Raises StorageError."""
    try:
        return sorted(path for path in directory.iterdir() if path.name.endswith(SUFFIX))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StorageError(
            f"The journals in {safe_text(str(directory))} cannot be read: {error.strerror}.",
            hint="Make it yours, or readable: what jobs began is only known from there.",
        ) from error


def remove_unbegun(path: Path) -> None:
    """Remove a journal whose program died before its job began: nothing was done. Raises OSError.

    One that is held, and one with a damaged line or one too long to be read, stay.
    """
    with _opened(path, os.O_RDWR) as (fd, _keep):
        if not _lock_file(fd, only_try=True):
            return
        records, end = _read(fd)
        torn = os.pread(fd, _LONGEST_LINE, end)
        if len(torn) == _LONGEST_LINE or b"\n" in torn:
            return
        if not any(record.get("k") == "begin" for record in records):
            path.unlink(missing_ok=True)


def host() -> str:
    """The name of this machine: a home directory may be shared by several."""
    return socket.gethostname()


def boot() -> str:
    """What changes with every start of the machine; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[tuple[int, Callable[[], object]]]:
    """A descriptor, closed at the end of the block unless the second thing was called: to keep it."""
    with ExitStack() as stack:
        fd = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        stack.callback(os.close, fd)
        yield fd, stack.pop_all


def _lock_file(fd: int, *, only_try: bool = False) -> bool:
    """Take the lock; with `only_try` False if another process has it, else wait: it only looks.

    Disks without locks count as free.
    """
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | (fcntl.LOCK_NB if only_try else 0))
    except OSError as error:
        if only_try and error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        _log.info("No locks here: %s", error.strerror)
    return True


def _line(record: Record) -> bytes:
    text = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> Record | None:
    checksum, _, text = line.partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _read(fd: int) -> tuple[list[Record], int]:
    """The records up to the first damaged one, and where the last whole one ends, in bytes."""
    records: list[Record] = []
    end = 0
    for line in _lines(fd):
        record = _parsed(line)
        if record is None:
            break
        records.append(record)
        end += len(line) + 1
    return records, end


def _lines(fd: int) -> Iterator[bytes]:
    os.lseek(fd, 0, os.SEEK_SET)
    rest, total = b"", 0
    while total < _LARGEST and (block := os.read(fd, 1 << 20)):
        total += len(block)
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST_LINE:
            return


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
