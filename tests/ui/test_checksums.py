"""Checksums on the screen."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig
from tfm.config.places import make_private
from tfm.jobs.audit import AuditLog
from tfm.ui import clipboard
from tfm.ui.screen import PanesScreen


def test_shown_saved_and_verified(rig: Rig, left: Path, tmp_path: Path) -> None:
    log = rig.jobs.audit = AuditLog(tmp_path / "audit", make_private, largest=1 << 20)
    digest = hashlib.sha256(b"alpha\n").hexdigest()

    async def scenario(it: Driven) -> None:
        await it.press("a", "comma", "c")
        await it.pilot.pause()
        assert "SHA-256" in it.screen()
        await it.press("enter")
        await it.until(lambda: digest in it.screen() and "3 files." in it.screen())
        await it.press("s")
        await it.pilot.pause()
        assert "checksums.sha256" in it.screen()
        await it.press("enter")
        await it.until(lambda: "checksums.sha256" in it.rows())
        saved = (left / "checksums.sha256").read_text()
        assert f"{digest}  a.txt\n" in saved
        assert saved.count("\n") == 3
        (left / "b9.md").write_text("changed")
        at = it.rows().index("checksums.sha256")
        await it.press("a", "a", *["down"] * at, "comma", "c", "enter")
        await it.until(lambda: "2 files as the list says, 1 not." in it.screen())
        assert "a.txt: OK" in it.screen()
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario, (100, 30))
    assert f'"places": ["{left}/checksums.sha256"]' in log.file.read_text()


def test_one_digest_is_copied(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(_app: object, text: str) -> bool:
        sent.append(text)
        return True

    monkeypatch.setattr(clipboard, "send", send)

    async def scenario(it: Driven) -> None:
        await it.press("down", "down", "comma", "c", "m")
        await it.until(lambda: "1 file." in it.screen())
        await it.press("enter")
        assert sent == [hashlib.md5(b"alpha\n").hexdigest()]

    rig.drive(scenario)
