"""The log: one private file, no secrets, no control characters, bounded in size."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tfm.cli.arguments import Usage
from tfm.cli.console import OutputFailed, PipeClosed
from tfm.model.errors import StorageError
from tfm.model.redact import RedactingFilter, quiet_sdk
from tfm.model.text import safe_text
from tfm.session.logbook import BookHandler, LogBook


class _Lines(logging.Formatter):
    """One event, one line: what a name contains can never look like another event."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        record.message = safe_text(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        head, *trace = super().format(record).split("\n")
        return "\n".join([head, *(f"    {safe_text(line)}" for line in trace)])


@contextlib.contextmanager
def logging_to(file: Path | None, *, debug: bool = False) -> Iterator[None]:
    """Log to `file` while the block runs; without a file nothing is logged anywhere.

    Faults that nobody catches go to the log too, never to the screen. Raises Usage if the file
    cannot be opened.
    """
    handler = _handler(file)
    handler.setLevel(logging.DEBUG if debug else logging.INFO)
    root, ours = logging.getLogger(), logging.getLogger("tfm")
    before = (ours.level, sys.unraisablehook, threading.excepthook)
    root.addHandler(handler)
    ours.setLevel(logging.DEBUG if debug else logging.INFO)
    quiet_sdk()
    logging.captureWarnings(True)
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_thread
    try:
        yield
    except (Usage, StorageError, PipeClosed, OutputFailed) as error:
        ours.info("Ended with: %s", error)
        raise
    except Exception:
        ours.exception("Unforeseen fault")
        raise
    finally:
        logging.captureWarnings(False)
        level, sys.unraisablehook, threading.excepthook = before
        ours.setLevel(level)
        root.removeHandler(handler)
        handler.close()


@contextlib.contextmanager
def logging_into(book: LogBook) -> Iterator[None]:
    """Keep what is logged in `book` as well while the block runs, without secrets."""
    handler = BookHandler(book)
    handler.addFilter(RedactingFilter())
    ours = logging.getLogger("tfm")
    ours.addHandler(handler)
    try:
        yield
    finally:
        ours.removeHandler(handler)


def _handler(file: Path | None) -> logging.Handler:
    if file is None:
        return logging.NullHandler()  # else Python prints warnings to standard error
    from tfm.cli.logfile import PrivateFile  # brings half of the network modules along

    try:
        handler = PrivateFile(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Usage(f"The log {safe_text(str(file))} cannot be opened: {reason}.") from error
    handler.addFilter(RedactingFilter())
    handler.setFormatter(_Lines("{asctime} {levelname} {name} [{threadName}] {message}", style="{"))
    return handler


def _log_unraisable(fault: sys.UnraisableHookArgs) -> None:
    logging.getLogger("tfm").error("Unraisable fault: %s", fault.err_msg, exc_info=fault.exc_value)


def _log_thread(fault: threading.ExceptHookArgs) -> None:
    logging.getLogger("tfm").error("A thread ended with a fault", exc_info=fault.exc_value)
