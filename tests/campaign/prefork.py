"""The program, forked off a process that has imported it: a start costs milliseconds, not a fifth of a second.

`python -m tests.campaign.prefork PART` reads one JSON document a line: `argv`, files for `out` and `err`,
and whether to `hold`. It answers with the status of that child as `waitpid` gives it, `{"status": n}`; to
`hold` with `{"pid": n}` first, and after an empty line the child goes on. The child runs
`tfm.__main__.main`, as `python -m tfm` does, with these differences:

- With `hold` it waits on the thread of the verb, before the verb begins: whoever traces it attaches then,
  and counts no call of an interpreter that starts.
- It has no second thread for files and parts. A tracer counts per thread, so with several some points
  could not be named. What several threads do is tried with the plain program.
- With a PART other than 0, files larger than two of them go in parts of so many bytes.
- What the SDK reads of its own data is read already.
- Once its threads have ended and its exit handlers have run it is gone: an interpreter takes longer to take
  itself apart than most of these verbs take, and changes nothing by it.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import importlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import boto3.session
from botocore.loaders import JSONFileLoader, Loader

from tfm.cli import compose, verbs
from tfm.cli.arguments import Choice
from tfm.cli.running import VerbRun
from tfm.config.settings import Settings
from tfm.jobs.lane import Lane
from tfm.storage.base import one_by_one
from tfm.storage.local import draft
from tfm.storage.s3 import options as s3_options

_NEEDED: Final = (
    "tfm.__main__",
    "tfm.cli.start",
    "tfm.storage.local.storage",
    "tfm.storage.s3.storage",
)
_PR_SET_PTRACER: Final = 0x59616D61
_ANYONE: Final = ctypes.c_ulong(-1)

T = TypeVar("T")
R = TypeVar("R")


class Gate:
    """Where a child waits until whoever traces it is ready; made before the fork."""

    def __init__(self) -> None:
        self._reached, self._tells = os.pipe()
        self._waits, self._opens = os.pipe()

    def wait(self) -> None:
        """In the child. It waits in a read, which no tracer of ours counts."""
        os.write(self._tells, b"!")
        os.read(self._waits, 1)

    def is_reached(self) -> bool:
        """In the server: wait for the child; False if it ended instead."""
        os.close(self._tells)
        return os.read(self._reached, 1) == b"!"

    def open(self) -> None:
        """In the server: let the child go on."""
        os.write(self._opens, b"!")

    def close(self) -> None:
        """In the server."""
        for descriptor in (self._reached, self._waits, self._opens):
            os.close(descriptor)


def serve() -> tuple[dict[str, Any], Gate | None] | None:
    """Fork a child for each line; returns in the child what it has to do, in the server None."""
    for line in sys.stdin:
        wanted: dict[str, Any] = json.loads(line)
        gate = Gate() if wanted["hold"] else None
        pid = os.fork()
        if pid == 0:
            return wanted, gate
        if gate is not None:
            held = gate.is_reached()
            _tell({"pid": pid})
            if held:
                sys.stdin.readline()
                gate.open()
            gate.close()
        _, status = os.waitpid(pid, 0)
        _tell({"status": status})
    return None


def _tell(answer: Mapping[str, int]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _become(wanted: Mapping[str, Any], gate: Gate | None) -> None:
    """In the child: its streams, and its stop."""
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, wanted["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, wanted["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - as long as the process
    if gate is not None:
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYONE, 0, 0, 0)
        acts: dict[str, Callable[[VerbRun], int]] = verbs._ACTS  # type: ignore[assignment]
        verb = wanted["argv"][0]
        acts[verb] = _held(acts[verb], gate)


def _held(act: Callable[[VerbRun], int], gate: Gate) -> Callable[[VerbRun], int]:
    def wait_first(run: VerbRun) -> int:
        gate.wait()
        return act(run)

    return wait_first


def _one_hand(self: Lane, act: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    return one_by_one(act, items)


def _cut_small(part: int) -> None:
    s3_options.MIN_PART, draft.RESERVE_FROM = 1, part
    plain = compose.storage_options

    def tiny(settings: Settings, choice: Choice) -> dict[str, dict[str, object]]:
        chosen = plain(settings, choice)
        chosen["s3"] |= {"multipart_threshold": 2 * part, "part_size": part}
        return chosen

    compose.storage_options = tiny


def _know_the_sdk() -> None:
    """Import and read once what the SDK looks for in a thousand directories when a client is made."""
    for owner, name in (
        (JSONFileLoader, "load_file"),
        (Loader, "list_available_services"),
        (Loader, "list_api_versions"),
    ):
        setattr(owner, name, _once(getattr(owner, name)))
    boto3.session.Session("key", "secret", region_name="us-east-1").client("s3").close()


def _once(method: Callable[..., Any]) -> Callable[..., Any]:
    """What one object was told all others are told as well."""
    told: dict[tuple[Any, ...], Any] = {}

    def ask(self: Any, *arguments: Any, **named: Any) -> Any:
        asked = (*arguments, *named.values())
        if asked not in told:
            told[asked] = method(self, *arguments, **named)
        return told[asked]

    return ask


def _leave(status: int) -> NoReturn:
    """In the child: all of the end of a program that others can see."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main() -> int:
    """Serve until standard input ends; in a child, run the program."""
    for name in _NEEDED:
        importlib.import_module(name)
    _know_the_sdk()
    tempfile.gettempdir()  # or each child would try the directory with a file of its own
    Lane.fan_out = _one_hand  # type: ignore[method-assign]
    if part := int(sys.argv[1]):
        _cut_small(part)
    gc.collect()
    gc.freeze()
    wanted = serve()
    if wanted is None:
        return 0
    _become(*wanted)
    from tfm.__main__ import main as program

    _leave(program(wanted[0]["argv"]))


if __name__ == "__main__":
    sys.exit(main())
