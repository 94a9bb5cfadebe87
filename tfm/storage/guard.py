"""Foreign exceptions become `StorageError`, with the place and the verb.

The only broad `except` of this room stands here: a fault nobody foresaw must end as one line for
the user and whole in the log, never as a crash of the program.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tfm.model.errors import (
    AlreadyExists,
    Cancelled,
    CrossDevice,
    Denied,
    InvalidName,
    IsDirectory,
    NoSpace,
    NotDirectory,
    NotEmpty,
    NotFound,
    Offline,
    ReadOnly,
    StorageError,
    Unexpected,
    Unsupported,
)
from tfm.model.location import Location
from tfm.model.text import safe_text

_log = logging.getLogger("tfm.storage")

_BY_ERRNO: dict[int, tuple[type[StorageError], str, str]] = {
    errno.ENOENT: (NotFound, "there is no such file or directory.", ""),
    errno.EEXIST: (AlreadyExists, "something of that name is already there.", ""),
    errno.EISDIR: (IsDirectory, "it is a directory.", ""),
    errno.ENOTDIR: (NotDirectory, "it is not a directory.", ""),
    errno.ENOTEMPTY: (NotEmpty, "the directory is not empty.", ""),
    errno.EACCES: (
        Denied,
        "permission denied.",
        "Check owner and mode, of the directory too, with ls -ld.",
    ),
    errno.EPERM: (Denied, "not permitted.", "Check owner, mode and attributes (lsattr)."),
    errno.EROFS: (
        ReadOnly,
        "the file system is mounted read-only.",
        "Mount it for writing, or choose another place.",
    ),
    errno.ENOSPC: (
        NoSpace,
        "the disk is full.",
        "Make room and try again; df -h shows the bytes, df -i the number of files.",
    ),
    errno.EDQUOT: (NoSpace, "your quota is used up.", "Make room and try again."),
    errno.EFBIG: (
        NoSpace,
        "the file is larger than this disk or your limit allows.",
        "Choose another disk, or see ulimit -f.",
    ),
    errno.EBUSY: (
        StorageError,
        "it is in use, or a file system is mounted there.",
        "Close what uses it, or unmount it.",
    ),
    errno.EIO: (
        StorageError,
        "the disk reports an input/output error.",
        "The disk or its connection may be failing; the system's log says more.",
    ),
    errno.EXDEV: (CrossDevice, "it lies on another device.", ""),
    errno.ENAMETOOLONG: (
        InvalidName,
        "the name is too long for this disk.",
        "Choose a shorter one.",
    ),
    errno.EINVAL: (InvalidName, "this disk does not take that name or operation.", ""),
    errno.EILSEQ: (InvalidName, "this disk does not take that name.", ""),
    errno.ELOOP: (InvalidName, "a symbolic link stands in the way, or links go in circles.", ""),
    errno.ENOTSUP: (Unsupported, "this disk cannot do that.", ""),
    errno.ENXIO: (Unsupported, "it is a socket or device without a file behind it.", ""),
    errno.EHOSTUNREACH: (Offline, "the host cannot be reached.", "Check the network."),
    errno.ENOTCONN: (Offline, "the network disk is gone.", "Check the mount."),
    errno.ESTALE: (Offline, "the network disk lost the file.", "Refresh and try again."),
    errno.ETIMEDOUT: (Offline, "the disk did not answer in time.", "Check the network."),
}


def from_os_error(error: OSError, location: Location, verb: str) -> StorageError:
    """The tree's own error for an `OSError` of the operating system; the cause is kept."""
    kind, reason, hint = _BY_ERRNO.get(error.errno or 0, (StorageError, "", ""))
    reason = reason or f"{(error.strerror or type(error).__name__).rstrip('.').lower()}."
    name = errno.errorcode.get(error.errno or 0, "")
    built = kind(
        f"Cannot {verb} {safe_text(str(location))}: {reason}",
        place=location,
        verb=verb,
        hint=hint,
        code=name,
    )
    built.errno = error.errno
    built.__cause__ = error
    return built


@contextmanager
def guarded(location: Location, verb: str) -> Iterator[None]:
    """Let only StorageError and Cancelled out of the block."""
    try:
        yield
    except (Cancelled, GeneratorExit):
        raise
    except StorageError as error:
        raise error.at(location, verb)  # noqa: B904 - it is the same error
    except OSError as error:
        raise from_os_error(error, location, verb) from error
    except MemoryError:
        raise
    except Exception as error:
        _log.exception("Unforeseen fault: %s %r", verb, str(location))
        raise Unexpected(
            f"Cannot {verb} {safe_text(str(location))}: "
            f"unforeseen fault ({type(error).__name__}: {safe_text(str(error))[:200]}).",
            place=location,
            verb=verb,
            hint="The log has the details (--log FILE).",
        ) from error


@contextmanager
def harmless(what: str) -> Iterator[None]:
    """Log a fault of something that only makes things faster, and go on without it.

    StorageError and Cancelled pass: they are answers, not faults.
    """
    try:
        yield
    except (Cancelled, StorageError):
        raise
    except Exception:  # noqa: BLE001 - whatever it is, the work goes on without it
        _log.exception("The %s failed; going on without it", what)
