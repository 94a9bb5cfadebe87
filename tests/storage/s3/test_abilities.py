"""What a server can do: told from the table, learned on the way, asked, tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Answer
from tests.servers.server import Server
from tfm.model.cancel import NEVER
from tfm.model.errors import Offline, StorageError, Unsupported
from tfm.model.location import S3, Location
from tfm.storage.base import Hints, Work
from tfm.storage.s3.abilities import ABILITIES
from tfm.storage.s3.storage import S3Storage
from tfm.storage.server_facets import Abilities, Acquaintance, Can


@pytest.fixture
def proxy(s3_server: Server, proxy_for: Callable[[Server], Proxy]) -> Proxy:
    return proxy_for(s3_server)


@pytest.fixture
def storage(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Storage]:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    opened = S3Storage(S3, {"retry_delay": 0.01, "outage_wait": 0.0, "max_retries": 0})
    yield opened
    opened.close()


def facet(storage: S3Storage) -> Abilities:
    found = storage.facets.abilities
    assert found is not None
    return found


def rows(told: Acquaintance) -> dict[str, Can]:
    return {ability.name: ability.can for ability in told.abilities}


def tried(storage: S3Storage, place: Location) -> dict[str, Can]:
    abilities = facet(storage)
    done = abilities.try_writing(place, abilities.trial_names(place), NEVER)
    assert done.left == ""
    assert done.change.covers(place)
    return rows(abilities.known(place))


MOTO = pytest.mark.parametrize("s3_server", ["moto"], indirect=True)


@MOTO
def test_what_is_known_costs_no_request(storage: S3Storage, proxy: Proxy, bucket: str) -> None:
    told = facet(storage).known(Location(S3, f"{bucket}/"))
    assert [ability.name for ability in told.abilities] == list(ABILITIES)
    assert {ability.can for ability in told.abilities} == {Can.UNKNOWN, Can.NO}
    assert told.server == ""
    assert proxy.exchanges() == []


@MOTO
def test_it_is_learned_from_what_is_done_anyway(
    storage: S3Storage, proxy: Proxy, bucket: str
) -> None:
    place = Location(S3, f"{bucket}/")
    list(storage.scan(place, NEVER))
    proxy.rule("GetBucketVersioning", Answer(403, "AccessDenied"))
    versions = storage.facets.versions
    assert versions is not None
    versions.keeping(place)
    count = len(proxy.exchanges())
    told = facet(storage).known(place)
    assert told.server == "moto"
    assert rows(told)["list_v2"] is Can.YES
    assert rows(told)["versions"] is Can.DENIED
    assert len(proxy.exchanges()) == count
    proxy.clear_rules()
    writer = storage.open_write(place.child("a"), Hints(size=1), Work())
    writer.write(b"a")
    writer.commit()
    assert storage._calls.manners.sighting("conditions") is None  # a success proves nothing
    with pytest.raises(StorageError):
        other = storage.open_write(place.child("a"), Hints(size=1), Work())
        other.write(b"b")
        other.commit()
    seen = storage._calls.manners.sighting("conditions")
    assert seen is not None
    assert seen.can is Can.YES


@MOTO
def test_probing_only_reads(
    storage: S3Storage, proxy: Proxy, s3_server: Server, bucket: str
) -> None:
    s3_server.client().put_object(Bucket=bucket, Key="d/a", Body=b"a")
    proxy.rule("GetBucketCors", Answer(403, "AccessDenied"))
    proxy.rule("GetBucketPolicy", Answer(501, "NotImplemented"))
    proxy.rule("GetBucketEncryption", Answer(500, "InternalError"))
    told = rows(facet(storage).probe(Location(S3, f"{bucket}/"), NEVER))
    assert {exchange.method for exchange in proxy.exchanges()} == {"GET", "HEAD"}
    assert len(proxy.exchanges()) <= 15
    assert told["cors"] is Can.DENIED
    assert told["policy"] is Can.NO
    assert told["bucket_encryption"] is Can.UNKNOWN
    for name in ("list_v2", "lifecycle", "tags", "access", "versions", "uploads", "public_access"):
        assert told[name] is Can.YES, name


@MOTO
def test_an_empty_bucket_and_the_list_of_buckets(storage: S3Storage, bucket: str) -> None:
    told = rows(facet(storage).probe(Location(S3, f"{bucket}/"), NEVER))
    assert told["lifecycle"] is Can.YES
    with pytest.raises(StorageError, match="Open a bucket first"):
        facet(storage).probe(Location(S3, ""), NEVER)
    with pytest.raises(StorageError, match="no bucket"):
        facet(storage).probe(Location(S3, "absent-bucket/"), NEVER)


def test_a_server_that_is_away_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    storage = S3Storage(S3, {"endpoint_url": "http://127.0.0.1:9", "max_retries": 0})
    with pytest.raises(Offline):
        facet(storage).probe(Location(S3, "bucket/"), NEVER)
    storage.close()


def test_a_trial_finds_out_what_is_true_and_leaves_nothing(
    storage: S3Storage, proxy: Proxy, s3_server: Server, bucket: str
) -> None:
    s3_server.client().put_object(Bucket=bucket, Key="d/a", Body=b"a")
    told = tried(storage, Location(S3, f"{bucket}/d/"))
    crude = s3_server.name == "rclone"
    assert told["conditions"] is (Can.NO if crude else Can.YES)
    assert told["tags"] is (Can.NO if crude else Can.YES)
    # the proxy judges conditions of copies where a server does not
    assert told["copy_conditions"] is Can.YES
    assert told["delete_many"] is Can.YES
    assert told["parts"] is Can.YES
    assert told["etag_md5"] is Can.YES
    assert s3_server.keys(bucket) == ["d/a"]
    assert s3_server.uploads(bucket) == []
    touched = {exchange.key for exchange in proxy.exchanges() if exchange.method in ("PUT", "POST")}
    assert all(not key or key.startswith("d/.tfm-trial-") for key in touched)


@MOTO
def test_a_trial_where_versions_are_kept_leaves_none(
    storage: S3Storage, s3_server: Server, bucket: str
) -> None:
    client = s3_server.client()
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    tried(storage, Location(S3, f"{bucket}/"))
    told = client.list_object_versions(Bucket=bucket)
    assert not told.get("Versions")
    assert not told.get("DeleteMarkers")


@MOTO
def test_a_trial_without_conditions_and_batches(
    storage: S3Storage, proxy: Proxy, s3_server: Server, bucket: str
) -> None:
    proxy.rule("DeleteObjects", Answer(501, "NotImplemented"))
    proxy.rule("PutObjectTagging", Answer(501, "NotImplemented"))
    proxy.rule("CreateMultipartUpload", Answer(501, "NotImplemented"))
    proxy.rule("CopyObject", Answer(501, "NotImplemented"))
    proxy.rule("PutObject", Answer(501, "NotImplemented"), nth=1)
    told = tried(storage, Location(S3, f"{bucket}/"))
    for name in ("conditions", "delete_many", "tags", "parts"):
        assert told[name] is Can.NO, name
    assert not storage._calls.manners.conditions
    assert s3_server.keys(bucket) == []


@MOTO
def test_what_cannot_be_removed_is_named(
    storage: S3Storage, proxy: Proxy, s3_server: Server, bucket: str
) -> None:
    proxy.rule("DeleteObject*", Answer(403, "AccessDenied"))
    place, abilities = Location(S3, f"{bucket}/"), facet(storage)
    names = abilities.trial_names(place)
    done = abilities.try_writing(place, names, NEVER)
    assert done.left == ", ".join(str(name) for name in names)
    assert len(s3_server.keys(bucket)) == 2


@MOTO
def test_nothing_is_written_where_it_would_have_to_stay(
    storage: S3Storage, proxy: Proxy, s3_server: Server
) -> None:
    client, name = s3_server.client(), "locked-for-a-trial"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    client.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    place, abilities = Location(S3, f"{name}/"), facet(storage)
    with pytest.raises(Unsupported, match="would stay"):
        abilities.try_writing(place, abilities.trial_names(place), NEVER)
    assert proxy.exchanges("PutObject") == []
    client.delete_bucket(Bucket=name)


@MOTO
def test_a_bucket_where_nothing_may_be_written_says_so(
    storage: S3Storage, proxy: Proxy, bucket: str
) -> None:
    proxy.rule("PutObject", Answer(403, "AccessDenied"))
    place, abilities = Location(S3, f"{bucket}/"), facet(storage)
    with pytest.raises(StorageError, match="denied"):
        abilities.try_writing(place, abilities.trial_names(place), NEVER)
