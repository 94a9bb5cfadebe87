"""Buckets: made with what was chosen, looked at, removed when nothing is in them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer, DropAnswer, EditHeaders
from tests.servers.server import Server
from tfm.model.cancel import NEVER
from tfm.model.entry import ContainerDetails
from tfm.model.errors import AlreadyExists, Denied, InvalidName, NotEmpty, Unsupported
from tfm.model.location import S3, Location
from tfm.storage.container_facets import Containers
from tfm.storage.s3.keys import fault_in_new_bucket
from tfm.storage.s3.storage import S3Storage

_numbers = count(1)


class Box:
    """A storage behind the proxy, and a client that looks behind both; what is made is removed."""

    def __init__(self, server: Server, *, amazon: bool) -> None:
        self.server, self.proxy = server, Proxy(server)
        self.client: Any = server.client()
        self.made: list[str] = []
        options = {"endpoint_url": self.proxy.endpoint_url, "retry_delay": 0.01, "outage_wait": 0.0}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in server.environment().items():
                patch.setenv(name, value)
            if amazon:
                patch.setattr("tfm.storage.s3.client.is_aws", lambda _url: True)
            self.storage = S3Storage(S3, options)
            assert self.storage._calls.on_aws is amazon

    @property
    def facet(self) -> Containers:
        facet = self.storage.facets.containers
        assert facet is not None
        return facet

    def place(self) -> Location:
        name = f"made-{next(_numbers)}"
        self.made.append(name)
        return Location(S3, f"{name}/")

    def clear(self) -> None:
        """For the next test."""
        self.proxy.clear_rules()
        while self.made:
            self.server.discard(self.made.pop())
        self.proxy.reset()


def _opened(server: Server, *, amazon: bool) -> Iterator[Box]:
    box = Box(server, amazon=amazon)
    yield box
    box.storage.close()
    box.proxy.close()


@pytest.fixture(scope="module")
def _box(moto_server: Server) -> Iterator[Box]:
    yield from _opened(moto_server, amazon=False)


@pytest.fixture(scope="module")
def _amazon(moto_server: Server) -> Iterator[Box]:
    yield from _opened(moto_server, amazon=True)


@pytest.fixture
def box(_box: Box) -> Iterator[Box]:
    """One storage for all tests: making a client takes longer than what is tested."""
    yield _box
    _box.clear()


@pytest.fixture
def amazon(_amazon: Box) -> Iterator[Box]:
    """The same, taken for Amazon's."""
    yield _amazon
    _amazon.clear()


# -- made --------------------------------------------------------------------------------------------


def test_with_everything_that_can_be_chosen(box: Box) -> None:
    place = box.place()
    chosen = {"region": "eu-west-1", "versions": "on", "encryption": "SSE-KMS", "key": "alias/x"}
    made = box.facet.create(place, chosen)
    assert made.missed == ()
    assert made.notes == ()
    assert made.kept == ("public access blocked", "versions", "encryption SSE-KMS")
    client, name = box.client, place.container
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert client.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rules = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": "alias/x",
    }
    assert rules[0]["BucketKeyEnabled"] is True
    block = client.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4


def test_us_east_1_is_sent_no_name_of_a_region(amazon: Box) -> None:
    for region in ("", "us-east-1"):
        amazon.facet.create(amazon.place(), {"region": region})
    assert [each.request_length for each in amazon.proxy.exchanges("CreateBucket")] == [0, 0]
    # nothing is read back where the server is known to heed what it is sent
    amazon.proxy.expect({"HeadBucket": 2, "CreateBucket": 2, "PutPublicAccessBlock": 2})


def test_another_home_is_named(amazon: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amazon.storage._calls.clients, "_home", "eu-central-1")
    place = amazon.place()
    amazon.facet.create(place, {})
    told = amazon.client.get_bucket_location(Bucket=place.container)
    assert told["LocationConstraint"] == "eu-central-1"


def test_object_lock_and_public_access(box: Box) -> None:
    place = box.place()
    made = box.facet.create(place, {"lock": "on", "public": "not blocked"})
    assert made.missed == ()
    assert made.kept == ("public access not blocked", "object lock")
    told = box.client.get_object_lock_configuration(Bucket=place.container)
    assert told["ObjectLockConfiguration"]["ObjectLockEnabled"] == "Enabled"
    assert box.facet.glance(place).told[0] == ("versions", "on")


