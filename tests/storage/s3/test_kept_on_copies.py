"""A copy on the server, and a version edited here, keep what belongs to the object, whatever its size."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.servers.server import Server
from tfm.model.location import Location, Root, parse
from tfm.ops.borrow import borrow, give_back
from tfm.ops.context import OpContext
from tfm.storage.base import Hints, Work
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

MIB = 1024 * 1024
EXPIRES = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("limit", [5 * 1024 * MIB, 5 * MIB], ids=["one request", "in parts"])
@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_tags_metadata_and_class_come_along(
    s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """MiniStack tells nothing of tags in a HEAD, and forgets those of an upload in parts."""
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    client = s3_server.client()
    client.put_object(
        Bucket=bucket,
        Key="from",
        Body=b"x" * (11 * MIB),
        Tagging="team=maps&note=a%20b",
        Metadata={"mtime": "1700000000.5", "colour": "green"},
        ContentType="image/x-map",
        CacheControl="max-age=60",
        Expires=EXPIRES,
        StorageClass="STANDARD_IA",
    )
    storage = S3Storage(Root("s3"), {"endpoint_url": s3_server.endpoint_url})
    copier = storage.facets.server_copy
    assert isinstance(copier, Copier)
    copier.limit, copier.part = limit, 5 * MIB
    source, target = (Location(storage.root, f"{bucket}/{name}") for name in ("from", "to"))
    entry = storage.stat(source)
    written = copier.copy(source, entry, target, Hints(size=entry.size), Work())
    head = client.head_object(Bucket=bucket, Key="to")
    tags = client.get_object_tagging(Bucket=bucket, Key="to")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "maps", "note": "a b"}
    assert head["Metadata"] == {"mtime": "1700000000.5", "colour": "green"}
    assert (head["ContentType"], head["CacheControl"]) == ("image/x-map", "max-age=60")
    assert (head["Expires"], head["StorageClass"]) == (EXPIRES, "STANDARD_IA")
    assert ("-" in head["ETag"]) == (limit < 11 * MIB)
    assert not [note for note in written.notes if "ags " in note]
    storage.close()


@pytest.mark.parametrize("size", [10, 6 * MIB], ids=["one request", "in parts"])
@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_an_object_edited_here_keeps_all_but_its_bytes(
    s3_server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, size: int
) -> None:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    client = s3_server.client()
    client.put_object(
        Bucket=bucket,
        Key="page.html",
        Body=b"before",
        Tagging="team=maps",
        Metadata={"mtime": "1700000000.5", "mode": "100664", "colour": "green"},
        ContentType="text/x-page",
        CacheControl="max-age=60",
        Expires=EXPIRES,
        StorageClass="STANDARD_IA",
    )
    options = {"s3": {"endpoint_url": s3_server.endpoint_url, "multipart_threshold": 5 * MIB}}
    ctx = OpContext(Vfs(options))
    lent = borrow(ctx, parse(f"s3://{bucket}/page.html"), tmp_path)
    lent.copy.write_bytes(b"x" * size)
    os.utime(lent.copy, ns=(10**18, 1_800_000_000 * 10**9))
    give_back(ctx, lent)
    head = client.head_object(Bucket=bucket, Key="page.html")
    tags = client.get_object_tagging(Bucket=bucket, Key="page.html")["TagSet"]
    assert head["ContentLength"] == size
    assert tags == [{"Key": "team", "Value": "maps"}]
    assert head["Metadata"] == {
        "mtime": "1800000000.000000000",
        "mode": "100664",
        "colour": "green",
    }
    assert (head["ContentType"], head["CacheControl"]) == ("text/x-page", "max-age=60")
    assert (head["Expires"], head["StorageClass"]) == (EXPIRES, "STANDARD_IA")
    ctx.vfs.close()


def test_an_edited_object_is_open_to_whom_it_was(
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    bucket, client = new_bucket(moto_server), moto_server.client()
    client.put_object(Bucket=bucket, Key="a", Body=b"before", ACL="public-read")
    before = client.get_object_acl(Bucket=bucket, Key="a")["Grants"]
    ctx = OpContext(Vfs({"s3": {"endpoint_url": moto_server.endpoint_url}}))
    lent = borrow(ctx, parse(f"s3://{bucket}/a"), tmp_path)
    lent.copy.write_bytes(b"after!")
    give_back(ctx, lent)
    assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"after!"
    after = client.get_object_acl(Bucket=bucket, Key="a")["Grants"]
    assert sorted(map(str, after)) == sorted(map(str, before))
    assert len(after) == 2
    ctx.vfs.close()
