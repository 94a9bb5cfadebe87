import time
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from tests.ui.rig import Driven, Rig, write
from tfm.config.settings import Settings
from tfm.model.cancel import CancelToken
from tfm.model.errors import NotFound
from tfm.model.location import local, parse
from tfm.model.verify import Level
from tfm.ops.context import ItemResult, OpContext, Outcome, Report
from tfm.ops.order import Order
from tfm.ops.tree import copy
from tfm.session.refresh import REMOTE_REST
from tfm.session.session import Side
from tfm.storage.vfs import Vfs
from tfm.ui.panels.jobs import JobPanel
from tfm.ui.screen import PanesScreen

READY = "the same for all the rest"


def test_copy_marks_to_the_other_pane(rig: Rig, right: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("space", "down", "space", "c")
        await it.until(lambda: "3 files in 2 directories" in it.screen(), "it counts")
        assert str(right) + "/" in it.screen()
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: it.rows(Side.RIGHT) == ["docs/", "a.txt"])
        assert not it.pane.marked_count, "finished items lose their mark"
        assert it.status.startswith("Copied")
        assert (right / "docs" / "deep" / "two.txt").read_text() == "two"

    rig.drive(scenario)


def test_a_typed_name_copies_under_that_name_and_typed_ahead_keys_arrive(
    rig: Rig, right: Path
) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "c", *"new.md", "enter")
        await it.jobs_ended()
        assert (right / "new.md").read_text() == "beta ten\n" * 10

    rig.drive(scenario)


def test_f2_chooses_how_much_is_checked(rig: Rig, right: Path) -> None:
    async def scenario(it: Driven) -> None:
        ordered: list[Order] = []
        plain = it.app.jobs.order

        def order(title: str, order: Order) -> int:
            ordered.append(order)
            return plain(title, order)

        it.app.jobs.order = order  # type: ignore[method-assign]
        await it.press("end", "c")
        await it.until(lambda: "Verify: checksums, where there are any" in it.screen())
        await it.press("f2")
        await it.until(lambda: "Verify: read everything back" in it.screen())
        await it.press("enter")
        await it.jobs_ended()
        assert [order.level for order in ordered] == [Level.READBACK]
        assert len(list(right.iterdir())) == 1

    rig.drive(scenario)


def test_f6_encrypts_a_copy_and_decrypts_another(rig: Rig, right: Path, tmp_path: Path) -> None:
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(f"{identity}\n")
    settings = replace(
        Settings(),
        age_recipients=(str(identity.to_public()),),
        age_identities=(str(tmp_path / "key.txt"),),
    )

    async def scenario(it: Driven) -> None:
        await it.press("end", "c")
        await it.until(lambda: "Bytes: as they are (F6" in it.screen())
        await it.press("f6")
        await it.until(lambda: "encrypted with age for 1 key" in it.screen())
        await it.press(*"sealed", "enter")
        await it.jobs_ended()
        assert it.rig.jobs.snapshot()[-1].title.endswith("sealed, encrypted")
        assert pyrage.decrypt((right / "sealed").read_bytes(), [identity]) == b"beta ten\n" * 10
        await it.press("tab", "end", "c", "f6", "f6")
        await it.until(lambda: "decrypted with age" in it.screen())
        await it.press(*"plain", "enter")
        await it.jobs_ended()
        await it.press("m")
        await it.until(lambda: "Move" in it.screen())
        assert "Bytes:" not in it.screen(), "a move has the very bytes"

    one = Rig(rig.left, rig.right, settings=settings)
    one.drive(scenario)
    (plain,) = tmp_path.rglob("plain")
    assert plain.read_bytes() == b"beta ten\n" * 10


def test_a_destination_that_is_no_place_is_told_and_esc_leaves(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "c", "ctrl+u", *"s3:///x", "enter")
        await it.pilot.pause()
        assert "no bucket name" in it.screen()
        await it.press("backspace")
        await it.pilot.pause()
        assert "no bucket name" not in it.screen()
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)
        assert not it.rig.jobs.snapshot()

    rig.drive(scenario)


def test_move_takes_the_source_away(rig: Rig, left: Path, right: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "f6", "enter")
        await it.jobs_ended()
        await it.until(lambda: "b10.md" not in it.rows() and it.rows(Side.RIGHT) == ["b10.md"])
        assert not (left / "b10.md").exists()
        assert (right / "b10.md").exists()

    rig.drive(scenario)


