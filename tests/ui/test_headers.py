"""Headers and metadata from the screen: of one object as they are, of several what is filled in."""

from __future__ import annotations

import pytest

from tests.ui.objects import OnS3
from tests.ui.rig import Driven, Rig
from tfm.config.actions import ACTIONS
from tfm.model.entry import Entry, Kind
from tfm.storage.object_facets import Edit, Encryption, Held
from tfm.ui.actions.headers import edit_of
from tfm.ui.actions.reasons import why_not


def test_one_object(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        assert not why_not(it.app, ACTIONS["edit_headers"])
        await it.press("comma", "h")
        await it.until(lambda: "colour = green" in it.screen())
        assert "no-cache" in it.screen()
        await it.press("ctrl+u", *"text/x", "down", "ctrl+u", *"ä", "enter")
        await it.until(lambda: "ASCII" in it.screen())
        await it.press("ctrl+u", *"max-age=5")
        await it.press("up", "up", *"new = 1", "down", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Changed 1 item" in it.status)

    on_s3.rig.drive(scenario, (80, 24))
    head = on_s3.head("d/a.txt")
    assert (head["ContentType"], head["CacheControl"]) == ("text/x", "max-age=5")
    assert head["Metadata"] == {"colour": "green", "new": "1"}
    assert on_s3.tags("d/a.txt") == {"team": "maps"}


def test_several_at_once(on_s3: OnS3) -> None:
    async def scenario(it: Driven) -> None:
        await it.press("tab", "comma", "h")
        await it.until(lambda: "and all inside" in it.screen())
        await it.press("down", "minus", "enter")
        await it.jobs_ended()
        await it.until(lambda: "Changed 2 items" in it.status)

    on_s3.rig.drive(scenario, (80, 24))
    for key in ("d/a.txt", "d/b.txt"):
        head = on_s3.head(key)
        assert "CacheControl" not in head
        assert (head["ContentType"], head["Metadata"]) == ("text/plain", {"colour": "green"})


def test_where_there_are_none(rig: Rig) -> None:
    async def scenario(it: Driven) -> None:
        assert "no headers" in why_not(it.app, ACTIONS["edit_headers"])
        await it.press("comma", "h")
        await it.until(lambda: "no headers" in it.status)

    rig.drive(scenario)


HELD = Held(
    Entry("a", Kind.FILE, 1),
    (("Content-Type", "text/plain"), ("Expires", "")),
    (("a", "1"), ("b", "2")),
    "STANDARD",
    Encryption(),
)


def test_a_form_tells_only_what_is_another() -> None:
    values = {
        "header Content-Type": "text/plain",
        "header Expires": "2030-01-01",
        "metadata a": "a = 1",
        "metadata b": "",
        "metadata": "c = x = y",
    }
    assert edit_of(values, HELD) == Edit((("Expires", "2030-01-01"),), (("b", ""), ("c", "x = y")))
    assert edit_of({"header Content-Type": "", "metadata": "c ="}, None) == Edit((), (("c", ""),))
    assert edit_of({"header Content-Type": "-"}, None) == Edit((("Content-Type", ""),), ())
    with pytest.raises(ValueError, match="name = value"):
        edit_of({"metadata": "c"}, None)
