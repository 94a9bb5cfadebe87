"""One tree of errors, each also kin of the builtin that a script would catch.

The message says what is wrong, the hint what to do next. Neither ever holds a secret. `retryable`
means the same call may succeed later without anybody changing anything. `passing` means that the
storage had worked before in this run, so that it is worth waiting until it does again.
"""

from __future__ import annotations

import errno

from tfm.model.location import Location


class StorageError(OSError):
    """Something a storage could not do: with place, verb, hint, code and whether to try again."""

    number: int | None = None
    retryable = False
    passing = False

    def __init__(
        self,
        message: str,
        *,
        place: Location | None = None,
        verb: str = "",
        hint: str = "",
        code: str = "",
        request_id: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.verb = verb
        self.hint = hint
        self.code = code
        self.request_id = request_id
        self.reason = reason or message
        self.errno = self.number

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    @property
    def trace(self) -> str:
        """What the support of a provider asks for; empty where no server answered."""
        if not self.request_id:
            return ""
        return f"{self.code}, request {self.request_id}" if self.code else self.request_id

    @property
    def in_full(self) -> str:
        """The message, the hint and the trace: for logs and lists of failures."""
        return f"{self} [{self.trace}]" if self.trace else str(self)

    def at(self, place: Location, verb: str) -> StorageError:
        """The same error, completed with the place and verb where they were not known."""
        self.place = self.place or place
        self.verb = self.verb or verb
        return self


class NotFound(StorageError, FileNotFoundError):
    """Nothing is there."""

    number = errno.ENOENT


class AlreadyExists(StorageError, FileExistsError):
    """Something is there already, and replacing it was not asked for."""

    number = errno.EEXIST


class IsDirectory(StorageError, IsADirectoryError):
    """A directory stands where a file was expected."""

    number = errno.EISDIR


class NotDirectory(StorageError, NotADirectoryError):
    """A file stands where a directory was expected."""

    number = errno.ENOTDIR


class NotEmpty(StorageError):
    """A directory still has entries."""

    number = errno.ENOTEMPTY


class Denied(StorageError, PermissionError):
    """The account or user may not do this."""

    number = errno.EACCES


class ReadOnly(Denied):
    """Writing is switched off for this program or storage."""

    number = errno.EROFS


class NeedsPayment(Denied):
    """The place may be one that lets in whoever pays for the requests: somebody has to agree to that."""


class NeedsLogin(StorageError, PermissionError, RuntimeError):
    """Credentials are missing, wrong or expired. Retryable once somebody has logged in."""

    number = errno.EACCES


class Offline(StorageError, ConnectionError):
    """The endpoint cannot be reached or does not answer."""

    number = errno.EHOSTUNREACH
    retryable = True


class Throttled(StorageError):
    """The server asks to slow down, or has a passing fault."""

    number = errno.EBUSY
    retryable = True


class TooLate(StorageError):
    """The thing changed since it was looked at, so nothing was done to it."""

    number = errno.ESTALE


class Corrupt(StorageError):
    """Bytes that arrived are not the bytes that were sent."""

    number = errno.EIO


class ColdStorage(StorageError):
    """The object is archived and must be restored first."""

    number = errno.EAGAIN


class NoSpace(StorageError):
    """The disk or quota is full."""

    number = errno.ENOSPC


class InvalidName(StorageError, ValueError):
    """A name this storage cannot hold."""

    number = errno.EINVAL


class CrossDevice(StorageError):
    """The two places cannot be joined by a rename."""

    number = errno.EXDEV


class Unsupported(StorageError):
    """This storage has no such ability."""

    number = errno.ENOTSUP


class MissingExtra(StorageError, RuntimeError):
    """A package that this place needs is not installed; the hint says how to install it."""


class SameObject(StorageError):
    """Source and destination are one and the same, or one lies inside the other."""

    number = errno.EINVAL


class Stopped(StorageError):
    """It was cancelled before its turn came: what became of one thing among many, others of which were done."""


class Unexpected(StorageError):
    """A fault nobody foresaw; the cause is in the log."""


class Cancelled(Exception):
    """The user or the program asked to stop."""
