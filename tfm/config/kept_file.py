"""Small JSON files of ours: read whole, written whole, set aside when they are damaged, locked to merge.

State is a comfort: whatever is wrong with such a file becomes a notice, never a failed start.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from tfm.config.places import make_private, open_regular, read_all
from tfm.model.text import safe_text

T = TypeVar("T")

LARGEST = 4 * 1024 * 1024
"""Bytes of a file of ours; more is somebody else's."""

_SET_ASIDE_AT_MOST = 9
_LOOKS_AGAIN_AFTER = 0.02
_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)

_log = logging.getLogger("tfm.config")


class Busy(OSError):
    """Another instance holds the lock for longer than we wait."""


class NewerVersion(Exception):
    """The file carries a version that this program does not know."""


def read_kept(
    file: Path, version: int, decode: Callable[[Mapping[str, object]], T], what: str
) -> tuple[T | None, str]:
    """What the file holds, or None when there is nothing that can be used, and a notice (mostly empty).

    `decode` raises ValueError for what it cannot read. Such a file, and one of a newer version, is set
    aside as `<name>.bad-<n>`. Never raises.
    """
    try:
        source = read_all(open_regular(file), LARGEST)
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, _told(f"{what} cannot be read", file, error)
    try:
        whole = mapping(json.loads(source))
        _check_version(whole.get("version"), version)
        return decode(whole), ""
    except NewerVersion:
        return None, _set_aside(file, "was written by a newer version", what)
    except (ValueError, RecursionError):
        return None, _set_aside(file, "is damaged", what)


def _check_version(found: object, known: int) -> None:
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise ValueError("no version")
    if found > known:
        raise NewerVersion


def mapping(data: object) -> Mapping[str, object]:
    """The same if it is a mapping. Raises ValueError."""
    if not isinstance(data, dict):
        raise ValueError("not a mapping")
    return data


def _set_aside(file: Path, why: str, what: str) -> str:
    """Rename it to the first free `.bad-<n>`; the ninth is used again and again."""
    names = [file.with_name(f"{file.name}.bad-{n}") for n in range(1, _SET_ASIDE_AT_MOST + 1)]
    aside = next((each for each in names if not os.path.lexists(each)), names[-1])
    try:
        file.replace(aside)
    except OSError as error:
        return _told(f"{file.name} {why} and cannot be set aside", file, error)
    lost = what[0].lower() + what[1:]
    return str(safe_text(f"{file} {why}: set aside as {aside.name}; {lost} are lost."))


def write_kept(file: Path, version: int, content: Mapping[str, object], what: str) -> str:
    """Write it (0600, atomically, on the disk); a notice when that failed, else an empty text."""
    text = json.dumps({"version": version, **content}, indent=1)
    try:
        make_private(file.parent)
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        return _told(f"{what} cannot be remembered", file.parent, error)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as beside:
            beside.write(text)
            beside.flush()
            os.fsync(beside.fileno())
        Path(name).replace(file)
        _sync_directory(file.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        return _told(f"{what} cannot be remembered", file, error)
    return ""


def _sync_directory(directory: Path) -> None:
    """So that the rename outlives a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(file: Path, patience: float) -> Iterator[None]:
    """Keep other instances from merging into `file` meanwhile; waits at most `patience` seconds.

    The lock is on a file beside it, which stays, and it goes with the process that held it. It is
    opened for writing because NFS locks need that; disks without locks count as free. Raises Busy,
    OSError.
    """
    make_private(file.parent)
    beside = file.with_name(f"{file.name}.lock")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + patience
        while not _take(descriptor):
            if time.monotonic() >= deadline:
                raise Busy(errno.EAGAIN, "another tfm is writing it", str(file))
            time.sleep(_LOOKS_AGAIN_AFTER)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        if error.errno not in _NO_LOCKS_HERE:
            raise
        _log.info("No locks here: %s", error.strerror)
    return True


def _told(what: str, where: Path, error: OSError) -> str:
    return str(safe_text(f"{what}: {where}: {error.strerror or error}."))
