"""A link to share from the screen: made, shown, in the clipboard, in no log."""

from __future__ import annotations

import json
import logging
import urllib.request

import pytest

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.ui import clipboard
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.link import LinkDialog
from tfm.ui.dialogs.post_form import PostFormDialog
from tfm.ui.screen import PanesScreen


def test_made_shown_and_copied(
    on_s3: OnS3, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    copied: list[str] = []

    def send(_app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr(clipboard, "send", send)

    async def scenario(it: Driven) -> None:
        await it.press("y", "l")
        await it.until(lambda: "7 days at most" in it.screen())
        await it.press(*"8d", "enter")
        await it.pilot.pause()
        assert "at most" in it.screen()
        await it.press("ctrl+u", *"15m", "enter")
        await it.until(lambda: isinstance(it.app.screen, LinkDialog))
        assert "X-Amz-Expires=900" in copied[0]
        assert urllib.request.urlopen(copied[0]).read() == b"alpha"
        await it.until(lambda: "Whoever has it" in it.screen())
        await it.press("c")
        await it.until(lambda: len(copied) == 2)
        assert "a link to a.txt" in it.status
        await it.press("y", "l")
        await it.until(lambda: "Lives for" in it.screen())
        await it.press("down", "right", "down", "ctrl+u", *"new.txt", "enter")
        await it.until(lambda: isinstance(it.app.screen, LinkDialog))
        request = urllib.request.Request(copied[-1], data=b"new", method="PUT")
        assert urllib.request.urlopen(request).status == 200
        assert "/new.txt?" in copied[-1]

    with caplog.at_level(logging.DEBUG):
        on_s3.rig.drive(scenario, (80, 24))
    assert "X-Amz-Signature" not in caplog.text


def test_a_form_for_any_name(
    on_s3: OnS3, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    copied: list[str] = []

    def send(_app: object, text: str) -> bool:
        copied.append(text)
        return True

    monkeypatch.setattr(clipboard, "send", send)
    monkeypatch.delenv("AWS_SESSION_TOKEN")

    async def scenario(it: Driven) -> None:
        await it.press("y", "l")
        await it.until(lambda: "Lives for" in it.screen())
        await it.press("down", "left", "down", "ctrl+u", "down", *"much", "enter")
        await it.until(lambda: "Write 500K" in it.screen())
        await it.press("ctrl+u", *"10M", "down", *"image/*", "enter")
        await it.until(lambda: isinstance(it.app.screen, PostFormDialog))
        await it.until(lambda: "curl --fail" in it.screen())
        assert "up to 10,485,760 bytes of image/*" in " ".join(it.screen().split())
        await it.press("h")
        await it.until(lambda: "<!doctype html>" in it.screen())
        await it.press("c", "f")
        await it.until(lambda: len(copied) == 3)
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, PanesScreen))

    with caplog.at_level(logging.DEBUG):
        on_s3.rig.drive(scenario, (80, 24))
    page, line, fields = copied
    assert page.startswith("<!doctype html>") and line.startswith("curl ")
    assert json.loads(fields)["fields"]["key"] == "d/${filename}"
    assert json.loads(fields)["fields"]["x-amz-signature"] not in caplog.text


def test_where_there_are_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "no signed links" in why_not(it.app, ACTIONS["share_link"])
        await it.press("y", "l")
        await it.until(lambda: "no signed links" in it.status)

    rig.drive(scenario)
