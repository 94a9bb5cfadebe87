"""What the screens about buckets look like. Accept a change: `pytest tests/ui/test_looks_of_bucket_settings.py --snapshot-update`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from tests.ui.test_looks import loaded, rig
from tfm.model.difference import difference
from tfm.model.errors import Denied, Unsupported
from tfm.model.location import S3
from tfm.ops.settings import Looked
from tfm.storage.bucket_facets import NEW_PART, SettingValue
from tfm.storage.s3.settings.facet import BucketSettings as Facet
from tfm.storage.s3.storage import S3Storage
from tfm.ui.actions.buckets import QUESTIONS, form_lines
from tfm.ui.dialogs.bucket_settings import BucketSettings, Parts
from tfm.ui.dialogs.form import Form
from tfm.ui.dialogs.lines import LinesDialog

Compare = Callable[..., bool]

KNOWN = {
    "region": ("eu-central-1",),
    "tags": ("team = maps", "year = 2026"),
    "versioning": ("on: what is overwritten or deleted stays as a version",),
    "lifecycle": (
        "objects below logs/ are deleted after 30 days; unfinished uploads are given up after 7 days",
        "all objects move to STANDARD_IA after 90 days",
    ),
    "object_lock": ("off",),
    "encryption": ("SSE-S3",),
}
TARGETS = json.dumps(
    {
        "QueueConfigurations": [
            {
                "QueueArn": "arn:aws:sqs:eu-central-1:111122223333:thumbnails",
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".jpg"}]}},
            }
        ],
        "TopicConfigurations": [
            {
                "TopicArn": "arn:aws:sns:eu-central-1:111122223333:deletions-of-everything",
                "Events": ["s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "archive/2026/"}]}},
            }
        ],
    }
)


def facet() -> Facet:
    found = S3Storage(S3, {}).facets.settings
    assert isinstance(found, Facet)
    return found


def show(
    snap_compare: Compare,
    make: Callable[[], ModalScreen[Any]],
    *keys: str,
    theme: str = "tfm-dark",
    then: Callable[[Any], None] = lambda _dialog: None,
) -> None:
    """At 80 x 24, after some keys."""
    one = rig(theme=theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        dialog = make()
        one.app.push_screen(dialog)
        await pilot.pause(0.1)
        then(dialog)
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_settings_as_they_come(snap_compare: Compare, theme: str) -> None:
    def fill(dialog: BucketSettings) -> None:
        for setting in facet().settings:
            if words := KNOWN.get(setting.name):
                dialog.looked(Looked(setting, SettingValue("{}", words)))
        named = {setting.name: setting for setting in facet().settings}
        denied = Denied("no", hint="Ask for s3:GetReplicationConfiguration on the bucket.")
        dialog.looked(Looked(named["replication"], error=denied))
        dialog.looked(Looked(named["public_access"], error=Unsupported("no")))

    def make() -> BucketSettings:
        return BucketSettings("Settings of photos", facet().settings, lambda _b, _s: None)

    show(snap_compare, make, "down", "down", "e", theme=theme, then=fill)


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_what_would_be_another(snap_compare: Compare, theme: str) -> None:
    before = json.dumps({"Status": "Enabled"}, indent=2)
    after = json.dumps({"Status": "Suspended"}, indent=2)
    told = QUESTIONS["Set"]
    warnings = facet().warnings("versioning", before, after)

    def make() -> LinesDialog:
        lines = difference(before, after)
        title = "Set versioning of photos"
        return LinesDialog(title, lines, told=told, warnings=warnings, yes="Set", signs=True)

    show(snap_compare, make, theme=theme)


def test_targets_of_notifications(snap_compare: Compare) -> None:
    parts = facet().parts("notifications", TARGETS)
    show(snap_compare, lambda: Parts("Notifications of photos", "target", parts, 80), "down")


def test_a_target(snap_compare: Compare) -> None:
    fields = facet().form("notifications", TARGETS, NEW_PART)
    show(snap_compare, lambda: Form("Notifications of photos", form_lines(fields)), "down")
