"""Two worlds for `tfm.Path`: a temporary directory, and S3 played by the memory backend."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.storage.counting import Counting
from tfm.model.location import S3
from tfm.path import Path, set_default_vfs
from tfm.storage.cache import ListingCache
from tfm.storage.memory.storage import MemoryStorage
from tfm.storage.vfs import Vfs


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def storage() -> Counting:
    """What plays S3."""
    return Counting(MemoryStorage(S3, {}))


@pytest.fixture(autouse=True)
def vfs(storage: Counting, clock: Clock) -> Iterator[Vfs]:
    """The default Vfs of the test."""
    made = Vfs(storages={S3: storage}, cache=ListingCache(clock=clock))
    before = set_default_vfs(made)
    yield made
    set_default_vfs(before)
    made.close()


@pytest.fixture
def bucket(vfs: Vfs, storage: Counting) -> Path:
    """An empty bucket."""
    made = Path("s3://bucket")
    made.mkdir()
    storage.taken()
    return made


@pytest.fixture(params=["local", "s3"])
def top(request: pytest.FixtureRequest, tmp_path: pathlib.Path, bucket: Path) -> Path:
    """An empty directory of either world."""
    if request.param == "local":
        (tmp_path / "top").mkdir()
        return Path(tmp_path / "top")
    directory = bucket / "top/"
    directory.mkdir()
    return directory
