"""Deletes: what is not ours to delete, what was gone already, and batches that are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from threading import Thread

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, Hold
from tests.servers.server import Server
from tests.storage.s3.pieces import row, stored
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, ObjectDetails
from tfm.model.errors import Denied, InvalidName, Throttled, TooLate
from tfm.model.location import S3, Location
from tfm.ops.context import OpContext, Outcome, Report
from tfm.ops.order import Order
from tfm.ops.remove import remove
from tfm.storage.facets import DeleteMany
from tfm.storage.s3.remove import Remover
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

At = Callable[[str], Location]


@pytest.fixture
def many(storage: S3Storage) -> DeleteMany:
    found = storage.facets.delete_many
    assert found is not None
    return found


def without_etag(entry: Entry) -> Entry:
    assert isinstance(entry.details, ObjectDetails)
    return replace(entry, details=entry.details._replace(etag=""))


def test_a_bucket_is_not_deleted(proxy: Proxy, storage: S3Storage, at: At) -> None:
    for place in (at(""), Location(S3, "")):
        with pytest.raises(Denied, match="does not delete buckets"):
            storage.delete(place)
    assert proxy.counts() == {}


def test_what_went_meanwhile_is_deleted(
    proxy: Proxy, storage: S3Storage, many: DeleteMany, at: At, ministack_server: Server, box: str
) -> None:
    stored(ministack_server, at("a"), b"x")
    shown = row(storage, at("a"))
    ministack_server.client().delete_object(Bucket=box, Key="a")
    [removal] = many.delete_many([(at("a"), shown)])
    assert removal.error is None
    answer = b"<DeleteResult><Error><Key>a</Key><Code>NoSuchKey</Code></Error></DeleteResult>"
    proxy.rule("DeleteObjects", Answer(200, body=answer))
    [removal] = many.delete_many([(at("a"), None)])
    assert removal.error is None


def test_of_one_deleted_singly_the_fault_is_its_own(
    proxy: Proxy, storage: S3Storage, many: DeleteMany, at: At, ministack_server: Server
) -> None:
    stored(ministack_server, at("a"), b"x")
    proxy.rule("DeleteObject", Answer(403, "AccessDenied"))
    places = [(at("a"), row(storage, at("a"))), (at("b\n"), None), (Location(S3, "B/x\n"), None)]
    first, second, third = many.delete_many(places)
    assert isinstance(first.error, Denied) and isinstance(second.error, Denied)
    assert isinstance(third.error, InvalidName)


def test_a_batch_that_is_refused_deletes_none_and_is_not_sent_again(
    proxy: Proxy, many: DeleteMany, at: At, ministack_server: Server, box: str
) -> None:
    for name in ("a", "b"):
        stored(ministack_server, at(name), b"x")
    proxy.rule("DeleteObjects", Answer(403, "AccessDenied"))
    removals = many.delete_many([(at("a"), None), (at("b"), None)])
    assert all(isinstance(removal.error, Denied) for removal in removals)
    assert proxy.count("DeleteObjects") == 1
    assert ministack_server.keys(box) == ["a", "b"]


def refused(key: str, code: str) -> Answer:
    """One key is refused in an answer of 200."""
    error = f"<Error><Key>{key}</Key><Code>{code}</Code></Error>"
    body = f"<DeleteResult>{error}</DeleteResult>".encode()
    return Answer(200, headers={"x-amz-request-id": "NUMBER7"}, body=body)


@pytest.mark.parametrize("code", ["InternalError", "SlowDown"])
def test_a_key_that_cannot_go_at_this_moment_is_asked_for_again(
    proxy: Proxy, many: DeleteMany, at: At, ministack_server: Server, box: str, code: str
) -> None:
    for name in ("a", "b"):
        stored(ministack_server, at(name), b"x")
    proxy.rule("DeleteObjects", refused("a", code), nth=1)
    removals = many.delete_many([(at("a"), None), (at("b"), None)])
    assert [removal.error for removal in removals] == [None, None]
    assert ministack_server.keys(box) == []
    assert proxy.count("DeleteObjects") == 2


def test_a_key_that_never_goes_ends_as_failed_with_the_reason(
    proxy: Proxy, many: DeleteMany, at: At
) -> None:
    proxy.rule("DeleteObjects", refused("a", "InternalError"))
    [removal] = many.delete_many([(at("a"), None)])
    assert isinstance(removal.error, Throttled)
    assert removal.error.request_id == "NUMBER7"
    assert proxy.count("DeleteObjects") == 5  # max_retries of the options


def test_what_was_done_before_a_cancel_is_told_as_done(
    proxy: Proxy, many: DeleteMany, at: At
) -> None:
    cancel = CancelToken()
    error = "<Error><Key>a</Key><Code>SlowDown</Code></Error>"
    told = f"<DeleteResult><Deleted><Key>b</Key></Deleted>{error}</DeleteResult>"
    rule = proxy.rule("DeleteObjects", Answer(200, body=told.encode()))

    def cancelled(_meaning: object, _headers: object) -> bool:
        cancel.cancel()
        return True

    rule.when = cancelled
    first, second = many.delete_many([(at("a"), None), (at("b"), None)], cancel)
    assert isinstance(first.error, Throttled)
    assert second.error is None


def test_a_code_is_good_for_one_request(proxy: Proxy, many: DeleteMany, at: At) -> None:
    proxy.rule("DeleteObjects", refused("a", "InternalError"))
    assert isinstance(many, Remover)
    [removal] = many.delete_many([(at("a"), None)], code="arn 123456")
    assert isinstance(removal.error, Throttled)
    assert proxy.count("DeleteObjects") == 1


@pytest.mark.parametrize("code", ["MissingContentMD5", "InvalidRequest"])
def test_that_a_server_insists_on_content_md5_is_learned_once(
    proxy: Proxy, many: DeleteMany, at: At, ministack_server: Server, box: str, code: str
) -> None:
    rule = proxy.rule("DeleteObjects", Answer(400, code))
    rule.when = lambda _meaning, headers: "content-md5" not in headers
    for name in ("a", "b"):
        stored(ministack_server, at(name), b"x")
        [removal] = many.delete_many([(at(name), None)])
        assert removal.error is None
    assert proxy.count("DeleteObjects") == 3
    assert ministack_server.keys(box) == []


@pytest.mark.parametrize("code", ["MissingContentMD5", "InvalidRequest"])
def test_one_that_was_under_way_when_another_learned_of_content_md5_is_sent_again(
    proxy: Proxy, storage: S3Storage, many: DeleteMany, at: At, ministack_server: Server, code: str
) -> None:
    rule = proxy.rule("DeleteObjects", Answer(400, code))

    def meanwhile(_meaning: object, headers: Mapping[str, str]) -> bool:
        storage._calls.sign_with_md5(signed=False)
        return "content-md5" not in headers

    rule.when = meanwhile
    stored(ministack_server, at("a"), b"x")
    [removal] = many.delete_many([(at("a"), None)])
    assert removal.error is None
    assert proxy.count("DeleteObjects") == 2


def test_a_refusal_that_has_nothing_to_do_with_content_md5_is_asked_about_once(
    proxy: Proxy, many: DeleteMany, at: At, ministack_server: Server
) -> None:
    proxy.rule("DeleteObjects", Answer(400, "InvalidRequest"))
    stored(ministack_server, at("a"), b"x")
    for _ in range(2):
        [removal] = many.delete_many([(at("a"), None)])
        assert removal.error is not None
    assert proxy.count("DeleteObjects") == 3


@pytest.mark.parametrize("code", ["MalformedPOSTRequest", "XNotImplemented"])
def test_a_server_without_batches_is_known_by_what_it_says(
    proxy: Proxy, many: DeleteMany, at: At, ministack_server: Server, box: str, code: str
) -> None:
    proxy.rule("DeleteObjects", Answer(400, code))
    stored(ministack_server, at("a"), b"x")
    [removal] = many.delete_many([(at("a"), None)])
    assert removal.error is None
    assert ministack_server.keys(box) == []


def test_without_an_etag_the_size_is_compared(
    storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    stored(ministack_server, at("a"), b"x")
    shown = without_etag(row(storage, at("a")))
    with pytest.raises(TooLate):
        storage.delete(at("a"), expected=replace(shown, size=2))
    assert ministack_server.keys(box) == ["a"]
    storage.delete(at("a"), expected=shown)
    assert ministack_server.keys(box) == []


def test_a_cancel_among_single_deletes_tells_which_were_done(
    proxy: Proxy, storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    vfs, token, hold = Vfs(storages={S3: storage}), CancelToken(), Hold()
    places = [at(name) for name in "abcd"]
    for place in places:
        stored(ministack_server, place, b"x")
    picked = [(place, row(storage, place)) for place in places]
    proxy.rule("DeleteObjects", Answer(501, "NotImplemented"))
    proxy.rule("DeleteObject", hold, nth=3)
    reports: list[Report] = []
    job = Thread(target=lambda: reports.append(remove(OpContext(vfs, token), picked)))
    job.start()
    hold.wait_reached()
    token.cancel()
    hold.release()
    job.join(10)
    outcomes = {item.source.name: item.outcome for item in reports[0].items}
    assert outcomes["a"] is outcomes["b"] is Outcome.DONE
    assert outcomes["d"] is Outcome.CANCELLED
    assert "d" in ministack_server.keys(box)


def test_a_delete_that_is_taken_up_leaves_what_was_replaced_since_it_was_confirmed(
    storage: S3Storage, at: At, ministack_server: Server, box: str
) -> None:
    for name in ("a", "b"):
        stored(ministack_server, at(name), b"x")
    order = Order("delete", tuple((at(name), row(storage, at(name))) for name in ("a", "b")))
    stored(ministack_server, at("b"), b"of today")
    report = order.run_again(OpContext(Vfs(storages={S3: storage})))
    assert {item.source.name: type(item.error) for item in report.items} == {
        "a": type(None),
        "b": TooLate,
    }
    assert ministack_server.keys(box) == ["b"]
