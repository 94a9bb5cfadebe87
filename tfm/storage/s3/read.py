"""Reading one object: a GET that goes on where a broken connection left it, and proves its bytes."""

from __future__ import annotations

import contextlib
from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Entry, ObjectDetails, same_content
from tfm.model.errors import Corrupt, IsDirectory, Offline, TooLate
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Evidence, Reader
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.digest import Hash, PartsHash, base64_text, hasher, new_md5
from tfm.storage.s3.errors import sdk_errors
from tfm.storage.s3.facts import checksums_of, entry_from, etag_of, hides_md5, is_plain_md5, quoted
from tfm.storage.s3.held import headers_of
from tfm.storage.s3.keys import names
from tfm.storage.s3.parse import parts_of

RESUMPTIONS = 5
"""How often one read goes on after its connection broke."""
_BEYOND_END = ("InvalidRange", "416")
_COMPUTABLE = ("SHA256", "CRC32", "SHA1")


def open_object(
    calls: Calls,
    location: Location,
    offset: int,
    expected: Entry | None,
    *,
    size: int | None = None,
    bulk: bool = True,
    cancel: CancelToken = NEVER,
) -> ObjectReader:
    """One GET from `offset`, `size` bytes or to the end. Raises as `Storage.open_read` says."""
    if location.looks_like_directory:
        raise IsDirectory(
            f"Cannot read {safe_text(str(location))}: it is a directory.",
            place=location,
            verb="read",
        )
    request: dict[str, Any] = _condition(expected)
    request |= names(location)
    if offset or size is not None:
        last = str(offset + size - 1) if size else ""
        request["Range"] = f"bytes={offset}-{last}"
    else:
        request["ChecksumMode"] = "ENABLED"
    try:
        answer = calls.send("get_object", location, "read", bulk=bulk, cancel=cancel, **request)
    except TooLate as error:
        if error.code not in _BEYOND_END:
            raise
        return _at_end(calls, location, offset, request, error)
    total = _total(answer)
    end = total if size is None else min(total, offset + size)
    reader = ObjectReader(
        calls, location, answer, offset, end, cancel, whole=offset == 0 and end == total
    )
    if expected is not None and not _is_still(expected, reader.entry):
        reader.close()
        raise _changed(location)
    if answer.get("ContentRange") is None and (offset or end != total):
        reader.close()
        raise Corrupt(
            f"Cannot read {safe_text(str(location))}: the server ignores the range asked for.",
            place=location,
            verb="read",
        )
    return reader


def _at_end(
    calls: Calls, location: Location, offset: int, request: dict[str, Any], error: TooLate
) -> ObjectReader:
    """A reader without bytes, if `offset` is just the end or lies beyond it."""
    del request["Range"]
    answer = calls.send("head_object", location, "read", **request)
    if offset < int(answer.get("ContentLength") or 0):
        raise error
    return ObjectReader(calls, location, answer, offset, offset, NEVER, whole=False)


def _condition(expected: Entry | None) -> dict[str, Any]:
    return {"IfMatch": quoted(expected.etag)} if expected is not None and expected.etag else {}


def _is_still(shown: Entry, now: Entry) -> bool:
    if shown.etag and now.etag:
        return same_content(shown, now)
    if not isinstance(shown.details, ObjectDetails):
        return True
    # Listings have milliseconds, headers whole seconds.
    second = 10**9
    times = (shown.mtime_ns or 0) // second == (now.mtime_ns or 0) // second
    return shown.size == now.size and times


def _changed(location: Location) -> TooLate:
    return TooLate(
        f"Cannot read {safe_text(str(location))}: it changed meanwhile.",
        place=location,
        verb="read",
        hint="Refresh and look again.",
    )


def _total(answer: dict[str, Any]) -> int:
    """Size of the whole object, in bytes: what follows the slash of Content-Range."""
    total = str(answer.get("ContentRange") or "").rpartition("/")[2]
    if total.isdigit():
        return int(total)
    return int(answer.get("ContentLength") or 0)


