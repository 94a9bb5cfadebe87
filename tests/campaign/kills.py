"""Campaign `kills`: the program is killed at each mutating call; nothing is lost, all is taken up again.

Each scene is an order on a small world. It is run once to its end, which tells how many points there
are and what must stand there in the end. Then, for each point: the same world, the same order, SIGKILL
at that point. Nothing may be lost or torn, and the recovery must name everything unfinished. After that
the job is taken up (and, every few points, killed once more in the middle of that), or discarded.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.campaign.deaths import Death, in_a_child
from tests.campaign.ground import environment
from tests.campaign.result import Result
from tests.servers.kinds import MOTO_TINY_PARTS
from tests.servers.server import Server, start
from tfm.jobs.job import JobEvent
from tfm.jobs.manager import JobManager
from tfm.jobs.recovery import Interrupted, Journals
from tfm.model.conflict import Answer, Decision
from tfm.model.location import S3, Location, local
from tfm.model.patience import Patience
from tfm.ops.context import OpContext
from tfm.ops.order import Order
from tfm.ops.plan import Picked, pick
from tfm.storage.local import draft
from tfm.storage.s3 import options as s3_options
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

PART: Final = 32 * 1024
"""Bytes of a part or range; the server takes them so small."""
LARGE: Final = 5 * PART + 1000
SMALL: Final = 700
TIMES: Final = 1_700_000_000 * 10**9
AGAIN_EVERY: Final = 5
"""At one point in so many the job is killed a second time, while it goes on."""
DISCARD_EVERY: Final = 4
"""At one point in so many the job is given up instead."""

World = dict[str, str]
"""What stands where, on both sides: kind, permissions, time and digest, as one text."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many points at most, chosen by the seed; 0 for all of them."""

    points: int


SIZES: Final = {"ci": Size(120), "full": Size(0)}


class Ground:
    """A directory and a bucket; each part of a scene fills them anew."""

    def __init__(self, server: Server, directory: Path) -> None:
        self.server = server
        self.bucket = server.new_bucket("kills")
        self.here = directory / "ground"
        self.journals = directory / "jobs"
        # made once, and copied by each fork: to make the clients costs more than what they do
        self.untouched = self.storage()
        for bulk in (False, True):
            self.untouched._calls.clients.get("", bulk=bulk)

    def near(self, name: str) -> Location:
        """A place in the directory."""
        return local(self.here / name)

    def far(self, key: str) -> Location:
        """A place in the bucket."""
        return Location(S3, f"{self.bucket}/{key}")

    def file(self, name: str, size: int = SMALL, *, seed: str = "") -> None:
        """A file of its own bytes, with a time of its own."""
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(random.Random(f"{name}{seed}").randbytes(size))
        moment = TIMES + len(name) * 10**9
        os.utime(path, ns=(moment, moment))

    def object(self, key: str, size: int = SMALL, *, seed: str = "") -> None:
        """An object of its own bytes."""
        body = random.Random(f"{key}{seed}").randbytes(size)
        kept = {"mtime": "1700000000"}  # or the time of a download would be that of this run
        self.server.client().put_object(Bucket=self.bucket, Key=key, Body=body, Metadata=kept)

    def clear(self) -> None:
        """Empty both sides and forget all journals."""
        shutil.rmtree(self.here, ignore_errors=True)
        shutil.rmtree(self.journals, ignore_errors=True)
        self.here.mkdir()
        client = self.server.client()
        for key, upload in self.server.uploads(self.bucket):
            client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload)
        keys = self.server.keys(self.bucket)
        if keys:
            rows = [{"Key": key} for key in keys]
            client.delete_objects(Bucket=self.bucket, Delete={"Objects": rows})

    def world(self) -> World:
        """Everything, asked from the disk and from the server."""
        found = files(self.here)
        client = self.server.client()
        for key in self.server.keys(self.bucket):
            answer = client.get_object(Bucket=self.bucket, Key=key)
            digest = hashlib.md5(answer["Body"].read()).hexdigest()
            kept = sorted((answer.get("Metadata") or {}).items())
            found[f"s3:{key}"] = f"object {digest} {kept}"
        return found

    def unfinished(self) -> set[str]:
        """Temporary files by path, open uploads by id."""
        files = {str(path) for path in self.here.rglob(".tfm-*.part")}
        return files | {upload for _, upload in self.server.uploads(self.bucket)}

    def vfs(self) -> Vfs:
        """The engine, with connections of its own."""
        return Vfs(storages={S3: self.storage()})

    def storage(self) -> S3Storage:
        """A client of the server that cuts small files into parts."""
        chosen: dict[str, object] = {
            "endpoint_url": self.server.endpoint_url,
            "addressing_style": "path",
            "multipart_threshold": 2 * PART,
            "part_size": PART,
            "retry_delay": 0.002,
        }
        return S3Storage(S3, chosen)

    def pick(self, *places: Location) -> tuple[Picked, ...]:
        """What is there, as a pane would show it."""
        vfs = self.vfs()
        try:
            return tuple(pick(OpContext(vfs), places))
        finally:
            vfs.close()


