"""Every byte counts: how many requests each act costs, counted at the server's side."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.proxy import Proxy
from tests.servers.server import Server
from tests.storage.s3.conftest import MIB
from tests.storage.s3.pieces import Count, MemorySink, MemorySource, work
from tfm.model.cancel import NEVER, CancelToken
from tfm.model.entry import Kind
from tfm.model.errors import Cancelled, NotFound, SameObject
from tfm.model.location import S3, Location
from tfm.storage.base import Evidence, Hints, Work
from tfm.storage.facets import Fate
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]


def fill(server: Server, bucket: str, keys: list[str], data: bytes = b"x") -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(
            lambda key: server.client().put_object(Bucket=bucket, Key=key, Body=data), keys
        ):
            pass


def test_a_storage_costs_nothing_until_it_is_asked(proxy: Proxy, storage: S3Storage) -> None:
    assert storage.features.title == "S3"
    assert storage.endpoint_label() == proxy.endpoint_url.removeprefix("http://")
    assert proxy.counts() == {}


def test_neither_import_nor_construction_loads_the_sdk() -> None:
    program = (
        "import sys; from tfm.storage.s3.storage import S3Storage; from tfm.model.location import S3;"
        "s = S3Storage(S3, {}); s.features; s.facets; s.columns; s.endpoint_label();"
        "print([m for m in ('boto3', 'botocore') if m in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_without_boto3_the_import_says_which_package_is_missing() -> None:
    program = (
        "import sys; sys.modules['boto3'] = None\n"
        "try:\n import tfm.storage.s3.storage\n"
        "except ModuleNotFoundError as error: print(error.name)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "boto3"


@pytest.mark.slow
def test_a_directory_costs_one_list_a_thousand_rows(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    fill(
        ministack_server,
        box,
        [f"d/{n:04}" for n in range(1500)] + [f"d/{n:04}/x" for n in range(600)],
    )
    rows = [e for page in storage.scan(at("d/"), NEVER) for e in page]
    assert len({(e.name, e.kind) for e in rows}) == len(rows) == 2100
    proxy.expect({"ListObjectsV2": 3})
    proxy.reset()
    pages = iter(storage.scan(at("d/"), NEVER))
    assert len(next(pages)) == 1000
    proxy.expect({"ListObjectsV2": 1})  # the next page only when it is asked for
    token = CancelToken()
    pages = iter(storage.scan(at("d/"), token))
    next(pages)
    token.cancel()
    with pytest.raises(Cancelled):
        next(pages)
    proxy.expect({"ListObjectsV2": 2})
    # what begins with a text costs one, however much there is beside it
    proxy.reset()
    facet = storage.facets.beginnings
    assert facet is not None
    found, more = facet.beginning_with(at("d/"), "14", NEVER)
    assert (len(found), more) == (100, False)
    assert facet.beginning_with(at("d/"), "", NEVER)[1]
    proxy.expect({"ListObjectsV2": 2})


def test_an_empty_bucket_costs_one(proxy: Proxy, storage: S3Storage, at: At) -> None:
    assert list(storage.scan(at(""), NEVER)) == []
    with pytest.raises(NotFound):
        list(storage.scan(at("absent/"), NEVER))
    proxy.expect({"ListObjectsV2": 2})


def test_looking_at_one_thing_costs_one(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    fill(ministack_server, box, ["a/b"])
    storage.stat(at("a/b"))
    assert storage.stat(at("a/")).kind is Kind.DIRECTORY
    storage.stat(at(""))
    proxy.expect({"HeadObject": 1, "ListObjectsV2": 1, "HeadBucket": 1})
    proxy.reset()
    storage.stat(Location(at("").root, ""))
    proxy.expect({})


def test_small_files_cost_one_request_each(proxy: Proxy, storage: S3Storage, at: At) -> None:
    transfer, copy = storage.facets.transfer, storage.facets.server_copy
    many = storage.facets.delete_many
    assert transfer is not None and copy is not None and many is not None
    list(storage.scan(at(""), NEVER))
    proxy.reset()
    for number in range(10):
        written = transfer.upload(MemorySource(b"%d" % number), at(f"{number}"), Hints(), work())
        assert written.evidence is Evidence.CHECKSUM
    proxy.expect({"PutObject": 10})
    rows = [e for page in storage.scan(at(""), NEVER) for e in page]
    proxy.reset()
    for entry in rows:
        sink = MemorySink()
        assert transfer.download(at(entry.name), entry, sink, work()).checked
        assert bytes(sink.data) == entry.name.encode()
    proxy.expect({"GetObject": 10})
    proxy.reset()
    for entry in rows:
        written = copy.copy(at(entry.name), entry, at("copy/" + entry.name), Hints(), work())
        assert written.evidence is Evidence.CHECKSUM
    proxy.expect({"CopyObject": 10})
    proxy.reset()
    removed = many.delete_many([(at(entry.name), None) for entry in rows])
    assert [removal.error for removal in removed] == [None] * 10
    proxy.expect({"DeleteObjects": 1})


def test_keys_that_break_xml_are_deleted_singly(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    keys = ["plain", "new\nline", "escape\x1b", " spaces ", "also plain"]
    fill(ministack_server, box, keys)
    many = storage.facets.delete_many
    assert many is not None
    removed = many.delete_many([(at(key), None) for key in keys])
    assert [(r.location, r.error) for r in removed] == [(at(key), None) for key in keys]
    assert ministack_server.keys(box) == []
    proxy.expect({"DeleteObjects": 1, "DeleteObject": 2})


def test_what_is_expected_is_compared_where_the_server_would_not(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    fill(ministack_server, box, ["same", "other"])
    rows = {e.name: e for page in storage.scan(at(""), NEVER) for e in page}
    fill(ministack_server, box, ["other"], b"changed")
    many = storage.facets.delete_many
    assert many is not None
    assert not many.conditional
    same, other = many.delete_many([(at(name), rows[name]) for name in ("same", "other")])
    assert same.error is None
    assert other.error is not None
    assert ministack_server.keys(box) == ["other"]


def test_a_large_file_up_down_and_beside(proxy: Proxy, storage: S3Storage, at: At) -> None:
    data = bytes(range(256)) * (20 * MIB // 256) + b"end"
    transfer, copier = storage.facets.transfer, storage.facets.server_copy
    assert transfer is not None and copier is not None
    list(storage.scan(at(""), NEVER))
    proxy.reset()
    count, source = Count(), MemorySource(data)
    hints = Hints(size=len(data), mtime_ns=1_700_000_000_123_456_789, mode=0o640)
    written = transfer.upload(source, at("large"), hints, work(count=count))
    assert written.evidence is Evidence.CHECKSUM
    assert count.total == len(data)
    assert max(source.reads) <= MIB  # flat memory
    proxy.expect(
        {"CreateMultipartUpload": 1, "UploadPart": 3, "HeadObject": 1, "CompleteMultipartUpload": 1}
    )
    assert all("content-md5" in e.digests for e in proxy.exchanges("UploadPart"))
    [entry] = [e for page in storage.scan(at(""), NEVER) for e in page]
    proxy.reset()
    sink, count = MemorySink(), Count()
    fetched = transfer.download(at("large"), entry, sink, work(count=count))
    assert bytes(sink.data) == data
    assert (fetched.checked, count.total) == (True, len(data))
    assert fetched.entry.source_mtime_ns == hints.mtime_ns
    assert fetched.entry.mode == 0o640
    proxy.expect({"HeadObject": 1, "GetObject": 3})
    assert all(e.headers["if-match"] == f'"{entry.etag}"' for e in proxy.exchanges("GetObject"))
    copier.limit = copier.part = 8 * MIB  # type: ignore[attr-defined]
    copied = copier.copy(at("large"), entry, at("copy"), Hints(), work())
    assert copied.entry.size == len(data)
    assert copied.entry.source_mtime_ns == hints.mtime_ns
    with storage.open_read(at("copy")) as reader:
        arrived = b"".join(iter(lambda: reader.read(MIB), b""))
        assert arrived == data
        assert reader.verify() is Evidence.CHECKSUM


def test_a_stream_of_unknown_length(storage: S3Storage, at: At, proxy: Proxy) -> None:
    block = bytes(range(256)) * 4096
    with storage.open_write(at("pipe"), Hints(), Work()) as writer:
        for _ in range(35):
            writer.write(block)
        written = writer.commit()
    assert written.evidence is Evidence.CHECKSUM
    assert len(proxy.exchanges("UploadPart")) == 5
    with storage.open_read(at("pipe")) as reader:
        assert b"".join(iter(lambda: reader.read(MIB), b"")) == block * 35


def test_a_copy_onto_itself_is_refused(storage: S3Storage, at: At) -> None:
    storage.open_write(at("a"), Hints(), Work()).commit()
    copier = storage.facets.server_copy
    assert copier is not None
    with pytest.raises(SameObject):
        copier.copy(at("a"), storage.stat(at("a")), at("a"), Hints(), work())


def test_the_fate_of_a_bucket_is_asked_once(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    retention = storage.facets.retention
    assert retention is not None
    ministack_server.client().put_bucket_versioning(
        Bucket=box, VersioningConfiguration={"Status": "Enabled"}
    )
    assert retention.fate(at("a")) is Fate.UNDOABLE
    assert retention.fate(at("b/c")) is Fate.UNDOABLE
    proxy.expect({"GetBucketVersioning": 1})


def test_a_directory_is_made_with_two_requests_once_the_server_is_known(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    storage.mkdir(at("first/"))
    proxy.reset()
    storage.mkdir(at("second/"))
    proxy.expect({"ListObjectsV2": 1, "PutObject": 1})
    assert ministack_server.keys(box) == ["first/", "second/"]


def test_the_first_directory_is_the_trial_of_the_server(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    """A program killed in the middle leaves nothing but what was asked for."""
    storage.mkdir(at("first/"))
    proxy.expect({"ListObjectsV2": 3, "PutObject": 1})
    assert ministack_server.keys(box) == ["first/"]


def test_beside_an_object_of_that_name_a_directory_is_tried_under_another(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    fill(ministack_server, box, ["first"], b"precious")
    storage.mkdir(at("first/"))
    proxy.expect({"ListObjectsV2": 3, "PutObject": 2, "DeleteObject": 1})
    assert ministack_server.keys(box) == ["first", "first/"]


def test_one_line_a_request_and_no_secret_in_it(
    storage: S3Storage, at: At, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    list(storage.scan(at(""), NEVER))
    with pytest.raises(NotFound):
        storage.stat(at("a\x1bb"))
    lines = [r.getMessage() for r in caplog.records if r.name == "tfm.s3"]
    assert len(lines) == 2
    assert "list_objects_v2" in lines[0] and " 200 " in lines[0] and "id=" in lines[0]
    assert "404" in lines[1] and "\x1b" not in lines[1]
    assert not [r for r in caplog.records if r.name.startswith(("botocore", "urllib3", "boto3"))]


def test_where_markers_would_become_objects_none_is_made(
    rclone_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = new_bucket(rclone_server)
    for name, value in rclone_server.environment().items():
        monkeypatch.setenv(name, value)
    fill(rclone_server, bucket, ["a"], b"precious")
    storage = S3Storage(S3, {})
    for name in ("a/", "b/", "c/"):  # beside an object, without one, and when it is known
        with pytest.raises(OSError, match="keeps no empty directories"):
            storage.mkdir(Location(S3, f"{bucket}/{name}"))
        if name == "a/":
            storage._calls.manners.markers = None
    storage.close()
    body = rclone_server.client().get_object(Bucket=bucket, Key="a")["Body"].read()
    assert body == b"precious"
    assert rclone_server.keys(bucket) == ["a"]


def test_other_servers_get_digests_of_the_old_kind_and_no_trailers(
    proxy: Proxy, storage: S3Storage, at: At
) -> None:
    for name, data in (("small", b"hello"), ("large", b"x" * (12 * MIB))):
        transfer = storage.facets.transfer
        assert transfer is not None
        transfer.upload(MemorySource(data), at(name), Hints(), work())
    sent = [*proxy.exchanges("PutObject"), *proxy.exchanges("UploadPart")]
    assert len(sent) == 3
    for exchange in sent:
        modern = ("x-amz-checksum-", "x-amz-sdk-checksum", "x-amz-trailer", "transfer-encoding")
        assert not [name for name in exchange.headers if name.startswith(modern)]
        assert exchange.headers["content-md5"]