class ObjectReader(Reader):
    """Reads from one GET; on a broken connection asks for the rest of the very same object."""

    def __init__(
        self,
        calls: Calls,
        location: Location,
        answer: dict[str, Any],
        offset: int,
        end: int,
        cancel: CancelToken,
        *,
        whole: bool,
    ) -> None:
        self._calls = calls
        self._location = location
        self._cancel = cancel
        self._body: Any = answer.get("Body")
        self._forget_hang_up = cancel.on_cancel(self._hang_up)
        self._position = offset
        self._end = end
        self._left = RESUMPTIONS
        self.entry = entry_from(location, answer, _total(answer))
        self.answer = answer
        self.headers = headers_of(answer)
        self.metadata = tuple(sorted((answer.get("Metadata") or {}).items()))
        told = answer.get("TagCount")
        self.tags = int(told or 0) if told is not None or calls.on_aws else None
        self._hash, self._wanted, self._algorithm = (
            _proof(calls, answer) if whole else (None, "", "")
        )
        etag, total = etag_of(answer), self.entry.size or 0
        guess = whole and self._hash is None and not hides_md5(answer)
        self._parts = PartsHash(total, parts_of(etag)) if guess else None

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty only at the end."""
        while True:
            if self._position >= self._end:
                self._drain()
                return b""
            try:
                data: bytes = self._body.read(min(size, self._end - self._position))
                if not data:
                    raise EOFError
            except broken_connections() as error:
                self._resume(error)
                continue
            except ValueError:  # TLS says so of a connection that `_hang_up` shut
                self._cancel.check()
                raise
            self._position += len(data)
            self._calls.ledger.tally.arrived("GetObject", len(data))
            if self._hash is not None:
                self._hash.update(data)
            elif self._parts:
                self._parts.update(data)
            return data

    def verify(self) -> Evidence:
        """Count, then the digest the answer promised, if it is one we can compute."""
        if self._position != self._end:
            raise Corrupt(
                f"Cannot read {safe_text(str(self._location))}: "
                f"{self._end - self._position:,} bytes are missing.",
                place=self._location,
                verb="read",
            )
        if self._hash is None:
            proved = self._parts and etag_of(self.answer) in self._parts.etags()
            return Evidence.CHECKSUM if proved else Evidence.SIZE
        digest = self._hash.digest()
        found = digest.hex() if self._algorithm == "MD5" else base64_text(digest)
        if found != self._wanted:
            raise damaged(self._location, self._algorithm)
        return Evidence.CHECKSUM

    def close(self) -> None:
        """Give the connection back; an unread rest closes it."""
        self._forget_hang_up()
        self._drop_body()

    def _drop_body(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            body.close()

    def _hang_up(self) -> None:
        """Wake the thread that waits for bytes; called from the one that cancels.

        Closing would not wake it, and could hand its descriptor to another file meanwhile.
        """
        shutdown = getattr(getattr(self._body, "_raw_stream", None), "shutdown", None)
        if shutdown is not None:
            # ValueError, RuntimeError: the connection went back to its pool just now
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                shutdown()

    def _drain(self) -> None:
        """Read the end marker, so that the connection can serve the next request."""
        body, self._body = self._body, None
        if body is None:
            return
        try:
            body.read(1)
        except broken_connections() as error:
            # The SDK checks its own digest here; a fault after the last byte is ours to judge.
            if type(error).__name__ == "FlexibleChecksumError":
                raise damaged(self._location, "checksum") from error
        finally:
            body.close()

    def _resume(self, error: BaseException) -> None:
        self._drop_body()
        self._cancel.check()
        etag = etag_of(self.answer)
        if self._left == 0 or not etag:
            raise Offline(
                f"Cannot read {safe_text(str(self._location))}: the connection broke.",
                place=self._location,
                verb="read",
                hint="Check the network, then try again.",
                code=type(error).__name__,
            ) from error
        self._left -= 1
        answer = self._calls.send(
            "get_object",
            self._location,
            "read",
            bulk=True,
            cancel=self._cancel,
            IfMatch=quoted(etag),
            Range=f"bytes={self._position}-{self._end - 1}",
            **names(self._location),
        )
        if etag_of(answer) != etag:
            raise _changed(self._location)
        begin = str(answer.get("ContentRange") or "").removeprefix("bytes ").partition("-")[0]
        if begin != str(self._position):
            raise Corrupt(
                f"Cannot read {safe_text(str(self._location))}: the server ignores ranges, "
                "and the connection broke.",
                place=self._location,
                verb="read",
                hint="Try again.",
            ) from error
        self._body = answer["Body"]


def broken_connections() -> tuple[type[Exception], ...]:
    """What reading a body raises when the connection breaks or ends early."""
    return (EOFError, OSError, *sdk_errors())


def damaged(location: Location, algorithm: str) -> Corrupt:
    """What a digest that does not fit is raised as."""
    return Corrupt(
        f"Cannot read {safe_text(str(location))}: the bytes that arrived are damaged "
        f"({algorithm} differs).",
        place=location,
        verb="read",
        hint="Try again; if it stays so, the object itself is damaged.",
        code="BadDigest",
    )


def _proof(calls: Calls, answer: dict[str, Any]) -> tuple[Hash | None, str, str]:
    """Which digest can prove the whole object, its value and its name."""
    etag = etag_of(answer)
    if calls.manners.etag_is_md5 and is_plain_md5(etag) and not hides_md5(answer):
        return new_md5(), etag, "MD5"
    for name, value in checksums_of(answer).items():
        if name in _COMPUTABLE:
            return hasher(name), value, name
    return None, "", ""
