"""The local disk, in a temporary directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.rig import KEEPS_TIME, REAL, Bench, Ground, Rig
from tfm.model.location import LOCAL, Location
from tfm.storage.local.storage import LocalStorage


class DiskGround(Ground):
    """Looks with pathlib."""

    def __init__(self, top: Path) -> None:
        self._top = top

    def write(self, name: str, data: bytes) -> None:
        path = self._top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # beside and over it, as an editor does: a disk cannot tell two writes within one tick apart
        beside = self._top.parent / "ground"
        beside.write_bytes(data)
        beside.replace(path)

    def read(self, name: str) -> bytes:
        return (self._top / name).read_bytes()

    def remove(self, name: str) -> None:
        path = self._top / name
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()

    def make_directory(self, name: str) -> None:
        (self._top / name).mkdir(parents=True)

    def names(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for folder, folders, files in os.walk(self._top):
            here = os.path.relpath(folder, self._top)
            base = "" if here == "." else here + "/"
            found.update((f"{base}{name}/", 0) for name in folders)
            found.update(
                (base + name, os.lstat(os.path.join(folder, name)).st_size) for name in files
            )
        return found


@contextmanager
def _disk(request: pytest.FixtureRequest) -> Iterator[Bench]:
    factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    top = factory.mktemp("local") / "top"
    top.mkdir()
    storage = LocalStorage(LOCAL, {})
    yield Bench(storage, Location(LOCAL, str(top)), DiskGround(top))
    storage.close()


RIGS = (
    Rig(
        "local",
        "file",
        _disk,
        facts=frozenset({REAL, KEEPS_TIME}),
        facets=frozenset(
            {
                "attributes",
                "owners",
                "delete_tree",
                "describe",
                "free_space",
                "identity",
                "links",
                "local_path",
                "pieces",
                "rename",
                "retention",
                "server_copy",
                "tree_copy",
                "unfinished",
                "watch",
            }
        ),
        steps=30,
        examples=30,
    ),
)
