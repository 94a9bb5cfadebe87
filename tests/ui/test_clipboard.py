"""Names and paths to the clipboard of the terminal: nothing of a name acts on it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig
from tfm.ui import clipboard

SEQUENCE = re.compile(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def sent(it: Driven, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What goes to the clipboard; it must be a whole sequence and nothing else."""
    found: list[bytes] = []
    driver = it.app._driver
    assert driver is not None

    def write(data: str) -> None:
        if "]52;" in data:
            whole = SEQUENCE.fullmatch(data)
            assert whole is not None, data
            found.append(base64.b64decode(whole[1]))

    monkeypatch.setattr(driver, "write", write)
    return found


def test_names_paths_and_the_place(rig: Rig, left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = left / "zz\x1b]52;c;aGFoYQ==\x07\n.txt"
    odd.write_text("")

    async def scenario(it: Driven) -> None:
        found = sent(it, monkeypatch)
        await it.press("space", "space", "y", "n")
        await it.press("y", "p", "y", "d", "asterisk", "home", "A", "A", "end", "y", "n")
        assert found == [
            b"docs\nmusic",
            f"{left}/docs\n{left}/music".encode(),
            str(left).encode(),
            odd.name.encode(),
        ]
        assert it.status.startswith("To the clipboard, if the terminal takes it (OSC 52): zz␛]52")

    rig.drive(scenario)


def test_more_than_terminals_take_is_refused(
    rig: Rig, left: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clipboard, "LONGEST", 12)

    async def scenario(it: Driven) -> None:
        found = sent(it, monkeypatch)
        await it.press("A", "y", "n")
        assert found == []
        assert "5 names are more than" in it.status

    rig.drive(scenario)


def test_a_name_that_is_not_utf8_is_sent_as_it_is(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(it: Driven) -> None:
        found = sent(it, monkeypatch)
        assert clipboard.send(it.app, "caf\udce9")
        assert found == [b"caf\xe9"]

    rig.drive(scenario)
