"""Storage classes as data: what can be chosen, what it costs to come early or to be small.

Sources, as of 2026-11: Amazon S3 user guide, "Understanding and managing Amazon S3 storage classes"
and "Understanding archive retrieval options"; Amazon S3 pricing (minimum durations and sizes); the list
of names is that of the SDK's service model, boto3 1.44.5 (shape StorageClass).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

KIB = 1024


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """One class. `days` is the least time that is billed, `small` the least size in bytes, `refusal` why
    nobody can choose it for an object. `archived`: it must be restored before it can be read.
    """

    title: str
    days: int = 0
    small: int = 0
    archived: bool = False
    refusal: str = ""


_OUTSIDE = "it belongs to another service"

CLASSES: Mapping[str, ClassFacts] = MappingProxyType(
    {
        "STANDARD": ClassFacts("at once, often read"),
        "INTELLIGENT_TIERING": ClassFacts("moves by itself as it is read"),
        "STANDARD_IA": ClassFacts("at once, seldom read", 30, 128 * KIB),
        "ONEZONE_IA": ClassFacts("at once, in one zone only", 30, 128 * KIB),
        "GLACIER_IR": ClassFacts("archive, at once", 90, 128 * KIB),
        "GLACIER": ClassFacts("archive, minutes to hours", 90, archived=True),
        "DEEP_ARCHIVE": ClassFacts("archive, 12 to 48 hours", 180, archived=True),
        "REDUCED_REDUNDANCY": ClassFacts("of old, dearer than STANDARD"),
        "EXPRESS_ONEZONE": ClassFacts("", refusal="only in directory buckets"),
        "OUTPOSTS": ClassFacts("", refusal="only on Outposts"),
        "SNOW": ClassFacts("", refusal="only on Snow devices"),
        "FSX_OPENZFS": ClassFacts("", refusal=_OUTSIDE),
        "FSX_ONTAP": ClassFacts("", refusal=_OUTSIDE),
        "AWS_BACKUP_WARM": ClassFacts("", refusal=_OUTSIDE),
        "AWS_BACKUP_LOW_COST_WARM": ClassFacts("", refusal=_OUTSIDE),
    }
)
"""In the order people look for them."""

TIERS: Mapping[str, str] = MappingProxyType(
    {"Standard": "3 to 12 hours", "Bulk": "5 to 48 hours, cheapest", "Expedited": "1 to 5 minutes"}
)
"""How fast a restore is; DEEP_ARCHIVE has no Expedited."""

PAUSES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"Standard": (900.0, 3600.0), "Bulk": (1800.0, 7200.0), "Expedited": (60.0, 300.0)}
)
"""Seconds before the first look whether it has come, and the longest between two: each look is a request."""

DIRECTORY_BUCKET = "--x-s3"
"""How the name of a directory bucket ends; its objects have one class."""


def facts_of(name: str) -> ClassFacts:
    """Those of a class; a server's own class has none."""
    return CLASSES.get(name, ClassFacts(""))
