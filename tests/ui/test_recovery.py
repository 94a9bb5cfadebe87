"""Jobs that were cut off, offered at the start; and what failed, tried again from the panel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.rig import Driven, Rig, write
from tfm.config.places import make_private
from tfm.jobs.audit import AuditLog
from tfm.jobs.loans import Loans
from tfm.jobs.recovery import Journals
from tfm.model.location import local, parse
from tfm.ops.borrow import borrow
from tfm.ops.context import OpContext
from tfm.ops.order import Order
from tfm.ops.plan import pick
from tfm.storage.base import Leftover
from tfm.storage.vfs import Vfs
from tfm.ui.dialogs.interrupted import InterruptedDialog
from tfm.ui.dialogs.stranded import StrandedDialog
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
    rig: Rig, journals: Journals, left: Path, right: Path, tmp_path: Path
) -> None:
    log = rig.jobs.audit = AuditLog(tmp_path / "audit", make_private, largest=1 << 20)
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
    begin, end = log.file.read_text().splitlines()
    assert '"title": "Discard Copy a.txt"' in begin and '"result": "done"' in end


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


def test_journals_that_cannot_be_read_are_told_of_at_the_start(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "jobs").symlink_to(tmp_path / "jobs")

    async def scenario(it: Driven) -> None:
        await it.until(lambda: "cannot be read" in it.status)

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


def stranded(vfs: Vfs, tmp_path: Path) -> Path:
    """The edited copy of a remote file, left by a program that died."""
    loans = Loans(tmp_path / "state" / "lent")
    folder = loans.begin()
    (folder / "this").mkdir()
    lent = borrow(OpContext(vfs), parse("mem://photos/readme.txt"), folder / "this")
    loans.note(folder, [lent])
    loans.close()
    lent.copy.write_bytes(b"hello, edited")
    return lent.copy


def read(rig: Rig, name: str) -> bytes:
    rig.vfs._forbidden.clear()  # looked at by somebody else than the screen
    with rig.vfs.open_read(parse(f"mem://photos/{name}")) as reader:
        return reader.read(1000)


@pytest.fixture
def lender(remote: Rig, tmp_path: Path) -> Rig:
    """A remote pane, and a state that this test's copies lie beside."""
    remote.app.start = replace(remote.app.start, state_file=tmp_path / "state" / "state.json")
    return remote


async def copies_offered(it: Driven) -> None:
    await it.until(lambda: isinstance(it.app.screen, StrandedDialog), "the copies are offered")


def test_an_edited_copy_is_written_back_at_the_next_start(lender: Rig, tmp_path: Path) -> None:
    copy = stranded(lender.vfs, tmp_path)

    async def scenario(it: Driven) -> None:
        await copies_offered(it)
        assert "mem://photos/readme.txt" in it.screen()
        await it.press("w")
        await it.until(lambda: "Written to mem://photos/readme.txt." in it.status)
        assert read(lender, "readme.txt") == b"hello, edited"

    lender.drive(scenario)
    assert not copy.exists()
    assert list((tmp_path / "state" / "lent").iterdir()) == []


def test_three_choices_for_a_copy_whose_file_was_changed_meanwhile(
    lender: Rig, tmp_path: Path
) -> None:
    copy = stranded(lender.vfs, tmp_path)
    lender.vfs.delete(parse("mem://photos/readme.txt"))
    write(lender.vfs, "mem://photos/readme.txt", b"theirs")

    async def scenario(it: Driven) -> None:
        await copies_offered(it)
        await it.press("w")
        await it.until(lambda: "Changed by somebody else" in it.screen())
        await it.press("k")
        await it.until(lambda: "Not written. Your copy is" in it.status)
        assert copy.exists()

    lender.drive(scenario)
    assert copy.exists()


def test_a_copy_is_gone_to_and_stays_and_is_discarded_after_a_question(
    lender: Rig, tmp_path: Path
) -> None:
    copy = stranded(lender.vfs, tmp_path)

    async def scenario(it: Driven) -> None:
        await copies_offered(it)
        await it.press("g")
        await it.until(lambda: it.cursor == "readme.txt" and it.pane.place == local(copy.parent))
        it.app.lent.show()
        await copies_offered(it)
        await it.press("d")
        await it.until(lambda: "The edited copy of" in it.screen())
        await it.press("d")
        await it.until(lambda: not copy.exists())
        assert read(lender, "readme.txt") == b"hello"

    lender.drive(scenario)


def test_the_copies_come_after_the_jobs(
    rig: Rig, remote: Rig, journals: Journals, left: Path, right: Path, tmp_path: Path
) -> None:
    cut_off(journals, left, right, "a.txt")
    rig.app.start = replace(rig.app.start, state_file=tmp_path / "state" / "state.json")
    copy = stranded(remote.vfs, tmp_path)

    async def scenario(it: Driven) -> None:
        await offered(it)
        await it.press("l")
        await copies_offered(it)
        assert "It came from" in it.screen()  # the journals are of another server
        await it.press("w")
        await it.until(lambda: "It came from" in it.status)

    rig.drive(scenario)
    assert copy.exists()
