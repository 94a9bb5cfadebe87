"""Access lists: shown and set where there are any, and nothing is sent where there are none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.server import Server
from tests.storage.s3.objects import ALL_USERS, parameters, picture
from tfm.model.errors import Denied, Unsupported
from tfm.model.location import S3, Location
from tfm.ops.context import OpContext
from tfm.ops.objects import set_access
from tfm.ops.plan import pick
from tfm.storage.vfs import Vfs


@pytest.fixture
def ctx(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpContext]:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    made = OpContext(Vfs({"s3": {"endpoint_url": s3_server.endpoint_url}}))
    yield made
    made.vfs.close()


@pytest.mark.parametrize("s3_server", ["moto"], indirect=True)
def test_private_and_public(ctx: OpContext, s3_server: Server, bucket: str) -> None:
    import random

    client, place = s3_server.client(), Location(S3, f"{bucket}/d/a")
    client.put_object(Bucket=bucket, Key="d/a", Body=b"x", **parameters(random.Random(1)))
    before = picture(client, bucket, "d/a")
    facet = ctx.vfs.facets(place).access
    assert facet is not None
    top = pick(ctx, [Location(S3, f"{bucket}/d/")])
    assert set_access(ctx, top, "public-read").all_done
    told = dict(facet.access(place))
    assert told == {"its owner": "FULL_CONTROL", "everybody": "READ"}
    assert (ALL_USERS, "READ") in picture(client, bucket, "d/a")["grants"]
    assert set_access(ctx, top, "private").all_done
    assert picture(client, bucket, "d/a") == before


@pytest.mark.parametrize("s3_server", ["ministack"], indirect=True)
def test_a_bucket_without_them_says_so(ctx: OpContext, s3_server: Server, bucket: str) -> None:
    s3_server.client().put_object(Bucket=bucket, Key="a", Body=b"x")
    report = set_access(ctx, pick(ctx, [Location(S3, f"{bucket}/a")]), "public-read")
    assert isinstance(report.failures[0].error, Denied)
    assert "no access lists" in report.failures[0].reason


@pytest.mark.parametrize("s3_server", ["rclone"], indirect=True)
def test_a_server_without_them_keeps_its_object(
    ctx: OpContext, s3_server: Server, bucket: str
) -> None:
    client = s3_server.client()
    client.put_object(Bucket=bucket, Key="a", Body=b"x")
    report = set_access(ctx, pick(ctx, [Location(S3, f"{bucket}/a")]), "private")
    assert isinstance(report.failures[0].error, Unsupported)
    assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
