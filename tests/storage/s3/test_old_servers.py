"""Servers that know neither ListObjectsV2 nor DeleteObjects: all keys come, all keys go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.far_side import put_all
from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tfm.model.cancel import NEVER
from tfm.model.errors import Denied, NotFound, StorageError
from tfm.model.location import S3, Location
from tfm.storage.s3.storage import S3Storage

KEYS = [
    *(f"d/{n:02}" for n in range(7)),
    *(f"d/{n:02}/x" for n in range(5)),
    *("d/a b+c%20.txt", "d/ü.txt", "d/zz/deep/x", "e"),
]
ROWS = sorted([
    *((f"{n:02}", False) for n in range(7)),
    *((f"{n:02}", True) for n in range(5)),
    *(("a b+c%20.txt", False), ("ü.txt", False), ("zz", True)),
])  # fmt: skip


@pytest.fixture
def proxy(moto_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(moto_server)


@pytest.fixture(scope="module")
def box(moto_server: Server) -> Iterator[str]:
    """One bucket for all tests; the last one empties it."""
    bucket = moto_server.new_bucket()
    put_all(moto_server, bucket, dict.fromkeys(KEYS, b"x"))
    yield bucket
    moto_server.discard(bucket)


@pytest.fixture
def few(storage: S3Storage) -> S3Storage:
    """The storage, with pages of three names."""

    def hook(client: Any) -> None:
        def less(params: dict[str, Any], **_more: object) -> None:
            params["MaxKeys"] = min(3, params.get("MaxKeys", 1000))

        events = client.meta.events
        for operation in ("ListObjectsV2", "ListObjects"):
            events.register(f"before-parameter-build.s3.{operation}", less)

    storage.on_new_client(hook)
    return storage


def rows(storage: S3Storage, place: Location) -> list[tuple[str, bool]]:
    return [(e.name, e.is_directory) for page in storage.scan(place, NEVER) for e in page]


def flat(storage: S3Storage, place: Location) -> list[str]:
    walk = storage.facets.walk
    assert walk is not None
    return [entry.name for page in walk.walk(place, NEVER) for entry in page]


@pytest.mark.parametrize("code", ["NotImplemented", "InvalidArgument"])
def test_a_server_that_refuses_v2_is_listed_and_asked_only_once(
    proxy: Proxy, few: S3Storage, box: str, code: str
) -> None:
    status = {"NotImplemented": 501, "InvalidArgument": 400, "MethodNotAllowed": 405}[code]
    proxy.rule("ListObjectsV2", Answer(status, code))
    place = Location(S3, f"{box}/d/")
    assert sorted(rows(few, place)) == ROWS
    assert len(rows(few, place)) == len(ROWS)
    assert sorted(f"d/{name}" for name in flat(few, place)) == sorted(KEYS[:-1])
    assert few.stat(place).is_directory
    with pytest.raises(NotFound):
        few.stat(Location(S3, f"{box}/nothing/"))
    assert proxy.count("ListObjectsV2") == 1


def test_a_server_that_takes_v2_for_the_old_one_loses_no_key(
    proxy: Proxy, few: S3Storage, box: str
) -> None:
    """It answers with a marker instead of a token: a page that seems to be the last."""
    new: list[str] = []

    def forget_the_type(params: dict[str, str], **_more: object) -> None:
        new.append(params["url"])
        _as_old(params)

    few.on_new_client(
        lambda client: client.meta.events.register("before-call.s3.ListObjectsV2", forget_the_type)
    )
    place = Location(S3, f"{box}/d/")
    found = rows(few, place)
    assert sorted(found) == ROWS
    assert sorted(f"d/{name}" for name in flat(few, place)) == sorted(KEYS[:-1])
    assert len(new) == 1
    assert proxy.count("ListObjectsV2") == 0


@pytest.mark.parametrize("refuses", [True, False], ids=["refuses", "takes it for the old one"])
def test_a_server_that_never_says_where_it_goes_on(
    proxy: Proxy, few: S3Storage, box: str, refuses: bool
) -> None:
    """As it is told without a delimiter, where clients go on behind the last key."""

    def hook(client: Any) -> None:
        def without(response_dict: dict[str, Any], **_more: object) -> None:
            body = response_dict["body"]
            response_dict["body"] = re.sub(rb"<NextMarker>.*?</NextMarker>", b"", body)

        client.meta.events.register_first("before-parse.s3.ListObjects", without)
        if not refuses:
            register = client.meta.events.register
            register("before-call.s3.ListObjectsV2", lambda params, **_more: _as_old(params))

    few.on_new_client(hook)
    if refuses:
        proxy.rule("ListObjectsV2", Answer(501, "NotImplemented"))
    place = Location(S3, f"{box}/d/")
    assert sorted(rows(few, place)) == ROWS
    assert sorted(f"d/{name}" for name in flat(few, place)) == sorted(KEYS[:-1])


def _as_old(params: dict[str, str]) -> None:
    params["url"] = params["url"].replace("list-type=2", "list-kind=2")


def test_what_a_good_server_refuses_is_not_asked_twice(
    proxy: Proxy, storage: S3Storage, box: str
) -> None:
    place = Location(S3, f"{box}/d/")
    rows(storage, place)
    proxy.rule("ListObjectsV2", Answer(400, "InvalidArgument"))
    with pytest.raises(StorageError):
        rows(storage, place)
    assert proxy.count("ListObjects") == 0
    proxy.clear_rules()
    proxy.rule("ListObjectsV2", Answer(403, "AccessDenied"))
    with pytest.raises(Denied):
        rows(S3Storage(S3, {"max_retries": 0}), place)
    assert proxy.count("ListObjects") == 0


def test_where_both_are_refused_the_first_fault_is_told(
    proxy: Proxy, storage: S3Storage, box: str
) -> None:
    proxy.rule("ListObjectsV2", Answer(400, "InvalidArgument"))
    proxy.rule("ListObjects", Answer(403, "AccessDenied"))
    with pytest.raises(StorageError) as raised:
        rows(storage, Location(S3, f"{box}/d/"))
    assert raised.value.code == "InvalidArgument"
    proxy.clear_rules()
    assert sorted(rows(storage, Location(S3, f"{box}/d/"))) == ROWS
    assert proxy.count("ListObjectsV2") == 2, "nothing was learned from a fault"


def test_a_server_with_a_region_of_its_own_says_which(
    proxy: Proxy, storage: S3Storage, box: str
) -> None:
    body = (
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message>"
        b"<Region>garage</Region></Error>"
    )
    rule = proxy.rule("*", Answer(400, body=body))
    rule.when = lambda _meaning, headers: "/garage/s3/" not in headers["authorization"]
    top = Location(S3, "")
    hits = []
    for _ in range(2):
        assert (box, True) in rows(storage, top)
        assert sorted(rows(storage, Location(S3, f"{box}/d/"))) == ROWS
        hits.append(rule.hits)
    assert hits[0] == hits[1] > 0, "it is learned once"


def test_without_batches_keys_are_deleted_singly(
    proxy: Proxy, storage: S3Storage, moto_server: Server, box: str
) -> None:
    proxy.rule("DeleteObjects", Answer(405, "MethodNotAllowed"))
    proxy.rule("DeleteObject", Answer(403, "AccessDenied"), key="d/01")
    many = storage.facets.delete_many
    assert many is not None
    for half in (KEYS[:8], KEYS[8:]):
        items = [(Location(S3, f"{box}/{key}"), None) for key in half]
        removals = many.delete_many(items)
        assert [removal.location for removal in removals] == [place for place, _ in items]
        for removal in removals:
            denied = removal.location.inner_key == "d/01"
            assert isinstance(removal.error, Denied) if denied else removal.error is None
    assert moto_server.keys(box) == ["d/01"]
    assert proxy.count("DeleteObjects") == 1
