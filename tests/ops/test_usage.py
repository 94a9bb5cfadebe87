"""What is stored beneath a directory, by class and directory; sums against a count made by hand."""

from __future__ import annotations

import threading

import pytest

from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.errors import Cancelled
from tfm.model.location import parse
from tfm.ops import usage as module
from tfm.ops.context import OpContext
from tfm.ops.usage import Usage, bytes_of, measure, measure_beside, objects_of, prices_at
from tfm.storage.base import Hints
from tfm.storage.prices import GIB, Amount, PriceList, Terms, figure, money, monthly, monthly_of_all
from tfm.storage.vfs import Vfs

TERMS = {
    "COLD": Terms(days=30, least=100),
    "FROZEN": Terms(extra=32, index=8),
    "AUTO": Terms(watched_from=50),
}
PRICES = PriceList(
    "WARM",
    {
        "WARM.storage": 2.0,
        "COLD.storage": 1.0,
        "FROZEN.storage": 0.5,
        "AUTO.storage": 2.0,
        "AUTO.watch": 3.0,
    },
    TERMS,
)


def row(name: str, size: int, kept: str = "") -> Entry:
    return Entry(name, Kind.FILE, size, 0, ObjectDetails(storage_class=kept))


def counted(*rows: Entry) -> Usage:
    usage = Usage(parse("s3://b/"), PRICES)
    usage.add(rows)
    usage.end()
    return usage


def test_each_directory_has_all_beneath_it_by_class() -> None:
    usage = counted(
        row("a/x", 10), row("a/b/y", 5, "COLD"), row("z", 7), row("a//w", 1), row("a/", 0)
    )
    top = usage.level()
    assert (objects_of(top.amounts), bytes_of(top.amounts)) == (5, 23)
    assert [name for name, _ in top.children] == ["a"]
    assert top.right_here == {"": Amount(1, 7, 7)}
    inside = usage.level("a/")
    assert dict(inside.children) == {"b": {"COLD": Amount(1, 5, 100)}, "": {"": Amount(1, 1, 1)}}
    assert inside.right_here == {"": Amount(2, 10, 10)}
    assert usage.level("a/b/").right_here == {"COLD": Amount(1, 5, 100)}
    assert usage.level("nowhere/").amounts == {}


def test_small_archived_and_watched_objects_are_billed_as_the_seller_counts() -> None:
    usage = counted(
        row("a", 5, "COLD"),
        row("b", 500, "COLD"),
        row("c", 0, "FROZEN"),
        row("d", 49, "AUTO"),
        row("e", 50, "AUTO"),
    )
    amounts = usage.level().amounts
    assert amounts["COLD"] == Amount(2, 505, 600)
    assert amounts["FROZEN"] == Amount(1, 0, 32, 8)
    assert amounts["AUTO"].watched == 1
    assert monthly(PRICES, "COLD", amounts["COLD"]) == pytest.approx(600 / GIB)
    assert monthly(PRICES, "FROZEN", amounts["FROZEN"]) == pytest.approx((32 * 0.5 + 8 * 2.0) / GIB)
    assert monthly(PRICES, "AUTO", amounts["AUTO"]) == pytest.approx(99 * 2 / GIB + 0.003)
    assert monthly_of_all(PRICES, {**amounts, "ODD": Amount(1, 1, 1)}) is None


def test_more_directories_than_are_told_apart_stay_in_the_sum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_MOST_DIRECTORIES", 4)
    monkeypatch.setattr(module, "_MOST_CHILDREN", 2)
    usage = counted(*(row(f"d{n}/x", n) for n in range(10)))
    level = usage.level()
    assert bytes_of(level.amounts) == 45
    assert [name for name, _ in level.children] == ["d2", "d1"]
    assert level.left_out == 1
    assert bytes_of(level.right_here) == 45 - 3


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (0.004, "<0.01"), (0.125, "0.12"), (1234.5, "1,234"), (None, "?")],
)
def test_figures(value: float | None, shown: str) -> None:
    assert figure(value) == shown
    assert money(value, "EUR") == ("?" if value is None else f"{shown} EUR")


def a_vfs(*names: str) -> OpContext:
    ctx = OpContext(Vfs())
    ctx.vfs.mkdir(parse("mem://b/"))
    for name in names:
        with ctx.vfs.open_write(parse(f"mem://b/{name}"), Hints()) as writer:
            writer.write(b"12345")
            writer.commit()
    return ctx


def test_a_storage_without_classes_or_prices_is_counted_all_the_same() -> None:
    ctx = a_vfs("a/x", "a/b/y", "z")
    top = parse("mem://b/")
    ticks: list[int] = []
    usage = Usage(top, prices_at(ctx, top))
    measure(ctx, usage, lambda: ticks.append(objects_of(usage.level().amounts)))
    assert usage.prices is None
    assert usage.complete
    assert ticks[-1] == 3
    assert bytes_of(usage.level("a/").amounts) == 10
    assert measure_beside(ctx, top, None).no_versions


def test_a_count_that_is_cancelled_is_never_complete() -> None:
    ctx = a_vfs("a/x", "z")
    token = CancelToken()
    token.cancel()
    usage = Usage(parse("mem://b/"))
    with pytest.raises(Cancelled):
        measure(OpContext(ctx.vfs, cancel=token), usage)
    assert not usage.complete


def test_it_can_be_looked_at_while_it_grows() -> None:
    usage = Usage(parse("s3://b/"), PRICES)
    rows = [row(f"d{n % 7}/x{n}", 1) for n in range(3000)]
    writer = threading.Thread(target=lambda: usage.add(rows))
    writer.start()
    seen = [0]
    while seen[-1] < 3000:
        level = usage.level()
        whole = objects_of(level.amounts)
        assert sum(objects_of(amounts) for _, amounts in level.children) == whole >= seen[-1]
        seen.append(whole)
    writer.join()
