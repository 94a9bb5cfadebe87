"""The log of a running tfm for another terminal: a private socket, and the verb that reads it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tfm.cli.arguments import Usage
from tfm.cli.console import Console
from tfm.config.places import Places, make_private
from tfm.model.text import safe_text
from tfm.session.logbook import LogBook, LogLine

_log = logging.getLogger("tfm.cli")

_AT_ONCE = 4
_PATIENCE = 5.0
_LOOKED_AT_EVERY = 1.0
_LARGEST_LINE = 1024 * 1024
_PREFIX = "log-"


@contextlib.contextmanager
def log_offered(book: LogBook, places: Places) -> Iterator[None]:
    """Offer the log on a socket that only this user can open, while the block runs.

    It is a comfort: where no socket can be made, the reason goes to the log and that is all.
    """
    path = places.runtime / f"{_PREFIX}{os.getpid()}"
    try:
        make_private(places.runtime)
        listener = _listen(path)
    except OSError as error:
        _log.info("The log is not offered on %s: %s", path, error.strerror or error)
        yield
        return
    thread = threading.Thread(target=_serve, args=(listener, book), name="tfm-log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        book.close()
        with contextlib.suppress(OSError):  # it wakes the thread; who has gone need not be told
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # of a process that had our number before
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(_AT_ONCE)
    except BaseException:
        listener.close()
        raise
    return listener


def _serve(listener: socket.socket, book: LogBook) -> None:
    """Take in readers, at most four at a time, until the listener is closed."""
    places = threading.BoundedSemaphore(_AT_ONCE)
    while not book.closed:
        try:
            reader, _ = listener.accept()
        except OSError:  # closed: the program ends
            return
        if not places.acquire(blocking=False):
            reader.close()
            continue
        threading.Thread(
            target=_feed, args=(reader, book, places), name="tfm-log-reader", daemon=True
        ).start()


def _feed(reader: socket.socket, book: LogBook, places: threading.BoundedSemaphore) -> None:
    """Send what was written and what comes; a reader that does not read is let go."""
    sent = 0
    with reader:
        reader.settimeout(_PATIENCE)
        try:
            while True:
                lines = book.wait(sent, _LOOKED_AT_EVERY)
                if lines:
                    sent = lines[-1].number
                    reader.sendall(b"".join(map(_packed, lines)))
                elif book.closed or _gone(reader):
                    return
        except OSError:  # the reader has gone, or sleeps
            return
        finally:
            places.release()


def _gone(reader: socket.socket) -> bool:
    try:
        return reader.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


def _packed(line: LogLine) -> bytes:
    return json.dumps([line.when, line.level, line.source, line.text]).encode() + b"\n"


def follow_log(places: Places, console: Console, *, process: int | None, follow: bool) -> int:
    """Print the log of a running tfm; its exit status. Raises Usage if there is none."""
    reader = _connect(places.runtime, process)
    with reader, reader.makefile("rb") as stream:
        if not follow:
            reader.settimeout(0.5)
        try:
            while line := stream.readline(_LARGEST_LINE):
                console.line(_told(line))
                console.flush()
        except TimeoutError:  # all that was there has come
            return 0
    return 0


def _connect(directory: Path, process: int | None) -> socket.socket:
    """The newest tfm that answers, or the one named."""
    found: list[tuple[float, Path]] = []
    with contextlib.suppress(FileNotFoundError):
        for path in directory.iterdir():
            number = path.name.removeprefix(_PREFIX)
            if path.name != number and number.isdecimal() and process in (None, int(number)):
                with contextlib.suppress(FileNotFoundError):
                    found.append((path.stat().st_mtime, path))
    for _, path in sorted(found, reverse=True):
        reader = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            reader.connect(str(path))
            return reader
        except OSError:  # its program was killed; it leaves with the next boot
            reader.close()
    if process is not None:
        raise Usage(f"No tfm with process number {process} offers its log.")
    raise Usage("No tfm is running here. Start one in another terminal first.")


def _told(packed: bytes) -> str:
    when, level, source, text = json.loads(packed)
    moment = datetime.fromtimestamp(when).strftime("%H:%M:%S")
    name = "" if level < logging.WARNING else f"{logging.getLevelName(level).lower()}: "
    return f"{moment} {safe_text(source)} {name}{safe_text(text)}"
