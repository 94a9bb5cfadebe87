"""Standard input, output and error as the verbs use them."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from tfm.model.cancel import CancelToken
from tfm.model.errors import StorageError
from tfm.model.redact import redact
from tfm.model.text import SafeText, safe_text

_LOOK_AT_CANCEL = 0.05
_LONGEST_ANSWER = 4096
_BLOCK = 1024 * 1024


class PipeClosed(Exception):
    """Whoever read our output has gone: exit status 141, without a word."""


class OutputFailed(Exception):
    """Standard output cannot be written; the text says why."""


class Console:
    """Text for people goes to standard error, results to standard output, bytes untouched."""

    def __init__(self, program: str = "tfm") -> None:
        self.program = program
        self._lock = threading.RLock()
        self._questions = threading.Lock()
        self._asking = False
        self._drawn = False

    @property
    def out_is_terminal(self) -> bool:
        """True if results are read by a person."""
        return _is_terminal(sys.stdout)

    @property
    def shows_progress(self) -> bool:
        """True if standard error is a terminal."""
        return _is_terminal(sys.stderr)

    @property
    def can_ask(self) -> bool:
        """True if there is somebody to ask."""
        return _is_terminal(sys.stdin) and _is_terminal(sys.stderr)

    # -- results -----------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Bytes to standard output. Raises PipeClosed, OutputFailed."""
        try:
            _binary(sys.stdout).write(data)
        except BrokenPipeError as error:
            raise PipeClosed from error
        except OSError as error:
            raise OutputFailed(f"Cannot write to standard output: {error.strerror}.") from error

    def line(self, text: str, end: str = "\n") -> None:
        """One line of a result; names that are not UTF-8 come out as they are on the disk."""
        self.write(os.fsencode(text + end))

    def flush(self) -> None:
        """Everything out, now. Raises PipeClosed, OutputFailed."""
        if sys.stdout is None:  # closed before the start; whatever wrote has failed already
            return
        try:
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise PipeClosed from error
        except OSError as error:
            raise OutputFailed(f"Cannot write to standard output: {error.strerror}.") from error

    def input_blocks(self, cancel: CancelToken) -> Iterator[bytes]:
        """Standard input to its end, in blocks as they come. Raises Cancelled, StorageError."""
        try:
            descriptor = sys.stdin.fileno()
        except (AttributeError, OSError, ValueError) as error:
            raise StorageError("Standard input is closed.") from error
        while True:
            cancel.check()
            if not select.select([descriptor], [], [], _LOOK_AT_CANCEL)[0]:
                continue
            try:
                data = os.read(descriptor, _BLOCK)
            except OSError as error:
                raise StorageError(f"Cannot read standard input: {error.strerror}.") from error
            if not data:
                return
            yield data

    # -- words -------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """A line to standard error, made safe; never fails, since nothing could be said about it."""
        with self._lock:
            self.clear()
            self._words(f"{self.program}: {safe_text(redact(text))}\n")

    def tell(self, lines: Iterable[SafeText]) -> None:
        """Lines of a table to standard error."""
        with self._lock:
            self.clear()
            self._words("".join(f"{line}\n" for line in lines))

    def draw(self, text: str) -> None:
        """Replace the progress line; `text` is safe and fits the width."""
        with self._lock:
            if not self._asking:
                self._drawn = True
                self._words(f"\r{text}\x1b[K")

    def clear(self) -> None:
        """Take the progress line away."""
        with self._lock:
            if self._drawn:
                self._drawn = False
                self._words("\r\x1b[K")

    def ask(self, question: str, cancel: CancelToken) -> str | None:
        """The answer of the person at the terminal, None at the end of input; Cancelled."""
        with self._questions:  # one after the other: each gets its own answer
            with self._lock:
                self.clear()
                self._asking = True
                self._words(f"{safe_text(question)} ")
            try:
                return self._read_line(cancel)
            finally:
                self._asking = False

    def _read_line(self, cancel: CancelToken) -> str | None:
        """Not `input()`: a worker thread waiting there could not be told to stop."""
        descriptor = sys.stdin.fileno()
        line = b""
        while len(line) < _LONGEST_ANSWER:
            cancel.check()
            ready, _, _ = select.select([descriptor], [], [], _LOOK_AT_CANCEL)
            if not ready:
                continue
            data = os.read(descriptor, 1024)
            line += data
            if not data or line.endswith(b"\n"):
                break
        return line.decode("utf-8", "replace").strip() if line else None

    def _words(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except (AttributeError, OSError, ValueError):
            pass  # closed, or the terminal has gone; there is nobody to tell


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty and isatty())
    except ValueError:  # closed
        return False


def _binary(stream: object) -> BinaryIO:
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        raise OutputFailed("Standard output is closed.")
    return buffer  # type: ignore[no-any-return]


def leave_quietly() -> None:
    """Point standard output at nothing, so that the interpreter's last flush cannot fail."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError, AttributeError):
        pass
