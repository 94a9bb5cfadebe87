"""Every action of the table is driven, at both ends of the sizes, on a disk and on a bucket.

Whatever it opens is resized and left again with Esc or q. Nothing may fail, ask a storage or touch the disk on
the loop's thread, keep it busy for longer than the limit, or change a file unasked. A new action
is in by being in the table.
"""

from __future__ import annotations

import asyncio
import compileall
import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key, Resize
from textual.geometry import Size

import tfm
from tests.ui.rig import DEADLINE, Driven, Rig
from tests.ui.test_watchdog import BEAT, Heart, limit
from tfm.config.actions import ACTIONS, Action
from tfm.config.load import load_config
from tfm.config.places import Places
from tfm.config.source import usual_source
from tfm.model.location import Location
from tfm.session.session import Side
from tfm.storage.vfs import Vfs
from tfm.ui import suspend
from tfm.ui.screen import PanesScreen
from tfm.ui.suspend import Ended, Pause

SMALL, USUAL = (40, 10), (80, 24)
DRIVEN = [action for action in ACTIONS.values() if action.available]
MOST_WORK = limit() * 3
"""Seconds of the loop's thread that the opening of a dialog may take on a crowded machine."""
STRAINED = 4
"""Times an action is driven before its least work counts as too much."""

_OPENING = {"open", "os.listdir", "os.scandir"}
_TOUCHING = _OPENING | {
    f"os.{verb}"
    for verb in (
        *("mkdir", "rename", "remove", "rmdir", "truncate", "chmod", "chown", "link", "symlink"),
        *("utime", "getxattr", "listxattr", "posix_spawn", "fork"),
    )
}
_TOUCHING |= {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "tempfile.mkstemp"}
_LOOKING = ("stat", "lstat", "access", "statvfs", "readlink")
"""What Python tells no auditor."""
_PROGRAM = tuple(
    str(Path(str(place)).resolve())
    for place in (Path(tfm.__file__).parent, *map(sysconfig.get_path, ("stdlib", "purelib")))
)


class Watch:
    """What the thread of the loop does to disks, servers and processes, while somebody looks.

    Reading the program's own files is not counted: imports are deferred on purpose.
    """

    def __init__(self) -> None:
        self.thread = 0
        self.seen: list[str] = []

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if (
            self.thread
            and event in _TOUCHING
            and threading.get_ident() == self.thread
            and not self._of_the_program(event, arguments)
        ):
            self.seen.append(f"{event} {arguments[:1]}")

    def look(self, name: str, path: object) -> None:
        if threading.get_ident() == self.thread and not str(path).startswith(_PROGRAM):
            self.seen.append(f"os.{name} {path}")

    @staticmethod
    def _of_the_program(event: str, arguments: tuple[object, ...]) -> bool:
        return event in _OPENING and str(arguments[0]).startswith(_PROGRAM)


WATCH = Watch()
sys.addaudithook(WATCH.hook)  # can never be removed; asks nothing while nobody looks


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    WATCH.seen = []

    def seen(name: str) -> Callable[..., object]:
        look = getattr(os, name)

        def do(path: object, *arguments: object, **options: object) -> object:
            WATCH.look(name, path)
            return look(path, *arguments, **options)

        return do

    for name in _LOOKING:
        monkeypatch.setattr(os, name, seen(name))
    yield WATCH
    WATCH.thread = 0


class Away:
    """Stands in for the terminal's other program, which does nothing."""

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        pause: Pause = Pause.NEVER,
        banner: str = "",
    ) -> Ended:
        assert argv
        assert cwd
        assert environ
        assert isinstance(pause, Pause)
        assert isinstance(banner, str)
        return Ended(0)


def beneath(vfs: Vfs, place: Location) -> dict[str, bytes]:
    """Everything in a place, by its text."""
    found: dict[str, bytes] = {}
    for entry in vfs.scan(place, fresh=True).entries:
        there = place.child(entry.name, directory=entry.is_directory)
        if entry.is_directory:
            found[str(there)] = b""
            found |= beneath(vfs, there)
        else:
            with vfs.open_read(there) as reader:
                found[str(there)] = reader.read(1 << 20)
    return found