def test_m_moves_marks_and_makes_a_directory_without(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("m")
        assert "New directory" in it.screen()
        await it.press("escape", "space", "m")
        assert "Move" in it.screen()
        assert "to:" in it.screen()

    rig.drive(scenario)


def test_delete_opens_on_cancel_and_says_what_it_means(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("k")
        await it.until(lambda: "2 files in 2 directories" in it.screen(), "it counts")
        assert "[ Cancel ]" in it.screen()
        await it.until(lambda: "This is permanent." in it.screen())
        await it.press("enter")
        assert (left / "docs").exists(), "Enter is Cancel"
        await it.press("k", "tab", "enter")
        await it.jobs_ended()
        await it.until(lambda: it.rows()[0] == "music/")
        assert not (left / "docs").exists()
        await it.press("delete", "d")
        await it.jobs_ended()
        assert not (left / "music").exists()

    rig.drive(scenario)


def test_nothing_to_work_on_is_told(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("tab", "c")
        assert it.status == "There is nothing here to work on."
        await it.press("k")
        assert it.status == "There is nothing here to delete."
        await it.press("r", "v", "space")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario)


def test_rename_selects_the_stem_and_keeps_the_cursor_on_it(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("end", "r", *"zeta", "enter")
        await it.until(lambda: "zeta.md" in it.rows())
        assert it.cursor == "zeta.md"
        assert (left / "zeta.md").exists()
        await it.press("r", *"a/b", "enter")
        await it.pilot.pause()
        assert "A name cannot hold a slash." in it.screen()
        await it.press("ctrl+a", "ctrl+k", *"a.txt", "enter")
        await it.until(lambda: it.status, "the refusal")
        assert (left / "zeta.md").exists()
        assert (left / "a.txt").read_text() == "alpha\n", "rename never replaces"

    rig.drive(scenario)


def test_new_file_and_a_directory_that_exists(rig: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("E", *"empty.txt", "enter")
        await it.until(lambda: it.cursor == "empty.txt")
        assert (left / "empty.txt").read_bytes() == b""
        await it.press("f7", *"docs", "enter")
        await it.until(lambda: "docs" in it.status)
        await it.press("f7", "enter")
        await it.pilot.pause()
        assert "Type a name." in it.screen()

    rig.drive(scenario)


def test_a_question_that_comes_under_typing_hands_takes_no_key(rig: Rig, right: Path) -> None:
    (right / "a.txt").write_text("old")

    async def scenario(it: Driven) -> None:
        await it.press("home", "down", "down", "c", "enter")
        await it.until(lambda: "Already there" in it.screen())
        assert READY not in it.screen()
        await it.press("o", "enter")
        assert "Already there" in it.screen()
        assert (right / "a.txt").read_text() == "old"
        await it.until(lambda: READY in it.screen())
        await it.press("o")
        await it.jobs_ended()
        assert (right / "a.txt").read_text() == "alpha\n"

    rig.drive(scenario)


def test_every_answer_of_the_conflict_dialog(rig: Rig, left: Path, right: Path) -> None:
    def reset() -> None:
        for file in right.iterdir():
            file.unlink()
        (right / "a.txt").write_text("old")

    async def copy_with(it: Driven, *keys: str) -> dict[str, str]:
        reset()
        await it.press("home", "down", "down", "c", "enter")
        await it.until(lambda: READY in it.screen(), "the question")
        await it.press(*keys)
        await it.jobs_ended()
        return {file.name: file.read_text() for file in right.iterdir()}

    async def scenario(it: Driven) -> None:
        assert await copy_with(it, "s") == {"a.txt": "old"}
        assert await copy_with(it, "enter") == {"a.txt": "old"}, "it opens on Skip"
        assert await copy_with(it, "o") == {"a.txt": "alpha\n"}
        assert await copy_with(it, "r", *"new", "enter") == {"a.txt": "old", "new.txt": "alpha\n"}
        both = await copy_with(it, "k")
        assert sorted(both.values()) == ["alpha\n", "old"]
        assert await copy_with(it, "n") == {"a.txt": "old"}, "the source is older"
        assert await copy_with(it, "escape") == {"a.txt": "old"}
        assert it.rig.jobs.snapshot()[-1].state.value == "cancelled"

    quiet = replace(Settings(), file_monitoring_enabled=False)
    Rig(rig.left, rig.right, settings=quiet).drive(scenario)


def test_the_same_answer_for_all_the_rest(rig: Rig, right: Path) -> None:
    for name in ("a.txt", "b9.md", "b10.md"):
        (right / name).write_text("old")

    async def scenario(it: Driven) -> None:
        await it.press("a", "c", "enter")
        await it.until(lambda: READY in it.screen())
        assert "From" in it.screen()
        assert "There" in it.screen()
        await it.press("a", "o")
        await it.jobs_ended()
        assert [(right / n).read_text()[:4] for n in ("a.txt", "b9.md")] == ["alph", "beta"]

    rig.drive(scenario)


def test_a_question_waits_for_whoever_is_typing(rig: Rig, right: Path) -> None:
    (right / "a.txt").write_text("old")

    async def scenario(it: Driven) -> None:
        entry = it.pane.rows.entries[2]
        picked = [(it.pane.location(entry), entry)]
        await it.press("J")
        it.submit("Copy", lambda ctx: copy(ctx, picked, local(right)), picked)
        await it.until(lambda: it.rig.jobs.snapshot()[0].state.value == "asking")
        await it.type("o")
        assert "Go to" in it.screen()
        assert (right / "a.txt").read_text() == "old"
        await it.press("escape")
        await it.until(lambda: READY in it.screen())
        await it.press("s")
        await it.jobs_ended()

    rig.drive(scenario)


def test_failed_items_keep_their_mark_and_the_panel_lists_them(rig: Rig, left: Path) -> None:
    def run(ctx: OpContext) -> Report:
        report = Report("copy")
        good, bad = local(left / "a.txt"), local(left / "b9.md")
        ctx.end(report, ItemResult(good, None, Outcome.DONE))
        error = NotFound("b9.md is gone.")
        ctx.end(report, ItemResult(bad, None, Outcome.FAILED, reason=str(error), error=error))
        return report

    async def scenario(it: Driven) -> None:
        await it.press("a")
        picked = [(it.pane.location(e), e) for e in it.pane.targets()][:2]
        it.submit("Copy 2 items", run, picked)
        await it.jobs_ended()
        await it.until(lambda: it.rows() == ["docs/", "music/", "a.txt", "*b9.md", "*b10.md"])
        assert it.status == "Copied 1 item, 1 failed: b9.md is gone."
        await it.press("b")
        await it.until(lambda: "b9.md: b9.md is gone." in it.screen())
        assert "failed" in it.screen()
        await it.press("x")
        await it.until(lambda: "No jobs yet." in it.screen())
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen)

    rig.drive(scenario)


def endless(ctx: OpContext) -> Report:
    """A job that runs until it is cancelled; it moves 1,000 of 10,000 bytes."""
    ctx.meter.plan(10, 10_000)
    ctx.meter.planned()
    ctx.meter.start(local("/somewhere/big.iso"))
    ctx.meter.advance(1000)
    ctx.meter.finish()
    while not ctx.cancel.wait(0.01):
        ctx.cancel.check()
    ctx.cancel.check()
    return Report("copy")


def test_jobs_are_paused_resumed_and_cancelled_in_the_panel(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        it.submit("Copy big.iso", endless)
        await it.until(lambda: "10%" in it.status, "progress in the status line")
        assert it.status.startswith("Copy big.iso")
        await it.press("b")
        await it.until(lambda: "1/10 items" in it.screen())
        panel = it.app.screen
        assert isinstance(panel, JobPanel)
        assert "/somewhere/big.iso" in it.screen()
        await it.press("p")
        await it.until(lambda: "paused" in it.screen())
        await it.press("p")
        await it.until(lambda: "running" in it.screen())
        await it.press("down", "up", "enter", "c")
        await it.until(lambda: "cancelled" in it.screen())
        await it.press("b")
        await it.until(lambda: it.app.job_watcher._timer is None, "no timer without jobs")

    rig.drive(scenario)


def test_quit_during_a_job_asks_even_if_quitting_does_not(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        it.submit("Copy big.iso", endless)
        await it.press("q")
        await it.until(lambda: "1 job not finished yet." in it.screen())
        await it.press("enter")
        assert isinstance(it.app.screen, PanesScreen), "it opens on Cancel"
        await it.press("q", "q")
        await it.until(lambda: it.app._exit)

    rig.drive(scenario)


def test_without_questions_copy_and_delete_begin_at_once(rig: Rig, right: Path) -> None:
    settings = replace(Settings(), confirm_copy=False, confirm_delete=False, confirm_move=False)

    async def scenario(it: Driven) -> None:
        await it.press("end", "c")
        await it.jobs_ended()
        await it.until(lambda: it.rows(Side.RIGHT) == ["b10.md"])
        await it.press("tab", "k")
        await it.jobs_ended()
        assert not (right / "b10.md").exists()

    Rig(rig.left, rig.right, settings=settings).drive(scenario)


def test_from_a_bucket_to_the_disk_and_back(remote: Rig, left: Path) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("tab")
        await it.press("c", "enter")
        await it.jobs_ended()
        assert (left / "2024" / "img1.jpg").stat().st_size == 200
        await it.press("tab", "end", "c", "enter")
        await it.jobs_ended()
        await it.until(lambda: "b10.md" in it.rows(Side.RIGHT))
        assert it.rig.vfs.cached(parse("mem://photos/")) is not None

    remote.drive(scenario)


@pytest.mark.parametrize("key", ["k", "delete", "f6", "r"])
def test_no_key_in_the_list_of_buckets_empties_one(remote: Rig, key: str) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("tab")
        await it.go("backspace")
        assert it.cursor == "photos"
        await it.press(key)
        if key in ("k", "delete"):  # asks, and stands on Cancel
            await it.until(lambda: "It is not empty" in it.screen())
            await it.press("enter")
            await it.until(lambda: "It is not empty" not in it.screen())
        else:
            assert "ucket" in it.screen().splitlines()[-2]
        assert it.rig.jobs.snapshot() == ()
        await it.press("enter")
        await it.until(lambda: it.rows() == ["2024/", "readme.txt"])

    remote.drive(scenario)


def test_a_directory_in_a_bucket_is_renamed_by_a_job(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.go("tab")
        await it.press("r", *"2025", "enter")
        await it.jobs_ended()
        await it.until(lambda: "2025/" in it.rows() and "2024/" not in it.rows())
        await it.until(lambda: it.cursor == "2025")

    remote.drive(scenario)


@pytest.mark.parametrize("large", [False, True])
def test_an_object_is_renamed_by_a_job_where_its_copy_takes_long(
    remote: Rig, *, large: bool
) -> None:
    """A job has progress, a cancel, and a journal for the upload in parts that it may leave."""
    storage = remote.vfs._storage(parse("mem://photos/"))
    if large:
        storage.features = replace(storage.features, part_threshold=len(b"hello") - 1)

    async def scenario(it: Driven) -> None:
        await it.go("tab", "down")
        await it.press("r", *"notes", "enter")
        await it.until(lambda: it.rows() == ["2024/", "notes.txt"])
        await it.jobs_ended()
        titles = [job.title for job in it.rig.jobs.snapshot()]
        assert titles == (["Rename readme.txt to notes.txt"] if large else [])
        await it.until(lambda: it.cursor == "notes.txt")

    remote.drive(scenario)


def test_a_name_with_odd_bytes_survives_its_own_dialogs(tmp_path: Path, right: Path) -> None:
    odd = tmp_path / "odd\x1b[31m[bold]"
    odd.mkdir()
    (odd / "x\udcff\n").write_text("x")

    async def scenario(it: Driven) -> None:
        assert "x\\xff␊" in it.screen()
        await it.press("r")
        assert "\x1b" not in it.screen()
        await it.press("enter")
        assert (odd / "x\udcff\n").exists(), "the same text changes nothing"
        await it.press("tab", "J", "escape", "tab")
        it.rig.session.active = Side.RIGHT
        await it.go("o")
        assert it.pane.place == local(odd)

    Rig(local(odd), local(right)).drive(scenario)


def test_the_copy_dialog_to_an_odd_directory_copies_there(tmp_path: Path, left: Path) -> None:
    odd = tmp_path / "odd\x07dir"
    odd.mkdir()

    async def scenario(it: Driven) -> None:
        await it.press("end", "c", "enter")
        await it.jobs_ended()
        assert (odd / "b10.md").exists()

    Rig(local(left), local(odd)).drive(scenario)


def test_counting_stops_with_its_dialog(left: Path, right: Path) -> None:
    tokens: list[CancelToken] = []

    class Slow(Vfs):
        def scan(self, directory, **options):  # type: ignore[no-untyped-def]
            if directory.name == "docs":
                tokens.append(options["cancel"])
                options["cancel"].wait(30)
                options["cancel"].check()
            return super().scan(directory, **options)

    async def scenario(it: Driven) -> None:
        await it.press("k")
        await it.until(lambda: tokens)
        assert "…" in it.screen()
        await it.press("escape")
        await it.until(lambda: tokens[0].cancelled)

    Rig(local(left), local(right), vfs=Slow()).drive(scenario)


def test_writing_into_memory_is_seen(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        import threading

        worker = threading.Thread(target=write, args=(it.rig.vfs, "mem://photos/late.txt"))
        worker.start()
        await it.until(lambda: "late.txt" in it.rows(Side.RIGHT))
        worker.join()

    remote.drive(scenario)


def test_a_remote_pane_is_true_as_soon_as_the_job_has_ended(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        for name in ("a.txt", "b9.md", "b10.md"):
            await it.until(lambda: it.cursor != "")
            it.pane.land_on((name, False))
            await it.press("c", "enter")
            await it.until(lambda: it.status == "Copied 1 item.")
            begun = time.monotonic()
            while name not in it.rows(Side.RIGHT) and time.monotonic() - begun < REMOTE_REST:
                await it.pilot.pause(0.01)
            assert time.monotonic() - begun < REMOTE_REST / 2

    remote.drive(scenario)
