"""QR codes of links: the very modules of the code, if there is room, and only loaded when one is drawn."""

from __future__ import annotations

import subprocess
import sys

import pytest
import segno

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.model.errors import MissingExtra
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.qr import CodeView, QrDialog
from tfm.ui.qr import LONGEST, QUIET, code_of
from tfm.ui.screen import PanesScreen

LINK = "https://bucket.example.org/holiday.jpg?X-Amz-Signature=" + "0123456789abcdef" * 4
_DARK = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}


def modules(lines: list[str]) -> list[list[int]]:
    """Half blocks back to modules."""
    rows: list[list[int]] = []
    for line in lines:
        rows += [[_DARK[sign][half] for sign in line] for half in (0, 1)]
    return rows


def test_the_cells_are_the_modules_of_the_code() -> None:
    code = code_of(LINK)
    wanted = [list(row) for row in segno.make(LINK, error="l", boost_error=False).matrix]
    side = len(wanted) + 2 * QUIET
    drawn = modules(code.lines())
    assert [row[QUIET:-QUIET] for row in drawn[QUIET : QUIET + len(wanted)]] == wanted
    assert drawn[0] == drawn[1] == [0] * side, "it stands on light ground"
    assert code.size(plain=False) == (side, (side + 1) // 2)
    assert {len(line) for line in code.lines()} == {side}


def test_without_half_blocks_each_module_takes_two_cells() -> None:
    code = code_of(LINK)
    drawn = [
        [line[at : at + 2] == "##" for at in range(0, len(line), 2)] for line in code.plain_lines()
    ]
    assert tuple(map(tuple, drawn)) == code.rows
    assert all(line.isascii() for line in code.plain_lines())
    side = len(code.rows)
    assert code.size(plain=True) == (2 * side, side)


def test_what_no_code_holds() -> None:
    assert len(code_of("x" * LONGEST).rows) == 177 + 2 * QUIET, "the largest there is"
    with pytest.raises(ValueError, match="too long"):
        code_of("x" * (LONGEST + 1))


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segno", None)
    with pytest.raises(MissingExtra, match="segno"):
        code_of(LINK)


def test_it_is_loaded_when_a_code_is_drawn() -> None:
    code = (
        "import sys, tfm.ui.app, tfm.ui.actions.share, tfm.ui.qr, tfm.ui.dialogs.qr\n"
        "assert 'segno' not in sys.modules\n"
        "tfm.ui.qr.code_of('x')\n"
        "assert 'segno' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_link_is_drawn_where_there_is_room(on_s3: OnS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SESSION_TOKEN")  # it makes links long

    async def scenario(it: Driven) -> None:
        await it.press("y", "q")
        await it.until(lambda: "as a QR code" in it.screen())
        await it.press("ctrl+u", *"8d", "enter")
        await it.until(lambda: "at most" in it.screen())
        await it.press("ctrl+u", *"15m", "enter")
        await it.until(lambda: isinstance(it.app.screen, QrDialog))
        await it.until(lambda: "Whoever sees it has it." in it.screen())
        view = it.app.screen.query_one(CodeView)
        shown = [view.render_line(y).text for y in range(view.size.height)]
        assert shown == it.app.screen._code.lines()  # type: ignore[attr-defined]
        assert all(line in it.screen() for line in shown if line.strip()), "no line is cut off"
        await it.press("enter")
        await it.pilot.resize_terminal(80, 24)
        await it.press("y", "q")
        await it.until(lambda: "there are 80 and 24" in it.status, "said before anything is asked")
        assert "needs" in it.status
        assert isinstance(it.app.screen, PanesScreen)

    on_s3.rig.drive(scenario, (120, 60))


def test_where_there_are_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "no signed links" in why_not(it.app, ACTIONS["qr_link"])
        await it.press("y", "q")
        await it.until(lambda: "no signed links" in it.status)

    rig.drive(scenario)