class Drive:
    """Drives the actions over one pair of places."""

    def __init__(
        self, ui: Driven, watch: Watch, start: Side, *, marks: bool, shrink: bool, way: str
    ) -> None:
        self.ui = ui
        self.start = start
        self.sizes = (USUAL, SMALL) if shrink else (SMALL, USUAL)
        self.way = way
        self.marks = marks
        self.watch = watch
        self.places = {side: pane.place for side, pane in ui.rig.session.panes.items()}
        self.heart = Heart()
        self.work: dict[str, list[float]] = {}

    async def files(self) -> dict[str, bytes]:
        found = await asyncio.gather(
            *(asyncio.to_thread(beneath, self.ui.rig.vfs, at) for at in self.places.values())
        )
        return found[0] | found[1]

    async def at_the_start(self, size: tuple[int, int]) -> None:
        """Both panes where they were, the cursor on a file, with marks or without."""
        app, session = self.ui.app, self.ui.rig.session
        app.activate(self.start)
        for side, place in self.places.items():
            if session[side].place != place or session[side].results is not None:
                app.navigator.enter(side, place)
        if app.size != size:
            await self.resize(size)
        await self.until(lambda: all(p.loading.value == "no" for p in session.panes.values()))
        pane = session.pane
        pane.clear_marks()
        if self.marks:
            pane.mark_where(lambda entry: not entry.is_directory, on=True)
        files = [n for n, entry in enumerate(pane.rows.entries) if not entry.is_directory]
        pane.move_to(files[0])

    @property
    def out(self) -> bool:
        screen = self.ui.app.screen
        return isinstance(screen, PanesScreen) and screen.mode is None

    async def settle(self) -> None:
        """What was begun has been drawn; without waiting for an idle processor, which costs seconds."""
        await self.ui.pilot.pause(BEAT)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not holds():
                await self.settle()

    async def resize(self, size: tuple[int, int]) -> None:
        self.ui.app._driver._size = Size(*size)  # type: ignore[union-attr]
        self.ui.app.post_message(Resize(Size(*size), Size(*size)))
        await self.settle()

    async def press(self, key: str) -> None:
        self.ui.app.post_message(Key(key, key if len(key) == 1 else None))
        await self.settle()

    async def drive(self, action: Action) -> None:
        """Do it at one size, make the terminal another size, and leave what is open."""
        await self.at_the_start(self.sizes[0])
        self.heart.work = 0.0
        self.ui.app.run_action_of(action)
        await self.settle()
        opened = not self.out
        await asyncio.sleep(0.01)
        self.work.setdefault(action.id, []).append(self.heart.work)
        if opened:
            await self.resize(self.sizes[1])
        if self.way == "q" and opened and action.id != "quit":
            await self.press("q")  # a letter where text is typed, else a way out
        for _ in range(3):
            if self.out:
                break
            await self.press("escape")
            await self.settle()
        assert self.out, f"{action.id}: still there after three Esc\n{self.ui.screen()}"
        assert self.ui.app.is_running
        assert not self.watch.seen, f"{action.id}: on the loop's thread: {self.watch.seen}"

    async def all(self) -> None:
        """Every action; what was slow again, since imports and a busy machine are no fault."""
        before = await self.files()
        self.watch.thread = threading.get_ident()
        beating = asyncio.create_task(self.heart.beat())
        try:
            for action in DRIVEN:
                await self.drive(action)
            for action in DRIVEN:
                work = self.work[action.id]
                while min(work) > MOST_WORK and len(work) < STRAINED:
                    await self.drive(action)
        finally:
            beating.cancel()
            self.watch.thread = 0
        slow = {name: work for name, work in self.work.items() if min(work) > MOST_WORK}
        assert not slow
        assert not self.ui.rig.jobs.active()
        assert await self.files() == before


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Modules that are imported late are not compiled on the loop's thread: Python would write there what it compiled."""
    assert compileall.compile_dir(Path(tfm.__file__).parent, quiet=1)


@pytest.fixture(autouse=True)
def nothing_leaves(rig: Rig, remote: Rig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Programs do not take the terminal; there is a configuration to edit."""
    monkeypatch.setattr(suspend, "to_shell", lambda _app: "")
    places = Places.from_environ({"HOME": str(tmp_path / "home")})
    for one in (rig, remote):
        one.settings = one.app.settings = replace(one.settings, confirm_quit=True)
        one.app.handover = Away()  # type: ignore[assignment]
        one.app.configuration = usual_source(load_config(None, places, {}), places, {})


@pytest.mark.parametrize(
    ("place", "marks", "shrink", "way"),
    [
        ("disk", False, True, "escape"),
        ("bucket", True, False, "q"),
    ],
)
def test_every_action(
    place: str,
    marks: bool,
    shrink: bool,
    way: str,
    rig: Rig,
    remote: Rig,
    right: Path,
    watch: Watch,
) -> None:
    one, start = (remote, Side.RIGHT) if place == "bucket" else (rig, Side.LEFT)
    (right / "there.txt").write_text("there")

    async def scenario(ui: Driven) -> None:
        await Drive(ui, watch, start, marks=marks, shrink=shrink, way=way).all()

    one.drive(scenario, size=USUAL)


def test_the_watch_sees_the_disk(watch: Watch, tmp_path: Path) -> None:
    watch.thread = threading.get_ident()
    os.listdir(tmp_path)
    (tmp_path / "a").write_text("a")
    assert (tmp_path / "a").exists()
    assert not os.path.islink(tmp_path / "a")
    watch.thread = 0
    assert [seen.split()[0] for seen in watch.seen] == ["os.listdir", "open", "os.stat", "os.lstat"]
