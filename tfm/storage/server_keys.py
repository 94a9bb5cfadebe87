"""Keys that a server encrypts with, to choose one from a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.location import Location


@dataclass(frozen=True, slots=True)
class ServerKey:
    """One of them: `name` is what a request says, `alias` what people call it, if anything.

    `refusal` says why nothing can be encrypted with it; empty if it can be tried.
    """

    name: str
    alias: str = ""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is known of a key beyond its names, in words; `refusal` as above."""

    text: str
    refusal: str = ""


class ServerKeys(Protocol):
    """Lists keys, where there is a service that keeps them."""

    def keys(self, location: Location, cancel: CancelToken) -> Iterator[Sequence[ServerKey]]:
        """Those that what is stored there can be encrypted with: first by alias, then the others.

        Raises Unsupported where there is no such service, Denied where they may not be listed.
        """
        ...

    def about(self, location: Location, key: ServerKey, cancel: CancelToken = NEVER) -> KeyFacts:
        """More about one: a request. Raises StorageError."""
        ...
