"""Storage classes and restores from the screen."""

from __future__ import annotations

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.choose import Choose


def test_another_class_after_the_warnings(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("a", "comma", "s")
        await it.until(lambda: "only in directory buckets" in it.screen())
        await it.press("end", "enter")
        await it.until(lambda: "another service" in it.screen())
        await it.press("home", "down", "down", "enter")
        await it.until(lambda: "2 items: billed as 128K." in it.screen())
        assert "30 days at least" in it.screen()
        await it.press("enter")
        await it.pilot.pause()
        assert on_s3.head("d/a.txt").get("StorageClass") is None
        await it.press("comma", "s", "down", "down", "enter")
        await it.until(lambda: "billed as" in it.screen())
        await it.press("c", "comma", "s", "down", "down", "enter")
        await it.until(lambda: "billed as" in it.screen())
        await it.press("right", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Changed 2 items" in it.status)

    on_s3.rig.drive(scenario)
    assert on_s3.head("d/b.txt")["StorageClass"] == "STANDARD_IA"
    assert on_s3.head("d/b.txt")["Metadata"] == {"colour": "green"}


def test_the_list_opens_on_the_class_of_now(on_s3: OnS3) -> None:
    on_s3.client.put_object(
        Bucket=on_s3.bucket, Key="d/a.txt", Body=b"alpha", StorageClass="STANDARD_IA"
    )

    async def scenario(it: Driven) -> None:
        await it.press("ctrl+r")
        await it.loaded()
        await it.press("comma", "s")
        await it.until(lambda: "at once, seldom read; its class now" in it.screen())
        assert isinstance(it.app.screen, Choose)
        assert it.app.screen.list.rows[it.app.screen.list.cursor].value == "STANDARD_IA"
        await it.press("enter")
        assert it.status == "Nothing was changed: STANDARD_IA is its class now."
        assert not it.rig.jobs.snapshot()

    on_s3.rig.drive(scenario)


def test_a_restore(on_s3: OnS3) -> None:
    on_s3.client.put_object(
        Bucket=on_s3.bucket, Key="d/a.txt", Body=b"alpha", StorageClass="GLACIER"
    )

    async def scenario(it: Driven) -> None:
        await it.press("comma", "s")
        await it.until(lambda: "restore it first" in it.screen())
        await it.press("escape", "comma", "b")
        await it.until(lambda: "Readable for days" in it.screen())
        await it.press("ctrl+u", *"x", "enter")
        await it.until(lambda: "a number from 1" in it.screen())
        await it.press("ctrl+u", *"3", "down", "right", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Asked for 1 item" in it.status)
        await it.press("down", "comma", "b")
        await it.until(lambda: it.status == "b.txt: it is not archived.", "said without a question")

    on_s3.rig.drive(scenario, (80, 24))
    assert 'ongoing-request="false"' in on_s3.head("d/a.txt")["Restore"]


def test_what_is_archived_cannot_be_edited_in_place(on_s3: OnS3) -> None:
    on_s3.client.put_object(
        Bucket=on_s3.bucket, Key="d/a.txt", Body=b"alpha", StorageClass="GLACIER"
    )

    async def scenario(it: Driven) -> None:
        for key in ("h", "k"):
            await it.press("comma", key)
            await it.until(lambda: it.status != "")
            assert it.status == "a.txt is archived: restore it from the archive first."

    on_s3.rig.drive(scenario)


def test_where_there_are_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        for name in ("storage_class", "restore"):
            assert "what is here has no" in why_not(it.app, ACTIONS[name])
        await it.press("comma", "s")
        await it.until(lambda: "no storage classes" in it.status)

    rig.drive(scenario)


def test_a_copy_gets_the_class_that_its_dialog_says(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("c")
        await it.until(lambda: "storage class of the settings (F3)" in it.screen())
        await it.press("f3", "f3", "f3")
        await it.until(lambda: "STANDARD_IA (F3)" in it.screen())
        await it.press("enter")
        await it.jobs_ended()
        await it.until(lambda: "Copied 1 item" in it.status)

    on_s3.rig.drive(scenario, (80, 24))
    head = on_s3.head("a.txt")
    assert (head["StorageClass"], head["Metadata"]) == ("STANDARD_IA", {"colour": "green"})
