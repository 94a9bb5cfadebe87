"""Was what the engine reports true? Judged by the world before and after a job.

For every item: done means that the right bytes stand at the destination and, for a move, that the source is
gone; anything else means that nothing is lost: the source is whole, or its destination is, and under the
final name lies what was there or the whole new thing. Nothing beside the items may have changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from tests.campaign.ground import EMPTY, Ended, World
from tfm.ops.context import ItemResult, Outcome


class Verb(Enum):
    """What is done to an item."""

    COPY = "copy"
    MOVE = "move"
    DELETE = "delete"
    MAKE = "make"


@dataclass(frozen=True, slots=True)
class Act:
    """One item of a job; places as texts. What is made or deleted has no target."""

    verb: Verb
    source: str
    target: str = ""


@dataclass
class Verdict:
    """`failed` are items that did not end well, `wrong` what must never be."""

    done: int = 0
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def judge(title: str, acts: Sequence[Act], before: World, after: World, ended: Ended) -> Verdict:
    """Compare what was reported with what is there."""
    verdict = Verdict()
    rows = ended.by_source()
    for source, count in Counter(str(row.source) for row in ended.rows).items():
        if count > 1:
            verdict.wrong.append(f"{title}: {source} stands {count} times in the report")
    for act in acts:
        row = rows.get(act.source)
        done = row is not None and row.outcome is Outcome.DONE
        faults = _if_done(act, before, after) if done else _if_not(act, before, after)
        verdict.wrong += [f"{title}: {act.source}: {_said(row)}, but {fault}" for fault in faults]
        if done and not faults:
            verdict.done += 1
        elif not done:
            verdict.failed.append(f"{title}: {act.source}: {_said(row) if row else ended.error}")
    touched = {place for act in acts for place in (act.source, act.target)}
    verdict.wrong += [f"{title}: {text}" for text in _beside(touched, before, after)]
    return verdict


def _said(row: ItemResult | None) -> str:
    if row is None:
        return "not in the report"
    code = f" [{row.error.code or type(row.error).__name__}]" if row.error else ""
    return f"{row.outcome.value}{code} {row.reason}".strip()


def _if_done(act: Act, before: World, after: World) -> list[str]:
    faults = []
    if act.verb is Verb.MAKE:
        return [] if after.get(act.source) == EMPTY else ["it was not made"]
    if act.verb is not Verb.DELETE and after.get(act.target) != before[act.source]:
        faults.append(f"{_state(act.target, after)} instead of the source's bytes at {act.target}")
    if act.verb is Verb.COPY and after.get(act.source) != before[act.source]:
        faults.append("the source changed")
    if act.verb in (Verb.MOVE, Verb.DELETE) and act.source in after:
        faults.append("it is still there")
    return faults


def _if_not(act: Act, before: World, after: World) -> list[str]:
    faults = []
    here = after.get(act.source)
    if act.verb is Verb.MAKE:
        return [] if here in (None, EMPTY) else ["something else stands there"]
    whole = before[act.source]
    if act.verb is Verb.DELETE:
        return [] if here in (None, whole) else ["its bytes changed"]
    there = after.get(act.target)
    if there not in (before.get(act.target), whole):
        faults.append(f"{_state(act.target, after)} at {act.target}, neither old nor new")
    if here != whole and (act.verb is Verb.COPY or there != whole):
        faults.append("the source is lost")
    return faults


def _state(place: str, world: World) -> str:
    return "other bytes" if place in world else "nothing"


def _beside(touched: set[str], before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What changed although nobody asked for it; a directory that was emptied may get its marker."""
    faults = []
    for place in before.keys() | after.keys():
        if place in touched or before.get(place) == after.get(place):
            continue
        if place not in before and place.endswith("/") and after[place] == EMPTY:
            continue
        if place.endswith("/") and before[place] == EMPTY and place not in after:
            continue  # the marker of a directory that was moved or deleted
        what = (
            "appeared" if place not in before else "vanished" if place not in after else "changed"
        )
        faults.append(f"{place} {what}")
    return faults