def test_one_that_is_there_is_not_touched(box: Box) -> None:
    place = box.place()
    box.client.create_bucket(Bucket=place.container)
    with pytest.raises(AlreadyExists, match="already, and this login can reach it") as caught:
        box.facet.create(place, {"versions": "on"})
    assert "Nothing was changed" in caught.value.hint
    box.proxy.expect({"HeadBucket": 1})
    assert "Status" not in box.client.get_bucket_versioning(Bucket=place.container)


@pytest.mark.parametrize(
    ("code", "words"),
    [("BucketAlreadyExists", "belongs to somebody"), ("BucketAlreadyOwnedByYou", "you have a")],
)
def test_one_that_came_meanwhile(box: Box, code: str, words: str) -> None:
    box.proxy.rule("CreateBucket", Answer(409, code))
    with pytest.raises(AlreadyExists, match=words):
        box.facet.create(box.place(), {})
    assert box.proxy.counts()["CreateBucket"] == 1
    assert "PutPublicAccessBlock" not in box.proxy.counts()


def test_one_of_somebody_else(box: Box) -> None:
    box.proxy.rule("HeadBucket", Answer(403, "AccessDenied"))
    with pytest.raises(AlreadyExists, match="belongs to somebody else"):
        box.facet.create(box.place(), {})
    assert "CreateBucket" not in box.proxy.counts()


def test_a_lost_answer_does_not_make_it_somebody_elses(box: Box) -> None:
    box.proxy.rule("CreateBucket", DropAnswer(), nth=1)
    place = box.place()
    made = box.facet.create(place, {"region": "eu-west-1", "versions": "on"})
    assert made.kept == ("public access blocked", "versions")
    assert box.client.get_bucket_versioning(Bucket=place.container)["Status"] == "Enabled"


def test_a_setting_that_fails_is_told_and_the_others_are_made(box: Box) -> None:
    box.proxy.rule("PutBucketVersioning", Answer(403, "AccessDenied"))
    place = box.place()
    made = box.facet.create(place, {"versions": "on", "encryption": "SSE-S3"})
    assert made.kept == ("public access blocked", "encryption SSE-S3")
    [(words, error)] = made.missed
    assert words == "versions"
    assert isinstance(error, Denied)
    box.client.head_bucket(Bucket=place.container)


def test_what_a_server_takes_and_forgets_is_not_called_set(box: Box) -> None:
    for operation in ("PutBucketVersioning", "PutPublicAccessBlock"):
        box.proxy.rule(operation, Answer(200, body=b""))
    made = box.facet.create(box.place(), {"versions": "on"})
    assert made.kept == ()
    [(words, error)] = made.missed
    assert words == "versions"
    assert isinstance(error, Unsupported)
    [note] = made.notes  # nobody asked for this one
    assert "public access blocked" in note


def test_what_a_make_of_server_is_known_to_lack_is_not_asked_for(box: Box) -> None:
    box.proxy.rule("*", EditHeaders(response={"server": "MinIO"}))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in box.proxy.environment().items():
            patch.setenv(name, value)
        storage = S3Storage(S3, {})
        assert storage.facets.containers is not None
        made = storage.facets.containers.create(box.place(), {"versions": "on"})
        storage.close()
    assert (made.kept, made.missed) == (("versions",), ())
    assert made.notes == ("Not set: public access blocked; this server has no such thing.",)
    assert "PutPublicAccessBlock" not in box.proxy.counts()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("ab", "3 to 63"),
        ("a" * 64, "3 to 63"),
        ("Photos", "small letters"),
        ("my_photos", "small letters"),
        ("фото", "small letters"),
        ("-photos", "begins and ends"),
        ("photos.", "begins and ends"),
        ("my..photos", "two dots"),
        ("192.168.5.4", "IP address"),
        ("xn--photos", "begin with xn--"),
        ("sthree-photos", "begin with sthree-"),
        ("photos-s3alias", "end with -s3alias"),
        ("photos--x-s3", "end with --x-s3"),
        ("photos", ""),
        ("my.photos-2026", ""),
        ("1st", ""),
    ],
)
def test_the_rules_for_names(name: str, rule: str) -> None:
    fault = fault_in_new_bucket(name)
    assert rule in fault
    assert bool(fault) is bool(rule)


def test_a_choice_that_is_none_sends_nothing(box: Box) -> None:
    for chosen in ({"versions": "maybe"}, {"key": "alias/x"}, {"encryption": "ROT13"}):
        with pytest.raises(InvalidName):
            box.facet.create(box.place(), chosen)
    assert box.proxy.counts() == {}


