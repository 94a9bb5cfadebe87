"""Tags from the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.fakes.proxy import Proxy
from tests.fakes.proxy_rules import Hold
from tests.servers.server import Server
from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.model.location import parse
from tfm.storage.vfs import Vfs
from tfm.ui.actions.reasons import why_not
from tfm.ui.actions.tagging import tags_in
from tfm.ui.screen import PanesScreen


def test_a_look_that_takes_long_is_told_and_can_be_stopped(
    on_s3: OnS3, moto_server: Server, proxy_for: Callable[[Server], Proxy]
) -> None:
    proxy, slow = proxy_for(moto_server), Hold("request")
    vfs = Vfs({"s3": {"endpoint_url": proxy.endpoint_url}})
    rig = Rig(parse(f"s3://{on_s3.bucket}/d/"), parse(f"s3://{on_s3.bucket}/"), vfs=vfs)
    proxy.rule("GetObjectTagging", slow, times=2)

    async def scenario(it: Driven) -> None:
        await it.press("comma", "g")
        await it.until(lambda: it.status == "Looking at a.txt …  Esc stops it.")
        await it.press("escape")
        assert it.status == "Stopped."
        await it.press("comma", "g")
        await it.until(lambda: "Looking at a.txt" in it.status)
        slow.release()
        await it.until(lambda: "team = maps" in it.screen())
        assert it.status == ""
        await it.press("escape")
        assert isinstance(it.app.screen, PanesScreen), "the first answer opens nothing"

    rig.drive(scenario)


def test_of_one_object(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "g")
        await it.until(lambda: "team = maps" in it.screen())
        await it.press("down", *"year = 2026", "down", *"year = 1", "enter")
        await it.until(lambda: "twice" in it.screen())
        await it.press("ctrl+u", *"draft", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Tagged 1 item" in it.status)
        await it.press("i")
        await it.until(lambda: "2026" in it.screen())
        assert "Tag year" in it.screen()

    on_s3.rig.drive(scenario)
    assert on_s3.tags("d/a.txt") == {"team": "maps", "year": "2026", "draft": ""}


def test_what_is_left_alone_is_written_as_it_was(on_s3: OnS3) -> None:
    on_s3.tag("d/a.txt", {"a=b": "c", "k": "x = y"})

    async def scenario(it: Driven) -> None:
        await it.press("comma", "g")
        await it.until(lambda: "a=b = c" in it.screen())
        await it.press("down", "down", *"team=maps", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Tagged 1 item" in it.status)

    on_s3.rig.drive(scenario)
    assert on_s3.tags("d/a.txt") == {"a=b": "c", "k": "x = y", "team": "maps"}
    # moto cuts blanks off, and so does the form
    assert tags_in({"tag k": "k = x", "tag": "a=b"}, (("k", "x "),)) == (("k", "x "), ("a", "b"))


def test_what_somebody_else_tagged_meanwhile_stays(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("comma", "g")
        await it.until(lambda: "team = maps" in it.screen())
        on_s3.tag("d/a.txt", {"team": "maps", "keep": "for ever"})
        await it.press("down", *"draft", "enter")
        await it.jobs_ended()
        await it.until(lambda: "meanwhile" in it.screen())

    on_s3.rig.drive(scenario)
    assert on_s3.tags("d/a.txt") == {"team": "maps", "keep": "for ever"}


def test_of_a_selection_and_marks_by_tag(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("space", "comma", "g")
        await it.until(lambda: "team = maps" in it.screen())
        await it.press("ctrl+u", *"team = sea", "enter")
        await it.jobs_ended()
        await it.press("comma", "G")
        await it.until(lambda: "Asks 2 objects" in it.screen())
        await it.press(*"team=m*", "enter")
        await it.until(lambda: it.rows() == ["a.txt", "*b.txt"])
        await it.press("a", "comma", "g")
        await it.until(lambda: "How" in it.screen())
        await it.press("enter")
        await it.until(lambda: "Type a tag" in it.screen())
        await it.press("right", "down", *"team", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Tagged 2 items" in it.status)

    on_s3.rig.drive(scenario, (80, 24))
    assert on_s3.tags("d/a.txt") == on_s3.tags("d/b.txt") == {}


def test_too_many_are_not_asked(on_s3: OnS3) -> None:
    on_s3.rig.app.settings = replace(on_s3.rig.settings, s3_search_max_objects=1)

    async def scenario(it: Driven) -> None:
        await it.press("comma", "G")
        await it.until(lambda: "more than may be asked" in it.status)

    on_s3.rig.drive(scenario)


def test_where_there_are_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        for name in ("edit_tags", "mark_tag"):
            assert "no tags" in why_not(it.app, ACTIONS[name])
        await it.press("comma", "g")
        await it.until(lambda: "no tags" in it.status)

    rig.drive(scenario)
