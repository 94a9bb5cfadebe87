"""A bucket that may want the requester to pay is asked about once, with the price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.ui.rig import Driven, Rig
from tfm.model.location import S3, Location, local
from tfm.session.session import Side
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs
from tfm.ui.dialogs.confirm import Confirm

HEADER = "x-amz-request-payer"


@pytest.fixture
def shared(
    moto_server: Server,
    proxy_for: Callable[[Server], Proxy],
    new_bucket: Callable[[Server], str],
    right: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Rig, Proxy, Location]]:
    proxy, name = proxy_for(moto_server), new_bucket(moto_server)
    for variable, value in proxy.environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr("tfm.storage.s3.client.is_aws", lambda _url: True)
    moto_server.client().put_object(Bucket=name, Key="a.txt", Body=b"data")
    rule = proxy.rule("*", Answer(403, "AccessDenied", "Access Denied"), bucket=name)
    rule.when = lambda _meaning, headers: HEADER not in headers
    storage = S3Storage(S3, {"max_retries": 0, "outage_wait": 0.0})
    place = Location(S3, f"{name}/")
    yield Rig(local(right), local(right), vfs=Vfs(storages={S3: storage})), proxy, place
    storage.close()
    proxy.clear_rules()


def paid(proxy: Proxy) -> list[bool]:
    return [HEADER in each.headers for each in proxy.exchanges()]


def test_yes_opens_it_and_holds(shared: tuple[Rig, Proxy, Location]) -> None:
    rig, proxy, place = shared

    async def scenario(it: Driven) -> None:
        await it.press("J", "ctrl+u")
        await it.type(f"{place}a.txt")
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        assert "Requester pays?" in it.screen()
        assert "0.09 USD for each GB" in it.screen()
        assert not any(paid(proxy))
        await it.press("p")
        await it.until(lambda: it.rows() == ["a.txt"])
        proxy.reset()
        await it.press("v")
        await it.until(lambda: "data" in it.screen())
        assert all(paid(proxy))

    rig.drive(scenario, (80, 24))


def test_no_is_said_once(shared: tuple[Rig, Proxy, Location]) -> None:
    rig, proxy, place = shared

    async def scenario(it: Driven) -> None:
        it.app.navigator.enter(Side.LEFT, place)
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        await it.press("enter")  # it opens on Cancel
        await it.until(lambda: "Cannot list" in it.screen())
        await it.go("ctrl+r")
        assert not isinstance(it.app.screen, Confirm)
        await it.until(lambda: "Cannot list" in it.screen())
        assert not any(paid(proxy))

    rig.drive(scenario, (80, 24))