@dataclass(frozen=True, slots=True)
class Scene:
    """One order on one world: `fill` makes the world, `order` what is to be done in it."""

    name: str
    fill: Callable[[Ground], None]
    order: Callable[[Ground], Order]


# -- worlds ------------------------------------------------------------------------------------------


def _tree(ground: Ground) -> None:
    ground.file("from/d/one")
    ground.file("from/d/deep/two", 90_000)
    ground.file("from/three", 0)
    os.symlink("d/one", ground.here / "from/link")
    os.link(ground.here / "from/d/one", ground.here / "from/twin")
    (ground.here / "to").mkdir()
    ground.file("to/beside")
    (ground.here / "from/d").chmod(0o750)


def _tree_over(ground: Ground) -> None:
    _tree(ground)
    ground.file("to/from/d/one", seed="old")
    ground.file("to/from/three", 50, seed="old")


def _few(ground: Ground) -> None:
    for name in ("a", "b", "c"):
        ground.file(f"from/{name}")
    ground.file("from/b", seed="new")
    (ground.here / "to").mkdir()
    ground.file("to/b", seed="old")


def _large(ground: Ground) -> None:
    ground.file("from/large", LARGE)
    ground.file("from/small")
    ground.object("to/beside")


def _large_over(ground: Ground) -> None:
    _large(ground)
    ground.object("to/from/large", seed="old")


def _far(ground: Ground) -> None:
    ground.object("from/large", LARGE)
    ground.object("from/small")
    ground.object("from/deep/other", 5_000)
    (ground.here / "to").mkdir()
    ground.file("to/beside")


def _far_over(ground: Ground) -> None:
    _far(ground)
    ground.file("to/from/large", seed="old")
    ground.object("to/from/small", seed="old")


# -- orders ------------------------------------------------------------------------------------------


def _into(
    verb: str, source: str, target: str, answer: Answer | None = None
) -> Callable[[Ground], Order]:
    """`near:` and `far:` say on which side a place lies."""

    def order(ground: Ground) -> Order:
        picked = ground.pick(_place(ground, source))
        return Order(verb, picked, _place(ground, target), into=True, answer=answer)  # type: ignore[arg-type]

    return order


def _named(verb: str, source: str, target: str) -> Callable[[Ground], Order]:
    """As the dialog orders it: what stands there decides whether the target is a new name."""
    return lambda ground: Order(
        verb,  # type: ignore[arg-type]
        ground.pick(_place(ground, source)),
        _place(ground, target),
    )


def _each(
    verb: str, source: str, target: str, answer: Answer | None = None
) -> Callable[[Ground], Order]:
    """Of the things in a directory."""

    def order(ground: Ground) -> Order:
        top = _place(ground, source)
        vfs = ground.vfs()
        rows = vfs.scan(top).entries
        vfs.close()
        picked = tuple((top.child(row.name, directory=row.is_directory), row) for row in rows)
        return Order(verb, picked, _place(ground, target), into=True, answer=answer)  # type: ignore[arg-type]

    return order


def _delete(source: str) -> Callable[[Ground], Order]:
    return lambda ground: Order("delete", ground.pick(_place(ground, source)))


def _rename(source: str, name: str) -> Callable[[Ground], Order]:
    return lambda ground: Order("rename", ground.pick(_place(ground, source)), name=name)


def _place(ground: Ground, text: str) -> Location:
    side, _, name = text.partition(":")
    return ground.near(name) if side == "near" else ground.far(name)


OVER: Final = Answer.OVERWRITE
SCENES: Final = (
    Scene("copy a tree", _tree, _into("copy", "near:from", "near:to")),
    Scene("copy a tree over another", _tree_over, _into("copy", "near:from", "near:to", OVER)),
    Scene("copy, keeping both", _few, _each("copy", "near:from", "near:to", Answer.KEEP_BOTH)),
    Scene("copy to a new name", _tree, _named("copy", "near:from", "near:to/new")),
    Scene("move by rename", _few, _each("move", "near:from", "near:to", OVER)),
    Scene("move a tree into another", _tree_over, _into("move", "near:from", "near:to", OVER)),
    Scene("move, skipping", _few, _each("move", "near:from", "near:to", Answer.SKIP)),
    Scene("delete a tree", _tree, _delete("near:from")),
    Scene("rename a directory", _tree, _rename("near:from", "renamed")),
    Scene("upload", _large, _into("copy", "near:from", "far:to/")),
    Scene("upload over", _large_over, _into("copy", "near:from", "far:to/", OVER)),
    Scene("move up", _large_over, _into("move", "near:from", "far:to/", OVER)),
    Scene("download", _far, _into("copy", "far:from/", "near:to")),
    Scene("download over", _far_over, _into("copy", "far:from/", "near:to", OVER)),
    Scene("move down", _far_over, _into("move", "far:from/", "near:to", OVER)),
    Scene("copy inside the bucket", _far_over, _into("copy", "far:from/", "far:to/", OVER)),
    Scene("move inside the bucket", _far_over, _into("move", "far:from/", "far:to/", OVER)),
    Scene("rename a prefix", _far, _rename("far:from/", "renamed")),
    Scene("delete a prefix", _far, _delete("far:from/")),
)


