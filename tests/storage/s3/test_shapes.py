"""An answer to a question about a bucket that has another shape is no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, ReplaceBody
from tests.servers.server import Server
from tfm.model.cancel import NEVER
from tfm.model.errors import StorageError, Unsupported
from tfm.model.location import S3, Location
from tfm.storage.object_facets import Keeping
from tfm.storage.s3.storage import S3Storage


@pytest.fixture
def proxy(moto_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(moto_server)


@pytest.fixture
def place(moto_server: Server, new_bucket: Callable[[Server], str]) -> Location:
    return Location(S3, f"{new_bucket(moto_server)}/")


@pytest.fixture
def storage(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Storage]:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    opened = S3Storage(S3, {"retry_delay": 0.01, "outage_wait": 0.0})
    yield opened
    opened.close()


LISTING = b"<ListBucketResult/>"


def ask(storage: S3Storage, place: Location, operation: str) -> dict[str, object]:
    return storage._calls.send(operation, place, "look at", Bucket=place.container)


@pytest.mark.parametrize(
    ("operation", "called", "body"),
    [
        ("GetBucketVersioning", "get_bucket_versioning", b""),
        ("GetBucketVersioning", "get_bucket_versioning", b"bytes of the object"),
        ("GetBucketPolicy", "get_bucket_policy", LISTING),
    ],
)
def test_what_answers_with_something_else_has_no_such_thing(
    storage: S3Storage, proxy: Proxy, place: Location, body: bytes, operation: str, called: str
) -> None:
    """A weak server does not look at `?versioning`; its 200 must not count as "off"."""
    proxy.rule(operation, ReplaceBody(body, 200))
    with pytest.raises(Unsupported):
        ask(storage, place, called)
    assert len(proxy.exchanges(operation)) == 1  # and it is no fault that passes


def test_nothing_is_taken_for_switched_off(
    storage: S3Storage, proxy: Proxy, place: Location
) -> None:
    proxy.rule("GetBucketVersioning", ReplaceBody(LISTING))
    versions = storage.facets.versions
    assert versions is not None
    assert versions.keeping(place) is Keeping.NONE


def test_what_fits_is_an_answer(storage: S3Storage, proxy: Proxy, place: Location) -> None:
    proxy.rule("GetBucketPolicy", ReplaceBody(b'\n {"Statement": []}', 200))
    assert ask(storage, place, "get_bucket_policy")["Policy"]
    assert ask(storage, place, "get_bucket_versioning").get("Status") is None
    proxy.rule("ListObjectsV2", ReplaceBody(LISTING))
    ask(storage, place, "list_objects_v2")  # here a listing is what was asked for


def test_a_server_that_insists_on_content_md5_gets_it(
    storage: S3Storage, proxy: Proxy, place: Location
) -> None:
    """Old MinIO, for one; the proxy refuses a digest that does not fit."""
    settings = storage.facets.settings
    assert settings is not None
    proxy.rule("PutBucketCors", Answer(400, "MissingContentMD5"), nth=1)
    rules = '{"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a"]}]}'
    settings.write(place, "cors", rules, "")
    sent = [each.headers.get("content-md5") for each in proxy.exchanges("PutBucketCors")]
    assert (len(sent), sent[0], bool(sent[1])) == (2, None, True)
    assert "https://a" in settings.read(place, "cors").text


def test_who_never_stops_insisting_is_told(
    storage: S3Storage, proxy: Proxy, place: Location
) -> None:
    settings = storage.facets.settings
    assert settings is not None
    proxy.rule("PutBucketTagging", Answer(400, "MissingContentMD5"))
    with pytest.raises(StorageError):
        settings.write(place, "tags", '{"TagSet": [{"Key": "a", "Value": "1"}]}', "")
    assert len(proxy.exchanges("PutBucketTagging")) == 2


def test_a_new_bucket_of_ceph_can_be_written_to(
    storage: S3Storage, moto_server: Server, place: Location
) -> None:
    """Where access lists are blocked, RGW 16 refuses every object."""
    containers = storage.facets.containers
    assert containers is not None
    headers = {"x-amz-request-id": "tx00000000000000000000a-0066f0a1b2-1034-default"}
    storage._calls.manners.meet({"ResponseMetadata": {"HTTPHeaders": headers}})
    name = f"{place.container}-of-ceph"
    made = containers.create(Location(S3, f"{name}/"), {})
    client = moto_server.client()
    told = client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert [each for each, on in told.items() if not on] == ["BlockPublicAcls"]
    assert not made.missed
    assert "lets nobody write" in " ".join(made.notes)
    moto_server.discard(name)


def test_keys_that_come_encoded_without_a_word_are_read(
    storage: S3Storage, proxy: Proxy, place: Location
) -> None:
    """RGW 16 encodes keys of uploads, as asked, and does not say so; its markers are plain."""
    uploads = storage.facets.uploads
    assert uploads is not None
    proxy.rule(
        "ListMultipartUploads",
        ReplaceBody(
            b"<ListMultipartUploadsResult><NextKeyMarker>d/a b%20</NextKeyMarker>"
            b"<IsTruncated>false</IsTruncated><Upload><Key>d/a%20b%2520</Key><UploadId>1</UploadId>"
            b"</Upload></ListMultipartUploadsResult>"
        ),
    )

    def keys() -> list[str]:
        return [row.place.inner_key for page in uploads.uploads(place, NEVER) for row in page]

    assert keys() == ["d/a%20b%2520"]
    headers = {"x-amz-request-id": "tx00000000000000000000a-0066f0a1b2-1034-default"}
    storage._calls.manners.server, storage._calls.manners.met = None, False
    storage._calls.manners.meet({"ResponseMetadata": {"HTTPHeaders": headers}})
    assert keys() == ["d/a b%20"]


def test_a_prefix_that_cannot_stand_in_xml_is_listed(
    storage: S3Storage, proxy: Proxy, place: Location
) -> None:
    """RGW 16 repeats the prefix as it was asked for, while names are encoded."""
    body = (
        b'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><Prefix>a&#x1b;\x07\xef\xbf\xbe/</Prefix>'
        b"<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
        b"<Contents><Key>a%1B%EF%BF%BE/file</Key><Size>1</Size></Contents></ListBucketResult>"
    )
    proxy.rule("ListObjectsV2", ReplaceBody(body))
    rows = storage.scan(place.child("a\x1b\ufffe", directory=True), NEVER)
    assert [row.name for page in rows for row in page] == ["file"]
    assert len(proxy.exchanges("ListObjectsV2")) == 1
