"""Builds the app over real services and drives it; waits are for conditions, with a deadline."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from tfm.config.keymap import build_keymap
from tfm.config.settings import Settings
from tfm.config.themes import load_themes
from tfm.jobs.manager import JobManager, Run
from tfm.jobs.recovery import Journals
from tfm.model.location import Location, local, parse
from tfm.ops.plan import Picked
from tfm.session.pane import PaneState
from tfm.session.recall import Recall
from tfm.session.session import Session, Side
from tfm.storage.base import Hints
from tfm.storage.listing_store import ListingStore
from tfm.storage.vfs import Vfs
from tfm.ui.app import Start, TfmApp
from tfm.ui.pane.look import PaneLook

MOMENT = datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC).timestamp()
DEADLINE = 10.0

TfmPilot = Pilot[None]


@dataclass
class Rig:
    """One app and its services."""

    left: Location
    right: Location
    settings: Settings = field(default_factory=lambda: replace(Settings(), confirm_quit=False))
    given: frozenset[Side] = frozenset(Side)
    state_file: Path | None = None
    memory_file: Path | None = None
    recall: Recall | None = None
    theme: str = "tfm-dark"
    configured: Settings | None = None
    journals: Journals | None = None
    listings: ListingStore | None = None
    vfs: Vfs = field(default_factory=lambda: Vfs(clock=lambda: MOMENT))

    def __post_init__(self) -> None:
        self.jobs = JobManager(self.vfs, journals=self.journals)
        self.session = Session(PaneState(self.left), PaneState(self.right))
        theme, told = load_themes().find(self.theme)
        assert not told
        self.app = TfmApp(
            self.vfs,
            self.jobs,
            self.session,
            self.settings,
            build_keymap({}),
            theme,
            Start(
                home=local("/"),
                configured=self.configured,
                given=self.given,
                state_file=self.state_file,
                memory_file=self.memory_file,
                listings=self.listings,
            ),
            look=PaneLook("%y-%m-%d %H:%M", UTC),
            recall=self.recall,
        )

    def drive(
        self,
        scenario: Callable[[Driven], Awaitable[None]],
        size: tuple[int, int] = (120, 40),
    ) -> None:
        """Run a scenario; the panes are loaded when it begins."""

        async def run() -> None:
            async with self.app.run_test(size=size) as pilot:
                driven = Driven(self, pilot)
                await driven.loaded()
                try:
                    await scenario(driven)
                finally:
                    if not self.app._exit:
                        self.app.leave()
                    watches = sum(each.name == "tfm-watch" for each in threading.enumerate())
                    assert watches < 20, "watches that nobody ended: a user has 128"

        try:
            asyncio.run(run())
        finally:
            self.jobs.shutdown(5.0)
            self.vfs.close()


@dataclass
class Driven:
    """The app while it runs."""

    rig: Rig
    pilot: TfmPilot

    @property
    def app(self) -> TfmApp:
        return self.rig.app

    @property
    def pane(self) -> PaneState:
        return self.rig.session.pane

    async def until(
        self, condition: Callable[[], object], why: str = "", *, seconds: float = DEADLINE
    ) -> None:
        """Let the app work until `condition` holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"it never came true: {why}\n{self.screen()}"
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def loaded(self) -> None:
        await self.until(
            lambda: all(pane.loading.value == "no" for pane in self.rig.session.panes.values()),
            "the panes are loaded",
        )

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def go(self, *keys: str) -> None:
        """Press keys, one after the other has had its effect."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()
            await self.loaded()

    async def type(self, text: str) -> None:
        await self.pilot.press(*text)

    def submit(self, title: str, run: Run, picked: Sequence[Picked] = ()) -> None:
        """Start a job of the test's own, as the app starts those that were ordered."""
        places = [place for place, _entry in picked]
        self.app.job_watcher.watch(self.rig.jobs.submit(title, run, places), places)

    async def jobs_ended(self) -> None:
        await self.until(lambda: not self.rig.jobs.active(), "all jobs have ended")
        await self.loaded()

    def screen(self) -> str:
        """What a person sees."""
        return "\n".join(
            strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()
        )

    def rows(self, side: Side | None = None) -> list[str]:
        """Names in a pane, a slash behind directories, a star before marked ones."""
        pane = self.rig.session[side] if side else self.pane
        return [
            f"{'*' if pane.is_marked(entry) else ''}{entry.name}{'/' if entry.is_directory else ''}"
            for entry in pane.rows.entries
        ]

    @property
    def cursor(self) -> str:
        entry = self.pane.current
        return entry.name if entry is not None else ""

    @property
    def status(self) -> str:
        return self.app.status.text.strip()


def write(vfs: Vfs, text: str, data: bytes = b"x") -> None:
    """Put a file into the storage in memory."""
    with vfs.open_write(parse(text), Hints()) as writer:
        writer.write(data)
        writer.commit()