def run(seed: int, size: str, directory: Path) -> Result:
    """The campaign."""
    with ExitStack() as stack:
        server = stack.enter_context(start(MOTO_TINY_PARTS))
        stack.enter_context(environment(server, directory))
        stack.enter_context(small_parts())
        return Kills(Ground(server, directory), seed, size, SCENES).run()


@contextmanager
def small_parts() -> Iterator[None]:
    """Let the engine cut small files as it cuts large ones."""
    least, reserve = s3_options.MIN_PART, draft.RESERVE_FROM
    s3_options.MIN_PART, draft.RESERVE_FROM = 1, PART
    try:
        yield
    finally:
        s3_options.MIN_PART, draft.RESERVE_FROM = least, reserve


@dataclass
class Kills:
    """One run of the campaign."""

    ground: Ground
    seed: int
    size: str
    scenes: tuple[Scene, ...]
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def run(self) -> Result:
        """All scenes; of their points all, or as many as the size says."""
        points = [(scene, at) for scene in self.scenes for at in self._points(scene)]
        wanted = SIZES[self.size].points
        chooser = random.Random(self.seed)
        if wanted and len(points) > wanted:
            points = sorted(chooser.sample(points, wanted), key=lambda one: (one[0].name, one[1]))
        finals: dict[str, World] = {}
        for number, (scene, at) in enumerate(points):
            if scene.name not in finals:
                finals[scene.name] = self._final(scene)
            self._one(scene, at, number, finals[scene.name], chooser)
        result = Result("kills", self.seed, self.size, problems=self.problems)
        result.counts = {"points": len(points), "by what came of it": self.counts}
        return result

    def _points(self, scene: Scene) -> range:
        """One for each mutating call that the job makes when nothing happens to it."""
        order = self._begin(scene)
        _, count = in_a_child(lambda death: self._carry(order, death))
        self.counts[f"points of: {scene.name}"] = count
        return range(1, count + 1)

    def _final(self, scene: Scene) -> World:
        order = self._begin(scene)
        in_a_child(lambda death: self._carry(order, death))
        if self._interrupted():
            self.problems.append(f"{scene.name}: a job that ended is called interrupted")
        return self.ground.world()

    def _begin(self, scene: Scene) -> Order:
        self.ground.clear()
        scene.fill(self.ground)
        return scene.order(self.ground)

    def _carry(self, order: Order, death: Death) -> None:
        """In the child: the job as the program runs it."""
        vfs, jobs = self._engine(death)
        jobs.order("a job", order)
        jobs.shutdown(5.0)
        vfs.close()

    def _take_up(self, name: str, death: Death) -> None:
        vfs, jobs = self._engine(death)
        jobs.take_up(*Journals(self.ground.journals).take_up(name))
        jobs.shutdown(5.0)
        vfs.close()

    def _engine(self, death: Death) -> tuple[Vfs, JobManager]:
        storage = self.ground.untouched
        storage.on_new_client(death.watch_client)
        vfs = Vfs(storages={S3: storage})
        death.watch_process()
        patience = Patience(retries=1, delay=0.002, outage=1.0)
        jobs = JobManager(
            vfs, inline=True, journals=Journals(self.ground.journals), patience=patience
        )
        jobs.subscribe(lambda job, event: _answered(jobs, job, event))
        return vfs, jobs

    def _interrupted(self) -> list[Interrupted]:
        return Journals(self.ground.journals).interrupted()

    # -- one point ---------------------------------------------------------------------------------

    def _one(
        self, scene: Scene, at: int, number: int, final: World, chooser: random.Random
    ) -> None:
        order = self._begin(scene)
        before = self.ground.world()
        title = f"{scene.name}, killed at {at}"
        killed, _ = in_a_child(lambda death: self._carry(order, death), at)
        self.counts["killed" if killed else "ended before"] += 1
        self._nothing_lost(title, before, final)
        if not self._is_named(title):
            return
        if number % DISCARD_EVERY == 0:
            self._discard(title, before, final)
            return
        if number % AGAIN_EVERY == 0 and (jobs := self._interrupted()):
            second = chooser.randrange(1, 12)
            name = jobs[0].id
            again, _ = in_a_child(lambda death: self._take_up(name, death), second)
            title += f", and at {second} of its second run"
            self.counts["killed again" if again else "not killed again"] += 1
            self._nothing_lost(title, before, final)
            self._is_named(title)
        self._finish(title, before, final)

    def _nothing_lost(self, title: str, before: World, final: World) -> None:
        faults = lost(before, self.ground.world(), final)
        self.problems += [f"{title}: {fault}" for fault in faults]

    def _is_named(self, title: str) -> bool:
        """Everything unfinished must be found by recovery."""
        named = {left.name for job in self._interrupted() for left in job.leftovers}
        unnamed = self.ground.unfinished() - named
        # an upload whose id was not told yet is found by its key
        places = {
            left.place.inner_key
            for job in self._interrupted()
            for left in job.leftovers
            if not left.name
        }
        for key, upload in self.ground.server.uploads(self.ground.bucket):
            if key in places:
                unnamed.discard(upload)
        if unnamed:
            self.problems.append(f"{title}: nobody knows of {sorted(unnamed)}")
        return not unnamed

    def _discard(self, title: str, before: World, final: World) -> None:
        self.counts["discarded"] += 1
        for job in self._interrupted():
            vfs = self.ground.vfs()
            told = Journals(self.ground.journals).discard(job.id, vfs)
            vfs.close()
            if told:
                self.problems.append(f"{title}: discarding: {told}")
        self._clean(f"{title}, discarded")
        self._nothing_lost(f"{title}, discarded", before, final)

    def _finish(self, title: str, before: World, final: World) -> None:
        jobs = self._interrupted()
        if not jobs:
            if self.ground.world() not in (before, final):
                self.problems.append(f"{title}: half done, and nothing to take up")
            self.counts["nothing to take up"] += 1
            return
        self.counts["taken up"] += 1
        in_a_child(lambda death: self._take_up(jobs[0].id, death))
        now = self.ground.world()
        for name in sorted(now.keys() | final.keys()):
            if now.get(name) != final.get(name):
                self.problems.append(
                    f"{title}, taken up: {name} is {now.get(name)} instead of {final.get(name)}"
                )
        self._clean(f"{title}, taken up")

    def _clean(self, title: str) -> None:
        if left := self.ground.unfinished():
            self.problems.append(f"{title}: still there: {sorted(left)}")
        if jobs := self._interrupted():
            self.problems.append(f"{title}: still called interrupted: {[one.id for one in jobs]}")


