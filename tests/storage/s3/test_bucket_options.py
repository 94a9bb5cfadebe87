"""What is another for some buckets, by patterns of their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.servers.server import Server
from tests.storage.s3.pieces import MemorySource, work
from tfm.config.connections import Connections
from tfm.config.rules import BucketRules, Rejected, pairs_of
from tfm.model.location import S3, Location
from tfm.storage.base import Hints
from tfm.storage.s3.options import S3Options, read_options
from tfm.storage.s3.storage import S3Storage


def test_class_and_encryption_by_the_name_of_the_bucket(
    moto_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    bucket, other = new_bucket(moto_server), new_bucket(moto_server)
    given: dict[str, dict[str, str]] = {
        "bucket-*": {"storage_class": "STANDARD_IA"},
        other: {"storage_class": "", "encryption": "aws:kms", "kms_key_id": "alias/x"},
    }
    rules = BucketRules().accept(given)
    assert isinstance(rules, Mapping)
    storage = S3Storage(S3, {"buckets": pairs_of(rules)})
    heads: list[dict[str, Any]] = []
    for each in (bucket, other):
        assert storage.facets.transfer is not None
        place = Location(S3, f"{each}/a")
        storage.facets.transfer.upload(MemorySource(b"x"), place, Hints(), work())
        heads.append(moto_server.client().head_object(Bucket=each, Key="a"))
    entry = storage.stat(Location(S3, f"{bucket}/a"))
    assert storage.facets.server_copy is not None
    storage.facets.server_copy.copy(
        Location(S3, f"{bucket}/a"), entry, Location(S3, f"{other}/b"), Hints(), work()
    )
    heads.append(moto_server.client().head_object(Bucket=other, Key="b"))
    assert [head.get("StorageClass") for head in heads] == ["STANDARD_IA", None, "STANDARD_IA"]
    assert [head.get("ServerSideEncryption") for head in heads[1:]] == ["aws:kms", "aws:kms"]
    storage.close()


def test_a_connection_has_its_own() -> None:
    rules = {"shared-*": {"requester_pays": True}}
    found = Connections().accept({"one": {"buckets": rules, "colour": "red"}})
    options = read_options(found["one"])  # type: ignore[index]
    assert options.of_bucket("shared-maps").requester_pays
    assert not options.of_bucket("maps").requester_pays
    assert options.colour == "red"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "a mapping such as"),
        ({"a/b": {}}, "the name of a bucket"),
        ({"a": True}, "a mapping such as"),
        ({"a": {"region": "x"}}, "what can be another are storage_class"),
        ({"a": {"storage_class": "ICE"}}, "storage_class is"),
    ],
)
def test_what_cannot_be(given: object, told: str) -> None:
    with pytest.raises(Rejected, match=told):
        BucketRules().accept(given)


def test_options_of_a_program_are_judged_as_well() -> None:
    with pytest.raises(TypeError, match="region cannot be another"):
        S3Options(buckets=(("a", (("region", "x"),)),))
    with pytest.raises(ValueError, match="encryption is one of"):
        S3Options(buckets=(("a*", (("encryption", "ROT13"),)),))
    with pytest.raises(ValueError, match="colour"):
        S3Options(colour="mauve")
