"""Holds what is there against what the model says, and a report against both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.model_machine.carry import ANY, Ended
from tests.model_machine.model import Dir, File, Keys, Link, Model, Node, Object
from tfm.ops.context import Outcome


def disagreement(expected: Model, truth: Model) -> str:
    """The first difference in words; empty if the model is right."""
    for place in sorted({*expected.nodes, *truth.nodes}):
        wanted, found = expected.nodes.get(place), truth.nodes.get(place)
        if wanted is None:
            return f"{place!r} is there and should not be: {found}"
        if found is None:
            return f"{place!r} is gone: {wanted}"
        if not _agrees(wanted, found):
            return f"{place!r} should be {wanted} and is {found}"
    return ""


def _agrees(wanted: Node, found: Node) -> bool:
    if isinstance(wanted, Dir) or isinstance(found, Dir):
        return wanted == found
    if isinstance(wanted, Link) and isinstance(found, Link):
        return wanted.target == found.target and wanted.mtime in (ANY, found.mtime)
    if isinstance(wanted, File) and isinstance(found, File):
        return (
            wanted.data == found.data
            and wanted.mode in (ANY, found.mode)
            and wanted.mtime in (ANY, found.mtime)
            and wanted.inode in (ANY, found.inode)
        )
    if isinstance(wanted, Object) and isinstance(found, Object):
        return (
            wanted.data == found.data
            and (wanted.mtime, wanted.mode) == (found.mtime, found.mode)
            and wanted.uploaded in (ANY, found.uploaded)
        )
    return False


def contents(node: Node | None) -> object:
    """What must not be lost of a thing: its bytes, or where it leads."""
    if isinstance(node, File | Object):
        return node.data
    return node.target if isinstance(node, Link) else node


@dataclass(frozen=True)
class Before:
    """Two stores, or one twice, before an act that was disturbed.

    `lost`: an answer did not come, so that what is called failed may have been done.
    """

    source: Model
    target: Model
    move: bool
    delete: bool = False
    lost: bool = False


def losses(
    before: Before,
    source: Model,
    target: Model,
    report: Sequence[Ended],
    tops: Sequence[str],
    *,
    same_store: bool,
) -> list[str]:
    """What cannot be explained after an act that was disturbed by a fault, a cancel or a stale row.

    Every item ends once; what is reported as done is done; a source is gone only if its copy stands
    whole; a destination holds what it held, or the whole of its source.
    """
    found = _counted(report, tops)
    lines = {line.source: line for line in report}
    goals = {line.target: line for line in report}
    found += _untrue(before, source, target, report, goals if same_store else {})
    for place in _changed(before.source, source):
        if same_store and (place in goals or _came_along(place, before, target, report)):
            continue
        if not _may_change(place, before, source, target, lines, tops):
            found.append(f"the source {place!r} was {before.source.nodes.get(place)}")
    for place in _changed(before.target, target):
        if same_store and place not in goals:
            continue
        now = target.nodes.get(place)
        line = goals.get(place)
        whole = line is not None and contents(before.source.nodes.get(line.source)) == contents(now)
        if now is None and same_store and place in lines:
            continue
        if not whole and not _is_made(place, now, report, target):
            found.append(f"the destination {place!r} is {now}")
    return found


def _came_along(place: str, before: Before, target: Model, report: Sequence[Ended]) -> bool:
    """True for what lies beneath a directory that was renamed as a whole, and is what it was."""
    for line in report:
        if line.outcome is Outcome.DONE and before.move and place.startswith(line.target + "/"):
            was = before.source.nodes.get(line.source + place[len(line.target) :])
            if was is not None and contents(was) == contents(target.nodes.get(place)):
                return True
    return False


def _counted(report: Sequence[Ended], tops: Sequence[str]) -> list[str]:
    sources = [line.source for line in report]
    found = [f"{place!r} is reported twice" for place in set(sources) if sources.count(place) > 1]
    found += [
        f"the picked {top!r} is missing in the report"
        for top in tops
        if not any(place == top or place.startswith(_inside(top)) for place in sources)
    ]
    found += [
        f"{place!r} is reported and was not picked"
        for place in sources
        if not any(place == top or place.startswith(_inside(top)) for top in tops)
    ]
    return found


def _inside(top: str) -> str:
    return top if top.endswith("/") or not top else top + "/"


def _untrue(
    before: Before,
    source: Model,
    target: Model,
    report: Sequence[Ended],
    goals: Mapping[str, Ended],
) -> list[str]:
    """Lines that say done where it is not."""
    found = []
    for line in report:
        if line.outcome is not Outcome.DONE:
            continue
        was = before.source.nodes.get(line.source)
        a_file = was is not None and not isinstance(was, Dir) and not line.source.endswith("/")
        if a_file and not before.delete:
            now = target.nodes.get(line.target)
            if contents(was) != contents(now):
                found.append(f"{line.source!r} is reported as done, but there stands {now}")
        gone = before.delete or (before.move and line.source not in goals)
        if gone and line.source in source.nodes:
            found.append(f"{line.source!r} is reported as gone and is there")
    return found


def _changed(before: Model, now: Model) -> list[str]:
    return [
        place
        for place in sorted({*before.nodes, *now.nodes})
        if contents(before.nodes.get(place)) != contents(now.nodes.get(place))
    ]


def _may_change(
    place: str,
    before: Before,
    source: Model,
    target: Model,
    lines: Mapping[str, Ended],
    tops: Sequence[str],
) -> bool:
    if place in source.nodes:
        return _is_marker_of(place, source, tops)
    if not (before.move or before.delete):
        return False
    line = lines.get(place)
    if before.delete:
        ends = (Outcome.DONE, Outcome.FAILED) if before.lost else (Outcome.DONE,)
        return line is not None and line.outcome in ends
    if line is None:  # beneath a directory that was renamed as a whole
        for above in before.source.above(place):
            top = lines.get(above)
            if top is not None and top.outcome is Outcome.DONE:
                goal = top.target + place[len(above) :]
                return contents(target.nodes.get(goal)) == contents(before.source.nodes[place])
        return False
    was = before.source.nodes[place]
    if isinstance(was, Dir) or place.endswith("/"):
        return True  # an emptied directory
    return contents(target.nodes.get(line.target)) == contents(was)


def _is_marker_of(place: str, source: Model, tops: Sequence[str]) -> bool:
    """A marker that keeps an emptied directory visible."""
    return isinstance(source, Keys) and place in {source.parent(top) for top in tops}


def _is_made(place: str, now: Node | None, report: Sequence[Ended], target: Model) -> bool:
    if isinstance(now, Dir):
        return any(place == line.target or place in target.above(line.target) for line in report)
    if isinstance(now, Object) and place.endswith("/") and not now.data:
        return any(place == line.target for line in report)
    # a replaced file whose last name could not be removed; the report says so
    return any(place.rpartition("/")[2] in line.note for line in report if ".tfm-" in line.note)
