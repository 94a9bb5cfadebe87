"""Campaign `flips`: one bit is turned in a body on its way; nobody may be told that all is well.

Each scene is one way bytes travel to or from one kind of server. Where the other side has a digest to
compare with, every flip must be found: the item fails, or a repetition brings the right bytes. Where it
has none, the report may say done, but never that it was verified, and a move must keep its source.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from tests.campaign.ground import PART, THRESHOLD, Ground, World, environment
from tests.campaign.result import Result
from tests.campaign.turned import Flip, Turned
from tests.fakes.worn_disk import WornDisk
from tests.servers.kinds import MOTO_TINY_PARTS
from tests.servers.server import Server, start
from tfm.model.conflict import Answer, Policy
from tfm.model.location import LOCAL, local
from tfm.model.verify import Level
from tfm.ops import tree
from tfm.ops.context import ItemResult, OpContext, Outcome
from tfm.ops.plan import pick
from tfm.storage.base import Evidence
from tfm.storage.local.storage import LocalStorage
from tfm.storage.s3.options import MIB
from tfm.storage.vfs import Vfs

SIZES: Final = {"ci": 300, "full": 10_000}
DISK_SHARE: Final = 10
"""One flip in so many is made once more on a disk."""
BATCH: Final = 50
"""Items in one job; each has its own flip."""
LEVEL: Final = Evidence.CHECKSUM
"""What a proof must be worth. A level above it (reading both sides again) would be one more column of scenes."""

Sizes = Callable[[random.Random], int]
Split = Callable[[int, random.Random], list[int]]


class Kind(NamedTuple):
    """What a server is like: compares digests with bodies, shows no MD5, is taken for Amazon's."""

    checks: bool
    hidden: bool
    amazon: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """How bytes travel. `share` is its weight among the flips; `batch` how many items a job has.

    `parts` cuts an object that goes down into parts of these sizes; None makes it with one request.
    `every` turns the bit also in repetitions; `provable` says that the other side has a digest that tells.
    """

    name: str
    op: str
    share: int
    sizes: Sizes
    parts: Split | None = None
    checks: bool = True
    hidden: bool = False
    amazon: bool = False
    every: bool = False
    provable: bool = True
    batch: int = BATCH

    @property
    def server(self) -> Kind:
        """What kind of server it needs; scenes that need the same one share it."""
        return Kind(self.checks, self.hidden, self.amazon)

    @property
    def goes_up(self) -> bool:
        """True if the bytes leave this machine."""
        return self.op != "GetObject"


def _small(dice: random.Random) -> int:
    return dice.choice((1, 2, 63, 64, 65, 1023, dice.randrange(3, 20_000)))


def _below(dice: random.Random) -> int:
    """Fetched by one GET, and large enough for three parts."""
    return dice.randrange(2000, THRESHOLD)


def _one_part(dice: random.Random) -> int:
    return THRESHOLD + dice.randrange(1, 60_000)


def _two_parts(dice: random.Random) -> int:
    return 5 * MIB + dice.randrange(1, 200_000)


