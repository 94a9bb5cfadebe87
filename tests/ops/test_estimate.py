"""What jobs are said to cost, against sums made by hand."""

from __future__ import annotations

import pytest

from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import S3, Location, local, parse
from tfm.ops.estimate import Choices, End, Estimate, Estimator, Work
from tfm.storage.prices import GIB, PriceList, Terms
from tfm.storage.s3.prices import amazon_prices
from tfm.storage.s3.storage import S3Storage

DAY = 86_400 * 10**9
NOW = 1_000 * DAY
UNCHOSEN = Choices()
PLAIN = S3Storage(S3, {}).facets
DISK = End(local("/d"), None, None, None, keeps=False)


def bucket(region: str = "us-east-1", *, keeps: bool = False, own: PriceList | None = None) -> End:
    return End(parse("s3://b/"), PLAIN.costs, own or amazon_prices(region), PLAIN.tiers, keeps)


def thing(size: int, kept: str = "", *, age: int = 1000, restore: str = "") -> Entry:
    details = ObjectDetails(storage_class=kept, restore=restore)
    return Entry("a", Kind.FILE, size, NOW - age * DAY, details)


def reckoned(
    work: Work,
    source: End,
    target: End | None,
    *things: Entry,
    choices: Choices = UNCHOSEN,
    **more: object,
) -> Estimate:
    estimator = Estimator(work, source, target, now_ns=NOW, **more)  # type: ignore[arg-type]
    for each in things:
        estimator.add(each)
    return estimator.picture(choices, complete=True)


def test_a_download_is_requests_transfer_and_retrieval() -> None:
    told = reckoned("copy", bucket(), DISK, thing(GIB, "STANDARD_IA"), thing(10))
    charges = dict(told.charges)
    parts = 128  # of 8 MiB
    assert told.requests == parts + 1
    assert charges["requests"] == pytest.approx(parts * 0.001 / 1000 + 0.0004 / 1000)
    assert charges["transfer"] == pytest.approx(0.09 * (GIB + 10) / GIB)
    assert charges["retrieval"] == pytest.approx(0.01)
    assert (told.moved, told.out) == (GIB + 10, GIB + 10)


def test_an_upload_is_requests_of_the_class_it_gets() -> None:
    told = reckoned(
        "copy", DISK, bucket(), thing(10), thing(80 * 1024**2), choices=Choices("GLACIER")
    )
    assert told.requests == 1 + 10 + 2
    assert dict(told.charges) == {"requests": pytest.approx(13 * 0.03 / 1000)}
    assert told.out == 0


def test_a_copy_inside_keeps_its_class_and_pays_the_way_to_another_region() -> None:
    near = reckoned("copy", bucket(), bucket(), thing(GIB, "GLACIER_IR"))
    assert near.requests == 1
    assert dict(near.charges) == {
        "requests": pytest.approx(0.02 / 1000),
        "retrieval": pytest.approx(0.03),
    }
    far = reckoned("copy", bucket(), bucket("eu-central-1"), thing(GIB))
    assert dict(far.charges)["transfer"] == pytest.approx(0.02)
    assert far.out == 0


@pytest.mark.parametrize(
    ("kept", "age", "days"),
    [("STANDARD_IA", 10, 20), ("GLACIER_IR", 80, 10), ("STANDARD_IA", 31, 0), ("STANDARD", 0, 0)],
)
def test_leaving_a_class_early_is_billed_to_its_end(kept: str, age: int, days: int) -> None:
    prices = amazon_prices("us-east-1")
    price = prices.of(kept, "storage")
    assert price is not None
    told = reckoned("delete", bucket(), None, thing(GIB, kept, age=age))
    assert told.total == pytest.approx(price * days / 30)
    assert told.early == (days > 0)
    small = reckoned("delete", bucket(), None, thing(1, kept, age=age))
    assert small.total == pytest.approx(price * days / 30 * 128 * 1024 / GIB)
    kept_as_version = reckoned("delete", bucket(keeps=True), None, thing(GIB, kept, age=age))
    assert (kept_as_version.total, kept_as_version.early) == (0, 0)
    moved = reckoned("move", bucket(), DISK, thing(GIB, kept, age=age))
    assert dict(moved.charges).get("early deletion", 0) == pytest.approx(price * days / 30)