# -- removed -----------------------------------------------------------------------------------------


def test_old_versions_and_uploads_keep_it(box: Box) -> None:
    place, client = box.place(), box.client
    name = place.container
    client.create_bucket(Bucket=name)
    upload = client.create_multipart_upload(Bucket=name, Key="big")["UploadId"]
    assert box.facet.holds(place) == "unfinished uploads"
    with pytest.raises(NotEmpty, match="unfinished uploads"):
        box.facet.remove(place)
    client.abort_multipart_upload(Bucket=name, Key="big", UploadId=upload)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=name, Key="a", Body=b"x")
    client.delete_object(Bucket=name, Key="a")
    assert box.facet.holds(place) == "old versions or delete markers"
    with pytest.raises(NotEmpty, match="old versions"):
        box.facet.remove(place)
    assert "DeleteBucket" not in box.proxy.counts()


def test_a_lost_answer_is_no_failure(box: Box) -> None:
    place = box.place()
    box.client.create_bucket(Bucket=place.container)
    box.proxy.rule("DeleteBucket", DropAnswer(), nth=1)
    assert box.facet.remove(place).covers(place.parent)
    assert place.container not in [b["Name"] for b in box.client.list_buckets()["Buckets"]]


# -- looked at ---------------------------------------------------------------------------------------


def test_the_list_itself_looks_at_none_of_them(amazon: Box) -> None:
    place = amazon.place()
    amazon.client.create_bucket(Bucket=place.container)
    rows = [row for page in amazon.storage.scan(Location(S3, ""), NEVER) for row in page]
    amazon.proxy.expect({"ListBuckets": 1})
    [row] = [row for row in rows if row.name == place.container]
    assert row.mtime_ns is not None
    assert isinstance(row.details, ContainerDetails)
    texts = {column.id: column.text(row) for column in amazon.facet.columns}
    assert texts["region"] in ("us-east-1", "")  # as far as the server tells
    assert {texts[name] for name in amazon.facet.asked} == {""}


def test_a_glance_costs_three_requests_once(box: Box) -> None:
    place = box.place()
    box.facet.create(place, {"versions": "on", "encryption": "SSE-S3"})
    box.proxy.reset()
    glance = box.facet.glance(place)
    assert box.facet.glance(place) == glance
    assert dict(glance.told) == {"versions": "on", "encryption": "SSE-S3", "public": "no"}
    box.proxy.expect(
        {"GetBucketVersioning": 1, "GetBucketEncryption": 1, "GetPublicAccessBlock": 1}
    )


def test_what_lets_everybody_in_shows(box: Box) -> None:
    place = box.place()
    box.facet.create(place, {"public": "not blocked"})
    assert dict(box.facet.glance(place).told)["public"] == "no"
    other = box.place()
    box.facet.create(other, {"public": "not blocked"})
    box.client.put_bucket_acl(Bucket=other.container, ACL="public-read")
    glance = box.facet.glance(other)
    assert dict(glance.told)["public"] == "PUBLIC"
    assert "access list" in dict(glance.facts)["Public access"]


def test_what_may_not_be_asked_is_a_question_mark_with_the_right_in_the_details(box: Box) -> None:
    place = box.place()
    box.facet.create(place, {"public": "not blocked"})
    denied = (
        *("GetBucketVersioning", "GetBucketEncryption", "GetPublicAccessBlock"),
        *("GetBucketPolicyStatus", "GetBucketAcl"),
    )
    for operation in denied:
        box.proxy.rule(operation, Answer(403, "AccessDenied"))
    assert {text for _name, text in box.facet.glance(place).told} == {"?"}
    describe = box.storage.facets.describe
    assert describe is not None
    facts = {fact.label: fact.value for fact in describe.describe(place)}
    assert "s3:GetBucketVersioning" in facts["Versions"]
    assert "s3:GetEncryptionConfiguration" in facts["Default encryption"]
    assert "s3:GetBucketPublicAccessBlock" in facts["Public access"]


def test_with_the_setting_off_nothing_is_asked(box: Box) -> None:
    storage = S3Storage(S3, {"bucket_columns": False})
    facet = storage.facets.containers
    assert facet is not None
    assert not facet.asked
    assert [column.id for column in facet.columns] == ["time", "region"]
