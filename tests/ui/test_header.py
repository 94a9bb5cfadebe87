"""The header of a pane says on whose account it looks, unless that is the default."""

from dataclasses import replace

from rich.style import Style

from tests.ui.rig import Driven, Rig
from tfm.model.location import Location, Root, local, parse
from tfm.session.session import Side
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
