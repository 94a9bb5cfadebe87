"""A fault of the screen does not take the jobs along."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest

from tests.ui.rig import Rig
from tfm.jobs.job import JobState
from tfm.jobs.manager import JobManager
from tfm.jobs.recovery import Journals
from tfm.model.location import local
from tfm.ops.context import OpContext, Report
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.storage.vfs import Vfs
from tfm.ui.last_resort import see_jobs_out
from tfm.ui.run import run


class Boom(Exception):
    pass


def test_a_fault_of_the_screen_lets_the_jobs_go_on(
    left: Path, right: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rig = Rig(local(left), local(right))
    gate = threading.Event()

    def slow(ctx: OpContext) -> Report:
        ctx.meter.plan(4, 400)
        ctx.meter.planned()
        ctx.meter.advance(100)
        while not gate.is_set():
            ctx.cancel.check()
            gate.wait(0.005)
        (right / "made").touch()
        return Report("copy")

    def falls(**_named: object) -> None:
        rig.jobs.submit("Copy big.iso", slow)
        try:
            raise Boom("of its own")
        except Boom as error:
            rig.app._handle_exception(error)

    looks: list[float] = []

    def look(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) > 3:
            gate.set()
        rig.jobs.wait(1, 0.01)

    monkeypatch.setattr(rig.app, "run", falls)
    monkeypatch.setattr(see_jobs_out, "__defaults__", (look,))
    run(rig.app)
    rig.vfs.close()
    assert (right / "made").exists()
    said = capsys.readouterr().err
    assert "Its jobs go on here" in said and "Copy big.iso: 25%" in said
    assert "1 job ended, 0 with failures." in said


@pytest.mark.parametrize("leaves", [True, False])
def test_what_cannot_go_on_without_a_screen_stays_in_its_journal(
    left: Path, right: Path, tmp_path: Path, leaves: bool
) -> None:
    vfs, journals = Vfs(), Journals(tmp_path / "jobs")
    jobs = JobManager(vfs, journals=journals)
    (right / "a.txt").write_text("old")
    picked = tuple(pick(OpContext(vfs), [local(left / "a.txt")]))
    job = jobs.order("Copy a.txt", Order("copy", picked, local(right), True))

    def look(_seconds: float) -> None:
        if leaves:
            raise KeyboardInterrupt
        jobs.wait(job, 0.01)

    out = io.StringIO()
    see_jobs_out(jobs, out, look)
    states = {one.id: one.state for one in jobs.snapshot()}
    assert leaves or states[job] is JobState.ASKING
    jobs.shutdown(5.0, cut_off=True)
    assert [one.title for one in journals.interrupted()] == ["Copy a.txt"]
    assert (right / "a.txt").read_text() == "old"
