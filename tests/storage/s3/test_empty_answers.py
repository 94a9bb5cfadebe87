"""An answer of 200 that lost its document on the way is not "there is none"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Action, Answer, CutResponse
from tests.servers.server import Server
from tests.storage.s3.conftest import HASTY
from tests.storage.s3.pieces import stored
from tfm.model.cancel import NEVER
from tfm.model.errors import NotFound, StorageError
from tfm.model.location import S3, Location
from tfm.storage.s3.storage import S3Storage

At = Callable[[str], Location]
Ask = Callable[[S3Storage, Location], object]


def rows(storage: S3Storage, box: Location) -> object:
    pages = storage.scan(box.child("d", directory=True), NEVER)
    return [entry.name for page in pages for entry in page]


def flat(storage: S3Storage, box: Location) -> object:
    assert storage.facets.walk is not None
    return [row.name for page in storage.facets.walk.walk(box, NEVER) for row in page]


def buckets(storage: S3Storage, box: Location) -> object:
    pages = storage.scan(Location(S3, ""), NEVER)
    return [entry.name for page in pages for entry in page if entry.name == box.container]


def versions(storage: S3Storage, box: Location) -> object:
    assert storage.facets.versions is not None
    pages = storage.facets.versions.versions(box.child("d/a"), NEVER)
    return [version.entry.size for page in pages for version in page]


def tags(storage: S3Storage, box: Location) -> object:
    assert storage.facets.tags is not None
    return storage.facets.tags.tags(box.child("d/a"))


def access(storage: S3Storage, box: Location) -> object:
    assert storage.facets.access is not None
    return storage.facets.access.access(box.child("d/a"))


def uploads(storage: S3Storage, box: Location) -> object:
    assert storage.facets.uploads is not None
    return [
        found.place.key for page in storage.facets.uploads.uploads(box, NEVER) for found in page
    ]


ASKED: Final[dict[str, tuple[str, Ask]]] = {
    "rows": ("ListObjectsV2", rows),
    "flat": ("ListObjectsV2", flat),
    "buckets": ("ListBuckets", buckets),
    "versions": ("ListObjectVersions", versions),
    "tags": ("GetObjectTagging", tags),
    "access": ("GetObjectAcl", access),
    "uploads": ("ListMultipartUploads", uploads),
}


@pytest.fixture
def options() -> dict[str, object]:
    """Once is enough to see that it is asked again."""
    return HASTY | {"max_retries": 1}


@pytest.fixture
def box_of(at: At, ministack_server: Server) -> Location:
    """A bucket in which each of these questions has an answer."""
    place = at("d/a")
    client = ministack_server.client()
    client.put_bucket_versioning(
        Bucket=place.container, VersioningConfiguration={"Status": "Enabled"}
    )
    stored(ministack_server, place, b"hello")
    client.put_object_tagging(
        Bucket=place.container,
        Key=place.inner_key,
        Tagging={"TagSet": [{"Key": "team", "Value": "maps"}]},
    )
    client.create_multipart_upload(Bucket=place.container, Key="large")
    return Location(S3, f"{place.container}/")


FAULTS: Final[dict[str, Action]] = {
    "cut before its first byte": CutResponse(0),
    "cut": CutResponse(30),
    "empty": Answer(200, body=b""),
}
EACH = [
    pytest.param(what, fault, id=f"{what}-{fault}")
    for what, (op, _) in ASKED.items()
    for fault in FAULTS
    if op.startswith("List")
    or fault != "empty"  # weak servers answer so where they know no such thing
]


@pytest.mark.parametrize(("what", "fault"), EACH)
def test_it_is_asked_again(
    proxy: Proxy, storage: S3Storage, box_of: Location, what: str, fault: str
) -> None:
    op, ask = ASKED[what]
    expected = ask(storage, box_of)
    assert expected
    before = proxy.count(op)
    proxy.rule(op, FAULTS[fault], times=1)
    assert ask(storage, box_of) == expected
    assert proxy.count(op) >= before + 2


@pytest.mark.parametrize(("what", "fault"), EACH)
def test_if_that_never_ends_it_is_an_error_and_not_none(
    proxy: Proxy, storage: S3Storage, box_of: Location, what: str, fault: str
) -> None:
    op, ask = ASKED[what]
    assert ask(storage, box_of)
    proxy.rule(op, FAULTS[fault])
    with pytest.raises(StorageError) as raised:
        ask(storage, box_of)
    assert not isinstance(raised.value, NotFound)
    assert raised.value.retryable
