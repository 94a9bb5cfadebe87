"""Settings of a bucket from the screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.model.location import parse
from tfm.storage.bucket_facets import Settings
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.bucket_settings import BucketSettings, Parts
from tfm.ui.dialogs.confirm import Confirm, Notice
from tfm.ui.dialogs.form import Form
from tfm.ui.dialogs.lines import LinesDialog
from tfm.ui.suspend import Ended, Pause

PHOTOS = parse("mem://photos/")
POLICY = '{"Statement": ["a", "b"]}\n'


def settings_in(rig: Rig) -> Settings:
    facet = rig.vfs.known_facets(PHOTOS).settings
    assert facet is not None
    return facet


def held(rig: Rig, name: str) -> dict[str, object]:
    text = settings_in(rig).read(PHOTOS, name).text
    found: dict[str, object] = json.loads(text or "{}")
    return found


async def opened(it: Driven, *first: str) -> BucketSettings:
    """Press the key and wait until everything is known."""
    await it.press(*first, "comma", "B")

    def known() -> bool:
        dialog = it.app.screen
        return isinstance(dialog, BucketSettings) and len(dialog.known) == len(dialog.settings)

    await it.until(known, "all settings are known")
    dialog = it.app.screen
    assert isinstance(dialog, BucketSettings)
    return dialog


async def to_row(it: Driven, dialog: BucketSettings, name: str) -> None:
    for _ in dialog.list.rows:
        row = dialog.list.current
        if row is not None and row.value is not None and row.value.name == name:
            return
        await it.press("down")
    raise AssertionError(name)


async def shown(it: Driven, kind: type, *words: str) -> None:
    await it.until(
        lambda: isinstance(it.app.screen, kind) and all(word in it.screen() for word in words),
        f"{kind.__name__} with {words}",
    )


class Typist:
    """Stands in for the editor: puts other texts into the file, one each time."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.seen: list[str] = []
        self.files: list[Path] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str,
        environ: Mapping[str, str],
        pause: Pause = Pause.NEVER,
        banner: str = "",
    ) -> Ended:
        file = Path(argv[-1])
        self.files.append(file)
        self.seen.append(file.read_text())
        file.write_text(self.texts.pop(0))
        return Ended(0)


def use_editor(rig: Rig, *texts: str) -> Typist:
    typist = Typist(*texts)
    rig.app.handover = typist  # type: ignore[assignment]
    rig.settings = rig.app.settings = replace(rig.settings, text_editor=("true",))
    return typist


