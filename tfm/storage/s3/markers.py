"""Marker objects, the empty directories of a key store, on servers that may not keep them."""

from __future__ import annotations

import secrets

from tfm.model.change import Change, around
from tfm.model.errors import AlreadyExists, Denied, StorageError, Unsupported
from tfm.model.location import Location
from tfm.model.text import safe_text
from tfm.storage.base import Hints
from tfm.storage.s3.calls import Calls, log
from tfm.storage.s3.facts import DIRECTORY_TYPE
from tfm.storage.s3.keys import check_place
from tfm.storage.s3.listing import Listings
from tfm.storage.s3.put import put_bytes

_VERB = "make directory"
_MARKER = Hints(size=0, content_type=DIRECTORY_TYPE)


class Markers:
    """Makes markers; finds out once whether the endpoint keeps them apart from objects.

    Some servers store `a/` as the object `a`, over whatever was there. So where it is not known,
    the first marker goes under a name nobody has.
    """

    def __init__(self, calls: Calls, listings: Listings) -> None:
        self._calls = calls
        self._listings = listings

    def make(self, location: Location) -> Change:
        """Store an empty marker: one List and one PUT. Raises AlreadyExists, Unsupported."""
        place = location.as_directory()
        check_place(place, _VERB)
        if not place.inner_key:
            raise Denied(
                f"Cannot make {safe_text(str(place)) or 's3://'}: tfm does not make buckets.",
                place=location,
                verb=_VERB,
                hint="Use the console, or aws s3 mb.",
            )
        if self._listings.first(place, _VERB).rows:
            raise AlreadyExists(
                f"Cannot make directory {safe_text(str(place))}: it is already there.",
                place=place,
                verb=_VERB,
            )
        self.check(place)
        put_bytes(self._calls, place, b"", _MARKER, verb=_VERB)
        return around(place)

    def check(self, place: Location) -> None:
        """Raise Unsupported where a marker would become something else."""
        manners = self._calls.manners
        if manners.markers is None:
            manners.markers = self._calls.on_aws or self._keeps_markers(place)
        if not manners.markers:
            raise Unsupported(
                f"Cannot make directory {safe_text(str(place))}: "
                "this server keeps no empty directories.",
                place=place,
                verb=_VERB,
                hint="A directory appears with the first file inside.",
            )

    def _keeps_markers(self, place: Location) -> bool:
        trial = place.parent.child(f".tfm-trial-{secrets.token_hex(6)}", directory=True)
        put_bytes(self._calls, trial, b"", _MARKER, verb=_VERB)
        kept = any(row.key == trial.inner_key for row in self._listings.first(trial, _VERB).rows)
        names = [trial] if kept else [trial, trial.as_file()]
        for name in names:
            try:
                self._calls.send(
                    "delete_object", name, "remove", Bucket=name.container, Key=name.inner_key
                )
            except StorageError as error:
                log.warning("A trial directory is left behind: %s", safe_text(str(error)))
        return kept
