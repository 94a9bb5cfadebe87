"""What CloudWatch says of a bucket, on the server that plays it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.servers.server import Server
from tfm.model.errors import Unsupported
from tfm.model.location import S3, Location
from tfm.storage.s3.storage import S3Storage


def measured(server: Server, bucket: str) -> dict[str, str]:
    storage = S3Storage(S3, {"endpoint_url": server.endpoint_url})
    facet = storage.facets.measures
    assert facet is not None
    facts = facet.measured(Location(S3, f"{bucket}/"))
    storage.close()
    return {fact.label: fact.value for fact in facts}


@pytest.fixture
def box(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> str:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    name = new_bucket(moto_server)
    for number in range(3):
        moto_server.client().put_object(Bucket=name, Key=f"k{number}", Body=b"x" * 1000)
    return name


def test_size_and_count_of_a_bucket(
    moto_server: Server, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", moto_server.endpoint_url)
    facts = measured(moto_server, box)
    assert facts["Objects"].startswith("3, with versions")
    # the server measures in a way of its own; what matters is that its figure is told
    assert facts["In STANDARD"] == f"{_bytes_by(moto_server, box)} bytes"
    assert "by CloudWatch" in facts["Measured"]


def _bytes_by(server: Server, bucket: str) -> int:
    client = boto3.client(
        "cloudwatch",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )
    now = datetime.now(UTC)
    dimensions = [("BucketName", bucket), ("StorageType", "StandardStorage")]
    answer = client.get_metric_statistics(
        Namespace="AWS/S3",
        MetricName="BucketSizeBytes",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
        StartTime=now - timedelta(days=2),
        EndTime=now + timedelta(days=1),
        Period=86_400,
        Statistics=["Average"],
    )
    (point,) = answer["Datapoints"]
    return int(point["Average"])


def test_a_bucket_that_was_never_measured(
    moto_server: Server, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", moto_server.endpoint_url)
    monkeypatch.setattr("tfm.storage.s3.measures._newest", lambda *_: None)
    assert measured(moto_server, box) == {
        "Measured": "not yet: CloudWatch measures a bucket once a day"
    }


def test_another_server_has_none(
    moto_server: Server, box: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    # its keys are not shown to Amazon: the network guard would tell
    with pytest.raises(Unsupported, match="no CloudWatch"):
        measured(moto_server, box)
