"""What a server can do, as far as is known: one row for each ability, with how that is known."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tfm.model.cancel import CancelToken
from tfm.model.change import Change
from tfm.model.location import Location


class Can(enum.Enum):
    """The state of one ability."""

    YES = "yes"
    NO = "no"
    DIFFERS = "differs"
    DENIED = "denied"
    UNKNOWN = "not asked yet"


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing that a server may be able to do.

    `name` is for scripts; `meaning` says what the state means for the user; `known_by` how it is known: the
    address of a page, "measured with" something, or "its answers". Empty while it is not known.
    """

    name: str
    title: str
    can: Can
    meaning: str
    known_by: str = ""


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What is known of a server; `server` is empty where it was not recognised, `by` says how it was."""

    server: str
    by: str
    abilities: tuple[Ability, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial touched; `left` names what could not be removed again, empty if nothing stays."""

    change: Change
    left: str = ""


class Abilities(Protocol):
    """Tells what the server of a place can do, and asks it."""

    def known(self, location: Location) -> Acquaintance:
        """What is known so far. Sends nothing; may read configuration. Raises StorageError."""
        ...

    def probe(self, location: Location, cancel: CancelToken) -> Acquaintance:
        """Ask the server with requests that only read; what it refuses is an answer.

        Raises StorageError where it cannot be asked at all: no login, no server.
        """
        ...

    def trial_names(self, location: Location) -> Sequence[Location]:
        """Places that nobody has, where `try_writing` would write. No request."""
        ...

    def try_writing(
        self, location: Location, names: Sequence[Location], cancel: CancelToken
    ) -> Tried:
        """Write small objects at these places, look what becomes of them, and remove them again.

        Raises StorageError where they could not be written, or would have to stay.
        """
        ...
