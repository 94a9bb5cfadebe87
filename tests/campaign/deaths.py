"""A program that is killed at its k-th mutating call: a child process, and a real SIGKILL.

The child is forked, so that nothing of it survives: no clean-up runs, no thread goes on. It counts the
calls by which a program changes a disk or a server, and kills itself before the one that was chosen; for
requests there is one more point, after the server did it and before the answer is looked at.
"""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import traceback
from collections.abc import Callable
from typing import Any, Final

from tfm.storage.local.syscalls import System

_DISK: Final = (
    "write",
    "pwrite",
    "copy_file_range",
    "ftruncate",
    "rename",
    "replace",
    "link",
    "symlink",
    "unlink",
    "remove",
    "mkdir",
    "rmdir",
    "fsync",
    "utime",
    "chown",
    "fchown",
    "chmod",
    "fchmod",
    "setxattr",
    "removexattr",
)
_OUR_OWN: Final = ("_rename_flags", "reserve")
"""What the engine calls without `os`."""
_REQUESTS: Final = (
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
    "CopyObject",
    "DeleteObject",
    "DeleteObjects",
)
SURVIVED, FAULT = 0, 97
_LONGEST: Final = 120


class Death:
    """Counts mutating calls; the process dies at number `at`, or lives if that never comes."""

    def __init__(self, at: int = 0) -> None:
        self.count = 0
        self._at = at
        self._lock = threading.Lock()

    def __call__(self, *_arguments: object, **_named: object) -> None:
        """A mutating call is about to happen."""
        with self._lock:
            self.count += 1
            if self.count == self._at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch_process(self) -> None:
        """From here on all calls of this process count. There is no way back: it is a child."""
        for name in _DISK:
            setattr(os, name, self._before(getattr(os, name)))
        for name in _OUR_OWN:
            setattr(System, name, self._before(getattr(System, name)))
        fcntl.ioctl = self._before(fcntl.ioctl)
        plain_open = os.open

        def opening(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
            if flags & (os.O_CREAT | os.O_TRUNC):
                self()
            return plain_open(path, flags, *arguments, **named)

        os.open = opening

    def watch_client(self, client: Any) -> None:
        """Requests of this client count, before they go and once they are answered."""
        for request in _REQUESTS:
            client.meta.events.register(f"before-send.s3.{request}", self)
            client.meta.events.register(f"response-received.s3.{request}", self)

    def _before(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*arguments: Any, **named: Any) -> Any:
            self()
            return real(*arguments, **named)

        return act


def in_a_child(act: Callable[[Death], None], at: int = 0) -> tuple[bool, int]:
    """Run `act` in a forked process that dies at its call number `at`.

    Whether it was killed, and how many calls it made if it was not. Raises RuntimeError with the
    traceback of an `act` that ended with an exception.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = FAULT
        try:
            os.close(reading)
            tell = os.write
            death = Death(at)
            try:
                act(death)
                tell(writing, f"{death.count}".encode())
                status = SURVIVED
            except BaseException:  # noqa: BLE001 - told to the parent, which raises it
                tell(writing, traceback.format_exc().encode())
        finally:
            os._exit(status)
    os.close(writing)
    alarm = threading.Timer(_LONGEST, os.kill, (child, signal.SIGABRT))
    alarm.start()
    try:
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read().decode()
        _, status = os.waitpid(child, 0)
    finally:
        alarm.cancel()
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True, 0
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == SURVIVED:
        return False, int(told)
    raise RuntimeError(f"the child ended with {status}:\n{told}")
