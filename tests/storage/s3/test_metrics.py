"""The figures of the program at CloudWatch: what arrives is what was counted, and nothing waits for it."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, Hold
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY
from tfm.model.errors import NotFound
from tfm.model.location import S3, Location, Root
from tfm.storage.base import Hints
from tfm.storage.s3 import metrics
from tfm.storage.statistics import RequestFigures, statistics
from tfm.storage.vfs import Vfs

BODY = b"0123456789" * 1000


@pytest.fixture
def box(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


@pytest.fixture
def proxy(moto_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(moto_server)


@pytest.fixture
def watch(
    proxy: Proxy, proxy_for: Callable[[Server], Proxy], monkeypatch: pytest.MonkeyPatch
) -> Proxy:
    """The way to CloudWatch, apart from that to the buckets."""
    way = proxy_for(proxy.server)
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", way.endpoint_url)
    return way


@pytest.fixture
def namespace() -> str:
    return f"tfm/{uuid.uuid4().hex}"


@pytest.fixture
def vfs(watch: Proxy, namespace: str) -> Vfs:
    return Vfs({"s3": {**HASTY, "metrics_namespace": namespace}})


@pytest.fixture
def cloudwatch(moto_server: Server) -> Any:
    return boto3.client(
        "cloudwatch",
        endpoint_url=moto_server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=moto_server.access_key,
        aws_secret_access_key=moto_server.secret_key,
    )


def arrived(
    cloudwatch: Any, namespace: str, statistic: str = "Sum"
) -> dict[tuple[str, str], float]:
    """(operation, metric) → its figure of today."""
    found = {}
    now = datetime.now(UTC)
    for each in cloudwatch.list_metrics(Namespace=namespace)["Metrics"]:
        dimensions = {row["Name"]: row["Value"] for row in each["Dimensions"]}
        assert dimensions.pop("Program") == "tfm"
        answer = cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=each["MetricName"],
            Dimensions=each["Dimensions"],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=3 * 3600,
            Statistics=[statistic],
        )
        told = sum(point[statistic] for point in answer["Datapoints"])
        found[dimensions.get("Operation", ""), each["MetricName"]] = told
    return found


def figures(vfs: Vfs) -> dict[str, RequestFigures]:
    (storage,) = statistics(vfs).storages
    return {each.kind: each for each in storage.requests}


def counted(vfs: Vfs) -> dict[tuple[str, str], float]:
    """The same as tfm itself has it, without what is 0."""
    hits, misses = vfs.cache.used(S3)
    rows = {("", "CacheHits"): hits, ("", "CacheMisses"): misses}
    for kind, each in figures(vfs).items():
        rows |= {
            (kind, "Requests"): each.sent,
            (kind, "Errors"): each.failed,
            (kind, "Retries"): each.repeated,
            (kind, "Throttled"): each.throttled,
            (kind, "BytesUp"): each.bytes_up,
            (kind, "BytesDown"): each.bytes_down,
        }
    return {name: value for name, value in rows.items() if value}


def work(vfs: Vfs, here: Location) -> None:
    """A write, a read, a missing key, a listing from the server and one from the cache."""
    with vfs.open_write(here.child("file"), Hints()) as writer:
        writer.write(BODY)
        writer.commit()
    with vfs.open_read(here.child("file")) as reader:
        while reader.read(4096):
            pass
    with pytest.raises(NotFound):
        vfs.stat(here.child("missing"))
    vfs.scan(here)
    vfs.scan(here)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


def test_what_arrives_is_what_was_counted(
    vfs: Vfs, proxy: Proxy, watch: Proxy, box: str, namespace: str, cloudwatch: Any
) -> None:
    proxy.rule("ListObjectsV2", Answer(503, "SlowDown"), times=2)
    work(vfs, Location(S3, f"{box}/"))
    told, latencies = counted(vfs), {kind: each.latency for kind, each in figures(vfs).items()}
    assert watch.count() == 0, "the figures of a minute go in one request"
    vfs.close()
    assert watch.count() == 1
    answers = arrived(cloudwatch, namespace, "SampleCount")
    slowest = arrived(cloudwatch, namespace, "Maximum")
    for kind, each in latencies.items():
        assert answers[kind, "Latency"] == sum(each.counts)
        assert slowest[kind, "Latency"] == pytest.approx(each.slowest * 1000)
    sums = arrived(cloudwatch, namespace)
    assert {name: value for name, value in sums.items() if name[1] != "Latency"} == told
    assert told["ListObjectsV2", "Throttled"] == told["ListObjectsV2", "Retries"] == 2
    assert (told["", "CacheHits"], told["PutObject", "BytesUp"]) == (1, len(BODY))
    assert proxy.counts() == {kind: told[kind, "Requests"] for kind in latencies}


def test_nothing_is_sent_unless_a_namespace_is_set(watch: Proxy, box: str) -> None:
    vfs = Vfs({"s3": HASTY})
    work(vfs, Location(S3, f"{box}/"))
    assert vfs.facets(Location(S3, "")).reports is None
    vfs.close()
    assert watch.count() == 0


def test_each_minute_tells_what_is_new_and_an_idle_one_nothing(
    vfs: Vfs,
    watch: Proxy,
    box: str,
    namespace: str,
    cloudwatch: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "_EVERY", 0.01)
    here = Location(S3, f"{box}/")
    vfs.scan(here)
    watch.wait_for("*", 1)
    vfs.scan(here, fresh=True)
    watch.wait_for("*", 2)
    sent = watch.count()
    vfs.close()
    assert watch.count() == sent, "nothing was left for the end"
    assert arrived(cloudwatch, namespace)["ListObjectsV2", "Requests"] == 2


def test_a_refusal_is_told_once_and_ends_it_for_this_run(
    vfs: Vfs, watch: Proxy, box: str, caplog: pytest.LogCaptureFixture
) -> None:
    in_json = watch.rule("*", Answer(403, body=b'{"__type": "AccessDenied", "message": "no"}'))
    in_json.when = lambda _meaning, headers: "json" in headers.get("content-type", "")
    in_xml = watch.rule("*", Answer(403, "AccessDenied"))  # as older versions of the SDK speak
    in_xml.when = lambda _meaning, headers: "json" not in headers.get("content-type", "")
    here = Location(S3, f"{box}/")
    vfs.scan(here)
    reports = vfs.facets(here).reports
    assert reports is not None
    reports.end()
    assert reports.ended(10)
    (line,) = warnings(caplog)
    assert "No metrics are sent any more" in line
    assert "cloudwatch:PutMetricData" in line
    work(vfs, here)
    vfs.close()
    assert watch.count() == 1
    assert len(warnings(caplog)) == 1


def test_what_could_not_be_sent_for_a_moment_goes_with_the_next(
    vfs: Vfs,
    watch: Proxy,
    box: str,
    namespace: str,
    cloudwatch: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "_EVERY", 0.01)
    watch.rule("*", Answer(503, body=b'{"__type": "ServiceUnavailable"}'), times=2)
    work(vfs, Location(S3, f"{box}/"))
    watch.wait_for("*", 2)
    told = counted(vfs)
    vfs.close()
    sums = arrived(cloudwatch, namespace)
    assert {name: value for name, value in sums.items() if name[1] != "Latency"} == told
    (line,) = warnings(caplog)
    assert "Metrics could not be sent" in line


def test_a_server_that_hangs_delays_neither_the_work_nor_the_end(
    vfs: Vfs, watch: Proxy, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_EVERY", 0.01)
    hold = Hold()
    watch.rule("*", hold)
    here = Location(S3, f"{box}/")
    vfs.scan(here)
    hold.wait_reached()
    reports = vfs.facets(here).reports
    assert reports is not None
    began = time.monotonic()
    work(vfs, here)
    vfs.close()
    assert time.monotonic() - began < 4
    hold.release()
    assert reports.ended(10), "what it still says must not be heard by the next test"


def test_the_keys_of_another_server_are_not_shown_to_amazon(
    watch: Proxy,
    box: str,
    namespace: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_CLOUDWATCH")
    url = {"endpoint_url": watch.server.endpoint_url, "metrics_namespace": namespace}
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    vfs = Vfs({"s3": {**HASTY, **url}})
    vfs.scan(Location(S3, f"{box}/"))
    # the network guard would tell of a request to Amazon
    vfs.close()
    assert "has no CloudWatch" in warnings(caplog)[0]


def test_a_connection_can_have_one_of_its_own_or_none(watch: Proxy) -> None:
    connections = {"quiet": {"metrics_namespace": ""}, "public": {"no_sign_request": True}}
    vfs = Vfs({"s3": {"metrics_namespace": "tfm", "connections": connections}})

    def sends(connection: str) -> bool:
        place = Location(Root("s3", connection), "")
        return vfs.facets(place).reports is not None

    assert [sends(name) for name in ("", "a-profile", "quiet", "public")] == [
        True,
        True,
        False,
        False,
    ]
    vfs.close()
