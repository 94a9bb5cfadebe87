"""A bucket at the next start: the disk draws it before the server answers, and no request is added."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import far_side
from tests.e2e.panes import opened
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server

pytestmark = [pytest.mark.e2e]


def test_the_first_paint_comes_from_the_disk(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    home: Path,
    here: Path,
) -> None:
    bucket, proxy = new_bucket(moto_server), proxy_for(moto_server)
    far_side.put_all(moto_server, bucket, {f"many/{n:04}": b"" for n in range(60)})
    place = f"s3://{bucket}/many/"
    listings = home / ".cache/tfm/listings"
    with opened("--no-config", here, place, env=proxy.environment(), cwd=here) as ui:
        ui.wait_place("right", place)
        ui.to("right")
        ui.press("end")
        ui.wait_current("0059")
        assert ui.quit() == 0
    proxy.expect({"ListObjectsV2": 1})
    files = [path for path in listings.rglob("*") if path.is_file()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600]
    assert files[0].stat().st_size < 60 * 60
    moto_server.client().delete_object(Bucket=bucket, Key="many/0003")
    proxy.reset()
    hold = Hold()
    proxy.rule("ListObjectsV2", hold, bucket=bucket)
    with opened("--no-config", here, place, env=proxy.environment(), cwd=here) as ui:
        ui.wait(lambda: "checking…" in ui.pane("right").footer)
        assert ui.pane("right").names[-3:] == ("0057", "0058", "0059")
        assert "as of " in ui.pane("right").footer
        hold.wait_reached()
        proxy.expect({"ListObjectsV2": 1})
        ui.to("right")
        ui.press("home", "space")
        ui.wait_current("0001")
        ui.press("end")
        ui.wait_current("0059")
        ui.press("f8")
        ui.said("being checked")
        hold.release()
        ui.wait_place("right", place)
        ui.wait_current("0059")
        assert "1 of 59 marked" in ui.pane("right").footer
        assert ui.quit() == 0
    proxy.expect({"ListObjectsV2": 1})
