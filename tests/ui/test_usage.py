"""What is stored and what it costs, on the screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.model.cancel import CancelToken
from tfm.model.entry import Entry
from tfm.model.location import Location, parse
from tfm.storage.s3.listing import Listings
from tfm.ui.actions.reasons import why_not
from tfm.ui.dialogs.usage import UsageDialog


def dialog(it: Driven) -> UsageDialog:
    return cast(UsageDialog, it.app.screen)


@pytest.fixture
def stored(on_s3: OnS3) -> OnS3:
    for key, size, kept in (
        ("d/in/deep/x", 3000, "STANDARD"),
        ("d/in/y", 100, "STANDARD_IA"),
        ("d/out/z", 2000, "STANDARD"),
    ):
        on_s3.client.put_object(Bucket=on_s3.bucket, Key=key, Body=bytes(size), StorageClass=kept)
    return on_s3


def test_walking_through_what_was_counted_asks_for_nothing_more(
    stored: OnS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks: list[Location] = []
    walk = Listings.walk

    def counted(
        self: Listings, directory: Location, cancel: CancelToken
    ) -> Iterator[Sequence[Entry]]:
        walks.append(directory)
        return walk(self, directory, cancel)

    monkeypatch.setattr(Listings, "walk", counted)

    async def scenario(it: Driven) -> None:
        await it.press("comma", "dollar_sign")
        await it.until(lambda: "5 objects, 5.0K" in it.screen())
        assert "At least" not in it.screen()
        assert "No prices are known for this server" in it.screen()
        names = [row.label.strip() for row in dialog(it).list.rows]
        assert names == ["in/", "out/", "right here"]
        await it.press("enter")
        await it.until(lambda: "2 objects, 3.0K" in it.screen())
        assert "STANDARD_IA" in it.screen()
        await it.press("enter", "enter")
        await it.until(lambda: "no directory to go into" in it.screen())
        await it.press("backspace", "backspace", "backspace")
        await it.until(lambda: "where the count began" in it.screen())
        assert dialog(it).list.current is not None
        await it.press("escape", "comma", "dollar_sign")
        await it.until(lambda: "5 objects" in it.screen())
        assert len(walks) == 1
        await it.press("down", "enter", "g")
        await it.loaded()
        await it.until(lambda: it.pane.place.key.endswith("d/out/"))

    stored.rig.drive(scenario, (80, 24))
    assert len(walks) == 1


def test_prices_of_a_connection_and_the_order_by_cost(stored: OnS3) -> None:
    endpoint = str(stored.client.meta.endpoint_url)
    own = (("STANDARD.storage", 1000.0), ("STANDARD_IA.storage", 1e6), ("currency", "EUR"))
    vfs = type(stored.rig.vfs)({"s3": {"endpoint_url": endpoint, "own_prices": own}})
    rig = Rig(parse(f"s3://{stored.bucket}/d/"), parse(f"s3://{stored.bucket}/"), vfs=vfs)

    async def scenario(it: Driven) -> None:
        await it.press("comma", "dollar_sign")
        await it.until(lambda: "5 objects, 5.0K, 0.10 EUR a month" in it.screen())
        assert "EUR/month" in it.screen()
        assert "with prices of your own" in it.screen()
        await it.press("s", "down", "s")
        await it.until(lambda: "Sorted by name." in it.screen())

    rig.drive(scenario, (100, 30))


def test_a_count_under_way_is_a_lower_bound_and_leaving_ends_it(
    stored: OnS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, ended = threading.Event(), threading.Event()
    walk = Listings.walk

    def slow(self: Listings, directory: Location, cancel: CancelToken) -> Iterator[Sequence[Entry]]:
        pages = [list(page) for page in walk(self, directory, cancel)]
        try:
            yield pages[0][:2]
            held.wait(10)
            cancel.check()
            yield pages[0][2:]
        finally:
            ended.set()

    monkeypatch.setattr(Listings, "walk", slow)

    async def scenario(it: Driven) -> None:
        await it.press("comma", "dollar_sign")
        await it.until(lambda: "At least 2 objects" in it.screen())
        await it.press("escape")
        held.set()
        await it.until(ended.is_set)
        assert it.app.usages.get(it.pane.place) is None

    stored.rig.drive(scenario)


def test_earlier_versions_on_request_and_a_new_count_after_a_change(stored: OnS3) -> None:
    client, bucket = stored.client, stored.bucket
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=bucket, Key="d/a.txt", Body=b"newer")

    async def scenario(it: Driven) -> None:
        await it.press("comma", "dollar_sign")
        await it.until(lambda: "5 objects" in it.screen())
        await it.press("v")
        await it.until(lambda: "Earlier versions: 1, 5" in it.screen())
        await it.until(lambda: "Unfinished uploads: none" in it.screen())
        await it.press("escape")
        assert it.app.usages.get(it.pane.place) is not None
        await it.press("end", "k")
        await it.until(lambda: "Delete" in it.screen())
        await it.press("d")
        await it.jobs_ended()
        await it.until(lambda: it.app.usages.get(it.pane.place) is None)
        await it.press("comma", "dollar_sign")
        await it.until(lambda: "4 objects" in it.screen())

    stored.rig.drive(scenario)


def test_where_there_is_nothing_of_the_kind(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "no storage classes" in why_not(it.app, ACTIONS["storage_cost"])
        await it.press("comma", "dollar_sign")
        await it.until(lambda: "no storage classes" in it.status)

    rig.drive(scenario)
