"""Buckets for which the requester pays: marked when somebody agreed, and only those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.storage.s3.conftest import MIB
from tests.storage.s3.pieces import MemorySink, MemorySource, work
from tfm.model.cancel import NEVER
from tfm.model.errors import Denied, NeedsPayment
from tfm.model.location import S3, Location
from tfm.storage.base import Hints
from tfm.storage.container_facets import Payment
from tfm.storage.s3.options import S3Options, read_options
from tfm.storage.s3.payment import Payers
from tfm.storage.s3.presign import signed
from tfm.storage.s3.storage import S3Storage

HEADER = "x-amz-request-payer"


class Shared:
    """A bucket of somebody else, which lets in who pays, at a server taken for Amazon's. One storage serves all
    tests: making clients takes longer than what is tested.
    """

    def __init__(self, server: Server) -> None:
        self.proxy, self.name = Proxy(server), ""
        options = {"endpoint_url": self.proxy.endpoint_url, "max_retries": 0, "outage_wait": 0.0}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in server.environment().items():
                patch.setenv(name, value)
            patch.delenv("AWS_SESSION_TOKEN")  # it would stand in a link
            patch.setattr("tfm.storage.s3.client.is_aws", lambda _url: True)
            self.storage = S3Storage(S3, options)
            assert self.storage._calls.on_aws

    def open(self, **options: object) -> S3Storage:
        """As it would be with these options, and before anybody was asked."""
        payers = self.storage._calls.payers
        payers._options = read_options(options)
        payers._answers.clear()
        return self.storage

    def close(self) -> None:
        self.storage.close()
        self.proxy.close()

    def at(self, key: str) -> Location:
        return Location(S3, f"{self.name}/{key}")

    def refuse(self, message: str = "Access Denied") -> None:
        """Every request without the mark."""
        rule = self.proxy.rule("*", Answer(403, "AccessDenied", message), bucket=self.name)
        rule.when = lambda _meaning, headers: HEADER not in headers

    def marked(self) -> set[bool]:
        """Whether the requests so far had the mark."""
        return {
            each.headers.get(HEADER) == "requester"
            for each in self.proxy.exchanges()
            if each.op != "ListBuckets"
        }


@pytest.fixture(scope="module")
def _shared(moto_server: Server) -> Iterator[Shared]:
    made = Shared(moto_server)
    yield made
    made.close()


@pytest.fixture
def shared(
    _shared: Shared, moto_server: Server, new_bucket: Callable[[Server], str]
) -> Iterator[Shared]:
    _shared.name = new_bucket(moto_server)
    moto_server.client().put_object(Bucket=_shared.name, Key="a", Body=b"data")
    yield _shared
    _shared.proxy.clear_rules()
    _shared.proxy.reset()


def payment_of(storage: S3Storage) -> Payment:
    found = storage.facets.payment
    assert found is not None
    return found


def rows(storage: S3Storage, place: Location) -> list[str]:
    return [row.name for page in storage.scan(place, NEVER) for row in page]


def use(storage: S3Storage, shared: Shared) -> None:
    """Every kind of request there is."""
    assert rows(storage, shared.at("")) == ["a"]
    storage.stat(shared.at(""))
    entry = storage.stat(shared.at("a"))
    facets = storage.facets
    assert facets.transfer and facets.server_copy and facets.delete_many and facets.versions
    facets.transfer.upload(MemorySource(b"x"), shared.at("small"), Hints(), work())
    facets.transfer.upload(MemorySource(bytes(6 * MIB)), shared.at("large"), Hints(), work())
    facets.transfer.download(shared.at("a"), entry, MemorySink(), work())
    facets.server_copy.copy(shared.at("a"), entry, shared.at("b"), Hints(), work())
    list(facets.versions.versions(shared.at("a"), NEVER))
    facets.delete_many.delete_many([(shared.at(name), None) for name in ("small", "large", "b")])


def test_every_request_carries_the_mark(shared: Shared) -> None:
    shared.refuse()
    storage = shared.open()
    payment_of(storage).answer(shared.at(""), pay=True)
    use(storage, shared)
    assert shared.marked() == {True}
    seen = set(shared.proxy.counts())
    assert {
        *("ListObjectsV2", "HeadBucket", "HeadObject", "PutObject", "UploadPart", "GetObject"),
        *("CreateMultipartUpload", "CompleteMultipartUpload", "CopyObject", "DeleteObjects"),
        "ListObjectVersions",
    } <= seen


def test_who_pays_is_said_by_the_settings_or_by_somebody() -> None:
    maps, other = Location(S3, "shared-maps/a"), Location(S3, "own/")
    everywhere = Payers(S3Options(requester_pays=True))
    assert everywhere.pays(maps)
    assert everywhere.pays(other)
    by_name = Payers(S3Options(buckets=(("shared-*", (("requester_pays", True),)),)))
    assert by_name.pays(maps)
    assert not by_name.pays(other)
    assert not by_name.pays(Location(S3, ""))
    assert not by_name.is_open("shared-maps")
    asked = Payers(S3Options())
    assert not asked.pays(maps)
    assert asked.is_open("shared-maps")
    asked.answer(maps, pay=True)
    assert asked.pays(maps)
    assert not asked.pays(other)
    asked.answer(other, pay=False)
    assert not asked.is_open("own")
    assert not Payers(S3Options(no_sign_request=True)).is_open("own")


def test_no_other_bucket_is_paid_for(shared: Shared, new_bucket: Any, moto_server: Server) -> None:
    other = Location(S3, f"{new_bucket(moto_server)}/")
    storage = shared.open()
    payment_of(storage).answer(shared.at(""), pay=True)
    rows(storage, other)
    rows(storage, Location(S3, ""))
    assert shared.marked() == {False}
    # a copy out of it is: the source is read at our cost
    entry = storage.stat(shared.at("a"))
    assert storage.facets.server_copy is not None
    shared.proxy.reset()
    storage.facets.server_copy.copy(shared.at("a"), entry, other.child("a"), Hints(), work())
    assert [each.headers.get(HEADER) for each in shared.proxy.exchanges("CopyObject")] == [
        "requester"
    ]


@pytest.mark.parametrize(
    "message",
    [
        "Access Denied",
        "Bucket is a requester pays bucket but no x-amz-request-payer header provided.",
    ],
)
def test_a_plain_refusal_may_be_about_money_and_is_never_answered_silently(
    shared: Shared, message: str
) -> None:
    shared.refuse(message)
    storage = shared.open()
    for act in (
        lambda: rows(storage, shared.at("")),
        lambda: storage.stat(shared.at("a")),
    ):
        with pytest.raises(NeedsPayment) as caught:
            act()
        assert caught.value.place is not None
        assert caught.value.place.container == shared.name
        assert "--requester-pays" in caught.value.hint
    assert shared.marked() == {False}
    payment_of(storage).answer(shared.at(""), pay=False)
    with pytest.raises(Denied) as denied:
        rows(storage, shared.at(""))
    assert not isinstance(denied.value, NeedsPayment)
    assert shared.marked() == {False}


def test_what_money_cannot_cure_is_denied(shared: Shared) -> None:
    shared.refuse("User: x is not authorized to perform: s3:ListBucket on resource: y")
    with pytest.raises(Denied) as denied:
        rows(shared.open(), shared.at(""))
    assert not isinstance(denied.value, NeedsPayment)
    shared.proxy.clear_rules()
    shared.proxy.rule("*", Answer(403, "AccessDenied"), bucket=shared.name)
    with pytest.raises(Denied) as denied:
        rows(shared.open(requester_pays=True), shared.at(""))
    assert not isinstance(denied.value, NeedsPayment)


def test_other_servers_know_no_such_thing(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.storage._calls.clients, "aws", False)
    shared.refuse()
    with pytest.raises(Denied) as denied:
        rows(shared.open(), shared.at(""))
    assert not isinstance(denied.value, NeedsPayment)


def test_a_link_says_who_pays(shared: Shared) -> None:
    storage = shared.open(requester_pays=True)
    assert storage.facets.presign is not None
    for upload in (False, True):
        url = storage.facets.presign.link(shared.at("d/ä b"), 60, upload=upload).url
        told = dict(parse_qsl(urlsplit(url).query))
        assert told[HEADER] == "requester"
        assert told["X-Amz-SignedHeaders"] == "host"  # whoever has it sends no others


def test_such_a_link_is_signed_as_the_sdk_signs(shared: Shared) -> None:
    client = shared.open()._calls.clients.get(shared.name, bulk=False)
    names = {"Bucket": shared.name, "Key": "d/ä b"}
    told = ours = ""
    for _ in range(3):
        told = client.generate_presigned_url("get_object", Params=names, ExpiresIn=60)
        ours = signed(client, told.partition("?")[0], "GET", 60)
        dates = [dict(parse_qsl(urlsplit(url).query))["X-Amz-Date"] for url in (told, ours)]
        if len(set(dates)) == 1:  # else a second has just ended
            break
    assert ours
    assert ours == told
