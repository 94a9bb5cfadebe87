"""Keys of KMS: listed where there is such a service, told why not where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import boto3
import pytest

from tests.servers.server import Server
from tfm.model.cancel import NEVER
from tfm.model.errors import Denied, StorageError, Unsupported
from tfm.model.location import S3, Location
from tfm.storage.s3.held import differences, stated
from tfm.storage.s3.storage import S3Storage
from tfm.storage.server_keys import ServerKey, ServerKeys

PLACE = Location(S3, "box-1/d/a")


def kms_of(server: Server) -> Any:
    """A plain client of the same server."""
    return boto3.session.Session().client(
        "kms",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )


@pytest.fixture
def storage(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Storage]:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    opened = S3Storage(S3, {"endpoint_url": moto_server.endpoint_url})
    yield opened
    opened.close()


def facet_of(storage: S3Storage) -> ServerKeys:
    facet = storage.facets.keys
    assert facet is not None
    return facet


def listed(storage: S3Storage) -> list[ServerKey]:
    return [key for page in facet_of(storage).keys(PLACE, NEVER) for key in page]


def test_by_alias_then_the_others_each_once(storage: S3Storage, moto_server: Server) -> None:
    kms = kms_of(moto_server)
    made = [kms.create_key(Description=text)["KeyMetadata"] for text in ("photos", "no name")]
    kms.create_alias(AliasName="alias/photos", TargetKeyId=made[0]["KeyId"])
    found = {key.name: key for key in listed(storage)}
    assert found[made[0]["Arn"]].alias == "alias/photos"
    assert found[made[1]["Arn"]] == ServerKey(made[1]["Arn"])
    names = [key.name for key in listed(storage)]
    assert len(names) == len(set(names))
    assert "photos" in facet_of(storage).about(PLACE, found[made[0]["Arn"]]).text
    kms.delete_alias(AliasName="alias/photos")


def test_keys_that_are_of_no_use_say_so(storage: S3Storage, moto_server: Server) -> None:
    kms, facet = kms_of(moto_server), facet_of(storage)
    signing = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    off = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=off)
    assert "symmetric" in facet.about(PLACE, ServerKey(signing)).refusal
    assert "Disabled" in facet.about(PLACE, ServerKey(off)).refusal
    with pytest.raises(StorageError):
        facet.about(PLACE, ServerKey("arn:aws:kms:us-east-1:123456789012:key/absent"))


class FakeKms:
    """Answers as AWS does where moto does not: pages, keys of other services, missing rights."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[tuple[str, object]] = []

    def list_aliases(self, **given: Any) -> dict[str, Any]:
        self.asked.append(("aliases", given.get("Marker")))
        start = "arn:aws:kms:eu-west-1:1:"
        rows = [
            {"AliasName": name, "AliasArn": start + name, "TargetKeyId": f"id-{name[-2:]}"}
            for name in ("alias/aws/ebs", "alias/aws/s3", "alias/mine")
        ]
        unborn = {"AliasName": "alias/aws/rds", "AliasArn": start + "alias/aws/rds"}
        if "Marker" in given:
            return {"Aliases": rows[1:], "Truncated": False}
        return {"Aliases": [rows[0], unborn], "Truncated": True, "NextMarker": "more"}

    def list_keys(self, **given: Any) -> dict[str, Any]:
        self.asked.append(("keys", given.get("Marker")))
        if self.error is not None:
            raise self.error
        return {
            "Keys": [
                {"KeyId": "x", "KeyArn": f"arn:aws:kms:eu-west-1:1:key/{n}"} for n in ("id-s3", "y")
            ]
        }


def test_pages_go_on_and_keys_of_other_services_are_greyed(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeKms()
    monkeypatch.setattr(storage._calls.clients, "service", lambda *_names: nullcontext(fake))
    found = listed(storage)
    assert [(key.name.rpartition(":")[2], key.alias, bool(key.refusal)) for key in found] == [
        ("key/id-bs", "alias/aws/ebs", True),
        ("key/id-s3", "alias/aws/s3", False),
        ("key/id-ne", "alias/mine", False),
        ("key/y", "", False),
    ]
    assert fake.asked == [("aliases", None), ("aliases", "more"), ("keys", None)]


def test_without_the_right_to_list_keys_those_with_a_name_are_told(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    answer = {
        "Error": {"Code": "AccessDeniedException"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    fake = FakeKms(ClientError(answer, "ListKeys"))
    monkeypatch.setattr(storage._calls.clients, "service", lambda *_names: nullcontext(fake))
    assert len(listed(storage)) == 3
    fake.list_aliases = fake.list_keys  # type: ignore[method-assign]
    with pytest.raises(Denied, match="access denied"):
        listed(storage)


def test_a_server_without_such_a_service_is_not_asked(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Amazon's is not asked about the keys of somebody else's server."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with pytest.raises(Unsupported, match="type the id"):
        listed(storage)


def test_another_endpoint_may_keep_the_keys(
    storage: S3Storage, moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", moto_server.endpoint_url)
    name = kms_of(moto_server).create_key()["KeyMetadata"]["Arn"]
    assert name in {key.name for key in listed(storage)}


@pytest.mark.parametrize(("now", "taken"), [("new", True), ("old", False), ("", False)])
def test_a_key_that_was_typed_by_its_alias_is_told_by_its_id(now: str, taken: bool) -> None:
    """Only that it is another one can be seen."""

    def head(key: str) -> dict[str, Any]:
        told = {"SSEKMSKeyId": f"arn:aws:kms:eu-west-1:1:key/{key}"} if key else {}
        return {"ServerSideEncryption": "aws:kms", "Metadata": {}, **told}

    wanted = {**stated(head("old")), "SSEKMSKeyId": "alias/mine"}
    done, refused, _lost = differences(head("old"), wanted, head(now))
    assert ("SSEKMSKeyId" in done, "SSEKMSKeyId" in refused) == (taken, not taken)
