"""Looking into an object: ranges of it, and none of them twice, counted at the server."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes.proxy import Proxy
from tests.servers.server import Server
from tfm.model.location import S3, Location
from tfm.storage.blocks import BLOCK, Content
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

At = Callable[[str], Location]


def put(server: Server, place: Location, data: bytes) -> None:
    server.client().put_object(Bucket=place.container, Key=place.inner_key, Body=data)


def test_a_second_look_at_an_unchanged_object_asks_the_server_nothing(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server
) -> None:
    place = at("d/log")
    put(ministack_server, place, b"0123456789abcdef" * (BLOCK // 16) * 5 + b"end")
    vfs = Vfs(storages={S3: storage})
    entry = vfs.scan(at("d/")).find("log")
    assert entry is not None
    proxy.reset()
    first = Content(vfs, place, entry)
    assert first.read(0, 10) == b"0123456789"
    assert first.read(3 * BLOCK + 1, 5) == b"12345"
    assert first.read(5 * BLOCK, 100) == b"end"
    proxy.expect({"GetObject": 3})
    assert first.fetched == 2 * BLOCK + 3
    proxy.reset()
    second = Content(vfs, place, entry)
    assert second.read(3 * BLOCK + 1, 5) == b"12345"
    assert second.read(5 * BLOCK, 100) == b"end"
    assert second.fetched == 0
    proxy.expect({})
    # blocks that lie side by side come in one request, those that are there are not asked for
    assert len(second.read(0, 5 * BLOCK)) == 5 * BLOCK
    proxy.expect({"GetObject": 2})


def test_a_changed_object_is_noticed_and_read_anew(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server
) -> None:
    place = at("d/log")
    put(ministack_server, place, b"old " * BLOCK)
    vfs = Vfs(storages={S3: storage})
    entry = vfs.scan(at("d/")).find("log")
    content = Content(vfs, place, entry)
    assert content.read(0, 4) == b"old "
    put(ministack_server, place, b"new " * BLOCK)
    assert content.read(2 * BLOCK, 4) == b"new "
    assert content.read(0, 4) == b"new "
    assert content.version == 1


def test_details_of_an_object_are_asked_for_once(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server
) -> None:
    place = at("d/report.txt")
    ministack_server.client().put_object(
        Bucket=place.container,
        Key=place.inner_key,
        Body=b"12345",
        ContentType="text/plain",
        CacheControl="no-store",
        Metadata={"mtime": "1700000000.5", "Colour": "red"},
        ChecksumAlgorithm="SHA256",
    )
    vfs = Vfs(storages={S3: storage})
    entry = vfs.scan(at("d/")).find("report.txt")
    assert entry is not None
    proxy.reset()
    facts = {fact.label: fact.value for fact in vfs.describe(place, entry)}
    assert facts["Key"] == "d/report.txt"
    assert facts["Content type"] == "text/plain"
    assert facts["Cache control"] == "no-store"
    assert facts["Metadata colour"] == "red"
    assert facts["Metadata mtime"] == "1700000000.5 = 2023-11-14 22:13:20 UTC"
    assert facts["ETag"] == entry.etag
    assert "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5" in facts["SHA256"]
    assert "Last-Modified" not in facts, "the listing tells it"
    assert vfs.describe(place, entry) == vfs.describe(place, entry)
    # what will become of it follows from the rules of the bucket, which are asked for once
    proxy.expect({"HeadObject": 1, "GetBucketLifecycleConfiguration": 1})
    proxy.reset()
    assert vfs.describe(at("d/"), vfs.stat(at("d/")))[0].value == place.container
    proxy.expect({})


def test_encryption_and_version_are_told(
    storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    client, place = ministack_server.client(), at("secret")
    client.put_bucket_versioning(Bucket=box, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(
        Bucket=box,
        Key="secret",
        Body=b"x",
        ServerSideEncryption="AES256",
        StorageClass="STANDARD_IA",
    )
    vfs = Vfs(storages={S3: storage})
    facts = {fact.label: fact.value for fact in vfs.describe(place, vfs.stat(place))}
    assert facts["Encryption"] == "AES256"
    assert facts["Storage class"] == "STANDARD_IA"
    assert facts["Version id"]
