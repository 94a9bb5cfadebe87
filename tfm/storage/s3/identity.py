"""Whether two places are one object, also when they are reached through two connections."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from urllib.parse import urlsplit

from tfm.model.location import Location
from tfm.storage.guard import guarded
from tfm.storage.s3.calls import Calls


class Identities:
    """The `Identity` facet."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def identity(self, location: Location) -> Hashable:
        """Server and key; two profiles at one server see the same objects. Sends nothing.

        A move between two names of one object would copy it onto itself and then delete it.
        """
        with guarded(location, "look at"):
            if self._calls.on_aws_for(location):
                return ("s3", "aws", location.key)  # bucket names are unique in all of it
            where = urlsplit(self._calls.clients.endpoint)
            return ("s3", (where.scheme, where.netloc.rpartition("@")[2].lower()), location.key)

    def lineage(self, directory: Location) -> Sequence[Hashable]:
        """Prefixes have no other parents than those their keys tell. Sends nothing."""
        return [self.identity(place) for place in (directory, *directory.ancestors())]
