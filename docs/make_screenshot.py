"""Makes docs/screenshot.svg: the real program on the data of `tfm --demo`, without a terminal.

    python docs/make_screenshot.py [FILE]

Run it when the screen has changed. Nothing of the machine is in the picture: the home directory is
the demo's own, and the times are UTC.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tfm.cli.arguments import Choice
from tfm.cli.compose import compose, make_manager
from tfm.config.load import defaults
from tfm.config.places import Places
from tfm.config.themes import load_themes
from tfm.demo.demo import Demo, running
from tfm.jobs.recovery import Journals
from tfm.model.location import local, parse
from tfm.session.pane import PaneState
from tfm.session.session import Session, Side
from tfm.ui.app import Start, TfmApp

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (120, 36)
PATIENCE = 30.0
PLACE = "s3://demo-photos/2025/lisbon/"
STEPS = ("tab", "down", "space", "space", "space")


def make_app(demo: Demo) -> TfmApp:
    """The program as `tfm --demo` puts it together, with an album open on the right."""
    loaded = defaults()
    os.environ["AWS_ENDPOINT_URL"] = demo.endpoint_url  # as an option the header would name it
    vfs = compose(loaded.settings, Choice(no_config=True))
    theme, _ = load_themes(Places.from_environ(os.environ).themes).find(loaded.settings.theme)
    session = Session(PaneState(local(str(demo.folder))), PaneState(parse(PLACE)))
    start = Start(home=local(str(demo.folder.parent)), given=frozenset(Side))
    jobs = make_manager(vfs, loaded.settings, Journals(demo.folder.parent / "jobs"))
    return TfmApp(vfs, jobs, session, loaded.settings, loaded.keymap, theme, start)


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the program run until something holds. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the panes did not fill")
        await pilot.pause(0.02)


async def picture(app: TfmApp) -> str:
    """The screen as SVG, once both panes are read and some rows are marked."""
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: all(app.session[side].taken_at is not None for side in Side))
        for key in STEPS:
            await pilot.press(key)
        await pilot.pause(0.2)
        svg: str = app.export_screenshot(title="tfm")
    app.jobs.shutdown(1.0)
    app.vfs.close()
    return svg


def make(file: Path) -> None:
    """Write the picture."""
    with running() as demo:
        os.environ["HOME"] = str(demo.folder.parent)
        os.environ["TZ"] = "UTC"
        time.tzset()
        svg = asyncio.run(picture(make_app(demo)))
    file.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("screenshot.svg"))
