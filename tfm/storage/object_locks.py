"""Locks that keep objects from being deleted for a while, or until somebody takes the hold away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.location import Location
from tfm.model.text import local_time
from tfm.storage.object_facets import Tier

FOR_GOOD = "COMPLIANCE"
"""The mode of a retention that nobody can shorten or take away before its time."""
MODES = (
    Tier("GOVERNANCE", "those with the right to bypass it can still delete and unlock"),
    Tier(FOR_GOOD, "nobody can delete or unlock before its time"),
)
"""All there are, the milder first."""


@dataclass(frozen=True, slots=True)
class Retention:
    """An object stays until then, in nanoseconds since 1970; without a mode it is not kept."""

    mode: str = ""
    until_ns: int = 0


@dataclass(frozen=True, slots=True)
class Lock:
    """What keeps an object: its retention, and whether there is a legal hold, which has no end."""

    retention: Retention = Retention()
    hold: bool = False


@dataclass(frozen=True, slots=True)
class LockEdit:
    """What is to be another about a lock; None stays as it is.

    With `bypass` a retention that may be bypassed by those who have the right is shortened or taken away.
    """

    retention: Retention | None = None
    hold: bool | None = None
    bypass: bool = False

    def applied(self, before: Lock) -> Lock:
        """The lock that results."""
        return Lock(
            before.retention if self.retention is None else self.retention,
            before.hold if self.hold is None else self.hold,
        )


def fault_in(before: Lock, edit: LockEdit, now_ns: int) -> str:
    """Why a lock cannot be changed so; empty if it can be tried."""
    had, wanted = before.retention, edit.retention
    if wanted is None or wanted == had:
        return ""
    if wanted.mode and wanted.until_ns <= now_ns:
        return "a retention ends in the future"
    if not had.mode or had.until_ns <= now_ns:
        return ""
    until = local_time(had.until_ns)
    less = not wanted.mode or wanted.until_ns < had.until_ns
    if had.mode == FOR_GOOD and (less or wanted.mode != FOR_GOOD):
        return f"{FOR_GOOD} until {until}: nobody can shorten or change it"
    if (less or wanted.mode != had.mode) and not edit.bypass:
        return f"{had.mode} until {until}: only bypassing it changes that"
    return ""


class Locks(Protocol):
    """Shows and changes the locks of objects."""

    @property
    def modes(self) -> Sequence[Tier]:
        """How an object can be retained, the milder first."""
        ...

    def refusal(self, location: Location) -> str:
        """Why there are no locks in that container, as far as it was asked; never a request."""
        ...

    def lock(self, location: Location, cancel: CancelToken = NEVER) -> Lock:
        """Of one object; a request, and one more for a container that was not asked yet.

        Raises NotFound, Unsupported with the reason where the container has no locks.
        """
        ...

    def fault(self, before: Lock, edit: LockEdit, now_ns: int) -> str:
        """Why a lock cannot be changed so; empty if it can be tried. No request."""
        ...

    def set_lock(self, location: Location, edit: LockEdit, cancel: CancelToken = NEVER) -> Change:
        """Change it, and look whether it holds; nothing is sent where it is so already.

        Raises as `lock`, StorageError with the `fault`, Denied where the right is missing.
        """
        ...
