"""The figures of a run as lines of text: they fit, and say what is not known."""

from __future__ import annotations

import pytest

from tfm.session.statistics import lines_of
from tfm.storage.cache import AheadRecord
from tfm.storage.prices import PriceList
from tfm.storage.statistics import CacheFigures, Charge, Statistics, StorageFigures, Tally

CACHE = CacheFigures("listings and facts", 10**7, 10**6, 10**15, 10**9, 10**9)


def told(prices: PriceList | None, count: int = 1) -> list[str]:
    tally = Tally(lambda _kind: Charge.LIST)
    for _ in range(count):
        tally.note("CompleteMultipartUploadOfMany", 12_345.6, bytes_up=10**14, error="Odd\x1b[31m")
    tally.arrived("CompleteMultipartUploadOfMany", 2**30)
    storage = StorageFigures("S3\x1b · there", tally.figures(), prices)
    ahead = AheadRecord(10**6, 10**6, 10**6, 0)
    return [line.text for line in lines_of(Statistics((storage,), (CACHE,), ahead))]


def test_nothing_is_wider_than_a_dialog_or_acts_on_the_terminal() -> None:
    dear = PriceList("STANDARD", {"list": 10**7, "egress": 9000}, currency="EUR", as_of="2026-02")
    for line in told(None) + told(dear):
        assert len(line) <= 67, line
        assert line.isprintable()


@pytest.mark.parametrize(
    ("price", "shown"),
    [(0.005, "0.0000050"), (5.0, "0.0050"), (500.0, "0.50"), (10**7, "10,000.00")],
)
def test_small_sums_keep_two_digits(price: float, shown: str) -> None:
    prices = PriceList("STANDARD", {"list": price, "egress": 0.09}, currency="EUR", as_of="2026-02")
    lines = told(prices)
    assert f"Cost: {shown} EUR for the requests," in lines
    assert "      0.090 EUR more if what came down left for the internet." in lines
    assert "Estimate: list prices of 2026-02" in lines


@pytest.mark.parametrize("prices", [None, PriceList("STANDARD", {"egress": 0.09})])
def test_what_has_no_price_does_not_cost_nothing(prices: PriceList | None) -> None:
    assert "Cost: no prices are known for this server." in told(prices)


def test_what_reading_ahead_brought_stands_there_once_it_has_asked() -> None:
    def last(record: AheadRecord) -> str:
        return lines_of(Statistics((), (CACHE,), record))[-1].text

    assert last(AheadRecord(12, 9, 4, 7)) == (
        "Read ahead: 12 requests, 9 listings, 4 opened, 5 in vain"
    )
    assert last(AheadRecord()).startswith("listings and facts")
