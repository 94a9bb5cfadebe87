"""The `Tiers` facet: classes of storage, and copies of archived objects that can be read for a while."""

from __future__ import annotations

from typing import Any

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, around
from tfm.model.entry import Entry, ObjectDetails
from tfm.model.location import Location
from tfm.model.text import short_size
from tfm.storage.guard import guarded
from tfm.storage.object_facets import Tier
from tfm.storage.s3.calls import Calls
from tfm.storage.s3.classes import CLASSES, DIRECTORY_BUCKET, PAUSES, TIERS, facts_of
from tfm.storage.s3.keys import check_place

_DAY = 86_400 * 10**9
_MOST_DAYS = 30_000


class StorageTiers:
    """As the protocol; everything but `restore` is a look at tables."""

    classes = tuple(Tier(name, facts.title, facts.refusal) for name, facts in CLASSES.items())
    speeds = tuple(Tier(name, title) for name, title in TIERS.items())

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def fault(self, location: Location, entry: Entry, wanted: str) -> str:
        """As the protocol."""
        if location.container.endswith(DIRECTORY_BUCKET):
            return "objects in a directory bucket have one storage class"
        if wanted not in CLASSES:
            return "there is no such storage class"
        if CLASSES[wanted].refusal:
            return CLASSES[wanted].refusal
        if is_archived(entry) and not is_readable(entry):
            return "it is archived: restore it first"
        return ""

    def warning(self, entry: Entry, wanted: str, now_ns: int) -> str:
        """As the protocol."""
        held, to = facts_of(class_of(entry)), facts_of(wanted)
        told = []
        age = (now_ns - (entry.mtime_ns or now_ns)) // _DAY
        if class_of(entry) != wanted and held.days > age:
            days = held.days - age
            left = f"{days} days" if days > 1 else "a day"
            told.append(f"{class_of(entry)} is billed for {left} more")
        if to.small and (entry.size or 0) < to.small:
            told.append(f"billed as {short_size(to.small)}")
        if to.days:
            told.append(f"billed for {to.days} days at least")
        if to.archived:
            told.append("must be restored before it can be read")
        return "; ".join(told)

    def archived(self, entry: Entry) -> bool:
        """As the protocol."""
        return is_archived(entry) and not is_readable(entry)

    def pauses(self, speed: str) -> tuple[float, float]:
        """As the protocol."""
        return PAUSES.get(speed, PAUSES["Standard"])

    def restorable(self, entry: Entry, speed: str) -> str:
        """As the protocol."""
        if not is_archived(entry) and class_of(entry) != "INTELLIGENT_TIERING":
            return "it is not archived"
        if class_of(entry) == "DEEP_ARCHIVE" and speed == "Expedited":
            return "DEEP_ARCHIVE has no Expedited"
        return ""

    def restore(
        self,
        location: Location,
        entry: Entry,
        days: int,
        speed: str,
        cancel: CancelToken = NEVER,
    ) -> Change:
        """As the protocol: one request."""
        with guarded(location, "restore"):
            check_place(location, "restore")
            wanted: dict[str, Any] = {"GlacierJobParameters": {"Tier": speed}}
            if (
                class_of(entry) != "INTELLIGENT_TIERING"
            ):  # there it stays until it is left alone again
                wanted["Days"] = max(1, min(days, _MOST_DAYS))
            self._calls.send(
                "restore_object",
                location,
                "restore",
                bulk=True,
                cancel=cancel,
                Bucket=location.container,
                Key=location.inner_key,
                RestoreRequest=wanted,
            )
            return around(location)


def class_of(entry: Entry) -> str:
    """The storage class of what was listed."""
    details = entry.details
    return (details.storage_class if isinstance(details, ObjectDetails) else "") or "STANDARD"


def is_archived(entry: Entry) -> bool:
    """True for what must be restored before it can be read."""
    return facts_of(class_of(entry)).archived


def is_readable(entry: Entry) -> bool:
    """True if a restore is known to have brought it back, or its class needs none."""
    details = entry.details
    restore = details.restore if isinstance(details, ObjectDetails) else ""
    return not is_archived(entry) or restore == "restored" or 'ongoing-request="false"' in restore
