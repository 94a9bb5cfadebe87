"""Campaign `traced`: the real program is killed by the kernel at each call by which it changes something.

The ground truth beside `kills`: there the engine counts its own calls, here strace does, and whatever the
engine calls without knowing is met as well. `tfm cp`, `mv` and `rm` are traced once to their end, which
gives the points; at each of them the same command on the same world gets SIGKILL. Nothing may be lost or
torn, `tfm jobs list` must name everything unfinished, and `tfm jobs resume` or `discard` must end it.

The program is forked off a prepared one, on one thread (see `tests/campaign/prefork.py`); at one point in
so many all of it is `python -m tfm` as a shell would start it, on all its threads, start included.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from tests.campaign import kills
from tests.campaign.ground import environment
from tests.campaign.kills import LARGE, PART, SMALL, Ground, World, files, lost, small_parts
from tests.campaign.result import Result
from tests.campaign.strace import Came, Point, Tracer
from tests.servers.kinds import MOTO_TINY_PARTS
from tests.servers.server import Server, start

OTHER_DISK: Final = Path("/dev/shm")
AGAIN_EVERY: Final = 5
"""At one point in so many the job is killed a second time, while it goes on."""
DISCARD_EVERY: Final = 4
"""At one point in so many the job is given up instead."""
FAULTS: Final = ("Traceback", "Unforeseen")
DONE, PARTLY = 0, 3
RESUME: Final = ("jobs", "resume", "--on-conflict", "overwrite")
ANSWERS: Final = {
    name: f"--on-conflict {answer}"
    for name, answer in (("over", "overwrite"), ("both", "keep-both"), ("skip", "skip"))
}
CONFIG: Final = 'S3_RETRY_DELAY = 0.002\nS3_OUTAGE_WAIT = 0\nS3_ADDRESSING_STYLE = "path"\n'


@dataclass(frozen=True, slots=True)
class Size:
    """How many points, how many of them of plain starts, and how many that touch the bucket.

    With 0 `far` it is every point of every scene, and then of other trees and commands.
    """

    points: int
    plain: int
    far: int


SIZES: Final = {"ci": Size(500, 20, 100), "full": Size(10_000, 100, 0)}


class Nowhere(Server):
    """A server that is never asked: for scenes on the disk alone."""

    def __init__(self, server: Server) -> None:
        super().__init__("nowhere", server.endpoint_url, "", "", Path(os.devnull))

    def new_bucket(self, prefix: str = "bucket") -> str:
        return prefix

    def client(self, endpoint_url: str | None = None) -> Any:
        return SimpleNamespace(put_object=lambda **_named: None)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        return []

    def uploads(self, bucket: str) -> list[tuple[str, str]]:
        return []


class Disks(Ground):
    """As in `kills`, and a directory on another disk, for moves that copy."""

    def __init__(self, server: Server, directory: Path, elsewhere: Path) -> None:
        super().__init__(server, directory)
        self.elsewhere = elsewhere

    def clear(self) -> None:
        super().clear()
        shutil.rmtree(self.elsewhere, ignore_errors=True)
        (self.elsewhere / "to").mkdir(parents=True)

    def world(self) -> World:
        there = {f"else/{name}": what for name, what in files(self.elsewhere).items()}
        return super().world() | there

    def unfinished(self) -> set[str]:
        return super().unfinished() | {str(path) for path in self.elsewhere.rglob(".tfm-*.part")}

    def words(self, command: str) -> list[str]:
        """The arguments of a command, places filled in."""
        places = {
            "near": f"{self.here}/",
            "else": f"{self.elsewhere}/",
            "far": f"s3://{self.bucket}/",
        }
        words = []
        for word in command.format(**ANSWERS).split():
            side, colon, name = word.partition(":")
            words.append(places[side] + name if colon else word)
        return words


@dataclass(frozen=True, slots=True)
class Scene:
    """A world and a command; `near:`, `else:` (another disk) and `far:` say where a place lies."""

    name: str
    fill: Callable[[Disks], None]
    command: str

    @property
    def is_far(self) -> bool:
        return "far:" in self.command

    @property
    def is_elsewhere(self) -> bool:
        return "else:" in self.command


# -- worlds ------------------------------------------------------------------------------------------


def _one_large(ground: Ground) -> None:
    ground.file("from/large", LARGE)
    ground.file("to/large", seed="old")


def _grown(seed: int) -> Callable[[Disks], None]:
    """A tree on each side that may be a source, and some of its names where it may go."""

    def fill(ground: Disks) -> None:
        chooser = random.Random(seed)
        names = [f"{top}{name}" for top in ("", "d/", "d/deep/", "e/") for name in "abc"]
        for name in chooser.sample(names, chooser.randrange(1, 7)):
            size = chooser.choice((0, 1, SMALL, PART, 2 * PART + 1, LARGE))
            ground.file(f"from/{name}", size)
            ground.object(f"from/{name}", size)
            if chooser.random() < 0.3:
                ground.file(f"to/from/{name}", seed="old")
                ground.file(f"{ground.elsewhere}/to/from/{name}", seed="old")
                ground.object(f"to/from/{name}", seed="old")
        if chooser.random() < 0.5:
            os.symlink("nowhere", ground.here / "from/link")
        if chooser.random() < 0.5:
            (ground.here / "from/empty").mkdir(mode=0o500)
        ground.file("to/beside")

    return fill


def _hollow(ground: Ground) -> None:
    (ground.here / "from/empty").mkdir(parents=True)
    ground.file("from/small")
    ground.object("to/beside")


SCENES: Final = (
    Scene("copy a tree", kills._tree, "cp -r near:from near:to"),
    Scene("copy a tree over another", kills._tree_over, "cp -r near:from near:to {over}"),
    Scene(
        "copy, keeping both", kills._few, "cp near:from/a near:from/b near:from/c near:to {both}"
    ),
    Scene("copy to a new name", kills._tree, "cp -r near:from near:to/new"),
    Scene("copy over a large file", _one_large, "cp near:from/large near:to {over}"),
    Scene("copy to another disk", kills._tree, "cp -r near:from else:to"),
    Scene("move by rename", kills._few, "mv near:from/a near:from/b near:to {over}"),
    Scene("move a tree into another", kills._tree_over, "mv near:from near:to {over}"),
    Scene("move, skipping", kills._few, "mv near:from/a near:from/b near:from/c near:to {skip}"),
    Scene("move to another disk", kills._tree, "mv near:from else:to"),
    Scene("rename a directory", kills._tree, "mv -T near:from near:renamed"),
    Scene("delete a tree", kills._tree, "rm -r --yes near:from"),
    Scene("upload", kills._large, "cp -r near:from far:to/"),
    Scene("upload an empty directory", _hollow, "cp -r near:from far:to/"),
    Scene("upload over", kills._large_over, "cp -r near:from far:to/ {over}"),
    Scene("move up", kills._large_over, "mv near:from far:to/ {over}"),
    Scene("download", kills._far, "cp -r far:from/ near:to"),
    Scene("download over", kills._far_over, "cp -r far:from/ near:to {over}"),
    Scene("move down", kills._far_over, "mv far:from/ near:to {over}"),
    Scene("copy inside the bucket", kills._far_over, "cp -r far:from/ far:to/ {over}"),
    Scene("move inside the bucket", kills._far_over, "mv far:from/ far:to/ {over}"),
    Scene("rename a prefix", kills._far, "mv -T far:from/ far:renamed/"),
    Scene("delete a prefix", kills._far, "rm -r --yes far:from/"),
)

SHAPES: Final = (
    "cp -r near:from near:to/ {answer}",
    "mv near:from near:to/ {answer}",
    "cp -r near:from else:to/ {answer}",
    "mv near:from else:to/ {answer}",
    "rm -r --yes near:from",
    "mv -T near:from near:renamed",
    "cp -r near:from far:to/ {answer}",
    "mv near:from far:to/ {answer}",
    "cp -r far:from/ near:to/ {answer}",
    "mv far:from/ near:to/ {answer}",
    "cp -r far:from/ far:to/ {answer}",
    "mv far:from/ far:to/ {answer}",
    "rm -r --yes far:from/",
)


def _more(chooser: random.Random) -> Iterator[Scene]:
    """Without end: other trees, other commands."""
    while True:
        seed = chooser.randrange(2**31)
        answer = chooser.choice(sorted(ANSWERS.values()))
        command = chooser.choice(SHAPES).format(answer=answer)
        yield Scene(f"{command} with tree {seed}", _grown(seed), command)


def run(seed: int, size: str, directory: Path) -> Result:
    """The campaign. Needs strace."""
    with ExitStack() as stack:
        server = stack.enter_context(start(MOTO_TINY_PARTS))
        stack.enter_context(environment(server, directory))
        stack.enter_context(small_parts())
        elsewhere = stack.enter_context(_another_disk(directory))
        home = directory / "home"
        (home / "config/tfm").mkdir(parents=True)
        (home / "state/tfm").mkdir(parents=True)  # or the first run has points that no other has
        (home / "config/tfm/config.py").write_text(CONFIG)
        places = {
            "HOME": str(home),
            **{
                f"XDG_{name.upper()}_HOME": str(home / name)
                for name in ("config", "state", "cache")
            },
            "XDG_RUNTIME_DIR": str(home / "run"),
        }
        tracer = Tracer(directory, places, PART)
        stack.callback(tracer.close)
        place = elsewhere or directory / "else"
        near, far = Disks(Nowhere(server), directory, place), Disks(server, directory, place)
        near.journals = far.journals = home / "state/tfm/jobs"
        campaign = Traced(tracer, near, far, seed, size, other_disk=elsewhere is not None)
        return campaign.run()


@contextmanager
def _another_disk(directory: Path) -> Iterator[Path | None]:
    """An empty directory that is not on the disk of `directory`; None where there is none."""
    if not OTHER_DISK.is_dir() or OTHER_DISK.stat().st_dev == directory.stat().st_dev:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="tfm-traced-", dir=OTHER_DISK) as made:
        yield Path(made) / "else"


@dataclass(frozen=True, slots=True)
class Kill:
    """One command and where it ends. `plain`: as a shell starts it."""

    scene: Scene
    point: Point
    plain: bool = False

    def __str__(self) -> str:
        return f"{self.scene.name}, killed at {self.point}{' of a plain start' * self.plain}"


@dataclass
class Traced:
    """One run of the campaign."""

    tracer: Tracer
    near: Disks
    far: Disks
    seed: int
    size: str
    other_disk: bool = True
    scenes: tuple[Scene, ...] = field(default_factory=lambda: SCENES)
    counts: Counter[str] = field(default_factory=Counter)
    scene_points: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _finals: dict[str, World] = field(default_factory=dict)

    def run(self) -> Result:
        """As many points as the size says."""
        chooser = random.Random(self.seed)
        tried = 0
        for number, kill in enumerate(self._kills(chooser)):
            self._one(kill, number, chooser)
            tried += 1
        result = Result("traced", self.seed, self.size, problems=self.problems)
        result.counts = {
            "points": tried,
            "by what came of it": self.counts,
            "points of a scene": self.scene_points,
        }
        return result

    def _kills(self, chooser: random.Random) -> Iterator[Kill]:
        size = SIZES[self.size]
        scenes = [scene for scene in self.scenes if self.other_disk or not scene.is_elsewhere]
        near = [scene for scene in scenes if not scene.is_far]
        far = [scene for scene in scenes if scene.is_far]
        if size.plain:
            plain = [kill for scene in near for kill in self._plain(scene)]
            yield from chooser.sample(plain, min(size.plain, len(plain)))
        rest = size.points - size.plain
        if size.far:
            yield from self._some(far, size.far, chooser)
            yield from self._some(near, rest - size.far, chooser)
            return
        more = (scene for scene in _more(chooser) if self.other_disk or not scene.is_elsewhere)
        for scene in itertools.chain(scenes, more):
            for kill in self._prepared(scene)[:rest]:
                yield kill
                rest -= 1
            self._finals.pop(scene.name, None)
            if rest <= 0:
                return

    def _some(self, scenes: Iterable[Scene], wanted: int, chooser: random.Random) -> list[Kill]:
        all_of_them = [kill for scene in scenes for kill in self._prepared(scene)]
        chosen = chooser.sample(range(len(all_of_them)), min(wanted, len(all_of_them)))
        return [all_of_them[at] for at in sorted(chosen)]

    def _prepared(self, scene: Scene) -> list[Kill]:
        """All points of a command. What it makes when nothing happens to it is kept, to compare."""
        ground = self._begin(scene)
        came, points = self.tracer.points(*ground.words(scene.command), network=scene.is_far)
        self._ended_well(scene.name, came)
        self._clean(scene.name, ground)
        self._finals[scene.name] = ground.world()
        self.scene_points[scene.name] = len(points)
        return [Kill(scene, point) for point in points]

    def _plain(self, scene: Scene) -> list[Kill]:
        ground = self._begin(scene)
        came, points = self.tracer.plain_points(*ground.words(scene.command))
        self._ended_well(scene.name, came)
        self._finals[scene.name] = ground.world()
        return [Kill(scene, point, plain=True) for point in points if point.name != "openat"]

    def _begin(self, scene: Scene) -> Disks:
        ground = self.far if scene.is_far else self.near
        ground.clear()
        scene.fill(ground)
        return ground

    # -- one point ---------------------------------------------------------------------------------

    def _one(self, kill: Kill, number: int, chooser: random.Random) -> None:
        title, scene = str(kill), kill.scene
        ground = self._begin(scene)
        before, final = ground.world(), self._finals[scene.name]
        argv = ground.words(scene.command)
        if kill.plain:
            came = self.tracer.plain(*argv, options=kill.point.options)
        else:
            came = self.tracer.killed_at(kill.point, *argv)
        self.counts["killed" if came.killed else "ended before"] += 1
        if not came.killed:
            self._ended_well(title, came)
            if not scene.is_far and not kill.plain:
                self.problems.append(f"{title}: it was not")
        run = self.tracer.plain if kill.plain else self.tracer.run
        self._nothing_lost(title, ground, before, final)
        jobs = self._listed(title, run)
        if not self._are_named(title, ground, jobs):
            return
        if not jobs:
            if ground.world() not in (before, final):
                self.problems.append(f"{title}: half done, and nothing to take up")
            self.counts["nothing to take up"] += 1
        elif number % DISCARD_EVERY == 0:
            self.counts["discarded"] += 1
            title += ", discarded"
            self._ended_well(title, run("jobs", "discard", "--yes"))
            self._nothing_lost(title, ground, before, final)
        else:
            if number % AGAIN_EVERY == 0:
                second = Point(
                    chooser.choice(("write", "openat", "unlink", "fsync")), chooser.randrange(1, 9)
                )
                title += f", and at {second} of its second run"
                again = self.tracer.killed_at(second, *RESUME)
                self.counts["killed again" if again.killed else "not killed again"] += 1
                self._nothing_lost(title, ground, before, final)
                jobs = self._listed(title, run)
                if not self._are_named(title, ground, jobs):
                    return
            title += ", taken up"
            self.counts["taken up"] += 1
            if jobs:
                self._ended_well(title, run(*RESUME))
            self._is(title, ground.world(), final)
        self._clean(title, ground)

    def _ended_well(self, title: str, came: Came) -> None:
        fault = any(word in came.err for word in FAULTS)
        if fault or came.code not in (DONE, PARTLY):
            self.problems.append(f"{title}: exit {came.code}: {came.err.strip()[-500:]}")

    def _nothing_lost(self, title: str, ground: Disks, before: World, final: World) -> None:
        self.problems += [f"{title}: {fault}" for fault in lost(before, ground.world(), final)]

    def _is(self, title: str, now: World, final: World) -> None:
        for name in sorted(now.keys() | final.keys()):
            if now.get(name) != final.get(name):
                self.problems.append(
                    f"{title}: {name} is {now.get(name)} instead of {final.get(name)}"
                )

    def _listed(self, title: str, run: Callable[..., Came]) -> list[dict[str, Any]]:
        came = run("jobs", "list", "--json")
        self._ended_well(title, came)
        jobs: list[dict[str, Any]] = json.loads(came.out or "[]")
        if len(jobs) > 1:
            self.problems.append(f"{title}: {len(jobs)} jobs out of one")
        return jobs

    def _are_named(self, title: str, ground: Disks, jobs: list[dict[str, Any]]) -> bool:
        """Everything unfinished stands in the list; an upload whose id was not told yet by its key."""
        left = [row for job in jobs for row in job["left"]]
        named = {row["name"] for row in left}
        places = {row["place"] for row in left if not row["name"]}
        for key, upload in ground.server.uploads(ground.bucket):
            if f"s3://{ground.bucket}/{key}" in places:
                named.add(upload)
        unnamed = ground.unfinished() - named
        if unnamed:
            self.problems.append(f"{title}: nobody knows of {sorted(unnamed)}")
        return not unnamed

    def _clean(self, title: str, ground: Disks) -> None:
        if left := ground.unfinished():
            self.problems.append(f"{title}: still there: {sorted(left)}")
        if journals := sorted(ground.journals.glob("*")):
            self.problems.append(f"{title}: journals stay: {[one.name for one in journals]}")
