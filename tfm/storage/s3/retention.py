"""Whether a bucket keeps what is deleted there: what its versioning says, remembered for a while."""

from __future__ import annotations

import time

from tfm.model.errors import Denied, NotFound, StorageError, Unsupported
from tfm.model.location import Location
from tfm.storage.facets import Fate
from tfm.storage.object_facets import Keeping
from tfm.storage.s3.calls import Calls

_STATES = {None: Keeping.OFF, "Enabled": Keeping.ON, "Suspended": Keeping.SUSPENDED}
_FATES = {
    Keeping.ON: Fate.UNDOABLE,
    Keeping.SUSPENDED: Fate.PERMANENT,
    Keeping.OFF: Fate.PERMANENT,
    Keeping.NONE: Fate.PERMANENT,
    Keeping.DENIED: Fate.UNKNOWN,
}


class Versioning:
    """The `Retention` facet, and what the `Versions` facet says about buckets."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._known: dict[str, tuple[Keeping, float]] = {}
        self._coded: set[str] = set()

    def fate(self, location: Location) -> Fate:
        """One GetBucketVersioning for each bucket, remembered; UNKNOWN if it may not be asked.

        Suspended versioning counts as permanent: a delete then removes the current bytes.
        """
        if not location.container:
            return Fate.UNKNOWN
        try:
            return _FATES[self.keeping(location)]
        except StorageError:
            return Fate.UNKNOWN

    def keeping(self, location: Location) -> Keeping:
        """As the protocol."""
        bucket = location.container
        if not bucket:
            return Keeping.NONE
        known, until = self._known.get(bucket, (Keeping.NONE, 0.0))
        if time.monotonic() >= until:
            known = self._ask(location)
            self._known[bucket] = known, time.monotonic() + self._calls.options.cache_ttl
        return known

    def forget(self, location: Location) -> None:
        """It was switched on or off: ask again."""
        self._known.pop(location.container, None)

    def needs_code(self, location: Location) -> bool:
        """As the protocol."""
        self.keeping(location)
        return location.container in self._coded

    def _ask(self, location: Location) -> Keeping:
        try:
            answer = self._calls.send(
                "get_bucket_versioning", location, "look at", Bucket=location.container
            )
        except NotFound:
            raise
        except Denied as error:
            return Keeping.NONE if error.code in ("MethodNotAllowed", "405") else Keeping.DENIED
        except Unsupported:
            return Keeping.NONE
        if answer.get("MFADelete") == "Enabled":
            self._coded.add(location.container)
        else:
            self._coded.discard(location.container)
        return _STATES.get(answer.get("Status"), Keeping.DENIED)
