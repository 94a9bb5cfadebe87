"""What the server can do, on the screen."""

from __future__ import annotations

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.storage.server_facets import Can
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.abilities import AbilitiesDialog


def dialog(it: Driven) -> AbilitiesDialog:
    found = it.app.screen
    assert isinstance(found, AbilitiesDialog)
    return found


def state(it: Driven, name: str) -> Can:
    told = dialog(it).acquaintance
    assert told is not None
    return next(each.can for each in told.abilities if each.name == name)


async def opened(it: Driven) -> None:
    await it.press("comma", "C")
    await it.until(lambda: "recognised by its answers" in it.screen())


def test_known_probed_and_tried(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await opened(it)
        assert "moto" in it.screen()
        assert state(it, "lifecycle") is Can.UNKNOWN
        await it.press("p")
        await it.until(lambda: state(it, "lifecycle") is Can.YES)
        await it.press("t")
        await it.until(lambda: ".tfm-trial-" in it.screen())
        await it.press("escape")
        await it.until(lambda: isinstance(it.app.screen, AbilitiesDialog))
        assert state(it, "parts") is Can.YES
        await it.press("t")
        await it.until(lambda: ".tfm-trial-" in it.screen())
        await it.press("right", "enter")
        await it.until(
            lambda: any(
                each.known_by == "a trial here"
                for each in dialog(it).acquaintance.abilities  # type: ignore[union-attr]
            )
        )
        await it.press("down")
        await it.until(lambda: "Known by: a trial here" in it.screen())
        await it.press("escape")
        await it.jobs_ended()

    on_s3.rig.drive(scenario, (80, 24))
    rows = on_s3.client.list_objects_v2(Bucket=on_s3.bucket)["Contents"]
    assert [row["Key"] for row in rows] == ["d/a.txt", "d/b.txt"]


def test_what_cannot_be_asked_or_tried_is_said_and_the_rows_stay(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await opened(it)
        on_s3.rig.vfs.read_only = True
        await it.press("t")
        await it.until(lambda: "read-only" in it.screen())
        for key in ("d/a.txt", "d/b.txt"):
            on_s3.client.delete_object(Bucket=on_s3.bucket, Key=key)
        on_s3.client.delete_bucket(Bucket=on_s3.bucket)
        await it.press("p")
        await it.until(lambda: "there is no bucket" in it.screen())
        assert "Conditional writes" in it.screen()
        on_s3.client.create_bucket(Bucket=on_s3.bucket)

    on_s3.rig.drive(scenario)


def test_a_disk_has_no_server(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "no server" in why_not(it.app, ACTIONS["server_abilities"])
        await it.press("comma", "C")
        await it.until(lambda: "no server" in it.status)

    rig.drive(scenario)
