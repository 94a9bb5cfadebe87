"""A copy on the server keeps what belongs to the object, whatever its size."""

import pytest

from tests.servers.server import Server
from tfm.model.location import Location, Root
from tfm.storage.base import Hints, Work
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.storage import S3Storage

MIB = 1024 * 1024


@pytest.mark.parametrize("limit", [5 * 1024 * MIB, 5 * MIB], ids=["one request", "in parts"])
def test_tags_metadata_and_class_come_along(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    bucket, client = moto_server.new_bucket(), moto_server.client()
    client.put_object(
        Bucket=bucket,
        Key="from",
        Body=b"x" * (11 * MIB),
        Tagging="team=maps&note=a%20b",
        Metadata={"mtime": "1700000000.5", "colour": "green"},
        ContentType="image/x-map",
        CacheControl="max-age=60",
        StorageClass="STANDARD_IA",
    )
    storage = S3Storage(Root("s3"), {"endpoint_url": moto_server.endpoint_url})
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
    assert head["StorageClass"] == "STANDARD_IA"
    assert ("-" in head["ETag"]) == (limit < 11 * MIB)
    assert not [note for note in written.notes if "Tags" in note]
    storage.close()
    moto_server.discard(bucket)
