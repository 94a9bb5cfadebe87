from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.objects import on_s3  # noqa: F401 - a fixture
from tests.ui.rig import Rig, write
from tfm.model.location import local, parse
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """The left directory: two directories, three files, one of them hidden."""
    top = tmp_path / "left"
    (top / "docs" / "deep").mkdir(parents=True)
    (top / "music").mkdir()
    (top / "a.txt").write_text("alpha\n")
    (top / "b10.md").write_text("beta ten\n" * 10)
    (top / "b9.md").write_text("beta nine\n")
    (top / ".hidden").write_text("secret")
    (top / "docs" / "one.txt").write_text("one")
    (top / "docs" / "deep" / "two.txt").write_text("two")
    return top


@pytest.fixture
def right(tmp_path: Path) -> Path:
    """The right directory, empty."""
    top = tmp_path / "right"
    top.mkdir()
    return top


@pytest.fixture
def rig(left: Path, right: Path) -> Rig:
    """Two local panes."""
    return Rig(local(left), local(right))


@pytest.fixture
def remote(left: Path) -> Rig:
    """A local pane beside a bucket in memory."""
    root = parse("mem://").root
    storage = MemoryStorage(root, {})
    storage.features = replace(storage.features, remote=True)
    vfs = Vfs(storages={root: storage})
    for bucket in ("aaa", "photos", "zzz"):
        vfs.mkdir(parse(f"mem://{bucket}/"))
    for number in range(3):
        write(vfs, f"mem://photos/2024/img{number}.jpg", b"x" * 100 * (number + 1))
    write(vfs, "mem://photos/readme.txt", b"hello")
    return Rig(local(left), parse("mem://photos/"), vfs=vfs)
