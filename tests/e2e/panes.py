"""The two panes as somebody in front of the terminal sees them: rows, marks, cursor, headers, dialogs.

    with opened("--demo", env=server.environment(), cwd=here) as ui:
        ui.wait_rows("right", {"demo-photos/"})
        ui.stand_on("demo-photos/"); ui.press("enter"); ui.order("f5", "Copy", "enter")

Reads the screen only (pyte), never the program; needs at least 80 columns. Rows are read by the columns
of the screen, so that a row that is not aligned is not found.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from wcwidth import wcwidth

from tests.e2e.program import PROGRAM, PROJECT
from tests.e2e.terminal import Terminal
from tests.servers.server import Server

SideName = Literal["left", "right"]

START_SECONDS: Final = 30.0
JOB_SECONDS: Final = 30.0
RAIL: Final = "│┃"
_HEADER, _TITLES, _FIRST, _BELOW = 0, 1, 2, 3
"""Rows of a pane from the top, and the lines below its rows: footer, status, F-keys."""
_SIZE_CELLS: Final = {"left": 5, "right": 6}
_TIME = re.compile(r"\d\d:\d\d:\d\d$")


@dataclass(frozen=True)
class Seen:
    """One pane: names as they are written, `/` at the end of directories."""

    header: str
    names: tuple[str, ...]
    marked: frozenset[str]
    current: str | None
    footer: str
    text: str

    @property
    def listed(self) -> bool:
        """True when the footer tells the time of the listing: nothing is loading."""
        return _TIME.search(self.footer) is not None


def cells(line: str) -> list[str]:
    """One string a column; a wide character is followed by an empty one."""
    found: list[str] = []
    for character in line:
        width = wcwidth(character)
        if width == 0 and found:
            found[-1] += character
        else:
            found += [character, *[""] * (width - 1)]
    return found


class Panes:
    """The program on a terminal; `terminal` is there for what this does not say."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    # -- looking ---------------------------------------------------------------------------------

    def pane(self, side: SideName) -> Seen:
        """What one pane shows at this moment."""
        screen = [cells(line) for line in self.terminal.screen()]
        rail = len(screen[0]) // 2 - 1
        start, end = (0, rail) if side == "left" else (rail + 1, len(screen[0]) - 1)
        lines = ["".join(row[start:end]) for row in screen]
        titles = "".join(cell or "\0" for cell in screen[_TITLES][start:end])
        size = titles.find("Size")
        # The titles of local and S3 places differ in the width of the size.
        narrow = "Modified" in titles
        width = size + 4 - (_SIZE_CELLS["left"] if narrow else _SIZE_CELLS["right"]) - 1
        if size < 0:  # buckets have none
            size = width = titles.find("Created")
        plain = self.terminal.cell(_TITLES, start).bg
        names, marked, current = [], set(), None
        for number in range(_FIRST, len(screen) - _BELOW):
            row = screen[number]
            name = "".join(row[start + 1 : start + width]).rstrip() if size > 0 else ""
            if row[start] not in (" ", "*") or not name:
                break
            names.append(name)
            if row[start] == "*":
                marked.add(name)
            if self.terminal.cell(number, start + 1).bg != plain:
                current = name
        footer = lines[len(screen) - _BELOW].strip()
        text = "\n".join(line.rstrip() for line in lines[_FIRST : len(screen) - _BELOW]).rstrip()
        return Seen(lines[_HEADER].strip(), tuple(names), frozenset(marked), current, footer, text)

    @property
    def active(self) -> SideName:
        """The pane with the bold header."""
        bold = self.terminal.cell(0, 1).bold
        return "left" if bold else "right"

    @property
    def here(self) -> Seen:
        """The active pane."""
        return self.pane(self.active)

    # -- waiting ---------------------------------------------------------------------------------

    def wait(self, holds: Callable[[], bool], seconds: float = 10.0, what: str = "") -> None:
        """Wait until the screen is as it should be; torn frames are not looked at."""

        def whole(_lines: list[str]) -> bool:
            return not self.terminal.painting and holds()

        whole.__qualname__ = what or holds.__qualname__
        self.terminal.wait_for(whole, seconds)

    def wait_rows(self, side: SideName, names: Iterable[str], seconds: float = 10.0) -> None:
        """Wait until a pane shows exactly these rows, in any order, and loads no more."""
        wanted = sorted(names)

        def holds() -> bool:
            seen = self.pane(side)
            return seen.listed and sorted(seen.names) == wanted

        self.wait(holds, seconds, f"{side} rows {wanted}")

    def wait_place(self, side: SideName, text: str, seconds: float = 10.0) -> Seen:
        """Wait until the header of a pane begins with the text and its listing is there."""

        def holds() -> bool:
            seen = self.pane(side)
            return seen.header.startswith(text) and seen.listed

        self.wait(holds, seconds, f"{side} at {text}")
        return self.pane(side)

    def wait_current(self, name: str, seconds: float = 10.0) -> None:
        """Wait until the cursor of the active pane stands on a row."""
        self.wait(lambda: self.here.current == name, seconds, f"cursor on {name}")

    def wait_dialog(self, title: str) -> None:
        """Wait until a dialog is open."""
        self.terminal.wait_for(f"╭─ {title} ─")

    def wait_no_dialog(self) -> None:
        """Wait until the panes have the floor."""
        self.terminal.wait_gone("╭─ ")

    def said(self, text: str, seconds: float = JOB_SECONDS) -> None:
        """Wait until the status line says it."""
        self.wait(lambda: text in self.terminal.screen()[-2], seconds, f"status {text!r}")

    # -- doing -----------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Keys by name."""
        self.terminal.send(*keys)

    def to(self, side: SideName) -> None:
        """Make the other pane the active one."""
        assert self.active != side
        self.press("tab")
        self.wait(lambda: self.active == side)

    def stand_on(self, name: str) -> None:
        """Walk the cursor of the active pane to a row that is on the screen."""
        rows = self.here.names
        assert name in rows, (name, rows)
        self.press("home", *["down"] * rows.index(name))
        self.wait_current(name)

    def order(self, key: str, title: str, *answer: str) -> None:
        """Press a key, wait for its dialog, answer it, and wait until it is gone."""
        self.press(key)
        self.wait_dialog(title)
        self.press(*answer)
        self.wait_no_dialog()

    def type_into(self, key: str, title: str, text: str) -> None:
        """Press a key, replace the text in the field of its dialog, and accept it."""
        self.press(key)
        self.wait_dialog(title)
        self.press("ctrl+e", "ctrl+u")
        self.terminal.type_text(text)
        self.press("enter")
        self.wait_no_dialog()

    def go(self, text: str) -> None:
        """Take the active pane to a place."""
        self.type_into("shift+j", "Go to", text)

    def quit(self) -> int:
        """Leave by the front door; the exit status."""
        self.order_no_wait("q", "Quit", "enter")
        return self.terminal.wait_exit()

    def order_no_wait(self, key: str, title: str, *answer: str) -> None:
        """Like `order`, for answers after which there is no screen to look at."""
        self.press(key)
        self.wait_dialog(title)
        self.press(*answer)


@contextlib.contextmanager
def opened(
    *arguments: object,
    env: Mapping[str, str],
    cwd: Path,
    columns: int = 120,
    rows: int = 40,
    program: Sequence[str] = PROGRAM,
) -> Iterator[Panes]:
    """Run the program for the length of the block; the F-keys are on the screen."""
    command = [*program, *map(str, arguments)]
    with Terminal(
        command,
        columns=columns,
        rows=rows,
        env={"PYTHONPATH": str(PROJECT), **env},
        cwd=cwd,
    ) as terminal:
        terminal.wait_for("1Help", START_SECONDS)
        yield Panes(terminal)


def disk_rows(directory: Path, *, hidden: bool = False) -> list[str]:
    """What a pane must show of a local directory."""
    return [
        entry.name + ("/" if entry.is_dir() else "")
        for entry in os.scandir(directory)
        if hidden or not entry.name.startswith(".")
    ]


def bucket_rows(server: Server, bucket: str, prefix: str = "") -> list[str]:
    """What a pane must show of a prefix, asked from the server itself."""
    found: set[str] = set()
    for key in server.keys(bucket, prefix):
        name, slash, _rest = key[len(prefix) :].partition("/")
        if name:
            found.add(name + slash)
    return sorted(found)
