"""What a copy or move must come to, worked out on the models alone.

`expect` says which items there are and how each may end; `replay` does to the models what a report
says was done. The rules are those of the design ("Verbs", "Not regular", "Directories on S3"), told
without any code of `tfm.ops`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from tests.model_machine.model import Dir, Disk, File, Keys, Kind, Leaf, Link, Model, Node, Object
from tests.model_machine.stores import THRESHOLD
from tfm.model.conflict import Answer
from tfm.ops.context import Outcome

DONE, SKIPPED = frozenset({Outcome.DONE}), frozenset({Outcome.SKIPPED})
FAILED, CANCELLED = frozenset({Outcome.FAILED}), frozenset({Outcome.CANCELLED})

ANY = -1
"""In a mode, time or inode: not for the model to know."""


CLOCK = 1_700_000_000 * 10**9
"""Later times are of the clock of a server; all that a world gives are earlier."""


@dataclass(frozen=True)
class Act:
    """A copy or move that was asked for: places of one store into a directory, or to a name."""

    sources: tuple[tuple[str, Kind], ...]
    destination: str
    into: bool
    answer: Answer
    move: bool
    same_store: bool
    memory: bool = False
    """Whether equal bytes always have equal ETags: so in memory, not where parts were uploaded."""


@dataclass(frozen=True)
class Item:
    """One thing that is to be carried."""

    source: str
    kind: Kind
    target: str


@dataclass
class Expected:
    """How each item may end, and what is made before the first of them."""

    outcomes: dict[str, frozenset[Outcome]] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    renamed: set[str] = field(default_factory=set)
    parents: set[str] = field(default_factory=set)

    def add(self, item: Item, outcomes: frozenset[Outcome]) -> None:
        """Enter one item."""
        assert item.source not in self.items
        self.items[item.source] = item
        self.outcomes[item.source] = outcomes


# -- names and plans -------------------------------------------------------------------------------


def encoded(name: str) -> str:
    """A component of a key as a name on a disk, for the names that this test uses."""
    return "␦" + (name or "0") if name in ("", ".", "..") else name.replace("␦", "␦␦")


def free_name(name: str, number: int, *, is_directory: bool) -> str:
    """`name (2).ext`."""
    stem, dot, ending = name.rpartition(".")
    if not stem or is_directory:
        stem, dot, ending = name, "", ""
    return f"{stem} ({number}){dot}{ending}"


def tops(act: Act, source: Model, target: Model) -> list[Item]:
    """Where each picked thing goes; files come first."""
    if not act.into:
        place, kind = act.sources[0]
        goal = act.destination
        if isinstance(target, Keys) and kind is Kind.DIRECTORY:
            goal += "/"
        return [Item(place, kind, goal)]
    found = []
    for place, kind in act.sources:
        name = source.name(place)
        if isinstance(source, Keys) and isinstance(target, Disk):
            name = encoded(name)
        goal = target.child(act.destination, name, is_directory=kind is Kind.DIRECTORY)
        found.append(Item(place, kind, goal))
    found.sort(key=lambda item: item.kind is Kind.DIRECTORY)
    return _apart(found, source, target)


def plan(top: Item, source: Model, target: Model) -> list[Item]:
    """Everything that goes along with `top`, parents before what is in them."""
    if top.kind is not Kind.DIRECTORY:
        return [top]
    found = {top.source: top}
    for place in source.beneath(top.source):
        chain = [place, *source.above(place)]
        for step in reversed(chain[: chain.index(top.source)]):
            if step in found or step == top.source:
                continue
            kind = source.kind(step)
            assert kind is not None
            name = source.name(step)
            if isinstance(source, Keys) and isinstance(target, Disk):
                name = encoded(name)
            inside = found[source.parent(step)].target
            goal = target.child(inside, name, is_directory=kind is Kind.DIRECTORY)
            found[step] = Item(step, kind, goal)
    return _apart(list(found.values()), source, target)


def _apart(items: list[Item], source: Model, target: Model) -> list[Item]:
    """A file beside a directory of its name gets another one where a disk has one thing of a name."""
    if not (isinstance(source, Keys) and isinstance(target, Disk)):
        return items
    taken = {item.target for item in items if item.kind is Kind.DIRECTORY}
    return [
        Item(item.source, item.kind, item.target + "␦f")
        if item.kind is not Kind.DIRECTORY and item.target in taken
        else item
        for item in items
    ]


# -- refusals --------------------------------------------------------------------------------------


def refused(act: Act, source: Model, target: Model) -> bool:
    """Whether the whole of it is refused, with nothing changed."""
    if act.into and isinstance(target, Disk) and target.kind(act.destination) is None:
        return True
    found = tops(act, source, target)
    if len({top.target for top in found}) < len(found):
        return True
    return any(act.same_store and _same_or_inside(top, source) for top in found)


def meets_itself(act: Act, source: Model, target: Model) -> bool:
    """True if something goes to where something else of the same act comes from.

    So where a directory is merged with its own parent. Then the order decides what is found, and
    only what must never happen can be said beforehand.
    """
    if not act.same_store:
        return False
    items = [item for top in tops(act, source, target) for item in plan(top, source, target)]
    places = {item.source for item in items}
    return any(item.target in places or places & set(source.above(item.target)) for item in items)


def by_the_clock(act: Act, source: Model, target: Model) -> bool:
    """True if two times of the real clock are to be compared: a seed cannot say which is later."""
    for top in tops(act, source, target):
        for item in plan(top, source, target):
            found = (source.nodes.get(item.source), target.nodes.get(item.target))
            if all(_clocked(node) for node in found):
                return True
    return False


def _clocked(node: Node | None) -> bool:
    return isinstance(node, File | Object) and _time(node) > CLOCK


def _same_or_inside(top: Item, model: Model) -> bool:
    if top.source == top.target:
        return True
    if top.kind is Kind.DIRECTORY:
        return top.source in (top.target, *model.above(top.target))
    mine = _identity(top.source, model)
    return mine is not None and mine == _identity(top.target, model)


def _identity(place: str, model: Model) -> object:
    """What a name leads to, links followed; None if it leads nowhere."""
    node = model.nodes.get(place)
    if isinstance(node, File):
        return node.inode
    if isinstance(node, Link):
        return node.target if os.path.exists(node.target) else None
    return place if isinstance(node, Dir) else None


# -- outcomes --------------------------------------------------------------------------------------


def expect(act: Act, source: Model, target: Model) -> Expected:
    """How it may end where nothing goes wrong below and nobody interferes."""
    found = Expected()
    left = []
    stopped = False
    for top in tops(act, source, target):
        by_rename = act.move and act.same_store and isinstance(target, Disk)
        both = top.kind is Kind.DIRECTORY and target.kind(top.target) is Kind.DIRECTORY
        if not by_rename or (both and not stopped):
            left.append(top)
            continue
        outcomes = CANCELLED if stopped else _renamed(act, top, source, target)
        stopped = stopped or outcomes == CANCELLED
        found.add(top, outcomes)
        found.renamed.add(top.source)
    if stopped:
        for top in left:
            found.add(top, CANCELLED)
        return found
    if act.move and isinstance(source, Keys):
        found.parents = {source.parent(top.source) for top in left}
    items = [item for top in left for item in plan(top, source, target)]
    _expect_items(act, items, source, target, found)
    return found


def _renamed(act: Act, top: Item, source: Model, target: Model) -> frozenset[Outcome]:
    """A rename on one disk."""
    if not _has_parent(top, target):
        return FAILED
    if target.kind(top.target) is None:
        return DONE
    return _settled(act, top, source, target, linked=True)


def _has_parent(item: Item, target: Model) -> bool:
    return isinstance(target, Keys) or target.kind(target.parent(item.target)) is Kind.DIRECTORY


def _settled(
    act: Act, item: Item, source: Model, target: Model, *, linked: bool = False
) -> frozenset[Outcome]:
    """What becomes of an item in whose place something stands; `linked`: a link may replace it."""
    simple = {
        Answer.SKIP: SKIPPED,
        Answer.FAIL: FAILED,
        Answer.CANCEL: CANCELLED,
        Answer.KEEP_BOTH: DONE,
    }
    if act.answer in simple:
        return simple[act.answer]
    if (target.kind(item.target) is Kind.DIRECTORY) != (item.kind is Kind.DIRECTORY):
        return FAILED
    mine, theirs = source.leaf(item.source), target.leaf(item.target)
    if act.answer is Answer.NEWER and _time(mine) <= _time(theirs):
        return SKIPPED
    if act.answer is Answer.DIFFERENT:
        different = _different(act, mine, theirs)
        if different is None:
            return DONE | SKIPPED
        if not different:
            return SKIPPED
    if item.kind is Kind.LINK and not linked:
        return FAILED
    one_file = isinstance(mine, File) and isinstance(theirs, File) and mine.inode == theirs.inode
    return FAILED if one_file and act.same_store else DONE


def _time(node: Leaf) -> int:
    return node.time if isinstance(node, Object) else node.mtime


def _size(node: Leaf) -> int | None:
    return None if isinstance(node, Link) else len(node.data)


def _different(act: Act, mine: Leaf, theirs: Leaf) -> bool | None:
    if _size(mine) != _size(theirs):
        return True
    if act.same_store and isinstance(mine, Object) and isinstance(theirs, Object):
        if mine.data != theirs.data:
            return True
        # the same bytes have two ETags, whether they came in parts or not
        return None if len(mine.data) > THRESHOLD and not act.memory else False
    return _time(mine) != _time(theirs)


def _is_text(place: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in place)


def _expect_items(
    act: Act, items: list[Item], source: Model, target: Model, found: Expected
) -> None:
    work = target.copy()
    lost: set[str] = set()
    ended: dict[str, frozenset[Outcome]] = {}
    directories = [item for item in items if item.kind is Kind.DIRECTORY]
    for item in directories:
        heavy = isinstance(source, Keys) and _heavy(item.source, source)
        if lost & {item.target, *target.above(item.target)}:
            ended[item.source] = FAILED
            continue
        if isinstance(target, Disk):
            if work.kind(item.target) in (Kind.FILE, Kind.LINK) or not _has_parent(item, work):
                lost.add(item.target)
                ended[item.source] = FAILED
                continue
            if work.kind(item.target) is None:
                work.nodes[item.target] = Dir()
                found.made.append(item.target)
        elif not heavy and not _filled(item, source) and work.kind(item.target) is None:
            if not _is_text(item.target):
                lost.add(item.target)
                ended[item.source] = FAILED
                continue
            work.nodes[item.target] = Object(b"", None, None, ANY)
            found.made.append(item.target)
        if heavy:
            ended[item.source] = FAILED
    for item in items:
        if item.kind is not Kind.DIRECTORY:
            ended[item.source] = _leaf(act, item, source, work, lost)
    stops = any(outcomes == CANCELLED for outcomes in ended.values())
    for item in reversed(directories):
        if item.source not in ended:
            ended[item.source] = _directory(act, item, source, target, ended, stops=stops)
    for item in items:
        outcomes = ended[item.source]
        if stops and item.kind is not Kind.DIRECTORY:
            outcomes |= CANCELLED  # which item is met first is not said
        found.add(item, outcomes)


def _heavy(place: str, source: Keys) -> bool:
    """A marker that holds bytes cannot be carried as a directory."""
    return place in source.nodes and len(source.leaf_data(place)) > 0


def _filled(item: Item, source: Model) -> bool:
    return any(place != item.source for place in source.beneath(item.source))


def _leaf(act: Act, item: Item, source: Model, work: Model, lost: set[str]) -> frozenset[Outcome]:
    if lost & set(work.above(item.target)):
        return FAILED
    if item.kind is Kind.LINK and isinstance(work, Keys):
        return SKIPPED
    if isinstance(work, Keys) and not _is_text(item.target):
        return FAILED
    if not _has_parent(item, work):
        return FAILED
    if work.kind(item.target) is None:
        return DONE
    return _settled(act, item, source, work)


def _directory(
    act: Act,
    item: Item,
    source: Model,
    target: Model,
    ended: dict[str, frozenset[Outcome]],
    *,
    stops: bool,
) -> frozenset[Outcome]:
    if stops:
        return CANCELLED
    if not act.move:
        # nothing can have such a name there, so that nothing made it appear
        return FAILED if isinstance(target, Keys) and not _is_text(item.target) else DONE
    inside = [ended[place] for place in ended if item.source in source.above(place)]
    if any(outcomes == DONE | SKIPPED for outcomes in inside):
        return DONE | SKIPPED
    return DONE if all(outcomes == DONE for outcomes in inside) else SKIPPED


# -- replaying a report ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    """One line of a report, in places: how the source ended, and where it went."""

    source: str
    target: str
    outcome: Outcome
    note: str = ""
    reason: str = ""


def replay(act: Act, expected: Expected, report: list[Ended], source: Model, target: Model) -> None:
    """Do to the models what the report says was done."""
    for made in expected.made:
        target.nodes[made] = Dir() if isinstance(target, Disk) else Object(b"", None, None, ANY)
    for line in report:
        if line.outcome is not Outcome.DONE:
            continue
        item = expected.items[line.source]
        if item.source in expected.renamed:
            _rename(item.source, line.target, source)
        elif item.kind is not Kind.DIRECTORY:
            mine = source.leaf(item.source)
            target.nodes[line.target] = carried(act, mine, target, line.target)
            if act.move:
                del source.nodes[item.source]
        elif act.move:
            source.nodes.pop(item.source, None)
    for parent in expected.parents:
        keep_visible(source, parent)
    for line in report:
        if line.outcome is Outcome.DONE and expected.items[line.source].kind is Kind.DIRECTORY:
            # of what was in it nothing may have been carried; it is empty there, and it is there
            keep_visible(target, line.target)


def _rename(source: str, target: str, model: Model) -> None:
    moved = {place: model.nodes.pop(place) for place in [source, *model.beneath(source)]}
    for place, node in moved.items():
        model.nodes[target + place[len(source) :]] = node


def keep_visible(model: Model, directory: str) -> None:
    """A directory that was emptied gets a marker, so that it does not vanish under the cursor."""
    if directory and isinstance(model, Keys) and model.kind(directory) is None:
        model.nodes[directory] = Object(b"", None, None, ANY)


def wrong_names(
    act: Act, expected: Expected, report: list[Ended], before: Disk, now: Disk
) -> tuple[int, list[str]]:
    """How many names were kept together with another, and what is wrong; this is said of one disk.

    Names of one file must be names of one copy, and of no other file. What was renamed needs no look:
    its inode is compared like the rest of it.
    """
    copies: dict[int, int] = {}
    found = []
    kept = 0
    for line in report:
        mine, copy = before.nodes.get(line.source), now.nodes.get(line.target)
        carried_here = line.outcome is Outcome.DONE and line.source not in expected.renamed
        if not (carried_here and isinstance(mine, File) and isinstance(copy, File)):
            continue
        kept += mine.inode in copies
        if copies.setdefault(mine.inode, copy.inode) != copy.inode:
            found.append(f"{line.target!r} is a file of its own, and another name is not its")
        if not act.move and copy.inode == mine.inode:
            found.append(f"{line.target!r} is no copy but another name of {line.source!r}")
    if len(set(copies.values())) < len(copies):
        found.append(f"different files became one: {copies}")
    return kept, found


def carried(act: Act, node: Leaf, target: Model, place: str) -> Leaf:
    """What stands at the destination once `node` was copied there."""
    if isinstance(node, Link):
        return Link(node.target, ANY)
    if isinstance(target, Keys):
        if isinstance(node, File):
            return Object(node.data, node.mtime, node.mode, ANY)
        stored = node.mtime if act.same_store else node.time
        return Object(node.data, stored, node.mode, ANY)
    if isinstance(node, File):
        return File(node.data, node.mode, node.mtime, ANY)
    old = target.nodes.get(place)
    mode = node.mode
    if mode is None and isinstance(old, File):
        mode = old.mode
    return File(node.data, 0o666 & ~_umask() if mode is None else mode, node.time, ANY)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
