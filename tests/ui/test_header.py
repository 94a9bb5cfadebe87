"""The header of a pane says on whose account it looks, unless that is the default."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rich.style import Style

from tests.ui.rig import Driven, Rig
from tfm.model.cancel import CancelToken
from tfm.model.errors import Denied
from tfm.model.location import Location, Root, local, parse
from tfm.model.past import at_moment
from tfm.session.session import Side
from tfm.storage.base import Page
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs


def header_of(label: str) -> str:
    root = Root("mem")
    storage = MemoryStorage(root, {})
    storage.features = replace(storage.features, label=label)
    rig = Rig(local("/"), parse("mem://"), vfs=Vfs(storages={root: storage}))
    shown: list[str] = []

    async def look(driven: Driven) -> None:
        shown.append(driven.screen().splitlines()[0])

    rig.drive(look)
    return shown[0]


def test_profile_and_server_are_named() -> None:
    assert header_of("work · 127.0.0.1:9000").rstrip().endswith("work · 127.0.0.1:9000")


def test_by_default_the_kind_of_storage_is() -> None:
    assert "127.0.0.1" not in header_of("")


def header_at(root: Root, size: tuple[int, int] = (80, 24), **facts: Any) -> str:
    storage = MemoryStorage(root, {})
    storage.features = replace(storage.features, **facts)
    storage.mkdir(Location(root, "company-backups/"))
    rig = Rig(local("/"), Location(root, "company-backups/"), vfs=Vfs(storages={root: storage}))
    shown: list[str] = []

    async def look(driven: Driven) -> None:
        shown.append(driven.app.views[Side.RIGHT].header.text.strip())

    rig.drive(look, size)
    return shown[0]


def test_on_a_small_screen_it_names_the_moment_and_not_twice() -> None:
    root = at_moment(Root("mem"), 1_795_718_705_718_236_546)
    shown = header_at(root, label="as of 2026-11-26 18:45:05", writable=False)
    assert shown.endswith("as of 2026-11-26 18:45:05")
    assert "ackups/" in shown and "at=" not in shown


def test_on_a_small_screen_it_says_that_a_connection_is_read_only() -> None:
    root = Root("mem", "archive")
    facts: Any = {"label": "archive · 127.0.0.1:9000", "writable": False, "colour": "red"}
    assert header_at(root, **facts).endswith("company-backups/ read-only")
    assert header_at(root, (200, 60), **facts).endswith(" archive · 127.0.0.1:9000 · read-only")


def test_on_a_small_screen_a_connection_with_a_colour_keeps_its_name() -> None:
    label = "production · storage.example.org:9000"
    assert header_at(Root("mem", "production"), label=label, colour="red").endswith(
        "company-backups/ production"
    )


def test_a_connection_with_a_colour_wears_it() -> None:
    root = Root("mem", "prod")
    storage = MemoryStorage(root, {})
    storage.features = replace(storage.features, label="prod", colour="red")
    rig = Rig(local("/"), Location(root, ""), vfs=Vfs(storages={root: storage}))

    async def look(driven: Driven) -> None:
        line = driven.app.views[Side.RIGHT].header.render_line(0)
        red = Style(color="black", bgcolor="red")
        [worn] = [
            each for each in line if each.style is not None and each.style.bgcolor == red.bgcolor
        ]
        assert worn.text.strip() == "prod"
        assert "mem://prod@" in line.text
        await driven.press("tab")
        assert driven.app.views[Side.RIGHT].header.text.rstrip().endswith("prod")

    rig.drive(look)


class Closed(MemoryStorage):
    """Its containers may not be listed."""

    def scan(self, directory: Location, cancel: CancelToken) -> Iterator[Page]:
        raise Denied("this login may not list buckets.", hint="Go to a bucket by its name.")


def test_where_the_buckets_cannot_be_listed_the_way_leads_on_by_name() -> None:
    root = Root("mem")
    rig = Rig(local("/"), Location(root, ""), vfs=Vfs(storages={root: Closed(root, {})}))

    async def look(it: Driven) -> None:
        await it.until(lambda: "Shift-J goes to a place by its" in it.screen())
        assert "Backspace goes up" not in it.screen()

    rig.drive(look)
