"""What containers of an object store can be told: their settings, each a document of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tfm.model.cancel import NEVER, CancelToken
from tfm.model.change import Change
from tfm.model.location import Location

NEW_PART = -1
"""Stands for a part that is not there yet."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that containers have. `fixed` says why it can only be shown; empty if it can be set.

    `removable` where it can be taken away; `form` where a few fields say all that matters; `part` is what
    one of its parts is called, where they are added and changed one by one. `example` is a document to
    begin with, where CONTAINER stands for the name.
    """

    name: str
    title: str
    group: str
    fixed: str = ""
    removable: bool = True
    form: bool = False
    part: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class SettingValue:
    """What a container has there: a JSON document, empty where nothing is set, and what it means in words."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form; with `choices` only they can stand there, `more` begins another one like it."""

    id: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    more: bool = False


class Settings(Protocol):
    """Reads and writes the settings of a container, one by one.

    `text` is always the JSON document of a setting, empty where it is not set. What says that it sends
    nothing may look at the model of the server's interface, once something was read.
    """

    @property
    def settings(self) -> Sequence[Setting]:
        """All that containers can have, in the order people want; those of a group side by side."""
        ...

    def why_none(self, location: Location) -> str:
        """Why that container cannot be asked for any, as far as is known; no request."""
        ...

    def read(self, location: Location, name: str, cancel: CancelToken = NEVER) -> SettingValue:
        """One of them as it is now; one request.

        Raises Denied, Unsupported where the server has no such setting, NotFound without the container.
        """
        ...

    def fault_in(self, name: str, text: str) -> str:
        """Why no container can have this document, with the line where that is known; sends nothing."""
        ...

    def warnings(self, name: str, before: str, after: str) -> tuple[str, ...]:
        """What the change from one document to the other means, where it is dangerous; sends nothing."""
        ...

    def write(
        self,
        location: Location,
        name: str,
        text: str,
        expected: str,
        cancel: CancelToken = NEVER,
    ) -> Change:
        """Set it, or take it away with an empty `text`, if it still is `expected`; then it is read back.

        Raises TooLate with the difference if it is another one by now, Corrupt if the server keeps
        something else than it was sent. Not atomic: of two who write at the same moment the second wins.
        """
        ...

    def form(self, name: str, text: str, part: int | None = None) -> Sequence[Field]:
        """The fields of a setting, or of one of its parts (NEW_PART for another one); sends nothing."""
        ...

    def filled(
        self, name: str, text: str, values: Mapping[str, str], part: int | None = None
    ) -> str:
        """The document with what was filled in; all that no field says stays. Raises ValueError."""
        ...

    def parts(self, name: str, text: str) -> Sequence[str]:
        """What its parts are, in words, in their order; sends nothing."""
        ...

    def without(self, name: str, text: str, part: int) -> str:
        """The document without one part; empty if nothing is left."""
        ...
