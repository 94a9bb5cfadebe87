"""A hundred jobs at once over both worlds, half of them cancelled somewhere: all is right, nothing is left."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from tests.campaign.ground import Ended, environment
from tests.campaign.judge import Act, Verb, judge
from tests.campaign.kills import LARGE, Ground, small_parts
from tests.servers.server import Server
from tfm.jobs import journal
from tfm.jobs.job import JobEvent, JobSnapshot, JobState
from tfm.jobs.journal import JournalFile, Record
from tfm.jobs.manager import JobManager
from tfm.jobs.recovery import Journals
from tfm.model.conflict import Answer
from tfm.model.location import Location, parse
from tfm.model.patience import Patience
from tfm.ops.context import ItemResult, OpContext, Outcome
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.storage.s3.storage import S3Storage
from tfm.storage.vfs import Vfs

JOBS: Final = 100
AT_ONCE: Final = 6
STEPS: Final = 40
"""Steps and requests of a job after which it is cancelled, at most; few have more."""
SECONDS: Final = 120.0
Kind = Literal["copy", "move", "delete", "rename"]
KINDS: Final[Sequence[Kind]] = ("copy", "copy", "move", "move", "delete", "rename")


@dataclass(frozen=True, slots=True)
class Given:
    """One of the jobs: its order, the acts it stands for, and after how many steps it is cancelled."""

    title: str
    order: Order
    acts: tuple[Act, ...]
    cancelled_after: int | None


@pytest.fixture
def ground(ministack_server: Server, tmp_path: Path) -> Iterator[Ground]:
    """On a server that keeps connections open: others could not tell whether one is left."""
    with environment(ministack_server, tmp_path), small_parts():
        made = Ground(ministack_server, tmp_path)
        made.clear()
        yield made
        ministack_server.discard(made.bucket)


def given(ground: Ground, vfs: Vfs, number: int, chooser: random.Random) -> Given:
    """Fill a part of the world, and say what is to be done with it."""
    name = f"j{number:02}"
    verb: Kind = chooser.choice(KINDS)
    here, there = (chooser.choice((ground.near, ground.far)) for _ in range(2))
    names = [f"{top}f{n}" for n in range(chooser.randrange(2, 8)) for top in ("", "d/")]
    names += ["large"] * chooser.choice((0, 1, 1))
    for each in names:
        _make(ground, here, f"from/{name}/{each}", LARGE if each == "large" else 700)
        if chooser.random() < 0.2 and verb in ("copy", "move"):
            _make(ground, there, f"to/{name}/{each}", 300, seed="old")
    source = here(f"from/{name}")
    if here == ground.far:
        source = source.as_directory()
    picked = tuple(pick(OpContext(vfs), [source]))
    cancelled = chooser.randrange(STEPS) if number % 2 else None
    title = f"{verb} {name}"

    def acts(kind: Verb, target: Callable[[str], Location] | None) -> tuple[Act, ...]:
        return tuple(
            Act(kind, str(here(f"from/{name}/{each}")), str(target(each)) if target else "")
            for each in names
        )

    if verb == "delete":
        return Given(title, Order("delete", picked), acts(Verb.DELETE, None), cancelled)
    if verb == "rename":
        order = Order("rename", picked, name=f"{name}-new")
        renamed = acts(Verb.MOVE, lambda each: here(f"from/{name}-new/{each}"))
        return Given(title, order, renamed, cancelled)
    order = Order(verb, picked, there("to/"), into=True, answer=Answer.OVERWRITE)
    carried = acts(Verb(verb), lambda each: there(f"to/{name}/{each}"))
    return Given(title, order, carried, cancelled)


def _make(
    ground: Ground, side: Callable[[str], Location], name: str, size: int, *, seed: str = ""
) -> None:
    (ground.file if side == ground.near else ground.object)(name, size, seed=seed)


class Canceller:
    """Counts what the jobs write down and ask for, and cancels each where it is to be."""

    def __init__(self, jobs: JobManager, orders: Sequence[Given]) -> None:
        self._jobs = jobs
        self._after = {one.title: one.cancelled_after for one in orders}
        self._title_of = {one.title.split()[1]: one.title for one in orders}
        self._titles: dict[JournalFile, str] = {}
        self._steps: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.ids: dict[str, int] = {}

    def watch_journals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plain = JournalFile.append

        def append(file: JournalFile, *records: Record, durable: bool = False) -> None:
            plain(file, *records, durable=durable)
            for record in records:
                if record["k"] == "job":
                    self._titles[file] = record["title"]
            self.step(self._titles[file])

        monkeypatch.setattr(JournalFile, "append", append)

    def watch_requests(self, client: Any) -> None:
        def about_to_send(request: Any, **_named: object) -> None:
            found = re.search(r"/(j\d\d)[/-]", request.url)
            if found is not None:
                self.step(self._title_of[found[1]])

        client.meta.events.register("before-send.s3", about_to_send)

    def step(self, title: str) -> None:
        with self._lock:
            self._steps[title] += 1
            now = self._steps[title] == self._after[title]
        if now and title in self.ids:
            self._jobs.cancel(self.ids[title])


def threads_and_files() -> tuple[set[threading.Thread], Counter[str]]:
    """What lives in this process, and the kinds of what it has open."""
    gc.collect()  # the SDK leaves its connections to it
    kinds: Counter[str] = Counter()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            kinds[os.readlink(entry).partition(":")[0]] += 1
        except FileNotFoundError:
            continue  # that of the listing itself
    return set(threading.enumerate()), kinds


def truth(ground: Ground) -> dict[str, str]:
    """The digest of everything on both sides, by the text of its place."""
    found = {}
    for name, what in ground.world().items():
        kind, digest, *_ = what.split(" ")
        if kind == "object":
            found[str(ground.far(name.removeprefix("s3:")))] = digest
        elif kind == "file":
            found[str(ground.near(name))] = digest
    return found


def rows_of(picture: JobSnapshot, one: Given) -> list[ItemResult]:
    """The rows of its report; where a directory went as one, also for what lies in it."""
    if picture.report is None:
        return []
    rows = list(picture.report.items)
    told = {str(row.source) for row in rows}
    whole = [row for row in rows if row.outcome is Outcome.DONE]
    for act in one.acts if picture.state is JobState.DONE else ():
        above = [row for row in whole if act.source.startswith(f"{str(row.source).rstrip('/')}/")]
        if act.source not in told and above:
            rows.append(replace(above[0], source=parse(act.source)))
    return rows


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
@pytest.mark.parametrize("seed", [1, 2])
def test_all_is_right_and_nothing_is_left(
    seed: int, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    chooser = random.Random(seed)
    with contextlib.closing(ground.vfs()) as looking:
        orders = [given(ground, looking, number, chooser) for number in range(JOBS)]
    before = truth(ground)
    lived = threads_and_files()

    vfs = ground.vfs()
    journals = Journals(ground.journals)
    jobs = JobManager(
        vfs, max_jobs=AT_ONCE, parts=8, journals=journals, patience=Patience(2, 0.002, 1.0)
    )
    canceller = Canceller(jobs, orders)
    canceller.watch_journals(monkeypatch)
    _storage(vfs).on_new_client(canceller.watch_requests)
    ended: dict[int, JobSnapshot] = {}

    def hear(job_id: int, event: JobEvent) -> None:
        if event is JobEvent.FINISHED:
            ended[job_id] = next(one for one in jobs.snapshot() if one.id == job_id)

    jobs.subscribe(hear)
    for one in orders:
        canceller.ids[one.title] = job_id = jobs.order(one.title, one.order)
        if one.cancelled_after == 0:
            jobs.cancel(job_id)
    for one in orders:
        assert jobs.wait(canceller.ids[one.title], SECONDS), f"{one.title} does not end"
    assert jobs.shutdown(10.0) == []
    vfs.close()
    for thread in set(threading.enumerate()) - lived[0]:
        thread.join(10.0)

    assert threads_and_files() == lived
    assert ground.unfinished() == set()
    assert journal.paths(ground.journals) == []
    rows, wrong = [], []
    for one in orders:
        picture = ended[canceller.ids[one.title]]
        rows += rows_of(picture, one)
        if one.cancelled_after is None and picture.state is not JobState.DONE:
            wrong.append(f"{one.title} is {picture.state.value}: {picture.error}{picture.failures}")
    verdict = judge(
        "jobs", [act for one in orders for act in one.acts], before, truth(ground), Ended(rows, "")
    )
    assert verdict.wrong + wrong == []
    states = Counter(picture.state for picture in ended.values())
    assert states[JobState.CANCELLED] >= JOBS // 4, states


def _storage(vfs: Vfs) -> S3Storage:
    (found,) = [one for one in vfs.opened() if isinstance(one, S3Storage)]
    return found