def files(top: Path) -> World:
    """Everything in a directory."""
    found: World = {}
    for path in sorted(top.rglob("*")):
        facts = path.lstat()
        name = str(path.relative_to(top))
        mode = stat.S_IMODE(facts.st_mode)
        if stat.S_ISLNK(facts.st_mode):
            found[name] = f"link {os.readlink(path)}"
        elif stat.S_ISDIR(facts.st_mode):
            found[name + "/"] = f"directory {mode:o}"
        else:
            digest = hashlib.md5(path.read_bytes()).hexdigest()
            found[name] = f"file {digest} {mode:o} {facts.st_mtime_ns}"
    return found


def _answered(jobs: JobManager, job: int, event: JobEvent) -> None:
    if event is JobEvent.ASKING:
        jobs.answer(job, Decision(Answer.FAIL, to_all=True))


def lost(before: World, now: World, final: World) -> Iterator[str]:
    """What a kill between `before` and `final` must not leave: something torn, lost or gone."""
    for name, what in now.items():
        if _is_temporary(name):
            continue
        if not any(_same(what, world.get(name)) for world in (before, final)):
            yield f"{name} is {what}, neither old nor new"
    whole = {_content(what) for what in now.values()}
    for name, what in before.items():
        wanted = any(_content(what) == _content(other) for other in final.values())
        if wanted and _content(what) not in whole:
            yield f"what {name} held is lost"
        if name in final and name not in now:
            yield f"{name} is gone"


def _is_temporary(name: str) -> bool:
    return Path(name).name.startswith(".tfm-")


def _content(what: str) -> str:
    """Kind and digest, the same on both sides; permissions and times may still be missing after a kill."""
    kind, _, rest = what.partition(" ")
    return f"{'file' if kind == 'object' else kind} {rest.partition(' ')[0]}"


def _same(what: str, other: str | None) -> bool:
    if other is None:
        return False
    if what.startswith("directory"):
        return other.startswith("directory")
    return what == other
