"""What a storage can do with the containers at its top: make them, look at them, remove them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.columns import Column
from tfm.model.errors import StorageError
from tfm.model.location import Location
from tfm.storage.object_facets import Pairs


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen when a container is made: what it is called, what stands there at
    first, what it is for. With `choices` nothing else can stand there.
    """

    id: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewContainer:
    """A container that was made: what was set for it, and what was not, with the reason.

    `notes` are short sentences about what the storage has no word for, and nobody asked for.
    """

    change: Change
    kept: tuple[str, ...] = ()
    missed: tuple[tuple[str, StorageError], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Glance:
    """What is found out about a container: short texts by the id of their column, and all of it in words.

    A question mark is what may not be asked; `facts` tell why.
    """

    told: Pairs
    facts: Pairs


class Containers(Protocol):
    """Makes, shows and removes the containers at the top of a storage."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What stands beside their names, most important first."""
        ...

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the columns for which each container has to be looked at; empty if none has to be."""
        ...

    @property
    def options(self) -> Sequence[Option]:
        """What can be chosen for a new one. No request."""
        ...

    def fault_in(self, name: str, chosen: Mapping[str, str]) -> str:
        """Why none can be made of that name and with these options; empty if one can. No request."""
        ...

    def create(
        self, location: Location, chosen: Mapping[str, str], cancel: CancelToken = NEVER
    ) -> NewContainer:
        """Make one, then set what was chosen. Options that are not named are left as they are at first.

        Raises AlreadyExists, and then nothing was touched; InvalidName, Denied. What fails once it is
        there is told in the answer.
        """
        ...

    def remove(self, location: Location, cancel: CancelToken = NEVER) -> Change:
        """Remove one that holds nothing at all. Raises NotEmpty, NotFound."""
        ...

    def holds(self, location: Location, cancel: CancelToken = NEVER) -> str:
        """What kind of thing is in it, in words, asked afresh; empty if nothing is. Raises NotFound."""
        ...

    def glance(self, location: Location, cancel: CancelToken = NEVER) -> Glance:
        """Look at it, a few requests; remembered for as long as listings are kept. Raises StorageError."""
        ...

    def known(self, location: Location) -> Glance | None:
        """What was last found out, if that is still to be believed; never any I/O."""
        ...


class Payment(Protocol):
    """Knows containers of others for which our account may pay, if somebody agrees to it."""

    @property
    def price(self) -> Sequence[str]:
        """What that costs, in short sentences."""
        ...

    def answer(self, location: Location, *, pay: bool) -> None:
        """What somebody said about the container of a place: remembered as long as the program runs."""
        ...

    def pays(self, location: Location) -> bool:
        """Whether our account pays there: by the settings, or because somebody agreed. No request."""
        ...


@dataclass(frozen=True, slots=True)
class Gain:
    """Seconds that a sample of `size` bytes took, the usual way and the accelerated one, up and down, and
    those of a round trip; `verdict` says in sentences what that means.
    """

    size: int
    up: tuple[float, float]
    down: tuple[float, float]
    round_trip: float
    verdict: tuple[str, ...] = ()


class Acceleration(Protocol):
    """Has a faster and dearer way to the bytes of far containers, and can tell what it gains."""

    def measure(self, directory: Location, size: int, cancel: CancelToken) -> Gain:
        """Send and fetch a sample of so many bytes both ways, in objects that are removed again.

        Raises Unsupported where there is no such way, or it is switched off.
        """
        ...
