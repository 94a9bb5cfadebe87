"""Compare and mark: which rows of a pane differ from those of the other one, or are as there.

All but the contents is decided from what the listings told: no look, no request. Where contents must
decide, `Comparison.undecided` names the pairs; see `tfm/ops/compare.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import Style
from tfm.model.match import composed
from tfm.session.pane import PaneState
from tfm.session.rows import Identity, identity

_SECOND = 10**9

Sizes = Literal["any", "equal", "different"]
Times = Literal["any", "same", "newer", "older", "different"]
Contents = Literal["any", "equal", "different"]
Missing = Literal["too", "no", "only"]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is marked: rows whose counterpart fulfils one of the conditions (`every`: all of them).

    `newer` and `older` say what is here. `missing` says whether rows without counterpart are marked `too`,
    not at all, or nothing else is. `add` keeps the marks there are. Without a condition every row that has a
    counterpart is marked.
    """

    size: Sizes = "different"
    time: Times = "different"
    content: Contents = "any"
    every: bool = False
    missing: Missing = "too"
    add: bool = False


@dataclass(slots=True)
class Comparison:
    """Rows to mark, and pairs (here, there) to be marked if their contents are as `Criteria` wants."""

    marked: set[Identity] = field(default_factory=set)
    undecided: list[tuple[Entry, Entry]] = field(default_factory=list)


def compare(here: PaneState, there: PaneState, criteria: Criteria) -> Comparison:
    """Decide for every row that is shown in `here`; hidden rows of `there` count as well."""
    comparison = Comparison()
    others = _Counterparts(here, there)
    for entry in here.rows.entries:
        other = others.of(entry)
        if other is None:
            if criteria.missing != "no":
                comparison.marked.add(identity(entry))
        elif criteria.missing != "only":
            _judge(entry, other, criteria, comparison)
    return comparison


def _judge(mine: Entry, theirs: Entry, criteria: Criteria, comparison: Comparison) -> None:
    if mine.is_directory and theirs.is_directory:
        if criteria.size == criteria.time == criteria.content == "any":
            comparison.marked.add(identity(mine))
        return
    answers = [
        answer
        for answer in (_size(mine, theirs, criteria.size), _time(mine, theirs, criteria.time))
        if answer is not None
    ]
    content = _content(mine, theirs, criteria.content)
    if content is not None and content != "unknown":
        answers.append(content == criteria.content)
    fulfilled = all(answers) if criteria.every or not answers else any(answers)
    if content == "unknown":
        # reading decides only where the rest has not decided already
        if criteria.every and not fulfilled:
            return
        if criteria.every or not any(answers):
            comparison.undecided.append((mine, theirs))
            return
    if fulfilled:
        comparison.marked.add(identity(mine))


def _size(mine: Entry, theirs: Entry, wanted: Sizes) -> bool | None:
    if wanted == "any":
        return None
    equal = mine.kind is theirs.kind and mine.size == theirs.size
    return equal if wanted == "equal" else not equal


def _time(mine: Entry, theirs: Entry, wanted: Times) -> bool | None:
    if wanted == "any":
        return None
    if mine.kind is not theirs.kind:
        return wanted == "different"
    age = later(mine, theirs)
    if age is None:
        return False
    return {"same": age == 0, "newer": age > 0, "older": age < 0, "different": age != 0}[wanted]


def _content(mine: Entry, theirs: Entry, wanted: Contents) -> str | None:
    """`equal`, `different`, or `unknown` until somebody reads them; None if it does not matter."""
    if wanted == "any":
        return None
    if mine.kind is not theirs.kind or mine.size != theirs.size or mine.kind.is_special:
        return "different"
    if mine.kind is Kind.FILE and mine.size == 0:
        return "equal"
    return "unknown"


def later(mine: Entry, theirs: Entry) -> int | None:
    """1 if mine is newer, -1 if it is older, 0 if they are the same within a second; None: not known.

    An upload that is later than the file beside it tells nothing: that is when it was uploaded.
    """
    a, b = mine.source_mtime_ns, theirs.source_mtime_ns
    if a is None or b is None:
        return None
    age = 0 if abs(a - b) <= _SECOND else (1 if a > b else -1)
    if _is_upload(mine) is _is_upload(theirs):
        return age
    uploaded_later = age > 0 if _is_upload(mine) else age < 0
    return None if uploaded_later else age


def _is_upload(entry: Entry) -> bool:
    details = entry.details
    return isinstance(details, ObjectDetails) and details.stored_mtime_ns is None


class _Counterparts:
    """Finds rows of the same name. Accents may be written either way on disks, never in keys."""

    def __init__(self, here: PaneState, there: PaneState) -> None:
        self._by_path = here.results is not None or there.results is not None
        self._compose = {here.place.root.style, there.place.root.style} == {Style.PATH}
        self._exact: dict[str, list[Entry]] = {}
        self._alike: dict[str, list[Entry]] = {}
        for entry in there.rows.source:
            name = self._name(entry)
            self._exact.setdefault(name, []).append(entry)
            if self._compose:
                self._alike.setdefault(composed(name), []).append(entry)

    def _name(self, entry: Entry) -> str:
        return entry.name.rpartition("/")[2] if self._by_path else entry.name

    def of(self, entry: Entry) -> Entry | None:
        """The row of that name: of the same path and kind if there are several."""
        name = self._name(entry)
        found = self._exact.get(name) or self._alike.get(composed(name), [])
        return min(found, key=lambda other: _distance(entry, other), default=None)


def _distance(mine: Entry, theirs: Entry) -> tuple[bool, bool]:
    return mine.is_directory != theirs.is_directory, mine.name != theirs.name
