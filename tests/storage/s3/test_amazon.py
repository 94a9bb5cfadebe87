"""What is done differently at Amazon's own endpoints, played on servers that know those headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders, Reset
from tests.servers.server import Server
from tests.storage.s3.conftest import MIB
from tests.storage.s3.pieces import MemorySink, MemorySource, work
from tfm.model.cancel import NEVER
from tfm.model.entry import Entry
from tfm.model.errors import AlreadyExists, TooLate
from tfm.model.location import S3, Location
from tfm.ops.post_form import LARGEST
from tfm.storage.base import Evidence, Hints
from tfm.storage.object_facets import PostLimits
from tfm.storage.s3.client import is_aws
from tfm.storage.s3.storage import S3Storage

TEMPORARY = "It was signed with temporary credentials, and ends with them."
At = Callable[[str], Location]


@pytest.fixture
def amazon(
    moto_server: Server, proxy_for: Callable[[Server], Proxy], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[S3Storage, Proxy]]:
    """A storage that takes moto behind the checking proxy for Amazon."""
    proxy = proxy_for(moto_server)
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tfm.storage.s3.client.is_aws", lambda _url: True)
    storage = S3Storage(S3, {"max_retries": 1, "retry_delay": 0.01})
    yield storage, proxy
    storage.close()


@pytest.fixture
def here(moto_server: Server, new_bucket: Callable[[Server], str]) -> At:
    bucket = new_bucket(moto_server)
    return lambda key: Location(S3, f"{bucket}/{key}")


def rows(storage: S3Storage, place: Location) -> dict[str, Entry]:
    return {e.name: e for page in storage.scan(place, NEVER) for e in page}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://s3.amazonaws.com", True),
        ("https://s3.eu-central-1.amazonaws.com", True),
        ("https://s3.cn-north-1.amazonaws.com.cn", True),
        ("https://s3.dualstack.us-west-2.api.aws", True),
        ("https://amazonaws.com.evil.example", False),
        ("https://notamazonaws.com", False),
        ("http://127.0.0.1:9000", False),
        ("", False),
    ],
)
def test_whose_endpoint_it_is(url: str, expected: bool) -> None:
    assert is_aws(url) is expected


def test_a_small_object_carries_a_crc_that_is_kept(
    amazon: tuple[S3Storage, Proxy], here: At
) -> None:
    storage, proxy = amazon
    transfer = storage.facets.transfer
    assert transfer is not None
    written = transfer.upload(MemorySource(b"123456789"), here("a"), Hints(), work())
    assert written.evidence is Evidence.CHECKSUM
    [sent] = proxy.exchanges("PutObject")
    assert sent.headers["x-amz-checksum-crc32"] == "y/Q5Jg=="
    assert "x-amz-trailer" not in sent.headers
    assert "content-md5" not in sent.headers


def test_a_large_object_carries_the_crc_of_the_whole(
    amazon: tuple[S3Storage, Proxy], here: At
) -> None:
    storage, proxy = amazon
    data = bytes(range(256)) * (17 * MIB // 256) + b"end"
    transfer = storage.facets.transfer
    assert transfer is not None
    written = transfer.upload(MemorySource(data), here("large"), Hints(), work())
    assert written.evidence is Evidence.CHECKSUM
    [begun] = proxy.exchanges("CreateMultipartUpload")
    assert begun.headers["x-amz-checksum-algorithm"] == "CRC32"
    assert begun.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert all("x-amz-checksum-crc32" in e.headers for e in proxy.exchanges("UploadPart"))
    [done] = proxy.exchanges("CompleteMultipartUpload")
    assert done.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert done.headers["if-none-match"] == "*"
    assert proxy.exchanges("HeadObject") == []
    sink = MemorySink()
    entry = rows(storage, here(""))["large"]
    assert transfer.download(here("large"), entry, sink, work()).checked
    assert bytes(sink.data) == data


def test_a_large_object_is_not_replaced_unasked(amazon: tuple[S3Storage, Proxy], here: At) -> None:
    storage, proxy = amazon
    transfer = storage.facets.transfer
    assert transfer is not None
    transfer.upload(MemorySource(b"old"), here("a"), Hints(), work())
    with pytest.raises(AlreadyExists):
        transfer.upload(MemorySource(bytes(6 * MIB)), here("a"), Hints(), work())
    assert proxy.open_uploads() == []


def test_a_batch_carries_the_etag_of_each_expected_key(
    amazon: tuple[S3Storage, Proxy], here: At
) -> None:
    storage, proxy = amazon
    for name in ("a", "b"):
        with storage.open_write(here(name), Hints(), work()) as writer:
            writer.write(b"x")
            writer.commit()
    many = storage.facets.delete_many
    assert many is not None
    assert many.conditional
    known = rows(storage, here(""))
    proxy.reset()
    removed = many.delete_many([(here(name), known[name]) for name in ("a", "b")])
    assert [r.error for r in removed] == [None, None]
    proxy.expect({"DeleteObjects": 1})


def test_a_delete_carries_the_etag_instead_of_a_look(
    amazon: tuple[S3Storage, Proxy], here: At
) -> None:
    storage, proxy = amazon
    with storage.open_write(here("a"), Hints(), work()) as writer:
        entry = writer.commit().entry
    known = rows(storage, here(""))["a"]
    with storage.open_write(here("a"), Hints(replaces=entry), work()) as writer:
        writer.write(b"changed")
        writer.commit()
    proxy.reset()
    with pytest.raises(TooLate):
        storage.delete(here("a"), expected=known)
    storage.delete(here("a"), expected=rows(storage, here(""))["a"])
    proxy.expect({"DeleteObject": 2, "ListObjectsV2": 1})


def test_copies_carry_both_conditions(amazon: tuple[S3Storage, Proxy], here: At) -> None:
    storage, _ = amazon
    copier = storage.facets.server_copy
    assert copier is not None
    for name in ("a", "b"):
        with storage.open_write(here(name), Hints(), work()) as writer:
            writer.write(name.encode())
            writer.commit()
    known = rows(storage, here(""))
    with pytest.raises(AlreadyExists):
        copier.copy(here("a"), known["a"], here("b"), Hints(), work())
    with pytest.raises(TooLate):
        copier.copy(here("a"), known["b"], here("c"), Hints(), work())
    with pytest.raises(TooLate):
        copier.copy(here("a"), known["a"], here("b"), Hints(replaces=known["a"]), work())
    copied = copier.copy(here("a"), known["a"], here("b"), Hints(replaces=known["b"]), work())
    assert copied.evidence is Evidence.CHECKSUM
    assert "c" not in rows(storage, here(""))


def test_markers_are_kept_there_and_tried_nowhere(
    amazon: tuple[S3Storage, Proxy], here: At
) -> None:
    storage, proxy = amazon
    storage.mkdir(here("dir/"))
    proxy.expect({"ListObjectsV2": 1, "PutObject": 1})
    assert "dir" in rows(storage, here(""))


@pytest.mark.parametrize("upload", [False, True])
def test_a_link_is_signed_for_the_region_of_its_bucket(
    ministack_server: Server,
    box: str,
    proxy_for: Callable[[Server], Proxy],
    monkeypatch: pytest.MonkeyPatch,
    upload: bool,
) -> None:
    """Nobody has looked into the bucket before, as in a script; MiniStack sends to the right region."""
    proxy, bucket = proxy_for(ministack_server), f"{box}-far"
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tfm.storage.s3.client.is_aws", lambda _url: True)
    far = {"LocationConstraint": "eu-south-1"}
    ministack_server.client().create_bucket(Bucket=bucket, CreateBucketConfiguration=far)
    storage, place = S3Storage(S3, {}), Location(S3, f"{bucket}/d/a")
    facet = storage.facets.presign
    assert facet is not None
    for _ in range(2):
        link = facet.link(place, 60, upload=upload)
        assert "%2Feu-south-1%2Fs3%2Faws4_request" in link.url
        assert link.notes == (TEMPORARY,)
    fields = dict(facet.post(place.parent, 60, PostLimits(LARGEST)).fields)
    assert "/eu-south-1/s3/" in fields["x-amz-credential"]
    proxy.expect({"HeadBucket": 2})  # one that is sent elsewhere, and there
    storage.close()
    ministack_server.discard(bucket)


@pytest.mark.parametrize("status", [200, 403, 404])
def test_whoever_answers_lies_in_the_region_that_was_asked(
    amazon: tuple[S3Storage, Proxy], here: At, status: int
) -> None:
    storage, proxy = amazon
    facet = storage.facets.presign
    assert facet is not None
    proxy.rule("HeadBucket", Answer(status, body=b""))
    for _ in range(2):
        link = facet.link(here("a"), 60)
        assert "%2Fus-east-1%2Fs3%2Faws4_request" in link.url
        assert link.notes == (TEMPORARY,)
    assert proxy.count() == 1


def test_a_link_for_a_region_that_could_not_be_asked_says_so(
    amazon: tuple[S3Storage, Proxy], here: At
) -> None:
    storage, proxy = amazon
    facet = storage.facets.presign
    assert facet is not None
    proxy.rule("HeadBucket", Reset())
    first, _temporary = facet.link(here("a"), 60).notes
    assert first == "Works if the bucket lies in us-east-1, which could not be asked."


@pytest.mark.parametrize("size", [5, 6 * MIB], ids=["whole", "in ranges"])
def test_the_etags_of_directory_buckets_are_no_md5_whatever_they_look_like(
    amazon: tuple[S3Storage, Proxy], here: At, size: int
) -> None:
    storage, proxy = amazon
    transfer, data = storage.facets.transfer, bytes(size)
    assert transfer is not None
    transfer.upload(MemorySource(data), here("a"), Hints(), work())
    # moto still compares the condition with its own ETag
    proxy.rule("GetObject", EditHeaders(request={"if-match": None}))
    random = {"etag": '"' + "ab" * 16 + '"', "x-amz-storage-class": "EXPRESS_ONEZONE"}
    proxy.rule("*Object", EditHeaders(response=random))
    entry, sink = storage.stat(here("a")), MemorySink()
    assert entry.etag == "ab" * 16
    transfer.download(here("a"), entry, sink, work())
    assert bytes(sink.data) == data
