"""Programs in the background: no terminal, their output line by line in the log."""

from __future__ import annotations

import errno
import logging
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final

from tfm.model.text import safe_text

_log = logging.getLogger("tfm.program")

LONGEST_LINE: Final = 4096
"""Bytes of one line of output; longer ones are told in pieces."""


def start(
    name: str,
    argv: Sequence[str],
    *,
    cwd: str,
    environ: Mapping[str, str],
    ended: Callable[[int], None],
) -> None:
    """Start a program and return; `ended` gets its exit status on a thread of its own.

    It has no input, and a session of its own: what ends the terminal does not end it. Raises OSError.
    """
    # restore_signals: once we are gone nobody reads its output, and a broken pipe is not to end it
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            restore_signals=False,
        )
    except ValueError as error:  # NUL in a name, which keys may have, but no argument or variable
        raise OSError(errno.EINVAL, str(error)) from error
    told = str(safe_text(name))
    _log.info("%s: started", told)
    threading.Thread(
        target=_follow, args=(told, process, ended), name=f"program {told}", daemon=True
    ).start()


def _follow(name: str, process: subprocess.Popen[bytes], ended: Callable[[int], None]) -> None:
    """Until the program itself has ended; what it left running may keep the pipe."""
    assert process.stdout is not None
    reading = threading.Thread(
        target=_read, args=(name, process.stdout), name=f"output of {name}", daemon=True
    )
    reading.start()
    code = process.wait()
    reading.join(0.5)
    status = code if code >= 0 else 128 - code
    if status:
        _log.warning("%s: ended with status %d", name, status)
    else:
        _log.info("%s: ended", name)
    ended(status)


def _read(name: str, output: IO[bytes]) -> None:
    with output:
        while line := output.readline(LONGEST_LINE):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            _log.info("%s: %s", name, safe_text(text))
