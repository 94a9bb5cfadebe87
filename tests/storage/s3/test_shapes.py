"""An answer to a question about a bucket that has another shape is no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import ReplaceBody
from tests.servers.server import Server
from tfm.model.errors import Unsupported
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
STRANGE = pytest.mark.parametrize("body", [b"", LISTING, b"bytes of the object"])


def ask(storage: S3Storage, place: Location, operation: str) -> dict[str, object]:
    return storage._calls.send(operation, place, "look at", Bucket=place.container)


@STRANGE
@pytest.mark.parametrize(
    ("operation", "called"),
    [("GetBucketVersioning", "get_bucket_versioning"), ("GetBucketPolicy", "get_bucket_policy")],
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
