from tests.ui.rig import Driven, Rig
from tfm.jobs.job import JobSnapshot, JobState
from tfm.model.location import parse
from tfm.ops.context import ItemResult, Outcome
from tfm.ui.dialogs.link import LinkDialog
from tfm.ui.dialogs.post_form import PostFormDialog
from tfm.ui.dialogs.prompt import Prompt
from tfm.ui.panels.jobs import failure_lines, progress_text
from tfm.ui.panels.status import fitted


def test_what_there_is_no_room_for_is_told_by_an_ellipsis(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        it.app.push_screen(LinkDialog("Link", "ßx" * 400, ("Whoever has it",)))
        await it.pilot.pause()
        assert it.screen().count("ß") < 400
        assert any(line.strip(" │") == "…" for line in it.screen().splitlines())
        assert "Whoever has it" in it.screen()
        assert "Copy again" in it.screen()
        await it.pilot.resize_terminal(120, 40)
        await it.until(lambda: it.screen().count("ß") == 400)

    rig.drive(scenario, size=(60, 14))


def test_a_text_takes_the_place_of_a_longer_one(rig: Rig) -> None:
    copied: list[str] = []

    async def scenario(it: Driven) -> None:
        texts = {"curl": "ß" * 300, "html": "<ß>\n\n</ß>"}
        it.app.push_screen(PostFormDialog("Form", texts, ("Only images.",), copied.append))
        await it.until(lambda: it.screen().count("ß") == 300)
        await it.press("h")
        await it.until(lambda: it.screen().count("ß") == 2)
        assert copied == ["html"]

    rig.drive(scenario)


def test_a_message_that_is_too_long_keeps_its_reason() -> None:
    told = (
        "Cannot read the tags of s3://company-backups/my classes/deep_archive.bin: access denied."
    )
    assert fitted(told, 90) == told
    assert fitted(told, 78) == (
        "Cannot read the tags of …y-backups/my classes/deep_archive.bin: access denied."
    )
    assert fitted(told, 30).startswith("Cannot read the tags of …eep_archive.bin: access")
    assert fitted("Copied 1 file to /a/very/long/place", 20).startswith("Copied 1 file to /a/")


def test_a_line_of_a_dialog_that_is_too_long_says_so(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        dialog = Prompt("Prompt", "What?", check=lambda _text: f"{'Mind this. ' * 20}End.")
        it.app.push_screen(dialog)
        await it.press("enter")
        await it.pilot.pause()
        [line] = [line for line in it.screen().splitlines() if "Mind this." in line]
        assert "…" in line, line

    rig.drive(scenario, size=(60, 14))


def ended(*reasons: str) -> JobSnapshot:
    """A job that moved no bytes, as the panel sees it."""
    place = parse("s3://company-backups/some/where/deep_archive.bin")
    failures = tuple(ItemResult(place, None, Outcome.FAILED, reason=reason) for reason in reasons)
    return JobSnapshot(
        1, "Tags", JobState.DONE, 1, 1, 0, 4096, False, None, 0.0, None, failures, None, "", "", None
    )  # fmt: skip


def test_the_panel_of_jobs_keeps_the_reason_of_a_failure() -> None:
    reason = "Cannot read s3://company-backups/some/where/deep_archive.bin: access denied."
    [line] = failure_lines(ended(reason), 68, whole=False)
    assert line == "deep_archive.bin: Cannot read …here/deep_archive.bin: access denied."


def test_the_panel_of_jobs_tells_no_bytes_of_a_job_that_moved_none() -> None:
    assert progress_text(ended(), 68).endswith("100%  1/1 item")
