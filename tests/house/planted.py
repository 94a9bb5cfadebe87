"""The secret keys of the test servers are planted: nothing that the suite makes may hold them.

Looked at in every test: what programs print, the screens of terminals, every line logged at the level of
`--debug`, texts and hints of errors, what is kept in the home directory of the test (journals, caches,
logs; also what is removed before the test ends), command lines, and the variables `TFM_*` of programs.
Not looked at is what the person writes down (configuration), and variables that tell a program its keys.

`install(home)` once per process; `found()` hands out, and forgets, where a secret was seen.
"""

import base64
import copy
import logging
import os
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from tests.servers.keys import SECRET_KEY, SESSION_TOKEN
from tests.servers.server import LEASH
from tfm.model.errors import StorageError
from tfm.model.redact import RedactingFilter

KEPT_BELOW: Final = (".local", ".cache", "run")
"""Where in a home the program keeps what it writes."""
_MOST_BYTES: Final = 4 * 1024 * 1024

_lock = threading.Lock()
_found: list[str] = []
_home: list[Path] = []


def _forms(secret: str) -> Iterable[bytes]:
    """As it is, and as it would be in an address, in base64, in hexadecimal digits."""
    plain = secret.encode()
    yield from (plain, urllib.parse.quote(secret, safe="").encode(), plain.hex().encode())
    # without the ends, which depend on what stands around it
    yield from (base64.b64encode(b"." * n + plain)[4:-4] for n in range(3))


FORMS: Final = frozenset(form for secret in (SECRET_KEY, SESSION_TOKEN) for form in _forms(secret))


LINK: Final = re.compile(rb"X-Amz-Signature=[0-9a-f]")
"""Whoever has a signed link has what it leads to: it is shown to who asked for it, and kept nowhere."""


def look(where: str, said: bytes | bytearray | str, *, links: bool = False) -> None:
    """Note it if a secret, or a signed link where those may not be, is in what was said."""
    data = said.encode("utf-8", "surrogateescape") if isinstance(said, str) else bytes(said)
    if any(form in data for form in FORMS) or (links and LINK.search(data)):
        with _lock:
            _found.append(where)


def found() -> list[str]:
    """Where a secret was seen since the last call."""
    with _lock:
        taken = list(_found)
        _found.clear()
    return taken


def look_below(home: Path) -> None:
    """Look into every file that is kept in a home."""
    for name in KEPT_BELOW:
        for directory, _, files in os.walk(home / name):
            for file in files:
                _look_into(Path(directory, file))


def watch_removals(home: Path) -> None:
    """From now on this is the home; what is removed from it is looked at before."""
    _home[:] = [home]


def _look_into(path: Path) -> None:
    if path.is_file() and not path.is_symlink():
        with path.open("rb") as file:
            look(f"the file {path}", file.read(_MOST_BYTES), links=True)


class _Lines(logging.Handler):
    """Every line, as `--debug` would write it."""

    def emit(self, record: logging.LogRecord) -> None:
        record = copy.copy(record)
        RedactingFilter().filter(record)
        look(f"the log: {record.name}", self.format(record), links=True)


def _audited(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        _, command, _, environment = arguments
        words = [command] if isinstance(command, (str, bytes)) else [*command]
        if str(LEASH) not in words:  # that is a server, which must be told
            for word in words:
                look("a command line", os.fsencode(word))
        for name, value in (environment if environment is not None else os.environ).items():
            if os.fsdecode(name).startswith("TFM_"):
                look(f"the variable {os.fsdecode(name)}", os.fsencode(value))
    elif event == "os.remove" and _home:
        path, directory = arguments
        if directory in (-1, None):
            gone = Path(os.path.abspath(os.fsdecode(path)))
            if any(gone.is_relative_to(_home[0] / name) for name in KEPT_BELOW):
                _look_into(gone)


def _errors() -> None:
    plain = StorageError.__init__

    def watched(self: StorageError, message: str, **more: Any) -> None:
        plain(self, message, **more)
        look("the text of an error", f"{self} {self.reason} {self.code}", links=True)

    StorageError.__init__ = watched  # type: ignore[method-assign]


def _programs() -> None:
    plain: Callable[..., tuple[Any, Any]] = subprocess.Popen.communicate

    def watched(self: subprocess.Popen[Any], *args: Any, **more: Any) -> tuple[Any, Any]:
        said = plain(self, *args, **more)
        for each in said:
            if each:
                look("what a program printed", each)
        return said

    subprocess.Popen.communicate = watched  # type: ignore[method-assign]


def install() -> None:
    """Watch in this process from now on; there is no way back."""
    if getattr(install, "done", False):
        return
    install.done = True  # type: ignore[attr-defined]
    logger = logging.getLogger("tfm")
    logger.addHandler(_Lines())
    logger.setLevel(logging.DEBUG)
    _errors()
    _programs()
    sys.addaudithook(_audited)
