"""What an object has besides its bytes is changed in place, and everything else stays."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tests.storage.s3.objects import CLASSES, KEYS, MIB, TEXTS, parameters, picture
from tfm.model.change import NOTHING
from tfm.model.errors import TooLate
from tfm.model.location import S3, Location
from tfm.storage.base import Work
from tfm.storage.object_facets import Edit, Encryption, Rewrite
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.held import HEADERS, differences, stated
from tfm.storage.s3.publish import NOT_ATOMIC
from tfm.storage.s3.storage import S3Storage


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Server], S3Storage]]:
    made: list[S3Storage] = []

    def open_one(server: Server, **options: object) -> S3Storage:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        made.append(
            S3Storage(S3, {"endpoint_url": server.endpoint_url, "retry_delay": 0.001, **options})
        )
        return made[-1]

    yield open_one
    for storage in made:
        storage.close()


def rewriter(storage: S3Storage, *, parts: bool = False) -> Rewrite:
    copier, facet = storage.facets.server_copy, storage.facets.rewrite
    assert isinstance(copier, Copier)
    assert facet is not None
    if parts:
        copier.limit = copier.part = 5 * MIB
    return facet


def change(storage: S3Storage, place: Location, edit: Edit, *, parts: bool = False) -> Any:
    return rewriter(storage, parts=parts).rewrite(place, storage.stat(place), edit, Work())


def random_edit(rng: random.Random, before: dict[str, Any], expected: dict[str, Any]) -> Edit:
    """One edit, entered into the picture that is expected of it."""
    headers, metadata = [], []
    for name, field in HEADERS.items():
        # MiniStack keeps a Content-Encoding that is not stated, so it is never taken away here
        if field in TEXTS and rng.random() < 0.4:
            value = rng.choice(TEXTS[field])
            headers.append((name, value))
            expected[field] = value
    if rng.random() < 0.3 and "CacheControl" in expected:
        headers.append(("Cache-Control", ""))
        del expected["CacheControl"]
    for name in ("colour", "new"):
        value = rng.choice(("", "", "green"))
        if value or name in expected["Metadata"]:
            metadata.append((name, value))
            expected["Metadata"].pop(name, None)
            if value:
                expected["Metadata"][name] = value
    storage_class = rng.choice(("", *CLASSES))
    if storage_class:
        expected.pop("StorageClass", None)
        if storage_class != "STANDARD":
            expected["StorageClass"] = storage_class
    encryption = None
    if rng.random() < 0.4:
        encryption = Encryption("aws:kms", rng.choice(KEYS))
        expected["ServerSideEncryption"], expected["SSEKMSKeyId"] = "aws:kms", encryption.key
    assert before is not expected
    return Edit(tuple(headers), tuple(metadata), storage_class, encryption)


@pytest.mark.parametrize("parts", [False, True], ids=["one request", "in parts"])
@pytest.mark.parametrize("s3_server", ["moto", "ministack"], indirect=True)
def test_everything_else_stays(
    s3_server: Server, bucket: str, opened: Callable[[Server], S3Storage], parts: bool
) -> None:
    storage, client = opened(s3_server), s3_server.client()
    for seed in range(6 if parts else 30):
        rng = random.Random(seed)
        key, given = f"k{seed}//ä", parameters(rng)
        body = rng.randbytes(6 * MIB if parts else rng.randrange(200))
        if s3_server.name == "moto" and rng.random() < 0.3:
            given["ACL"] = "public-read"
        client.put_object(Bucket=bucket, Key=key, Body=body, **given)
        before = picture(client, bucket, key, checksums=not parts)
        expected = {**before, "Metadata": dict(before["Metadata"])}
        edit = random_edit(rng, before, expected)
        same = expected == before
        if parts and s3_server.name == "ministack" and not same:  # it makes none of parts
            for name in [name for name in expected if name.startswith("Checksum")]:
                del expected[name]
        written = change(storage, Location(S3, f"{bucket}/{key}"), edit, parts=parts)
        assert picture(client, bucket, key, checksums=not parts) == expected, (seed, given, edit)
        assert (written.change == NOTHING) == same
        assert not [note for note in written.notes if "did not" in note or "were lost" in note]
    assert not s3_server.uploads(bucket)


@pytest.mark.parametrize("s3_server", ["moto", "ministack", "rclone"], indirect=True)
def test_a_server_that_ignores_conditions_is_found_out(
    s3_server: Server, bucket: str, opened: Callable[[Server], S3Storage]
) -> None:
    storage, client = opened(s3_server), s3_server.client()
    client.put_object(Bucket=bucket, Key="a", Body=b"x", Metadata={"mtime": "5", "a": "1"})
    for value in "23":
        written = change(storage, Location(S3, f"{bucket}/a"), Edit(metadata=(("a", value),)))
        assert (NOT_ATOMIC in written.notes) == (s3_server.name != "ministack")
        head = client.head_object(Bucket=bucket, Key="a")
        assert {name.lower(): text for name, text in head["Metadata"].items()} == {
            "mtime": "5",
            "a": value,
        }


@pytest.mark.parametrize("s3_server", ["moto", "ministack", "rclone"], indirect=True)
def test_what_is_another_one_by_now_is_left_alone(
    s3_server: Server, bucket: str, opened: Callable[[Server], S3Storage]
) -> None:
    storage, client = opened(s3_server), s3_server.client()
    place = Location(S3, f"{bucket}/a")
    client.put_object(Bucket=bucket, Key="a", Body=b"x")
    seen = storage.stat(place)
    client.put_object(Bucket=bucket, Key="a", Body=b"other")
    with pytest.raises(TooLate):
        rewriter(storage).rewrite(place, seen, Edit(metadata=(("a", "1"),)), Work())
    assert client.head_object(Bucket=bucket, Key="a")["Metadata"] == {}
    assert client.get_object(Bucket=bucket, Key="a")["Body"].read() == b"other"


def test_a_change_at_the_last_moment_is_seen(
    ministack_server: Server, new_bucket: Callable[[Server], str], opened: Callable[..., S3Storage]
) -> None:
    storage, client = opened(ministack_server), ministack_server.client()
    bucket = new_bucket(ministack_server)
    client.put_object(Bucket=bucket, Key="a", Body=b"x")
    place = Location(S3, f"{bucket}/a")

    def hook(theirs: Any) -> None:
        def before(**_more: Any) -> None:
            client.put_object(Bucket=bucket, Key="a", Body=b"somebody else's")

        theirs.meta.events.register("before-send.s3.CopyObject", before)

    change(storage, place, Edit(metadata=(("b", "1"),)))
    seen = storage.stat(place)
    storage.on_new_client(hook)
    with pytest.raises(TooLate):
        rewriter(storage).rewrite(place, seen, Edit(metadata=(("a", "1"),)), Work())
    found = client.get_object(Bucket=bucket, Key="a")
    assert (found["Body"].read(), found["Metadata"]) == (b"somebody else's", {})


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (Edit(headers=(("Cache-Control", "ä"),)), "ASCII"),
        (Edit(headers=(("Expires", "soon"),)), "Expires"),
        (Edit(metadata=(("a b", "1"),)), "letters"),
        (Edit(metadata=(("a", "\n"),)), "ASCII"),
        (Edit(metadata=(("a", "x" * 2048),)), "2 KB"),
        (Edit(headers=(("Expires", "2030-01-01"),), metadata=(("a", ""),)), ""),
        (Edit(headers=(("Expires", "Tue, 01 Jan 2030 00:00:00 GMT"),)), ""),
    ],
)
def test_faults_are_found_without_a_request(edit: Edit, told: str) -> None:
    facet = rewriter(S3Storage(S3, {}))
    assert told in facet.fault_in(edit)
    assert bool(told) == bool(facet.fault_in(edit))


def test_what_a_server_dropped_is_told() -> None:
    before = {"CacheControl": "a", "ContentLanguage": "de", "Metadata": {"a": "1"}}
    wanted = {**stated(before), "CacheControl": "b", "ContentType": "text/x"}
    after = {"ContentType": "text/x", "Metadata": {"a": "1"}}
    done, refused, lost = differences(before, wanted, after)
    assert (done, refused, lost) == (["ContentType"], ["CacheControl"], ["ContentLanguage"])


def test_a_retention_that_is_over_is_not_stated_again(
    ministack_server: Server,
    proxy_for: Callable[[Server], Proxy],
    opened: Callable[..., S3Storage],
) -> None:
    """Amazon goes on showing it, and refuses a copy that asks for a date in the past."""
    proxy, bucket = proxy_for(ministack_server), f"locks-{time.time_ns()}"
    opened(ministack_server)  # its keys
    client = ministack_server.client()
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    for key, year in (("over", 2020), ("kept", 2100)):
        until = datetime(year, 1, 1, tzinfo=UTC)
        lock = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": until}
        client.put_object(Bucket=bucket, Key=key, Body=b"x", **lock)
    rule = proxy.rule("CopyObject", Answer(400, "InvalidArgument"))
    rule.when = lambda _m, headers: "2020" in headers.get("x-amz-object-lock-retain-until-date", "")
    storage = S3Storage(S3, {"endpoint_url": proxy.endpoint_url})
    for key in ("over", "kept"):
        written = change(storage, Location(S3, f"{bucket}/{key}"), Edit(metadata=(("a", "1"),)))
        assert not [note for note in written.notes if "did not" in note]
        assert client.head_object(Bucket=bucket, Key=key)["Metadata"] == {"a": "1"}
    kept = client.head_object(Bucket=bucket, Key="kept")
    assert (kept["ObjectLockMode"], kept["ObjectLockRetainUntilDate"].year) == ("GOVERNANCE", 2100)
    storage.close()


def test_what_it_costs(
    ministack_server: Server,
    new_bucket: Callable[[Server], str],
    proxy_for: Callable[[Server], Proxy],
    opened: Callable[..., S3Storage],
) -> None:
    proxy = proxy_for(ministack_server)
    storage, client = opened(ministack_server), ministack_server.client()
    bucket = new_bucket(ministack_server)
    storage = S3Storage(S3, {"endpoint_url": proxy.endpoint_url})
    place = Location(S3, f"{bucket}/a")
    client.put_object(Bucket=bucket, Key="a", Body=b"x")
    change(storage, place, Edit(metadata=(("a", "1"),)))  # the first one tries the server
    seen = storage.stat(place)
    proxy.reset()
    rewriter(storage).rewrite(place, seen, Edit(metadata=(("a", "2"),)), Work())
    proxy.expect({"HeadObject": 2, "GetObjectAcl": 1, "CopyObject": 1})
    rewriter(storage).rewrite(place, seen, Edit(metadata=(("a", "2"),)), Work())
    proxy.expect({"HeadObject": 3, "GetObjectAcl": 1, "CopyObject": 1})
    storage.close()
