"""All campaigns in a small size; and each was seen to fail with an engine that does less than it must.

`model` runs in `tests/model_machine`, a test for each pair of stores.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.campaign import faults, flips, kills, traced
from tests.campaign.__main__ import CAMPAIGNS, main
from tests.campaign.ground import EMPTY, Ended
from tests.campaign.judge import Act, Verb, judge
from tests.campaign.strace import NEEDS_STRACE, can_trace
from tfm.jobs.recorder import JobRecorder
from tfm.model.location import parse
from tfm.ops.context import ItemResult, OpContext, Outcome
from tfm.ops.copy import FileItem, copy_file
from tfm.storage.base import Evidence, Written
from tfm.storage.local import draft
from tfm.storage.local.syscalls import System
from tfm.storage.s3.publish import Stamp
from tfm.storage.s3.read import ObjectReader

SEED = 20_261_125


needs_strace = pytest.mark.skipif(not can_trace(), reason=NEEDS_STRACE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["faults", "flips", "kills", pytest.param("traced", marks=needs_strace)]
)
def test_it_passes(name: str, tmp_path: Path) -> None:
    result = CAMPAIGNS[name].run(SEED, "ci", tmp_path)
    assert result.passed, result.told()


@pytest.mark.slow
def test_an_engine_that_believes_every_answer_is_found_by_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(faults.SIZES, "ci", faults.Size(250, 24, 4))
    monkeypatch.setattr(Stamp, "agrees", lambda *_arguments, **_named: True)
    result = faults.run(SEED, "ci", tmp_path)
    assert any("neither old nor new" in one or "instead of" in one for one in result.problems), (
        result.told()
    )


@pytest.mark.slow
def test_an_engine_that_verifies_nothing_is_found_by_flips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ("GET", "PUT, server believes all", "part, server believes all", "GET, encrypted")
    monkeypatch.setattr(flips, "SCENES", [one for one in flips.SCENES if one.name in found])
    monkeypatch.setitem(flips.SIZES, "ci", 200)  # two batches of the larger ones: a copy and a move
    monkeypatch.setattr(ObjectReader, "verify", lambda _self: Evidence.CHECKSUM)
    monkeypatch.setattr(Stamp, "agrees", lambda *_arguments, **_named: True)
    result = flips.run(SEED, "ci", tmp_path)
    told = result.told()
    for scene in found:
        assert any(one.startswith(f"{scene}: ") for one in result.problems), told
    assert any("it is called verified" in one for one in result.problems), told
    assert any("the source is gone" in one for one in result.problems), told


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    chosen = tuple(scene for scene in kills.SCENES if scene.name in names)
    assert len(chosen) == len(names)
    monkeypatch.setattr(kills, "SCENES", chosen)


@pytest.mark.slow
def test_a_journal_that_names_no_temporary_file_is_found_by_kills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, "copy a tree")
    monkeypatch.setattr(JobRecorder, "leave", lambda *_arguments: None)
    result = kills.run(SEED, "full", tmp_path)
    assert any("nobody knows of" in one for one in result.problems), result.told()


@pytest.mark.slow
def test_a_replacement_in_two_steps_is_found_by_kills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_two_steps(
        system: System, directory: int, temp: str, name: str, *_more: object
    ) -> tuple[str, ...]:
        system.unlink(directory, name)
        system.rename(directory, temp, directory, name)
        return ()

    only(monkeypatch, "copy, keeping both", "copy a tree over another")
    monkeypatch.setattr(draft, "publish_over", in_two_steps)
    result = kills.run(SEED, "full", tmp_path)
    assert any("to/from/three is gone" in one for one in result.problems), result.told()


@pytest.mark.slow
def test_a_move_that_removes_first_is_found_by_kills(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_early(ctx: OpContext, item: FileItem, *, alone: bool) -> Written:
        data = Path(str(item.source)).read_bytes()
        os.unlink(str(item.source))
        fd = os.open(str(item.target), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(fd, data)
        os.close(fd)
        return copy_file(ctx, item, alone=alone)

    only(monkeypatch, "move a tree into another")
    monkeypatch.setattr("tfm.ops.tree.copy_file", too_early)
    result = kills.run(SEED, "full", tmp_path)
    assert any("held is lost" in one for one in result.problems), result.told()


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("tfm.jobs.recorder.JobRecorder.leave = lambda *_: None", "nobody knows of"),
        ("tfm.jobs.journal.JournalFile.append = lambda *_, **__: None", "nothing to take up"),
        ("tfm.ops.order.clear_up = lambda _: []", "still there"),
    ],
)
def test_a_program_that_forgets_is_found_by_traced(
    fault: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traced, "CONFIG", f"{traced.CONFIG}import tfm.jobs.recovery\n{fault}\n")
    monkeypatch.setattr(
        traced, "SCENES", [one for one in traced.SCENES if one.name == "copy a tree"]
    )
    monkeypatch.setitem(traced.SIZES, "ci", traced.Size(40, 0, 0))
    result = traced.run(SEED, "ci", tmp_path)
    assert any(found in one for one in result.problems), result.told()


def test_the_result_says_how_to_repeat_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(flips.SIZES, "ci", 1)
    monkeypatch.setattr(flips, "SCENES", flips.SCENES[:1])
    file = tmp_path / "results" / "flips.json"
    assert main(["flips", "--seed", "7", "--size", "ci", "--json", str(file)]) == 0
    document = json.loads(file.read_text("utf-8"))
    assert document["passed"] and document["seed"] == 7 and document["size"] == "ci"
    assert document["versions"]["botocore"] and document["counts"]["flips that can be proved"] == 1
    assert "seed 7" in capsys.readouterr().out


# -- the judge -----------------------------------------------------------------------------------------

OLD, NEW, TORN = "1" * 32, "2" * 32, "3" * 32


def row(source: str, outcome: Outcome) -> ItemResult:
    return ItemResult(parse(source), None, outcome)


@pytest.mark.parametrize(
    ("verb", "outcome", "after", "fault"),
    [
        (Verb.COPY, Outcome.DONE, {"/s": NEW, "/t": NEW}, ""),
        (Verb.COPY, Outcome.DONE, {"/s": NEW, "/t": OLD}, "other bytes instead of"),
        (Verb.COPY, Outcome.DONE, {"/s": NEW}, "nothing instead of"),
        (Verb.COPY, Outcome.FAILED, {"/s": NEW, "/t": OLD}, ""),
        (Verb.COPY, Outcome.FAILED, {"/s": NEW, "/t": NEW}, ""),
        (Verb.COPY, Outcome.FAILED, {"/s": NEW, "/t": TORN}, "neither old nor new"),
        (Verb.COPY, Outcome.FAILED, {"/s": NEW}, "neither old nor new"),
        (Verb.COPY, Outcome.FAILED, {"/t": NEW}, "the source is lost"),
        (Verb.COPY, Outcome.DONE, {"/s": NEW, "/t": NEW, "/.tmp": TORN}, "/.tmp appeared"),
        (Verb.MOVE, Outcome.DONE, {"/t": NEW}, ""),
        (Verb.MOVE, Outcome.DONE, {"/s": NEW, "/t": NEW}, "still there"),
        (Verb.MOVE, Outcome.FAILED, {"/s": NEW, "/t": NEW}, ""),
        (Verb.MOVE, Outcome.FAILED, {"/t": NEW}, ""),
        (Verb.MOVE, Outcome.FAILED, {"/t": OLD}, "the source is lost"),
        (Verb.DELETE, Outcome.DONE, {"/t": OLD}, ""),
        (Verb.DELETE, Outcome.DONE, {"/s": NEW, "/t": OLD}, "still there"),
        (Verb.DELETE, Outcome.FAILED, {"/s": TORN, "/t": OLD}, "its bytes changed"),
        (Verb.DELETE, Outcome.DONE, {}, "/t vanished"),
        (Verb.MAKE, Outcome.DONE, {"/s": EMPTY, "/t": OLD}, ""),
        (Verb.MAKE, Outcome.DONE, {"/t": OLD}, "it was not made"),
    ],
)
def test_the_judge(verb: Verb, outcome: Outcome, after: dict[str, str], fault: str) -> None:
    before = {"/t": OLD} if verb is Verb.MAKE else {"/s": NEW, "/t": OLD}
    act = Act(verb, "/s", "/t" if verb in (Verb.COPY, Verb.MOVE) else "")
    verdict = judge("job", [act], before, after, Ended((row("/s", outcome),), ""))
    if fault:
        assert any(fault in one for one in verdict.wrong), verdict
    else:
        assert verdict.wrong == []
        assert verdict.done == (outcome is Outcome.DONE)


def test_the_judge_counts_what_is_not_in_the_report_as_failed() -> None:
    world = {"/s": NEW}
    verdict = judge("job", [Act(Verb.COPY, "/s", "/t")], world, world, Ended((), "it all failed"))
    assert verdict.wrong == [] and verdict.failed == ["job: /s: it all failed"]


def test_the_judge_sees_a_source_that_stands_twice_in_the_report() -> None:
    world = {"/s": NEW, "/t": NEW}
    rows = (row("/s", Outcome.DONE), row("/s", Outcome.DONE))
    verdict = judge("job", [Act(Verb.COPY, "/s", "/t")], world, world, Ended(rows, ""))
    assert verdict.wrong == ["job: /s stands 2 times in the report"]
