"""Containers in memory: the double of what object stores do at their top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change, beneath
from tfm.model.columns import Column
from tfm.model.entry import ContainerDetails, Entry
from tfm.model.errors import InvalidName, NotEmpty
from tfm.model.location import Location
from tfm.model.order import SortKey
from tfm.model.text import SafeText, local_time, safe_text
from tfm.storage.container_facets import Glance, NewContainer, Option
from tfm.storage.memory.flat import FlatShelf
from tfm.storage.memory.shelf import refusal


def _held(entry: Entry) -> SafeText:
    details = entry.details
    found = details.told if isinstance(details, ContainerDetails) else ()
    return safe_text(dict(found).get("held", ""))


class MemoryContainers:
    """The facet. The column `held` counts what is in each, and is asked for."""

    columns: tuple[Column, ...] = (
        Column("time", "Made", 16, lambda entry: local_time(entry.mtime_ns), SortKey.TIME),
        Column("held", "Files", 5, _held, right=True),
    )
    asked = frozenset({"held"})
    options: Sequence[Option] = ()

    def __init__(self, shelf: FlatShelf) -> None:
        self._shelf = shelf
        self._known: dict[str, Glance] = {}

    def fault_in(self, name: str, chosen: Mapping[str, str]) -> str:
        """As the protocol."""
        if not name or "/" in name:
            return "The name of a container is not empty and has no slash."
        unknown = ", ".join(sorted(set(chosen)))
        return f"There is no such option: {safe_text(unknown)}." if unknown else ""

    def create(
        self,
        location: Location,
        chosen: Mapping[str, str],
        cancel: CancelToken = NEVER,
    ) -> NewContainer:
        """As the protocol."""
        cancel.check()
        place = location.as_directory()
        if fault := self.fault_in(place.container, chosen):
            raise refusal(InvalidName, place, "make", fault)
        self._shelf.mkdir(place)
        return NewContainer(beneath(place))

    def remove(self, location: Location, cancel: CancelToken = NEVER) -> Change:
        """As the protocol."""
        cancel.check()
        place = location.as_directory()
        with self._shelf.lock:
            if self.holds(place):
                raise refusal(NotEmpty, place, "delete", "it is not empty.", "Empty it first.")
            self._shelf.remove(place, None)
            self._known.pop(place.container, None)
        return beneath(place)

    def holds(self, location: Location, cancel: CancelToken = NEVER) -> str:
        """As the protocol."""
        cancel.check()
        return "objects" if self._shelf.walk(location.as_directory()) else ""

    def glance(self, location: Location, cancel: CancelToken = NEVER) -> Glance:
        """As the protocol."""
        cancel.check()
        count = str(len(self._shelf.walk(location.as_directory())))
        made = Glance((("held", count),), (("Files", count),))
        self._known[location.container] = made
        return made

    def known(self, location: Location) -> Glance | None:
        """As the protocol; it is kept until the container goes."""
        return self._known.get(location.container)
