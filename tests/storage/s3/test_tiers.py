"""Storage classes: each of the SDK's list uploaded and changed to, or refused with the reason; restores."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from tests.servers.server import Server
from tests.storage.s3.objects import parameters, picture
from tfm.config.rules import CLASSES_TO_CHOOSE
from tfm.jobs.codec import from_order, to_order
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import S3, Location, local
from tfm.ops.context import OpContext, Outcome
from tfm.ops.objects import change_class, restore
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.ops.thaw import Thaw
from tfm.storage.base import Hints, Work
from tfm.storage.object_facets import Tiers
from tfm.storage.s3.classes import CLASSES
from tfm.storage.s3.copy import Copier
from tfm.storage.s3.facts import COLUMNS
from tfm.storage.s3.prices import amazon_prices
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

MIB = 1024 * 1024
DAY = 86_400 * 10**9
NAMES = botocore.session.get_session().get_service_model("s3").shape_for("StorageClass").enum
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")


@pytest.fixture
def open_with(
    moto_server: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., OpContext]]:
    for name, value in moto_server.environment().items():
        monkeypatch.setenv(name, value)
    made: list[Vfs] = []

    def open_one(**options: object) -> OpContext:
        made.append(Vfs({"s3": {"endpoint_url": moto_server.endpoint_url, **options}}))
        return OpContext(made[-1])

    yield open_one
    for vfs in made:
        vfs.close()


def write(ctx: OpContext, place: Location, data: bytes, **hints: Any) -> Any:
    with ctx.vfs.open_write(place, Hints(size=len(data), **hints), Work()) as writer:
        writer.write(data)
        return writer.commit()


def tiers() -> Tiers:
    facet = S3Storage(S3, {}).facets.tiers
    assert facet is not None
    return facet


def test_the_table_has_the_classes_of_the_sdk_and_settings_those_one_can_choose() -> None:
    assert set(NAMES) <= set(CLASSES)
    chosen = {name for name, facts in CLASSES.items() if not facts.refusal}
    assert chosen == set(CLASSES_TO_CHOOSE)


@pytest.mark.parametrize("parts", [False, True], ids=["one request", "in parts"])
@pytest.mark.parametrize("name", NAMES)
def test_uploaded_in(
    open_with: Callable[..., OpContext],
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    name: str,
    parts: bool,
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    ctx = open_with(storage_class=name)
    place = Location(S3, f"{bucket}/a")
    if CLASSES[name].refusal:
        with pytest.raises(Exception, match=r"cannot be chosen"):
            ctx.vfs.features(place)
        return
    written = write(ctx, place, bytes(9 * MIB if parts else 10))
    head = client.head_object(Bucket=bucket, Key="a")
    assert head.get("StorageClass", "STANDARD") == name == written.entry.details.storage_class
    assert ("-" in head["ETag"]) == parts


@pytest.mark.parametrize("name", NAMES)
def test_changed_to(
    open_with: Callable[..., OpContext],
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    name: str,
) -> None:
    import random

    bucket, client = new_bucket(moto_server), moto_server.client()
    ctx = open_with()
    given = {**parameters(random.Random(name)), "StorageClass": "ONEZONE_IA"}
    client.put_object(Bucket=bucket, Key="d/a", Body=b"x", **given)
    before = picture(client, bucket, "d/a")
    report = change_class(ctx, pick(ctx, [Location(S3, f"{bucket}/d/")]), name)
    if CLASSES[name].refusal:
        assert CLASSES[name].refusal in report.failures[0].reason
        assert picture(client, bucket, "d/a") == before
        return
    outcome = Outcome.SKIPPED if name == "ONEZONE_IA" else Outcome.DONE
    assert [item.outcome for item in report.items] == [outcome]
    assert client.head_object(Bucket=bucket, Key="d/a").get("StorageClass", "STANDARD") == name
    if name not in ARCHIVES:  # those cannot be read
        after = picture(client, bucket, "d/a")
        assert after.pop("StorageClass", "STANDARD") == name
        before.pop("StorageClass")
        assert after == before


def test_an_archived_object_is_restored_and_then_changed(
    open_with: Callable[..., OpContext], moto_server: Server, new_bucket: Callable[[Server], str]
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    ctx, top = open_with(), Location(S3, f"{bucket}/")
    client.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")
    client.put_object(Bucket=bucket, Key="warm", Body=b"y")
    cold = Location(S3, f"{bucket}/cold")
    report = change_class(ctx, pick(ctx, [cold]), "STANDARD")
    assert "restore it first" in report.failures[0].reason
    report = restore(ctx, pick(ctx, [cold, Location(S3, f"{bucket}/warm")]), 3, "Bulk")
    told = {item.source.name: (item.outcome, item.reason) for item in report.items}
    assert told == {
        "cold": (Outcome.DONE, ""),
        "warm": (Outcome.SKIPPED, "it is not archived"),
    }
    [seen] = pick(ctx, [cold])
    shown = next(column for column in COLUMNS if column.id == "class").text(seen[1])
    assert shown == "ready"  # moto takes no hours
    facts = {fact.label: fact.value for fact in ctx.vfs.describe(*seen)}
    assert "expiry-date" in facts["Restore"]
    assert not change_class(ctx, [seen], "STANDARD").failures
    assert client.get_object(Bucket=bucket, Key="cold")["Body"].read() == b"x"
    assert ctx.vfs.scan(top).entries


def test_a_restore_under_way_is_not_asked_for_again(
    ministack_server: Server, new_bucket: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ministack_server.environment().items():
        monkeypatch.setenv(name, value)
    bucket, client = new_bucket(ministack_server), ministack_server.client()
    ctx = OpContext(Vfs({"s3": {"endpoint_url": ministack_server.endpoint_url}}))
    client.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="DEEP_ARCHIVE")
    place = Location(S3, f"{bucket}/cold")
    report = restore(ctx, pick(ctx, [place]), 1, "Expedited")
    assert report.items[0].reason == "DEEP_ARCHIVE has no Expedited"
    assert restore(ctx, pick(ctx, [place]), 1, "Standard").all_done
    report = restore(ctx, pick(ctx, [place]), 1, "Standard")
    assert report.items[0].outcome is Outcome.SKIPPED
    assert "already" in report.items[0].reason
    [seen] = pick(ctx, [place])
    assert next(c for c in COLUMNS if c.id == "class").text(seen[1]) == "asked"
    ctx.vfs.close()


def entry(storage_class: str, *, size: int = 10**6, age: int = 0, restore: str = "") -> Entry:
    details = ObjectDetails(etag="e", storage_class=storage_class, restore=restore)
    return Entry("a", Kind.FILE, size, time.time_ns() - age * DAY, details)


@pytest.mark.parametrize(
    ("seen", "wanted", "told"),
    [
        (entry("STANDARD"), "STANDARD", []),
        (entry("STANDARD"), "STANDARD_IA", ["billed for 30 days at least"]),
        (entry("STANDARD", size=5), "GLACIER_IR", ["billed as 128K", "90 days"]),
        (entry("STANDARD"), "DEEP_ARCHIVE", ["180 days", "must be restored"]),
        (entry("GLACIER_IR", age=20), "STANDARD", ["GLACIER_IR is billed for 70 days more"]),
        (entry("GLACIER_IR", age=91), "STANDARD", []),
    ],
)
def test_warnings(seen: Entry, wanted: str, told: list[str]) -> None:
    text = tiers().warning(seen, wanted, time.time_ns())
    assert all(part in text for part in told)
    assert bool(text) == bool(told)


@pytest.mark.parametrize(
    ("bucket", "seen", "wanted", "told"),
    [
        ("box", entry("STANDARD"), "GLACIER", ""),
        ("box", entry("GLACIER"), "STANDARD", "restore it first"),
        ("box", entry("GLACIER", restore="ongoing"), "STANDARD", "restore it first"),
        ("box", entry("GLACIER", restore="restored"), "STANDARD", ""),
        ("box", entry("STANDARD"), "OUTPOSTS", "Outposts"),
        ("box", entry("STANDARD"), "NEAR", "no such"),
        ("box--use1-az4--x-s3", entry("EXPRESS_ONEZONE"), "STANDARD", "one storage class"),
    ],
)
def test_what_cannot_be(bucket: str, seen: Entry, wanted: str, told: str) -> None:
    reason = tiers().fault(Location(S3, f"{bucket}/a"), seen, wanted)
    assert told in reason
    assert bool(told) == bool(reason)


def test_uploads_get_what_their_names_say(
    open_with: Callable[..., OpContext], moto_server: Server, new_bucket: Callable[[Server], str]
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    html = (("Cache-Control", "no-cache"), ("Content-Type", "text/x"), ("x-amz-meta-team", "maps"))
    rules = (
        ("*", (("Storage-Class", "STANDARD_IA"),)),
        ("*.html;*.css", (*html, ("Tags", "a=1, b"))),
    )
    ctx = open_with(uploads=rules)
    for size in (10, 9 * MIB):
        write(ctx, Location(S3, f"{bucket}/p{size}.html"), bytes(size), mtime_ns=5 * 10**9)
        head = client.head_object(Bucket=bucket, Key=f"p{size}.html")
        assert (head["CacheControl"], head["ContentType"]) == ("no-cache", "text/x")
        assert (head["StorageClass"], head["Metadata"]["team"]) == ("STANDARD_IA", "maps")
        assert head["Metadata"]["mtime"].startswith("5.")
        tags = client.get_object_tagging(Bucket=bucket, Key=f"p{size}.html")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "1", "b": ""}
    write(ctx, Location(S3, f"{bucket}/n.txt"), b"x")
    head = client.head_object(Bucket=bucket, Key="n.txt")
    assert (head["ContentType"], head["StorageClass"]) == ("text/plain", "STANDARD_IA")
    ctx.vfs.mkdir(Location(S3, f"{bucket}/d/"))
    assert "StorageClass" not in client.head_object(Bucket=bucket, Key="d/")


@pytest.mark.parametrize("parts", [False, True], ids=["one request", "in parts"])
def test_a_copy_in_the_class_that_was_chosen_for_it(
    open_with: Callable[..., OpContext],
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    tmp_path: Path,
    parts: bool,
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    ctx, size = open_with(storage_class="ONEZONE_IA"), 9 * MIB if parts else 10
    (tmp_path / "a").write_bytes(bytes(size))
    top = Location(S3, f"{bucket}/")
    copier = ctx.vfs.facets(top).server_copy
    assert isinstance(copier, Copier)
    copier.limit = 5 * MIB
    order = Order("copy", tuple(pick(ctx, [local(tmp_path / "a")])), top, True, tier="GLACIER_IR")
    assert to_order(json.loads(json.dumps(from_order(order))), order.picked) == order
    assert order.run(ctx).all_done
    again = Order(
        "copy", tuple(pick(ctx, [top.child("a")])), top.child("b"), False, tier="STANDARD"
    )
    assert again.run(ctx).all_done
    assert client.head_object(Bucket=bucket, Key="a")["StorageClass"] == "GLACIER_IR"
    found = client.head_object(Bucket=bucket, Key="b")
    assert found.get("StorageClass", "STANDARD") == "STANDARD"
    plain = Order("copy", tuple(pick(ctx, [top.child("a")])), top.child("c"), False)
    assert plain.run(ctx).all_done
    assert client.head_object(Bucket=bucket, Key="c")["StorageClass"] == "GLACIER_IR"


@pytest.mark.parametrize("name", [name for name, facts in CLASSES.items() if not facts.refusal])
def test_listed_in_its_class_and_kept_by_copies(
    open_with: Callable[..., OpContext],
    moto_server: Server,
    new_bucket: Callable[[Server], str],
    name: str,
) -> None:
    bucket, client = new_bucket(moto_server), moto_server.client()
    ctx, top = open_with(), Location(S3, f"{bucket}/")
    client.put_object(Bucket=bucket, Key="d/a", Body=b"x", StorageClass=name)
    [seen] = pick(ctx, [top.child("d/a")])
    [listed] = ctx.vfs.scan(top.child("d", directory=True)).entries
    for entry in (seen[1], listed):
        assert isinstance(entry.details, ObjectDetails)
        assert entry.details.storage_class == name
    shown = next(column for column in COLUMNS if column.id == "class").text(listed)
    assert bool(shown) == (name != "STANDARD")
    order = Order("copy", (seen,), top.child("b"), False, thaw=Thaw("Standard"))
    assert order.runner()(ctx).all_done
    head = client.head_object(Bucket=bucket, Key="b")
    assert head.get("StorageClass", "STANDARD") == name


@pytest.mark.parametrize("name", [name for name, facts in CLASSES.items() if facts.refusal])
def test_classes_that_nobody_can_choose_are_shown_and_explained(name: str) -> None:
    seen = entry(name)
    shown = next(column for column in COLUMNS if column.id == "class").text(seen)
    assert shown
    assert shown[:3] == name[:3]
    assert tiers().fault(Location(S3, "box/a"), entry("STANDARD"), name) == CLASSES[name].refusal
    assert next(tier for tier in tiers().classes if tier.name == name).refusal
    assert amazon_prices("us-east-1").of(name, "transition") is None
