"""Jobs that were cut off, offered at the start; and what failed, tried again from the panel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig
from tfm.jobs.recovery import Journals
from tfm.model.location import local
from tfm.ops.context import OpContext
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.storage.base import Leftover
from tfm.storage.vfs import Vfs
from tfm.ui.dialogs.interrupted import InterruptedDialog
from tfm.ui.screen import PanesScreen

READY = "the same for all the rest"


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path / "jobs", "AWS")


@pytest.fixture
def rig(left: Path, right: Path, journals: Journals) -> Rig:
    return Rig(local(left), local(right), journals=journals)


def cut_off(journals: Journals, left: Path, right: Path, name: str) -> Path:
    """A copy that was cut off half-way; its temporary file."""
    vfs = Vfs()
    ((place, entry),) = pick(OpContext(vfs), [local(left / name)])
    begun = journals.begin(f"Copy {name}", Order("copy", ((place, entry),), local(right), True))
    half = right / f".tfm-{len(name):012}.part"
    half.write_text("half")
    target = local(right / name)
    begun.opened(place, entry, target, None).leave(Leftover(target, str(half)))
    begun.finish(keep=True)
    return half


async def offered(it: Driven) -> None:
    await it.until(lambda: isinstance(it.app.screen, InterruptedDialog), "the jobs are offered")


def test_one_goes_on_and_then_the_next_is_offered(
    rig: Rig, journals: Journals, left: Path, right: Path
) -> None:
    halves = [cut_off(journals, left, right, name) for name in ("a.txt", "b9.md")]

    async def scenario(it: Driven) -> None:
        await offered(it)
        assert "Copy a.txt" in it.screen() and "Copy b9.md" in it.screen()
        assert str(halves[0].name) in it.screen()
        await it.press("down")
        assert str(halves[1].name) in it.screen()
        await it.press("up", "enter")
        await it.until((right / "a.txt").exists)
        await offered(it)
        await it.until(lambda: "Copy a.txt" not in it.screen())
        await it.press("r")
        await it.until((right / "b9.md").exists)
        await it.jobs_ended()
        await it.until(lambda: journals.interrupted() == [])

    rig.drive(scenario)
    assert not any(half.exists() for half in halves)


def test_one_is_discarded_after_a_question(
    rig: Rig, journals: Journals, left: Path, right: Path
) -> None:
    half = cut_off(journals, left, right, "a.txt")

    async def scenario(it: Driven) -> None:
        await offered(it)
        await it.press("d")
        await it.until(lambda: "What was done stays done." in it.screen())
        await it.press("enter")  # it opens on Cancel
        await offered(it)
        assert half.exists()
        await it.press("d")
        await it.until(lambda: "What was done stays done." in it.screen())
        await it.press("d")
        await it.until(lambda: not half.exists())
        await it.until(lambda: "Discarded: Copy a.txt." in it.status)

    rig.drive(scenario)
    assert journals.interrupted() == [] and not (right / "a.txt").exists()


def test_it_waits_for_later_and_is_found_in_the_panel_of_jobs(
    rig: Rig, journals: Journals, left: Path, right: Path
) -> None:
    cut_off(journals, left, right, "a.txt")

    async def scenario(it: Driven) -> None:
        await offered(it)
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, PanesScreen))
        await it.press("b", "i")
        await offered(it)
        await it.press("l")
        await it.until(lambda: isinstance(it.app.screen, PanesScreen))

    rig.drive(scenario)
    assert len(journals.interrupted()) == 1


def test_without_one_there_is_nothing_to_see(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert isinstance(it.app.screen, PanesScreen)
        await it.press("b", "i")
        await it.until(lambda: it.status == "No job was interrupted.")

    rig.drive(scenario)


def test_the_panel_tells_all_its_keys_on_a_narrow_screen(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("b")
        await it.until(lambda: "r retry" in it.screen() and "i cut off  Esc" in it.screen())

    rig.drive(scenario, (80, 24))


def test_what_failed_is_tried_again(rig: Rig, left: Path, right: Path) -> None:
    (right / "b9.md").mkdir()

    async def scenario(it: Driven) -> None:
        await it.press("a", "c")
        await it.until(lambda: "Copy" in it.screen())
        await it.press("enter")
        await it.until(lambda: READY in it.screen(), "a directory is in the way")
        await it.press("o")
        await it.jobs_ended()
        assert (right / "a.txt").exists() and (right / "b9.md").is_dir()
        (right / "b9.md").rmdir()
        await it.press("b", "r")
        await it.jobs_ended()
        await it.until((right / "b9.md").is_file)

    rig.drive(scenario)