def test_another_class_and_the_same_class() -> None:
    told = reckoned("class", bucket(), None, thing(GIB, "STANDARD_IA", age=0), tier="GLACIER_IR")
    assert dict(told.charges) == {
        "requests": pytest.approx(0.02 / 1000 + 3 * 0.001 / 1000),
        "retrieval": pytest.approx(0.01),
        "early deletion": pytest.approx(0.0125),
    }
    assert dict(told.warned)["billed for 90 days at least"] == 1
    versioned = reckoned(
        "class", bucket(keeps=True), None, thing(GIB, "STANDARD_IA"), tier="GLACIER_IR"
    )
    stays = "stays as a version in its class too, and is paid for"
    assert dict(versioned.warned)[stays] == 1
    assert stays not in dict(told.warned)
    frozen = reckoned("class", bucket(), None, thing(5, "GLACIER"), tier="STANDARD")
    assert dict(frozen.warned) == {"not changed, it is archived: restore it first": 1}
    assert frozen.requests == 0
    same = reckoned("class", bucket(), None, thing(GIB, "STANDARD_IA", age=0), tier="STANDARD_IA")
    assert "early deletion" not in dict(same.charges)


@pytest.mark.parametrize(("speed", "gb", "thousand"), [("Standard", 0.01, 0.05), ("Bulk", 0, 0)])
def test_a_restore_costs_by_its_speed_and_its_days(speed: str, gb: float, thousand: float) -> None:
    things = (thing(GIB, "GLACIER"), thing(GIB), thing(GIB, "DEEP_ARCHIVE"))
    told = reckoned("restore", bucket(), None, *things, choices=Choices(speed=speed, days=15))
    deep = {"Standard": (0.02, 0.1), "Bulk": (0.0025, 0.025)}[speed]
    assert told.requests == 2
    assert dict(told.charges) == {
        "restore": pytest.approx(gb + deep[0]),
        "requests": pytest.approx((thousand + deep[1]) / 1000),
        "copies kept": pytest.approx(2 * 0.023 * 15 / 30),
    }


def test_tags_are_two_requests_each_and_a_walk_lists() -> None:
    told = reckoned("tag", bucket(), None, *(thing(5) for _ in range(1001)), walks=True)
    assert told.requests == 2 * 1001 + 2


def test_what_is_not_known_is_said() -> None:
    own = PriceList("STANDARD", {"STANDARD.put": 1.0}, {}, "EUR")
    told = reckoned("copy", bucket(own=own), DISK, thing(GIB), thing(5, "GLACIER"))
    assert set(told.unknown) == {"requests", "retrieval", "transfer"}
    assert told.wordings()[0].endswith("out, prices not known")
    partly = reckoned("class", bucket(own=own), None, thing(5, "STANDARD"), tier="STANDARD")
    assert partly.wordings()[0] == "4 requests: about <0.01 EUR and more (requests)"
    assert told.archived == 1
    elsewhere = End(parse("s3://b/"), PLAIN.costs, None, PLAIN.tiers, keeps=False)
    silent = reckoned("copy", elsewhere, DISK, thing(5))
    assert (silent.requests, silent.charges) == (1, ())
    assert silent.wordings()[0] == "1 request, 5 out"


def test_one_line_with_the_largest_charge_first() -> None:
    told = reckoned("copy", bucket(), DISK, thing(10 * GIB, "STANDARD_IA"), pace=GIB / 6)
    assert told.wordings()[0] == (
        "1,280 requests, 10G out: about 1.00 USD (transfer 0.90, retrieval 0.10, requests <0.01); 1:00"
    )
    assert told.wordings()[-1] == "1.00 USD"
    counting = Estimator("copy", bucket(), DISK, now_ns=NOW)
    counting.add(thing(5))
    assert counting.picture(complete=False).wordings()[0].startswith("At least 1 request")


def test_terms_hold_for_prices_of_ones_own() -> None:
    own = PriceList("WARM", {"COLD.storage": 3.0}, {"COLD": Terms(days=30)}, "EUR")
    there: Location = parse("s3://b/")
    end = End(there, PLAIN.costs, own, PLAIN.tiers, keeps=False)
    assert reckoned("delete", end, None, thing(GIB, "COLD", age=15)).total == pytest.approx(1.5)
