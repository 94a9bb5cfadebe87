"""What is counted and logged of each request, held against what the server's side saw."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY
from tfm.model.errors import Denied, NotFound
from tfm.model.location import S3, Location
from tfm.model.past import at_moment
from tfm.storage.base import Hints
from tfm.storage.s3.counts import api_name, charge_of
from tfm.storage.statistics import Charge, RequestFigures, statistics
from tfm.storage.vfs import Vfs

BODY = b"0123456789" * 1000


@pytest.fixture
def proxy(moto_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(moto_server)


@pytest.fixture
def box(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


@pytest.fixture
def vfs(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Vfs:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    return Vfs({"s3": HASTY})


def figures(vfs: Vfs) -> dict[str, RequestFigures]:
    (storage,) = statistics(vfs).storages
    return {each.kind: each for each in storage.requests}


def write(vfs: Vfs, place: Location, data: bytes) -> None:
    with vfs.open_write(place, Hints()) as writer:
        writer.write(data)
        writer.commit()


def read(vfs: Vfs, place: Location) -> bytes:
    with vfs.open_read(place) as reader:
        return b"".join(iter(lambda: reader.read(4096), b""))


def test_every_request_and_every_byte_of_a_body(vfs: Vfs, proxy: Proxy, box: str) -> None:
    here = Location(S3, f"{box}/d/")
    write(vfs, here.child("file"), BODY)
    assert read(vfs, here.child("file")) == BODY
    vfs.scan(here, fresh=True)
    vfs.stat(here.child("file"), fresh=True)
    with pytest.raises(NotFound):
        vfs.stat(here.child("missing"), fresh=True)
    vfs.delete(here.child("file"))
    told = figures(vfs)
    assert {kind: each.sent for kind, each in told.items()} == proxy.counts()
    assert told["PutObject"].bytes_up == len(BODY)
    assert told["GetObject"].bytes_down == len(BODY)
    for kind, each in told.items():
        seen = proxy.exchanges(kind)
        assert sum(each.latency.counts) == len(seen)
        if kind in ("ListObjectsV2", "HeadObject"):
            assert each.bytes_down == sum(exchange.response_length for exchange in seen), kind
        assert each.failed == sum((exchange.status or 0) >= 400 for exchange in seen)
    assert [code for code, _ in told["HeadObject"].errors] == ["404"]
    assert all(each.charged == each.sent for each in told.values())


def test_repetitions_are_told_apart_and_faults_of_the_server_cost_nothing(
    vfs: Vfs, proxy: Proxy, box: str
) -> None:
    proxy.rule("ListObjectsV2", Answer(503, "SlowDown"), times=2)
    vfs.scan(Location(S3, f"{box}/"))
    told = figures(vfs)["ListObjectsV2"]
    assert told.sent == proxy.count("ListObjectsV2") == 3
    assert told.errors == (("SlowDown", 2),)
    assert (told.repeated, told.throttled, told.charged) == (2, 2, 1)


def test_what_was_never_answered_is_counted_and_costs_nothing(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    vfs = Vfs({"s3": {**HASTY, "endpoint_url": "http://127.0.0.1:1", "max_retries": 0}})
    with pytest.raises(OSError, match="cannot be reached"):
        vfs.scan(Location(S3, "bucket/"))
    told = figures(vfs)["ListObjectsV2"]
    assert told.errors == (("EndpointConnectionError", 1),)
    assert (told.sent, told.charged, told.bytes_down) == (1, 0, 0)


def test_what_it_cost_by_the_prices_that_hold(
    proxy: Proxy, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    prices = (("list", 4.0), ("STANDARD.put", 8.0), ("STANDARD.get", 2.0), ("egress", 1024.0))
    vfs = Vfs({"s3": {**HASTY, "own_prices": prices}})
    here = Location(S3, f"{box}/d/")
    write(vfs, here.child("file"), BODY)
    read(vfs, here.child("file"))
    vfs.scan(here)
    vfs.delete(here.child("file"))
    (storage,) = statistics(vfs).storages
    counts = proxy.counts()
    assert counts["PutObject"] == counts["GetObject"] == 1
    reads = counts["GetObject"] + counts["HeadObject"]
    asked = (counts["ListObjectsV2"] * 4 + counts["PutObject"] * 8 + reads * 2) / 1000
    down = sum(each.bytes_down for each in storage.requests)
    assert storage.cost == pytest.approx((asked, down / 2**20))
    vfs = Vfs({"s3": {**HASTY, "own_prices": prices[1:]}})
    vfs.scan(here.parent)
    (storage,) = statistics(vfs).storages
    assert storage.cost is None  # not 0: the price of a list is not known


def test_the_past_is_counted_with_its_storage(vfs: Vfs, box: str) -> None:
    then = at_moment(S3, 1_700_000_000 * 10**9)
    vfs.scan(Location(then, f"{box}/"))
    assert figures(vfs)["ListObjectVersions"].sent == 1


def test_one_line_tells_each_request_and_each_hit(
    vfs: Vfs, box: str, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    here = Location(S3, f"{box}/d/")
    write(vfs, here.child("file"), BODY)
    caplog.clear()
    caplog.set_level(logging.DEBUG, "tfm")
    vfs.scan(here)
    vfs.scan(here)
    vfs.scan(here, fresh=True)
    vfs.stat(here.child("file"))
    proxy.rule("GetObject", Answer(403, "AccessDenied", headers={"x-amz-request-id": "ABC123"}))
    with pytest.raises(Denied) as refused:
        read(vfs, here.child("file"))
    assert refused.value.request_id == "ABC123"
    lines = [r.getMessage() for r in caplog.records if r.name in ("tfm.s3", "tfm.vfs")]
    asked = [line.split() for line in lines]
    assert [(words[0], words[-1]) for words in asked[:4]] == [
        ("list_objects_v2", "cache=miss"),
        ("list", "cache=hit"),
        ("list_objects_v2", "cache=afresh"),
        ("stat", "cache=hit"),
    ]
    assert asked[4][:3] == ["get_object", f"s3://{box}/d/file", "403"]
    assert asked[4][-4:] == ["id=ABC123", "retries=0", "cache=-", "AccessDenied"]


def test_names_and_classes_of_charges() -> None:
    assert api_name("list_objects_v2") == "ListObjectsV2"
    told = {
        kind: charge_of(kind)
        for kind in ("ListParts", "PutObjectAcl", "UploadPart", "HeadBucket", "DeleteObjects")
    }
    assert list(told.values()) == [
        Charge.LIST,
        Charge.PUT,
        Charge.PUT,
        Charge.GET,
        Charge.FREE,
    ]
    assert charge_of("AbortMultipartUpload") is Charge.FREE
