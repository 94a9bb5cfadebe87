"""`fd` and `rg`, where they are installed: they walk a disk with all its cores.

They are given argument lists, never a shell line; a name cannot become an option, because they run in
the directory and are handed nothing but `.`; paths come back ended by NUL (`fd`) or in JSON (`rg`),
so any byte may be in one. `fd` only walks: what a pattern means is decided in one place, `search.py`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from tfm.model.cancel import CancelToken
from tfm.model.location import Location
from tfm.ops.grep import LONGEST_TEXT

_log = logging.getLogger("tfm.search")

_BLOCK = 64 * 1024
_SOME_UNREADABLE = 2
_FD = ("--print0", "--no-ignore", "--color=never", "--no-follow")
_RG = (
    "--no-config",
    "--json",
    "--max-count=1",
    "--no-messages",
    "--no-ignore",
    "--no-follow",
    "--crlf",
)


@dataclass(frozen=True, slots=True)
class Finders:
    """The paths of the two programs; empty where there is none."""

    fd: str = ""
    rg: str = ""

    @classmethod
    def installed(cls) -> Finders:
        """What is on the PATH; Debian calls `fd` by another name."""
        return cls(shutil.which("fd") or shutil.which("fdfind") or "", shutil.which("rg") or "")


def find_paths(
    finders: Finders, top: Location, hidden: bool, cancel: CancelToken
) -> Iterator[str] | None:
    """Every path beneath `top`, as `fd` finds them; None where it is not there or does not start."""
    if not finders.fd:
        return None
    options = [*_FD, *(["--hidden"] if hidden else [])]
    process = _start([finders.fd, *options, "--", ".", "."], top)
    return None if process is None else _paths(process, cancel)


def _paths(process: subprocess.Popen[bytes], cancel: CancelToken) -> Iterator[str]:
    with _running(process, cancel) as out:
        rest = b""
        while block := out.read1(_BLOCK):  # type: ignore[attr-defined]
            *whole, rest = (rest + block).split(b"\0")
            for raw in whole:
                path = os.fsdecode(raw).removeprefix("./").rstrip("/")
                if path:
                    yield path


def find_content(
    finders: Finders,
    top: Location,
    pattern: str,
    *,
    fixed: bool,
    ignore_case: bool,
    hidden: bool,
    cancel: CancelToken,
) -> Iterator[tuple[str, int, str]] | None:
    """(path, line, text) of each file that `rg` has looked into, line 0 where nothing fits.

    None where it is not there or does not know the pattern: its regular expressions are not Python's.
    """
    if not finders.rg or "\n" in pattern:
        return None
    options = [*_RG, "--ignore-case" if ignore_case else "--case-sensitive"]
    if fixed:
        options.append("--fixed-strings")
    if hidden:
        options.append("--hidden")
    command = [finders.rg, *options, f"--regexp={pattern}"]
    if not _understood(command, top):
        return None
    process = _start([*command, "--", "."], top)
    return None if process is None else _hits(process, cancel)


def _understood(command: Sequence[str], top: Location) -> bool:
    """Ask with nothing to read: a pattern that it refuses is told by the exit code."""
    try:
        asked = subprocess.run(
            [*command, "--", "-"], cwd=top.key, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        _log.info("rg does not run: %s", error)
        return False
    return asked.returncode in (0, 1)


def _hits(process: subprocess.Popen[bytes], cancel: CancelToken) -> Iterator[tuple[str, int, str]]:
    """A file's hit is told when its end is known: by then a binary has shown itself as one."""
    line, text = 0, ""
    with _running(process, cancel) as out:
        for raw in out:
            if not raw.endswith(b"\n"):
                return  # it was ended in the middle of a word
            message: Mapping[str, Any] = json.loads(raw)
            data = message["data"]
            if message["type"] == "begin":
                line, text = 0, ""
            elif message["type"] == "match":
                line = data["line_number"] or 0
                first = os.fsencode(_text(data["lines"])).decode("utf-8", "replace")
                text = _first_match(first, data)
            elif message["type"] == "end":
                binary = data["binary_offset"] is not None
                path = _text(data["path"]).removeprefix("./")
                yield path, 0 if binary else line, text


def _first_match(line: str, data: Mapping[str, Any]) -> str:
    start = data["submatches"][0]["start"] if data["submatches"] else 0
    at = 0 if start < LONGEST_TEXT // 2 else start - LONGEST_TEXT // 4
    return line[at : at + LONGEST_TEXT].strip()


def _text(value: Mapping[str, str]) -> str:
    """Text as `rg` tells it: as it is, or in base64 where it is not UTF-8."""
    if "text" in value:
        return value["text"]
    return os.fsdecode(base64.b64decode(value["bytes"]))


def _start(command: Sequence[str], top: Location) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(
            command, cwd=top.key, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        _log.info("%s does not run: %s", command[0], error)
        return None


@contextlib.contextmanager
def _running(process: subprocess.Popen[bytes], cancel: CancelToken) -> Iterator[IO[bytes]]:
    """Its output; it is ended with the search, whatever ends that."""
    assert process.stdout is not None
    forget = cancel.on_cancel(process.kill)
    try:
        yield process.stdout
    finally:
        forget()
        process.kill()
        process.stdout.close()
        process.wait()
