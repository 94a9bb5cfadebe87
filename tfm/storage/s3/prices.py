"""The list prices of Amazon S3, as data with a date.

They are estimates: first volume band, no free tier, no discounts, no taxes. Only what was read from the page stands
here; a region takes what is not listed for it from us-east-1, and says so. To bring the table up to date, read the page
again, change the numbers and `AS_OF`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tfm.storage.prices import PriceList, Terms
from tfm.storage.s3.classes import CLASSES

AS_OF: Final = "2026-02"
SOURCE: Final = "https://aws.amazon.com/s3/pricing/"
FIRST_REGION: Final = "us-east-1"
USUAL: Final = "STANDARD"

_KIB: Final = 1024
_WATCHED_FROM: Final = 128 * _KIB
_ARCHIVE = Terms(extra=32 * _KIB, index=8 * _KIB)

_FIRST: Final[Mapping[str, float]] = MappingProxyType(
    {
        "list": 0.005,
        "egress": 0.09,
        "between_regions": 0.02,
        "acceleration": 0.04,
        "STANDARD.storage": 0.023,
        "STANDARD.put": 0.005,
        "STANDARD.get": 0.0004,
        "STANDARD.retrieve": 0.0,
        "INTELLIGENT_TIERING.storage": 0.023,
        "INTELLIGENT_TIERING.put": 0.005,
        "INTELLIGENT_TIERING.get": 0.0004,
        "INTELLIGENT_TIERING.transition": 0.01,
        "INTELLIGENT_TIERING.retrieve": 0.0,
        "INTELLIGENT_TIERING.watch": 0.0025,
        "STANDARD_IA.storage": 0.0125,
        "STANDARD_IA.put": 0.01,
        "STANDARD_IA.get": 0.001,
        "STANDARD_IA.transition": 0.01,
        "STANDARD_IA.retrieve": 0.01,
        "ONEZONE_IA.storage": 0.01,
        "ONEZONE_IA.put": 0.01,
        "ONEZONE_IA.get": 0.001,
        "ONEZONE_IA.transition": 0.01,
        "ONEZONE_IA.retrieve": 0.01,
        "GLACIER_IR.storage": 0.004,
        "GLACIER_IR.put": 0.02,
        "GLACIER_IR.get": 0.01,
        "GLACIER_IR.transition": 0.02,
        "GLACIER_IR.retrieve": 0.03,
        "GLACIER.storage": 0.0036,
        "GLACIER.put": 0.03,
        "GLACIER.get": 0.0004,
        "GLACIER.transition": 0.03,
        "GLACIER.retrieve": 0.0,
        "GLACIER.restore.Standard": 0.01,
        "GLACIER.restore.Standard.requests": 0.05,
        "GLACIER.restore.Bulk": 0.0,
        "GLACIER.restore.Bulk.requests": 0.0,
        "GLACIER.restore.Expedited": 0.03,
        "GLACIER.restore.Expedited.requests": 10.0,
        "DEEP_ARCHIVE.storage": 0.00099,
        "DEEP_ARCHIVE.put": 0.05,
        "DEEP_ARCHIVE.get": 0.0004,
        "DEEP_ARCHIVE.transition": 0.05,
        "DEEP_ARCHIVE.retrieve": 0.0,
        "DEEP_ARCHIVE.restore.Standard": 0.02,
        "DEEP_ARCHIVE.restore.Standard.requests": 0.10,
        "DEEP_ARCHIVE.restore.Bulk": 0.0025,
        "DEEP_ARCHIVE.restore.Bulk.requests": 0.025,
        "REDUCED_REDUNDANCY.storage": 0.024,
        "REDUCED_REDUNDANCY.put": 0.005,
        "REDUCED_REDUNDANCY.get": 0.0004,
        "REDUCED_REDUNDANCY.retrieve": 0.0,
        "EXPRESS_ONEZONE.storage": 0.11,
        "EXPRESS_ONEZONE.put": 0.00113,
        "EXPRESS_ONEZONE.get": 0.00003,
        "EXPRESS_ONEZONE.retrieve": 0.0006,
        "EXPRESS_ONEZONE.upload": 0.0032,
    }
)
"""us-east-1. What is restored is not charged for again when it is read: the restore was."""

_SAME: Final = ("us-east-2", "us-west-2", "eu-west-1")
"""Regions that charge what us-east-1 does."""

_OTHERS: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "ap-northeast-1": {"STANDARD.storage": 0.025, "egress": 0.114},
        "ap-southeast-1": {
            "STANDARD.storage": 0.025,
            "STANDARD_IA.storage": 0.0138,
            "GLACIER_IR.storage": 0.005,
            "egress": 0.12,
        },
        "ap-southeast-2": {"STANDARD.storage": 0.025, "egress": 0.114},
        "ca-central-1": {"STANDARD.storage": 0.025},
        "eu-central-1": {
            "STANDARD.storage": 0.0245,
            "STANDARD.put": 0.0054,
            "STANDARD.get": 0.00043,
            "STANDARD_IA.storage": 0.0135,
            "GLACIER_IR.storage": 0.005,
            "list": 0.0054,
        },
        "eu-north-1": {"STANDARD.storage": 0.023},
        "eu-west-2": {"STANDARD.storage": 0.024},
        "eu-west-3": {"STANDARD.storage": 0.024},
        "sa-east-1": {"STANDARD.storage": 0.0405},
        "us-west-1": {"STANDARD.storage": 0.026},
    }
)
"""Of other regions only what differs and was read."""


def _terms() -> Mapping[str, Terms]:
    terms = {
        name: Terms(facts.days, facts.small)
        for name, facts in CLASSES.items()
        if not facts.archived
    }
    for name, facts in CLASSES.items():
        if facts.archived:
            terms[name] = Terms(facts.days, extra=_ARCHIVE.extra, index=_ARCHIVE.index)
    terms["INTELLIGENT_TIERING"] = Terms(watched_from=_WATCHED_FROM)
    return MappingProxyType(terms)


TERMS: Final = _terms()


def amazon_prices(region: str) -> PriceList:
    """The list prices of a region, as far as they are known."""
    own = _OTHERS.get(region)
    if region == FIRST_REGION or region in _SAME:
        remark = ""
    elif own is None:
        remark = f"prices of {FIRST_REGION}"
    else:
        remark = f"partly prices of {FIRST_REGION}"
    values = MappingProxyType({**_FIRST, **(own or {})})
    return PriceList(USUAL, values, TERMS, "USD", AS_OF, SOURCE, region, remark)
