"""What CloudWatch knows of a bucket: how large it is and how many objects it holds, as of the day before.

Amazon measures every bucket once a day and keeps that for nothing; asking costs a request for each storage class,
and not one for each thousand keys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from tfm.model.errors import Unsupported
from tfm.model.location import Location
from tfm.model.text import exact_size, safe_text, short_size
from tfm.storage.facets import Fact
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.errors import sdk_errors

_VERB = "ask CloudWatch about"
_DAYS = 3
"""A day's figure appears some time in the next one; more than two days without any is a gap."""
_DAY = 86_400
_MOST_CLASSES = 30

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "StandardStorage": "STANDARD",
        "StandardIAStorage": "STANDARD_IA",
        "OneZoneIAStorage": "ONEZONE_IA",
        "ReducedRedundancyStorage": "REDUCED_REDUNDANCY",
        "GlacierInstantRetrievalStorage": "GLACIER_IR",
        "GlacierStorage": "GLACIER",
        "DeepArchiveStorage": "DEEP_ARCHIVE",
        "ExpressOneZone": "EXPRESS_ONEZONE",
    }
)
"""Storage types of CloudWatch that are called otherwise elsewhere."""


class Measures:
    """The `Measures` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def measured(self, bucket: Location) -> Sequence[Fact]:
        """As the protocol: one ListMetrics, and one GetMetricStatistics for each class and for the count."""
        with guarded(bucket, _VERB):
            calls = self._calls
            if not bucket.container:
                raise Unsupported("Only a bucket is measured.", place=bucket, verb=_VERB)
            try:
                # its answer tells where the bucket is: figures are kept in its region only
                calls.send("head_bucket", bucket, _VERB, Bucket=bucket.container)
                with calls.clients.service("cloudwatch", bucket.container) as client:
                    if client is None:
                        raise Unsupported(
                            f"Cannot {_VERB} {safe_text(str(bucket))}: this server has no CloudWatch.",
                            place=bucket,
                            verb=_VERB,
                        )
                    return list(_facts(client, bucket.container))
            except sdk_errors() as error:
                raise calls.translated(error, bucket, _VERB) from error


def _facts(client: Any, bucket: str) -> Iterator[Fact]:
    now = datetime.now(UTC)
    found = client.list_metrics(
        Namespace="AWS/S3", Dimensions=[{"Name": "BucketName", "Value": bucket}]
    )
    kinds = sorted(
        {
            (str(row["MetricName"]), each["Value"])
            for row in found.get("Metrics", ())
            for each in row.get("Dimensions", ())
            if each.get("Name") == "StorageType"
        },
        key=lambda kind: (kind[0] != "NumberOfObjects", kind),
    )
    told = False
    for name, storage in kinds[:_MOST_CLASSES]:
        point = _newest(client, bucket, name, storage, now)
        if point is None or name not in ("NumberOfObjects", "BucketSizeBytes"):
            continue
        if not told:
            told = True
            yield Fact(
                "Measured", f"{point['Timestamp'].astimezone(UTC):%Y-%m-%d} UTC, by CloudWatch"
            )
        value = int(point["Average"])
        if name == "NumberOfObjects":
            yield Fact("Objects", f"{value:,}, with versions and unfinished uploads")
        else:
            size = (
                exact_size(value) if value < 1000 else f"{short_size(value)} ({exact_size(value)})"
            )
            yield Fact(f"In {_CLASSES.get(storage, storage)}", size)
    if not told:
        yield Fact("Measured", "not yet: CloudWatch measures a bucket once a day")


def _newest(
    client: Any, bucket: str, name: str, storage: str, now: datetime
) -> Mapping[str, Any] | None:
    answer = client.get_metric_statistics(
        Namespace="AWS/S3",
        MetricName=name,
        Dimensions=[
            {"Name": "BucketName", "Value": bucket},
            {"Name": "StorageType", "Value": storage},
        ],
        StartTime=now - timedelta(days=_DAYS),
        EndTime=now + timedelta(days=1),
        Period=_DAY,
        Statistics=["Average"],
    )
    points = [point for point in answer.get("Datapoints", ()) if "Average" in point]
    return max(points, key=lambda point: point["Timestamp"], default=None)
