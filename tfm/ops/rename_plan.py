"""Many new names at once: which of them can be, and in which order they are given.

A name that is free only after another of the things has left it comes after that one; where names
go round in a circle, one of the things waits under a third name.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from tfm.model.location import Location, Style
from tfm.model.text import safe_text
from tfm.ops.plan import Picked


class State(enum.Enum):
    """What would become of a name."""

    OK = "OK"
    UNCHANGED = "UNCHANGED"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The new name, what would become of it, and why not."""

    new: str
    state: State
    reason: str = ""

    @property
    def hinders(self) -> bool:
        """True if nothing can be done as long as this is so."""
        return self.state in (State.CONFLICT, State.INVALID)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A new name, or why there is none."""

    name: str
    fault: str = ""


def name_fault(name: str) -> str:
    """Why this can be no name anywhere; empty if it can."""
    if not name:
        return "An empty name is no name."
    if name in (".", ".."):
        return f"{name} cannot be a name."
    if "/" in name:
        return "A name cannot hold a slash."
    return "A name cannot hold a NUL byte." if "\0" in name else ""


def renamed(picked: Picked, name: str) -> Location:
    """The place of a thing once it has that name."""
    place, entry = picked
    return place.parent.child(name, directory=entry.is_directory)


def judge(
    picked: Sequence[Picked],
    wanted: Sequence[Wanted],
    there: Collection[Location] = frozenset(),
    refuses: Callable[[Location, int | None], str] = lambda _place, _size: "",
) -> list[Verdict]:
    """A verdict for each; `there` are all places of those directories, `refuses` is the storage's word."""
    targets: list[Location | None] = []
    faults: list[str] = []
    for one, want in zip(picked, wanted, strict=True):
        fault = want.fault or name_fault(want.name)
        target = None if fault else renamed(one, want.name)
        if target is not None and target != one[0]:
            fault = refuses(target, None)
        targets.append(None if fault else target)
        faults.append(fault)
    sharing = Counter(target for target in targets if target is not None)
    leaving = {
        place
        for (place, _), target in zip(picked, targets, strict=True)
        if target is not None and target != place
    }
    verdicts: list[Verdict] = []
    for (place, _), want, target, fault in zip(picked, wanted, targets, faults, strict=True):
        if target is None:
            verdicts.append(Verdict(want.name, State.INVALID, fault))
        elif target == place:
            verdicts.append(Verdict(want.name, State.UNCHANGED))
        elif sharing[target] > 1:
            reason = f"{sharing[target]:,} of them would be {safe_text(want.name)}."
            verdicts.append(Verdict(want.name, State.CONFLICT, reason))
        elif target in there and target not in leaving:
            reason = f"{safe_text(want.name)} is already there."
            verdicts.append(Verdict(want.name, State.CONFLICT, reason))
        else:
            verdicts.append(Verdict(want.name, State.OK))
    return verdicts


@dataclass(frozen=True, slots=True)
class Step:
    """One thing gets another name; `number` says which of those that were picked."""

    number: int
    source: Location
    target: Location


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps that build on each other; in a circle the first and the last are those of one thing."""

    steps: tuple[Step, ...]
    circle: bool = False


def chains(sources: Sequence[Location], targets: Sequence[Location], spare: str) -> list[Chain]:
    """The steps from these places to those, told apart by what depends on what.

    All sources differ, all targets differ, and no source is its own target. `spare` begins the third
    names; nothing may be called so.
    """
    holder = {source: number for number, source in enumerate(sources)}
    follows: dict[int, int] = {}  # who moves on to the place of whom
    for number, target in enumerate(targets):
        if (before := holder.get(target)) is not None:
            follows[before] = number
    made: list[Chain] = []
    seen: set[int] = set()

    def run(first: int) -> list[int]:
        """`first`, then whoever waits for its place, and so on."""
        row, at = [], first
        while at not in seen:
            seen.add(at)
            row.append(at)
            if at not in follows:
                break
            at = follows[at]
        return row

    for number, target in enumerate(targets):
        if target not in holder:
            row = run(number)
            made.append(Chain(tuple(Step(at, sources[at], targets[at]) for at in row)))
    for number in range(len(sources)):
        if number in seen:
            continue
        row = run(number)
        first = row[0]
        third = _third_name(sources[first], f"{spare}{len(made)}")
        made.append(
            Chain(
                (
                    Step(first, sources[first], third),
                    *(Step(at, sources[at], targets[at]) for at in row[1:]),
                    Step(first, third, targets[first]),
                ),
                circle=True,
            )
        )
    return made


def _third_name(place: Location, name: str) -> Location:
    directory = place.root.style is Style.KEY and place.looks_like_directory
    return place.parent.child(name, directory=directory)
