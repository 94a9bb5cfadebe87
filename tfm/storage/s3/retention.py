"""Whether a delete can be undone: what the versioning of a bucket says, asked once."""

from __future__ import annotations

from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.storage.facets import Fate
from tfm.storage.s3.calls import Calls


class Versioning:
    """The `Retention` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._known: dict[str, Fate] = {}

    def fate(self, location: Location) -> Fate:
        """One GetBucketVersioning for each bucket, remembered; UNKNOWN if it may not be asked.

        Suspended versioning counts as permanent: a delete then removes the current bytes.
        """
        bucket = location.container
        if not bucket:
            return Fate.UNKNOWN
        known = self._known.get(bucket)
        if known is None:
            known = self._known[bucket] = self._ask(location)
        return known

    def _ask(self, location: Location) -> Fate:
        try:
            answer = self._calls.send(
                "get_bucket_versioning", location, "look at", Bucket=location.container
            )
        except StorageError:
            return Fate.UNKNOWN
        status = answer.get("Status")
        if status == "Enabled":
            return Fate.UNDOABLE
        return Fate.PERMANENT if status in (None, "Suspended") else Fate.UNKNOWN
