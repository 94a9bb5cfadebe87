"""Campaign `faults`: of all requests five in a hundred fail at random; the items do not.

Every round carries one set of files around: up, over what is there, to another prefix, away, by another
name, down, back up, and out of the world; each step is one job, judged by both sides before the next.
One operation is one file or directory copied, moved, renamed, made or deleted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.campaign.ground import Ground, environment
from tests.campaign.judge import Act, Verb, judge
from tests.campaign.mishaps import Mishaps
from tests.campaign.result import SHOWN, Result
from tests.servers.kinds import MINISTACK, MOTO
from tests.servers.server import start
from tfm.model.errors import StorageError
from tfm.model.location import Location, parse
from tfm.ops import make, remove, tree
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.plan import pick
from tfm.storage.s3.options import MIB

RATE: Final = 0.05
ALLOWED: Final = 0.0001
"""The share of operations that may fail: 99.99 % succeed."""
DIRECTORIES: Final = 4


@dataclass(frozen=True, slots=True)
class Size:
    """How many operations, how many files in a round; of `large_every` rounds two have a large one."""

    operations: int
    files: int
    large_every: int


SIZES: Final = {"ci": Size(450, 24, 2), "full": Size(20_000, 48, 4)}


@dataclass(frozen=True, slots=True)
class Step:
    """One job, and what it is to do to each item."""

    title: str
    run: Callable[[OpContext, Sequence[Act]], Report]
    acts: Sequence[Act]


def run(seed: int, size: str, directory: Path) -> Result:
    """The campaign: every second round takes its server for Amazon's, which is another protocol."""
    with ExitStack() as stack:
        strange, amazon = (stack.enter_context(start(kind)) for kind in (MINISTACK, MOTO))
        proxies = [stack.enter_context(Mishaps(one, seed, RATE)) for one in (strange, amazon)]
        stack.enter_context(environment(strange, directory))  # both servers take the same keys
        return Faults(proxies, seed, size, directory).run()


class Faults:
    """One run of the campaign."""

    def __init__(self, proxies: Sequence[Mishaps], seed: int, size: str, directory: Path) -> None:
        self.proxies = proxies
        self.size = SIZES[size]
        self.directory = directory
        self.result = Result("faults", seed, size)
        self.operations: Counter[str] = Counter()
        self.done = 0
        self.failed: list[str] = []
        self.wrong: list[str] = []

    def run(self) -> Result:
        """Rounds until there were enough operations."""
        number = 0
        while self.operations.total() < self.size.operations:
            number += 1
            strange, amazon = self.proxies
            proxy = strange if number % 2 else amazon
            ground = Ground(proxy, self.directory, amazon=proxy is amazon)
            try:
                self._round(ground, proxy, number)
            finally:
                ground.close()
            proxy.reset()  # or its log of requests would fill the memory
        return self._concluded(number)

    def _round(self, ground: Ground, proxy: Mishaps, number: int) -> None:
        names = self._names(number)
        fill(ground, f"r{number}", names, random.Random(f"{self.result.seed}/{number}"))
        # a server is asked once what it does with markers, under a name no seed can foresee
        ground.do("warm up", lambda ctx: made(ctx, [ground.far(f"r{number}/first/")], []))
        for step in steps(ground, f"r{number}", names):
            self._step(ground, proxy, step)

    def _names(self, number: int) -> list[str]:
        names = [f"d{n % DIRECTORIES}/f{n:02}" for n in range(self.size.files)]
        large = ["large"] if (number - 1) % self.size.large_every < 2 else []
        return [*names, *large]

    def _step(self, ground: Ground, proxy: Mishaps, step: Step) -> None:
        before = ground.world()
        # what was lost to an earlier fault cannot be carried further
        acts = [act for act in step.acts if act.verb is Verb.MAKE or act.source in before]
        proxy.on = True
        ended = ground.do(step.title, lambda ctx: step.run(ctx, acts))
        proxy.on = False
        verdict = judge(step.title, acts, before, ground.world(), ended)
        self.operations[step.title.partition(":")[0]] += len(acts)
        self.done += verdict.done
        self.failed += verdict.failed
        self.wrong += verdict.wrong
        self.wrong += [f"{step.title}: an upload is left open: {one}" for one in ground.left_open()]

    def _concluded(self, rounds: int) -> Result:
        total = self.operations.total()
        asked = sum((proxy.asked for proxy in self.proxies), Counter())
        injected = sum((proxy.injected for proxy in self.proxies), Counter())
        result = self.result
        result.counts = {
            "operations": total,
            "succeeded": self.done,
            "failures": len(self.failed),
            "what failed": self.failed[:SHOWN],
            "wrong successes and losses": len(self.wrong),
            "rate of success": round(self.done / total, 6),
            "rounds": rounds,
            "operations by step": self.operations,
            "requests": asked.total(),
            "requests by operation": asked,
            "faults": injected.total(),
            "faults by kind": injected,
        }
        result.problems += self.wrong
        # a small run cannot show a rate of one in ten thousand, so there nothing may fail
        if len(self.failed) > total * ALLOWED:
            result.problems += [f"failed: {one}" for one in self.failed]
        return result


