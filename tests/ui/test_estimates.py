"""What jobs would cost, in the dialogs before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.settings import Settings
from tfm.model.location import local, parse
from tfm.ops.estimate import Estimate
from tfm.storage.vfs import Vfs
from tfm.ui.actions.reckon import confirm_cost
from tfm.ui.dialogs.confirm import Confirm
from tfm.ui.screen import PanesScreen

PRICES = (
    ("STANDARD.put", 1000.0),
    ("STANDARD.get", 100.0),
    ("STANDARD.storage", 0.0),
    ("STANDARD.retrieve", 0.0),
    ("GLACIER_IR.put", 5000.0),
    ("GLACIER.get", 100.0),
    ("GLACIER.retrieve", 0.0),
    ("GLACIER.restore.Bulk", 0.0),
    ("GLACIER.restore.Bulk.requests", 2000.0),
    ("GLACIER.restore.Standard", 0.0),
    ("GLACIER.restore.Standard.requests", 9000.0),
    ("list", 0.0),
    ("egress", 0.0),
    ("currency", "EUR"),
)
MakeRig = Callable[..., Rig]


@pytest.fixture
def priced(on_s3: OnS3, tmp_path: Path) -> Iterator[MakeRig]:
    """Makes a rig whose left pane shows `d/` of a bucket with prices, the right one a disk or the bucket."""
    endpoint = str(on_s3.client.meta.endpoint_url)

    def make(*, disk: bool = False, **settings: object) -> Rig:
        vfs = Vfs({"s3": {"endpoint_url": endpoint, "own_prices": PRICES}})
        right = local(tmp_path) if disk else parse(f"s3://{on_s3.bucket}/")
        usual = replace(Settings(), confirm_quit=False, **settings)  # type: ignore[arg-type]
        return Rig(parse(f"s3://{on_s3.bucket}/d/"), right, vfs=vfs, settings=usual)

    yield make


def test_a_copy_tells_its_cost_and_that_of_another_class(priced: MakeRig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("a", "c")
        await it.until(lambda: "2 requests: about 2.00 EUR (requests)" in it.screen())
        for _ in range(5):
            await it.press("f3")
        await it.until(
            lambda: "class GLACIER_IR" in it.screen() or "GLACIER_IR (F3)" in it.screen()
        )
        assert "about 10.00 EUR" in it.screen()
        await it.type("x")
        await it.until(lambda: "EUR" not in it.screen())
        await it.press("backspace")
        await it.until(lambda: "about 10.00 EUR" in it.screen())

    priced().drive(scenario, (80, 24))


def test_above_the_threshold_it_asks_once_more_and_starts_on_cancel(
    priced: MakeRig, tmp_path: Path
) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("down", "c")  # although CONFIRM_COPY is off
        await it.until(lambda: "1 request, 4 out: about 0.10 EUR (requests)" in it.screen())
        await it.press("enter")
        await it.jobs_ended()
        assert (tmp_path / "b.txt").exists(), "below it nothing is asked"
        it.app.settings = replace(it.app.settings, confirm_cost=0.05)
        await it.press("up", "c")
        await it.until(lambda: "about 0.10 EUR" in it.screen())
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        assert "About 0.10 EUR in all, 1 request:" in it.screen()
        assert "prices of your own" in it.screen()
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, PanesScreen))
        assert not (tmp_path / "a.txt").exists()
        await it.press("c")
        await it.until(lambda: "about 0.10 EUR" in it.screen())
        await it.press("enter")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        await it.press("right", "enter")
        await it.jobs_ended()

    priced(disk=True, confirm_copy=False, confirm_cost=0.15).drive(scenario)
    assert (tmp_path / "a.txt").read_bytes() == b"alpha"


def test_what_is_still_being_counted_is_asked_about(priced: MakeRig) -> None:
    async def scenario(it: Driven) -> None:
        started: list[str] = []
        cheap = Estimate(7, 4, 4, (("requests", 0.01),), currency="EUR", complete=False)
        confirm_cost(it.app, "Copy", cheap, lambda: started.append("at once"))
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        assert "Not all is counted yet, at least 0.01 EUR" in it.screen()
        await it.press("escape")
        assert not started
        whole = replace(cheap, complete=True)
        confirm_cost(it.app, "Copy", whole, lambda: started.append("at once"))
        assert started == ["at once"]

    priced(confirm_cost=0.15).drive(scenario)


def test_enter_before_anything_is_counted_is_asked_about(
    priced: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(it: Driven) -> None:
        monkeypatch.setattr("tfm.ui.actions.files.count_for", lambda *_: lambda: None)
        await it.press("c", "enter")
        await it.until(lambda: isinstance(it.app.screen, Confirm))
        assert "Not all is counted yet" in it.screen()
        await it.press("escape")
        assert not it.rig.jobs.snapshot()

    priced(confirm_cost=0.15).drive(scenario)


def test_what_stays_as_a_version_leaves_nothing_early(priced: MakeRig, on_s3: OnS3) -> None:
    on_s3.client.put_bucket_versioning(
        Bucket=on_s3.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    on_s3.client.put_object(
        Bucket=on_s3.bucket, Key="d/a.txt", Body=b"alpha", StorageClass="GLACIER"
    )

    async def scenario(it: Driven) -> None:
        await it.press("k")  # nobody has asked yet whether it keeps versions
        await it.until(lambda: "It stays as a version" in it.screen())
        await it.until(lambda: "1 request: about 0 EUR" in it.screen())
        assert "early" not in it.screen()

    priced().drive(scenario)


def test_classes_restores_tags_and_deletes_tell_it_too(priced: MakeRig, on_s3: OnS3) -> None:
    on_s3.client.put_object(
        Bucket=on_s3.bucket, Key="d/a.txt", Body=b"alpha", StorageClass="GLACIER"
    )

    async def scenario(it: Driven) -> None:
        await it.press("a", "comma", "g")
        await it.until(lambda: "4 requests: about 1.20 EUR and more" in it.screen())
        await it.press("escape")
        await it.until(lambda: "Tags of" not in it.screen())
        await it.press("k")
        await it.until(lambda: "1 request: about 0 EUR" in it.screen())
        assert "1 object leaves early: its class bills its least time." in it.screen()
        await it.press("escape", "comma", "b")
        await it.until(lambda: "1 request: about 9.00 EUR (requests)" in it.screen())
        await it.press("down", "right")
        await it.until(lambda: "about 2.00 EUR" in it.screen())
        await it.press("escape", "a", "down", "comma", "s", "down", "down", "enter")
        await it.until(lambda: "30 days at least" in it.screen())
        await it.until(lambda: "4 requests: about 0.30 EUR and more" in it.screen())
        await it.press("escape", "tab", "comma", "s", "down", "down", "enter")
        await it.until(lambda: "1 item: not changed, it is archived" in it.screen())
        assert "1 item: billed as 128K." in it.screen(), "what is inside is looked at, too"

    priced().drive(scenario)


def test_what_is_archived_is_restored_first_and_copied_then(
    priced: MakeRig, on_s3: OnS3, tmp_path: Path
) -> None:
    on_s3.client.put_object(
        Bucket=on_s3.bucket, Key="d/a.txt", Body=b"alpha", StorageClass="GLACIER"
    )

    async def scenario(it: Driven) -> None:
        await it.press("a", "c")
        await it.until(
            lambda: "1 archived object. F4: restore first, go on when restored." in it.screen()
        )
        await it.press("f4", "f4")
        await it.until(
            lambda: "1 archived object: restored first (Bulk, 7 days; F4)" in it.screen()
        )
        assert "about 2.20 EUR" in it.screen()
        await it.press("f4", "f4")
        await it.until(lambda: "F4: restore first" in it.screen())
        await it.press("f4", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Copied 2 items" in it.status)

    priced(disk=True).drive(scenario, (80, 24))
    assert (tmp_path / "a.txt").read_bytes() == b"alpha"
    assert 'ongoing-request="false"' in on_s3.head("d/a.txt")["Restore"]
