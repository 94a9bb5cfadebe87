"""The question "something is already there", and its answers."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from tfm.model.entry import Entry
from tfm.model.location import Location


class Answer(enum.Enum):
    """What to do about one conflict. The values are the words of `--on-conflict`."""

    OVERWRITE = "overwrite"
    SKIP = "skip"
    RENAME = "rename"
    KEEP_BOTH = "keep-both"
    NEWER = "newer"
    DIFFERENT = "different"
    FAIL = "fail"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides as they are now; times of objects are the stored ones where known.

    `verb` is copy, move, rename or create, for the wording of the question.
    """

    source: Location
    source_entry: Entry
    destination: Location
    destination_entry: Entry
    verb: str = "copy"


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer; `name` is the typed new name for RENAME; `to_all` answers the rest of the job."""

    answer: Answer
    name: str = ""
    to_all: bool = False


class Resolver(Protocol):
    """Whoever can answer conflicts; called on a worker thread, may block, may raise Cancelled."""

    def resolve(self, conflict: Conflict) -> Decision:
        """The decision for one conflict."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """A resolver that never asks."""

    answer: Answer

    def resolve(self, conflict: Conflict) -> Decision:  # noqa: ARG002 - the same for all
        """Always the same answer."""
        return Decision(self.answer, to_all=True)