def fill(ground: Ground, top: str, names: Sequence[str], dice: random.Random) -> None:
    """Files of all sizes that matter: empty, small, one part, two parts."""
    for number, name in enumerate(names):
        for tree_name in ("src", "new"):
            size = dice.randrange(64, 4096)
            if name == "large":
                size = 5 * MIB + dice.randrange(1, 200_000)
            elif number % 12 == 5:
                size = dice.randrange(70_000, 200_000)  # above the threshold: an upload of one part
            elif number % 24 == 7:
                size = 0
            ground.write_to(ground.near(f"{top}/{tree_name}/{name}"), dice.randbytes(size))


def steps(ground: Ground, top: str, names: Sequence[str]) -> Iterator[Step]:
    """What is done with the files of a round, in this order."""

    def far(name: str) -> Location:
        return ground.far(f"{top}/{name}")

    def near(name: str) -> Location:
        return ground.near(f"{top}/{name}")

    def carry(title: str, verb: Verb, source: Location, target: Location) -> Step:
        act = tree.move if verb is Verb.MOVE else tree.copy
        acts = [Act(verb, str(source.child(n)), str(target.child(n))) for n in names]

        def run(ctx: OpContext, _acts: Sequence[Act]) -> Report:
            return act(ctx, pick(ctx, [source]), target, into=False)

        return Step(title, run, acts)

    yield carry("copy up", Verb.COPY, near("src"), far("a/"))
    yield carry("copy up over it", Verb.COPY, near("new"), far("a/"))
    yield carry("copy inside", Verb.COPY, far("a/"), far("b/"))
    yield carry("copy inside over it", Verb.COPY, far("a/"), far("b/"))
    yield carry("move inside", Verb.MOVE, far("b/"), far("c/"))
    yield _renames(far("c/"), names[:: len(names) // 12])
    yield carry("copy down", Verb.COPY, far("a/"), near("down"))
    yield carry("copy down over it", Verb.COPY, far("a/"), near("down"))
    yield carry("move down", Verb.MOVE, far("a/"), near("moved"))
    yield carry("move up", Verb.MOVE, near("moved"), far("d/"))
    yield _makes(far("e/"))
    some, all_of = [far("d/").child(name) for name in names[::2]], far("d/")
    yield Step(
        "delete some",
        lambda ctx, acts: remove.remove(ctx, pick(ctx, [parse(act.source) for act in acts])),
        [Act(Verb.DELETE, str(place)) for place in some],
    )
    yield Step(
        "delete tree",
        lambda ctx, _acts: remove.remove(ctx, pick(ctx, [all_of])),
        [Act(Verb.DELETE, str(all_of.child(name))) for name in names],
    )


def _renames(directory: Location, names: Sequence[str]) -> Step:
    places = [directory.child(name) for name in names]

    def rename(ctx: OpContext, acts: Sequence[Act]) -> Report:
        report = Report("rename")
        for place in [parse(act.source) for act in acts]:
            try:
                (picked,) = pick(ctx, [place])
                report.items += make.rename(ctx, picked, f"{place.name}-renamed").items
            except StorageError as error:
                report.items.append(_failed(place, error))
        return report

    acts = [Act(Verb.MOVE, str(p), str(p.parent.child(f"{p.name}-renamed"))) for p in places]
    return Step("rename", rename, acts)


def _makes(directory: Location) -> Step:
    directories = [directory.child(f"made{number}", directory=True) for number in range(6)]
    files = [directory.child(f"file{number}") for number in range(6)]
    acts = [Act(Verb.MAKE, str(place)) for place in [*directories, *files]]
    return Step("make", lambda ctx, _acts: made(ctx, directories, files), acts)


def made(ctx: OpContext, directories: Sequence[Location], files: Sequence[Location]) -> Report:
    """Make directories and empty files; one row for each."""
    report = Report("make")
    for place in [*directories, *files]:
        try:
            if place.looks_like_directory:
                make.make_directory(ctx, place)
            else:
                make.make_file(ctx, place)
        except StorageError as error:
            report.items.append(_failed(place, error))
        else:
            report.items.append(ItemResult(place, None, Outcome.DONE))
    return report


def _failed(place: Location, error: StorageError) -> ItemResult:
    return ItemResult(place, None, Outcome.FAILED, reason=str(error), error=error)