def _even(size: int, dice: random.Random) -> list[int]:
    """All parts alike but the last, as most programs cut: the server tells the size of the first."""
    each = -(-size // dice.randrange(2, 5))
    return [min(each, size - start) for start in range(0, size, each)]


def _foreign(size: int, dice: random.Random) -> list[int]:
    """Every part of another size: no reader can know where they were cut."""
    first = dice.randrange(size // 8, size // 4)
    second = dice.randrange(size // 3, size // 2)
    return [first, second, size - first - second]


def _whole(size: int, _dice: random.Random) -> list[int]:
    return [size]


SCENES: Final = (
    Scene("PUT, server checks", "PutObject", 16, _small),
    Scene("PUT, server checks, each time", "PutObject", 6, _small, every=True),
    Scene("PUT, server believes all", "PutObject", 16, _small, checks=False),
    Scene("PUT, each time, server believes all", "PutObject", 6, _small, checks=False, every=True),
    Scene("PUT to Amazon", "PutObject", 10, _small, amazon=True),
    Scene("part, server checks", "UploadPart", 4, _one_part),
    Scene("part, server believes all", "UploadPart", 6, _one_part, checks=False),
    Scene("part to Amazon", "UploadPart", 4, _one_part, amazon=True),
    Scene("one of two parts, server checks", "UploadPart", 1, _two_parts, batch=5),
    Scene("one of two parts, believes all", "UploadPart", 1, _two_parts, checks=False, batch=5),
    Scene("GET", "GetObject", 20, _small),
    Scene("GET, each time", "GetObject", 6, _small, every=True),
    Scene("GET of an object of one part", "GetObject", 6, _small, parts=_whole),
    Scene("range of a plain object", "GetObject", 8, _one_part, every=True),
    Scene("range of an object in equal parts", "GetObject", 8, _one_part, parts=_even),
    # what is damaged twice alike looks like a server whose ETags are made in another way
    Scene(
        "range, equal parts, each time",
        "GetObject",
        6,
        _one_part,
        parts=_even,
        every=True,
        provable=False,
    ),
    Scene("range from Amazon", "GetObject", 4, _one_part, parts=_even, amazon=True, every=True),
    Scene("one of two ranges", "GetObject", 1, _two_parts, every=True, batch=5),
    Scene("range, foreign parts", "GetObject", 3, _one_part, parts=_foreign, provable=False),
    Scene(
        "range, foreign parts, each time",
        "GetObject",
        4,
        _one_part,
        parts=_foreign,
        every=True,
        provable=False,
    ),
    Scene("GET, foreign parts", "GetObject", 4, _below, parts=_foreign, provable=False),
    Scene("GET, encrypted", "GetObject", 4, _small, hidden=True, every=True, provable=False),
    Scene(
        "PUT, encrypted, server believes all",
        "PutObject",
        4,
        _small,
        checks=False,
        hidden=True,
        provable=False,
    ),
)


def run(seed: int, size: str, directory: Path) -> Result:
    """The campaign, on a server that checks nothing by itself and takes parts of any size."""
    with start(MOTO_TINY_PARTS) as server, environment(server, directory):
        return Flips(server, seed, size, directory).run()


class Flips:
    """One run of the campaign."""

    def __init__(self, server: Server, seed: int, size: str, directory: Path) -> None:
        self.server = server
        self.directory = directory
        self.total = SIZES[size]
        self.result = Result("flips", seed, size)
        self.turned: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()

    def run(self) -> Result:
        """Every scene by its share, until all flips of the provable ones were made."""
        shares = sum(scene.share for scene in SCENES if scene.provable)
        for server in dict.fromkeys(scene.server for scene in SCENES):
            with self._ground(server) as (ground, proxy):
                for scene in SCENES:
                    if scene.server == server:
                        self._scene(scene, ground, proxy, -(-self.total * scene.share // shares))
        on_disk = self._on_a_disk(-(-self.total // DISK_SHARE))
        provable = sum(self.turned[scene.name] for scene in SCENES if scene.provable)
        self.result.counts = {
            "flips that can be proved": provable,
            "flips that cannot": self.turned.total() - provable,
            "flips on a disk, read back": on_disk,
            "missed": len(self.result.problems),
            "ends": self.ends,
            "flips by scene": self.turned,
        }
        return self.result

    def _on_a_disk(self, wanted: int) -> int:
        """Bits that the medium turns after the write, at the level that reads everything back."""
        dice = random.Random(f"{self.result.seed}/disk")
        worn, here = WornDisk(self.result.seed), self.directory / "worn"
        here.mkdir()
        disk = LocalStorage(LOCAL, system=worn)
        disk.facets = replace(disk.facets, rename=None)  # moves copy, as between two disks
        vfs = Vfs(storages={LOCAL: disk})
        source, target = here / "source", here / "target"
        for _ in range(wanted):
            data = dice.randbytes(_small(dice))
            source.write_bytes(data)
            target.write_bytes(b"older")
            ctx = OpContext(vfs, resolver=Policy(Answer.OVERWRITE), level=Level.READBACK)
            act = dice.choice((tree.copy, tree.move))
            (row,) = act(ctx, pick(ctx, [local(source)]), local(target), into=False).items
            said = f"on a disk: {len(data)} bytes, {row.outcome.value} {row.reason}"
            if row.outcome is not Outcome.FAILED:
                self.result.problems.append(f"{said}: other bytes are called done")
            if target.read_bytes() != b"older" or source.read_bytes() != data:
                self.result.problems.append(f"{said}: what was there before is lost")
        if worn.turned != wanted:
            self.result.problems.append(f"on a disk: {worn.turned} of {wanted} bits were turned")
        return worn.turned

    def _scene(self, scene: Scene, ground: Ground, proxy: Turned, wanted: int) -> None:
        number = 0
        while self.turned[scene.name] < wanted and number <= 2 * wanted:
            count = min(scene.batch, wanted - self.turned[scene.name])
            _Batch(self, scene, ground, proxy, number, count).run()
            number += 1
        if self.turned[scene.name] < wanted:
            self.result.problems.append(f"{scene.name}: the bits were not turned")

    @contextmanager
    def _ground(self, kind: Kind) -> Iterator[tuple[Ground, Turned]]:
        with ExitStack() as stack:
            proxy = stack.enter_context(Turned(self.server, checks=kind.checks, hidden=kind.hidden))
            ground = Ground(proxy, self.directory, amazon=kind.amazon)
            stack.callback(ground.close)
            yield ground, proxy


class _Batch:
    """One job of a scene: its files, its flips, and the verdict on each."""

    def __init__(
        self,
        flips: Flips,
        scene: Scene,
        ground: Ground,
        proxy: Turned,
        number: int,
        count: int,
    ) -> None:
        self.flips = flips
        self.scene = scene
        self.ground = ground
        self.proxy = proxy
        self.dice = random.Random(f"{flips.result.seed}/{scene.name}/{number}")
        self.move = self.dice.random() < 0.5
        self.over = self.dice.random() < 0.5
        self.names = [f"i{index:02}" for index in range(count)]
        near, far = ground.near(f"b{number}"), ground.far(f"b{number}/")
        self.source, self.target = (near, far) if scene.goes_up else (far, near)

    def run(self) -> None:
        """Make the files, lay down the flips, carry, judge, and clear away."""
        self.proxy.plan, self.proxy.parts = {}, {}
        plan = dict(self._made(name) for name in self.names)
        before = self.ground.world()
        self.proxy.plan = plan
        act = tree.move if self.move else tree.copy
        ended = self.ground.do(
            self.scene.name,
            lambda ctx: act(ctx, pick(ctx, [self.source]), self.target, into=False),
        )
        self.proxy.plan = {}
        after = self.ground.world()
        rows = ended.by_source()
        for name, flip in zip(self.names, plan.values(), strict=True):
            self._judge(name, flip, rows.get(str(self.source.child(name))), before, after)
        self._judge_the_rest(before, after)
        self.ground.clear()
        self.proxy.reset()

    def _made(self, name: str) -> tuple[str, Flip]:
        """The file, perhaps something older where it goes, and its flip."""
        scene, dice = self.scene, self.dice
        size = scene.sizes(dice)
        data = dice.randbytes(size)
        if scene.goes_up:
            self.ground.write_to(self.source.child(name), data)
        elif scene.parts is None:
            self.ground.put_to(self.source.child(name), data)
        else:
            parts = scene.parts(size, dice)
            place = self.source.child(name)
            self.proxy.parts[place.inner_key] = (
                self.ground.put_in_parts(place, data, parts),
                parts,
            )
        if self.over:
            older = self.ground.put_to if scene.goes_up else self.ground.write_to
            older(self.target.child(name), b"older " + name.encode())
        offset, part = dice.randrange(size), 0
        if scene.op == "UploadPart":
            part, offset = offset // PART + 1, offset % PART
        far = self.target if scene.goes_up else self.source
        flip = Flip(scene.op, offset, 1 << dice.randrange(8), part, scene.every)
        return far.child(name).inner_key, flip

    def _judge(
        self, name: str, flip: Flip, row: ItemResult | None, before: World, after: World
    ) -> None:
        if not flip.turned:
            return
        self.flips.turned[self.scene.name] += 1
        end, faults = self._seen(name, row, before, after)
        self.flips.ends[end] += 1
        how = f"{'move' if self.move else 'copy'}{' over it' if self.over else ''}"
        told = "not in the report" if row is None else f"{row.outcome.value} {row.reason}".strip()
        self.flips.result.problems += [
            f"{self.scene.name}: {how} of {self.source.child(name)}, {flip}: {fault} ({told})"
            for fault in faults
        ]

    def _seen(
        self, name: str, row: ItemResult | None, before: World, after: World
    ) -> tuple[str, list[str]]:
        """How it ended, and what is wrong with that."""
        source, target = str(self.source.child(name)), str(self.target.child(name))
        whole, there = before[source], after.get(target)
        done = row is not None and row.outcome is Outcome.DONE
        kept = after.get(source) == whole
        if done and there == whole:
            wrong = [] if kept is not self.move else ["the source is not as the verb leaves it"]
            return "repaired", wrong
        if not kept:
            return "lost", ["the source is gone, and its bytes are not there"]
        if done:
            assert row is not None
            wrong = [] if not self.scene.provable else ["it is called done, with other bytes"]
            if row.evidence is None or row.evidence >= LEVEL:
                wrong.append("it is called verified, with other bytes")
            if self.move:
                wrong.append("a move is called done, with other bytes")
            return "done, checked by size only", wrong
        if there in (whole, before.get(target)) or (there is None and not self.scene.checks):
            return "failed, nothing published", []
        if self.scene.provable:
            return "published", ["it failed, but other bytes stand there"]
        return "failed, could be checked by size only", []

    def _judge_the_rest(self, before: World, after: World) -> None:
        known = {str(top.child(name)) for top in (self.source, self.target) for name in self.names}
        left = [place for place in after if place not in known and place not in before]
        left = [
            place for place in left if not place.endswith("/")
        ]  # what was emptied keeps a marker
        left += self.ground.left_open()
        self.flips.result.problems += [f"{self.scene.name}: {one} is left behind" for one in left]
