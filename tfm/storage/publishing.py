"""A writer that tells what it changed."""

from __future__ import annotations

from collections.abc import Callable

from tfm.model.change import Change, around
from tfm.model.location import Location
from tfm.storage.base import Writer, Written
from tfm.storage.guard import guarded


class PublishingWriter(Writer):
    """Publishes the change of a commit; of a failed one, the worst that can have happened."""

    def __init__(
        self, writer: Writer, location: Location, publish: Callable[[Change], None]
    ) -> None:
        self._writer = writer
        self._location = location
        self._publish = publish

    def write(self, data: bytes) -> None:
        """As `Writer`; errors name the place."""
        with guarded(self._location, "write"):
            self._writer.write(data)

    def commit(self) -> Written:
        """As `Writer`, and publish."""
        change = around(self._location)
        try:
            with guarded(self._location, "write"):
                written = self._writer.commit()
            change = written.change
            return written
        finally:
            self._publish(change)

    def abort(self) -> None:
        """As `Writer`."""
        with guarded(self._location, "abort"):
            self._writer.abort()
