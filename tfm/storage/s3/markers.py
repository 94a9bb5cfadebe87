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
from tfm.storage.s3.parse import Row
from tfm.storage.s3.put import put_bytes

_VERB = "make directory"
_MARKER = Hints(size=0, content_type=DIRECTORY_TYPE)


class Markers:
    """Makes markers; finds out once whether the endpoint keeps them apart from objects.

    Some servers store `a/` as the object `a`, over whatever was there. So where it is not known
    and there is an object `a`, a marker is tried under a name nobody has; without one the first
    marker is the trial, and a program killed in the middle leaves nothing that was not asked for.
    """

    def __init__(self, calls: Calls, listings: Listings) -> None:
        self._calls = calls
        self._listings = listings

    def make(self, location: Location) -> Change:
        """Store an empty marker: one List and one PUT, for the first one two Lists more.

        Raises AlreadyExists, Unsupported.
        """
        place = location.as_directory()
        check_place(place, _VERB)
        if not place.inner_key:
            raise Denied(
                f"Cannot make {safe_text(str(place)) or 's3://'}: this does not make buckets.",
                place=location,
                verb=_VERB,
                hint="Make it at s3://, or with tfm mb.",
            )
        if self._listings.first(place, _VERB).rows:
            raise AlreadyExists(
                f"Cannot make directory {safe_text(str(place))}: it is already there.",
                place=place,
                verb=_VERB,
            )
        manners = self._calls.manners
        made = False
        if manners.markers is None and self._calls.on_aws:
            manners.markers = True
        elif manners.markers is None and self._row(place.as_file()) is None:
            manners.markers = made = self._is_kept(place)
        elif manners.markers is None:
            manners.markers = self._is_kept_elsewhere(place)
        if not manners.markers:
            raise Unsupported(
                f"Cannot make directory {safe_text(str(place))}: "
                "this server keeps no empty directories.",
                place=place,
                verb=_VERB,
                hint="A directory appears with the first file inside.",
            )
        if not made:
            put_bytes(self._calls, place, b"", _MARKER, verb=_VERB)
        return around(place)

    def _is_kept_elsewhere(self, place: Location) -> bool:
        """As a trial beside it shows, of which nothing stays."""
        trial = place.parent.child(f".tfm-trial-{secrets.token_hex(6)}", directory=True)
        kept = self._is_kept(trial)
        if kept:
            self._remove(trial)
        return kept

    def _is_kept(self, marker: Location) -> bool:
        """Store a marker where neither it nor an object of its name stands. It stays if it is kept."""
        put_bytes(self._calls, marker, b"", _MARKER, verb=_VERB)
        if self._row(marker) is not None:
            return True
        became = self._row(marker.as_file())
        if became is None:
            self._remove(marker)
        elif became.size == 0:  # else somebody wrote it meanwhile
            self._remove(marker.as_file())
        return False

    def _row(self, place: Location) -> Row | None:
        rows = self._listings.first(place, _VERB).rows
        return next((row for row in rows if row.key == place.inner_key), None)

    def _remove(self, place: Location) -> None:
        try:
            self._calls.send(
                "delete_object", place, "remove", Bucket=place.container, Key=place.inner_key
            )
        except StorageError as error:
            log.warning("What was made for a trial is left: %s", safe_text(str(error)))
