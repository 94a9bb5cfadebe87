"""A server that takes conditions of writes and ignores them is found out before it can do harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, EditHeaders
from tests.servers.server import Server
from tfm.model.errors import AlreadyExists, StorageError, TooLate
from tfm.model.location import S3, Location
from tfm.storage.base import Hints, Work
from tfm.storage.s3.publish import NOT_ATOMIC
from tfm.storage.s3.storage import S3Storage

DEAF = EditHeaders(request={"if-match": None, "if-none-match": None})
"""Old MinIO, for one."""
NAMELESS = EditHeaders(response={"server": None})
"""So that nobody is recognised."""


@pytest.fixture
def proxy(moto_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    made = proxy_for(moto_server)
    made.rule("*", NAMELESS)
    return made


@pytest.fixture
def box(moto_server: Server, new_bucket: Callable[[Server], str]) -> str:
    return new_bucket(moto_server)


@pytest.fixture
def storage(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Storage]:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    opened = S3Storage(S3, {"retry_delay": 0.01, "outage_wait": 0.0})
    yield opened
    opened.close()


def write(storage: S3Storage, place: Location, data: bytes, hints: Hints | None = None) -> str:
    writer = storage.open_write(place, hints or Hints(size=len(data)), Work())
    try:
        writer.write(data)
        return " ".join(writer.commit().notes)
    finally:
        writer.abort()


def test_nothing_is_overwritten_where_conditions_are_ignored(
    storage: S3Storage, proxy: Proxy, moto_server: Server, box: str
) -> None:
    proxy.rule("PutObject", DEAF)
    client, place = moto_server.client(), Location(S3, f"{box}/a")
    client.put_object(Bucket=box, Key="a", Body=b"theirs")
    for _ in range(2):
        with pytest.raises(AlreadyExists):
            write(storage, place, b"mine")
    seen = storage.stat(place)
    client.put_object(Bucket=box, Key="a", Body=b"theirs, changed")
    with pytest.raises(TooLate):
        write(storage, place, b"mine", Hints(size=4, replaces=seen))
    assert proxy.exchanges("PutObject") == []
    assert NOT_ATOMIC in write(storage, place, b"mine", Hints(size=4, replaces=storage.stat(place)))
    assert client.get_object(Bucket=box, Key="a")["Body"].read() == b"mine"
    with pytest.raises(AlreadyExists):
        write(storage, place, b"again")
    assert NOT_ATOMIC in write(storage, Location(S3, f"{box}/b"), b"new")
    assert len(proxy.exchanges("PutObject")) == 2  # what was sent in vain did what was wanted


def test_a_server_that_compares_is_asked_once(
    storage: S3Storage, proxy: Proxy, moto_server: Server, box: str
) -> None:
    for name in ("a", "b"):
        assert write(storage, Location(S3, f"{box}/{name}"), name.encode()) == ""
    asked = proxy.exchanges("PutObject")
    assert [each.headers.get("if-none-match") for each in asked] == [None, "*", "*"]
    assert asked[0].status in (404, 412)
    assert moto_server.keys(box) == ["a", "b"]
    assert len(proxy.exchanges("HeadObject")) == 2  # the first of all, and before what goes in vain


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchVersion"])
def test_each_way_to_say_that_nothing_is_there_shows_that_it_compares(
    storage: S3Storage, proxy: Proxy, moto_server: Server, box: str, code: str
) -> None:
    proxy.rule("PutObject", Answer(404, code), nth=1)  # MinIO speaks of versions
    assert write(storage, Location(S3, f"{box}/a"), b"a") == ""
    assert moto_server.keys(box) == ["a"]
    seen = storage.stat(Location(S3, f"{box}/a"))
    moto_server.client().delete_object(Bucket=box, Key="a")
    proxy.rule("PutObject", Answer(404, code))
    with pytest.raises(TooLate):
        write(storage, Location(S3, f"{box}/a"), b"b", Hints(size=1, replaces=seen))


def test_a_server_whose_make_is_known_to_compare_is_not_asked(
    storage: S3Storage, proxy: Proxy, box: str
) -> None:
    proxy.clear_rules()
    write(storage, Location(S3, f"{box}/a"), b"a")
    assert len(proxy.exchanges("PutObject")) == 1


def test_what_fails_otherwise_is_no_answer(
    storage: S3Storage, proxy: Proxy, moto_server: Server, box: str
) -> None:
    proxy.rule("PutObject", Answer(403, "AccessDenied"))
    place = Location(S3, f"{box}/a")
    with pytest.raises(StorageError, match="denied"):
        write(storage, place, b"a")
    proxy.clear_rules()
    proxy.rule("*", NAMELESS)
    proxy.rule("PutObject", Answer(501, "NotImplemented"), nth=1)
    assert NOT_ATOMIC in write(storage, place, b"a")
    assert moto_server.keys(box) == ["a"]


def test_a_copy_replaces_nothing_that_came_after_the_look(
    storage: S3Storage, proxy: Proxy, moto_server: Server, box: str
) -> None:
    """It heeds what is said of the source, and ignores what is said of the target, as MinIO does."""
    client = moto_server.client()
    client.put_object(Bucket=box, Key="a", Body=b"mine")
    source, target = Location(S3, f"{box}/a"), Location(S3, f"{box}/b")
    seen, facet = storage.stat(source), storage.facets.server_copy
    assert facet is not None
    client.put_object(Bucket=box, Key="b", Body=b"theirs")
    with pytest.raises(AlreadyExists):
        facet.copy(source, seen, target, Hints(size=4), Work())
    assert proxy.exchanges("CopyObject") == []
    facet.copy(source, seen, Location(S3, f"{box}/c"), Hints(size=4), Work())
    assert client.get_object(Bucket=box, Key="c")["Body"].read() == b"mine"
