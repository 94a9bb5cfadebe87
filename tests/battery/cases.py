"""Six misfortunes. Each says what became of the data by looking at the disk, never at the program.

A program that is driven by keys may simply not have done what it was told, so "kept" counts only
where a control, the same task without the misfortune, had its effect.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.battery.ground import MIB, Ground, contents, files, picture
from tests.battery.peers import Deed, Peer
from tests.battery.running import Running

SECONDS = 20.0
"""After that nothing more is expected of a program."""
QUIET = 1.5
"""Seconds in which nothing changes on the disk: it has done what it does."""
LARGE = 384 * MIB
SMALL = 64 * 1024
_OLD, _NEW = 1, 2


@dataclass(frozen=True)
class Verdict:
    """`word` is kept, lost, torn, hung or n/a; `what` says which file, or why."""

    word: str
    what: str = ""

    def __str__(self) -> str:
        return f"{self.word}: {self.what}" if self.what else self.word


@dataclass(frozen=True)
class Case:
    """One misfortune: its name, a line about it, and what does it."""

    name: str
    line: str
    try_on: Callable[[Peer], Verdict]


def until(running: Running, holds: Callable[[], bool], seconds: float, pause: float = 0.01) -> bool:
    """Tend the program until something holds; False if it ended, or time is up, without that."""
    deadline, wait = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < deadline:
        running.tend()
        if holds():
            return True
        if running.ended:
            return holds()
        wait.wait(pause)
    return False


def calm(running: Running, ground: Ground, seconds: float = SECONDS) -> bool:
    """Tend it until it ended or does nothing more; False if it was still at work."""
    seen, since = picture(ground.here, ground.there), time.monotonic()

    def quiet() -> bool:
        nonlocal seen, since
        now = picture(ground.here, ground.there)
        if now != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > QUIET * 2

    until(running, quiet, seconds, 0.05)
    return running.ended or time.monotonic() - since > QUIET


def _lies(ground: Ground, data: bytes) -> list[str]:
    return [found.where for found in files(ground) if found.data == data]


# -- over an existing file ----------------------------------------------------------------------


def _replaces(peer: Peer) -> str:
    """Empty if it replaces a file when told to; else what it does instead."""
    with Ground(8 * MIB) as ground:
        old, new = contents(SMALL, _OLD), contents(SMALL, _NEW)
        (ground.here / "f").write_bytes(new)
        (ground.there / "f").write_bytes(old)
        running = peer.begin(Deed("copy", ground.here / "f", ground.there), ground)
        try:
            done = until(running, lambda: (ground.there / "f").read_bytes() == new, SECONDS)
        finally:
            running.kill()
        if done:
            return ""
        beside = [place for place in _lies(ground, new) if place.startswith("to/")]
        return f"it never replaces, it wrote {beside[0]}" if beside else "it could not be driven"


def killed(peer: Peer) -> Verdict:
    """SIGKILL as soon as anything of the copy shows at the destination."""
    instead = _replaces(peer)
    if instead:
        return Verdict("n/a", instead)
    with Ground(3 * LARGE) as ground:
        old, new = contents(SMALL, _OLD), contents(LARGE, _NEW)
        (ground.here / "f").write_bytes(new)
        (ground.there / "f").write_bytes(old)
        before = picture(ground.there)
        running = peer.begin(Deed("copy", ground.here / "f", ground.there), ground)
        try:
            begun = until(running, lambda: picture(ground.there) != before, SECONDS, 0.0005)
        finally:
            running.kill()
        if not begun:
            return Verdict("n/a", "it did not begin in time")
        return _judged(ground, old, new)


def full_disk(peer: Peer) -> Verdict:
    """The new file is larger than the whole disk."""
    instead = _replaces(peer)
    if instead:
        return Verdict("n/a", instead)
    with Ground(MIB) as ground:
        old, new = contents(SMALL, _OLD), contents(4 * MIB, _NEW)
        (ground.here / "f").write_bytes(new)
        (ground.there / "f").write_bytes(old)
        running = peer.begin(Deed("copy", ground.here / "f", ground.there), ground)
        try:
            still = not calm(running, ground)
        finally:
            running.kill()
        verdict = _judged(ground, old, new)
        return Verdict("hung") if still and verdict.word == "kept" else verdict


def _judged(ground: Ground, old: bytes, new: bytes) -> Verdict:
    """What stands under the name that was to be replaced."""
    place = ground.there / "f"
    left = [name for name in os.listdir(ground.there) if name != "f"]
    beside = f"{', '.join(left)} is left beside" if left else ""
    if not place.exists():
        return Verdict("lost", "the old file")
    data = place.read_bytes()
    if data == old:
        return Verdict("kept", "the old file" + (f"; {beside}" if beside else ""))
    if data == new:
        return Verdict("kept", "the new file" + (f"; {beside}" if beside else ""))
    size = f"{len(data):,} of {len(new):,} new bytes stand under the name"
    return Verdict("torn", f"the old file is gone; {size}")


# -- moves ---------------------------------------------------------------------------------------


def skipped(peer: Peer) -> Verdict:
    """A directory is moved to another disk, and one file of it, which is there already, skipped."""
    with Ground(8 * MIB) as ground:
        a, both, theirs = (contents(SMALL, seed) for seed in (_NEW, 3, _OLD))
        for top in (ground.here, ground.there):
            (top / "d").mkdir()
        (ground.here / "d" / "a").write_bytes(a)
        (ground.here / "d" / "both").write_bytes(both)
        (ground.there / "d" / "both").write_bytes(theirs)
        running = peer.begin(Deed("move", ground.here / "d", ground.there, "skip"), ground)
        try:
            calm(running, ground)
        finally:
            running.kill()
        for data, name in ((a, "a"), (both, "the skipped file"), (theirs, "the one there")):
            if not _lies(ground, data):
                return Verdict("lost", name)
        if _lies(ground, a) == ["from/d/a"]:
            return Verdict("kept", "it moved nothing: it does not merge directories")
        if _lies(ground, both) != ["from/d/both"]:
            return Verdict("kept", f"it has no skip: it wrote {_lies(ground, both)[0]}")
        return Verdict("kept")


def _moves(peer: Peer, *, directory: bool) -> bool:
    """True if it moves a thing to another directory when told to."""
    with Ground(8 * MIB) as ground:
        source = ground.here / ("d" if directory else "f")
        if directory:
            source.mkdir()
        data = contents(SMALL, _NEW)
        (source / "f" if directory else source).write_bytes(data)
        running = peer.begin(Deed("move", source, ground.there), ground)
        try:
            return until(running, lambda: not os.path.lexists(source), SECONDS)
        finally:
            running.kill()


def onto_itself(peer: Peer) -> Verdict:
    """A file is moved into the directory it lies in."""
    if not _moves(peer, directory=False):
        return Verdict("n/a", "it could not be driven")
    with Ground(8 * MIB) as ground:
        data = contents(SMALL, _NEW)
        (ground.here / "f").write_bytes(data)
        running = peer.begin(Deed("move", ground.here / "f", ground.here), ground)
        try:
            calm(running, ground)
        finally:
            running.kill()
        where = _lies(ground, data)
        if not where:
            return Verdict("lost", "the file")
        return Verdict("kept", "" if where == ["from/f"] else f"as {where[0]}")


def into_itself(peer: Peer) -> Verdict:
    """A directory is moved into its own subdirectory."""
    if not _moves(peer, directory=True):
        return Verdict("n/a", "it could not be driven")
    with Ground(8 * MIB) as ground:
        data = contents(SMALL, _NEW)
        (ground.here / "d" / "sub").mkdir(parents=True)
        (ground.here / "d" / "f").write_bytes(data)
        running = peer.begin(Deed("move", ground.here / "d", ground.here / "d" / "sub"), ground)
        try:
            ended = calm(running, ground)
        finally:
            running.kill()
        where = _lies(ground, data)
        if not where:
            return Verdict("lost", "the directory")
        if not ended or len(where) > 2:
            return Verdict("hung", "it nests the directory in itself")
        return Verdict("kept", "" if where == ["from/d/f"] else f"as {where[0]}")


# -- what is no file ------------------------------------------------------------------------------


def pipe(peer: Peer) -> Verdict:
    """A directory with a named pipe between two files is copied."""
    with Ground(8 * MIB) as ground:
        (ground.here / "d").mkdir()
        for name, seed in (("a", _OLD), ("z", _NEW)):
            (ground.here / "d" / name).write_bytes(contents(SMALL, seed))
        os.mkfifo(ground.here / "d" / "pipe")
        running = peer.begin(Deed("copy", ground.here / "d", ground.there), ground)

        def arrived(name: str, seed: int) -> bool:
            return f"to/d/{name}" in _lies(ground, contents(SMALL, seed))

        try:
            whole = until(running, lambda: arrived("a", _OLD) and arrived("z", _NEW), SECONDS, 0.05)
        finally:
            running.kill()
        if not whole:
            begun = (ground.there / "d").exists()
            return Verdict("hung") if begun else Verdict("n/a", "it could not be driven")
        made = (ground.there / "d" / "pipe").is_fifo()
        return Verdict("kept", "the pipe is made anew" if made else "the pipe is left out")


CASES = (
    Case("kill", "SIGKILL during a copy over an existing file", killed),
    Case("full", "full disk during a copy over an existing file", full_disk),
    Case("skip", "one file skipped in a move to another disk", skipped),
    Case("self", "a file moved onto itself", onto_itself),
    Case("into", "a directory moved into itself", into_itself),
    Case("pipe", "a named pipe in a copied tree", pipe),
)