def test_tags_are_set_by_a_form_after_a_look_at_the_difference(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        dialog = await opened(it, "tab")
        assert "Settings of photos" in it.screen()
        await to_row(it, dialog, "tags")
        await it.press("enter")
        await shown(it, Form)
        await it.press(*"team = maps", "enter")
        await shown(it, LinesDialog, "Set tags of photos", '+      "Value": "maps"')
        await it.press("enter")  # it opens on Cancel
        await shown(it, BucketSettings)
        assert held(it.rig, "tags") == {}
        await it.press("enter")
        await shown(it, Form)
        await it.press(*"team = maps", "enter")
        await shown(it, LinesDialog)
        await it.press("s")
        await it.jobs_ended()
        await shown(it, BucketSettings, "Tags: written, and read back", "team = maps")

    facet = settings_in(remote)
    remote.drive(scenario, (80, 24))
    assert json.loads(facet.read(PHOTOS, "tags").text) == {
        "TagSet": [{"Key": "team", "Value": "maps"}]
    }


def test_a_document_in_the_editor(remote: Rig) -> None:
    given = '{"Statement": ["photos"]}\n'
    typist = use_editor(remote, given, '{"Statement": [}', POLICY)

    async def scenario(it: Driven) -> None:
        dialog = await opened(it, "tab")
        await to_row(it, dialog, "policy")
        await it.press("j")  # whoever leaves the editor without a change wants none
        await shown(it, BucketSettings, "Nothing was changed.")
        await it.press("enter")
        await shown(it, Confirm, "cannot be sent", "Line 1, column")
        await it.press("enter")  # what was typed is edited again
        await shown(it, LinesDialog, "Set policy of photos")
        await it.press("s")
        await it.jobs_ended()
        await shown(it, BucketSettings, "a; b")
        await it.press("s")
        await shown(it, LinesDialog, '"Statement"')
        await it.press("q")
        await it.press("r")
        await shown(it, LinesDialog, "Remove policy of photos", "It is gone then.")
        await it.press("r")
        await it.jobs_ended()
        await it.until(lambda: held(it.rig, "policy") == {})

    remote.drive(scenario, (80, 24))
    assert typist.seen == [given, given, '{"Statement": [}']
    assert not any(file.parent.exists() for file in typist.files)


def test_what_somebody_else_wrote_meanwhile_stays(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        dialog = await opened(it, "tab")
        await to_row(it, dialog, "tags")
        await it.press("enter")
        await shown(it, Form)
        await it.press(*"mine = 1", "enter")
        await shown(it, LinesDialog)
        settings_in(it.rig).write(
            PHOTOS, "tags", '{"TagSet": [{"Key": "theirs", "Value": "2"}]}', ""
        )
        await it.press("s")
        await it.jobs_ended()
        await shown(it, Notice, "somebody changed it meanwhile", "theirs")
        await it.press("enter")
        await shown(it, BucketSettings, "theirs = 2")

    facet = settings_in(remote)
    remote.drive(scenario, (80, 24))
    assert "theirs" in facet.read(PHOTOS, "tags").text


def test_parts_are_added_changed_and_removed_one_by_one(remote: Rig) -> None:
    async def scenario(it: Driven) -> None:
        dialog = await opened(it, "tab")
        await to_row(it, dialog, "notifications")
        for keys, word in ((("enter",), "a"), (("right", "enter"), "b"), (("enter",), "c")):
            await it.press("enter")
            await shown(it, Parts)
            await it.press(*keys)
            await shown(it, Form, "Who is told")
            if word == "a":
                await it.press("enter")
                await shown(it, Form, "Say who is told")
            await it.press("ctrl+u", word, "enter")
            await shown(it, LinesDialog, f'"{word}"')
            await it.press("s")
            await it.jobs_ended()
            await shown(it, BucketSettings)
        await it.until(lambda: held(it.rig, "notifications") == {"Targets": ["c", "b"]})
        await it.press("enter")
        await shown(it, Parts)
        await it.press("delete")
        await shown(it, LinesDialog, '"c"')
        await it.press("s")
        await it.jobs_ended()
        await it.until(lambda: held(it.rig, "notifications") == {"Targets": ["b"]})

    remote.drive(scenario, (80, 24))


def test_what_cannot_be_done_says_why(remote: Rig) -> None:
    remote.vfs.read_only = True

    async def scenario(it: Driven) -> None:
        assert "only buckets" in why_not(it.app, ACTIONS["bucket_settings"])
        await it.press("comma", "B")
        await it.until(lambda: "Only buckets have settings" in it.status)
        await it.press("tab", "backspace")
        await it.loaded()
        dialog = await opened(it)  # of the bucket at the cursor
        assert "Settings of photos" in it.screen()
        await to_row(it, dialog, "region")
        for key, words in (("e", "Region: memory is always here"), ("r", "memory is always here")):
            await it.press(key)
            await it.until(lambda words=words: words in it.screen())  # type: ignore[misc]
        await to_row(it, dialog, "tags")
        await it.press("r")
        await it.until(lambda: "nothing to take away" in it.screen())
        await it.press("e")
        await it.until(lambda: "--read-only" in it.screen())
        await it.press("escape")

    remote.drive(scenario, (80, 24))


def test_on_a_server_each_row_comes_and_versioning_is_suspended(on_s3: OnS3) -> None:
    on_s3.client.put_bucket_versioning(
        Bucket=on_s3.bucket, VersioningConfiguration={"Status": "Enabled"}
    )

    async def scenario(it: Driven) -> None:
        place, vfs = it.pane.place, it.rig.vfs
        await asyncio.to_thread(vfs.keeping, place)
        dialog = await opened(it)
        assert "us-east-1" in it.screen()
        await to_row(it, dialog, "versioning")
        await it.press("enter")
        await shown(it, Form, "State")
        await it.press("right", "enter")
        await shown(it, LinesDialog, "gone for good", '+  "Status": "Suspended"')
        await it.press("s")
        await it.jobs_ended()
        await shown(it, BucketSettings, "suspended: old versions stay")
        assert vfs.known_keeping(place) is None  # what was known holds no longer

    on_s3.rig.drive(scenario, (80, 24))
    told = on_s3.client.get_bucket_versioning(Bucket=on_s3.bucket)
    assert told["Status"] == "Suspended"
