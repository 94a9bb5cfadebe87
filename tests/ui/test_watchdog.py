"""No key waits for I/O: with a storage that answers nothing, the screen goes on living.

The loop is watched by a heartbeat. A silence of a second is a wait for the storage (it answers only
when it is let). A busy machine stretches everything else, so work is judged by the processor time that
the loop's own thread took between two beats, and by the best of three runs.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig, write
from tfm.model.cancel import CancelToken
from tfm.model.change import Change
from tfm.model.entry import Entry
from tfm.model.location import Location, Root, local, parse
from tfm.storage.base import Hints, Reader, Work, Writer
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs

LIMIT = 0.05
"""Seconds of work between two beats on a machine that counts to 200,000 in `USUAL` seconds."""
USUAL = 0.011
WAITED = 1.0
BEAT = 0.002
PATIENCE = 20.0


class Deaf(MemoryStorage):
    """Answers nothing while `open` is not set."""

    def __init__(self, root: Root) -> None:
        super().__init__(root, {})
        self.open = threading.Event()
        self.open.set()
        self.asked = 0

    def _wait(self) -> None:
        if not self.open.is_set():
            self.asked += 1
            self.open.wait(PATIENCE)

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Sequence[Entry]]:
        self._wait()
        return super().scan(directory, cancel)

    def stat(self, location: Location) -> Entry:
        self._wait()
        return super().stat(location)

    def open_read(
        self,
        location: Location,
        offset: int = 0,
        *,
        expected: Entry | None = None,
        length: int | None = None,
    ) -> Reader:
        self._wait()
        return super().open_read(location, offset, expected=expected, length=length)

    def open_write(self, location: Location, hints: Hints, work: Work) -> Writer:
        self._wait()
        return super().open_write(location, hints, work)

    def mkdir(self, location: Location) -> Change:
        self._wait()
        return super().mkdir(location)

    def delete(self, location: Location, *, expected: Entry | None = None) -> Change:
        self._wait()
        return super().delete(location, expected=expected)


class Heart:
    """Beats on the app's loop; the longest silence and the most work between beats, in seconds."""

    def __init__(self) -> None:
        self.silence = 0.0
        self.work = 0.0

    async def beat(self) -> None:
        while True:
            began, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(BEAT)
            self.silence = max(self.silence, time.perf_counter() - began - BEAT)
            self.work = max(self.work, time.thread_time() - worked)


def rig_over(deaf: Deaf, left: Path) -> Rig:
    vfs = Vfs(storages={deaf.root: deaf})
    vfs.mkdir(parse("mem://bucket/"))
    for number in range(30):
        write(vfs, f"mem://bucket/dir/f{number:02}")
        write(vfs, f"mem://bucket/f{number:02}")
    return Rig(local(left), parse("mem://bucket/"), vfs=vfs)


# What hands do on a pane whose storage is silent; each line ends where it began.
WALKS = {
    "walking": (
        "down",
        "down",
        "pagedown",
        "up",
        "end",
        "home",
        "space",
        "asterisk",
        "plus",
        "escape",
    ),
    "entering a directory": ("home", "enter", "down"),
    "going up": ("backspace", "down"),
    "reading again": ("ctrl+r", "down"),
    "copying": ("c", "enter", "down"),
    "deleting": ("k", "tab", "enter", "down"),
    "making a directory": ("f7", "n", "enter", "down"),
    "making a file": ("E", "n", "enter", "down"),
    "renaming": ("end", "r", "x", "enter", "down"),
    "viewing": ("end", "v", "down", "escape"),
    "going elsewhere": ("J", *"mem://bucket/dir/", "enter", "down"),
    "the drives": ("d", "escape"),
    "sorting": ("2", "3", "4", "1", "full_stop"),
    "the other place": ("o", "O"),
}


def limit() -> float:
    """The limit for this machine as it is now: one that is half as fast has twice the time."""

    def count() -> float:
        began, total = time.thread_time(), 0
        for number in range(200_000):
            total += number
        return time.thread_time() - began

    return LIMIT * max(1.0, min(count() for _ in range(5)) / USUAL)


def watch(directory: Path, keys: Sequence[str]) -> tuple[Heart, int]:
    """Press keys over a silent storage; the heart, and how often the storage was asked."""
    directory.mkdir()
    deaf = Deaf(parse("mem://").root)
    heart = Heart()

    async def scenario(it: Driven) -> None:
        await it.go("tab")
        it.rig.vfs.cache.clear()
        deaf.open.clear()
        beating = asyncio.create_task(heart.beat())
        try:
            await it.press(*keys)
            await it.pilot.pause()
        finally:
            beating.cancel()
            deaf.open.set()
        await it.until(lambda: not it.rig.jobs.active())

    rig_over(deaf, directory).drive(scenario)
    return heart, deaf.asked


@pytest.mark.parametrize("name", WALKS)
def test_the_screen_lives_while_the_storage_is_silent(tmp_path: Path, name: str) -> None:
    most = limit()
    hearts = [watch(tmp_path / "0", WALKS[name])[0]]
    while min(heart.work for heart in hearts) > most and len(hearts) < 3:
        hearts.append(watch(tmp_path / str(len(hearts)), WALKS[name])[0])
    assert min(heart.silence for heart in hearts) < WAITED
    assert min(heart.work for heart in hearts) <= most, [heart.work for heart in hearts]


@pytest.mark.parametrize(
    "name", ["entering a directory", "copying", "renaming", "viewing", "making a file"]
)
def test_the_storage_really_was_asked(tmp_path: Path, name: str) -> None:
    assert watch(tmp_path / "0", WALKS[name])[1] > 0


def test_the_heartbeat_sees_waiting_and_working() -> None:
    async def run() -> Heart:
        heart = Heart()
        beating = asyncio.create_task(heart.beat())
        await asyncio.sleep(BEAT * 2)
        threading.Event().wait(LIMIT)
        until = time.thread_time() + LIMIT * 1.5
        while time.thread_time() < until:
            pass
        await asyncio.sleep(BEAT * 2)
        beating.cancel()
        return heart

    heart = asyncio.run(run())
    assert heart.work > LIMIT
    assert heart.silence > LIMIT * 2
