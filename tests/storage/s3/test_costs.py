"""Prices: whose they are, where they are known, and that the table is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.servers.server import Server
from tfm.model.location import S3, Location
from tfm.ops.context import OpContext
from tfm.ops.usage import Beside, Usage, measure, measure_beside, prices_at
from tfm.storage.prices import GENERAL, PriceList
from tfm.storage.s3.classes import CLASSES
from tfm.storage.s3.prices import AS_OF, SOURCE, amazon_prices
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs


def test_every_class_that_can_be_chosen_has_its_prices() -> None:
    prices = amazon_prices("us-east-1")
    assert all(prices.price(name) is not None for name in GENERAL)
    for name, facts in CLASSES.items():
        if facts.refusal and name != "EXPRESS_ONEZONE":
            assert prices.of(name, "storage") is None
            continue
        for kind in ("storage", "put", "get", "retrieve"):
            assert prices.of(name, kind) is not None, (name, kind)
        assert prices.terms_of(name).days == facts.days
        assert (prices.of(name, "restore.Bulk") is not None) == facts.archived
    assert prices.of("DEEP_ARCHIVE", "restore.Expedited") is None  # there is none
    assert (prices.as_of, prices.source) == (AS_OF, SOURCE)


@pytest.mark.parametrize(
    ("region", "standard", "remark"),
    [
        ("us-east-1", 0.023, ""),
        ("eu-west-1", 0.023, ""),
        ("eu-central-1", 0.0245, "partly prices of us-east-1"),
        ("mx-central-1", 0.023, "prices of us-east-1"),
    ],
)
def test_a_region_says_whose_prices_it_has(region: str, standard: float, remark: str) -> None:
    prices = amazon_prices(region)
    assert (prices.of("", "storage"), prices.remark) == (standard, remark)
    assert "estimate" in prices.told()
    assert prices.region == region


def known(bucket_region: str = "", **options: object) -> PriceList | None:
    storage = S3Storage(S3, {"region": "us-east-1", **options})
    if bucket_region:
        storage._calls.clients.region_of["b"] = bucket_region
    facet = storage.facets.costs
    assert facet is not None
    found = facet.prices(Location(S3, "b/d/"))
    storage.close()
    return found


def test_at_amazon_the_region_of_the_bucket_counts() -> None:
    here, there = known(), known("eu-central-1")
    assert here is not None
    assert there is not None
    assert (here.region, there.region) == ("us-east-1", "eu-central-1")
    assert there.of("", "storage") == 0.0245


def test_a_configuration_replaces_single_prices() -> None:
    own = (("*", (("egress", 0.0),)), ("eu-central-1", (("STANDARD.storage", 0.01),)))
    found = known("eu-central-1", prices=own)
    assert found is not None
    assert (found.price("egress"), found.of("", "storage")) == (0.0, 0.01)
    assert found.of("STANDARD_IA", "storage") == 0.0135
    assert found.remark.count("of your own") == 1
    elsewhere = known("us-west-2", prices=own)
    assert elsewhere is not None
    assert (elsewhere.price("egress"), elsewhere.of("", "storage")) == (0.0, 0.023)


def test_elsewhere_only_the_connection_knows() -> None:
    minio = {"endpoint_url": "http://127.0.0.1:9"}
    assert known(**minio) is None
    assert known(**minio, prices=(("*", (("egress", 0.5),)),)) is None
    own = (("STANDARD.storage", 0.006), ("currency", "EUR"))
    found = known(**minio, own_prices=own)
    assert found is not None
    assert (found.of("", "storage"), found.currency) == (0.006, "EUR")
    assert found.price("egress") is None


@pytest.fixture
def ctx(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpContext]:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    vfs = Vfs({"s3": {"endpoint_url": moto_server.endpoint_url}})
    yield OpContext(vfs)
    vfs.close()


def test_one_request_for_a_thousand_keys_tells_all_classes(
    ctx: OpContext, moto_server: Server, new_bucket: Callable[[Server], str]
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    for key, kept in (("a/x", "STANDARD"), ("a/y", "GLACIER"), ("b/z", "STANDARD_IA")):
        client.put_object(Bucket=bucket, Key=key, Body=b"12345", StorageClass=kept)
    top = Location(S3, f"{bucket}/")
    sent: list[str] = []

    def watch(client: object) -> None:
        events = client.meta.events  # type: ignore[attr-defined]
        events.register(
            "before-send.s3", lambda request, **_: sent.append(f"{request.method} {request.url}")
        )

    storage = ctx.vfs._storage(top)
    assert isinstance(storage, S3Storage)
    storage.on_new_client(watch)
    usage = measure(ctx, Usage(top, prices_at(ctx, top)))
    assert len(sent) == 1
    assert set(usage.level().amounts) == {"STANDARD", "GLACIER", "STANDARD_IA"}
    assert usage.level("a/").amounts["GLACIER"].bytes == 5
    measure(ctx, Usage(top))
    assert len(sent) == 1, "what is known is not asked for again"


def test_an_upload_that_ends_while_they_are_counted_hides_no_other(
    ctx: OpContext, moto_server: Server, new_bucket: Callable[[Server], str]
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    begun = {key: client.create_multipart_upload(Bucket=bucket, Key=key) for key in "abc"}
    for key, upload in begun.items():
        client.upload_part(
            Bucket=bucket, Key=key, UploadId=upload["UploadId"], PartNumber=1, Body=b"1234567"
        )

    def tell(beside: Beside) -> None:
        if "b" in begun and beside.uploads:
            client.abort_multipart_upload(
                Bucket=bucket, Key="b", UploadId=begun.pop("b")["UploadId"]
            )

    found = measure_beside(ctx, Location(S3, f"{bucket}/"), None, tell)
    assert found.no_uploads == ""
    assert sum(each.bytes for each in found.uploads.values()) == 14


def test_earlier_versions_and_unfinished_uploads_are_counted_on_request(
    ctx: OpContext, moto_server: Server, new_bucket: Callable[[Server], str]
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"22", b"333"):
        client.put_object(Bucket=bucket, Key="d/a", Body=body)
    client.put_object(Bucket=bucket, Key="d/b", Body=b"4444", StorageClass="GLACIER_IR")
    client.delete_object(Bucket=bucket, Key="d/b")
    client.put_object(Bucket=bucket, Key="e", Body=b"55555")
    for key, kept in (("d/up", "GLACIER"), ("up", "STANDARD")):
        begun = client.create_multipart_upload(Bucket=bucket, Key=key, StorageClass=kept)
        client.upload_part(
            Bucket=bucket, Key=key, UploadId=begun["UploadId"], PartNumber=1, Body=b"1234567"
        )
    found = measure_beside(ctx, Location(S3, f"{bucket}/d/"), amazon_prices("us-east-1"))
    assert {name: (each.objects, each.bytes) for name, each in found.versions.items()} == {
        "STANDARD": (2, 3),
        "GLACIER_IR": (1, 4),
    }
    assert found.versions["GLACIER_IR"].billed == 128 * 1024
    assert (found.marks, found.complete, found.no_uploads) == (1, True, "")
    assert sum(each.bytes for each in found.uploads.values()) == 7
    assert all(each.billed == each.bytes for each in found.uploads.values())
