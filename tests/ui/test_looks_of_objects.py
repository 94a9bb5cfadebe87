"""What the screens about objects look like. Accept a change: `pytest tests/ui/test_looks_of_objects.py --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from tests.ui.test_looks import NOON, loaded, rig
from tfm.model.entry import Entry, Kind
from tfm.model.location import S3
from tfm.ops.tagging import Way
from tfm.session import statistics as figures
from tfm.storage.facets import Fact
from tfm.storage.object_facets import Encryption, Held
from tfm.storage.s3.counts import charge_of
from tfm.storage.s3.prices import amazon_prices
from tfm.storage.s3.storage import S3Storage
from tfm.storage.statistics import CacheFigures, Statistics, StorageFigures, Tally
from tfm.ui.actions.headers import lines_of
from tfm.ui.dialogs.choose import Choice, Choose
from tfm.ui.dialogs.facts import FactsDialog
from tfm.ui.dialogs.form import Form, Line
from tfm.ui.dialogs.link import LinkDialog
from tfm.ui.dialogs.statistics import StatisticsDialog

Compare = Callable[..., bool]

URL = (
    "https://my-bucket.s3.eu-central-1.amazonaws.com/photos/2026/holiday.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=EXAMPLE%2F20261120%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20261120T120000Z"
    "&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "0123456789abcdef" * 4
)


def show(
    snap_compare: Compare,
    make: Callable[[], ModalScreen[Any]],
    *keys: str,
    theme: str = "tfm-dark",
) -> None:
    """At 80 x 24, after some keys."""
    one = rig(theme)

    async def before(pilot: Pilot[None]) -> None:
        await loaded(pilot, one)
        one.app.push_screen(make())
        await pilot.pause(0.1)
        await pilot.press(*keys)
        await pilot.pause()

    assert snap_compare(one.app, run_before=before, terminal_size=(80, 24))


def test_the_form_of_a_link(snap_compare: Compare) -> None:
    lines = (
        Line("span", "Lives for", "1h", "15m, 1h, 2d."),
        Line("way", "To", "download", "", choices=("download", "upload")),
        Line("name", "Name here", "holiday.jpg"),
    )
    show(snap_compare, lambda: Form("A link to share", lines, accept="Make", about="About."), "tab")


def test_a_link(snap_compare: Compare) -> None:
    told = ("Whoever has it can download until 2026-11-20 13:00 UTC. Treat it as a password.",)
    show(snap_compare, lambda: LinkDialog("Link to holiday.jpg", URL, told))


def test_headers_and_metadata(snap_compare: Compare) -> None:
    held = Held(
        Entry("holiday.jpg", Kind.FILE, 4_210_998, NOON),
        (
            ("Content-Type", "image/jpeg"),
            ("Cache-Control", "max-age=86400, public"),
            ("Content-Disposition", ""),
            ("Content-Encoding", ""),
            ("Content-Language", "de"),
            ("Expires", ""),
        ),
        (("camera", "X-100"), ("mtime", "1795176000.000000000")),
        "STANDARD",
        Encryption(),
    )

    def make() -> Form:
        lines = lines_of([name for name, _ in held.headers], held)
        about = "The object is copied onto itself, if it did not change meanwhile."
        return Form("Headers and metadata of holiday.jpg", lines, accept="Change", about=about)

    show(snap_compare, make, "down", "down")


def test_tags_of_a_selection(snap_compare: Compare) -> None:
    ways = tuple(way.value for way in Way)
    lines = (
        Line("way", "How", ways[0], "", choices=ways),
        Line("tag", "Tag", "", "name = value; an empty line is no tag", more=True),
    )
    about = "Each object is asked for its tags first. To remove: a name, or name = value."

    def make() -> Form:
        return Form("Tags of 3 items", lines, accept="Tag", about=about)

    show(snap_compare, make, "down", *"team = maps", "down", *"year")


def test_storage_classes(snap_compare: Compare) -> None:
    facet = S3Storage(S3, {}).facets.tiers
    assert facet is not None
    tiers = facet.classes

    def make() -> Choose[str]:
        choices = [Choice(tier.name, tier.name, tier.title, why_not=tier.refusal) for tier in tiers]
        return Choose("Storage class of 2 items", choices)

    show(snap_compare, make, "down")


def test_a_restore(snap_compare: Compare) -> None:
    lines = (
        Line("days", "Readable for days", "7", "Then it is only in the archive again."),
        Line("speed", "How fast", "Standard", "", choices=("Standard", "Bulk", "Expedited")),
    )
    about = "Standard: 3 to 12 hours; Bulk: 5 to 48 hours, cheapest; Expedited: 1 to 5 minutes"

    def make() -> Form:
        return Form("Restore 2 items", lines, accept="Restore", about=about)

    show(snap_compare, make)


def test_encryption(snap_compare: Compare) -> None:
    facet = S3Storage(S3, {}).facets.rewrite
    assert facet is not None
    names = tuple(kind.name or "as the bucket does" for kind in facet.encryptions)
    lines = (
        Line("kind", "Encryption", "aws:kms", "", choices=names),
        Line("key", "KMS key", "alias/photos", "Id, ARN or alias of a KMS key."),
    )

    def make() -> Form:
        about = "Each object is copied onto itself, and encrypted anew. Its bytes stay."
        return Form("Encryption of 2 items", lines, accept="Encrypt", about=about)

    show(snap_compare, make)


def test_access(snap_compare: Compare) -> None:
    facet = S3Storage(S3, {}).facets.access
    assert facet is not None
    kinds = facet.kinds

    def make() -> Choose[str]:
        choices: list[Choice[str]] = [Choice(None, "now its owner: FULL_CONTROL")]
        choices += [Choice(kind.name, kind.name, kind.title) for kind in kinds]
        return Choose("Access to holiday.jpg", choices, at=1)

    show(snap_compare, make, "down")


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_statistics(snap_compare: Compare, theme: str) -> None:
    tally = Tally(charge_of)
    for number in range(1, 1301):
        tally.note("ListObjectsV2", number / 9000, bytes_down=300_000)
    for number in range(1, 90):
        error = "SlowDown" if number % 30 == 0 else ""
        tally.note("UploadPart", number / 20, bytes_up=8 << 20, error=error, throttled=bool(error))
        tally.note("CompleteMultipartUpload", number / 80, bytes_down=400)
    tally.note("HeadObject", 0.012, error="AccessDenied")
    tally.repeat("UploadPart")
    caches = (
        CacheFigures("listings and facts", 812, 40, 31_000_000, 5_310, 402),
        CacheFigures("flat listings", 2, 0, 1_200_000, 1, 2),
        CacheFigures("contents", 41, 0, 2_600_000, 120, 41),
        CacheFigures("details", 0, 0, 0, 0, 0),
    )
    title, prices = "S3 · archive", amazon_prices("eu-central-1")
    storages = (StorageFigures(title, tally.figures(), prices),)

    def make() -> StatisticsDialog:
        return StatisticsDialog(lambda: figures.lines_of(Statistics(storages, caches)), {})

    show(snap_compare, make, theme=theme)


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_an_identity(snap_compare: Compare, theme: str) -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_reader/ann@example.com"
    facts = (
        Fact("Connection", "archive"),
        Fact("Server", "Amazon S3"),
        Fact("Credentials", "IAM Identity Center (aws sso login)"),
        Fact("Profile", "archive"),
        Fact("Access key", "…WXYZ"),
        Fact("Good until", "2026-11-20 17:05 UTC, 3:00:00 left"),
        Fact("Account", "123456789012"),
        Fact("Identity", arn),
        Fact("User id", "AROAEXAMPLE:ann@example.com"),
    )

    def make() -> FactsDialog:
        dialog = FactsDialog("Identity at photos")
        dialog.call_after_refresh(dialog.told, facts)
        return dialog

    show(snap_compare, make, theme=theme)
