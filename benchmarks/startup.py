"""How soon the program answers: its version, its imports, its first screen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.screen import Screen
from benchmarks.timing import Row, compared
from benchmarks.world import World

EMPTY_APP = Path(__file__).with_name("empty_app.py")
_FRAME = b"Quit"  # of the F-key bar, the last line of the screen
_NAMES = ("first on the left.txt", "first on the right.txt")


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def version(world: World) -> Iterator[Row]:
    """`tfm --version` and bare imports, beside a Python that does nothing."""
    rounds = world.size.many_rounds
    nothing = ("-c", "pass")
    subjects = {
        "tfm --version": ("-m", "tfm", "--version"),
        "import tfm": ("-c", "import tfm"),
        "from tfm import Path": ("-c", "from tfm import Path"),
    }
    for what, command in subjects.items():
        yield from compared(
            what,
            lambda command=command: _run(*command),  # type: ignore[misc]
            "bare python",
            lambda: _run(*nothing),
            rounds,
            cpu=True,
        )
    yield from compared(
        "import tfm.ui.app",
        lambda: _run("-c", "import tfm.ui.app"),
        "import textual.app",
        lambda: _run("-c", "import textual.app"),
        rounds,
        cpu=True,
    )


def paint(world: World) -> Iterator[Row]:
    """From the start of the process to the first screen, beside an empty Textual app."""
    size = world.size
    with world.directory() as home, world.directory() as left, world.directory() as right:
        for directory, name in ((left, _NAMES[0]), (right, _NAMES[1])):
            (directory / name).touch()
            for number in range(50):
                (directory / f"more {number}").touch()
        tfm = [sys.executable, "-m", "tfm", str(left), str(right)]

        def shows(command: list[str], *texts: bytes) -> None:
            with Screen(command, size, home) as screen:
                screen.wait_for(*texts)

        empty = [sys.executable, str(EMPTY_APP)]
        names = [name.encode() for name in _NAMES]
        place = f"{size.columns}×{size.lines}"
        yield from compared(
            f"first paint, {place}",
            lambda: shows(tfm, _FRAME),
            "empty Textual app",
            lambda: shows(empty, b"painted"),
            size.rounds,
            cpu=True,
        )
        yield from compared(
            f"both panes filled, {place}",
            lambda: shows(tfm, _FRAME, *names),
            "empty Textual app",
            lambda: shows(empty, b"painted"),
            size.rounds,
            cpu=True,
        )
