"""The figures of this run on the screen, and the caches emptied from there."""

from __future__ import annotations

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.model.location import parse
from tfm.storage.statistics import statistics


def test_the_requests_of_this_run_and_emptying_the_caches(on_s3: OnS3) -> None:
    top, here = parse(f"s3://{on_s3.bucket}/"), parse(f"s3://{on_s3.bucket}/d/")

    async def scenario(it: Driven) -> None:
        vfs = on_s3.rig.vfs
        await it.press("comma", "S")
        await it.until(lambda: "ListObjectsV2" in it.screen())
        (storage,) = statistics(vfs).storages
        (told,) = [each for each in storage.requests if each.kind == "ListObjectsV2"]
        row = next(line for line in it.screen().splitlines() if "ListObjectsV2" in line)
        assert row.split("│")[1].split()[1:3] == [str(told.sent), "0"]
        assert vfs.cached(top) is not None
        assert vfs.cached(here) is not None
        await it.press("p")
        await it.until(lambda: f"Nothing is kept of s3://{on_s3.bucket}/d/." in it.screen())
        assert vfs.cached(here) is None
        await it.press("a")
        await it.until(lambda: "The caches are empty" in it.screen())
        assert statistics(vfs).caches[0].entries == 0
        await it.press("escape", "backspace")
        await it.loaded()
        await it.press("comma", "S", "r")
        await it.until(lambda: str(told.sent + 1) in it.screen().split("ListObjectsV2")[1][:20])
        await it.press("b")
        await it.until(lambda: f"Nothing is kept of s3://{on_s3.bucket}/." in it.screen())
        assert vfs.cached(top) is None

    on_s3.rig.drive(scenario)


def test_where_nothing_was_asked_it_says_so(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "S")
        await it.until(lambda: "Nothing was asked of a server yet." in it.screen())
        await it.press("b")
        await it.until(lambda: "The active pane is in no bucket." in it.screen())
        await it.press("down", "pagedown", "end", "home", "q")

    rig.drive(scenario, (80, 24))
