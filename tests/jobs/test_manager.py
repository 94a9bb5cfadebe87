"""Jobs: queue, progress, questions, pause, cancel, ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.ops.conftest import World, disk, key
from tfm.jobs.job import JobEvent, JobSnapshot, JobState
from tfm.jobs.manager import JobManager
from tfm.jobs.meter import Speedometer
from tfm.model.conflict import Answer, Decision
from tfm.model.errors import Offline
from tfm.ops import tree
from tfm.ops.context import OpContext, Report
from tfm.ops.order import Order

WAIT = 10.0


@dataclass
class Ear:
    """Hears events and lets a test wait for one."""

    events: list[tuple[int, JobEvent]] = field(default_factory=list)
    condition: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, job_id: int, event: JobEvent) -> None:
        with self.condition:
            self.events.append((job_id, event))
            self.condition.notify_all()

    def hears(self, job_id: int, event: JobEvent) -> bool:
        with self.condition:
            return self.condition.wait_for(lambda: (job_id, event) in self.events, WAIT)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def manager(world: World) -> Iterator[JobManager]:
    manager = JobManager(world.vfs, max_jobs=2, parts=3)
    yield manager
    manager.shutdown(WAIT)


def picture(manager: JobManager, job_id: int) -> JobSnapshot:
    return next(one for one in manager.snapshot() if one.id == job_id)


def holding(gate: threading.Event, begun: threading.Event) -> Callable[[OpContext], Report]:
    def run(ctx: OpContext) -> Report:
        begun.set()
        while not gate.is_set():
            ctx.cancel.check()
            gate.wait(0.005)
        return Report("copy")

    return run


def test_the_pace_of_a_job_is_known_for_the_next_one_unless_it_was_held_up(world: World) -> None:
    now = [0.0]
    manager = JobManager(world.vfs, inline=True, clock=lambda: now[0])
    world.write(disk("/from/f"), b"12345678")
    world.vfs.subscribe(lambda _change: now.__setitem__(0, now[0] + 4.0))
    source, target = disk("/from").root, key("bucket/").root
    assert manager.pace(source, target) is None
    picked = tuple(world.pick(disk("/from/f")))
    manager.order("Copy", Order("copy", picked, key("bucket/"), True))
    assert manager.pace(source, target) == pytest.approx(2.0)
    assert manager.pace(target, source) is None
    manager.shutdown(WAIT)


def test_a_job_ends_after_its_panes_can_be_true(world: World, manager: JobManager) -> None:
    for n in range(30):
        world.write(disk(f"/from/f{n}"), b"12345")
    order: list[str] = []
    world.vfs.subscribe(lambda _change: order.append("change"))
    manager.subscribe(lambda _id, event: order.append(event.value))
    picked = world.pick(disk("/from"))
    job = manager.submit("Copy", lambda ctx: tree.copy(ctx, picked, key("bucket/")))
    assert manager.wait(job, WAIT)
    shown = picture(manager, job)
    assert shown.state is JobState.DONE
    assert (shown.items_done, shown.items_total) == (31, 31)
    assert shown.bytes_done == shown.bytes_total == 150
    assert shown.report is not None
    assert shown.report.all_done
    while "finished" not in order:
        threading.Event().wait(0.001)
    assert order.index("finished") == len(order) - 1


def test_a_question_waits_for_its_answer_while_other_jobs_go_on(
    world: World, manager: JobManager
) -> None:
    ear = Ear()
    manager.subscribe(ear)
    world.write(disk("/from/f"), b"new")
    world.write(key("bucket/f"), b"old")
    world.write(disk("/else/g"), b"1")
    picked = world.pick(disk("/from/f"))
    asking = manager.submit("Copy", lambda ctx: tree.copy(ctx, picked, key("bucket/")))
    assert ear.hears(asking, JobEvent.ASKING)
    question = picture(manager, asking).question
    assert question is not None
    assert question.destination == key("bucket/f")
    others = world.pick(disk("/else"))
    other = manager.submit("Copy", lambda ctx: tree.copy(ctx, others, key("bucket/")))
    assert manager.wait(other, WAIT)
    manager.answer(asking, Decision(Answer.OVERWRITE))
    assert manager.wait(asking, WAIT)
    assert world.read(key("bucket/f")) == b"new"
    assert picture(manager, asking).question is None


def test_an_answered_question_is_not_asked_again(world: World, manager: JobManager) -> None:
    """Not even in the moment before the job wakes up: the screen would show it a second time."""
    ear = Ear()
    manager.subscribe(ear)
    world.write(disk("/from/f"), b"new")
    world.write(key("bucket/f"), b"old")
    picked = world.pick(disk("/from/f"))
    job = manager.submit("Copy", lambda ctx: tree.copy(ctx, picked, key("bucket/")))
    assert ear.hears(job, JobEvent.ASKING)
    with manager._condition:  # the job cannot wake up yet
        manager.answer(job, Decision(Answer.SKIP))
        now = picture(manager, job)
        assert (now.state, now.question) == (JobState.RUNNING, None)
    assert manager.wait(job, WAIT)


def test_a_cancel_ends_a_question(world: World, manager: JobManager) -> None:
    ear = Ear()
    manager.subscribe(ear)
    world.write(disk("/from/f"), b"new")
    world.write(key("bucket/f"), b"old")
    picked = world.pick(disk("/from/f"))
    job = manager.submit("Copy", lambda ctx: tree.copy(ctx, picked, key("bucket/")))
    assert ear.hears(job, JobEvent.ASKING)
    manager.cancel(job)
    assert manager.wait(job, WAIT)
    assert picture(manager, job).state is JobState.CANCELLED
    assert world.read(key("bucket/f")) == b"old"


def test_two_run_at_a_time_and_overlapping_places_take_turns(manager: JobManager) -> None:
    gates = [threading.Event() for _ in range(4)]
    begun = [threading.Event() for _ in range(4)]
    places = [disk("/a"), disk("/a/deep"), disk("/b"), disk("/c")]
    ids = [manager.submit(f"job {n}", holding(gates[n], begun[n]), [places[n]]) for n in range(4)]
    assert begun[0].wait(WAIT)
    assert begun[2].wait(WAIT)  # the second waits for the first, the third does not
    states = [picture(manager, job).state for job in ids]
    assert states == [JobState.RUNNING, JobState.QUEUED, JobState.RUNNING, JobState.QUEUED]
    gates[2].set()
    assert begun[3].wait(WAIT)
    assert not begun[1].is_set()
    gates[0].set()
    assert begun[1].wait(WAIT)
    gates[1].set()
    gates[3].set()
    assert all(manager.wait(job, WAIT) for job in ids)


def test_jobs_of_many_things_each_take_no_time_to_compare(manager: JobManager) -> None:
    """The comparison holds the lock that every picture of the jobs takes, ten times a second."""
    gates, begun = threading.Event(), [threading.Event(), threading.Event()]
    began = time.monotonic()
    ids = [
        manager.submit(top, holding(gates, begun[n]), [disk(f"/{top}/{i}") for i in range(5000)])
        for n, top in enumerate(("one", "two"))
    ]
    assert all(event.wait(WAIT * 10) for event in begun)
    assert time.monotonic() - began < 3
    gates.set()
    assert all(manager.wait(job, WAIT) for job in ids)


def test_a_queued_job_is_cancelled_at_once(manager: JobManager) -> None:
    gate, begun = threading.Event(), threading.Event()
    first = manager.submit("first", holding(gate, begun), [disk("/a")])
    never = threading.Event()
    second = manager.submit("second", holding(gate, never), [disk("/a")])
    assert begun.wait(WAIT)
    manager.cancel(second)
    assert manager.wait(second, WAIT)
    assert picture(manager, second).state is JobState.CANCELLED
    gate.set()
    assert manager.wait(first, WAIT)
    assert not never.is_set()


def test_pause_holds_at_the_next_check_and_cancel_ends_a_pause(manager: JobManager) -> None:
    steps: list[int] = []
    allow = threading.Semaphore(0)

    def run(ctx: OpContext) -> Report:
        for n in range(100):
            assert allow.acquire(timeout=WAIT)
            ctx.cancel.check()
            steps.append(n)
        return Report("copy")

    job = manager.submit("steps", run)
    allow.release()
    while not steps:
        threading.Event().wait(0.001)
    manager.pause(job)
    assert picture(manager, job).state is JobState.PAUSED
    allow.release(5)
    assert not manager.wait(job, 0.05)
    assert steps == [0]
    manager.resume(job)
    while len(steps) < 6:
        threading.Event().wait(0.001)
    manager.pause(job)
    manager.cancel(job)
    allow.release()
    assert manager.wait(job, WAIT)
    assert picture(manager, job).state is JobState.CANCELLED


def test_an_error_before_the_work_is_the_end_with_a_message(manager: JobManager) -> None:
    def run(_ctx: OpContext) -> Report:
        raise Offline("The endpoint does not answer.", hint="Check the network.")

    job = manager.submit("Copy", run)
    assert manager.wait(job, WAIT)
    shown = picture(manager, job)
    assert shown.state is JobState.FAILED
    assert shown.error == "The endpoint does not answer. Check the network."


def test_a_fault_nobody_foresaw_ends_one_job_only(
    manager: JobManager, caplog: pytest.LogCaptureFixture
) -> None:
    def run(_ctx: OpContext) -> Report:
        raise ZeroDivisionError("secret detail")

    job = manager.submit("Copy", run)
    assert manager.wait(job, WAIT)
    shown = picture(manager, job)
    assert shown.state is JobState.FAILED
    assert "log" in shown.error
    assert "secret detail" not in shown.error
    assert "ZeroDivisionError" in caplog.text


def test_failed_items_are_collected_and_told(world: World, manager: JobManager) -> None:
    ear = Ear()
    manager.subscribe(ear)
    for name in "ab":
        world.write(disk(f"/from/{name}"), b"new")
    world.write(key("bucket/a"), b"old")
    picked = world.pick(disk("/from/a"), disk("/from/b"))
    job = manager.submit(
        "Copy",
        lambda ctx: tree.copy(
            OpContext(ctx.vfs, ctx.cancel, ctx.meter, on_item=ctx.on_item), picked, key("bucket/")
        ),
    )
    assert ear.hears(job, JobEvent.ITEM_FAILED)
    assert manager.wait(job, WAIT)
    shown = picture(manager, job)
    assert shown.state is JobState.FAILED
    assert [item.source.name for item in shown.failures] == ["a"]


def test_shutdown_names_what_did_not_end(world: World) -> None:
    manager = JobManager(world.vfs)
    hang, begun = threading.Event(), threading.Event()

    def stuck(_ctx: OpContext) -> Report:
        begun.set()
        hang.wait(WAIT)
        return Report("copy")

    manager.submit("the stuck one", stuck)
    gate, ready = threading.Event(), threading.Event()
    manager.submit("the good one", holding(gate, ready))
    assert begun.wait(WAIT)
    assert ready.wait(WAIT)
    assert manager.shutdown(0.2) == ["the stuck one"]
    hang.set()


def test_inline_runs_inside_submit(world: World) -> None:
    manager = JobManager(world.vfs, inline=True)
    world.write(disk("/f"), b"1")
    picked = world.pick(disk("/f"))
    job = manager.submit("Copy", lambda ctx: tree.copy(ctx, picked, key("bucket/")))
    assert picture(manager, job).state is JobState.DONE
    assert manager.active() == 0
    manager.clear_finished()
    assert manager.snapshot() == ()


def test_speed_is_that_of_the_last_seconds() -> None:
    meter = Speedometer()
    assert meter.sample(0.0, 0) == 0.0
    assert meter.sample(1.0, 100) == 100.0
    assert meter.sample(2.0, 200) == 100.0
    speeds = [meter.sample(float(second), 200) for second in range(3, 12)]
    assert speeds[-1] == 0.0
