"""Uploads in parts that were begun and never completed: no listing shows them, and they are billed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.location import Location


@dataclass(frozen=True, slots=True)
class OpenUpload:
    """One of them. `place` is where its object would stand.

    Times are nanoseconds since 1970 by the clock of the server: `began_ns` when it was begun (None if
    that is not told), `seen_ns` when it was listed. `initiator` began it; empty where nobody says.
    """

    place: Location
    id: str
    began_ns: int | None
    seen_ns: int
    storage_class: str = ""
    initiator: str = ""

    @property
    def name(self) -> tuple[str, str, str]:
        """Container, key and id: the same through whichever connection it was seen."""
        return self.place.container, self.place.inner_key, self.id

    @property
    def age_ns(self) -> int | None:
        """How old it was when it was listed; None if that is not known."""
        return None if self.began_ns is None else max(0, self.seen_ns - self.began_ns)


@dataclass(frozen=True, slots=True)
class PartsHeld:
    """What an upload holds: how many parts, their bytes, and when the last one came (as above)."""

    count: int = 0
    bytes: int = 0
    latest_ns: int | None = None


class Uploads(Protocol):
    """Finds unfinished uploads, and ends them."""

    def uploads(
        self, place: Location, cancel: CancelToken, *, patient: bool = False
    ) -> Iterator[Sequence[OpenUpload]]:
        """All beneath a directory, or of one file, in pages by key. None is no error.

        `patient` is a job, which waits for a server that is away; nobody in front of a screen would.
        """
        ...

    def parts(self, upload: OpenUpload, cancel: CancelToken = NEVER) -> PartsHeld:
        """What it holds now: a request for each 1,000 parts, of which it has 10,000 at most.

        Raises NotFound if it is gone.
        """
        ...

    def writes(self, upload: OpenUpload) -> bool:
        """Whether this very storage is writing it now. No request."""
        ...

    def abort(self, upload: OpenUpload, cancel: CancelToken = NEVER) -> Change:
        """End it until the server no longer knows it; its parts are gone for good.

        One that is gone already is no error. Raises TooLate while this storage writes it, StorageError
        with the reason if it is still there.
        """
        ...

    def rule(self, directory: Location, days: int) -> str:
        """The rule, as text, by which the server itself would end those beneath that are so old."""
        ...
