"""As whom a pane asks its server, on the screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.cli.log import logging_into
from tfm.config.actions import ACTIONS
from tfm.model.location import parse
from tfm.storage.vfs import Vfs
from tfm.ui.actions.reasons import why_not


def test_who_this_is(on_s3: OnS3, moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto_server.endpoint_url)

    async def scenario(it: Driven) -> None:
        await it.press("comma", "I")
        await it.until(lambda: "arn:aws:" in it.screen())
        assert "environment variables" in it.screen()
        assert f"…{moto_server.access_key[-4:]}" in it.screen()
        assert moto_server.access_key not in it.screen()
        await it.press("down", "q")
        await it.until(lambda: "Identity at" not in it.screen())

    on_s3.rig.drive(scenario, (80, 24))


def test_details_of_a_directory_tell_the_source(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("backspace")
        await it.loaded()
        await it.press("i")
        await it.until(lambda: "Credentials" in it.screen())
        assert "environment variables" in it.screen()

    on_s3.rig.drive(scenario)


def test_on_a_disk_nobody_logs_in(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert why_not(it.app, ACTIONS["identity"]) == "nobody logs in to what is here"
        await it.press("comma", "I")
        await it.until(lambda: "Nobody logs in" in it.status)

    rig.drive(scenario)


def test_a_refusal_shows_the_id_of_the_request(
    on_s3: OnS3,
    moto_server: Server,
    proxy_for: Callable[[Server], Proxy],
) -> None:
    """In the pane, in the list of failures of a job, and in the log."""
    proxy = proxy_for(moto_server)
    denied = Answer(403, "AccessDenied", headers={"x-amz-request-id": "REQ7"})
    vfs = Vfs({"s3": {"endpoint_url": proxy.endpoint_url}})
    rig = Rig(parse(f"s3://{on_s3.bucket}/d/"), parse(f"s3://{on_s3.bucket}/"), vfs=vfs)

    async def scenario(it: Driven) -> None:
        proxy.rule("DeleteObject*", denied)
        await it.press("k")
        await it.until(lambda: "Delete" in it.screen())
        await it.press("tab", "enter")
        await it.jobs_ended()
        await it.press("b", "enter")
        await it.until(lambda: "AccessDenied, request REQ7" in it.screen())
        await it.press("escape")
        proxy.rule("ListObjectsV2", denied)
        await it.press("ctrl+r")
        await it.until(lambda: "AccessDenied, request REQ7" in it.screen())
        assert "s3:ListBucket on" in it.screen()

    with logging_into(rig.app.start.log):
        rig.drive(scenario)
    told = [line.text for line in rig.app.start.log.lines() if "request REQ7" in line.text]
    assert len(told) >= 2


def test_the_details_of_a_bucket_ask_who_measures_it(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("backspace", "backspace")
        rows = it.rows()
        await it.press("home", *["down"] * rows.index(f"{on_s3.bucket}/"))
        assert it.cursor == on_s3.bucket
        await it.press("i")
        await it.until(lambda: "Measured size" in it.screen())
        await it.until(lambda: "Default encryption " in it.screen())
        words = [line.strip(" │").split() for line in it.screen().splitlines()]
        assert ["Type", "bucket"] in words
        assert any(line[:1] == ["Created"] for line in words)
        assert not any(line[:1] == ["Modified"] for line in words)
        await it.press("m")
        await it.until(lambda: "by CloudWatch" in it.screen())
        assert "Objects" in it.screen()
        await it.press("q", "enter", "i")
        await it.until(lambda: "Close" in it.screen())
        assert "Measured size" not in it.screen()  # a directory is measured by nobody

    on_s3.rig.drive(scenario)
