"""What the screens about costs look like. Accept a change: `pytest tests/ui/test_looks_of_costs.py --snapshot-update`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen

from tests.ui.test_looks import loaded, rig
from tfm.model.entry import Entry, Kind, ObjectDetails
from tfm.model.location import parse
from tfm.model.verify import Level
from tfm.ops.estimate import Choices, Estimate
from tfm.ops.size import Count
from tfm.ops.usage import Beside, Usage
from tfm.storage.prices import Amount, PriceList
from tfm.storage.s3.prices import amazon_prices
from tfm.ui.cost_text import cost_line
from tfm.ui.dialogs.estimate import EstimateDialog
from tfm.ui.dialogs.form import Form, Line
from tfm.ui.dialogs.transfer import TransferDialog
from tfm.ui.dialogs.usage import UsageDialog

Compare = Callable[..., bool]
GIB = 1024**3


def show(
    snap_compare: Compare, make: Callable[[], ModalScreen[Any]], *keys: str, theme: str = "tfm-dark"
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


def counted(prices: PriceList | None, *, whole: bool) -> Usage:
    usage = Usage(parse("s3://my-bucket/photos/"), prices)
    rows = (
        ("2024/a.raw", 900 * GIB, "DEEP_ARCHIVE"),
        ("2024/b.raw", 40 * GIB, "GLACIER"),
        ("2025/c.raw", 120 * GIB, "STANDARD_IA"),
        ("2025/a/d.jpg", 4_000, "STANDARD_IA"),
        ("2026/e.jpg", 3 * GIB, "STANDARD"),
        ("a directory with a name that is far too long to be shown/f", 1, "STANDARD"),
        ("index.html", 12_000, "STANDARD"),
    )
    usage.add([Entry(n, Kind.FILE, s, 0, ObjectDetails(storage_class=k)) for n, s, k in rows])
    if whole:
        usage.end()
    return usage


def dialog(usage: Usage) -> UsageDialog:
    return UsageDialog(usage, "STANDARD", lambda _path: None, lambda: None)


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_storage_and_cost(snap_compare: Compare, theme: str) -> None:
    def make() -> UsageDialog:
        made = dialog(counted(amazon_prices("eu-central-1"), whole=True))
        versions = {"STANDARD": Amount(1200, 30 * GIB, 30 * GIB)}
        made._beside[""] = Beside(versions, 17, complete=True)
        return made

    show(snap_compare, make, "down", theme=theme)


def reckoned(_choices: Choices) -> Estimate:
    charges = (("requests", 0.00128), ("transfer", 0.9), ("retrieval", 0.1))
    return Estimate(1280, 10 * GIB, 10 * GIB, charges, (), "USD", 3, seconds=60.0, complete=True)


def test_a_copy_with_its_cost(snap_compare: Compare) -> None:
    picked = [(parse("s3://b/d/"), Entry("d", Kind.DIRECTORY))]
    dialog: TransferDialog

    def make() -> TransferDialog:
        nonlocal dialog
        dialog = TransferDialog(
            "Move",
            picked,
            "/home/me/",
            lambda _text: "",
            Level.CHECKSUM,
            leaves=True,
            costs=True,
            speeds=("Standard", "Bulk"),
        )
        dialog.call_after_refresh(dialog.count, Count(12, 3, 10 * GIB, 0, True), reckoned)
        return dialog

    show(snap_compare, make)


@pytest.mark.parametrize("theme", ["tfm-dark", "tfm-light"])
def test_another_class_with_its_cost(snap_compare: Compare, theme: str) -> None:
    told = ("12 items: billed for 90 days at least.", "3 items: billed as 128K.")

    def make() -> EstimateDialog:
        dialog = EstimateDialog("Storage class", "d and all inside to GLACIER_IR:", "Change", told)
        dialog.call_after_refresh(dialog.count, Count(12, 3, 10 * GIB, 0, True), reckoned)
        return dialog

    show(snap_compare, make, theme=theme)


def test_a_restore_with_its_cost(snap_compare: Compare) -> None:
    lines = (
        Line("days", "Readable for days", "7", "Then it is only in the archive again."),
        Line("speed", "How fast", "Standard", "", choices=("Standard", "Bulk", "Expedited")),
    )
    told = "Standard: 3 to 12 hours; Bulk: 5 to 48 hours, cheapest; Expedited: 1 to 5 minutes"

    def make() -> Form:
        foot = cost_line(reckoned(Choices()), 80)
        return Form("Restore 2 items", lines, accept="Restore", about=told, foot=lambda _v: foot)

    show(snap_compare, make)
