"""What `S3_PRICES` and the prices of a connection may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tfm.config.rules import Rejected
from tfm.storage.prices import GENERAL, OF_A_CLASS, RESTORE

_CLASS = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_SPEED = re.compile(r"[A-Z][A-Za-z]{0,31}(\.requests)?")
_REGION = re.compile(r"\*|[a-z]{2}(-[a-z]+)+-\d")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST = 1_000_000.0


@dataclass(frozen=True, slots=True)
class OwnPrices:
    """A mapping of prices by name."""

    wants: str = (
        'a mapping of prices such as {"STANDARD.storage": 0.02, "egress": 0.05, "currency": "EUR"}'
    )

    def accept(self, value: object) -> object:
        """Frozen; names the price that is none."""
        if not isinstance(value, Mapping):
            raise Rejected(self.wants)
        return MappingProxyType({str(n): self._one(str(n), p) for n, p in value.items()})

    def _one(self, name: str, price: object) -> float | str:
        if name == "currency":
            if isinstance(price, str) and _CURRENCY.fullmatch(price):
                return price
            raise Rejected(f'{self.wants}; a currency has three letters, such as "EUR"', name)
        if not _is_price(name):
            kinds = ", ".join((*GENERAL, *(f"CLASS.{kind}" for kind in OF_A_CLASS)))
            raise Rejected(f"{self.wants}; {name!r} is none of {kinds}", name)
        if not isinstance(price, int | float) or isinstance(price, bool):
            raise Rejected(f"{self.wants}; {name} is a number", name)
        if not 0 <= price <= _MOST:  # never true of NaN
            raise Rejected(f"{self.wants}; {name} is not below 0", name)
        return float(price)


def _is_price(name: str) -> bool:
    if name in GENERAL:
        return True
    storage_class, _, kind = name.partition(".")
    if not _CLASS.fullmatch(storage_class):
        return False
    first, _, speed = kind.partition(".")
    return kind in OF_A_CLASS or (first == RESTORE and bool(_SPEED.fullmatch(speed)))


@dataclass(frozen=True, slots=True)
class RegionPrices:
    """Prices by region; `*` is for all of them."""

    wants: str = 'a mapping by region such as {"*": {"egress": 0.05}, "eu-central-1": {"STANDARD.storage": 0.02}}'

    def accept(self, value: object) -> object:
        """Frozen; names the region that is at fault."""
        if not isinstance(value, Mapping):
            raise Rejected(self.wants)
        chosen: dict[str, object] = {}
        for region, prices in value.items():
            if not isinstance(region, str) or not _REGION.fullmatch(region):
                raise Rejected(f'{self.wants}; {region!r} is neither a region nor "*"', region)
            try:
                chosen[region] = OwnPrices().accept(prices)
            except Rejected as error:
                raise Rejected(f"a mapping in which {region} has {error}", region) from None
        return MappingProxyType(chosen)
