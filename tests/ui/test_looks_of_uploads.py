"""What the screens of unfinished uploads, locks, keys, forms and QR codes look like. Accept a change: `pytest tests/ui/test_looks_of_uploads.py --snapshot-update`."""

from __future__ import annotations

from datetime import UTC

import pytest
from textual.pilot import Pilot

from tests.ui.test_looks import NOON, SECOND, Compare, loaded, rig
from tfm.model.entry import Entry, Kind
from tfm.model.location import S3, Location, Root
from tfm.ops.post_form import FORMS, written
from tfm.ops.post_form import told as told_of
from tfm.ops.uploads import Owner, Weighed
from tfm.storage.object_facets import PostForm, PostLimits
from tfm.storage.object_locks import Lock, Retention
from tfm.storage.open_uploads import OpenUpload, PartsHeld
from tfm.storage.s3.storage import S3Storage
from tfm.storage.server_keys import KeyFacts, ServerKey
from tfm.ui.actions.lock import ask
from tfm.ui.dialogs.keys import KeysDialog
from tfm.ui.dialogs.post_form import PostFormDialog
from tfm.ui.dialogs.qr import QrDialog
from tfm.ui.dialogs.uploads import AbortDialog, UploadsDialog
from tfm.ui.qr import code_of

HERE = Location(Root("s3"), "photos/backups/")
HOUR = 3600 * SECOND
ID = "Zm9vYmFyLWJhei1xdXV4LTEyMzQ1Njc4OTA"
OURS = Owner(
    "20261119T080000-4711-0a1b2c", "Copy holiday.mov to s3://photos/backups/", running=False
)
RUNNING = Owner("20261120T115500-4712-3d4e5f", "Copy films to s3://photos/backups/", running=True)


def weighed(
    key: str, hours: float, held: PartsHeld | None, owner: Owner | None = None, who: str = "lena"
) -> Weighed:
    began = NOON - int(hours * HOUR)
    place = Location(HERE.root, HERE.key + key)
    return Weighed(OpenUpload(place, ID, began, NOON, "STANDARD_IA", who), held, owner)


ALL = (
    weighed("2021/disk-image-of-the-old-laptop-before-it-was-sold.img", 39000, PartsHeld(9999, 83_886_080_000)),
    weighed("films/part1.mkv", 0.2, PartsHeld(12, 100_663_296, NOON), RUNNING),
    weighed("holiday.mov", 28, PartsHeld(140, 1_174_405_120), OURS),
    weighed("odd\x1b[31mname\n.bin", 300, PartsHeld(), who="arn:aws:iam::123456789012:user/nightly"),
    weighed("読書メモ.zip", 76, None),
)  # fmt: skip
OWNERS = {each.upload.name: each.owner for each in ALL}


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_the_list(snap_compare: Compare, theme: str) -> None:
    one = rig(theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        dialog = UploadsDialog(HERE, lambda _button, _chosen: None, UTC)
        one.app.push_screen(dialog)
        await pilot.pause(0.1)
        dialog.owners(lambda upload: OWNERS[upload.name])
        dialog.add([each.upload for each in ALL])
        dialog.weighed(ALL)
        dialog.end()
        await pilot.press("space", "down", "space", "up")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_what_is_asked_before_they_go(snap_compare: Compare, theme: str) -> None:
    one = rig(theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        doomed = [each for each in ALL if each.owner is not RUNNING]
        dialog = AbortDialog(HERE, len(doomed), {RUNNING.refusal: 1})
        one.app.push_screen(dialog)
        await pilot.pause(0.1)
        dialog.counted([*doomed, weighed("young", 0.1, PartsHeld(1, 8_388_608, NOON))])
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_a_lock(snap_compare: Compare, theme: str) -> None:
    facet = S3Storage(S3, {}).facets.locks
    assert facet is not None
    one, kept = rig(theme), Lock(Retention("GOVERNANCE", NOON), hold=True)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        ask(one.app, facet, [(HERE.child("holiday.mov"), Entry("holiday.mov", Kind.FILE, 9))], kept)
        await pilot.pause(0.1)
        await pilot.press("down")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_keys_to_choose_from(snap_compare: Compare, theme: str) -> None:
    start = "arn:aws:kms:eu-central-1:123456789012:key/"
    keys = [
        ServerKey(start + "00000000-aaaa-4bbb-8ccc-111111111111", "alias/aws/ebs", "for another service"),
        ServerKey(start + "11111111-aaaa-4bbb-8ccc-222222222222", "alias/photos"),
        ServerKey(start + "22222222-aaaa-4bbb-8ccc-333333333333"),
    ]  # fmt: skip
    one = rig(theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        dialog = KeysDialog(lambda _key: None)
        one.app.push_screen(dialog)
        await pilot.pause(0.1)
        dialog.add_keys(keys)
        dialog.end()
        await pilot.press("down")
        dialog.facts(keys[1], KeyFacts("Holidays and the house; SYMMETRIC_DEFAULT"))
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_a_form_to_share(snap_compare: Compare, theme: str) -> None:
    pairs = (
        ("key", "in/${filename}"),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("policy", "eyJl" * 60),
    )
    form = PostForm("https://photos.s3.amazonaws.com/", pairs, NOON / SECOND)
    place, limits = Location(HERE.root, "photos/in/"), PostLimits(10 << 20, content_type="image/*")
    told = told_of(form, limits, place, "2026-11-20 13:00")
    one = rig(theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        texts = {way: written(form, way) for way in FORMS}
        one.app.push_screen(PostFormDialog("Form for in", texts, told, lambda _way: None))
        await pilot.pause(0.1)
        await pilot.press("h")
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_a_qr_code(snap_compare: Compare, theme: str) -> None:
    one = rig(theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        note = "Download until 2026-11-20 13:00 UTC. Whoever sees it has it."
        code = code_of("https://photos.example.org/a?sig=0123")
        one.app.push_screen(QrDialog("holiday.jpg", code, (note,), plain=False))
        await pilot.pause(0.1)

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))
