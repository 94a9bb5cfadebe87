"""What storing and asking costs: price lists as values, and the sums that are made of them.

A price list is flat, so that a configuration can replace any one price: `egress`, `STANDARD.storage`.
Storage and transfer are per GB of 2**30 bytes, requests per 1,000, as sellers print them. A price that is
not in the list is not known, which is something else than 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from tfm.model.text import SafeText

GIB: Final = 1024**3
MONTH_DAYS: Final = 30

GENERAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list": "1,000 requests that list",
        "egress": "a GB that leaves for the internet",
        "between_regions": "a GB that goes to another region",
        "acceleration": "a GB that takes the accelerated way, beside the others",
    }
)
"""Prices that no storage class has of its own, with what each is for."""

OF_A_CLASS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "storage": "a GB kept for a month",
        "put": "1,000 requests that store, copy or restore",
        "get": "1,000 requests that read",
        "transition": "1,000 objects moved into it by a lifecycle rule",
        "retrieve": "a GB read",
        "upload": "a GB stored",
        "watch": "1,000 objects watched for a month",
    }
)
"""Prices of each storage class: `STANDARD.storage`."""

RESTORE: Final = "restore"
"""`GLACIER.restore.Bulk` is for a GB brought back at that speed, with `.requests` behind for 1,000 objects."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a class counts: the least `days` and the `least` bytes of an object that are billed.

    Beside each object `extra` bytes are billed at its own price and `index` bytes at that of the usual class.
    Objects of `watched_from` bytes and more are watched, if that is not 0.
    """

    days: int = 0
    least: int = 0
    extra: int = 0
    index: int = 0
    watched_from: int = 0


NO_TERMS: Final = Terms()


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices at one place. `usual` is the class of what was stored without naming one, `uploads` that of what
    tfm stores there unasked.

    `as_of` is when they were read and `source` the address of their page; `remark` says what is odd about them:
    that they are those of another region, that some are the user's own.
    """

    usual: str
    values: Mapping[str, float]
    terms: Mapping[str, Terms] = field(default_factory=dict)
    currency: str = "USD"
    as_of: str = ""
    source: str = ""
    region: str = ""
    remark: str = ""
    uploads: str = ""

    def price(self, name: str) -> float | None:
        """The price of that name, None if it is not known."""
        return self.values.get(name)

    def of(self, storage_class: str, kind: str) -> float | None:
        """One of a class; what is stored without a class has the usual one."""
        return self.values.get(f"{storage_class or self.usual}.{kind}")

    def terms_of(self, storage_class: str) -> Terms:
        """What that class counts."""
        return self.terms.get(storage_class or self.usual, NO_TERMS)

    def told(self, *, short: bool = False) -> SafeText:
        """What these figures are, in one line for the reader of a sum."""
        when = f" of {self.as_of}" if self.as_of else ""
        where = f" for {self.region}" if self.region and not self.remark else ""
        remark = f"; {self.remark}" if self.remark else ""
        if short:
            return SafeText(f"Estimate: list prices{when}{where}{remark}")
        return SafeText(
            f"An estimate by list prices{when}{where}, before taxes and discounts{remark}."
        )


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of one class. `billed` are the bytes that are paid for at the price of the class: small objects
    count more; `index` those that are paid for at the usual price; `watched` objects are watched.
    """

    objects: int = 0
    bytes: int = 0
    billed: int = 0
    index: int = 0
    watched: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.objects + other.objects,
            self.bytes + other.bytes,
            self.billed + other.billed,
            self.index + other.index,
            self.watched + other.watched,
        )


NOTHING: Final = Amount()

Amounts = Mapping[str, Amount]
"""By storage class."""


def amount_of(size: int, terms: Terms = NO_TERMS) -> Amount:
    """What one object of that many bytes counts for."""
    watched = bool(terms.watched_from) and size >= terms.watched_from
    billed = max(size, terms.least) + terms.extra
    return Amount(1, size, billed, terms.index, int(watched))


def total(amounts: Iterable[Amount]) -> Amount:
    """All of them together."""
    summed = NOTHING
    for amount in amounts:
        summed += amount
    return summed


def monthly(prices: PriceList, storage_class: str, amount: Amount) -> float | None:
    """What keeping it costs in a month, None where the price of the class is not known."""
    stored = prices.of(storage_class, "storage")
    if stored is None:
        return None
    sum_ = amount.billed / GIB * stored
    sum_ += amount.index / GIB * (prices.of("", "storage") or 0.0)
    return sum_ + amount.watched / 1000 * (prices.of(storage_class, "watch") or 0.0)


def monthly_of_all(prices: PriceList, amounts: Amounts) -> float | None:
    """The same for several classes; None if the price of one of them is not known."""
    sums = [monthly(prices, name, amount) for name, amount in amounts.items()]
    known = [each for each in sums if each is not None]
    return sum(known) if len(known) == len(sums) else None


def money(value: float | None, currency: str = "USD") -> SafeText:
    """`0.02 USD`, `1,234 USD`; `under 0.01 USD` rather than nothing; `?` where it is not known."""
    return SafeText("?" if value is None else f"{figure(value)} {currency}")


def figure(value: float | None) -> SafeText:
    """The same without the currency, for columns: `<0.01`."""
    if value is None:
        return SafeText("?")
    if value <= 0:
        return SafeText("0")
    if value < 0.01:
        return SafeText("<0.01")
    return SafeText(f"{value:,.2f}" if value < 1000 else f"{value:,.0f}")


def changed(prices: PriceList, own: Mapping[str, float | str]) -> PriceList:
    """The list with some prices of the user's own, which it says."""
    if not own:
        return prices
    values = {name: value for name, value in own.items() if isinstance(value, float | int)}
    currency = str(own.get("currency", prices.currency))
    return replace(
        prices,
        values=MappingProxyType({**prices.values, **values}),
        currency=currency,
        remark="; ".join(filter(None, (prices.remark, "with prices of your own"))),
    )
