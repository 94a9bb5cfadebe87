"""File objects over the readers and writers of a storage.

What `open` gives for writing is published whole when it is closed. A `with` block that raises, and
a file that is forgotten without `close`, publish nothing.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import IO, Any, BinaryIO, cast

from tfm.model.location import Location
from tfm.storage.base import Reader, Writer
from tfm.storage.blocks import Gathering, whole
from tfm.storage.vfs import Vfs

BLOCK = 1024 * 1024


class ReadStream(io.RawIOBase):
    """Reads one file, forwards without a further request; a seek opens it again from there.

    A small one that was read whole is kept as long as a listing is: then nothing is asked.
    """

    def __init__(self, vfs: Vfs, location: Location) -> None:
        super().__init__()
        self._vfs = vfs
        self._location = location
        self._reader: Reader | None = None
        self._kept: bytes | None = None
        self._gathering: Gathering | None = None
        self._position = 0
        self._verified = False
        known = whole(vfs, location)
        if known is not None:
            self._entry, self._kept = known
            return
        gathering = Gathering(vfs, location)
        try:
            self._reader = vfs.open_read(location)
        except BaseException:
            gathering.end()
            raise
        self._entry = self._reader.entry
        if gathering.wants(self._entry):
            self._gathering = gathering
        else:
            gathering.end()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as it goes; at the end what came is checked against the source."""
        self._check_open()
        view = memoryview(buffer).cast("B")
        if self._kept is not None:
            data = self._kept[self._position : self._position + len(view)]
            return self._took(view, data)
        if self._reader is None:
            size = self._entry.size
            if size is not None and self._position >= size:
                return 0
            self._reader = self._vfs.open_read(self._location, self._position, expected=self._entry)
            self._verified = False
        data = self._reader.read(len(view))
        if self._gathering is not None:
            self._gathering.add(self._position, data)
        if not data and len(view) and not self._verified:
            self._verified = True
            self._reader.verify()
            if self._gathering is not None:
                self._gathering.keep(self._entry)
        return self._took(view, data)

    def _took(self, view: memoryview, data: bytes) -> int:
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte; what was on its way is given up."""
        self._check_open()
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            offset += self._entry.size or 0
        if offset < 0:
            raise ValueError(f"negative seek position {offset}")
        if offset != self._position:
            self._give_up()
            self._position = offset
        return offset

    def tell(self) -> int:
        self._check_open()
        return self._position

    def _check_open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def _give_up(self) -> None:
        reader, self._reader = self._reader, None
        gathering, self._gathering = self._gathering, None
        if gathering is not None:
            gathering.end()
        if reader is not None:
            reader.close()

    def close(self) -> None:
        """Give the connection back; idempotent."""
        if not self.closed:
            try:
                self._give_up()
            finally:
                super().close()


class WriteStream(io.RawIOBase):
    """Collects one file; `close` publishes it, `discard` does not."""

    def __init__(self, writer: Writer, name: str) -> None:
        super().__init__()
        self._writer: Writer | None = writer
        self._name = name
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Append; after `discard` bytes go nowhere."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        block = bytes(data)
        if self._writer is not None:
            try:
                self._writer.write(block)
            except BaseException:
                self.discard()
                raise
        self._position += len(block)
        return len(block)

    def tell(self) -> int:
        return self._position

    def discard(self) -> None:
        """Publish nothing, whatever comes; idempotent."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.abort()

    def forget(self) -> None:
        """Nobody closed it: whoever wrote it may have been cut short, so nothing is published."""
        if self._writer is not None:
            self.discard()
            warnings.warn(f"{self._name} was not closed, so nothing was published", ResourceWarning)

    def close(self) -> None:
        """Publish; raises what the publishing raises, and then nothing was."""
        if self.closed:
            return
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                with writer:
                    writer.commit()
        finally:
            super().close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.discard()
        super().__exit__(kind, error, trace)

    def __del__(self) -> None:
        self.forget()


class _Bytes(io.BufferedWriter):
    """A buffer that does not publish after an error."""

    def __init__(self, stream: WriteStream, size: int) -> None:
        self.stream = stream
        super().__init__(stream, size)

    def close(self) -> None:
        try:
            super().close()
        except BaseException:
            self.stream.discard()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.stream.discard()
        super().__exit__(kind, error, trace)

    def __del__(self) -> None:
        self.stream.forget()


class _Text(io.TextIOWrapper):
    """Text over such a buffer."""

    def __init__(self, buffer: BinaryIO, stream: WriteStream, **how: Any) -> None:
        self.stream = stream
        super().__init__(buffer, **how)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.stream.discard()
        super().__exit__(kind, error, trace)

    def __del__(self) -> None:
        self.stream.forget()


def dress_reader(raw: ReadStream, *, text: bool, buffering: int, how: dict[str, Any]) -> IO[Any]:
    """The file object that `open` promised for reading."""
    if not text and buffering == 0:
        return cast("IO[Any]", raw)
    buffer = io.BufferedReader(raw, buffering if buffering > 1 else BLOCK)
    return io.TextIOWrapper(buffer, **how) if text else buffer


def dress_writer(raw: WriteStream, *, text: bool, buffering: int, how: dict[str, Any]) -> IO[Any]:
    """The file object that `open` promised for writing."""
    if not text and buffering == 0:
        return cast("IO[Any]", raw)
    buffer = _Bytes(raw, buffering if buffering > 1 else BLOCK)
    if not text:
        return buffer
    try:
        return _Text(cast("BinaryIO", buffer), raw, line_buffering=buffering == 1, **how)
    except BaseException:  # an encoding that does not exist
        raw.discard()
        raise


class _Told(io.FileIO):
    """A local file changed in place, which says so when it is closed."""

    def __init__(self, path: str, mode: str, changed: Callable[[], None]) -> None:
        self._changed = changed
        super().__init__(path, mode)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._changed()


def open_in_place(
    path: str, mode: str, *, changed: Callable[[], None], buffering: int, how: dict[str, Any]
) -> IO[Any]:
    """Python's own file object for append and update modes of a local file."""
    text = "b" not in mode
    plain = mode.replace("b", "").replace("t", "")
    raw = _Told(path, plain, changed)
    if buffering == 0:
        if text:
            raw.close()
            raise ValueError("can't have unbuffered text I/O")
        return raw
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    buffer = io.BufferedRandom(raw, size) if "+" in plain else io.BufferedWriter(raw, size)
    if not text:
        return buffer
    return io.TextIOWrapper(
        cast("BinaryIO", buffer), line_buffering=buffering == 1 or raw.isatty(), **how
    )


def check_mode(mode: str, *, buffering: int, how: dict[str, Any]) -> tuple[str, bool]:
    """(r, w, x or a with an optional +, is text). Raises ValueError as the builtin `open`."""
    letters = set(mode)
    kinds = letters & set("rwxa")
    if letters - set("rwxabt+") or len(letters) != len(mode) or len(kinds) != 1:
        raise ValueError(f"invalid mode: {mode!r}")
    if {"b", "t"} <= letters:
        raise ValueError("can't have text and binary mode at once")
    text = "b" not in letters
    if not text and any(value is not None for value in how.values()):
        raise ValueError("binary mode doesn't take an encoding, errors or newline argument")
    if text and buffering == 0:
        raise ValueError("can't have unbuffered text I/O")
    return kinds.pop() + ("+" if "+" in letters else ""), text
