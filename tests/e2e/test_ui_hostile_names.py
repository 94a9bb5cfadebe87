"""Names made to harm a terminal, in both panes: shown, viewed, copied, deleted; none of them acts."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e import far_side
from tests.e2e.panes import RAIL, Panes, opened
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]

NAMES: Final = (
    "\x1b]52;c;cHduZWQ=\x07 clipboard",
    "\x1b]0;title\x1b\\",
    "\x1b[38;5;199mpink",
    "\x1b[2J\x1b[3;3Hgone",
    "\x1b[6n report",
    "\x1bP+q544e\x1b\\",
    "\x1bc reset",
    "[bold red]markup",
    "[@click=app.quit]link[",
    "[nonsense=]]\\[",
    "new\nline\r\nand return",
    "tab\tbell\x07back\x08shift\x0e",
    "del\x7f c1 \x9b31m \x85",
    "\u202egnp.exe",
    "\u2066isolate\u2069 \u200bzero\u200d \ufeff",
    "漢字とかなの名前.txt",
    "ｆｕｌｌ　ｗｉｄｔｈ",
    "e\u0301\u0302\u0303\u0304 combining",
    "\u0301 begins with a mark",
    "👩\u200d👩\u200d👧 family 🇩🇪 👍🏽",
    "مرحبا עברית",
    "long " + "ü" * 125,
)
WITH_DIALOGS: Final = ("[bold red]markup", "new␊line␍␊and return", "漢字とかなの名前.txt")
NOT_UTF8: Final = b"\xff\xfe\x80 bytes \x1b[38;5;198m"
PAYLOADS: Final = (
    rb"\x1b[]P^_Xc]",  # OSC, DCS, PM, APC, SOS, full reset
    rb"\x1b\[38;5;19[89]",
    rb"\x1b\[6n",
    rb"\x1b\[2?J\x1b\[3;3H",
    rb"[\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]",
    rb"\xc2[\x80-\x9f]",  # C1 in UTF-8
    rb"\xe2\x80[\x8b-\x8f\xaa-\xae]",  # zero width, marks of direction, overrides
    rb"\xe2\x81[\xa0-\xa9]",  # isolates
    rb"\xef\xbb\xbf",
    rb"\xf0\x9f\x87[\xa6-\xbf]",  # regional indicators
)
"""No output may match: what no part of this program ever sends."""

_COLOUR = rb"[34]8;2;\d{1,3};\d{1,3};\d{1,3}"
_STYLE = rb"(?:[0-9]|[34][0-79]|[9][0-7]|10[0-7])"
SEQUENCES: Final = re.compile(
    rb"\x1b\[(?:%(sgr)s(?:;%(sgr)s)*)?m"  # colours by value, and plain styles
    rb"|\x1b\[\d+;\d+H"  # go to a cell
    rb"|\x1b\[\?(?:7|25|1000|1006|1049|2004|2026)[hl]"  # the modes a full-screen program switches
    rb"|\x1b\[\?2026\$p"  # asks for synchronized output
    rb"|\x1b\[\?1004l"  # reports of the focus: only ever switched off
    rb"|\x1b\[>25u|\x1b\[<u"  # the kitty keyboard protocol, on and off
    rb"|\x1b\[2[23];2t"  # the title of the window is kept, and brought back
    % {b"sgr": b"(?:" + _COLOUR + b"|" + _STYLE + b")"}
)


TITLES: Final = re.compile(rb"\x1b\](?:2|7);([^\x00-\x1f\x7f]*)\x1b\\")
"""The title of the window, and the directory of its next tab: text without any control character."""


def content(number: int) -> str:
    return f"content of file {number:02}."


def harmless(ui: Panes) -> None:
    """Every sequence in all the output so far is one of ours, and no payload is in it."""
    told = ui.terminal.transcript
    output = TITLES.sub(rb" \1 ", told)
    rest = SEQUENCES.sub(b"", output)
    assert b"\x1b" not in rest, sorted(set(re.findall(rb"\x1b.{0,16}", rest)))[:8]
    for payload in PAYLOADS:
        found = re.search(payload, output if rb"\x1b" in payload else rest)
        assert not found, (payload, output[found.start() - 30 : found.end() + 30])
    assert "pwn" not in ui.terminal.title


def aligned(ui: Panes) -> None:
    """The border of both panes stands in one column in every row, and so does the size."""
    screen = ui.terminal.screen()
    width, height = 120, 40
    for row in range(2, height - 3):
        for column in (width // 2 - 1, width - 1):
            assert ui.terminal.cell(row, column).data in RAIL, (row, column, screen[row])
    for side, left in (("left", 0), ("right", width // 2)):
        titles = "".join(ui.terminal.cell(1, left + x).data or "~" for x in range(width // 2 - 1))
        end = left + titles.index("Size") + 3
        for row in range(2, 2 + len(ui.pane("left" if side == "left" else "right").names)):
            around = [ui.terminal.cell(row, end + step).data for step in (-3, 0, 1)]
            assert around[1].isdigit(), (side, row, around, screen[row])
            assert around[2] == " ", (side, row, around, screen[row])


@pytest.fixture
def nasty(here: Path) -> Path:
    directory = here / "nasty"
    directory.mkdir()
    for number, name in enumerate(NAMES):
        (directory / name).write_text(content(number))
    (directory / os.fsdecode(NOT_UTF8)).write_text(content(len(NAMES)))
    assert max(len(os.fsencode(file.name)) for file in directory.iterdir()) == 255
    return directory


@pytest.fixture
def ui(
    nasty: Path, here: Path, ministack_server: Server, new_bucket: Callable[[Server], str]
) -> Iterator[Panes]:
    bucket = new_bucket(ministack_server)
    objects = {name: content(number).encode() for number, name in enumerate(NAMES)}
    far_side.put_all(ministack_server, bucket, objects)
    env = ministack_server.environment()
    with opened("--no-config", nasty, f"s3://{bucket}/", env=env, cwd=here) as panes:
        panes.wait_place("left", "")
        panes.wait_place("right", f"s3://{bucket}/")
        yield panes
        assert panes.quit() == 0
        assert panes.terminal.restored(), panes.terminal.leftovers()
        harmless(panes)


def test_every_name_is_one_row_and_has_its_dialogs(ui: Panes) -> None:
    assert len(ui.pane("left").names) == len(NAMES) + 1
    assert len(ui.pane("right").names) == len(NAMES)
    aligned(ui)
    harmless(ui)
    seen = set()
    for side, count in (("left", len(NAMES) + 1), ("right", len(NAMES))):
        if side == "right":
            ui.to("right")
        ui.press("home")
        for name in ui.here.names[:count]:
            ui.wait_current(name)
            ui.press("v")
            ui.terminal.wait_for("content of file ")
            seen.add((side, ui.terminal.text().partition("content of file ")[2][:2]))
            ui.press("q")
            ui.terminal.wait_for("1Help")
            if name in WITH_DIALOGS:
                for key, title in (("f5", "Copy"), ("k", "Delete"), ("r", "Rename")):
                    ui.order(key, title, "escape")
            ui.press("down")
        aligned(ui)
    assert len(seen) == 2 * len(NAMES) + 1, "every file was opened by its own name"


def test_a_closing_tag_in_a_path_is_a_path(ui: Panes, here: Path) -> None:
    place = here / "[" / "]bold[" / "]"
    place.mkdir(parents=True)
    (place / "inside").touch()
    ui.go(str(place))
    ui.wait_rows("left", ["inside"])
    assert ui.pane("left").header.endswith("/[/]bold[/]")
    ui.order("f5", "Copy", "escape")
    ui.to("right")
    ui.press("f5")
    ui.terminal.wait_for("/[/]bold[/]/")
    ui.press("escape")
    ui.wait_no_dialog()


def test_hostile_names_are_copied_and_deleted(
    ui: Panes, nasty: Path, here: Path, ministack_server: Server
) -> None:
    place = ui.pane("right").header.split()[0]
    bucket = place.removeprefix("s3://").strip("/")
    target = here / "target"
    target.mkdir()
    ui.go(str(target))
    ui.wait(lambda: ui.pane("left").header.split("  ")[0].endswith("/target"))
    ui.to("right")
    ui.press("shift+a")
    ui.wait(lambda: len(ui.here.marked) == len(NAMES))
    ui.order("f5", "Copy", "enter")
    ui.said(f"Copied {len(NAMES)} items")
    ui.wait(lambda: len(ui.pane("left").names) == len(NAMES))
    aligned(ui)
    assert sorted(file.read_text() for file in target.iterdir()) == sorted(
        content(number) for number in range(len(NAMES))
    )
    assert {file.name for file in target.iterdir()} >= {NAMES[8], NAMES[15]}
    ui.press("shift+a")
    ui.wait(lambda: len(ui.here.marked) == len(NAMES))
    ui.order("k", "Delete", "d")
    ui.said(f"Deleted {len(NAMES)} items")
    ui.wait_rows("right", [])
    assert ministack_server.keys(bucket) == []
    ui.to("left")
    ui.go(str(nasty))
    ui.wait(lambda: len(ui.pane("left").names) == len(NAMES) + 1)
    ui.press("shift+a")
    ui.wait(lambda: len(ui.here.marked) == len(NAMES) + 1)
    ui.order("f6", "Move", "enter")
    ui.said("1 failed")
    ui.wait(lambda: len(ui.pane("right").names) == len(NAMES))
    assert sorted(ministack_server.keys(bucket)) == sorted(NAMES)
    assert [os.fsencode(file.name) for file in nasty.iterdir()] == [NOT_UTF8]
    ui.wait(lambda: len(ui.here.names) == 1 and ui.here.marked == set(ui.here.names))
    ui.order("delete", "Delete", "tab", "enter")
    ui.said("Deleted 1 item.")
    assert list(nasty.iterdir()) == []
