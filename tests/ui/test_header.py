"""The header of a pane says on whose account it looks, unless that is the default."""

from dataclasses import replace

from tests.ui.rig import Driven, Rig
from tfm.model.location import Root, local, parse
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
