"""The file behind `--log`; apart because few runs need it."""

from __future__ import annotations

import logging
import logging.handlers
import os
import stat
from io import TextIOWrapper
from pathlib import Path

_LARGEST = 5 * 1024 * 1024
_KEPT = 3


class PrivateFile(logging.handlers.RotatingFileHandler):
    """Appends to a regular file that nobody else can read; three older ones of 5 MiB are kept."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, maxBytes=_LARGEST, backupCount=_KEPT)

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
        descriptor = os.open(self.baseFilename, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is not a regular file")
            os.fchmod(descriptor, 0o600)
        except BaseException:
            os.close(descriptor)
            raise
        return open(descriptor, "a", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A full disk must not print a traceback into the panes; the work is more than its log."""
